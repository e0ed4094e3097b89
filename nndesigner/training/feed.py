"""Batches for training and evaluation: whole batches cut from prepared tensors, no loader and no copy per sample.

The order of an epoch is a function of (seed, epoch) alone, so that a run that goes on in the middle of an epoch meets
the same batches as one that was never interrupted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nndesigner.augmentations.recipe import Recipe
from nndesigner.base.data_field import DataField
from nndesigner.check.noise import Noise
from nndesigner.data.preparation import prepare
from nndesigner.data.preview import thumbnails
from nndesigner.data.source import Array
from nndesigner.data.stored import is_stored
from nndesigner.training.device import free_memory
from nndesigner.training.prepared_later import PreparedLater

Batch = tuple[list[Tensor], list[Tensor]]
Column = Tensor | PreparedLater

SHUFFLED_WHOLE = 256 << 20
"""bytes up to which an epoch is put in order at once and then cut in slices; above, each batch is gathered"""
PREPARED_WHOLE = 1 << 30
"""values of a part of the data up to which they are prepared at once and kept; above, batch by batch"""
STORED_WHOLE = 1 << 22
"""the same of data that lies in a file, because it is larger than memory is meant to be; not of one number a sample"""
AHEAD = 2
"""batches that are read before they are asked for"""
EVALUATION_VALUES = 1 << 21
"""values of one sample times samples, that an evaluation takes at once"""
FIXED = 7
"""seed of the noise of samples that are evaluated or looked at"""


def order(seed: int, epoch: int, samples: int) -> Tensor:
    """The order of an epoch's samples: a permutation that depends on (seed, epoch) and on nothing else."""
    generator = torch.Generator().manual_seed((seed << 20) + epoch)
    return torch.randperm(samples, generator=generator)


class Split:
    """One part of the data, prepared: tensors with the sample axis first, on the device where they fit; what is too
    large for that is prepared batch by batch."""

    def __init__(self, inputs: list[Column], targets: list[Column], indices: npt.NDArray[np.int64]) -> None:
        self.inputs = inputs
        self.targets = targets
        self.indices = indices
        """sample numbers in the data"""
        self.samples = len(indices)

    @property
    def bytes(self) -> int:
        return sum(t.numel() * t.element_size() for t in (*self.inputs, *self.targets))


