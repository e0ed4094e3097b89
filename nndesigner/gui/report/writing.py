"""From the material of a run to the bytes of a file, in pieces: each takes a moment, and between two of them a window
lives on. It needs a QApplication and makes one without a screen where there is none."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

from PySide6.QtWidgets import QApplication

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui.report.html import html_pieces
from nndesigner.gui.report.pdf import pdf_pieces
from nndesigner.gui.report.sections import report_of
from nndesigner.session.reporting import Material

FORMATS = {".html": "HTML: one file for any browser", ".pdf": "PDF: pages to print and to send"}

Pieces = Generator[tuple[float, str], None, bytes]


def pieces(material: Material, path: Path) -> Pieces:
    """What `path`'s ending asks for. Raises Refusal for another ending than .html and .pdf."""
    ending = path.suffix.lower()
    if ending not in (".html", ".htm", ".pdf"):
        raise Refusal(
            tr("A report is saved as .html or .pdf, not as “{ending}”.", ending=path.suffix or path.name)
        )
    report = report_of(material)
    return pdf_pieces(report) if ending == ".pdf" else html_pieces(report)


def at_once(material: Material, path: Path) -> bytes:
    """All pieces one after the other, for a caller without a window."""
    if QApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _own.append(QApplication(["nndesigner"]))
    written = pieces(material, path)
    while True:
        try:
            next(written)
        except StopIteration as end:
            result = end.value
            assert isinstance(result, bytes)
            return result


_own: list[QApplication] = []
