"""A report as one HTML file: nothing is fetched and nothing runs. Drawings are SVG, samples are embedded pictures.

It is written piece by piece, so that a window stays awake meanwhile.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Generator
from html import escape

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

import nndesigner
from nndesigner.base.text import tr
from nndesigner.gui.report.blocks import (
    Block,
    Facts,
    Figure,
    Grid,
    Heading,
    Paragraph,
    Report,
    Row,
    Thumbnails,
)

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #eceff3; color: #1b2430;
  font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
main { max-width: 880px; margin: 24px auto; padding: 40px 56px 48px; background: #fff; border-radius: 10px;
  box-shadow: 0 1px 4px rgba(20, 30, 50, .12); }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; }
h2 { font-size: 21px; margin: 44px 0 12px; padding-bottom: 6px; border-bottom: 1px solid #d3d9e1; }
h3 { font-size: 16px; margin: 26px 0 8px; }
p { margin: 6px 0; }
.lead { color: #5b6879; margin-bottom: 18px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; }
nav a { color: #2f6be0; text-decoration: none; }
.remark { padding: 6px 12px; border-left: 3px solid #a86400; background: #fdf6e9; color: #6d4300; }
table { border-collapse: collapse; margin: 12px 0; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: #5b6879; border-bottom: 1px solid #b9c2cf; }
td, th { padding: 4px 18px 4px 0; vertical-align: top; }
td { border-bottom: 1px solid #edf0f4; overflow-wrap: anywhere; }
td:first-child { white-space: pre-wrap; }
.right { text-align: right; }
td.right { white-space: nowrap; }
tr.sum td { font-weight: 600; border-bottom: none; border-top: 1px solid #b9c2cf; }
table.facts td:first-child { color: #5b6879; white-space: nowrap; min-width: 150px; }
.wide { overflow-x: auto; }
figure { margin: 16px 0; break-inside: avoid; }
figcaption { font-size: 13px; color: #5b6879; margin-bottom: 4px; }
figure svg { display: block; max-width: 100%; height: auto; }
.row { display: flex; flex-wrap: wrap; gap: 18px; }
.row figure { flex: 0 1 auto; margin: 10px 0; }
.samples { display: flex; flex-wrap: wrap; gap: 12px; margin: 10px 0; }
.sample { width: 84px; text-align: center; font-size: 13px; line-height: 1.3; break-inside: avoid; }
.sample img { width: 72px; height: 72px; object-fit: contain; image-rendering: pixelated;
  border: 1px solid #d3d9e1; }
.sample.wrong img { border: 2px solid #c62f3b; }
.sample small { color: #5b6879; }
footer { margin-top: 40px; color: #5b6879; font-size: 13px; }
@media print {
  @page { size: A4; margin: 16mm 18mm; }
  body { background: #fff; font-size: 12px; }
  main { margin: 0; padding: 0; max-width: none; box-shadow: none; border-radius: 0; }
  nav { display: none; }
  table { font-size: 11px; }
  thead { display: table-header-group; }
  tr, h2, h3 { break-inside: avoid; break-after: auto; }
  h2, h3 { break-after: avoid; }
}
"""


def html_pieces(report: Report) -> Generator[tuple[float, str], None, bytes]:
    """Writes piece by piece: gives how far it is, as a fraction and what is being written; returns the file's bytes."""
    drawn = _Drawn()
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="nndesigner {escape(nndesigner.__version__)}">\n'
        f"<title>{escape(report.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(report.title)}</h1>\n"
        f'<p class="lead">{escape(report.lead)}</p>\n<nav>'
    ]
    parts += [f'<a href="#{section.id}">{escape(section.title)}</a>' for section in report.sections]
    parts.append("</nav>\n")
    for number, section in enumerate(report.sections):
        yield number / len(report.sections), section.title
        parts.append(f'<section id="{section.id}">\n<h2>{escape(section.title)}</h2>\n')
        for block in section.blocks():
            parts.append(_block(block, drawn))
            yield (number + 0.5) / len(report.sections), section.title
        parts.append("</section>\n")
    words = tr("Written by nndesigner {version}.", version=nndesigner.__version__)
    parts.append(f"<footer>{escape(words)}</footer>\n</main>\n</body>\n</html>\n")
    return "".join(parts).encode()


