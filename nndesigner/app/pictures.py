"""Pictures without a window, for the command line: Qt is looked at first, then imported and used without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.app.command import WRONG, CommandError
from nndesigner.app.support import probe
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.document.document import Document
    from nndesigner.runs.history import RunHistory
    from nndesigner.session.reporting import Material


def drawing(document: Document, out: Path, *, style: str = "screen", dark: bool = False) -> Path:
    """The network of a document as a picture file. Raises CommandError, Refusal."""
    from nndesigner.check.check import check

    look_at_qt()
    from nndesigner.gui.canvas.render import render
    from nndesigner.gui.theme import DARK, LIGHT

    return render(document, check(document), out, style=style, theme=DARK if dark else LIGHT)


def curves(history: RunHistory, out: Path, title: str, *, dark: bool = False) -> Path:
    """The curves of a run as a PNG file. Raises CommandError, Refusal."""
    look_at_qt()
    from nndesigner.gui.curves_picture import draw_curves
    from nndesigner.gui.theme import DARK, LIGHT

    return draw_curves(history, out, title, DARK if dark else LIGHT)


def report(material: Material, out: Path) -> bytes:
    """The report of a run, as the bytes of a file with the ending of `out`. Raises CommandError, Refusal."""
    look_at_qt()
    from nndesigner.gui.report.writing import at_once

    return at_once(material, out)


def look_at_qt() -> None:
    """Raises CommandError where there is no Qt to draw with."""
    refusal = probe()
    if refusal is not None:
        raise CommandError(refusal, WRONG)
    try:
        import PySide6.QtGui  # noqa: F401
    except ImportError as error:
        raise CommandError(
            tr(
                "Pictures need Qt, which cannot be loaded here: {why}. On Debian and Ubuntu, “make setup” in a clone"
                " installs the system libraries that it needs.",
                why=error,
            ),
            WRONG,
        ) from None
