"""Texts as numbers: what the vocabulary of a text is, how a text becomes token numbers, and how those read as text.

Three units: characters; words and punctuation marks; byte pairs, parts of words as in GPT-2 (Sennrich, Haddow, Birch
2016, arXiv:1508.07909, over bytes: Radford et al. 2019), learned and applied by the package tokenizers. A vocabulary
is learned from the training part alone; what it lacks becomes the token for unknown ones.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import BoolField, ChoiceField, Field, IntField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.extras import extra

PAD, UNKNOWN, START, END = "<pad>", "<unknown>", "<start>", "<end>"
_SPECIAL = (PAD, UNKNOWN, START, END)
_WORD = re.compile(r"<(?:pad|unknown|start|end)>|\w+(?:['’\-]\w+)*|[^\w\s]")
_CLOSING = frozenset(".,;:!?%)]}’”…")
_OPENING = frozenset("([{“‘")
_BYTES = 256
# GPT-2's way to cut a text before pairs are joined. Python's re has no classes of letters and numbers: beyond Latin,
# numbers that are no digits (Roman numerals, say) count as letters here.
_PIECE = re.compile(r"'(?:ll|ve|re|[stmd])| ?[^\W\d_¹²³¼½¾]+| ?[\d¹²³¼½¾]+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")

UNIT = ChoiceField(
    name="unit",
    label="Tokens",
    default="word",
    choices={"character": "characters", "word": "words", "byte-pair": "byte pairs"},
    help="Into what pieces texts are cut. Characters need no vocabulary but long sequences; words are short sequences,"
    " and a word that training never met is unknown; byte pairs are parts of words, as large language models read"
    " them, and nothing is unknown.",
)
VOCABULARY = IntField(
    name="vocabulary",
    label="Vocabulary",
    default=5000,
    minimum=300,
    maximum=50_000,
    unit="tokens",
    help="At most so many different tokens, the most frequent ones of the training part. Characters are not limited.",
    shown_when=lambda values: values.get("unit") != "character",
)
LOWER_CASE = BoolField(
    name="lower_case",
    label="Small letters only",
    help="Makes capital letters small: fewer different tokens, easier to learn.",
)
TOKEN_FIELDS: tuple[Field, ...] = (UNIT, VOCABULARY, LOWER_CASE)
"""How texts become tokens."""
MOST_CHARACTERS = 5000
"""different ones; more is hardly text"""


def learned(
    texts: Iterable[str], unit: str, most: int, lower: bool, special: Sequence[str] = ()
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The tokens that stand in the texts, special ones first, and `DataField.tokenizer` for them.

    Raises `Refusal` where there are more characters than a text has, or the package for byte pairs is missing.
    """
    prepared = (text.lower() for text in texts) if lower else iter(texts)
    spec: dict[str, Any] = {"unit": unit, "lower": lower}
    if unit == "byte-pair":
        tokens, spec["merges"] = _byte_pairs(prepared, most, special)
        return tokens, spec
    counts: Counter[str] = Counter()
    for text in prepared:
        counts.update(pieces(text, unit))
    for token in special:
        counts.pop(token, None)
    if unit == "character":
        if len(counts) > MOST_CHARACTERS:
            raise Refusal(
                tr(
                    "The texts have {n:,} different characters; at most {most:,} are read as text.",
                    n=len(counts),
                    most=MOST_CHARACTERS,
                )
            )
        return (*special, *sorted(counts)), spec
    order = sorted(counts, key=lambda token: (-counts[token], token))[: max(most - len(special), 1)]
    return (*special, *order), spec


