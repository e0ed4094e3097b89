from __future__ import annotations

from dataclasses import dataclass

import pytest

from nndesigner.base.fields import Field, defaults, resolve
from nndesigner.data import catalogue
from nndesigner.data.source import Source
from nndesigner.data.splits import ORDERED_SPLIT_FIELDS


def test_the_promised_sources_are_there() -> None:
    promised = """
        digits iris wine breast_cancer diabetes mnist fashion_mnist cifar10
        moons circles spirals logic sine sine_classes sunspots made_table shapes sequences digit_strips own
        csv parquet excel time_series numpy safetensors hdf5 idx cifar
        image_folder image_table image_masks image_pairs audio_folder
        text text_table text_pairs fasta huggingface huggingface_hub
    """
    assert set(catalogue.sources()) == set(promised.split())


@pytest.mark.parametrize("entry", catalogue.sources().values(), ids=lambda entry: entry.type)
def test_every_source_explains_itself(entry: Source) -> None:
    assert entry.summary.endswith(".") and len(entry.summary) < 120
    assert len(entry.help) > 80
    assert entry.group in catalogue.GROUPS
    names = [f.name for f in entry.parameters]
    assert len(set(names)) == len(names)
    assert {f.name for f in ORDERED_SPLIT_FIELDS} <= set(names)
    for field in entry.parameters:
        assert isinstance(field, Field)
        assert field.help.endswith((".", ")")), field.name
        assert field.label[0].isupper()
    good, bad = resolve(entry.parameters, {})
    assert bad == {} and good == defaults(entry.parameters)
    for field in entry.parameters:
        assert isinstance(field.shown(good), bool)


def test_unknown_types_give_none() -> None:
    assert catalogue.source("no such source") is None
    assert catalogue.source("iris") is catalogue.sources()["iris"]


def test_groups_come_in_their_order_and_hold_everything() -> None:
    grouped = catalogue.grouped()
    assert list(grouped) == list(catalogue.GROUPS)
    assert sum(len(entries) for entries in grouped.values()) == len(catalogue.sources())
    for group, entries in grouped.items():
        assert all(entry.reads_files == (group in catalogue.FILES) for entry in entries), group


def test_two_sources_of_one_type_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Twin:
        type: str = "iris"

    monkeypatch.setattr(catalogue, "discover", lambda package, kind: (Twin(), Twin()))
    with pytest.raises(ValueError, match="two declarations of the data source iris"):
        catalogue.sources.__wrapped__()
