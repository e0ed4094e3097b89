"""A loss and metrics of the user's own at work: called, and held to what they should give. Only a worker comes here.

Whatever such a function raises becomes one sentence (`Refusal`) with its name and the line of its text.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nndesigner.base.description import Description, Question
from nndesigner.base.fields import resolve
from nndesigner.base.own_functions import LOSS, METRIC, OWN, OwnFunction, read_own
from nndesigner.base.problem import Refusal
from nndesigner.base.shapes import BATCH_NAME, TensorType
from nndesigner.base.text import tr
from nndesigner.base.trusted_code import what_failed, with_line
from nndesigner.check.checked import Head
from nndesigner.compiler.custom_modules import own_function
from nndesigner.layers.losses import own

SAMPLES = 5
LENGTH = 8
"""of a free axis, while a function is tried"""


class Wrong(Refusal):
    """What a function did wrong: a sentence that names it, and the line."""

    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(with_line(sentence, line))
        self.sentence, self.line = sentence, line


class JudgedByOwn:
    """The loss of a head: (value, prepared target) → its mean, a scalar. The text runs when it is first called."""

    def __init__(self, head: Head) -> None:
        self.code = own.code_of(head.options)
        read = read_own(LOSS, self.code)
        self.told = read.functions[0] if read.functions else None
        self._keywords = self.told.changed(head.options) if self.told is not None else {}
        self._function: Callable[..., Any] | None = None

    def __call__(self, value: Tensor, target: Tensor) -> Tensor:
        if self._function is None:
            self._function = _found(LOSS, self.code, self.told)
        assert self.told is not None
        found = _call(self._function, self.code, self.told, value, target, self._keywords)
        return _as_loss(found, self.told, value)


def _found(kind: str, code: str, told: OwnFunction | None) -> Callable[..., Any]:
    name = told.name if told is not None else ""
    try:
        return own_function(kind, code, name)
    except (Refusal, MemoryError, torch.OutOfMemoryError):
        raise
    except (Exception, SystemExit) as error:
        raise Wrong(*what_failed(code, name, error)) from None


def _call(
    function: Callable[..., Any],
    code: str,
    told: OwnFunction,
    output: Tensor,
    target: Tensor,
    keywords: Mapping[str, Any],
) -> Any:
    try:
        return function(output, target, **keywords)
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except (Exception, SystemExit) as error:
        raise Wrong(*what_failed(code, told.name, error)) from None


def _as_loss(found: Any, told: OwnFunction, value: Tensor) -> Tensor:
    """What a loss gave as one number. Raises Wrong."""
    if not isinstance(found, Tensor):
        what = type(found).__name__
        sentence = tr(
            "{name} is to give a tensor of one number, but it gives a {what}.", name=told.name, what=what
        )
        raise Wrong(sentence, told.returns)
    if found.ndim > 1 or (found.ndim == 1 and len(found) not in (1, len(value))):
        shape = " × ".join(map(str, found.shape))
        sentence = tr(
            "{name} is to give one number, or one for each of the {n} samples, but it gives {shape}.",
            name=told.name,
            n=len(value),
            shape=shape,
        )
        raise Wrong(sentence, told.returns)
    if not found.is_floating_point():
        kind = str(found.dtype).removeprefix("torch.")
        sentence = tr("{name} is to give real numbers, but it gives {kind}.", name=told.name, kind=kind)
        raise Wrong(sentence, told.returns)
    if value.requires_grad and torch.is_grad_enabled() and not found.requires_grad:
        sentence = tr(
            "No gradient leads from what {name} gives back to the output: compute it from output with torch, without"
            " detach, numpy, argmax or comparisons.",
            name=told.name,
        )
        raise Wrong(sentence, told.returns)
    return found.mean()


class OwnMetrics:
    """The metrics of one text. They are called with all answers of a part at once."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.read = read_own(METRIC, code)

    def results(self, output: Tensor, target: Tensor) -> tuple[dict[str, float], list[str]]:
        """(N, …) answers and (N, …) truths → each metric by its name, and a sentence for each that failed."""
        found: dict[str, float] = {}
        failures = []
        for told in self.read.functions:
            try:
                with torch.no_grad():
                    given = _call(_found(METRIC, self.code, told), self.code, told, output, target, {})
                found[told.name] = _as_number(given, told)
            except Refusal as error:
                failures.append(str(error))
        return found, failures


def _as_number(found: Any, told: OwnFunction) -> float:
    if isinstance(found, Tensor) and found.numel() != 1:
        shape = " × ".join(map(str, found.shape))
        raise Wrong(
            tr("{name} is to give one number, but it gives {shape}.", name=told.name, shape=shape),
            told.returns,
        )
    try:
        return float(found)
    except (TypeError, ValueError):
        what = type(found).__name__
        sentence = tr("{name} is to give one number, but it gives a {what}.", name=told.name, what=what)
        raise Wrong(sentence, told.returns) from None


# -- trying them ---------------------------------------------------------------------------------------------------
def tried(question: Question) -> Description:
    """Whether a loss or a metric does what it should, on a few numbers of the shapes that arrive."""
    read = read_own(question.kind, question.code)
    random = torch.random.get_rng_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _try(question)
    except Wrong as wrong:
        return Description(error=wrong.sentence, line=wrong.line)
    except Refusal as refusal:
        return Description(error=str(refusal))
    except MemoryError as error:
        error.__traceback__ = None  # its frames hold what filled the memory
        return Description(error=tr("{name} needs more memory than code is given here.", name=read.name))
    finally:
        torch.random.set_rng_state(random)
    return Description()


def _try(question: Question) -> None:
    read = read_own(question.kind, question.code)
    if not read.ok:
        raise Wrong(read.sentence, read.line)
    types = {name: port.type() for name, port in question.inputs.items()}
    names = {name: LENGTH for type in types.values() for name in type.names} | {BATCH_NAME: SAMPLES}
    torch.manual_seed(0)
    output, target = (_example(types[name], names) for name in ("output", "target"))
    for told in read.functions:
        function = _found(question.kind, question.code, told)
        if question.kind == METRIC:
            with torch.no_grad():
                _as_number(_call(function, question.code, told, output.sigmoid(), target, {}), told)
            continue
        values, _ = resolve(told.fields, question.values)
        learning = output.clone().requires_grad_()
        found = _call(function, question.code, told, learning, target, told.changed(values))
        loss = _as_loss(found, told, learning)
        try:
            torch.autograd.backward(loss)
        except (Exception, SystemExit) as error:
            raise Wrong(*what_failed(question.code, told.name, error)) from None
        if not math.isfinite(loss.item()):
            sentence = tr(
                "{name} gives {value}, which is no finite number.", name=told.name, value=loss.item()
            )
            raise Wrong(sentence, told.returns)


def _example(type: TensorType, names: Mapping[str, int]) -> Tensor:
    shape = type.shape(names)
    if type.element == "int":
        return torch.randint(type.values or 2, shape)
    return torch.rand(shape) * 0.8 + 0.1  # between 0 and 1: within what most losses take


def blamed(heads: Sequence[Head], parts: Sequence[Tensor]) -> str:
    """A clause on the first own loss among the losses of the heads that gave no finite number; "" where none did."""
    for head, part in zip(heads, parts, strict=False):
        if head.loss is not None and head.loss.name == OWN and not bool(torch.isfinite(part.detach()).all()):
            told = JudgedByOwn(head).told
            if told is not None:
                return tr(
                    "the loss {name} gave a value that is not finite (line {line} of its code)",
                    name=told.name,
                    line=told.returns,
                )
    return ""
