"""Answers about custom code: asked once, kept for later processes, never invented."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nndesigner.base.description import Description, PortType, Question
from nndesigner.base.folders import cache_folder
from nndesigner.base.shapes import tensor
from nndesigner.layers import described


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    described.forget()
    yield
    described.answer_here(None)
    described.forget()


ANSWER = Description({"y": PortType.of(tensor(time="(T - 3)//2 + 1", feature=4))}, 12, "3*T")


def question(text: str = "one", **values: object) -> Question:
    return Question(text, values, {"x": PortType.of(tensor(time="T", feature=4))})


def test_what_is_not_known_waits_once() -> None:
    assert described.answer(question()) is None
    assert described.answer(question()) is None
    assert [q.key() for q in described.waiting()] == [question().key()]
    assert described.waiting() == ()


def test_an_answer_is_known_from_then_on_and_changes_the_version() -> None:
    before = described.version()
    described.answer(question())
    described.learn(question(), ANSWER)
    assert described.answer(question()) == ANSWER and described.version() != before
    assert described.waiting() == ()
    assert described.answer(question(width=3)) is None, "other parameters are another question"


def test_another_process_knows_it_too_unless_it_is_not_to_be_kept() -> None:
    described.learn(question("kept"), ANSWER)
    described.learn(question("not kept"), ANSWER, keep=False)
    described.forget()
    assert described.answer(question("kept")) == ANSWER
    assert described.answer(question("not kept")) is None


def test_types_travel_as_they_are() -> None:
    assert ANSWER.outputs["y"].type() == tensor(time="(T - 3)//2 + 1", feature=4)


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"outputs": {"y": {"element": "float", "axes": [["a", "T +"]]}}}']
)
def test_a_damaged_file_is_no_answer(content: bytes) -> None:
    described.learn(question("damaged"), ANSWER)
    (cache_folder() / described.FOLDER / f"{question('damaged').key()}.json").write_bytes(content)
    described.forget()
    assert described.answer(question("damaged")) is None


def test_a_process_that_may_run_code_answers_itself() -> None:
    described.answer_here(lambda asked: Description(error=asked.code))
    assert described.answer(question("here")) == Description(error="here")
    assert described.waiting() == ()