class Feed:
    """Prepared data for one network. `input_fields` and `target_fields` name data fields in the network's order."""

    def __init__(
        self,
        fields: Mapping[str, DataField],
        arrays: Mapping[str, Array],
        indices: Mapping[str, npt.NDArray[np.int64]],
        input_fields: Sequence[str],
        target_fields: Sequence[str],
        device: torch.device,
        fewest: int = 1,
        noise: Mapping[int, Noise] = MappingProxyType({}),
        augmented: Recipe | None = None,
    ) -> None:
        """`fewest` is the smallest batch that the network can be trained on: fewer samples than that at the end of an
        epoch join the batch before them. `noise` says which inputs are drawn: anew for every batch of an epoch, and
        always the same numbers for a sample that is evaluated or looked at. `augmented` is what happens to the batches
        of an epoch, on the device, and to nothing else."""
        self._fields = fields
        self._arrays = arrays
        self._indices = indices
        self._input_fields = tuple(input_fields)
        self._target_fields = tuple(target_fields)
        self.device = device
        self._fewest = fewest
        self.lap: Callable[[str], None] = lambda phase: None
        """called when a batch of an epoch has been put together, before it goes to the device"""
        self._noise = dict(noise)
        self._augmented = augmented
        self._splits: dict[str, Split] = {}

    def samples(self, part: str) -> int:
        return len(self._indices.get(part, ()))

    @property
    def rows(self) -> int:
        """How many samples there are in the data, in whatever part."""
        names = (*(name for name in self._input_fields if name), *self._target_fields)
        return min((len(self._arrays[name]) for name in names), default=0)

    def by_number(self, numbers: npt.NDArray[np.int64]) -> Batch:
        """The samples with these numbers in the data, on the device; nothing of them is kept."""
        inputs = [
            drawn(self._noise[i], len(numbers), _mixed(FIXED, i))
            if i in self._noise
            else self._at_once(name, numbers)
            for i, name in enumerate(self._input_fields)
        ]
        return (
            [tensor.to(self.device) for tensor in inputs],
            [self._at_once(name, numbers).to(self.device) for name in self._target_fields],
        )

    def of_class(self, part: str, label: str) -> npt.NDArray[np.int64]:
        """Positions of the samples of a part whose first class target is the class with this name."""
        named = [(i, self._fields[name].classes) for i, name in enumerate(self._target_fields)]
        found = next(((i, classes) for i, classes in named if label in classes), None)
        if found is None or not self.samples(part):
            return np.zeros(0, np.int64)
        # Classes are prepared as they are: of data that is prepared later, only this much is read.
        array = self._arrays[self._target_fields[found[0]]]
        values = array.reshape(len(array), -1)[self.numbers(part), 0]
        return np.flatnonzero(values == found[1].index(label)).astype(np.int64)

    def numbers(self, part: str) -> npt.NDArray[np.int64]:
        """The numbers of a part's samples in the data."""
        return self._indices.get(part, np.zeros(0, np.int64))

    def previews(self, part: str, positions: npt.NDArray[np.int64]) -> tuple[dict[str, Any], ...]:
        """What the first input looks like for the samples at these positions of a part; none for no input."""
        return self.pictures(self.numbers(part)[positions])

    def pictures(self, numbers: npt.NDArray[np.int64]) -> tuple[dict[str, Any], ...]:
        """What the first input looks like for the samples with these numbers in the data; none for no input."""
        if not self._input_fields:
            return ()
        field = self._fields.get(next((name for name in self._input_fields if name), ""))
        if field is None:
            return ()
        columns = field.preparation.get("columns", ()) if field.kind == "table" else ()
        names = {i: tuple(c["names"]) for i, c in enumerate(columns) if c.get("kind") == "category"}
        return thumbnails(field, self._arrays[field.name], numbers, names)

    def classes(
        self, numbers: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], tuple[str, ...], str] | None:
        """The class of samples, by their numbers in the data, whether or not the network reads it; the names of the
        classes and of the field. None where the data has no class per sample."""
        field = next((f for f in self._fields.values() if f.kind == "class" and not f.axes), None)
        if field is None:
            return None
        return self._arrays[field.name][numbers].astype(np.int64), field.classes, field.name

    def split(self, part: str) -> Split:
        """A part of the data, prepared at its first use and kept."""
        if part not in self._splits:
            rows = self._indices.get(part, np.zeros(0, np.int64))
            split = Split(
                [
                    drawn(self._noise[i], len(rows), _mixed(FIXED, i))
                    if i in self._noise
                    else self._prepared(name, rows)
                    for i, name in enumerate(self._input_fields)
                ],
                [self._prepared(name, rows) for name in self._target_fields],
                rows,
            )
            free = free_memory(self.device)
            if self.device.type != "cpu" and (free is None or split.bytes < free // 3):
                split.inputs = [_moved(t, self.device) for t in split.inputs]
                split.targets = [_moved(t, self.device) for t in split.targets]
            self._splits[part] = split
        return self._splits[part]

    def _prepared(self, name: str, rows: npt.NDArray[np.int64]) -> Column:
        field, array = self._fields[name], self._arrays[name]
        of_sample = int(np.prod(field.sizes or (1,)))
        most = STORED_WHOLE if is_stored(array) and of_sample > 1 else PREPARED_WHOLE
        if len(rows) * of_sample > most:
            return PreparedLater(field, array, rows)
        return self._at_once(name, rows)

    def _at_once(self, name: str, rows: npt.NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(prepare(self._fields[name], self._arrays[name][rows])))

    def batches_per_epoch(self, batch_size: int, drop_last: bool) -> int:
        samples = self.samples("train")
        whole, rest = divmod(samples, batch_size)
        if (
            whole == 0
        ):  # dropping is meant for the odd batch at the end; data smaller than one batch is trained on
            return 1 if rest else 0
        return whole + (1 if rest >= self._fewest and not drop_last else 0)

    def _cuts(self, batch_size: int, drop_last: bool) -> list[tuple[int, int]]:
        """(first, past the last) position of every batch of an epoch."""
        samples, count = self.samples("train"), self.batches_per_epoch(batch_size, drop_last)
        cuts = [(n * batch_size, min((n + 1) * batch_size, samples)) for n in range(count)]
        if cuts and not drop_last:
            cuts[-1] = (cuts[-1][0], samples)
        return cuts

    def epoch(
        self, seed: int, epoch: int, batch_size: int, drop_last: bool, first: int = 0
    ) -> Iterator[Batch]:
        """The batches of an epoch in its order, from batch number `first` on."""
        split = self.split("train")
        cuts = self._cuts(batch_size, drop_last)[first:]
        permutation = order(seed, epoch, split.samples)
        if split.bytes <= SHUFFLED_WHOLE and split.inputs[0].device == self.device:
            permutation = permutation.to(self.device)
            inputs = [t.index_select(0, permutation) for t in split.inputs]
            targets = [t.index_select(0, permutation) for t in split.targets]
            for number, (start, end) in enumerate(cuts, start=first):
                batch = [t[start:end] for t in inputs], [t[start:end] for t in targets]
                self.lap("data")
                yield self._as_seen(batch, seed, epoch, number)
            return
        chosen = (permutation[start:end] for start, end in cuts)
        with closing(self._ahead(split, chosen)) as batches:
            for number, batch in enumerate(batches, start=first):
                self.lap("data")
                yield self._as_seen(self._moved(*batch), seed, epoch, number)

    def _ahead(self, split: Split, chosen: Iterable[Tensor]) -> Generator[Batch]:
        """The batches at these positions. What is read and prepared batch by batch is so on a thread of its own, some
        batches ahead of the step; the batches are the same."""
        if not any(isinstance(column, PreparedLater) for column in (*split.inputs, *split.targets)):
            for positions in chosen:
                yield self._chosen(split, positions)
            return
        with ThreadPoolExecutor(1, "feed") as pool:
            waiting: deque[Future[Batch]] = deque()
            try:
                for positions in chosen:
                    waiting.append(pool.submit(self._chosen, split, positions))
                    if len(waiting) > AHEAD:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _as_seen(self, batch: Batch, seed: int, epoch: int, number: int) -> Batch:
        """The batch with noise and changes of its own: functions of its place in the run, as the order of the samples
        is."""
        for i, noise in self._noise.items():
            fresh = drawn(noise, len(batch[0][i]), _mixed(seed, epoch, number, i))
            batch[0][i] = fresh.to(self.device)
        if self._augmented is not None:
            batch = self._augmented.apply(*batch, seed, epoch, number)
            self.lap("data")
        return batch

    def gather(self, split: Split, positions: Tensor) -> Batch:
        """The samples at these positions of a split, on the device."""
        return self._moved(*self._chosen(split, positions))

    def _chosen(self, split: Split, positions: Tensor) -> Batch:
        """The samples at these positions, where the split lies."""
        return (
            [t.index_select(0, positions.to(t.device)) for t in split.inputs],
            [t.index_select(0, positions.to(t.device)) for t in split.targets],
        )

    def _moved(self, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Batch:
        return (
            [t.to(self.device, non_blocking=True) for t in inputs],
            [t.to(self.device, non_blocking=True) for t in targets],
        )

    def evaluation(self, part: str, batch_size: int) -> Iterator[Batch]:
        """Every sample of a part once, in the data's order; the last batch is as short as it has to be."""
        split = self.split(part)
        size = evaluation_batch(split, batch_size)
        for start in range(0, split.samples, size):
            cut = slice(start, start + size)
            yield (
                [t[cut].to(self.device) for t in split.inputs],
                [t[cut].to(self.device) for t in split.targets],
            )


def drawn(noise: Noise, samples: int, seed: int) -> Tensor:
    """What enters at a noise input: (samples, features) float32."""
    generator = torch.Generator().manual_seed(seed)
    if noise.distribution == "uniform":
        return torch.rand(samples, noise.features, generator=generator) * 2 - 1
    return torch.randn(samples, noise.features, generator=generator)


def _mixed(*numbers: int) -> int:
    """One seed of several numbers; other numbers, in another order too, give another one."""
    mixed = 1
    for number in numbers:
        mixed = (mixed * 1_000_003 + number + 1) % (1 << 62)
    return mixed


def _moved(column: Column, device: torch.device) -> Column:
    return column.to(device) if isinstance(column, Tensor) else column


def evaluation_batch(split: Split, batch_size: int) -> int:
    """How many samples an evaluation takes at once."""
    values = sum(t[0].numel() for t in split.inputs) if split.samples else 1
    return max(batch_size, min(1024, EVALUATION_VALUES // max(values, 1)))


def probe_positions(split: Split, most: int = 64) -> npt.NDArray[np.int64]:
    """Positions of at most `most` samples that stand for a split: of every class in turn, else evenly spread."""
    tensors = (t for t in split.targets if isinstance(t, Tensor))
    target = next((t for t in tensors if t.dtype == torch.int64 and t.ndim == 1), None)
    if target is None:
        return np.unique(np.linspace(0, max(split.samples - 1, 0), min(most, split.samples)).astype(np.int64))
    labels = target.cpu().numpy()
    groups = [np.flatnonzero(labels == label)[:most] for label in np.unique(labels)]
    turns = max((len(group) for group in groups), default=0)
    chosen = [int(group[turn]) for turn in range(turns) for group in groups if turn < len(group)]
    return np.array(chosen[:most], np.int64)
