from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Problem
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.layers.losses.catalogue import LOSSES
from nndesigner.layers.losses.loss import Loss
from tests.networks import DIGIT, DIGIT_IMAGE, chain, gaussian

ROW = DataField(name="row", role="input", kind="table", element="float", axes=(("feature", 5),))
SERIES = DataField(
    name="wave", role="input", kind="series", element="float", axes=(("time", 7), ("feature", 2))
)
TEXT = DataField(
    name="text", role="input", kind="tokens", element="int", axes=(("time", 6),), tokens=tuple("abcd")
)
NEXT = DataField(
    name="next", role="target", kind="tokens", element="int", axes=(("time", 6),), tokens=tuple("abcd")
)
YES_NO = DataField(name="answer", role="target", kind="class", element="int", classes=("no", "yes"))
THREE = DataField(name="kind", role="target", kind="class", element="int", classes=("a", "b", "c"))
NUMBER = DataField(name="price", role="target", kind="number", element="float", axes=(("feature", 2),))
PICTURE = DataField(
    name="clean",
    role="target",
    kind="image",
    element="float",
    axes=(("channel", 1), ("height", 8), ("width", 8)),
)


def row(units: int, *activation: str, loss: str = "auto", target: DataField = THREE) -> CheckedNetwork:
    steps: list[tuple[str, dict[str, Any]]] = [("TableInput", {}), ("Linear", {"out_features": units})]
    steps += [(type, {}) for type in activation]
    return check(chain([*steps, ("Output", {"loss": loss})], [ROW, target]))


