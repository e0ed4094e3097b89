from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.data import extras
from nndesigner.data.tokens import END, PAD, START, UNKNOWN, Encoder, learned, padded, pieces, text_of

TEXTS = [
    "The cat (a tabby) sat on the mat, didn't it?",
    "“Well-known”, said the dog: the cat is on the mat!",
    "Größe 42 naïve 日本 🙂\tend",
]


def field(tokens: tuple[str, ...], spec: dict[str, Any]) -> DataField:
    return DataField(name="t", role="input", kind="tokens", element="int", tokens=tokens, tokenizer=spec)


def test_words_and_marks() -> None:
    assert pieces("Don't (stop), well-known: 3.5", "word") == [
        *("Don't", "(", "stop", ")", ",", "well-known", ":", "3", ".", "5")
    ]


@pytest.mark.parametrize("unit", ["character", "byte-pair"])
@pytest.mark.parametrize("lower", [False, True])
def test_texts_come_back_whole(unit: str, lower: bool) -> None:
    tokens, spec = learned(TEXTS, unit, 400, lower, (PAD, UNKNOWN))
    assert tokens[:2] == (PAD, UNKNOWN) and len(set(tokens)) == len(tokens)
    encode = Encoder(tokens, spec)
    for text in TEXTS:
        assert text_of(field(tokens, spec), encode(text)) == (text.lower() if lower else text)


def test_words_come_back_with_their_spaces() -> None:
    tokens, spec = learned(TEXTS[:2], "word", 400, False)
    encode = Encoder(tokens, spec)
    assert text_of(field(tokens, spec), encode(TEXTS[0])) == TEXTS[0]


def test_what_was_shown_as_unknown_is_read_as_one_token() -> None:
    assert pieces("<start> the <unknown>, < b >", "word") == [
        "<start>",
        "the",
        "<unknown>",
        ",",
        "<",
        "b",
        ">",
    ]


def test_the_most_frequent_words_are_known_and_others_are_not() -> None:
    tokens, spec = learned(["a a a b b c", "a d"], "word", 4, False, (PAD, UNKNOWN))
    assert tokens == (PAD, UNKNOWN, "a", "b")
    assert Encoder(tokens, spec)("b z a").tolist() == [3, 1, 2]
    assert Encoder(("a",), {"unit": "word"})("z a").tolist() == [-1, 0]


def test_byte_pairs_know_every_text_and_grow_with_the_vocabulary() -> None:
    small, spec = learned(TEXTS * 20, "byte-pair", 270, False, (PAD,))
    large, more = learned(TEXTS * 20, "byte-pair", 330, False, (PAD,))
    assert len(small) == 270 and 270 < len(large) <= 330
    one, two = Encoder(small, spec), Encoder(large, more)
    assert len(two(TEXTS[0])) < len(one(TEXTS[0])) < len(TEXTS[0].encode())
    never = "Ωμέγα — never met"
    assert text_of(field(small, spec), one(never)) == never
    assert learned(TEXTS * 20, "byte-pair", 330, False, (PAD,)) == (large, more), "the same every time"


def test_a_damaged_vocabulary_is_refused() -> None:
    with pytest.raises(Refusal, match="read the data again"):
        Encoder(("a", "b"), {"unit": "byte-pair", "merges": ["x y"]})


def test_padding_fills_and_cuts_at_the_end() -> None:
    rows = [np.array([1, 2, 3]), np.array([4])]
    assert padded(rows, 2, 0).tolist() == [[1, 2], [4, 0]]


def test_padding_is_not_shown_but_ends_are() -> None:
    tokens = (PAD, UNKNOWN, START, END, "hi")
    assert text_of(field(tokens, {"unit": "word"}), [2, 4, 3, 0, 0]) == "<start> hi <end>"
    assert (
        text_of(DataField(name="t", role="input", kind="tokens", element="int", tokens=("a", "b")), [1, 0])
        == "ba"
    )


def test_too_many_characters_and_a_missing_package_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refusal, match="6,000 different characters"):
        learned(["".join(map(chr, range(0x4E00, 0x4E00 + 6000)))], "character", 300, False)

    def missing(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr(extras.importlib, "import_module", missing)
    with pytest.raises(Refusal, match="pip install tokenizers"):
        learned(TEXTS, "byte-pair", 300, False)


def test_plain_python_joins_the_same_pairs() -> None:
    texts = [*TEXTS, "don't  we'll\n\n  x_1 2³ ½… (a)b!?", "ünïcödé  \t tail  "]
    tokens, spec = learned(texts * 10, "byte-pair", 400, False, (PAD,))
    fast, plain = Encoder(tokens, spec), Encoder(tokens, spec, library=False)
    for text in (*texts, "Never met: the cats' 12,345 mats…"):
        assert plain(text).tolist() == fast(text).tolist()
