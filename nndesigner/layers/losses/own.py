"""A loss that the user writes: a function in Python, chosen at an output like the others.

Its text says its settings (`base/own_functions.py`). It runs in a worker only, after the user has trusted it, and only
where something is trained or evaluated: what answers need nothing of it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from nndesigner.base import own_functions, starters
from nndesigner.base.fields import CodeField, Values
from nndesigner.base.own_functions import OWN, read_own
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Call, Lowering, Ref
from nndesigner.layers.losses.loss import NUMBERS, TARGET, Loss, LossUse, X, call, half, lowered

CODE = CodeField(
    name="loss_code",
    label="Code of the loss",
    default=starters.LOSS,
    reads=own_functions.LOSS,
    help="A Python module with a function loss(output, target) that gives one number, or one per sample. output is what"
    " arrives here, target what it is compared with as the network meets it: class numbers, or numbers as they are"
    " prepared. Further arguments with a default are the settings below. It runs in a process of its own, and only"
    " after you have trusted it.",
)


def code_of(values: Values) -> str:
    """The text among the parameters of an output."""
    text = values.get(CODE.name, CODE.default)
    return text if isinstance(text, str) else ""


def _lower(use: LossUse) -> Lowering:
    code = code_of(use.options)
    read = read_own(own_functions.LOSS, code)
    function = read.functions[0]
    judged = Call(
        target=function.name,
        args=(X, TARGET),
        keywords=function.changed(use.options),
        step="judged",
        code=code,
    )
    # One number is its own mean, to the last bit; of one per sample the mean is the loss.
    return lowered(judged, call("torch.mean", Ref("judged")))


@lru_cache(maxsize=64)
def own_loss(code: str) -> Loss:
    """The declaration with the settings of a text."""
    return replace(OWN_LOSS, options=(CODE, *read_own(own_functions.LOSS, code).fields))


def called(values: Values) -> str:
    """What the function is called; what stands for it while its text is none."""
    return read_own(own_functions.LOSS, code_of(values)).name or tr(OWN_LOSS.label)


OWN_LOSS = Loss(
    name=OWN,
    label="Own (Python)",
    targets=(*NUMBERS, "class", "tokens"),
    form="values",
    lower=_lower,
    options=(CODE,),
    threshold=half,
    help="A function of your own, written in Python: what the other losses do not say. It takes what arrives at the"
    " output, as it is drawn, and the target, and gives one number, or one per sample, of which the mean is taken. Of a"
    " single unit for two classes a value above 0.5 says the second.",
    formula="L = f(y, t)",
)
