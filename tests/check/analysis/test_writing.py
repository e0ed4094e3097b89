from __future__ import annotations

import csv
import io

from nndesigner.check.analysis.table import analyze
from nndesigner.check.analysis.writing import (
    bytes_words,
    field_sentence,
    header,
    memory_sentence,
    to_csv,
    to_markdown,
    totals,
)
from nndesigner.check.check import check
from nndesigner.document import edits
from tests.networks import digits_cnn


def test_csv_reads_back_with_plain_numbers() -> None:
    analysis = analyze(check(digits_cnn()))
    lines = list(csv.reader(io.StringIO(to_csv(analysis))))
    assert lines[0] == header()
    by_name = {line[0]: line for line in lines[1:]}
    assert by_name["conv1"][1:6] == ["Conv2d", "N × 4 × 8 × 8", "40", "trainable", "2304"]
    assert sum(int(line[3]) for line in lines[1:]) == analysis.weights


def test_markdown_has_a_line_for_each_node_and_the_sentences_below() -> None:
    analysis = analyze(check(digits_cnn()))
    below = totals(analysis, analysis.memory(32, {"optimizer": "sgd"}), 32, "SGD")
    lines = to_markdown(analysis, below).splitlines()
    assert lines[1].count("|") == lines[0].count("|") == len(header()) + 1
    assert "| `linear1` | Linear | N × 10 | 650 | trainable | 640 | 0 |  |" in lines
    assert lines[-4] == "- 690 parameters, all of them trainable"
    assert lines[-2] == "- receptive field 4 × 4, jump 2 × 2, first middle at 1 × 1"
    assert "in batches of 32 with SGD" in lines[-1] and "optimizer 0 B" in lines[-1]


def test_names_do_not_break_the_table() -> None:
    document = digits_cnn()
    document = document.apply(edits.set_parameter(document, document.nodes()[1].id, "out_channels", 8))
    analysis = analyze(check(document))
    assert all(line.count("|") == 9 for line in to_markdown(analysis).splitlines())


def test_bytes_are_said_in_three_figures() -> None:
    assert [bytes_words(n) for n in (0, 999, 1000, 31_400, 999_400, 999_600, 5 * 10**9)] == [
        "0 B", "999 B", "1 kB", "31.4 kB", "999 kB", "1 MB", "5 GB",
    ]  # fmt: skip


def test_a_free_length_is_said() -> None:
    analysis = analyze(check(digits_cnn()))
    memory = analysis.memory(4, {})
    assert memory_sentence(memory, 4, "Adam").startswith("about ")
    assert "free" not in memory_sentence(memory, 4, "Adam")
    assert field_sentence(analysis.reaches).startswith("4 × 4, jump")
