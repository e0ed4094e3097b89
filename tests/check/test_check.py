from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
import torch

from nndesigner.base.problem import Problem, Severity
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from tests.networks import DIGIT, DIGIT_IMAGE, chain, digits_cnn

THRICE = msgspec.structs.replace(DIGIT_IMAGE, axes=(("channel", 3), ("height", 8), ("width", 8)))


def errors(document: Document) -> list[str]:
    return [problem.code for problem in check(document).errors]


def with_records(document: Document, *records: Node | Edge) -> Document:
    """As a file may hold them: no edit would have let them in."""
    return document.apply(Diff(added={record.id: record for record in records}))


def wire(source: Node | None, target: Node | None, port: str = "x", id: str = "wire") -> Edge:
    assert source is not None and target is not None
    return Edge(id=id, source=source.id, out_port="y", target=target.id, in_port=port)


def applied(document: Document, problem: Problem, choice: int = 0) -> Document:
    remedy = problem.remedies[choice]
    return document.apply(edits.VERBS[remedy.verb](document, **remedy.arguments))


def types_by_name(checked: CheckedNetwork) -> dict[str, str]:
    return {node.name: str(node.outputs["y"]) for node in checked.nodes if "y" in node.outputs}


# -- what is right -------------------------------------------------------------------------------------------------
def test_types_stand_on_every_wire_in_data_order() -> None:
    checked = check(digits_cnn())
    assert checked.ok and checked.problems == ()
    assert types_by_name(checked) == {
        "image1": "N × 1 × 8 × 8",
        "conv1": "N × 4 × 8 × 8",
        "relu1": "N × 4 × 8 × 8",
        "pool1": "N × 4 × 4 × 4",
        "flatten1": "N × 64",
        "linear1": "N × 10",
    }
    assert checked.weights == 4 * 9 + 4 + 64 * 10 + 10
    assert checked.macs == 64 * 36 + 640


def test_order_does_not_depend_on_the_order_of_drawing() -> None:
    document = digits_cnn()
    backwards = Document(list(document)[::-1])
    assert [n.name for n in check(backwards).nodes] == [n.name for n in check(document).nodes]


# -- free sizes ----------------------------------------------------------------------------------------------------
def size_free_convnet() -> Document:
    return chain(
        [
            ("ImageInput", {"channels": 3, "height": "H", "width": "W"}),
            ("Conv2d", {"out_channels": 4, "padding": "valid"}),
            ("ReLU", {}),
            ("MaxPool2d", {}),
            ("AdaptiveAvgPool2d", {}),
            ("Flatten", {}),
            ("Linear", {"out_features": 5}),
            ("Output", {}),
        ]
    )


def length_free_lstm() -> Document:
    return chain(
        [
            ("SequenceInput", {"length": "T", "features": 2}),
            ("LSTM", {"hidden_size": 3, "returns": "sequence"}),
            ("LSTM", {"hidden_size": 4}),
            ("Linear", {"out_features": 1}),
            ("Output", {}),
        ]
    )


def test_one_convnet_is_checked_and_runs_for_every_image_size() -> None:
    checked = check(size_free_convnet())
    assert checked.ok
    types = types_by_name(checked)
    assert types["conv1"] == "N × 4 × H - 2 × W - 2"
    assert types["pool1"] == "N × 4 × H//2 - 1 × W//2 - 1"
    assert types["pool2"] == "N × 4 × 1 × 1"
    assert checked.macs.names == {"H", "W"}
    model = build(checked)
    for height, width in ((8, 8), (31, 17)):
        values = model.probe(torch.randn(3, 3, height, width))
        for place, value in values.items():
            assert tuple(value.shape) == checked.types[place].shape({"N": 3, "H": height, "W": width})


def test_one_lstm_is_checked_and_runs_for_every_length() -> None:
    checked = check(length_free_lstm())
    assert checked.ok
    assert types_by_name(checked)["lstm1"] == "N × T × 3"
    model = build(checked)
    for length in (2, 9):
        assert model(torch.randn(5, length, 2)).shape == (5, 1)


