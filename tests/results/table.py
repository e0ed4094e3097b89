"""Numbers of both sides by seed → lines of a table: mean, standard deviation, and whether it holds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.results.tasks import Metric, Task

Measured = Sequence[Mapping[str, float]]
"""What the runs of one side measured on the test part, one entry per seed."""


@dataclass(frozen=True)
class Line:
    """One metric of one task, both sides, in the order of the seeds."""

    task: Task
    metric: Metric
    ours: tuple[float, ...]
    by_hand: tuple[float, ...]

    @property
    def deviation(self) -> float:
        """The standard deviation over the seeds, of both sides together: √((s₁² + s₂²) / 2)."""
        return ((_deviation(self.ours) ** 2 + _deviation(self.by_hand) ** 2) / 2) ** 0.5

    @property
    def holds(self) -> bool:
        """Not worse than by hand beyond one standard deviation, and not below the bar where there is one."""
        sign = 1.0 if self.metric.better == "higher" else -1.0
        ours, by_hand = statistics.fmean(self.ours), statistics.fmean(self.by_hand)
        slack = 1e-9 * abs(by_hand)  # two sums of the same numbers may differ in the last bit
        close = sign * (ours - by_hand) >= -self.deviation - slack
        bar = self.metric.bar
        return close and (bar is None or sign * (ours - bar) >= -slack)

    def plain(self) -> dict[str, Any]:
        return {
            "template": self.task.template,
            "metric": self.metric.name,
            "unit": self.metric.unit,
            "better": self.metric.better,
            "bar": self.metric.bar,
            "ours": list(self.ours),
            "by_hand": list(self.by_hand),
            "holds": self.holds,
        }


def lines(task: Task, ours: Measured, by_hand: Measured) -> list[Line]:
    return [
        Line(task, metric, tuple(map(metric.value, ours)), tuple(map(metric.value, by_hand)))
        for metric in task.metrics
    ]


def cells(line: Line) -> tuple[str, ...]:
    """Template, network, weights, metric, ours, by hand, bar, verdict."""
    task, metric = line.task, line.metric
    unit = f" {metric.unit}" if metric.unit else ""
    sign = "≥" if metric.better == "higher" else "≤"
    bar = "" if metric.bar is None else f"{sign} {metric.bar:g}{unit}"
    return (
        task.template,
        f"{task.data}: {task.network}",
        f"{task.weights:,}",
        metric.name,
        _spread(line.ours, metric) + unit,
        _spread(line.by_hand, metric) + unit,
        bar,
        "yes" if line.holds else "**no**",
    )


HEADER = ("template", "data and network", "weights", "on the test part", "ours", "by hand", "bar", "holds")


def markdown(found: Sequence[Line]) -> str:
    """The table; the task is named in the first of its lines only."""
    rows = [HEADER, ("---", "---", "---:", "---", "---:", "---:", "---:", "---")]
    before = ""
    for line in found:
        row = cells(line)
        rows.append(("", "", "", *row[3:]) if line.task.template == before else row)
        before = line.task.template
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def page(found: Sequence[Line], seeds: Sequence[int], about: Mapping[str, str]) -> str:
    """`docs/results.md`."""
    failed = [line for line in found if not line.holds]
    verdict = (
        "Every line holds."
        if not failed
        else f"{len(failed)} of {len(found)} lines do not hold: "
        + ", ".join(f"{line.task.template} ({line.metric.name})" for line in failed)
        + "."
    )
    return f"""# Results of the templates

Written by `make results`; do not edit it.

Each template is trained with its own settings, in a worker as the window and the command line do it, from the seeds
{", ".join(map(str, seeds))}. Beside it stands the same network written by hand in plain PyTorch
(`tests/results/by_hand.py`): the same layers, optimizer, learning rate, epochs and batch size, the same samples in each
part, a `DataLoader`, its own preparation of the data. Both sides are measured on the test part, with the weights of
the last epoch. The digits' convolutional network is the best of eight variants in a five-fold cross-validation over the
training and validation parts together; four of the eight were looked at on the test part too. The other templates were
not tuned.

{markdown(found)}

Mean ± standard deviation over the seeds. A line holds where the mean of ours is not worse than that of the
hand-written network by more than one standard deviation (of both sides together, √((s₁² + s₂²) / 2)), and reaches the
bar where there is one. {verdict}

{chr(10).join(f"- {key}: {value}" for key, value in about.items())}
"""


def _spread(values: Sequence[float], metric: Metric) -> str:
    mean, deviation = statistics.fmean(values), _deviation(values)
    return f"{mean:.{metric.digits}f} ± {deviation:.{metric.digits}f}"


def _deviation(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0