def mean_loss(checked: CheckedNetwork, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """(the loss that is trained, what is drawn) for the same input."""
    torch.manual_seed(0)
    model = build(checked)
    return model.losses(model.for_loss(x), [target])[0], model(x)


# -- what “automatic” takes, and that it is the textbook loss of what was drawn ---------------------------------------
X, X_WILD = torch.randn(6, 5), torch.randn(6, 5) * 1000
CLASSES, BITS, NUMBERS = torch.tensor([0, 1, 2, 2, 1, 0]), torch.tensor([0, 1, 1, 0, 1, 0]), torch.randn(6, 2)


def nll(probability: Tensor) -> Tensor:
    return -torch.log(probability[torch.arange(6), CLASSES]).mean()


PAIRS: list[tuple[str, CheckedNetwork, str, str, Tensor, Callable[[Tensor], Tensor]]] = [
    ("softmax", row(3, "Softmax"), "cross_entropy", "Softmax", CLASSES, nll),
    ("logits", row(3), "cross_entropy", "", CLASSES, lambda z: nll(torch.softmax(z, 1))),
    ("log-softmax", row(3, "LogSoftmax"), "cross_entropy", "LogSoftmax", CLASSES, lambda y: nll(y.exp())),
    (
        "softmax then identity",
        row(3, "Softmax", "Identity"),
        "cross_entropy",
        "Softmax",
        CLASSES,
        nll,
    ),
    (
        "sigmoid",
        row(1, "Sigmoid", target=YES_NO),
        "binary_cross_entropy",
        "Sigmoid",
        BITS,
        lambda y: -torch.log(torch.where(BITS[:, None] == 1, y, 1 - y)).mean(),
    ),
    (
        "one logit",
        row(1, target=YES_NO),
        "binary_cross_entropy",
        "",
        BITS,
        lambda z: -torch.log(torch.where(BITS[:, None] == 1, torch.sigmoid(z), torch.sigmoid(-z))).mean(),
    ),
    ("two logits", row(2, target=YES_NO), "cross_entropy", "", BITS,
     lambda z: -torch.log(torch.softmax(z, 1)[torch.arange(6), BITS]).mean()),
    (
        "softmax with squared error",
        row(3, "Softmax", loss="mse"),
        "mse",
        "",
        CLASSES,
        lambda y: ((y - torch.eye(3)[CLASSES]) ** 2).mean(),
    ),
    ("numbers", row(2, target=NUMBER), "mse", "", NUMBERS, lambda y: ((y - NUMBERS) ** 2).mean()),
    ("numbers, absolute", row(2, loss="l1", target=NUMBER), "l1", "", NUMBERS,
     lambda y: (y - NUMBERS).abs().mean()),
    (
        "numbers, Huber",
        row(2, loss="huber", target=NUMBER),
        "huber",
        "",
        NUMBERS,
        lambda y: torch.where((y - NUMBERS).abs() <= 1, (y - NUMBERS) ** 2 / 2, (y - NUMBERS).abs() - 0.5).mean(),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("checked", "loss", "contained", "target", "textbook"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS]
)
def test_the_loss_is_the_textbook_one_of_what_is_drawn(
    checked: CheckedNetwork,
    loss: str,
    contained: str,
    target: Tensor,
    textbook: Callable[[Tensor], Tensor],
) -> None:
    assert checked.ok
    (head,) = checked.heads
    assert head.loss is not None
    assert (head.loss.name, head.activation) == (loss, contained)
    trained, drawn = mean_loss(checked, X, target)
    torch.testing.assert_close(trained, textbook(drawn))


@pytest.mark.parametrize(
    ("checked", "target"),
    [(row(3, "Softmax"), CLASSES), (row(1, "Sigmoid", target=YES_NO), BITS)],
    ids=["softmax", "sigmoid"],
)
def test_the_loss_stays_finite_where_the_drawn_probability_is_zero(
    checked: CheckedNetwork, target: Tensor
) -> None:
    trained, drawn = mean_loss(checked, X_WILD, target)
    assert drawn.min() == 0, "the drawn probability has underflowed"
    assert torch.isfinite(trained)


def test_a_step_is_trained_by_the_perceptron_rule() -> None:
    checked = row(1, "Step", target=YES_NO)
    assert checked.heads[0].loss is not None and checked.heads[0].loss.name == "perceptron"
    torch.manual_seed(0)
    model = build(checked)
    model.losses(model.for_loss(X), [BITS])[0].backward()
    wrong = model(X).detach()[:, 0] - BITS
    assert set(model(X).unique().tolist()) <= {0.0, 1.0}
    torch.testing.assert_close(model.linear1.weight.grad[0], (wrong[:, None] * X).mean(0))


def test_steps_for_several_classes_are_one_perceptron_each() -> None:
    checked = row(3, "Step")
    assert checked.ok and checked.heads[0].loss is not None and checked.heads[0].loss.name == "perceptron"
    trained, _ = mean_loss(checked, X, CLASSES)
    assert torch.isfinite(trained)


def text_model(**lstm: Any) -> Document:
    return chain(
        [
            ("TokensInput", lstm.pop("input", {})),
            ("Embedding", {"embedding_dim": 4}),
            ("LSTM", {"hidden_size": 4, **lstm}),
            ("Linear", {"out_features": 4}),
            ("Output", {}),
        ],
        [TEXT, NEXT],
    )


@pytest.mark.parametrize("length", ["", 6, "T"], ids=["from the data", "set", "free"])
def test_next_tokens_are_judged_at_every_step(length: str | int) -> None:
    checked = check(text_model(returns="sequence", input={"length": length}))
    assert checked.ok, checked.problems
    x, target = torch.randint(4, (3, 6)), torch.randint(4, (3, 6))
    trained, drawn = mean_loss(checked, x, target)
    by_hand = -torch.log_softmax(drawn, 2).gather(2, target[:, :, None]).mean()
    torch.testing.assert_close(trained, by_hand)


# -- what does not fit, and the way out -------------------------------------------------------------------------------
def only_error(document: Document) -> Problem:
    (problem,) = check(document).errors
    return problem


def mended(document: Document, most: int = 1, choice: int = 0) -> CheckedNetwork:
    """The network after its error's remedy was applied, at most so many times in a row."""
    for _ in range(most):
        problem = only_error(document)
        assert problem.remedies, problem.message
        remedy = problem.remedies[choice]
        document = document.apply(edits.VERBS[remedy.verb](document, **remedy.arguments))
        checked = check(document)
        if checked.ok:
            return checked
    raise AssertionError([p.message for p in check(document).errors])


def test_a_wrong_number_of_classes_is_mended_at_the_layer_that_sets_it() -> None:
    document = chain(
        [("TableInput", {}), ("Linear", {"out_features": 7}), ("Softmax", {}), ("Output", {})], [ROW, THREE]
    )
    problem = only_error(document)
    assert problem.code == "output-shape"
    assert problem.message == "The target “kind” has 3 classes, so the output must be N × 3; N × 7 arrives."
    node = mended(document).node(document.node_named("linear1").id)  # type: ignore[union-attr]
    assert node is not None and node.record.parameters["out_features"] == 3


def test_a_width_behind_a_recurrent_layer_is_mended_by_a_linear_layer() -> None:
    document = chain([("SequenceInput", {}), ("LSTM", {}), ("Output", {})], [SERIES, THREE])
    assert "Linear" in [node.record.type for node in mended(document).nodes]


def test_a_flatten_between_does_not_mislead_the_remedy() -> None:
    document = chain(
        [("ImageInput", {}), ("Conv2d", {"out_channels": 4}), ("Flatten", {}), ("Output", {})],
        [DIGIT_IMAGE, DIGIT],
    )
    checked = mended(document)
    assert [node.record.type for node in checked.nodes] == [
        "ImageInput", "Conv2d", "Flatten", "Linear", "Output",
    ]  # fmt: skip


def test_maps_at_the_output_are_flattened_then_given_the_right_width() -> None:
    document = chain(
        [("ImageInput", {}), ("Conv2d", {"out_channels": 4}), ("Softmax", {}), ("Output", {})],
        [DIGIT_IMAGE, DIGIT],
    )
    checked = mended(document, most=2)
    assert [node.record.type for node in checked.nodes] == [
        "ImageInput", "Conv2d", "Flatten", "Linear", "Softmax", "Output",
    ]  # fmt: skip


def test_one_map_per_class_is_averaged() -> None:
    document = chain(
        [("ImageInput", {}), ("Conv2d", {"out_channels": 10}), ("Output", {})], [DIGIT_IMAGE, DIGIT]
    )
    assert "Mean" in [node.record.type for node in mended(document).nodes]


@pytest.mark.parametrize("choice", [0, 1], ids=["last step", "mean"])
def test_a_sequence_is_brought_down_to_one_answer(choice: int) -> None:
    document = chain(
        [("SequenceInput", {}), ("LSTM", {"hidden_size": 3, "returns": "sequence"}), ("Output", {})],
        [SERIES, THREE],
    )
    assert mended(document, choice=choice).ok


def test_one_answer_is_brought_up_to_a_sequence() -> None:
    document = text_model()
    assert only_error(document).code == "output-shape"
    checked = mended(document)
    assert {n.record.type: n.record.parameters for n in checked.nodes}["LSTM"]["returns"] == "sequence"


def test_a_row_is_laid_out_as_the_picture_that_is_the_target() -> None:
    document = chain(
        [("ImageInput", {}), ("Flatten", {}), ("Linear", {"out_features": 9}), ("Output", {})],
        [DIGIT_IMAGE, PICTURE],
    )
    checked = mended(document, most=2)
    assert checked.heads[0].arriving.meanings == ("batch", "channel", "height", "width")


def test_a_loss_that_is_not_meant_for_the_target() -> None:
    document = chain(
        [("TableInput", {}), ("Linear", {"out_features": 2}), ("Output", {"loss": "cross_entropy"})],
        [ROW, NUMBER],
    )
    problem = only_error(document)
    assert (problem.code, problem.where.field) == ("loss-target", "loss")
    assert mended(document).heads[0].loss is not None


def test_two_units_for_a_loss_that_wants_one() -> None:
    document = chain(
        [
            ("TableInput", {}),
            ("Linear", {"out_features": 2}),
            ("Sigmoid", {}),
            ("Output", {"loss": "binary_cross_entropy"}),
        ],
        [ROW, YES_NO],
    )
    assert only_error(document).code == "output-shape"
    assert mended(document).heads[0].activation == "Sigmoid"


def test_tokens_at_the_output() -> None:
    document = chain([("TokensInput", {}), ("Output", {})], [TEXT, NEXT])
    assert only_error(document).code == "output-element"
    assert mended(document, most=2).ok


def test_a_target_that_the_data_does_not_have() -> None:
    document = chain(
        [("TableInput", {}), ("Linear", {"out_features": 3}), ("Output", {"target": "colour"})], [ROW, THREE]
    )
    problem = only_error(document)
    assert problem.code == "target-missing"
    assert "kind" in problem.message
    assert mended(document).ok


def test_data_without_a_target() -> None:
    document = chain([("TableInput", {}), ("Linear", {}), ("Output", {})], [ROW])
    assert only_error(document).code == "target-missing"


# -- losses that a person chose, and their options -------------------------------------------------------------------
def optioned(target: DataField, units: int, **options: Any) -> CheckedNetwork:
    steps = [("TableInput", {}), ("Linear", {"out_features": units}), ("Output", options)]
    return check(chain(steps, [ROW, target]))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("target", [THREE, YES_NO, NUMBER], ids=lambda target: target.name)
def test_a_loss_that_is_not_for_the_target_says_so_and_offers_the_automatic_one(
    loss: Loss, target: DataField
) -> None:
    units = 1 if target is YES_NO and loss.predicts == "binary" else len(target.classes) or 2
    document = chain(
        [("TableInput", {}), ("Linear", {"out_features": units}), ("Output", {"loss": loss.name})],
        [ROW, target],
    )
    errors = check(document).errors
    if loss.beside:
        assert [problem.code for problem in errors] == ["not-wired"]
        return
    if target.kind in loss.targets:
        assert not errors
        return
    (problem,) = errors
    assert problem.code == "loss-target" and loss.label in problem.message
    assert problem.where.field == "loss"
    (remedy,) = problem.remedies
    assert (remedy.verb, remedy.arguments["value"]) == ("set_parameter", "auto")


@pytest.mark.parametrize(
    ("target", "options", "field", "words"),
    [
        (THREE, {"class_weights": "typed"}, "typed_weights", "3 classes"),
        (THREE, {"class_weights": "typed", "typed_weights": "1, 2"}, "typed_weights", "here are 2"),
        (THREE, {"class_weights": "typed", "typed_weights": "1, 2, x"}, "typed_weights", "numbers from 0 on"),
        (
            THREE,
            {"class_weights": "typed", "typed_weights": "1, 2, -1"},
            "typed_weights",
            "numbers from 0 on",
        ),
        (THREE, {"class_weights": "typed", "typed_weights": "0 0 0"}, "typed_weights", "not all 0"),
        (THREE, {"class_weights": "typed", "typed_weights": "1 2 nan"}, "typed_weights", "numbers from 0 on"),
        (THREE, {"class_weights": "balanced"}, "class_weights", "read the data first"),
        (THREE, {"ignore": "void"}, "ignore", "no class or token “void”"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_where_it_stands(
    target: DataField, options: dict[str, Any], field: str, words: str
) -> None:
    (problem,) = optioned(target, 3, loss="cross_entropy", **options).errors
    assert problem.code == "loss-option" and problem.where.field == field
    assert words in problem.message and problem.message.endswith(".")
    assert problem.remedies[0].arguments["parameter"] == field


def test_options_of_a_loss_that_is_not_chosen_have_no_effect() -> None:
    options = {"class_weights": "typed", "typed_weights": "none", "ignore": "nowhere", "label_smoothing": 0.5}
    (head,) = optioned(THREE, 3, loss="auto", **options).heads
    assert head.options["label_smoothing"] == 0.0 and head.loss_use().class_weights is None
    assert optioned(THREE, 3, loss="auto", **options).ok


@pytest.mark.parametrize(
    ("loss", "low", "high", "prepared", "ok"),
    [
        ("binary_cross_entropy", 0.0, 1.0, False, True),
        ("binary_cross_entropy", 0.0, 16.0, False, False),
        ("binary_cross_entropy", 0.0, 16.0, True, True),
        ("poisson_nll", 0.0, 900.0, False, True),
        ("poisson_nll", -1.0, 900.0, False, False),
        ("kl_div", 0.1, 0.9, False, True),
        ("kl_div", -0.1, 0.9, False, False),
    ],
)
def test_a_loss_that_takes_a_range_of_numbers_meets_no_others(
    loss: str, low: float, high: float, prepared: bool, ok: bool
) -> None:
    preparation = {"kind": "affine", "axis": -1, "offset": [low], "scale": [high - low]} if prepared else {}
    target = DataField(
        name="price",
        role="target",
        kind="number",
        element="float",
        axes=(("feature", 1),),
        statistics={"minimum": low, "maximum": high},
        preparation=preparation,
    )
    errors = optioned(target, 1, loss=loss).errors
    assert bool(errors) is not ok
    if errors:
        assert errors[0].code == "loss-target" and f"{low:.3g} to {high:.3g}" in errors[0].message


PIXELS = DataField(
    name="mask",
    role="target",
    kind="class",
    element="int",
    axes=(("height", 8), ("width", 8)),
    classes=tuple("abc"),
)


@pytest.mark.parametrize(
    ("units", "loss", "code"),
    [
        (3, "auto", ""),
        (3, "dice", ""),
        (3, "focal", ""),
        (4, "auto", "output-shape"),
        (3, "multi_margin", "loss-target"),
    ],
)
def test_a_class_at_every_pixel(units: int, loss: str, code: str) -> None:
    steps = [("ImageInput", {}), ("Conv2d", {"out_channels": units}), ("Output", {"loss": loss})]
    checked = check(chain(steps, [DIGIT_IMAGE, PIXELS]))
    assert [problem.code for problem in checked.errors] == ([code] if code else [])
    if code == "output-shape":
        assert "N × 3 × 8 × 8" in checked.errors[0].message
        assert checked.errors[0].remedies


def test_a_variance_of_another_shape_is_refused() -> None:
    document = gaussian()
    node = document.node_named("linear2")
    assert node is not None and check(document).ok
    (problem,) = check(document.apply(edits.set_parameter(document, node.id, "out_features", 3))).errors
    assert problem.where.port == "log_var" and "shape of the answer" in problem.message