def test_a_free_size_that_weights_would_depend_on_is_an_error() -> None:
    document = chain(
        [("ImageInput", {"channels": 1, "height": "H", "width": 8}), ("Flatten", {}), ("Linear", {}), ("Output", {})]
    )  # fmt: skip
    (problem,) = check(document).errors
    assert problem.code == "shape" and "8*H is free" in problem.message


def test_an_example_gives_every_free_size_a_value_that_fits() -> None:
    example = check(size_free_convnet()).example
    assert set(example) == {"N", "H", "W"} and example["N"] >= 2 and example["H"] >= 4


def test_a_set_size_that_the_data_contradicts_is_mended_by_following_it() -> None:
    document = chain(
        [("ImageInput", {"height": 9}), ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})],
        [DIGIT_IMAGE, DIGIT],
    )
    (problem,) = check(document).errors
    assert problem.where.field == "height" and "9" in problem.message and "8" in problem.message
    assert check(applied(document, problem)).ok


# -- what is wrong -------------------------------------------------------------------------------------------------
def test_an_empty_network_offers_an_input() -> None:
    document = edits.new_document()
    (problem,) = check(document).errors
    assert problem.code == "empty"
    assert "no-output" in errors(applied(document, problem))


def test_a_missing_output_is_added_by_its_remedy() -> None:
    document = chain([("TableInput", {"features": 3}), ("Linear", {})])
    (problem,) = check(document).errors
    assert problem.code == "no-output"
    assert errors(applied(document, problem)) == []


def test_an_input_that_nothing_is_wired_to() -> None:
    document = chain([("TableInput", {"features": 3}), ("Add", {}), ("Output", {})])
    (problem,) = check(document).errors
    assert (problem.code, problem.where.port) == ("not-wired", "b")
    assert problem.message == "Nothing is wired to the input “b” of add1."


def test_what_follows_an_error_is_not_blamed_for_it() -> None:
    document = chain(
        [("ImageInput", {"channels": 1, "height": 4, "width": 4}), ("Linear", {}), ("ReLU", {}), ("Output", {})]
    )  # fmt: skip
    assert errors(document) == ["shape"]


def test_a_loop_names_its_layers_and_leaves_the_rest_checked() -> None:
    document = chain([("TableInput", {"features": 3}), ("Add", {}), ("ReLU", {}), ("Output", {})])
    add, relu = document.node_named("add1"), document.node_named("relu1")
    document = with_records(document, wire(relu, add, "b"))
    checked = check(document)
    loops = [p for p in checked.errors if p.code == "loop"]
    assert len(loops) == 1 and "add1 and relu1" in loops[0].message
    assert types_by_name(checked) == {"table1": "N × 3"}


def test_two_layers_of_one_name() -> None:
    document = digits_cnn()
    relu = document.node_named("relu1")
    assert relu is not None
    twin = msgspec.structs.replace(relu, id="twin")
    assert "name-twice" in errors(with_records(document, twin))


def test_an_unknown_layer_keeps_the_network_from_running_but_not_from_opening() -> None:
    document = chain([("TableInput", {"features": 3}), ("Output", {})])
    table, output = document.node_named("table1"), document.node_named("output1")
    mystery = Node(id="m", network=document.main.id, type="Quantum", name="quantum1")
    old = document.edges[0]
    document = document.apply(edits.remove(document, [old.id]))
    document = with_records(document, mystery, wire(table, mystery, id="w1"), wire(mystery, output, id="w2"))
    checked = check(document)
    assert [p.code for p in checked.errors] == ["unknown-layer"]
    assert "“Quantum”" in checked.errors[0].message


@pytest.mark.parametrize(
    ("type", "parameters", "word"),
    [
        ("Linear", {"out_features": 0}, "Units"),
        ("Linear", {"out_features": "many"}, "Units"),
        ("Dropout", {"p": 1.5}, "Drop rate"),
        ("Permute", {"order": "two, one"}, "Order"),
    ],
)
def test_a_parameter_that_no_form_would_have_taken(
    type: str, parameters: Mapping[str, Any], word: str
) -> None:
    document = chain([("TableInput", {"features": 3}), (type, {}), ("Output", {})])
    node = next(n for n in document.nodes() if n.type == type)
    broken = msgspec.structs.replace(node, parameters=dict(parameters))
    document = document.apply(Diff(changed={node.id: (node, broken)}))
    found = [p for p in check(document).errors if p.code == "parameter"]
    assert len(found) == 1 and word in found[0].message
    assert not [p for p in check(applied(document, found[0])).errors if p.code == "parameter"]


