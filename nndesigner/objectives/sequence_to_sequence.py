"""Sequence to sequence: the answer is written one token after the other, each from the tokens before it.

While it learns, the decoder is told the right tokens so far (teacher forcing: Williams and Zipser, A learning algorithm
for continually running fully recurrent neural networks, 1989). Whether it can write without being told is measured by
greedy decoding: it begins with <start>, and the likeliest token of each place is what it reads at the next one
(Sutskever, Vinyals and Le, Sequence to sequence learning with neural networks, 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from nndesigner.base.fields import Values
from nndesigner.base.text import tr
from nndesigner.check.asking import writes
from nndesigner.check.checked import CheckedNetwork
from nndesigner.layers.decoding import greedy
from nndesigner.objectives import supervised
from nndesigner.objectives.objective import WHOLE, Compiled, Objective, Outcome, Turn, Way

if TYPE_CHECKING:
    from torch import Tensor


def _why_not(checked: CheckedNetwork) -> str:
    if reason := supervised.why_not(checked):
        return reason
    if writes(checked) is None:
        return tr(
            "The decoder has to read what is written so far: a Tokens input whose field begins with <start> and is as"
            " long as the target of the output, such as “so far” of text pairs."
        )
    return ""


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    found = writes(checked)
    assert found is not None  # why_not refuses such a network
    place, head = found
    index = checked.heads.index(head)
    ignore = head.loss_use().ignore
    judge = partial(supervised.judge, compiled)

    def decoded(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        outcome = judge(inputs, targets)
        wanted = targets[index]
        right = greedy(compiled.for_loss, inputs, place, index, head.class_axis) == wanted
        if ignore is not None:
            right |= wanted == ignore
        return outcome._replace(means=(right.all(dim=1).float().mean(),))

    return Way(
        turns=(Turn(judge=judge),), judge=decoded, parts=compiled.parts, evaluated=(WHOLE,), score=WHOLE
    )


SEQUENCE_TO_SEQUENCE = Objective(
    type="sequence_to_sequence",
    label="Sequence to sequence",
    help="An encoder reads a sequence, a decoder writes the answer token by token. In training the decoder is told the"
    " right tokens so far (teacher forcing). After each epoch it writes by itself, always taking the likeliest token"
    " (greedy decoding), and it is counted how many whole answers are right: that takes a pass for each step. The"
    " decoder reads the field that begins with <start>, and must not look ahead: make its attention causal.",
    reference="Sutskever, Vinyals and Le, Sequence to sequence learning with neural networks, 2014",
    why_not=_why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=supervised.scores,
    order=10,
    scripted=lambda values: True,
)
