"""Answers of a trained network for raw values: what people get to see, with nothing of training in between."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.check.asking import START, writes
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.noise import noise_inputs
from nndesigner.compiler import weights
from nndesigner.compiler.build import CompiledNetwork, build, with_preparation
from nndesigner.compiler.losses import answer
from nndesigner.data.preparation import prepare
from nndesigner.data.tokens import text_of
from nndesigner.layers.decoding import best_path, greedy
from nndesigner.layers.losses.loss import written_classes
from nndesigner.runs.store import RunFolder
from nndesigner.training import checkpoints
from nndesigner.training.feed import drawn
from nndesigner.training.inside import Inside

Array = npt.NDArray[Any]
AT_ONCE = 256
"""samples per forward pass"""
MADE = 16
"""samples that a network makes which reads nothing of the data"""
NOISE_SEED = 0


class Predictor:
    """A run's network with the weights of one checkpoint, its preparation in front."""

    def __init__(
        self, run: RunFolder, checkpoint: Path | None = None, device: torch.device | None = None
    ) -> None:
        """The newest whole checkpoint where none is named. Raises Refusal where there is none."""
        self.document = run.document()
        """the project as it was trained"""
        self.whole = whole = check(self.document)
        """the network with what only its losses read"""
        compiled = build(whole)
        self.checked: CheckedNetwork = whole.as_answered()
        path, snapshot = _newest(run) if checkpoint is None else (checkpoint, checkpoints.read(checkpoint))
        weights.load(compiled, snapshot.model, strict=True)
        self.checkpoint = path
        self.step = snapshot.standing.step
        self.fields: tuple[DataField, ...] = tuple(
            node.field for node in self.checked.inputs if node.field is not None
        )
        """what the network reads of the data, in its order"""
        self._noise = noise_inputs(self.checked)
        self.heads = compiled.heads
        self.device = device or torch.device("cpu")
        self._compiled = compiled
        self._model = with_preparation(compiled, self.checked).eval().to(self.device)

    @property
    def compiled(self) -> CompiledNetwork:
        """The network without its preparation."""
        return self._compiled

    @functools.cached_property
    def inside(self) -> Inside:
        """The same network, open between its layers."""
        return Inside(self._compiled, self.checked, self.device)

    def prepared(self, arrays: Mapping[str, Array]) -> list[Tensor]:
        """Raw arrays by data field as the first layers receive them, in the order of the inputs. Raises Refusal."""
        made = []
        for field in self.fields:
            raw = self._tensor(field, arrays)
            made.append(torch.from_numpy(prepare(field, raw.numpy())).to(self.device))
        return [x.to(self.device) for x in self._with_noise(made, len(made[0]) if made else MADE)]

    def _with_noise(self, read: Sequence[Tensor], samples: int) -> list[Tensor]:
        """What is read of the data, and between it the noise that enters, in the order of the inputs."""
        from_data = iter(read)
        return [
            drawn(self._noise[i], samples, NOISE_SEED) if i in self._noise else next(from_data)
            for i in range(len(self.checked.inputs))
        ]

    @property
    def bytes(self) -> int:
        """Memory of its numbers."""
        held = (*self._model.parameters(), *self._model.buffers())
        return sum(each.numel() * each.element_size() for each in held)

    def answers(self, arrays: Mapping[str, Array]) -> dict[str, Any]:
        """For raw arrays by data field, sample axis first: for each Output node by name

        {"values": (n, …) float32: probabilities of the classes, or numbers in the data's own units; and for classes
        "class": (n,) int64, (n, time) for tokens, and "classes": their names}. Of an output that is not aligned with
        its target (CTC) "class" is what the best path writes, filled up with the blank, and "text" the same in words,
        one for each sample. Raises Refusal for arrays that do not fit. Noise that enters is drawn, the same for every
        call.
        """
        read = [self._tensor(field, arrays) for field in self.fields]
        counts = {len(x) for x in read} or {MADE}
        if len(counts) != 1:
            raise Refusal(tr("The inputs have different numbers of samples."))
        samples = counts.pop()
        inputs = self._with_noise(read, samples)
        pieces: list[list[Tensor]] = [[] for _ in self.heads]
        with torch.no_grad():
            for start in range(0, samples, AT_ONCE):
                given = self._model(*(x[start : start + AT_ONCE].to(self.device) for x in inputs))
                for piece, head, value in zip(pieces, self.heads, _many(given), strict=True):
                    piece.append(answer(head, value).float().cpu())
        result: dict[str, Any] = {}
        for head, piece in zip(self.heads, pieces, strict=True):
            values = torch.cat(piece) if piece else torch.zeros(0)
            said: dict[str, Any] = {"values": values.numpy()}
            if head.told is not None and not head.aligned:
                codes = best_path(values, head.class_axis, head.blank).numpy()
                said |= {
                    "class": codes,
                    "classes": list(written_classes(head.told)),
                    "text": [text_of(head.told, row[row != head.blank]) for row in codes],
                }
            elif head.told is not None and head.told.kind in ("class", "tokens"):
                # Probabilities change sides at one half; scores where their loss says.
                limit = head.threshold if head.loss is not None and not head.loss.link else 0.5
                binary = head.width == 1
                chosen = (values.reshape(-1) > limit).long() if binary else values.argmax(dim=head.class_axis)
                said |= {"class": chosen.numpy(), "classes": list(head.told.classes or head.told.tokens)}
            result[head.node.name] = said
        return result

    @property
    def given_fields(self) -> tuple[DataField, ...]:
        """What has to be given: what the network reads, but for what a decoder writes by itself."""
        found = writes(self.checked)
        own = self.checked.inputs[found[0]].field if found is not None else None
        return tuple(field for field in self.fields if field is not own)

    def written(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The same arrays, and what a decoder writes by itself (greedy decoding) as the field that it reads so far:
        instead of what stands there, if anything does. Other networks get back what was given."""
        found = writes(self.checked)
        if found is None:
            return dict(arrays)
        place, head = found
        field = self.checked.inputs[place].field
        assert field is not None
        others = [known for known in self.fields if known is not field]
        samples = len(self._tensor(others[0], arrays))
        start = np.full((samples, *field.sizes), field.tokens.index(START), np.int64)
        given = {**arrays, field.name: start}
        index = [other.node.name for other in self.heads].index(head.node.name)
        inputs = self._with_noise([self._tensor(known, given) for known in self.fields], samples)
        pieces = []
        with torch.no_grad():
            for first in range(0, samples, AT_ONCE):
                piece = [x[first : first + AT_ONCE].to(self.device) for x in inputs]
                codes = greedy(lambda *x: _many(self._model(*x)), piece, place, index, head.class_axis)
                pieces.append(codes.cpu().numpy())
        start[:, 1:] = np.concatenate(pieces)[:, :-1]
        return {**arrays, field.name: start}

    def raw(self, field: DataField, arrays: Mapping[str, Array]) -> Tensor:
        """The raw values of one field, samples first, as the network takes them. Raises Refusal where they are missing
        or do not fit."""
        return self._tensor(field, arrays)

    def _tensor(self, field: DataField, arrays: Mapping[str, Array]) -> Tensor:
        if field.name not in arrays:
            raise Refusal(
                tr(
                    "The network reads {wanted}; “{missing}” is not given.",
                    wanted=listing([f"“{f.name}”" for f in self.fields]),
                    missing=field.name,
                )
            )
        array = np.asarray(arrays[field.name])
        shape = self._raw_shape(field)
        if array.ndim == len(shape):
            array = array[None]  # one sample without its axis
        fits = array.ndim == len(shape) + 1 and all(
            isinstance(want, str) or want == have for want, have in zip(shape, array.shape[1:], strict=True)
        )
        if not fits or array.dtype.kind not in "fiub":
            raise Refusal(
                tr(
                    "“{name}” is samples × {shape}; here is an array of {have}.",
                    name=field.name,
                    shape=" × ".join(map(str, shape)),
                    have=" × ".join(map(str, array.shape)) or tr("one number"),
                )
            )
        kind = np.int64 if field.element == "int" else np.float32
        return torch.from_numpy(np.array(array, dtype=kind, order="C"))

    def _raw_shape(self, field: DataField) -> tuple[int | str, ...]:
        """The shape of one sample before its preparation; a name for a size that is free."""
        columns = field.preparation.get("columns")
        if columns is not None:
            return (len(columns),)
        node = next(node for node in self.checked.inputs if node.field is field)
        sizes = (axis.size for axis in node.outputs["y"].axes[1:])
        return tuple(str(size) if size.value is None else size.value for size in sizes)


def _newest(run: RunFolder) -> tuple[Path, checkpoints.Snapshot]:
    """A run that still trains replaces its checkpoints: ask again where one went while it was read."""
    for _ in range(3):
        latest = run.latest_checkpoint()
        if latest is None:
            break
        try:
            return latest.path, checkpoints.read(latest.path)
        except Refusal:
            continue
    raise Refusal(tr("The run {name} has no checkpoint yet: train for an epoch first.", name=run.name))


def _many(drawn: Any) -> tuple[Tensor, ...]:
    return (drawn,) if isinstance(drawn, Tensor) else tuple(drawn)
