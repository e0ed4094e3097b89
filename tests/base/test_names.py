"""Names that are Python identifiers and hide nothing, and ids that do not repeat."""

from __future__ import annotations

import pytest
from torch import fx, nn

from nndesigner.base.names import free_name, is_name, new_id
from nndesigner.compiler.build import CompiledNetwork


def test_ids_are_short_and_all_different() -> None:
    ids = {new_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert all(len(id) == 12 and id.isalnum() for id in ids)


@pytest.mark.parametrize("text", ["conv1", "Stage2", "a", "x" * 64, "fc_out"])
def test_names_that_can_name_a_layer(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1a",
        "for",
        "None",
        "_x",
        "__init__",
        "a b",
        "a.b",
        "é",
        "x" * 65,
        "forward",
        "self",
        "prepare_x",
        "classes",
    ],
)
def test_names_that_cannot(text: str) -> None:
    assert not is_name(text)


def test_no_layer_can_hide_what_a_module_calls_by_that_name() -> None:
    graph_module = fx.GraphModule(nn.Module(), fx.Graph())
    own = set(dir(nn.Module())) | set(dir(graph_module)) | set(dir(CompiledNetwork))
    own |= set(CompiledNetwork.__annotations__)
    assert [name for name in sorted(own) if is_name(name)] == []


@pytest.mark.parametrize(
    ("stem", "taken", "name"),
    [
        ("conv", (), "conv1"),
        ("conv", ("conv1", "conv2"), "conv3"),
        ("conv7", ("conv7",), "conv8"),
        ("for", (), "for1"),
        ("my layer", (), "my_layer1"),
        ("3d", (), "d1"),
        ("123", (), "node1"),
        ("日本", (), "node1"),
        ("__init__", (), "init__1"),
        ("_hidden", (), "hidden1"),
        ("prepare_x", (), "node_prepare_x1"),
        ("", (), "node1"),
    ],
)
def test_a_free_name_is_found_for_any_text(stem: str, taken: tuple[str, ...], name: str) -> None:
    assert free_name(stem, taken) == name
    assert is_name(name)


def test_very_long_stems_and_numbers_still_give_a_name() -> None:
    for stem in ("y" * 500, "y" + "9" * 500, "prepare_" * 40, "9" * 500, "_" * 500):
        assert is_name(free_name(stem, ()))