class _Drawn:
    """Counts drawings, so that what is named in one of them is not meant by another."""

    def __init__(self) -> None:
        self.number = 0


def _block(block: Block, drawn: _Drawn) -> str:
    match block:
        case Heading(text):
            return f"<h3>{escape(text)}</h3>\n"
        case Paragraph(text, role):
            mark = f' class="{role}"' if role else ""
            return f"<p{mark}>{escape(text)}</p>\n"
        case Facts(rows):
            lines = [f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows]
            return '<table class="facts">\n' + "\n".join(lines) + "\n</table>\n"
        case Grid():
            return _grid(block)
        case Figure():
            return _figure(block, drawn)
        case Row(figures):
            return '<div class="row">' + "".join(_figure(figure, drawn) for figure in figures) + "</div>\n"
        case Thumbnails():
            return _thumbnails(block)


def _grid(grid: Grid) -> str:
    def cell(tag: str, i: int, text: str) -> str:
        return f"<{tag}{_right(grid, i)}>{escape(text)}</{tag}>"

    head = "".join(cell("th", i, text) for i, text in enumerate(grid.header))
    body = []
    for number, row in enumerate(grid.rows):
        mark = ' class="sum"' if number >= len(grid.rows) - grid.below else ""
        body.append(f"<tr{mark}>" + "".join(cell("td", i, text) for i, text in enumerate(row)) + "</tr>")
    return (
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(body)
        + "\n</tbody>\n</table></div>\n"
    )


def _right(grid: Grid, column: int) -> str:
    return ' class="right"' if column in grid.right else ""


def _figure(figure: Figure, drawn: _Drawn) -> str:
    drawn.number += 1
    title = f"<figcaption>{escape(figure.title)}</figcaption>" if figure.titled else ""
    drawing = inline_svg(figure, f"f{drawn.number}-")
    return f"<figure>{title}{drawing}</figure>\n"


def inline_svg(figure: Figure, prefix: str) -> str:
    """A figure as an <svg> element whose ids begin with `prefix`."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(QSize(round(figure.width), round(figure.height)))
    generator.setViewBox(QRectF(0, 0, figure.width, figure.height))
    painter = QPainter(generator)
    figure.paint(painter)
    painter.end()
    text = bytes(buffer.data().data()).decode()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<(title|desc)>.*?</\1>\s*", "", text, flags=re.DOTALL)
    for pattern in (r'(\bid=")', r"(url\(#)", r'(href="#)'):
        text = re.sub(pattern, rf"\g<1>{prefix}", text)
    # Millimetres of a page: here it is as large as its drawing, or as there is room for.
    head, rest = text.split(">", 1)
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    size = f' width="{round(figure.width)}" height="{round(figure.height)}"'
    return f'{head}{size} role="img" aria-label="{escape(figure.title)}">{rest}'


def _thumbnails(block: Thumbnails) -> str:
    parts = []
    for sample in block.samples:
        image = f'<img alt="{escape(sample.words)}" src="{_data(sample.image)}">' if sample.image else ""
        more = f"<br><small>{escape(sample.more)}</small>" if sample.more else ""
        mark = " wrong" if sample.wrong else ""
        parts.append(f'<div class="sample{mark}">{image}<br>{escape(sample.words)}{more}</div>')
    return '<div class="samples">' + "".join(parts) + "</div>\n"


def _data(image: QImage) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return "data:image/png;base64," + base64.b64encode(bytes(buffer.data().data())).decode("ascii")
