"""The listed contract tests are those that are there: a name too many or too few is a promise that nobody keeps."""

from __future__ import annotations

from nndesigner.layers.catalogue import layers
from nndesigner.layers.contract import FILE, ON_EVERY_LAYER, ON_EVERY_SAMPLE, contract_tests
from tests.contract import test_layers as contract


def _marked(argument: object, values: list) -> set[str]:
    """Tests that are asked with exactly these values."""
    return {
        name
        for name, test in vars(contract).items()
        if name.startswith("test_")
        for mark in getattr(test, "pytestmark", ())
        if mark.name == "parametrize" and mark.args == (argument, values)
    }


def test_every_test_of_the_contract_is_listed() -> None:
    assert _marked(("entry", "sample"), contract.SAMPLES) == set(ON_EVERY_SAMPLE), (
        "list it in layers/contract.py"
    )
    assert _marked("entry", contract.ALL) == set(ON_EVERY_LAYER), "list it in layers/contract.py"


def test_ids_are_those_that_are_collected() -> None:
    samples = {f"{FILE}::{test}[{param.id}]" for test in ON_EVERY_SAMPLE for param in contract.SAMPLES}
    whole = {f"{FILE}::{test}[{entry.type}]" for test in ON_EVERY_LAYER for entry in contract.ALL}
    said = [id for entry in layers().values() for id in contract_tests(entry)]
    assert len(said) == len(set(said))
    assert set(said) == samples | whole


def test_every_layer_that_computes_is_held_by_a_sample() -> None:
    for entry in layers().values():
        if entry.role == "layer":
            assert any(f"[{entry.type}-0]" in id for id in contract_tests(entry)), entry.type
