"""Counted in batches, the metrics of classes are those that scikit-learn computes of everything at once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from nndesigner.training.evaluation.classes import ClassTally
from nndesigner.training.evaluation.ranking import Ranking

NAMES = tuple("abcdefg")


def answers(n: int = 1500, classes: int = 7, seed: int = 0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n)
    raw = rng.normal(size=(n, classes)) + 1.5 * np.eye(classes)[truth]
    raised = np.exp(raw - raw.max(axis=1, keepdims=True))
    chances = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return chances, chances.argmax(axis=1), truth


def tallied(chances, said, truth, names=NAMES, step: int = 97, **options) -> ClassTally:
    tally = ClassTally(names, **options)
    for start in range(0, len(truth), step):
        cut = slice(start, start + step)
        tally.add(chances[cut], said[cut], truth[cut])
    return tally


def test_streamed_in_odd_batches_all_is_as_scikit_learn_has_it() -> None:
    chances, said, truth = answers()
    found = tallied(chances, said, truth).results()
    assert found.judged == len(truth)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, said))
    assert found.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(truth, said))
    exact = chances.astype(float) / chances.astype(float).sum(axis=1, keepdims=True)
    assert found.log_loss == pytest.approx(metrics.log_loss(truth, exact), rel=1e-5)
    assert found.brier == pytest.approx(metrics.brier_score_loss(truth, exact), rel=1e-5)
    assert found.top5 == pytest.approx(metrics.top_k_accuracy_score(truth, chances, k=5))
    assert np.array(found.confusion).tolist() == metrics.confusion_matrix(truth, said).tolist()
    each = metrics.precision_recall_fscore_support(truth, said)
    for i, line in enumerate(found.lines):
        assert (line.precision, line.recall, line.f1) == pytest.approx([each[k][i] for k in range(3)])
        assert line.support == each[3][i] and line.answered == (said == i).sum()
        assert line.auc == pytest.approx(metrics.roc_auc_score(truth == i, chances[:, i]))
        assert line.average_precision == pytest.approx(
            metrics.average_precision_score(truth == i, chances[:, i])
        )
    for kind, average in (("macro", found.macro), ("weighted", found.weighted)):
        wanted = metrics.precision_recall_fscore_support(truth, said, average=kind)[:3]
        assert (average.precision, average.recall, average.f1) == pytest.approx(wanted)
    assert sum(n for _, _, n in found.mistaken) == (said != truth).sum()
    assert found.exact and found.perplexity is None


def test_calibration_is_the_gap_between_what_is_claimed_and_what_is_right() -> None:
    """90 % claimed, 60 % right: off by 0.3, all in one bin."""
    chances = np.tile(np.array([[0.9, 0.1]], np.float32), (100, 1))
    said, truth = np.zeros(100, int), np.array([0] * 60 + [1] * 40)
    found = tallied(chances, said, truth, names=("no", "yes")).results()
    assert found.calibration_error == pytest.approx(0.3, abs=1e-6)
    assert found.calibration.claimed == pytest.approx((0.9,)) and found.calibration.right == (0.6,)
    assert found.calibration.answers == (100,)
    assert found.brier == pytest.approx((0.01 * 60 + 0.81 * 40) / 100, rel=1e-5)
    assert found.brier == pytest.approx(metrics.brier_score_loss(truth, chances[:, 1]), rel=1e-5)


def test_a_network_that_always_says_the_same_is_told_as_one() -> None:
    truth = np.array([0] * 70 + [1] * 20 + [2] * 10)
    chances = np.tile(np.array([[0.7, 0.2, 0.1]], np.float32), (100, 1))
    found = tallied(chances, np.zeros(100, int), truth, names=("a", "b", "c")).results()
    assert found.accuracy == pytest.approx(0.7) and found.balanced_accuracy == pytest.approx(1 / 3)
    assert found.lines[0].recall == 1.0 and found.lines[1].recall == 0.0
    assert found.lines[1].precision is None  # never answered
    assert [line.auc for line in found.lines] == [0.5, 0.5, 0.5]
    assert found.macro.f1 == pytest.approx(metrics.f1_score(truth, np.zeros(100), average="macro"))


def test_with_more_probabilities_than_are_kept_the_areas_stay_close_and_all_else_exact() -> None:
    chances, _, truth = answers(6000, 3, seed=4)
    whole, binned = Ranking(3), Ranking(3, most_kept=4000)
    for start in range(0, 6000, 500):
        cut = slice(start, start + 500)
        whole.add(chances[cut], truth[cut])
        binned.add(chances[cut], truth[cut])
    assert whole.exact and not binned.exact
    for code in range(3):
        assert binned.areas(code) == pytest.approx(whole.areas(code), abs=2e-3)
        roc, pr = binned.curves(code)
        assert roc is not None and (roc.x[0], roc.y[0]) == (0.0, 0.0) and (roc.x[-1], roc.y[-1]) == (1.0, 1.0)
        assert pr is not None and len(pr.x) <= 121


def test_a_thinned_curve_has_the_area_of_the_whole_one() -> None:
    chances, said, truth = answers()
    found = tallied(chances, said, truth).results()
    for curve in found.roc:
        area = float(np.trapezoid(curve.y, curve.x))
        assert area == pytest.approx(found.lines[curve.code].auc, abs=0.01)


def test_tokens_have_a_perplexity_and_no_matrix() -> None:
    chances = np.full((40, 4), 0.25, np.float32)
    truth = np.arange(40) % 4
    found = tallied(chances, truth, truth, names=tuple("wxyz"), tokens=True).results()
    assert found.perplexity == pytest.approx(4.0) and found.accuracy == 1.0
    assert found.confusion == () and found.roc == ()


def test_of_nothing_nothing_is_said() -> None:
    assert ClassTally(NAMES).results().judged == 0
    tally = ClassTally(NAMES)
    tally.add(np.zeros((0, 7), np.float32), np.zeros(0, int), np.zeros(0, int))
    assert tally.results().accuracy is None


def test_overlaps_are_those_of_scikit_learn_and_told_of_regions_only() -> None:
    chances, said, truth = answers()
    found = tallied(chances, said, truth, regions=True).results()
    each = metrics.jaccard_score(truth, said, average=None)
    assert [line.iou for line in found.lines] == pytest.approx(each.tolist())
    assert found.mean_iou == pytest.approx(each.mean())
    plain = tallied(chances, said, truth).results()
    assert plain.mean_iou is None and plain.lines[0].iou is None
