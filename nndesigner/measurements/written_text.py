"""How a network goes on with beginnings of the data's own texts: watch letters become words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nndesigner.check.asking import goes_on
from nndesigner.check.checked import CheckedNetwork
from nndesigner.data.tokens import text_of
from nndesigner.measurements.measurement import Context, Measured, Measurement

if TYPE_CHECKING:
    from torch import Tensor

TEXTS = 3
PROMPT = 16
"""tokens that are given, fewer where the network sees fewer"""
LONGEST, SHORTEST = 48, 8
"""tokens that are written: each is a pass through the network, and a look shall be a fraction of a second"""
MOST_WORK = 3e9
"""multiply-accumulates that a look takes, where that is enough for the shortest text"""
TEMPERATURE = 0.8
SEED = 0


def _applies(checked: CheckedNetwork) -> bool:
    return goes_on(checked) is not None


def _measure(values: None, context: Context) -> Measured:
    """{"codes": (texts, tokens) int64}, the given tokens first. meta: "given" and "written", a text each, and "tokens",
    how many were given. Equal weights write equal texts."""
    import torch

    found = goes_on(context.checked)
    assert found is not None and context.answers is not None
    field, head = found
    place = context.heads.index(next(h for h in context.heads if h.node.id == head.node.id))
    texts = context.inputs[0][:TEXTS]
    window = texts.shape[1]
    given = min(PROMPT, max(window - 1, 1))
    codes = texts[:, :given]
    generator = torch.Generator().manual_seed(SEED)
    for _ in range(_length(context.checked)):
        seen = codes[:, -window:]
        behind = seen.new_zeros((len(seen), window - seen.shape[1]))
        # A network that looks only backwards answers as if nothing stood behind.
        said: Tensor = context.answers(torch.cat((seen, behind), dim=1))[place].movedim(head.class_axis, -1)
        chances = said[:, seen.shape[1] - 1].detach().float().cpu().clamp_min(1e-30)
        drawn = torch.multinomial(torch.softmax(chances.log() / TEMPERATURE, dim=-1), 1, generator=generator)
        codes = torch.cat((codes, drawn.to(codes)), dim=1)
    written = codes.cpu().numpy().astype(np.int64)
    return {"codes": written}, {
        "given": [text_of(field, row[:given]) for row in written],
        "written": [text_of(field, row[given:]) for row in written],
        "tokens": given,
    }


def _length(checked: CheckedNetwork) -> int:
    """How many tokens are written: fewer where each of them takes long."""
    work = float(checked.macs.at(checked.example)) * TEXTS
    return int(min(max(MOST_WORK / max(work, 1.0), SHORTEST), LONGEST))


WRITTEN_TEXT = Measurement(
    name="written_text",
    label="Written text",
    help="How the network goes on with beginnings of the data's texts: tokens are drawn by their probabilities, always"
    " with the same random numbers.",
    reads="network",
    applies_to=_applies,
    measure=_measure,
    needs_probe=False,
    slow=True,
    over_time=True,
)
