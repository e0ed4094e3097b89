"""Further metrics against scikit-learn and against numbers worked out by hand; what the best state is chosen by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as theirs

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.document import Document
from nndesigner.document.metrics import METRICS
from nndesigner.objectives.supervised import scores
from nndesigner.project.reader import open_project
from nndesigner.training.task_metrics import Further, further
from tests.exporters.test_script import measured, run_script, script_of
from tests.training.small import EXAMPLES, chain, dataset, mlp, trained, trainer


def digits(**plan: Any) -> Document:
    layers = [("ImageInput", {}), ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})]
    return chain("digits", layers, **plan)


def diabetes(**plan: Any) -> Document:
    return chain("diabetes", [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})], **plan)


def only(checked: CheckedNetwork) -> Further:
    (found,) = further(checked.heads, scores(checked.heads))
    return found


def test_of_classes_they_are_those_of_scikit_learn() -> None:
    counted = only(check(digits()))
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(300, 10, generator=generator)
    truth = torch.randint(0, 9, (300,), generator=generator)  # the last class does not occur
    for first in range(0, 300, 70):
        counted.add(logits[first : first + 70], truth[first : first + 70])
    chances, answer = torch.softmax(logits, 1).numpy(), logits.argmax(1).numpy()
    y = truth.numpy()
    found = counted.results()
    assert found["balanced_accuracy"] == pytest.approx(
        np.mean([theirs.recall_score(y == c, answer == c) for c in range(9)])
    )
    assert found["f1"] == pytest.approx(theirs.f1_score(y, answer, average="macro"))
    areas = [theirs.roc_auc_score(y == c, chances[:, c]) for c in range(9)]
    assert found["auroc"] == pytest.approx(np.mean(areas))
    assert found["top5"] == pytest.approx(theirs.top_k_accuracy_score(y, chances, k=5, labels=range(10)))
    assert set(found) == {"balanced_accuracy", "f1", "auroc", "top5"}


def test_of_two_classes_the_area_is_that_of_the_second() -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 1}),
        ("Output", {"loss": "binary_cross_entropy"}),
    ]
    for document in (mlp(), chain("moons", layers)):
        counted = only(check(document))
        generator = torch.Generator().manual_seed(2)
        column = counted.score.rule == "threshold"
        values = torch.randn(80, 1 if column else 2, generator=generator)
        truth = torch.randint(0, 2, (80,), generator=generator)
        counted.add(values, truth[:, None].float() if column else truth)
        second = values[:, 0] if column else torch.softmax(values, 1)[:, 1]
        assert counted.results()["auroc"] == pytest.approx(theirs.roc_auc_score(truth, second))
        assert "top5" not in counted.results()


def test_perplexity_is_as_many_as_there_are_tokens_where_all_are_as_likely() -> None:
    counted = only(check(open_project(EXAMPLES / "characters-transformer.nnd").document))
    classes = len(counted.target.tokens)
    truth = torch.arange(12).reshape(2, 6) % classes
    even = torch.zeros(2, 6, classes)
    counted.add(even.movedim(-1, counted.score.axis), truth)
    assert counted.results()["perplexity"] == pytest.approx(classes)
    sure = torch.nn.functional.one_hot(truth, classes).float() * 100
    for _ in range(2):  # 12 places of log(classes), 24 of next to 0
        counted.add(sure.movedim(-1, counted.score.axis), truth)
    assert counted.results()["perplexity"] == pytest.approx(classes ** (1 / 3))
    assert counted.results()["top5"] > 0.7


def test_the_dice_coefficient_of_areas_that_overlap_by_half() -> None:
    document = open_project(EXAMPLES / "shapes-unet.nnd").document
    counted = only(check(document))
    classes = len(counted.target.classes)
    truth, answer = torch.zeros(1, 4, 4).long(), torch.zeros(1, 4, 4).long()
    truth[0, :2], answer[0, 1:3] = 1, 1
    hot = torch.nn.functional.one_hot(answer, classes).float()
    counted.add(hot.movedim(-1, counted.score.axis), truth)
    # of the second class 2 · 4 / (8 + 8); the first one is right at 4 of its 8 places and is answered at 8
    assert counted.results() == {"dice": pytest.approx(0.5), "balanced_accuracy": pytest.approx(0.5)}


def test_psnr_of_an_error_of_a_tenth_of_the_range_is_twenty() -> None:
    layers = [("ImageInput", {}), ("Conv2d", {"out_channels": 1}), ("Output", {"target": "image"})]
    checked = check(chain("digits", layers))
    assert checked.ok, checked.errors
    counted = only(checked)
    statistics = counted.target.statistics
    off = (statistics["maximum"] - statistics["minimum"]) / 10 / counted.score.scale[0]
    truth = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    counted.add(truth + off, truth)
    assert counted.results() == {"psnr": pytest.approx(20.0, abs=1e-3)}


def test_nothing_is_said_before_anything_was_counted() -> None:
    assert only(check(digits())).results() == {}


def test_a_run_measures_more_on_validation_and_test_data_only_where_it_was_asked(tmp_path: Path) -> None:
    it, result = trained(mlp(epochs=2, more_metrics=True), tmp_path / "more")
    told = {"balanced_accuracy", "f1", "auroc"}
    assert told <= set(result["metrics"]["validation"]) and told <= set(result["metrics"]["test"])
    assert not told & set(result["metrics"]["train"])
    plain, usual = trained(mlp(epochs=2), tmp_path / "usual")
    assert not told & set(usual["metrics"]["validation"])
    ours, others = it.compiled.state_dict(), plain.compiled.state_dict()
    assert all(torch.equal(ours[name], others[name]) for name in others)


@pytest.mark.parametrize("metric", ["auroc", "f1"])
def test_the_best_state_is_the_one_with_the_best_metric(metric: str, tmp_path: Path) -> None:
    it, _ = trained(mlp(epochs=6, best_by=metric, learning_rate=0.05), tmp_path)
    curve = {row.step: row.value for row in it.run.rows() if (row.split, row.name) == ("validation", metric)}
    assert len(curve) == 6 and it.at.best_score == max(curve.values())
    best = it.run.best_checkpoint()
    assert best is not None and curve[best.step] == max(curve.values())


@pytest.mark.long
def test_a_smaller_error_is_better_and_the_script_chooses_alike(tmp_path: Path) -> None:
    document = diabetes(epochs=4, best_by="rmse", patience=1, learning_rate=0.3)
    it, _ = trained(document, tmp_path)
    assert it.at.best_score is not None
    curve = [row.value for row in it.run.rows() if (row.split, row.name) == ("validation", "rmse")]
    assert it.at.best_score == -min(curve)
    made = script_of(it, dataset(document), tmp_path)
    assert run_script(made.path, tmp_path / "out") == measured(it.run)


def test_a_smaller_error_is_better(tmp_path: Path) -> None:
    it, _ = trained(diabetes(epochs=3, best_by="mae", learning_rate=0.3), tmp_path)
    curve = [row.value for row in it.run.rows() if (row.split, row.name) == ("validation", "mae")]
    assert len(curve) == 3 and it.at.best_score == -min(curve)


def test_a_metric_that_no_output_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Best by"):
        trainer(diabetes(best_by="auroc"), tmp_path)
    with pytest.raises(Refusal, match="Best by"):
        trainer(mlp(best_by="rmse"), tmp_path)


def test_a_script_that_could_not_choose_alike_is_refused(tmp_path: Path) -> None:
    document = mlp(epochs=1, best_by="f1")
    it, _ = trained(document, tmp_path)
    with pytest.raises(Refusal, match="does not measure what this run chose"):
        script_of(it, dataset(document), tmp_path)


def test_every_metric_of_the_plan_is_made_by_somebody() -> None:
    made = {"psnr", "dice", "perplexity", "mae", "rmse", *only(check(digits())).names}
    assert made == set(METRICS)
