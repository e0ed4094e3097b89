"""From codes to what a trained network makes of them, and from samples to their codes. It knows no job and no view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, fx

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.latent import Latent, latent_of
from nndesigner.check.noise import Noise
from nndesigner.check.sections import sections
from nndesigner.compiler.build import with_preparation
from nndesigner.compiler.losses import answer
from nndesigner.training.feed import drawn
from nndesigner.training.predict import AT_ONCE, Array, Predictor

Floats = npt.NDArray[np.float32]


class Coded:
    """A predictor's network between codes and samples. Raises Refusal for one that makes nothing out of a code."""

    def __init__(self, predictor: Predictor) -> None:
        found = latent_of(predictor.whole)
        if found is None:
            raise Refusal(tr("This network makes nothing out of a code: it has no decoder and no generator."))
        self.latent: Latent = found
        self._predictor = predictor

    def decode(self, codes: Array, classes: Sequence[int] = ()) -> Floats:
        """(n, …) what the first output gives for codes (n, numbers), in the units of the data; `classes` are the class
        numbers that a conditional network is told, one for each code. Raises Refusal for what does not fit."""
        latent, predictor = self.latent, self._predictor
        z = np.asarray(codes, np.float32)
        if z.ndim != 2 or z.shape[1] != latent.numbers:
            raise Refusal(tr("A code of this network has {n} numbers.", n=latent.numbers))
        if latent.classes and (
            len(classes) != len(z) or not all(0 <= c < len(latent.classes) for c in classes)
        ):
            raise Refusal(
                tr("This network is told a class for each code, from 0 to {n}.", n=len(latent.classes) - 1)
            )
        enters: list[Tensor] = [torch.from_numpy(z.reshape(-1, *latent.sizes))]
        if latent.condition >= 0:
            told = torch.tensor(list(classes), dtype=torch.int64)
            enters.insert(0 if latent.condition < latent.code else 1, told)
        model = self._part(latent.part)
        head = predictor.heads[0]
        pieces = []
        with torch.no_grad():
            for start in range(0, len(z), AT_ONCE):
                given = model(*(x[start : start + AT_ONCE].to(predictor.device) for x in enters))
                first = given if isinstance(given, Tensor) else given[0]
                pieces.append(answer(head, first).float().cpu().numpy())
        return np.concatenate(pieces)

    def encode(self, arrays: Mapping[str, Array]) -> Floats:
        """(n, numbers) the codes of raw samples by data field; where a code is drawn, the mean that it is drawn around.
        Raises Refusal."""
        if not self.latent.encodes:
            raise Refusal(tr("A generator gives no codes for samples: only an autoencoder does."))
        predictor = self._predictor
        part = sections(predictor.whole)["encoder"].checked
        model = self._part("encoder")
        fields = [node.field for node in part.inputs]
        read = [predictor.raw(field, arrays) for field in fields if field is not None]
        pieces = []
        with torch.no_grad():
            for start in range(0, len(read[0]) if read else 0, AT_ONCE):
                given = model(*(x[start : start + AT_ONCE].to(predictor.device) for x in read))
                first = given if isinstance(given, Tensor) else given[0]
                pieces.append(first.float().flatten(1).cpu().numpy())
        return np.concatenate(pieces) if pieces else np.zeros((0, self.latent.numbers), np.float32)

    def _part(self, word: str) -> fx.GraphModule:
        predictor = self._predictor
        checked = sections(predictor.whole)[word].checked if word else predictor.checked
        return with_preparation(predictor.compiled, checked).eval().to(predictor.device)

    def samples(self, number: int, seed: int, at_once: int = AT_ONCE) -> Iterator[tuple[Floats, list[int]]]:
        """So many samples out of the prior, some at a time, with their class numbers (none without classes), which come
        in turn. Raises Refusal where codes have no prior."""
        latent = self.latent
        if not latent.prior:
            raise Refusal(
                tr(
                    "The codes of this autoencoder follow no known distribution: a variational one makes samples."
                )
            )
        codes = drawn(Noise(latent.numbers, latent.prior), number, seed).numpy()
        for start in range(0, number, at_once):
            part = codes[start : start + at_once]
            classes = [(start + i) % len(latent.classes) for i in range(len(part))] if latent.classes else []
            yield self.decode(part, classes), classes
