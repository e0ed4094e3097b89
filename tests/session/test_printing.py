"""The source of the network as a session keeps it: printed for whoever looks, the last good text during errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nndesigner.session.session import Session
from tests.networks import DIGIT, DIGIT_IMAGE, chain, digits_cnn


def looked_at() -> Session:
    session = Session()
    session.files.new(digits_cnn())
    session.printing.look(True)
    return session


def node(session: Session, name: str) -> str:
    found = session.document.node_named(name)
    assert found is not None
    return found.id


def test_the_text_follows_edits_while_somebody_looks() -> None:
    session = looked_at()
    assert "out_channels=4" in session.printing.printed.text
    session.edit("", "set_parameter", node=node(session, "conv1"), parameter="out_channels", value=7)
    assert "out_channels=7" in session.printing.printed.text
    session.printing.look(False)
    session.edit("", "set_parameter", node=node(session, "conv1"), parameter="out_channels", value=9)
    assert "out_channels=7" in session.printing.printed.text
    session.printing.look(True)
    assert "out_channels=9" in session.printing.printed.text


def test_a_comment_is_in_the_text_at_once() -> None:
    session = looked_at()
    session.edit("", "set_comment", node=node(session, "conv1"), comment="sees edges")
    assert "# sees edges" in session.printing.printed.text


def test_with_an_error_the_last_good_text_stands_and_says_why() -> None:
    session = looked_at()
    before = session.printing.printed
    session.edit("", "set_parameter", node=node(session, "pool1"), parameter="kernel_size", value=99)
    assert session.printing.printed is before
    assert session.printing.problem == session.problems[0].message
    session.undo()
    assert session.printing.problem == "" and session.printing.printed.text == before.text


def test_the_text_of_another_project_does_not_stand_in() -> None:
    session = looked_at()
    session.files.new(chain([("ImageInput", {})], [DIGIT_IMAGE, DIGIT]))
    assert session.printing.problem and session.printing.printed.text == ""


def test_lines_and_layers_belong_together() -> None:
    session = looked_at()
    printing, conv = session.printing, node(session, "conv1")
    lines = printing.printed.text.splitlines()
    places = printing.lines_of([conv])
    assert places and all("conv1" in lines[first - 1] for first, _ in places)
    assert printing.layers_at(places[0][0]) == [conv]
    assert printing.layers_at(1) == []


def test_a_line_of_a_block_stands_for_the_blocks_that_lead_there() -> None:
    session = looked_at()
    inner = [node(session, "conv1"), node(session, "relu1")]
    session.edit("", "make_block", ids=inner, name="part")
    session.edit("", "make_block", ids=[node(session, "part1")], name="outer")
    lines = session.printing.lines_of([inner[0]])
    assert session.printing.layers_at(lines[0][0]) == [node(session, "outer1")]


def test_what_arrives_late_is_not_what_is_shown() -> None:
    asked: list[Callable[[], None]] = []

    def later(work: Any, arrived: Any, failed: Any, told: Any = None) -> Callable[[], None]:
        asked.append(lambda: arrived(work(lambda fraction, sentence: None)))
        return lambda: None

    session = Session(elsewhere=later)
    session.files.new(digits_cnn())
    session.printing.look(True)
    session.edit("", "set_parameter", node=node(session, "conv1"), parameter="out_channels", value=7)
    assert session.printing.waiting
    asked[-1]()
    asked[-2]()
    assert "out_channels=7" in session.printing.printed.text and not session.printing.waiting
