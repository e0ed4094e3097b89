from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.data import dataset
from nndesigner.data.catalogue import sources
from nndesigner.data.dataset import Dataset, fingerprint, read
from nndesigner.data.preparation import prepare
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

MADE = [entry.type for entry in sources().values() if not entry.reads_files and not entry.fetches]


def test_a_record_reads_into_everything_a_run_needs(load: Callable[..., Dataset]) -> None:
    data = load("digits")
    assert list(data.fields) == ["image", "digit"] == list(data.arrays)
    assert data.counts == {"all": 1797, "train": 1257, "validation": 270, "test": 270}
    assert {name: len(part) for name, part in data.indices.items()} == {
        name: data.counts[name] for name in ("train", "validation", "test")
    }
    assert data.arrays["image"].max() == 16, "raw values stay raw"
    assert data.fields["image"].preparation["scale"] == [16.0]
    assert len(data.fields["image"].thumbnails) == len(data.fields["digit"].thumbnails) == 8
    assert [t["sample"] for t in data.fields["image"].thumbnails] == [
        t["sample"] for t in data.fields["digit"].thumbnails
    ]
    assert len(data.fingerprint) == 64


@pytest.mark.parametrize("type", MADE)
def test_what_is_found_is_small_plain_and_repeatable(type: str, load: Callable[..., Dataset]) -> None:
    data, again = load(type), load(type)
    assert data.fingerprint == again.fingerprint
    assert data.fields == again.fields
    for name, array in data.arrays.items():
        assert np.array_equal(array, again.arrays[name])
        assert array.flags.c_contiguous and array.flags.writeable, (
            "torch takes it without a copy or a warning"
        )
        field = data.fields[name]
        ready = prepare(field, array[:5])
        assert ready.shape[1:] == field.sizes
        assert np.all(np.isfinite(ready))
    found = msgspec.json.encode(data.fields)
    assert msgspec.json.decode(found, type=dict[str, DataField]) == data.fields
    assert len(found) < 60_000


def test_parameters_are_checked_with_one_sentence(refused: Callable[..., str]) -> None:
    assert "lies between" in refused("digits", validation_share=3)
    assert "knows no data source “no_such”" in refused("no_such")


