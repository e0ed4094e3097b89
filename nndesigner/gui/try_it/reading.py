"""A user's file, a pasted picture or a recording as a sample: a worker reads it, as it reads the data itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.protocol.messages import Done, Failed

if TYPE_CHECKING:
    from nndesigner.session.session import Session

MOST_PASTED = 1024
"""pixels of a pasted picture along its longer side, before it is sent to be read"""

Arrays = Mapping[str, npt.NDArray[Any]]
Arrived = Callable[[Arrays, str, Arrays], None]


class Reading:
    """`arrived` is given samples by field, what was noticed, and what sounds look like; `failed` a sentence."""

    def __init__(self, session: Session, arrived: Arrived, failed: Callable[[str], None]) -> None:
        self._session, self._arrived, self._failed = session, arrived, failed
        self._open = True

    def close(self) -> None:
        self._open = False

    def read(self, run: Path, field: DataField, what: object) -> None:
        """`what` is a path, a picture as it came from the clipboard, or the bytes of a WAV file."""
        if isinstance(what, QImage):
            self._session.elsewhere(
                lambda progress: encoded(what), lambda data: self._ask(run, field, data=data), lambda _: None
            )
        elif isinstance(what, bytes):
            self._ask(run, field, data=what)
        else:
            self._ask(run, field, file=Path(str(what)))

    def _ask(self, run: Path, field: DataField, *, file: Path | None = None, data: bytes = b"") -> None:
        if not self._open:
            return
        try:
            self._session.trying.read(
                run, lambda outcome: self._read(field, outcome), fields=(field.name,), file=file, data=data
            )
        except Refusal as refusal:
            self._failed(str(refusal))

    def _read(self, field: DataField, outcome: Done | Failed) -> None:
        if not self._open:
            return
        if isinstance(outcome, Failed):
            if outcome.code != "cancelled":
                self._failed(outcome.sentence)
            return
        samples = {}
        for name, values in outcome.result.get("inputs", {}).items():
            array = np.asarray(values)
            if sentence := unfit(field, array):
                self._failed(sentence)
                return
            samples[str(name)] = array[0]
        waves = {
            str(name): wave
            for name, wave in outcome.result.get("waves", {}).items()
            if isinstance(wave, np.ndarray) and wave.ndim == 2 and wave.shape[1] == 2
        }
        self._arrived(samples, " ".join(map(str, outcome.result.get("remarks", ()))), waves)


def unfit(field: DataField, values: npt.NDArray[Any]) -> str:
    """Why these samples are none of the field, "" where they are."""
    columns = field.preparation.get("columns")
    want = (len(columns),) if columns is not None else field.sizes
    if field.kind == "tokens" or values.shape[1:] == tuple(want):
        return ""
    return tr(
        "A sample of “{name}” is {want}; the file holds {have}.",
        name=field.name,
        want=" × ".join(map(str, want)),
        have=" × ".join(map(str, values.shape[1:])),
    )


def encoded(image: QImage) -> bytes:
    """A picture as the bytes of a PNG file, not larger than makes sense for an input."""
    if max(image.width(), image.height()) > MOST_PASTED:
        image = image.scaled(
            MOST_PASTED,
            MOST_PASTED,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, b"PNG")
    return bytes(buffer.data().data())
