"""The one door for visible text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nndesigner.base.text import count, install_translator, listing, tr


@pytest.fixture
def german() -> Iterator[None]:
    words = {"{n} layers": "{n} Schichten", "and": "und", "layer": "Schicht"}
    install_translator(lambda sentence: words.get(sentence, sentence))
    yield
    install_translator(None)


def test_values_are_filled_in_by_name() -> None:
    assert tr("{n} layers in {name}", n=3, name="a{b}") == "3 layers in a{b}"


def test_a_sentence_without_values_is_left_as_it_is() -> None:
    assert tr("{ } is a pair of braces") == "{ } is a pair of braces"


@pytest.mark.usefixtures("german")
def test_a_translator_is_asked_and_english_stays_where_it_has_nothing() -> None:
    assert tr("{n} layers", n=3) == "3 Schichten"
    assert tr("{n} wires", n=3) == "3 wires"
    assert count(1, "layer", "layers") == "1 Schicht"
    assert listing(["a", "b"]) == "a und b"


def test_going_back_to_english() -> None:
    install_translator(str.upper)
    install_translator(None)
    assert tr("wire") == "wire"


@pytest.mark.parametrize(("number", "said"), [(0, "0 nodes"), (1, "1 node"), (12345, "12,345 nodes")])
def test_counts_agree_with_their_noun(number: int, said: str) -> None:
    assert count(number, "node", "nodes") == said


def test_lists_read_as_a_person_would_say_them() -> None:
    assert [listing(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert listing(["a", "b"], joint="or") == "a or b"
