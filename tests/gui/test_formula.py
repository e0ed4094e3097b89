from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument

from nndesigner.gui.formula import formula_html, formula_lines
from nndesigner.layers.catalogue import layers


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("y = max(0, x)", "<i>y</i> = max(0, <i>x</i>)"),
        ("h_t", "<i>h</i><sub><i>t</i></sub>"),
        ("h_{t−1}", "<i>h</i><sub><i>t</i>−1</sub>"),
        ("x Wᵀ", "<i>x</i> <i>W</i><sup><i>T</i></sup>"),
        ("W₂ x", "<i>W</i><sub>2</sub> <i>x</i>"),
        ("10000^(2i/d)", "10000<sup>2<i>i</i>/<i>d</i></sup>"),
        ("W_Q", "<i>W</i><sub><i>Q</i></sub>"),
        ("a < b & c", "<i>a</i> &lt; <i>b</i> &amp; <i>c</i>"),
        ("", ""),
    ],
)
def test_it_reads_like_print(text: str, html: str) -> None:
    assert formula_html(text) == html


def test_clauses_have_a_line_each() -> None:
    assert len(formula_lines(layers()["LSTM"].formula)) == 4
    assert len(formula_lines("y = f(x, z), z the rest")) == 1


def test_every_formula_keeps_its_words(app) -> None:
    for entry in layers().values():
        document = QTextDocument()
        document.setHtml(formula_html(entry.formula))
        shown = document.toPlainText()
        for word in entry.formula.replace("_", " ").split():
            if word.isalpha() and word.isascii() and len(word) > 2:
                assert word in shown, f"{entry.type}: {word}"
        assert "_" not in shown and "^" not in shown, entry.type
