"""Counting how good answers are, on the device and exactly over a whole split.

Answers are counted, not averaged over batches; parts of the loss are means over batches, each for its samples.

What is counted for each head an objective says (`Score`). R² = 1 - Σ(y - t)² / Σ(t - mean t)², over all values of the
target together. Of a class at every place (a mask), the intersection over union of a class is TP / (TP + FP + FN),
over all places of the split together; their mean is that over the classes that are wanted or answered anywhere
(Everingham et al., The Pascal visual object classes challenge, 2010, section 4.1). What a path over the steps writes
(CTC) is right where it is the whole target; its error rate is Σ edits / Σ tokens of the targets (edit distance:
Levenshtein, Binary codes capable of correcting deletions, insertions, and reversals, 1966).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nndesigner.compiler.losses import linked
from nndesigner.layers.decoding import best_path, edit_distances
from nndesigner.objectives.objective import WHOLE, Score

MOST_REGIONS = 32
"""classes up to which each has a curve of its own overlap"""


class Tally:
    """Counts for one head, kept in float64 on the device: [values, right] for classes (and how many were left out where
    some are ignored; then, for regions, of each class how often it was rightly answered, answered and wanted), for
    paths [samples, right from end to end, Σ edits, Σ tokens], for numbers [values, Σ|e|, Σe², Σt, Σt²], with e and t in
    the target's own units."""

    def __init__(self, score: Score, device: torch.device) -> None:
        self.score = score
        kind = torch.float32 if device.type == "mps" else torch.float64  # Apple's graphics have no float64
        size = {"error": 5, "path": 4}.get(score.rule, 2 if score.ignore is None else 3)
        self.counts = torch.zeros(size + 3 * len(score.regions), dtype=kind, device=device)
        self._right = self.counts[1]  # a view: adding to it is one operation, not three
        self._scale = torch.tensor(score.scale, dtype=torch.float32, device=device)
        self._values = 0

    def add(self, value: Tensor, target: Tensor) -> None:
        """Count one batch: what the loss read, and what was wanted."""
        score = self.score
        self._values += len(target) if score.rule == "path" else target.numel()
        if score.rule == "error":
            answer = linked(score.link, value.detach(), score.axis)
            error = (answer - target) * self._scale
            wanted = target * self._scale
            kind = self.counts.dtype
            self.counts[1:] += torch.stack(
                (
                    torch.linalg.vector_norm(error, 1, dtype=kind),
                    torch.linalg.vector_norm(error, dtype=kind).square(),
                    wanted.sum(dtype=kind),
                    torch.linalg.vector_norm(wanted, dtype=kind).square(),
                )
            )
        elif score.rule == "path":
            wanted = target.long()
            edits = edit_distances(best_path(value.detach(), score.axis, score.blank), wanted, score.blank)
            told = (torch.count_nonzero(edits == 0), edits.sum(), torch.count_nonzero(wanted != score.blank))
            self.counts[1:] += torch.stack(told)
        elif score.regions:
            self._add_regions(value.detach(), target)
        elif score.rule == "threshold":
            answer = value.reshape(target.shape) > score.threshold
            self._right += torch.count_nonzero(answer == target)
        elif score.ignore is None:
            self._right += torch.count_nonzero(value.argmax(dim=score.axis) == target)
        else:
            judged = target != score.ignore
            self._right += torch.count_nonzero((value.argmax(dim=score.axis) == target) & judged)
            self.counts[2] += torch.count_nonzero(~judged)

    def _add_regions(self, value: Tensor, target: Tensor) -> None:
        score = self.score
        if score.rule == "threshold":
            answer = (value.reshape(target.shape) > score.threshold).long()
        else:
            answer = value.argmax(dim=score.axis)
        wanted = target.long()
        if score.ignore is not None:
            judged = wanted != score.ignore
            self.counts[2] += torch.count_nonzero(~judged)
            answer, wanted = answer[judged], wanted[judged]
        right = answer[answer == wanted]
        self._right += right.numel()
        classes = len(score.regions)
        of_each = [torch.bincount(codes.flatten(), minlength=classes) for codes in (right, answer, wanted)]
        self.counts[-3 * classes :] += torch.cat(of_each)

    def results(self) -> dict[str, float]:
        """The metrics by name; none before anything was counted."""
        if not self._values:
            return {}
        counts = self.counts.tolist()
        if self.score.rule == "path":
            _, right, edits, tokens = counts
            rate = {f"{self.score.unit} error rate{self.score.suffix}": edits / tokens} if tokens else {}
            return {f"{WHOLE}{self.score.suffix}": right / self._values} | rate
        if self.score.rule != "error":
            n = self._values - (counts[2] if self.score.ignore is not None else 0)
            if not n:
                return {}
            return self._overlaps(counts) | {f"accuracy{self.score.suffix}": counts[1] / n}
        n = self._values
        _, absolute, square, total, squares = counts
        spread = squares - total * total / n
        found = {"mae": absolute / n, "rmse": (max(square, 0.0) / n) ** 0.5}
        # A target that is always the same leaves nothing to explain.
        if spread > 1e-9 * max(squares, 1e-30):
            found["r2"] = 1.0 - square / spread
        return {f"{name}{self.score.suffix}": value for name, value in found.items()}

    def _overlaps(self, counts: Sequence[float]) -> dict[str, float]:
        """Mean intersection over union, and that of each class that occurs where there are not too many of them."""
        regions, suffix = self.score.regions, self.score.suffix
        if not regions:
            return {}
        right, answered, wanted = (
            counts[len(counts) - i * len(regions) :][: len(regions)] for i in (3, 2, 1)
        )
        found = {}
        for name, both, a, b in zip(regions, right, answered, wanted, strict=True):
            if a + b:
                found[f"iou{suffix} · {name}"] = both / (a + b - both)
        mean = {f"iou{suffix}": sum(found.values()) / len(found)}
        return mean | (found if len(regions) <= MOST_REGIONS else {})

    def state(self) -> Tensor:
        """Everything counted so far, to go on from later."""
        state = self.counts.detach().cpu().clone()
        state[0] = self._values
        return state

    def restore(self, state: Tensor) -> None:
        self._values = int(state[0])
        self.counts.copy_(state.to(self.counts))
        self.counts[0] = 0


