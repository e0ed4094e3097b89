"""The PDF report: pages of A4 with text and drawings, whatever is in them."""

from __future__ import annotations

import re

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.gui.report import pdf
from nndesigner.gui.report.blocks import Figure, Grid, Heading, Report, Section, Thumbnail, Thumbnails
from nndesigner.gui.report.pdf import _widths, pdf_pieces
from nndesigner.gui.report.sections import report_of


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", content))


def whole(report: Report) -> bytes:
    pieces = pdf_pieces(report)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def test_a_report_has_pages_of_a4(written, material) -> None:
    content = written(material, ".pdf")
    assert content.startswith(b"%PDF-") and b"%%EOF" in content[-40:]
    assert 3 <= pages(content) <= 9
    (box,) = set(re.findall(rb"/MediaBox \[([^\]]*)\]", content))
    assert [round(float(v)) for v in box.split()] == [0, 0, 595, 842]


def test_a_long_table_goes_on_on_further_pages(app) -> None:
    grid = Grid(["name", "value"], [[f"row {i}", str(i)] for i in range(150)], frozenset({1}))
    short = Grid(["name", "value"], grid.rows[:3], frozenset({1}))
    long_one = Report("T", "l", [Section("a", "A", lambda: iter([grid]))])
    assert pages(whole(long_one)) == 3
    assert pages(whole(Report("T", "l", [Section("a", "A", lambda: iter([short]))]))) == 1


def test_a_table_that_is_too_wide_is_fitted_and_none_of_its_columns_vanishes(app) -> None:
    from PySide6.QtGui import QFontMetricsF

    grid = Grid(["a", "b", "c"], [["x", "y" * 400, "z" * 300]])
    widths = _widths(grid, QFontMetricsF(pdf.font(11)))
    assert sum(widths) <= pdf.PAGE + 13 and min(widths) > 15


def test_samples_without_pictures_are_words(app) -> None:
    block = Thumbnails([Thumbnail("a → b", "no. 3") for _ in range(25)])
    assert pages(whole(Report("T", "l", [Section("a", "A", lambda: iter([block]))]))) == 1


def test_left_half_way_nothing_is_left_painting(app, material) -> None:
    pieces = pdf_pieces(report_of(material))
    for _ in range(4):
        next(pieces)
    pieces.close()


def test_another_ending_is_refused(written, material) -> None:
    with pytest.raises(Refusal, match=r"not as “\.docx”"):
        written(material, ".docx")


def test_a_title_stands_on_the_page_of_what_it_is_about(app) -> None:
    """One page is filled but for some lines: the title goes on with its figure."""
    painted: list[float] = []
    figure = Figure("F", 400, 300, lambda painter: painted.append(painter.worldTransform().dy()))
    rows = Grid(["name"], [[str(i)] for i in range(46)])
    report = Report("T", "l", [Section("a", "A", lambda: iter([rows, Heading("H"), figure]))])
    assert pages(whole(report)) == 2
    assert painted and painted[0] > pdf.TOP * pdf.DOTS / 96 + 60  # below the title, near the top of the page
