"""A widget played through the moments of a run into a GIF file: pictures are taken here, one per turn of the event
loop, and encoded on another thread; a small window says how far it is and calls it off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QWidget

from nndesigner.base.atomic import write_atomically
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.exporters.animation import gif
from nndesigner.gui.dialogs import tell
from nndesigner.gui.previews import shown_theme
from nndesigner.session.elsewhere import Elsewhere

MOST_PICTURES = 100
MOST_PIXELS = 40_000_000
"""of all pictures together"""
MILLISECONDS = 120
"""that each picture stays"""
TAKING = 0.4
"""the share of the work that taking the pictures is"""


class Animation(QObject):
    """Begins at once; `ended` is called when the file is written, could not be, or it was called off."""

    def __init__(
        self,
        widget: QWidget,
        path: Path,
        moments: Sequence[int],
        go: Callable[[int], object],
        caption: Callable[[int], str],
        elsewhere: Elsewhere,
        ended: Callable[[], object],
    ) -> None:
        """`go` shows the widget as it was at a step, `caption` is written below that picture."""
        super().__init__(widget)
        self._widget, self._path, self._go, self._caption = widget, path, go, caption
        self._ended: Callable[[], object] | None = ended
        self._elsewhere = elsewhere
        chosen = np.linspace(0, len(moments) - 1, min(len(moments), MOST_PICTURES)).round().astype(int)
        self.moments = [moments[i] for i in chosen.tolist()]
        self._pictures: list[npt.NDArray[np.uint8]] = []
        self._call_off: Callable[[], None] = lambda: None
        self.window = QProgressDialog(tr("Playing the run…"), tr("Cancel"), 0, 100, widget)
        self.window.setWindowTitle(tr("Save an animation"))
        self.window.setWindowModality(Qt.WindowModality.WindowModal)
        self.window.setMinimumDuration(300)
        self.window.setAutoReset(False)
        self.window.setAutoClose(False)
        self.window.canceled.connect(self.cancel)
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)  # the window that says how far it is looks after events meanwhile
        self._turn.timeout.connect(self._take)
        self._turn.start()

    @classmethod
    def asked(
        cls,
        widget: QWidget,
        name: str,
        moments: Sequence[int],
        go: Callable[[int], object],
        caption: Callable[[int], str],
        elsewhere: Elsewhere,
        ended: Callable[[], object],
    ) -> Animation | None:
        """Asks for a file first; None where none was chosen."""
        chosen, _ = QFileDialog.getSaveFileName(
            widget, tr("Save the animation"), f"{name}.gif", tr("Animation (*.gif)")
        )
        if not chosen:
            return None
        path = Path(chosen)
        path = path if path.suffix else path.with_name(path.name + ".gif")
        return cls(widget, path, moments, go, caption, elsewhere, ended)

    def cancel(self) -> None:
        """No file; nothing goes on."""
        self._call_off()
        self._end()

    def _take(self) -> None:
        number = len(self._pictures)
        self._go(self.moments[number])
        image = self._taken(self._caption(self.moments[number]))
        most = MOST_PIXELS / len(self.moments)
        if image.width() * image.height() > most:
            shrink = (most / (image.width() * image.height())) ** 0.5
            image = image.scaledToWidth(
                max(int(image.width() * shrink), 1), Qt.TransformationMode.SmoothTransformation
            )
        self._pictures.append(_pixels(image))
        self._tell(TAKING * (number + 1) / len(self.moments))
        if self._ended is None:
            return  # called off meanwhile
        if number + 1 == len(self.moments):
            self._encode()
        else:
            self._turn.start()

    def _taken(self, caption: str) -> QImage:
        """The widget as it is now, with a line below it."""
        picture = self._widget.grab()
        ratio, theme = picture.devicePixelRatio(), shown_theme()
        height = self._widget.fontMetrics().height() + 8
        image = QImage(picture.width(), picture.height() + round(height * ratio), QImage.Format.Format_RGB888)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(theme.panel))
        painter = QPainter(image)
        painter.drawPixmap(0, 0, picture)
        painter.setFont(self._widget.font())
        painter.setPen(QColor(theme.muted))
        below = QRectF(8, self._widget.height(), self._widget.width() - 16, height)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), caption)
        painter.end()
        return image

    def _encode(self) -> None:
        pictures, self._pictures = self._pictures, []
        path = self._path

        def work(progress: Progress) -> None:
            write_atomically(path, gif(pictures, MILLISECONDS, progress))

        self._call_off = self._elsewhere(
            work,
            lambda _: self._end(),
            self._failed,
            lambda fraction, _: self._tell(TAKING + (1 - TAKING) * fraction),
        )

    def _failed(self, error: Exception) -> None:
        parent = self._widget
        self._end()
        tell(parent, tr("The animation was not saved"), str(error))

    def _tell(self, share: float) -> None:
        self.window.setValue(int(100 * share))  # may look after events: the window may be gone afterwards

    def _end(self) -> None:
        if self._ended is None:
            return
        ended, self._ended = self._ended, None
        self._turn.stop()
        self.window.canceled.disconnect(self.cancel)
        self.window.hide()
        self.window.deleteLater()
        self.deleteLater()
        ended()


def _pixels(image: QImage) -> npt.NDArray[np.uint8]:
    """(height, width, 3) uint8 of a picture in Format_RGB888."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
