"""The CTC loss against torch's own and against all paths counted out by hand, and what stands in its way."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Severity
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.layers.decoding import best_path
from tests.networks import Step, chain

PADDED = ("<pad>", "a", "b", "c")
"""the token that fills up is the blank"""
TARGETS = torch.tensor([[1, 2, 2, 0], [3, 0, 0, 0], [1, 2, 3, 1], [0, 0, 0, 0]])


def text(longest: int = 4, tokens: tuple[str, ...] = PADDED) -> DataField:
    return DataField(
        name="said", role="target", kind="tokens", element="int", axes=(("time", longest),), tokens=tokens
    )


def network(target: DataField, steps: int, width: int, *drawn: Step, **options: Any) -> CheckedNetwork:
    series = DataField(
        name="x", role="input", kind="series", element="float", axes=(("time", steps), ("feature", 5))
    )
    first: list[Step] = [("SequenceInput", {}), ("Linear", {"out_features": width}), *drawn]
    return check(chain([*first, ("Output", {"loss": "ctc", **options})], [series, target]))


def scores(steps: int, width: int, samples: int = len(TARGETS)) -> Tensor:
    return 2 * torch.randn((samples, steps, width), generator=torch.Generator().manual_seed(4))


def value_and_slope(checked: CheckedNetwork, z: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    leaf = z.clone().requires_grad_()
    (loss,) = build(checked).losses([leaf], [target])
    (slope,) = torch.autograd.grad(loss, leaf)
    return loss.detach(), slope


def test_targets_of_all_lengths_cost_what_torch_says() -> None:
    checked = network(text(), 9, 4)
    assert checked.ok and not checked.problems
    z = scores(9, 4)
    leaf = z.clone().requires_grad_()
    lengths = torch.tensor([3, 1, 4, 0])
    theirs = torch.nn.functional.ctc_loss(
        leaf.log_softmax(-1).transpose(0, 1), TARGETS, torch.full((4,), 9), lengths, blank=0
    )
    (slope,) = torch.autograd.grad(theirs, leaf)
    ours, our_slope = value_and_slope(checked, z, TARGETS)
    torch.testing.assert_close(ours, theirs.detach())
    torch.testing.assert_close(our_slope, slope)
    assert slope.abs().max() > 0


def test_what_stands_behind_the_end_of_a_target_counts_for_nothing_and_lengths_do() -> None:
    checked, z = network(text(), 9, 4), scores(9, 4, 1)
    each = [value_and_slope(checked, z, torch.tensor([row]))[0] for row in ([1, 2, 0, 0], [1, 2, 3, 0])]
    alone = torch.nn.functional.ctc_loss(
        z.log_softmax(-1).transpose(0, 1), torch.tensor([[1, 2]]), torch.tensor([9]), torch.tensor([2])
    )
    assert each[0] == pytest.approx(alone.item())
    assert each[1] != pytest.approx(each[0].item())


def test_the_sum_over_all_paths_by_hand() -> None:
    """Of the 4⁴ paths along four steps those that write “aa” (a blank between) and “ab”."""

    def writes(path: tuple[int, ...]) -> list[int]:
        return [c for i, c in enumerate(path) if c and (not i or path[i - 1] != c)]

    checked, z = network(text(2), 4, 4), scores(4, 4, 1)
    p = torch.softmax(z[0], -1)
    for target in ([1, 1], [1, 2], [3, 0]):
        wanted = [token for token in target if token]
        total = sum(
            (torch.stack([p[t, c] for t, c in enumerate(path)]).prod() for path in itertools.product(range(4), repeat=4)
             if writes(path) == wanted),
            torch.zeros(()),
        )  # fmt: skip
        ours, _ = value_and_slope(checked, z, torch.tensor([target]))
        assert ours.item() == pytest.approx(-total.log().item() / len(wanted), rel=1e-5)


def test_without_a_token_that_fills_up_the_blank_is_one_class_more() -> None:
    checked = network(text(2, ("a", "b")), 6, 3)
    assert checked.ok and checked.heads[0].blank == 2
    z, target = scores(6, 3, 2), torch.tensor([[0, 1], [1, 1]])
    theirs = torch.nn.functional.ctc_loss(
        z.log_softmax(-1).transpose(0, 1), target, torch.full((2,), 6), torch.full((2,), 2), blank=2
    )
    assert value_and_slope(checked, z, target)[0].item() == pytest.approx(theirs.item())


def test_a_drawn_softmax_is_part_of_the_loss() -> None:
    checked = network(text(), 9, 4, ("Softmax", {}))
    assert checked.ok and checked.heads[0].stable != checked.heads[0].source


def test_too_few_steps_are_infinite_unless_they_are_left_out() -> None:
    """Four steps are enough for “abca” and not for “aaaa”, which takes seven."""
    target = torch.tensor([[1, 2, 3, 1], [1, 1, 1, 1]])
    z = scores(4, 4, 2)
    assert value_and_slope(network(text(), 4, 4), z, target)[0] == torch.inf
    left_out, slope = value_and_slope(network(text(), 4, 4, zero_infinity=True), z, target)
    alone, _ = value_and_slope(network(text(), 4, 4), z[:1], target[:1])
    assert left_out.item() == pytest.approx(alone.item() / 2)
    assert (slope[1] == 0).all() and torch.isfinite(slope).all()


def test_steps_after_the_end_of_a_short_sample_count_for_nothing() -> None:
    """Torch is told the lengths of the inputs; here the blank is certain after them."""
    series = DataField(
        name="x", role="input", kind="series", element="float", axes=(("time", 9), ("feature", 5))
    )
    lengths = DataField(
        name="length",
        role="input",
        kind="table",
        element="float",
        axes=(("feature", 1),),
        columns=("length",),
    )
    document = chain([("SequenceInput", {}), ("Linear", {"out_features": 4})], [series, lengths, text()])
    for type, name in (
        ("TableInput", "lengths"),
        ("LengthMask", "mask"),
        ("BlankAfterEnd", "end"),
        ("Output", "said"),
    ):
        options = {"loss": "ctc"} if type == "Output" else {}
        document = document.apply(edits.add_node(document, type, name=name, parameters=options))
    wires = (
        ("linear1", "mask", "x"), ("lengths", "mask", "lengths"), ("linear1", "end", "x"), ("mask", "end", "padding"),
        ("end", "said", "x"),
    )  # fmt: skip
    for source, target, port in wires:
        ends = document.node_named(source), document.node_named(target)
        assert ends[0] is not None and ends[1] is not None
        document = document.apply(edits.connect(document, ends[0].id, "y", ends[1].id, port))
    checked = check(document)
    assert checked.ok, checked.errors
    torch.manual_seed(0)
    module = build(checked)
    x, ends_at, target = torch.randn(4, 9, 5), torch.tensor([9, 4, 5, 1]), TARGETS
    inputs = {"x": x, "length": ends_at[:, None].float()}
    values = module.for_loss(*(inputs[name] for name in module.input_fields))
    (ours,) = module.losses(values, [target])
    z = module.get_submodule("linear1")(x)
    theirs = torch.nn.functional.ctc_loss(
        z.log_softmax(-1).transpose(0, 1), target, ends_at, torch.tensor([3, 1, 4, 0]), blank=0
    )
    torch.testing.assert_close(ours, theirs)
    weights = list(module.parameters())
    slopes = [torch.autograd.grad(loss, weights, retain_graph=True) for loss in (ours, theirs)]
    for ours_, theirs_ in zip(*slopes, strict=True):
        torch.testing.assert_close(ours_, theirs_)
    for row, said, end in zip(values[0], z, ends_at.tolist(), strict=True):
        read_off = best_path(row[None], 2, 0)[0]
        assert (read_off[:end] == best_path(said[None, :end], 2, 0)[0]).all() and not read_off[end:].any()


def test_the_check_says_that_there_are_too_few_steps() -> None:
    (error,) = network(text(), 3, 4).problems
    assert error.severity is Severity.ERROR
    assert "up to 4 tokens long, but the answer has only 3 steps" in error.message
    (warning,) = network(text(), 5, 4).problems
    assert warning.severity is Severity.WARNING and "Up to 7 steps" in warning.message
    assert not network(text(), 7, 4).problems


def test_the_check_says_what_the_loss_reads() -> None:
    (error,) = network(text(), 9, 5).problems
    assert "N × steps × 4" in error.message and error.remedies[0].arguments["value"] == 4
    (error,) = network(text(), 9, 4, ("Flatten", {})).problems
    assert "CTC reads a score at every step" in error.message
    number = DataField(name="y", role="target", kind="number", element="float", axes=(("feature", 1),))
    (error,) = network(number, 9, 4).problems
    assert "not meant for the target" in error.message
