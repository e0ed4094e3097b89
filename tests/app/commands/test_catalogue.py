"""`catalogue`: every layer there is, by group, with its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nndesigner.layers.catalogue import GROUPS, layers
from nndesigner.layers.contract import contract_tests


def test_every_layer_and_parameter_is_listed(run: Callable[..., Any]) -> None:
    code, out, err = run("catalogue")
    assert (code, err) == (0, "")
    for layer in layers().values():
        assert f"\n  {layer.type} " in out
        for field in layer.parameters:
            assert f" {field.name}: {field.label}" in out
    headings = [line for line in out.splitlines() if line and line[0] != " "]
    assert headings == [group for group in GROUPS if group in headings]


def test_words_narrow_it_down(run: Callable[..., Any]) -> None:
    code, out, _ = run("catalogue", "convolution")
    assert code == 0
    assert "Conv2d" in out
    assert "LSTM" not in out


def test_words_that_describe_nothing(run: Callable[..., Any]) -> None:
    assert run("catalogue", "flux", "capacitor")[:2] == (2, "")


def test_json(run_json: Callable[..., Any]) -> None:
    code, found = run_json("catalogue")
    entries = {entry["type"]: entry for entry in found["layers"]}
    assert (code, set(entries)) == (0, set(layers()))
    for type, entry in entries.items():
        declared = layers()[type]
        assert (entry["label"], entry["group"], entry["common"]) == (
            declared.label,
            declared.group,
            declared.common,
        )
        assert [p["name"] for p in entry["parameters"]] == [field.name for field in declared.parameters]
        assert entry["contract"] == list(contract_tests(declared))
    linear = entries["Linear"]
    assert (linear["inputs"], linear["outputs"]) == (["x"], ["y"])
    assert {"name", "label", "kind", "default", "help"} <= set(linear["parameters"][0])
