"""A text file as tokens, mostly characters: from a window of them, predict at every place the one that follows."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import BoolField, IntField, PathField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.array_room import Room, brought
from nndesigner.data.converted import MOST_BYTES as LARGEST
from nndesigner.data.files import chosen_file, readable
from nndesigner.data.sliced import of_memory
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import ORDERED_SPLIT_FIELDS
from nndesigner.data.tokens import MOST_CHARACTERS, UNIT, UNKNOWN, VOCABULARY, Encoder, learned

MOST_BYTES = 256 << 20

_Read = tuple[npt.NDArray[np.int64], tuple[str, ...], dict[str, Any]]


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the text file"), MOST_BYTES)

    @cache
    def read() -> _Read:
        text = _text(path)
        if values["lower_case"]:
            text = text.lower()
        progress(0.3, tr("Counting the characters of {name}", name=path.name))
        return _tokens(text, values, path.name)

    counts = {f.name: values[f.name] for f in TEXT_FILE.parameters if f.name != "path"}
    return brought(
        "text",
        {"path": path},
        counts,
        span(progress, 0.7, 1.0),
        lambda room: _cut_windows(*read(), values, path.name, room),
    )


def _cut_windows(
    codes: npt.NDArray[np.int64],
    tokens: tuple[str, ...],
    spec: dict[str, Any],
    values: Values,
    name: str,
    room: Room,
) -> Loaded:
    window, step = values["window"], values["step"] or values["window"]
    samples = (len(codes) - 1 - window) // step + 1
    if samples < 1:
        raise Refusal(
            tr(
                "{name} has {n:,} tokens, too few for a window of {window}: take a shorter window.",
                name=name,
                n=len(codes),
                window=window,
            )
        )
    needed = 2 * 8 * samples * window
    if needed > LARGEST:
        raise Refusal(
            tr(
                "{n:,} windows of {window} tokens take {size:,.0f} GB: take a larger step.",
                n=samples,
                window=window,
                size=needed / (1 << 30),
            )
        )
    room.reserve(needed)
    windows = np.lib.stride_tricks.sliding_window_view(codes, window)
    axes = (("time", window),)
    return Loaded(
        fields=(
            DataField(
                name="text",
                role="input",
                kind="tokens",
                element="int",
                axes=axes,
                tokens=tokens,
                tokenizer=spec,
            ),
            DataField(
                name="next",
                role="target",
                kind="tokens",
                element="int",
                axes=axes,
                tokens=tokens,
                tokenizer=spec,
            ),
        ),
        arrays={
            "text": room.filled(of_memory(windows[:-1:step]), np.int64),
            "next": room.filled(of_memory(windows[1::step]), np.int64),
        },
        in_order=True,
        gap=-(-(window + 1) // step) - 1,
    )


def _tokens(text: str, values: Values, name: str) -> _Read:
    """The text as token numbers, the tokens, and the field's `tokenizer`, {} for characters."""
    if values["unit"] != "character":
        # The parts are cut in this order: the vocabulary is that of the beginning, which trains.
        share = max(1.0 - values["validation_share"] - values["test_share"], 0.0)
        start = text[: max(int(share * len(text)), 1)]
        tokens, spec = learned([start], values["unit"], values["vocabulary"], False, (UNKNOWN,))
        return Encoder(tokens, spec)(text), tokens, spec
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    alphabet, codes = np.unique(points, return_inverse=True)
    if len(alphabet) > MOST_CHARACTERS:
        raise Refusal(
            tr(
                "{name} has {n:,} different characters; at most {most:,} are read as text.",
                name=name,
                n=len(alphabet),
                most=MOST_CHARACTERS,
            )
        )
    return codes.astype(np.int64), tuple(chr(point) for point in alphabet), {}


def _text(path: Path) -> str:
    """The file's text in composed form, lines ended by a line feed. Raises `Refusal` where it is no text."""
    with readable(path):
        data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if b"\0" in data and encoding != "utf-16":
        raise Refusal(tr("{name} is not a text file.", name=path.name))
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refusal(
            tr(
                "{name} is not UTF-8 text (byte {place:,}): save it as UTF-8 in your editor.",
                name=path.name,
                place=error.start,
            )
        ) from error
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


TEXT_FILE = Source(
    type="text",
    label="Text file",
    group="Texts and sequences",
    summary="Characters or words of a text; at every place, predict the next one.",
    help="Every character of the file (letters, spaces, line ends) is a token, or every word, or byte pair. A sample"
    " is a window of the text; its target is the same window one character further, so that the network learns at"
    " every place what comes next, and can then go on writing by itself. The end of the text is kept for validation"
    " and test. Windows that take more than half a gigabyte are brought once into files of the cache, and read from"
    " there while the network learns.",
    synonyms=("characters", "language model", "txt", "tokens", "gpt", "transformer", "shakespeare"),
    parameters=(
        PathField(
            name="path",
            label="File",
            filters="Text (*.txt *.md)",
            help="A plain text file in UTF-8. Some 30,000 characters are the least to learn spelling from.",
        ),
        replace(UNIT, default="character"),
        replace(
            VOCABULARY, default=2000, shown_when=lambda values: values.get("unit", "character") != "character"
        ),
        IntField(
            name="window",
            label="Window",
            default=64,
            minimum=2,
            maximum=65_536,
            unit="tokens",
            help="How many tokens the network sees at once.",
        ),
        IntField(
            name="step",
            label="Step",
            default=0,
            minimum=0,
            maximum=65_536,
            unit="tokens",
            help="From the start of one window to the start of the next; 0 puts them end to end. Smaller steps give"
            " more samples, which overlap.",
        ),
        BoolField(
            name="lower_case",
            label="Small letters only",
            help="Makes capital letters small: fewer different characters, easier to learn.",
        ),
        *ORDERED_SPLIT_FIELDS,
    ),
    load=_load,
)
