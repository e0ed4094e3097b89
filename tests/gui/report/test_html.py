"""The HTML report: well formed, complete, with the numbers that were measured; it fetches nothing and runs nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nndesigner
from nndesigner.gui.report.html import html_pieces
from nndesigner.gui.report.sections import report_of

VOID = {"meta", "br", "img", "hr"}
SECTIONS = ("network", "data", "settings", "curves", "results", "environment")


class Reader(HTMLParser):
    """Keeps tables, ids and links, and holds open tags against closing ones."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "xlink:href"):
                self.links.append(value)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag) -> None:
        assert self.open and self.open[-1] == tag, (tag, self.open[-4:], self.getpos())
        self.open.pop()

    def handle_data(self, data) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


def test_it_is_well_formed_and_every_section_is_there(written, material) -> None:
    text = written(material, ".html").decode()
    reader = read(text)
    assert len(reader.ids) == len(set(reader.ids))  # drawings name nothing twice
    for section in SECTIONS:
        assert section in reader.ids and f"#{section}" in reader.links


def test_it_fetches_and_runs_nothing(written, material) -> None:
    text = written(material, ".html").decode()
    reader = read(text)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in reader.links)
    assert not {"script", "link", "iframe", "object"} & set(reader.tags)
    assert "@import" not in text and not re.search(r"url\((?!#f\d)", text)
    assert not re.search(r'="(https?:)?//(?!www\.w3\.org)', text)


def test_its_numbers_are_those_of_the_evaluation(written, material) -> None:
    rows = read(written(material, ".html").decode()).rows
    scores = material.evaluations[0].outputs[0].classes
    assert scores is not None
    assert ["accuracy", f"{80 / 90:.4f}"] in rows
    for line in scores.lines:
        wanted = [line.name, f"{line.precision:.4f}", f"{line.recall:.4f}", f"{line.f1:.4f}", "30"]
        assert any(row[:5] == wanted for row in rows)
    assert any(row[0] == "macro mean" and row[3] == f"{scores.macro.f1:.4f}" for row in rows)
    for group in material.evaluations[0].outputs[0].groups:
        assert any(row[:3] == [group.name, "30", f"{group.values['accuracy']:.4f}"] for row in rows)
    bias = material.evaluations[1].outputs[0].numbers.overall.bias
    assert abs(bias - 2.5) < 0.05 and ["bias", f"{bias:.4f}"] in rows


def test_network_data_settings_and_environment_are_told(written, material) -> None:
    text = written(material, ".html").decode()
    rows = read(text).rows
    weights = f"{material.analysis.weights:,}"
    assert any(row[0] == "all together" and weights in row for row in rows)
    assert {row[0] for row in rows if row} >= {node.name for node in material.document.nodes()}
    assert ["Fingerprint", "c0ffee" * 10 + "beef"] in rows
    assert ["torch", "2.0.0"] in rows and ["Seed", "7"] in rows and ["Device", "cpu"] in rows
    assert ["Time of training", "7.5 s"] in rows and ["Epochs", "5"] in rows
    assert ["Report written by", f"nndesigner {nndesigner.__version__}"] in rows
    assert any(row[:2] == ["Learning rate", "0.001"] for row in rows)
    # Loss and accuracy, the network, the matrix, three curves, a forecast and four of residuals.
    assert text.count("<svg") >= 12


def test_names_are_text_and_no_markup(written, material) -> None:
    text = written(material, ".html").decode()
    assert "<b>" not in text and "0001-&lt;b&gt;" in text


def test_without_an_evaluation_it_says_so(written, run) -> None:
    from nndesigner.session.reporting import gather

    text = written(gather(run), ".html").decode()
    read(text)
    assert "The run has not been evaluated." in text


def test_it_is_written_in_pieces_and_can_be_left(app, material) -> None:
    pieces = html_pieces(report_of(material))
    said = [next(pieces) for _ in range(6)]
    assert [fraction for fraction, _ in said] == sorted(fraction for fraction, _ in said)
    pieces.close()