class Encoder:
    """Turns texts into numbers of the tokens that a field has.

    Byte pairs are joined by the package tokenizers; without `library` in plain Python, which is slow for long texts
    but needs nothing, for a window that loads no such package.
    """

    def __init__(self, tokens: Sequence[str], spec: dict[str, Any], *, library: bool = True) -> None:
        self._code = {token: code for code, token in enumerate(tokens)}
        self._unit, self._lower = str(spec.get("unit", "character")), bool(spec.get("lower"))
        self._unknown = self._code.get(UNKNOWN, -1)
        self._pairs: Any = None
        self._ranks: dict[tuple[str, ...], int] = {}
        if self._unit == "byte-pair":
            merges = [tuple(str(pair).split(" ")) for pair in spec.get("merges", ())]
            self._ranks = {pair: rank for rank, pair in enumerate(merges)}
            if library:
                self._pairs = _library_pairs(self._code, merges)

    def __call__(self, text: str) -> npt.NDArray[np.int64]:
        """Token numbers (length,); -1 for an unknown one where the vocabulary has no token for that."""
        if self._lower:
            text = text.lower()
        if self._pairs is not None:
            return np.array(self._pairs.encode(text).ids, np.int64)
        if self._unit == "byte-pair":
            joined = [part for piece in _PIECE.findall(text) for part in self._join(piece)]
            return np.array([self._code.get(part, self._unknown) for part in joined], np.int64)
        return np.array(
            [self._code.get(piece, self._unknown) for piece in pieces(text, self._unit)], np.int64
        )

    def _join(self, piece: str) -> list[str]:
        """The bytes of a piece, the pairs that were learned first joined first."""
        parts = [_character_of()[byte] for byte in piece.encode("utf-8", "replace")]
        while len(parts) > 1:
            ranked = [(self._ranks.get(pair, len(self._ranks)), pair) for pair in pairwise(parts)]
            rank, best = min(ranked)
            if rank == len(self._ranks):
                break
            made: list[str] = []
            for part in parts:
                if made and (made[-1], part) == best:
                    made[-1] += part
                else:
                    made.append(part)
            parts = made
        return parts


def _library_pairs(code: dict[str, int], merges: list[tuple[str, ...]]) -> Any:
    library = extra("tokenizers", tr("Byte pairs"))
    try:
        made = library.Tokenizer(library.models.BPE(vocab=code, merges=merges))
    except Exception as error:  # a vocabulary from elsewhere whose merges do not belong to it
        raise Refusal(tr("The vocabulary of the data is damaged: read the data again.")) from error
    made.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made


def pieces(text: str, unit: str) -> list[str]:
    """The characters of a text, or its words and punctuation marks."""
    return list(text) if unit == "character" else _WORD.findall(text)


def text_of(field: DataField, codes: Iterable[int]) -> str:
    """Token numbers as text, padding left out."""
    return joined([field.tokens[int(code)] for code in codes if 0 <= int(code) < len(field.tokens)], field)


def joined(tokens: Sequence[str], field: DataField) -> str:
    """Tokens as the text that they were cut from, as far as the unit lets that be known."""
    unit = field.tokenizer.get("unit", "character")
    shown = [token for token in tokens if token != PAD] if field.tokenizer else list(tokens)
    if unit == "byte-pair":
        return _from_bytes(shown)
    if unit != "word":
        return "".join(shown)
    text = ""
    for token in shown:
        tight = not text or token in _CLOSING or text[-1] in _OPENING
        text += token if tight else f" {token}"
    return text


def padded(rows: Sequence[npt.NDArray[np.int64]], length: int, pad: int) -> npt.NDArray[np.int64]:
    """Rows of unlike lengths as (rows, length), cut or filled up at the end."""
    result = np.full((len(rows), length), pad, np.int64)
    for place, row in zip(result, rows, strict=True):
        place[: min(len(row), length)] = row[:length]
    return result


def _byte_pairs(texts: Iterable[str], most: int, special: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    library = extra("tokenizers", tr("Byte pairs"))
    level = library.pre_tokenizers.ByteLevel
    made = library.Tokenizer(library.models.BPE())
    made.pre_tokenizer = level(add_prefix_space=False)
    trainer = library.trainers.BpeTrainer(
        vocab_size=max(most, _BYTES + len(special)),
        special_tokens=list(special),
        initial_alphabet=sorted(level.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    model = json.loads(made.to_str())["model"]
    tokens = tuple(sorted(model["vocab"], key=model["vocab"].__getitem__))
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    return tokens, merges


@cache
def _byte_of() -> dict[str, int]:
    """The character that stands for each byte, read backwards: printable ones for themselves, the others from 256 on
    (GPT-2, encoder.py, bytes_to_unicode)."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(_BYTES) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(_BYTES + i): byte for i, byte in enumerate(others)}


@cache
def _character_of() -> dict[int, str]:
    return {byte: character for character, byte in _byte_of().items()}


def _from_bytes(tokens: Iterable[str]) -> str:
    table = _byte_of()
    data = bytearray()
    for token in tokens:
        if token in _SPECIAL:
            data += token.encode()
        else:
            data += bytes(table[c] for c in token if c in table)
    return data.decode("utf-8", "replace")
