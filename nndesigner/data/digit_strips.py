"""Made strips of handwritten digits: several in a row with gaps that vary, and the number that they write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import FloatField, IntField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.bundled import read_bundled
from nndesigner.data.plane import SEED
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import PARTS, Loaded, Source
from nndesigner.data.splits import SPLIT_SEED, TEST_SHARE, VALIDATION_SHARE, split
from nndesigner.data.tokens import PAD

TOKENS = (PAD, *"0123456789")
SIDE = 8
"""pixels of a digit along each side"""
INK = 16.0
MOST_BYTES = 2 << 30


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    n, least, most, gap = (int(values[name]) for name in ("samples", "fewest", "most", "gap"))
    if least > most:
        raise Refusal(
            tr("A strip has at least {least} and at most {most} digits: swap them.", least=least, most=most)
        )
    width = most * (SIDE + gap) + gap
    if n * SIDE * width * 4 > MOST_BYTES:
        raise Refusal(tr("{n:,} strips of this width do not fit into memory: take fewer.", n=n))
    rows = read_bundled("digits", "digits.csv.gz")
    digits, labels = rows[:, :-1].reshape(-1, SIDE, SIDE), rows[:, -1].astype(np.int64)
    # A picture that a strip of one part shows is in no strip of another part: else the digits tested were seen before.
    of_pictures, of_strips = split(len(digits), values, labels), split(n, values)
    parts = np.zeros(n, np.int8)
    draw = np.random.RandomState(values["seed"])
    strips = np.zeros((n, 1, SIDE, width), np.float32)
    numbers = np.full((n, most), TOKENS.index(PAD), np.int64)
    for code, part in enumerate(PARTS):
        pictures = of_pictures[part]
        for place, strip in enumerate(of_strips[part]):
            if place % 256 == 0:
                progress(place / max(n, 1), tr("Drawing {n:,} strips", n=n))
            parts[strip] = code
            chosen = pictures[draw.randint(0, len(pictures), draw.randint(least, most + 1))]
            _write(strips[strip, 0], digits[chosen], draw.randint(0, gap + 1, len(chosen)))
            numbers[strip, : len(chosen)] = labels[chosen] + 1
    if values["noise"]:
        strips += draw.normal(0, INK * values["noise"], strips.shape)
        np.clip(strips, 0, INK, out=strips)
    return Loaded(
        fields=(
            DataField(
                name="strip",
                role="input",
                kind="image",
                element="float",
                axes=(("channel", 1), ("height", SIDE), ("width", width)),
            ),
            DataField(
                name="number",
                role="target",
                kind="tokens",
                element="int",
                axes=(("time", most),),
                tokens=TOKENS,
                tokenizer={"unit": "character"},
            ),
        ),
        arrays={"strip": strips, "number": numbers},
        parts=parts,
    )


def _write(
    strip: npt.NDArray[np.float32], digits: npt.NDArray[np.float64], gaps: npt.NDArray[np.int64]
) -> None:
    """Puts the digits side by side into the strip (height, width), each behind its gap in pixels."""
    left = 0
    for digit, gap in zip(digits, gaps.tolist(), strict=True):
        left += gap
        strip[:, left : left + SIDE] = digit
        left += SIDE


DIGIT_STRIPS = Source(
    type="digit_strips",
    label="Digits in a row",
    group="Made to measure",
    summary="Strips of several handwritten digits with gaps between them; read the whole number.",
    help="Handwritten digits (the data set “Digits”) stand side by side, as many and as far apart as chance will have"
    " it; the rest of the strip is empty. The target is the number, filled up with <pad>: nobody says where a digit"
    " stands. That is what CTC is for: choose it as the loss of an output with 11 scores, one for each digit and one"
    " for <pad>, at every step from left to right. Each part of the data has pictures of its own.",
    synonyms=("ctc", "ocr", "handwriting", "unaligned", "captcha", "text recognition", "synthetic", "crnn"),
    parameters=(
        IntField(
            name="samples",
            label="Samples",
            default=2000,
            minimum=10,
            maximum=1_000_000,
            help="How many strips.",
        ),
        IntField(
            name="fewest",
            label="Fewest digits",
            default=3,
            minimum=1,
            maximum=100,
            help="How many digits a strip has at least.",
        ),
        IntField(
            name="most",
            label="Most digits",
            default=6,
            minimum=1,
            maximum=100,
            help="How many digits a strip has at most.",
        ),
        IntField(
            name="gap",
            label="Largest gap",
            default=4,
            minimum=0,
            maximum=64,
            unit="pixels",
            help="A digit stands 0 to so many pixels behind the one before it; a digit is 8 pixels wide.",
        ),
        FloatField(
            name="noise",
            label="Noise",
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            help="Standard deviation of the normal noise on every pixel, as a share of full ink.",
        ),
        SEED,
        VALIDATION_SHARE,
        TEST_SHARE,
        SPLIT_SEED,
        PREPARATION,
    ),
    load=_load,
)
