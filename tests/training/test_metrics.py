"""Metrics against the plain formulas, however the split is cut into batches."""

from __future__ import annotations

import pytest
import torch

from nndesigner.objectives.objective import Score
from nndesigner.training.metrics import Parts, Tally

CPU = torch.device("cpu")


def counted(score: Score, value: torch.Tensor, target: torch.Tensor, cut: int) -> dict[str, float]:
    tally = Tally(score, CPU)
    for start in range(0, len(value), cut):
        tally.add(value[start : start + cut], target[start : start + cut])
    return tally.results()


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_accuracy_of_the_largest_value(cut: int) -> None:
    generator = torch.Generator().manual_seed(0)
    value, target = torch.randn(50, 4, generator=generator), torch.randint(4, (50,), generator=generator)
    expected = (value.argmax(1) == target).double().mean().item()
    assert counted(Score(head=0, rule="largest"), value, target, cut) == {"accuracy": expected}


def test_accuracy_over_channel_first_and_time_first_values() -> None:
    value = torch.tensor([[[0.0, 5.0], [1.0, 2.0]]])  # (1, 2, 2)
    target = torch.tensor([[1, 0]])
    assert counted(Score(head=0, rule="largest", axis=1), value, target, 1) == {"accuracy": 1.0}
    assert counted(Score(head=0, rule="largest", axis=2), value, target, 1) == {"accuracy": 0.5}


def test_accuracy_of_a_single_value_against_its_threshold() -> None:
    value, target = torch.tensor([[0.4], [0.6], [-1.0]]), torch.tensor([0, 1, 1])
    assert counted(Score(head=0, rule="threshold", threshold=0.5), value, target, 2)["accuracy"] == 2 / 3
    assert counted(Score(head=0, rule="threshold"), value, target, 2)["accuracy"] == 1 / 3


@pytest.mark.parametrize("cut", [1, 13, 100])
def test_errors_are_in_the_units_of_the_data(cut: int) -> None:
    generator = torch.Generator().manual_seed(1)
    value, target = torch.randn(60, 1, generator=generator), torch.randn(60, 1, generator=generator)
    found = counted(Score(head=0, rule="error", scale=(10.0,)), value, target, cut)
    error = (value - target).double() * 10
    wanted = target.double() * 10
    assert found["mae"] == pytest.approx(error.abs().mean().item(), rel=1e-6)
    assert found["rmse"] == pytest.approx(error.square().mean().sqrt().item(), rel=1e-6)
    r2 = 1 - error.square().sum() / (wanted - wanted.mean()).square().sum()
    assert found["r2"] == pytest.approx(r2.item(), rel=1e-5)


def test_a_constant_target_has_no_r2_and_nothing_counted_has_no_metrics() -> None:
    score = Score(head=0, rule="error")
    assert "r2" not in counted(score, torch.randn(5, 1), torch.full((5, 1), 3.0), 5)
    assert Tally(score, CPU).results() == {}


def test_a_count_goes_on_from_its_saved_state() -> None:
    score = Score(head=0, rule="error", suffix=" · out")
    value, target = torch.randn(20, 2), torch.randn(20, 2)
    first = Tally(score, CPU)
    first.add(value[:10], target[:10])
    second = Tally(score, CPU)
    second.restore(first.state())
    for tally in (first, second):
        tally.add(value[10:], target[10:])
    assert first.results() == second.results()
    assert set(first.results()) == {"mae · out", "rmse · out", "r2 · out"}


@pytest.mark.parametrize("cut", [1, 13, 100])
def test_what_is_ignored_is_neither_right_nor_wrong(cut: int) -> None:
    generator = torch.Generator().manual_seed(2)
    value, target = torch.randn(60, 3, generator=generator), torch.randint(3, (60,), generator=generator)
    judged = target != 1
    expected = (value.argmax(1) == target)[judged].double().mean().item()
    found = counted(Score(head=0, rule="largest", ignore=1), value, target, cut)
    assert found == {"accuracy": pytest.approx(expected)}
    assert counted(Score(head=0, rule="largest", ignore=1), value, torch.ones_like(target), cut) == {}


@pytest.mark.parametrize("cut", [1, 7])
def test_intersection_over_union_is_of_the_pixels_of_the_whole_split(cut: int) -> None:
    generator = torch.Generator().manual_seed(3)
    value = torch.randn(20, 4, 5, 6, generator=generator)
    target = torch.randint(3, (20, 5, 6), generator=generator)
    value[:, 3] = -9.0  # a class that is neither wanted nor answered
    score = Score(head=0, rule="largest", axis=1, regions=("a", "b", "c", "never"))
    answer = value.argmax(1)
    each = {
        name: ((answer == i) & (target == i)).sum().item() / ((answer == i) | (target == i)).sum().item()
        for i, name in enumerate("abc")
    }
    found = counted(score, value, target, cut)
    assert found == {
        "iou": pytest.approx(sum(each.values()) / 3),
        **{f"iou · {name}": pytest.approx(iou) for name, iou in each.items()},
        "accuracy": pytest.approx((answer == target).double().mean().item()),
    }
    ignoring = Score(head=0, rule="largest", axis=1, regions=("a", "b", "c", "never"), ignore=2)
    kept = target != 2
    both, either = ((answer == 0) & (target == 0)).sum(), (((answer == 0) | (target == 0)) & kept).sum()
    assert counted(ignoring, value, target, cut)["iou · a"] == pytest.approx((both / either).item())


def test_intersection_over_union_of_one_value_for_two_classes() -> None:
    value = torch.tensor([[[[1.0, -1.0], [2.0, 3.0]]]])  # (1, 1, 2, 2)
    target = torch.tensor([[[1, 1], [1, 0]]])
    score = Score(head=0, rule="threshold", regions=("ground", "thing"))
    found = counted(score, value, target, 1)
    assert found == {"iou": 0.25, "iou · ground": 0.0, "iou · thing": 0.5, "accuracy": 0.5}


def test_scores_are_made_answers_before_they_are_compared() -> None:
    value, target = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [3.0]])
    found = counted(Score(head=0, rule="error", link="exp"), value, target, 2)
    assert found["mae"] == pytest.approx((3 - 2.718281828) / 2)


def test_parts_of_a_loss_are_means_over_samples_and_go_on_where_they_were() -> None:
    parts = Parts(("", "a", "b"), CPU)
    parts.add([torch.tensor(3.0), torch.tensor(1.0), torch.tensor(2.0)], 3)
    later = Parts(("", "a", "b"), CPU)
    later.restore(parts.state())
    later.add([torch.tensor(7.0), torch.tensor(5.0), torch.tensor(2.0)], 1)
    assert later.results() == {"loss": 4.0, "loss · a": 2.0, "loss · b": 2.0}
    assert Parts(("", "a"), CPU).results() == {}
    one = Parts(("", "a"), CPU)
    one.add([torch.tensor(1.0), torch.tensor(1.0)], 1)
    assert one.results() == {"loss": 1.0}, "a loss of one part is said once"