class Parts:
    """The mean over the samples of every part of a loss and of what else is told of a batch, kept on the device.

    A part is named after the output or the penalty that it comes from; "" is the sum of all. `means` are told by their
    own names.
    """

    def __init__(self, names: Sequence[str], device: torch.device, means: Sequence[str] = ()) -> None:
        self.names, self.means = tuple(names), tuple(means)
        kind = torch.float32 if device.type == "mps" else torch.float64
        self.sums = torch.zeros(len(names) + len(means), dtype=kind, device=device)
        self._samples = 0

    @property
    def told(self) -> bool:
        """Whether it has anything to say that the loss does not say already."""
        return bool(self.means) or len(self.names) > 1

    def add(self, parts: Sequence[Tensor], samples: int) -> None:
        """Count one batch: the mean of each part over its samples, then the further means."""
        self._samples += samples
        self.sums += torch.stack([part.detach() for part in parts]).to(self.sums.dtype) * samples

    def results(self) -> dict[str, float]:
        """The metrics by name: the parts are said where there are several; nothing before anything was counted."""
        if not self._samples or not len(self.sums):
            return {}
        values = (self.sums / self._samples).tolist()
        parts = dict(zip(self.names, values, strict=False))
        found = {"loss": parts.pop("")} if "" in parts else {}
        if len(parts) > 1:
            found |= {f"loss · {name}": mean for name, mean in parts.items()}
        return found | dict(zip(self.means, values[len(self.names) :], strict=True))

    def state(self) -> Tensor:
        """Everything counted so far, to go on from later."""
        return torch.cat([torch.tensor([float(self._samples)], dtype=self.sums.dtype), self.sums.cpu()])

    def restore(self, state: Tensor) -> None:
        self._samples = int(state[0])
        self.sums.copy_(state[1:].to(self.sums))


def tallies(scores: Sequence[Score], device: torch.device) -> list[Tally]:
    return [Tally(score, device) for score in scores]
