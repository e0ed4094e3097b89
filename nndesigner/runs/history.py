"""What happened in a run, as series of numbers: fed by messages while it lives, or by its folder, with equal result.

It knows neither process nor view. Series grow without copying everything at each message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.progress import Progress, quiet
from nndesigner.protocol.messages import Clock, Frame, Message, ScalarRow, Scalars, State
from nndesigner.runs.store import RESUME, RunFolder, open_run
from nndesigner.runs.trail import RECORDED, Trails

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Series:
    """One curve: steps ascending, and a value for each."""

    def __init__(self) -> None:
        self._steps = np.zeros(256, np.int64)
        self._numbers = np.zeros((256, 3))  # value, epoch, seconds
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, row: ScalarRow) -> None:
        if self._length == len(self._steps):
            self._steps = np.concatenate((self._steps, np.zeros_like(self._steps)))
            self._numbers = np.concatenate((self._numbers, np.zeros_like(self._numbers)))
        self._steps[self._length] = row.step
        self._numbers[self._length] = (row.value, row.epoch, row.seconds)
        self._length += 1

    def copy(self) -> Series:
        """The rows of now; those that come later are not in it."""
        made = Series()
        if self._length:
            made._steps, made._numbers = (
                self._steps[: self._length].copy(),
                self._numbers[: self._length].copy(),
            )
            made._length = self._length
        return made

    def cut_after(self, step: int) -> None:
        """Forget what was measured after `step`."""
        self._length = int(np.searchsorted(self._steps[: self._length], step, side="right"))

    @property
    def steps(self) -> Integers:
        """(n,) int64; a read-only view that later rows do not change."""
        return _frozen(self._steps[: self._length])

    @property
    def values(self) -> Floats:
        """(n,) float64"""
        return _frozen(self._numbers[: self._length, 0])

    @property
    def epochs(self) -> Floats:
        """(n,) float64: whole numbers at the end of an epoch, fractions within one"""
        return _frozen(self._numbers[: self._length, 1])

    @property
    def seconds(self) -> Floats:
        """(n,) float64 of the run's own clock, which stands still during a pause"""
        return _frozen(self._numbers[: self._length, 2])


def _frozen(view: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = view.view()
    view.flags.writeable = False
    return view


class RunHistory:
    """The curves and pictures of one run; of earlier pictures `recorded` bytes are kept beyond what always is.
    `revision` grows with every change of the curves."""

    def __init__(self, recorded: int = RECORDED) -> None:
        self._series: dict[tuple[str, str], Series] = {}
        self.frames: dict[tuple[str, str], Frame] = {}
        """(node id, measurement) → its newest picture"""
        self.explored: dict[str, Frame] = {}
        """name of an exploration → what it found out; of a run that lives, its folder knows more"""
        self._trails = Trails(recorded)
        self._looks: tuple[tuple[int, int], Integers, Floats] | None = None
        self.clock: Clock | None = None
        self.state: State | None = None
        self.revision = 0

    @classmethod
    def from_folder(cls, run: RunFolder | Path, progress: Progress = quiet) -> RunHistory:
        """The history that a run folder holds. Raises Refusal where there is no run."""
        folder = open_run(run) if isinstance(run, Path) else run
        history = cls(recorded_bytes(folder.record.plan))
        history.add_rows(folder.all_rows(progress))
        for frame in (*folder.trail(), *folder.frames()):
            history.take(frame)
        history.explored = {frame.measurement: frame for frame in folder.explored()}
        return history

    def take(self, message: Message) -> None:
        """A message of the run's worker; those that tell nothing of its history are ignored."""
        match message:
            case Scalars(rows=rows):
                self.add_rows(rows)
            case Frame():
                self.frames[message.node, message.measurement] = message
                self._trails.keep(message)
            case Clock():
                self.clock = message
            case State():
                self.state = message
            case _:
                pass

    def add_rows(self, rows: Iterable[ScalarRow]) -> None:
        for row in rows:
            if row.split == "" and row.name == RESUME:
                for (split, _), series in self._series.items():
                    series.cut_after(row.step if split != "test" else -1)
                self._trails.cut_after(row.step)
            else:
                key = row.split, row.name
                if key not in self._series:
                    self._series[key] = Series()
                self._series[key].add(row)
        self.revision += 1

    def snapshot(self) -> RunHistory:
        """Everything as it is now; what comes later is not in it."""
        made = RunHistory()
        made._series = {key: series.copy() for key, series in self._series.items()}
        made.frames = dict(self.frames)
        made._trails = self._trails.copy()
        made.clock, made.state, made.revision = self.clock, self.state, self.revision
        return made

    def trail(self, node: str, measurement: str) -> tuple[Frame, ...]:
        """The pictures of a measurement that were kept, oldest first, the newest one among them."""
        kept, newest = self._trails.of(node, measurement), self.frames.get((node, measurement))
        return kept if newest is None or (kept and kept[-1].step >= newest.step) else (*kept, newest)

    def frame_at(self, node: str, measurement: str, step: int) -> Frame | None:
        """The picture as it was at a step: the last one of that step or before; None where there is none so early."""
        newest = self.frames.get((node, measurement))
        return (
            newest if newest is not None and newest.step <= step else self._trails.at(node, measurement, step)
        )

    def looks(self) -> tuple[Integers, Floats]:
        """(n,) steps, ascending, of which there is any picture, and the epoch of each."""
        stamp = self._trails.revision, max((frame.step for frame in self.frames.values()), default=-1)
        if self._looks is None or self._looks[0] != stamp:
            found = self._trails.looks() | {frame.step: frame.epoch for frame in self.frames.values()}
            steps = sorted(found)
            epochs = np.array([found[step] for step in steps], np.float64)
            self._looks = stamp, np.array(steps, np.int64), epochs
        return self._looks[1], self._looks[2]

    def curves(self) -> tuple[tuple[str, str], ...]:
        """(split, name) of every curve that has a point, in a stable order."""
        return tuple(sorted(key for key, series in self._series.items() if len(series)))

    def series(self, split: str, name: str) -> Series:
        """The curve of one number; an empty one where there is none."""
        return self._series.get((split, name)) or Series()

    def last(self, split: str, name: str) -> float | None:
        series = self.series(split, name)
        return float(series.values[-1]) if len(series) else None

    def same_as(self, other: RunHistory) -> bool:
        """Whether both hold the same numbers and the same last pictures; of the earlier ones some may be left out."""
        return (
            self.curves() == other.curves()
            and all(_same_series(self.series(*key), other.series(*key)) for key in self.curves())
            and self.frames.keys() == other.frames.keys()
            and all(same_frame(frame, other.frames[key]) for key, frame in self.frames.items())
        )


def recorded_bytes(plan: Mapping[str, Any]) -> int:
    """How many bytes of earlier pictures a run keeps by its plan's settings."""
    megabytes = plan.get("recording")
    return int(megabytes) << 20 if isinstance(megabytes, int) and megabytes >= 0 else RECORDED


def _same_series(one: Series, other: Series) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name == "values")
        for name in ("steps", "values", "epochs", "seconds")
    )


def same_frame(one: Frame, other: Frame) -> bool:
    return (
        (one.measurement, one.node, one.step, one.epoch)
        == (other.measurement, other.node, other.step, other.epoch)
        and one.meta == other.meta
        and one.arrays.keys() == other.arrays.keys()
        and all(
            array.dtype == other.arrays[name].dtype
            and np.array_equal(array, other.arrays[name], equal_nan=array.dtype.kind == "f")
            for name, array in one.arrays.items()
        )
    )
