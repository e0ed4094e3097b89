from __future__ import annotations

import random

import pytest

from nndesigner.document.diff import Diff, between, squash
from nndesigner.document.document import Document
from nndesigner.document.records import Network, Note
from tests.document.random_edits import Script, start


def note(id: str, text: str = "") -> Note:
    return Note(id=id, network="net", text=text)


BEFORE = {"net": Network(id="net"), "a": note("a"), "b": note("b")}
AFTER = {"net": Network(id="net"), "b": note("b", "new"), "c": note("c")}


def test_between_says_what_was_added_changed_and_removed() -> None:
    diff = between(BEFORE, AFTER)
    assert diff == Diff(
        added={"c": note("c")},
        changed={"b": (note("b"), note("b", "new"))},
        removed={"a": note("a")},
    )
    assert diff.touched == {"a", "b", "c"}
    assert Document(BEFORE).apply(diff) == Document(AFTER)


def test_the_inverse_takes_back() -> None:
    diff = between(BEFORE, AFTER)
    assert Document(AFTER).apply(diff.inverse()) == Document(BEFORE)
    assert diff.inverse().inverse() == diff
    assert diff.inverse() == between(AFTER, BEFORE)


def test_nothing_is_false() -> None:
    assert not Diff()
    assert not between(BEFORE, BEFORE)
    assert between(BEFORE, AFTER)


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [
        (Diff(added={"a": note("a")}), Diff(removed={"a": note("a")}), Diff()),
        (Diff(removed={"a": note("a")}), Diff(added={"a": note("a")}), Diff()),
        (
            Diff(removed={"a": note("a")}),
            Diff(added={"a": note("a", "x")}),
            Diff(changed={"a": (note("a"), note("a", "x"))}),
        ),
        (
            Diff(added={"a": note("a")}),
            Diff(changed={"a": (note("a"), note("a", "x"))}),
            Diff(added={"a": note("a", "x")}),
        ),
        (
            Diff(changed={"a": (note("a"), note("a", "x"))}),
            Diff(changed={"a": (note("a", "x"), note("a"))}),
            Diff(),
        ),
        (
            Diff(changed={"a": (note("a"), note("a", "x"))}),
            Diff(removed={"a": note("a", "x")}),
            Diff(removed={"a": note("a")}),
        ),
    ],
)
def test_squash_leaves_only_what_changed(first: Diff, second: Diff, total: Diff) -> None:
    assert squash(first, second) == total


@pytest.mark.parametrize("seed", range(10))
def test_one_squashed_edit_does_what_many_did(seed: int) -> None:
    script, document, total = Script(seed), start(), Diff()
    first = document
    for _ in range(40):
        diff = script.step(document)
        if script.random.random() < 0.3:
            diff = squash(diff, diff.inverse())
        document = document.apply(diff)
        total = squash(total, diff)
        if random.Random(seed).random() < 0.1:
            assert first.apply(total) == document
    assert first.apply(total) == document
    assert document.apply(total.inverse()) == first
    assert total == between(first.records, document.records)