def test_progress_runs_from_0_to_1_and_may_cancel(tmp_path: Path) -> None:
    told: list[float] = []
    read(
        SimpleNamespace(type="iris", parameters={}),
        tmp_path,
        lambda fraction, sentence: told.append(fraction),
    )
    assert told == sorted(told) and told[0] == 0 and told[-1] == 1

    def cancel(fraction: float, sentence: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read(SimpleNamespace(type="iris", parameters={}), tmp_path, cancel)


# ---- a source of the test's own -------------------------------------------------------------------------------
def declare(monkeypatch: pytest.MonkeyPatch, load: Callable[..., Loaded]) -> SimpleNamespace:
    own = Source(type="own", label="Own", group="", summary="", parameters=SPLIT_FIELDS, load=load)
    monkeypatch.setattr(dataset, "find_source", lambda type: own)
    return SimpleNamespace(type="own", parameters={})


def table_of(rows: np.ndarray, categories: Mapping[int, tuple[str, ...]] = {}, **more: Any) -> Loaded:
    names = tuple(f"c{i}" for i in range(rows.shape[1]))
    table = DataField(name="table", role="input", kind="table", element="float", columns=names)
    label = DataField(name="label", role="target", kind="class", element="int", classes=("no", "yes"))
    return Loaded(
        fields=(table, label),
        arrays={"table": rows.astype(np.float32), "label": np.arange(len(rows)) % 2},
        categories={"table": categories} if categories else {},
        **more,
    )


def test_nothing_measured_changes_with_a_row_outside_the_training_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    draw = np.random.RandomState(0)
    rows = np.stack([draw.normal(size=60), draw.randint(0, 3, 60)], axis=1)
    names = ("blue", "green", "red", "violet")
    record = declare(monkeypatch, lambda *_: table_of(rows, {1: names}))
    before = read(record, tmp_path)
    for part in ("validation", "test"):
        rows[before.indices[part][0]] = (1e9, 3)  # an outlier, and a category that training never sees
    after = read(record, tmp_path)
    assert after.fields == before.fields
    assert after.fields["table"].axes == (("feature", 4),)
    assert after.fingerprint != before.fingerprint
    assert any("violet" in remark and "not among the training samples" in remark for remark in after.remarks)
    outside = after.indices["test"][0]
    assert prepare(after.fields["table"], after.arrays["table"])[outside, 1:].tolist() == [0, 0, 0]


def test_category_codes_still_name_what_they_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    codes = np.array([3, 1] * 10 + [0, 2], np.float32)  # codes 0 and 2 only in the last two rows
    parts = np.array([0] * 20 + [2, 2], np.int8)
    record = declare(monkeypatch, lambda *_: table_of(codes[:, None], {0: ("a", "b", "c", "d")}, parts=parts))
    record.parameters = {"validation_share": 0.0}
    found = read(record, tmp_path)
    column = found.fields["table"].preparation["columns"][0]
    assert column["names"] == ["b", "d"]
    assert [column["names"][int(code)] for code in found.arrays["table"][:4, 0]] == ["d", "b", "d", "b"]
    assert np.isnan(found.arrays["table"][20:]).all()


def test_a_class_without_training_samples_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parts = np.array([0, 2] * 10, np.int8)  # "yes" is only in the test part
    record = declare(monkeypatch, lambda *_: table_of(np.ones((20, 2)), parts=parts))
    assert "No training sample belongs to “yes”" in " ".join(read(record, tmp_path).remarks)


def test_trouble_below_becomes_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(error: Exception) -> Callable[..., Loaded]:
        def load(*_: Any) -> Loaded:
            raise error

        return load

    with pytest.raises(Refusal, match="does not fit into memory"):
        read(declare(monkeypatch, fail(MemoryError())), tmp_path)
    with pytest.raises(Refusal, match="cannot be read: Input/output error"):
        read(declare(monkeypatch, fail(OSError(5, "Input/output error"))), tmp_path)
    with pytest.raises(Refusal, match="no samples"):
        read(declare(monkeypatch, lambda *_: table_of(np.ones((0, 2)))), tmp_path)


@pytest.mark.parametrize("spoil", ["length", "dtype", "axes", "name"])
def test_a_source_that_breaks_its_word_is_found_out(
    spoil: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loaded = table_of(np.ones((20, 2)))
    if spoil == "length":
        loaded.arrays["label"] = loaded.arrays["label"][1:]
    elif spoil == "dtype":
        loaded.arrays["table"] = loaded.arrays["table"].astype(np.float64)
    elif spoil == "axes":
        loaded.arrays["table"] = loaded.arrays["table"][:, :, None]
    else:
        loaded.arrays["other"] = loaded.arrays.pop("label")
    with pytest.raises((ValueError, KeyError)):
        read(declare(monkeypatch, lambda *_: loaded), tmp_path)


def test_the_fingerprint_tells_data_apart() -> None:
    def mark(array: np.ndarray, name: str = "a", classes: tuple[str, ...] = ("no", "yes")) -> str:
        field = DataField(name=name, role="target", kind="class", element="int", classes=classes)
        return fingerprint((field,), {name: array})

    base = np.array([0, 1, 1])
    marks = [
        mark(base),
        mark(np.array([0, 1, 0])),
        mark(base[:2]),
        mark(base[:, None]),
        mark(base.astype(np.int32)),
        mark(base, name="b"),
        mark(base, classes=("no", "perhaps")),
    ]
    assert len(set(marks)) == len(marks)
    assert mark(base.astype(">i8")) == mark(base) == mark(np.array([0, 9, 1, 9, 1])[::2])


def test_the_fingerprint_is_of_the_data_not_of_the_split(load: Callable[..., Dataset]) -> None:
    marks = {load("iris", **more).fingerprint for more in ({}, {"split_seed": 5}, {"preparation": "none"})}
    assert len(marks) == 1
    assert load("moons").fingerprint != load("moons", seed=1).fingerprint
