"""What a network writes: how it goes on with beginnings of the data's own texts, or its whole answers beside the right
ones, where a decoder writes them token by token or a path over steps does (CTC)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nndesigner.check.asking import goes_on, reads_off, writes
from nndesigner.check.checked import CheckedNetwork
from nndesigner.data.tokens import text_of
from nndesigner.layers.decoding import best_path, greedy
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
MOST_ANSWERS = 12
TEMPERATURE = 0.8
SEED = 0


def _applies(checked: CheckedNetwork) -> bool:
    return goes_on(checked) is not None or answers_whole(checked)


def answers_whole(checked: CheckedNetwork) -> bool:
    """Whether it writes whole answers, rather than going on with a text."""
    return reads_off(checked) is not None or writes(checked) is not None


def _measure(values: None, context: Context) -> Measured:
    """{"codes": (texts, tokens) int64}, the given tokens first. meta: "given" and "written", a text each, and "tokens",
    how many were given. Equal weights write equal texts. Of whole answers see `_answers`."""
    import torch

    if answers_whole(context.checked):
        return _answers(context)
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


def _answers(context: Context) -> Measured:
    """{"codes": (texts, steps) int64, "indices": (texts,) int64, numbers in the data}. meta: "written" and "truth", a
    text each, and "previews", what was read (see `data/preview.py`)."""
    assert context.answers is not None
    path, decoder = reads_off(context.checked), writes(context.checked)
    head = path if path is not None else decoder[1] if decoder is not None else None
    assert head is not None and head.target is not None
    at = next(i for i, known in enumerate(context.heads) if known.node.id == head.node.id)
    passes = 1 if path is not None else head.target.sizes[0]
    work = float(context.checked.macs.at(context.checked.example)) * passes
    inputs = [x[: int(min(max(MOST_WORK / max(work, 1.0), 1), MOST_ANSWERS))] for x in context.inputs]
    if path is not None:
        codes = best_path(context.answers(*inputs)[at], head.class_axis, head.blank)
    else:
        assert decoder is not None
        codes = greedy(context.answers, inputs, decoder[0], at, head.class_axis)
    written = codes.cpu().numpy().astype(np.int64)
    wanted = context.targets[at][: len(written)].cpu().numpy()
    hidden = head.blank if path is not None else head.loss_use().ignore
    texts = [[text_of(head.target, row[row != hidden]) for row in rows] for rows in (written, wanted)]
    indices = context.indices[: len(written)]
    looks = list(context.pictures(indices)) if context.pictures is not None else []
    return {"codes": written, "indices": indices}, {
        "written": texts[0],
        "truth": texts[1],
        "previews": looks,
    }


def _length(checked: CheckedNetwork) -> int:
    """How many tokens are written: fewer where each of them takes long."""
    work = float(checked.macs.at(checked.example)) * TEXTS
    return int(min(max(MOST_WORK / max(work, 1.0), SHORTEST), LONGEST))


WRITTEN_TEXT = Measurement(
    name="written_text",
    label="Written text",
    help="How the network goes on with beginnings of the data's texts: tokens are drawn by their probabilities, always"
    " with the same random numbers. Of a network that writes whole answers, a few of them beside the right ones: a"
    " decoder reads what it wrote itself (greedy decoding), CTC is read off by the best path.",
    reads="network",
    applies_to=_applies,
    measure=_measure,
    needs_probe=False,
    slow=True,
    over_time=True,
)
