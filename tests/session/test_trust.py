"""A session with code: shown, trusted, asked of a worker, answered. The pool is the test's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nndesigner.base import trust
from nndesigner.base.description import Description, PortType
from nndesigner.base.problem import READ_AND_TRUST
from nndesigner.base.shapes import tensor
from nndesigner.layers import described
from nndesigner.layers.custom import STARTER
from nndesigner.protocol.jobs import Describe
from nndesigner.protocol.messages import Described, Done, Failed
from nndesigner.session.session import Session
from nndesigner.session.trust import code_in, readable
from tests.custom_texts import GATE, layer
from tests.networks import MIXED_TABLE, PRICE, chain


class Pool:
    def __init__(self) -> None:
        self.asked: list = []

    def submit(self, job, on_message, on_end):
        self.asked.append((job, on_message, on_end))
        return self

    def preload(self, job) -> None: ...
    def cancel(self) -> None: ...
    def kill(self) -> None: ...


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    described.forget()
    yield
    described.forget()


@pytest.fixture
def pool() -> Pool:
    return Pool()


def opened(pool: Pool, *texts: str) -> Session:
    session = Session(pool)
    steps = [("Custom", {"code": text}) for text in texts]
    session.editing.replace(
        chain(
            [("TableInput", {}), *steps, ("Linear", {"out_features": 1}), ("Output", {})],
            [MIXED_TABLE, PRICE],
        ),
        saved=True,
    )
    return session


ANSWER = Description({"y": PortType.of(tensor(feature=5))}, 7, "0")


def test_opening_asks_nobody_and_says_what_is_there(pool: Pool) -> None:
    session = opened(pool, GATE, STARTER, GATE)
    assert not [job for job, *_ in pool.asked if isinstance(job, Describe)]
    assert [(c.class_name, c.trusted) for c in session.trust.code] == [("Gate", False), ("ScaledTanh", True)]
    assert len(session.trust.untrusted[0].nodes) == 2


def test_the_remedy_shows_the_code_instead_of_editing(pool: Pool) -> None:
    session = opened(pool, GATE)
    shown: list[str] = []
    session.trust.asked.connect(shown.append)
    (problem,) = [p for p in session.problems if p.code == "untrusted"]
    (remedy,) = problem.remedies
    assert remedy.verb == READ_AND_TRUST and session.run_remedy(remedy) is None
    assert shown == [problem.where.node] and session.trust.text_of(shown[0]) == GATE
    assert not session.editing.history.done


def test_trust_has_a_worker_asked_and_the_network_checked_again(pool: Pool) -> None:
    session = opened(pool, GATE)
    session.trust.trust(GATE)
    (asked,) = [call for call in pool.asked if isinstance(call[0], Describe)]
    assert session.describing.busy and [p.code for p in session.problems if p.in_the_way] == ["pending"]
    session.edit("", "move", places={})
    assert len([c for c in pool.asked if isinstance(c[0], Describe)]) == 1, "asked once"
    asked[1](Described(0, ANSWER))
    asked[2](Done())
    assert not session.describing.busy and not [p for p in session.problems if p.in_the_way]
    assert trust.is_trusted(GATE)


def test_a_worker_that_dies_is_an_error_of_the_code_that_it_was_at(pool: Pool) -> None:
    first, second, third = (layer(f"x = x + {i}", f"L{i}") for i in range(3))
    session = opened(pool, first)
    for text in (first, second, third):
        trust.trust(text)
    session.trust.trust(first)
    asked = pool.asked[-1]
    asked[2](Failed("The worker ended by signal 24 (SIGXCPU).", "", "ended"))
    (problem,) = [p for p in session.problems if p.in_the_way]
    assert "SIGXCPU" in problem.message and not session.describing.busy
    described.forget()


def test_without_workers_it_stays_pending() -> None:
    trust.trust(GATE)
    session = Session()
    session.editing.replace(
        chain([("TableInput", {}), ("Custom", {"code": GATE})], [MIXED_TABLE]), saved=True
    )
    assert "pending" in [p.code for p in session.problems]


def test_what_is_shown_hides_nothing() -> None:
    text = "a = 1  # \u202e\u2066 \x1b[2J \x00 é 漢"
    shown = readable(text)
    assert shown == "a = 1  # \\u202e\\u2066 \\x1b[2J \\x00 é 漢"


def test_code_inside_blocks_is_listed_too(pool: Pool) -> None:
    session = opened(pool, GATE)
    node = next(n for n in session.document.nodes() if n.type == "Custom")
    session.edit("", "make_block", ids=[node.id])
    assert [c.class_name for c in code_in(session.document)] == ["Gate"]
