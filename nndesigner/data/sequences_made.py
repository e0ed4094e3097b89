"""Made sequences of digits: read a sum or a word and write its answer, place by place."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import BoolField, ChoiceField, IntField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.plane import SEED
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SHUFFLED_SPLIT_FIELDS
from nndesigner.data.tokens import START

TOKENS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "+", "=")
LETTERS = tuple("abcdefghij")
MOST_TOKENS = 100_000_000


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    n, length, task = values["samples"], values["length"], values["task"]
    if n * 2 * (2 * length + 2) > MOST_TOKENS:
        raise Refusal(tr("{n:,} sequences of this length do not fit into memory: take fewer.", n=n))
    draw = np.random.RandomState(values["seed"])
    tokens = TOKENS if task == "add" else LETTERS
    if task == "add":
        given, wanted = _sums(draw, n, length)
    else:
        given = draw.randint(0, len(LETTERS), (n, length)).astype(np.int64)
        wanted = {"reverse": given[:, ::-1], "sort": np.sort(given, axis=1), "copy": given}[task].copy()

    def field(name: str, role: str, tokens: tuple[str, ...]) -> DataField:
        axes = (("time", given.shape[1]),)
        return DataField(name=name, role=role, kind="tokens", element="int", axes=axes, tokens=tokens)

    fields = [field("sequence", "input", tokens), field("answer", "target", tokens)]
    arrays = {"sequence": given, "answer": wanted}
    if values["so_far"]:
        fields.insert(1, field("so far", "input", (*tokens, START)))
        start = np.full((n, 1), len(tokens), np.int64)
        arrays["so far"] = np.concatenate((start, wanted[:, :-1]), axis=1)
    return Loaded(fields=tuple(fields), arrays=arrays)


def _sums(draw: np.random.RandomState, n: int, digits: int) -> tuple[np.ndarray, np.ndarray]:
    """“012+345=” and “00000357”: the sum stands at the end of as many places, filled with zeros in front."""
    a, b = draw.randint(0, 10, (2, n, digits))
    places = 2 * digits + 2
    given = np.empty((n, places), np.int64)
    given[:, :digits], given[:, digits] = a, TOKENS.index("+")
    given[:, digits + 1 : -1], given[:, -1] = b, TOKENS.index("=")
    wanted = np.zeros((n, places), np.int64)
    carry = np.zeros(n, np.int64)
    for place in range(digits):
        total = a[:, digits - 1 - place] + b[:, digits - 1 - place] + carry
        wanted[:, places - 1 - place], carry = total % 10, total // 10
    wanted[:, places - 1 - digits] = carry
    return given, wanted


SEQUENCES = Source(
    type="sequences",
    label="Sequences to reverse or add",
    group="Made to measure",
    summary="Short sequences of tokens with an answer at every place: reversed, sorted, copied, or a sum.",
    help="The classic trials for networks that remember: write a word backwards, sort its letters, copy it, or add two"
    " numbers such as 27+58=. The answer is as long as the sequence; a sum is filled with zeros in front. A network"
    " that reads from left to right only cannot reverse: it needs both directions, or attention.",
    synonyms=(
        "synthetic",
        "algorithmic",
        "copy task",
        "addition",
        "reverse",
        "sort",
        "rnn",
        "transformer",
        "tokens",
    ),
    parameters=(
        ChoiceField(
            name="task",
            label="Task",
            default="reverse",
            choices={
                "reverse": "write it backwards",
                "sort": "sort the letters",
                "copy": "copy it",
                "add": "add two numbers",
            },
            help="What the answer is.",
        ),
        IntField(
            name="length",
            label="Length",
            default=8,
            minimum=1,
            maximum=1000,
            help="Letters of a word, or digits of each of the two numbers.",
        ),
        BoolField(
            name="so_far",
            label="With the answer so far",
            help="Gives a second input “so far”, the answer one place later behind <start>: for a decoder that writes"
            " token by token (sequence to sequence).",
        ),
        IntField(
            name="samples",
            label="Samples",
            default=2000,
            minimum=10,
            maximum=10_000_000,
            help="How many sequences.",
        ),
        SEED,
        *SHUFFLED_SPLIT_FIELDS,
    ),
    load=_load,
)
