"""What is told of answers that are known: constant networks, planted groups, planted bias, tokens, one probability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.training.evaluation.evaluate import chances, evaluate
from tests.training.evaluation.hand_made import Told, class_output, data, field, number_output, numbered

N = 1300
"""more than two batches"""


def test_a_network_that_always_says_the_same() -> None:
    truth = np.arange(N) % 4
    output = class_output(truth, np.zeros(N, int), 4)
    scores = output.classes
    assert scores is not None
    assert scores.accuracy == pytest.approx(0.25) and scores.balanced_accuracy == pytest.approx(0.25)
    assert [row[0] for row in scores.confusion] == [325] * 4 and scores.lines[0].answered == N
    assert scores.macro.f1 == pytest.approx(metrics.f1_score(truth, np.zeros(N), average="macro"))
    assert len(output.confident) == 24 and all(line.answer == "a" for line in output.confident)
    assert all(line.certain == pytest.approx(0.9) for line in output.confident)


def test_groups_with_planted_accuracies_are_found() -> None:
    """Samples with a small number in the column are answered right, half of the others are not."""
    truth, side = np.arange(N) % 2, (np.arange(N) >= N // 2).astype(float)
    wrong = (side == 1) & (np.arange(N) % 4 < 2)
    said = np.where(wrong, 1 - truth, truth)
    output = class_output(truth, said, 2, "table/1", side)
    easy, hard = output.groups
    assert (easy.samples, hard.samples) == (N // 2, N - N // 2)
    assert easy.values["accuracy"] == 1.0
    assert hard.values["accuracy"] == pytest.approx(1 - wrong.sum() / hard.samples)
    here = side == 1
    assert hard.values["macro F1"] == pytest.approx(
        metrics.f1_score(truth[here], said[here], average="macro")
    )
    whole = (easy.values["accuracy"] or 0) * easy.samples + (hard.values["accuracy"] or 0) * hard.samples
    assert output.classes is not None and whole / N == pytest.approx(output.classes.accuracy)


def test_of_a_group_with_one_class_no_mean_over_classes_is_told() -> None:
    truth = np.arange(N) % 2
    output = class_output(truth, truth, 2, "kind")
    assert [g.values["macro F1"] for g in output.groups] == [None, None]
    assert [g.values["accuracy"] for g in output.groups] == [1.0, 1.0]


def test_a_planted_bias_is_told_in_the_units_of_the_data() -> None:
    truth = np.linspace(10, 20, N)[:, None]
    output = number_output(truth, truth + 2.5)
    numbers = output.numbers
    assert numbers is not None
    assert numbers.overall.bias == pytest.approx(2.5, abs=1e-5)
    assert numbers.overall.rmse == pytest.approx(2.5, abs=1e-5)
    assert numbers.forecast == () and len(numbers.points[0].truth) == N
    assert sum(numbers.spreads[0].counts) == N


def test_the_largest_error_comes_first_and_groups_have_their_own_bias() -> None:
    truth = np.zeros((N, 1))
    answer = np.where(np.arange(N) < 100, 1.0, -1.0)[:, None]
    answer[700] = 50.0
    output = number_output(truth, answer, "table/0")
    assert output.worst[0].position == 700 and output.worst[0].answer == "50"
    assert sum(g.samples for g in output.groups) == N
    assert (output.groups[0].values["bias"] or 0) > (output.groups[-1].values["bias"] or 0)


def test_a_series_has_a_forecast_in_order() -> None:
    truth = np.sin(np.arange(N) / 30)[:, None]
    output = number_output(truth, truth, kind="series")
    assert output.numbers is not None
    (forecast,) = output.numbers.forecast
    assert forecast.position == tuple(range(N)) and forecast.truth == pytest.approx(truth[:, 0], abs=1e-6)


def test_several_answers_to_one_number_are_each_compared_with_it() -> None:
    truth = np.linspace(0, 1, 50)[:, None]
    output = number_output(truth, np.concatenate([truth - 1, truth, truth + 1], axis=1))
    assert output.numbers is not None
    assert [line.bias for line in output.numbers.lines] == pytest.approx([-1, 0, 1], abs=1e-6)


def test_one_probability_for_two_classes() -> None:
    table = field("table", "table", columns=("number",))
    target = field("kind", "class", "target", classes=("no", "yes"))
    truth = np.array([0, 0, 1, 1])
    given = data((table, target), {"table": numbered(4), "kind": truth})
    told: Any = Told(given, target, np.array([[0.2], [0.7], [0.4], [0.9]]))
    (output,) = evaluate(told, given, "test")
    assert output.classes is not None
    assert output.classes.confusion == ((1, 1), (1, 1))
    assert output.classes.lines[1].auc == pytest.approx(metrics.roc_auc_score(truth, [0.2, 0.7, 0.4, 0.9]))


def test_tokens_are_judged_at_every_place_but_the_ignored_ones() -> None:
    """(samples, vocabulary, time): classes lie along the channels, as losses take them."""
    series = field("table", "table", columns=("number",))
    target = field("next", "tokens", "target", tokens=("<pad>", "a", "b"), axes=(("time", 2),))
    truth = np.array([[1, 2], [1, 0], [2, 0]])
    values = np.zeros((3, 3, 2))
    values[:, 1, :] = 0.75
    values[:, 2, :] = 0.25
    given = data((series, target), {"table": numbered(3), "next": truth})
    told: Any = Told(given, target, values, ignore=0)
    (output,) = evaluate(told, given, "test")
    scores = output.classes
    assert scores is not None
    assert scores.judged == 4 and scores.accuracy == pytest.approx(0.5)
    loss = -(np.log(0.75) * 2 + np.log(0.25) * 2) / 4
    assert scores.log_loss == pytest.approx(loss, rel=1e-5)
    assert scores.perplexity == pytest.approx(np.exp(loss), rel=1e-5)
    assert output.worst[0].position == 2  # only “b”, which is thought least likely


def test_numbers_of_the_data_and_places_in_the_part_are_told_apart() -> None:
    table = field("table", "table", columns=("number",))
    target = field("kind", "class", "target", classes=("a", "b"))
    truth = np.array([0, 1, 0, 1, 0, 1])
    test = np.array([1, 4, 5])
    given = data((table, target), {"table": numbered(6), "kind": truth}, test)
    told: Any = Told(given, target, np.tile([[0.9, 0.1]], (6, 1)))
    (output,) = evaluate(told, given, "test")
    assert {(line.position, line.index) for line in output.confident} == {(0, 1), (2, 5)}
    assert output.cells.of(1, 0) != () and output.cells.index[output.cells.of(1, 0)[0]] == 1


def test_scores_that_are_no_probabilities_get_an_order() -> None:
    found = chances(np.array([[2.0, -1.0, 0.5]], np.float32), 1, False)
    assert found.sum() == pytest.approx(1) and found.argmax() == 0
    both = chances(np.array([[3.0], [-3.0]], np.float32), 1, True)
    assert both[0, 1] > 0.9 and both[1, 1] < 0.1
    off = chances(np.array([[0.9, 0.9]], np.float32), 1, False)  # two sigmoids
    assert off.tolist() == [[0.5, 0.5]]


def test_data_in_which_classes_mean_something_else_is_refused() -> None:
    table = field("table", "table", columns=("number",))
    old = field("kind", "class", "target", classes=("a", "b"))
    new = field("kind", "class", "target", classes=("b", "a"))
    given = data((table, new), {"table": numbered(4), "kind": np.zeros(4, int)})
    told: Any = Told(given, old, np.tile([[0.5, 0.5]], (4, 1)))
    with pytest.raises(Refusal, match="“kind” has changed"):
        evaluate(told, given, "test")


def test_it_ends_when_it_is_no_longer_wanted() -> None:
    truth = np.zeros(N, int)
    table = field("table", "table", columns=("number",))
    target = field("kind", "class", "target", classes=("a", "b"))
    given = data((table, target), {"table": numbered(N), "kind": truth})
    told: Any = Told(given, target, np.tile([[0.5, 0.5]], (N, 1)))

    def stop(fraction: float, sentence: str) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        evaluate(told, given, "test", progress=stop)