# -- shape errors and their remedies -------------------------------------------------------------------------------
MISFITS = {
    "image into linear": [("ImageInput", {"channels": 1, "height": 4, "width": 4}), ("Linear", {})],
    "tokens into linear": [("TokensInput", {"length": 5, "vocabulary": 9}), ("Linear", {})],
    "series into conv": [("SequenceInput", {"length": 9, "features": 2}), ("Conv1d", {})],
    "signal into lstm": [
        ("SequenceInput", {"length": 9, "features": 2}),
        ("Permute", {}),
        ("LSTM", {}),
    ],
    "row into lstm": [("TableInput", {"features": 6}), ("GRU", {})],
    "row into conv": [("TableInput", {"features": 784}), ("Conv2d", {})],
    "row into signal conv": [("TableInput", {"features": 784}), ("Conv1d", {})],
    "series into batch norm": [("SequenceInput", {"length": 9, "features": 2}), ("BatchNorm1d", {})],
    "large kernel": [
        ("ImageInput", {"channels": 1, "height": 4, "width": 4}),
        ("Conv2d", {"kernel_size": [7, 7], "padding": "valid"}),
    ],
    "large dilated kernel": [
        ("ImageInput", {"channels": 1, "height": 6, "width": 6}),
        ("Conv2d", {"kernel_size": [5, 5], "dilation": [3, 3], "padding": "valid"}),
    ],
    "large window": [("ImageInput", {"channels": 1, "height": 2, "width": 2}), ("MaxPool2d", {"kernel_size": [3, 3]})],
    "wide padding": [
        ("ImageInput", {"channels": 1, "height": 8, "width": 8}),
        ("MaxPool2d", {"kernel_size": [2, 2], "padding": [2, 2]}),
    ],
    "wide mirror": [
        ("ImageInput", {"channels": 1, "height": 2, "width": 2}),
        ("Conv2d", {"padding": "custom", "pad": [2, 2], "padding_mode": "reflect"}),
    ],
    "same with stride": [
        ("ImageInput", {"channels": 1, "height": 8, "width": 8}),
        ("Conv2d", {"stride": [2, 2]}),
    ],
    "odd groups": [("ImageInput", {"channels": 3, "height": 8, "width": 8}), ("Conv2d", {"groups": 2})],
    "heads": [("SequenceInput", {"length": 9, "features": 6}), ("MultiheadAttention", {"num_heads": 4})],
    "transformer heads": [
        ("SequenceInput", {"length": 9, "features": 6}),
        ("TransformerEncoderLayer", {"num_heads": 5}),
    ],
    "many positions": [
        ("SequenceInput", {"length": 99, "features": 6}),
        ("PositionalEncoding", {"kind": "learned", "max_length": 9}),
    ],
    "small vocabulary": [("TokensInput", {"length": 5, "vocabulary": 9}), ("Embedding", {"vocabulary": 3})],
    "padding token": [("TokensInput", {"length": 5, "vocabulary": 9}), ("Embedding", {"padding_idx": 9})],
    "layer norm": [("TableInput", {"features": 6}), ("LayerNorm", {"axes": 3})],
    "order": [
        ("ImageInput", {"channels": 1, "height": 4, "width": 4}),
        ("Permute", {"order": "2, 1"}),
    ],
    "step": [("SequenceInput", {"length": 3, "features": 6}), ("Select", {"step": 3})],
    "free partial windows": [
        ("ImageInput", {"channels": 1, "height": "H", "width": "W"}),
        ("MaxPool2d", {"kernel_size": [2, 2], "padding": [1, 1], "ceil_mode": True}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("steps", MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_mended_by_its_remedy(steps: list[Any]) -> None:
    document = chain(steps)
    (problem,) = [p for p in check(document).errors if p.code != "no-output"]
    assert problem.code == "shape"
    for choice in range(len(problem.remedies)):
        assert errors(applied(document, problem, choice)) == ["no-output"]
    assert problem.remedies


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pad"),
    [(n, k, s, p) for n in (5, 6, 7, 8) for k in (2, 3) for s in (1, 2, 3) for p in (0, 1)],
)
def test_partial_windows_are_counted_as_torch_counts_them(
    size: int, kernel: int, stride: int, pad: int
) -> None:
    pool = {"kernel_size": [kernel], "stride": [stride], "padding": [pad], "ceil_mode": True}
    document = chain(
        [
            ("SequenceInput", {"length": size, "features": 1}),
            ("Permute", {}),
            ("MaxPool1d", (pad and pool) or pool),
        ]
    )
    said = types_by_name(check(document))["pool1"]
    result = torch.nn.MaxPool1d(kernel, stride, pad, ceil_mode=True)(torch.zeros(1, 1, size))
    assert said == f"N × 1 × {result.shape[2]}"


# -- speed ---------------------------------------------------------------------------------------------------------
def test_a_check_after_one_edit_of_a_long_chain_is_fast() -> None:
    """The bar is far above what it takes: it catches a slip to quadratic time, not a busy machine."""
    steps: list[Any] = [("TableInput", {"features": 8})]
    for _ in range(499):
        steps += [("Linear", {"out_features": 8}), ("Tanh", {})]
    document = chain([*steps, ("Output", {})])
    assert len(check(document).nodes) == 1000
    middle = document.nodes()[501]
    best = float("inf")
    for width in range(3):
        edited = document.apply(edits.set_parameter(document, middle.id, "out_features", 9 + width))
        start = time.perf_counter()
        check(edited)
        best = min(best, time.perf_counter() - start)
    assert best < 0.2


def test_what_is_remembered_never_shows_in_an_answer() -> None:
    """Every edit of a script gives the same check in a document that was just made as in one that grew."""
    document = size_free_convnet()
    conv, linear = document.node_named("conv1"), document.node_named("linear1")
    assert conv is not None and linear is not None
    script: list[tuple[str, dict[str, Any]]] = [
        ("set_parameter", {"node": conv.id, "parameter": "out_channels", "value": 7}),
        ("rename", {"node": conv.id, "name": "first"}),
        ("disconnect", {"edge": document.edges[2].id}),
        ("connect", {"source": conv.id, "out_port": "y", "target": linear.id, "in_port": "x"}),
        ("set_data", {"type": "digits"}),
        ("set_found", {"fields": [DIGIT_IMAGE, DIGIT], "counts": {"train": 9}, "fingerprint": "f"}),
        ("set_found", {"fields": [THRICE, DIGIT], "counts": {"train": 9}, "fingerprint": "g"}),
        ("remove", {"ids": [conv.id]}),
    ]
    for verb, arguments in script:
        document = document.apply(edits.VERBS[verb](document, **arguments))
        grown = check(document)
        copied = Document(msgspec.structs.replace(record) for record in document)  # equal, but other objects
        fresh = check(copied)
        assert (grown.problems, grown.types, grown.used) == (fresh.problems, fresh.types, fresh.used), verb
        assert [n.use and n.use.fields for n in grown.nodes] == [n.use and n.use.fields for n in fresh.nodes]


def test_statistics_found_anew_reach_the_nodes() -> None:
    """Types are the same, but the compiler reads the preparation from what a node was checked with."""
    document = digits_cnn()
    check(document)
    scaled = msgspec.structs.replace(DIGIT_IMAGE, preparation={})
    document = document.apply(edits.set_found(document, [scaled, DIGIT], {"all": 10}, "g"))
    image = check(document).inputs[0]
    assert image.use is not None and image.use.fields["image"].preparation == {}


def test_hints_never_stand_in_the_way() -> None:
    checked = check(size_free_convnet())
    assert [p.severity for p in checked.problems] == [Severity.HINT]
    assert checked.ok
