"""Further metrics of an evaluation, by what is wanted: of classes, regions, tokens and images. For supervised learning.

Counted over a whole part of the data, not averaged over batches. Formulas are those of scikit-learn where it has them:
balanced accuracy is the mean recall over the classes that occur, F1 the mean over the classes that occur or are
answered; AUROC the area under the ROC curve of one class against the rest, averaged over the classes. Of regions the
same mean is the Dice coefficient, 2 TP / (2 TP + FP + FN). Perplexity is the exponential of the mean -log p(token).
PSNR is 10 log10(peak² / MSE) (peak: the range of the values in the data; MSE over all images together).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import Head
from nndesigner.compiler.losses import linked
from nndesigner.document.metrics import METRICS
from nndesigner.objectives.objective import Score

TOP = 5
MOST_RANKED = 4_000_000
"""probabilities that are kept for areas under curves; of more none is told"""


class Further:
    """The further metrics of one head, counted batch by batch."""

    def __init__(self, head: Head, score: Score) -> None:
        assert head.target is not None
        self.head, self.score, self.target = head, score, head.target
        self.names = frozenset(_names(head, score))
        """what it can tell, without the suffix of several heads"""
        self._classes = len(head.target.classes or head.target.tokens)
        self._counts = torch.zeros(3, max(self._classes, 1), dtype=torch.float64)
        self._top = self._judged = 0
        self._surprise = self._square = 0.0
        self._values = 0
        self._ranked: list[tuple[Tensor, Tensor]] = []
        self._kept = 0

    def add(self, value: Tensor, target: Tensor) -> None:
        """Count one batch: what the loss read, and what was wanted."""
        value = value.detach().float()
        if self.score.rule == "error":
            if "psnr" in self.names:
                answer = linked(self.score.link, value, self.score.axis)
                error = (answer - target) * self.score.scale[0]
                self._square += float(error.double().square().sum())
                self._values += target.numel()
            return
        scores, wanted = self._flat(value, target)
        if not len(wanted):
            return
        self._judged += len(wanted)
        answer = scores.argmax(1) if self.score.rule == "largest" else self._yes(scores)
        right = answer[answer == wanted]
        found = [torch.bincount(codes, minlength=self._classes) for codes in (right, answer, wanted)]
        self._counts += torch.stack(found).cpu()
        if {"top5", "perplexity"} & self.names:
            of_wanted = scores.gather(1, wanted[:, None])
            self._top += int(((scores > of_wanted).sum(1) < TOP).sum())
            if "perplexity" in self.names:
                self._surprise += float(F.cross_entropy(scores, wanted, reduction="sum"))
        if "auroc" in self.names and self._kept <= MOST_RANKED:
            chances = linked(self.head.link, scores, 1)
            self._kept += chances.numel()
            self._ranked.append((chances.cpu(), wanted.cpu()))

    def _flat(self, value: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """(judged places, classes) scores and (judged places,) classes; a single score is one column."""
        wanted = target.reshape(-1).long()
        if self.score.rule == "threshold":
            scores = value.reshape(-1, 1)
        else:
            scores = value.movedim(self.score.axis, -1)
            scores = scores.reshape(-1, scores.shape[-1])
        if self.score.ignore is None:
            return scores, wanted
        judged = wanted != self.score.ignore
        return scores[judged], wanted[judged]

    def _yes(self, scores: Tensor) -> Tensor:
        return (scores[:, 0] > self.score.threshold).long()

    def results(self) -> dict[str, float]:
        """The metrics by name; none before anything was counted."""
        found: dict[str, float] = {}
        if self._values:
            found["psnr"] = _psnr(self._square / self._values, _peak(self.head))
        if self._judged:
            right, answered, wanted = self._counts
            there, either = wanted > 0, (answered + wanted) > 0
            found["balanced_accuracy"] = float((right[there] / wanted[there]).mean())
            overlap = float((2 * right[either] / (answered + wanted)[either]).mean())
            found |= {"f1": overlap, "dice": overlap, "top5": self._top / self._judged}
            found["perplexity"] = math.exp(min(self._surprise / self._judged, 700.0))
            if self._ranked and self._kept <= MOST_RANKED:
                found["auroc"] = _area(self._ranked)
        return {
            f"{name}{self.score.suffix}": value
            for name, value in found.items()
            if name in self.names and math.isfinite(value)
        }


def further(heads: Sequence[Head], scores: Sequence[Score]) -> list[Further]:
    """One for each head that has any."""
    made = [Further(heads[score.head], score) for score in scores]
    return [each for each in made if each.names]


def best_names(best_by: str, scores: Sequence[Score], more: Sequence[Further], validated: bool) -> list[str]:
    """The names under which the metric is told that the best state is chosen by, one per head that has it; none where
    that is no metric of `METRICS`. `validated` says whether there are validation data.

    Raises Refusal where nothing will measure it.
    """
    metric = METRICS.get(best_by)
    if metric is None:
        return []
    if metric.usual:
        found = [best_by + score.suffix for score in scores if score.rule == "error"]
    else:
        found = [best_by + each.score.suffix for each in more if best_by in each.names]
    if not found:
        raise Refusal(
            tr(
                "No output has what “Best by” asks for ({metric}): choose another in the training plan.",
                metric=tr(metric.label),
            )
        )
    if not metric.usual and not validated:
        raise Refusal(
            tr(
                "“Best by” asks for {metric}, which is measured on validation data, and there are none: hold some back"
                " on the data page, or choose another.",
                metric=tr(metric.label),
            )
        )
    return found


def _names(head: Head, score: Score) -> list[str]:
    target = head.target
    assert target is not None
    if score.rule == "error":
        return ["psnr"] if target.kind == "image" and len(score.scale) == 1 and _peak(head) > 0 else []
    if target.kind == "tokens":
        return ["perplexity", "top5"] if head.link == "softmax" else ["top5"]
    if score.regions:
        return ["dice", "balanced_accuracy"]
    found = ["balanced_accuracy", "f1", "auroc"]
    if score.rule == "largest" and len(target.classes) > TOP:
        found.append("top5")
    return found


def _peak(head: Head) -> float:
    """The range of the values of a target, in its own units where errors are told in those."""
    assert head.target is not None
    statistics, preparation = head.target.statistics, head.target.preparation
    if "maximum" not in statistics or preparation.get("kind") not in (None, "affine"):
        return 0.0
    return float(statistics["maximum"]) - float(statistics["minimum"])


def _psnr(mean_square: float, peak: float) -> float:
    return 10 * math.log10(peak * peak / mean_square) if mean_square > 0 else math.inf


def _area(ranked: Sequence[tuple[Tensor, Tensor]]) -> float:
    """Of one class against the rest, over the classes that have both sides; of two classes that of the second."""
    from sklearn.metrics import roc_auc_score

    chances = torch.cat([chances for chances, _ in ranked]).numpy()
    wanted = torch.cat([wanted for _, wanted in ranked]).numpy()
    if chances.shape[1] <= 2:
        columns = [(chances[:, -1], wanted == 1)]
    else:
        columns = [(chances[:, c], wanted == c) for c in range(chances.shape[1])]
    areas = [roc_auc_score(truth, column) for column, truth in columns if truth.any() and not truth.all()]
    return float(sum(areas) / len(areas)) if areas else math.nan
