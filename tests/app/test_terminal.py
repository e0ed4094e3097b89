"""Lines, tables, JSON and progress, as they come out."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from nndesigner.app import terminal
from nndesigner.app.terminal import ProgressLine, duration, figure, say_json, table
from nndesigner.check.check import check
from nndesigner.document import edits
from tests.networks import chain


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_table_is_aligned() -> None:
    said = table(["name", "n"], [["a", "1,000"], ["longer", "5"]], right=(1,)).splitlines()
    assert said == ["name        n", "─────────────", "a       1,000", "longer      5"]


def test_json_is_one_line_and_has_no_number_that_json_has_not(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"a": np.float32(0.5), "b": float("nan"), "c": np.arange(2), "d": "é"})
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said) == {"a": 0.5, "b": None, "c": [0, 1], "d": "é"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.123456, "0.1235"),
        (0.0, "0.0000"),
        (1.5e-7, "1.500e-07"),
        (123456.0, "1.235e+05"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_figures(value: float | None, said: str) -> None:
    assert figure(value) == said


@pytest.mark.parametrize(("seconds", "said"), [(3.4, "3 s"), (65, "1:05 min"), (3725, "1:02:05 h")])
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_on_a_terminal_one_line_is_drawn_over_itself_and_goes_in_the_end() -> None:
    screen, clock = Terminal(), Clock()
    line = ProgressLine(screen, clock)
    line.show(0.0, "begins")
    line.show(0.1, "too soon to be seen")
    clock.now += 1
    line.show(0.5, "goes on")
    line.clear()
    said = screen.getvalue()
    assert "\n" not in said
    assert "too soon" not in said
    assert said.split("\r\x1b[2K")[1:] == [
        "  0 % ░░░░░░░░░░░░░░░░ begins",
        " 50 % ████████░░░░░░░░ goes on",
        "",
    ]


def test_where_nobody_watches_a_line_every_so_often() -> None:
    log, clock = io.StringIO(), Clock()
    line = ProgressLine(log, clock, quiet_seconds=10)
    for second in range(25):
        clock.now = 100.0 + second
        line.show(second / 100, f"second {second}")
    line.note("A remark.")
    line.clear()
    assert log.getvalue() == " 10 %  second 10\n 20 %  second 20\nA remark.\n"


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_progress_that_nobody_hears_does_not_end_the_work() -> None:
    line = ProgressLine(Closed(), quiet_seconds=-1)
    line.show(0.5, "unheard")
    line.note("unheard")


def test_a_problem_says_its_ways_out() -> None:
    from nndesigner.base.problem import Problem, Remedy, Severity, Where

    problem = Problem(
        Severity.WARNING,
        "c",
        Where(node="n1"),
        "Mind this.",
        (Remedy("remove", {"ids": ["n1"]}, "Remove it"),),
    )
    assert terminal.problem_lines(problem) == "warning: Mind this.\n    → Remove it"
    plain = terminal.plain_problem(problem)
    assert (plain["severity"], plain["code"], plain["message"]) == ("warning", "c", "Mind this.")
    assert plain["where"]["node"] == "n1"
    assert plain["remedies"] == [{"verb": "remove", "arguments": {"ids": ["n1"]}, "sentence": "Remove it"}]


def test_a_problem_inside_a_block_begins_with_the_way_to_it() -> None:
    document = chain([("TableInput", {"features": 4}), ("Linear", {}), ("ReLU", {}), ("Output", {})])
    linear, relu = document.nodes()[1:3]
    document = document.apply(edits.make_block(document, [linear.id, relu.id], "stage"))
    wire = next(e for e in document.edges if e.target == relu.id)
    document = document.apply(edits.remove(document, [wire.id]))
    lines = [terminal.problem_lines(problem, document) for problem in check(document).problems]
    assert "error: stage1 › relu1: Nothing is wired to the input of relu1." in lines
    assert not any("›" in terminal.problem_lines(problem) for problem in check(document).problems)
