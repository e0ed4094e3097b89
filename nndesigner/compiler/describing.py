"""Finding out what a custom layer gives: its class is built and run for several lengths of the free sizes.

It is run on torch's "meta" device, which has shapes and no numbers, and where the code cannot do that, on the
processor with small tensors. What leaves it is compared between the runs: a length that grows with `T` as `(T - 3)//2
+ 1` does is recognised, one that follows no such rule is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from nndesigner.base.description import Description, PortType, Question
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Refusal
from nndesigner.base.shapes import BATCH_NAME, Axis, Size, TensorType
from nndesigner.base.text import tr
from nndesigner.base.trusted_code import what_failed
from nndesigner.compiler import own_functions
from nndesigner.compiler.custom_modules import module_class
from nndesigner.layers import described
from nndesigner.layers.custom import arguments
from nndesigner.layers.custom_code import CustomCode, read_code
from nndesigner.layers.declaration import ShapeError

ELEMENTS = {"float": torch.float32, "int": torch.int64, "bool": torch.bool}
BATCHES = (2, 3)
LENGTHS = (48, 80, 57, 63, 50, 49, 66, 61)
"""Tried for each free size. The first two have many divisors, because some code asks for that; the later ones, where it
takes them, tell rules apart that agree on the first."""
MOST_DIVISOR = 64
_MEANINGS = {
    1: ("batch",),
    2: ("batch", "feature"),
    3: ("batch", "time", "feature"),
    4: ("batch", "channel", "height", "width"),
    5: ("batch", "channel", "depth", "height", "width"),
}

Names = Mapping[str, int]


def answer_here() -> None:
    """From now on this process answers the checker's questions itself: a worker that is about to run the code."""
    described.answer_here(describe)


def describe(question: Question) -> Description:
    """The answer; what is wrong with the code is part of it."""
    if question.kind:
        return own_functions.tried(question)
    read = read_code(question.code)
    try:
        return _described(question, read)
    except (Refusal, ShapeError) as error:
        return Description(error=str(error))
    except _Answer as error:
        return Description(error=str(error), line=error.line)
    except MemoryError as error:
        error.__traceback__ = None  # its frames hold what filled the memory
        return Description(
            error=tr("{name} needs more memory than code is given here.", name=read.class_name)
        )
    except (Exception, SystemExit) as error:
        return _failed(question.code, read, error)


class _Answer(Exception):
    """What is wrong, as a sentence that needs nothing added."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


def _failed(code: str, read: CustomCode, error: BaseException) -> Description:
    """An exception of the user's code as a sentence, with the last line of the text on the way to it."""
    sentence, line = what_failed(code, read.class_name, error)
    return Description(error=sentence, line=line)


# -- running it ----------------------------------------------------------------------------------------------------
class _Run:
    """What left the layer at one set of lengths: (shape, dtype) of each output, and the multiply-accumulates."""

    def __init__(self, outputs: Sequence[Tensor], macs: int) -> None:
        self.shapes = [tuple(int(size) for size in value.shape) for value in outputs]
        self.dtypes = [value.dtype for value in outputs]
        self.macs = macs


class _Trial:
    """The layer on one device."""

    def __init__(self, question: Question, read: CustomCode, device: str) -> None:
        self.read, self.device = read, device
        self.inputs = {port: type.type() for port, type in question.inputs.items()}
        values, bad = resolve(read.fields, question.values)
        if bad:
            raise _Answer(next(iter(bad.values())))
        built = arguments(question.code, values, self.inputs)
        with torch.device(device):
            self.module: nn.Module = module_class(question.code)(**built)
        self.weights = sum(parameter.numel() for parameter in self.module.parameters())

    def run(self, names: Names, *, backward: bool = False) -> _Run:
        given = {port: self._tensor(type, names, backward) for port, type in self.inputs.items()}
        positional = [given[p.name] for p in self.read.inputs if not p.optional]
        keywords = {p.name: given[p.name] for p in self.read.inputs if p.optional and p.name in given}
        with FlopCounterMode(display=False) as counter:
            result = self.module(*positional, **keywords)
        outputs = self._outputs(result)
        if backward:
            self._backward(outputs)
        return _Run(outputs, counter.get_total_flops() // 2)

    def _tensor(self, type: TensorType, names: Names, learns: bool) -> Tensor:
        shape = type.shape(names)
        if type.element == "int":
            return torch.zeros(shape, dtype=torch.int64, device=self.device)
        if type.element == "bool":
            return torch.ones(shape, dtype=torch.bool, device=self.device)
        made = (
            torch.randn(shape, device=self.device)
            if self.device != "meta"
            else torch.empty(shape, device="meta")
        )
        return made.requires_grad_(learns)

    def _outputs(self, result: Any) -> list[Tensor]:
        expected = len(self.read.outputs)
        found = list(result) if expected > 1 and isinstance(result, tuple) else [result]
        if len(found) != expected or not all(isinstance(value, Tensor) for value in found):
            what = f"{type(result).__name__}" + (f" of {len(result)}" if isinstance(result, tuple) else "")
            raise _Answer(
                tr(
                    "forward of {name} is to return {n} by what is written, but it returns a {what}.",
                    name=self.read.class_name,
                    n=tr("one tensor") if expected == 1 else tr("a tuple of {n} tensors", n=expected),
                    what=what,
                )
            )
        return found

    def _backward(self, outputs: Sequence[Tensor]) -> None:
        """Gradients flow back, where there is anything to learn."""
        learning = [value for value in outputs if value.requires_grad and value.is_floating_point()]
        if learning:
            torch.autograd.backward(learning, [torch.ones_like(value) for value in learning])


def _described(question: Question, read: CustomCode) -> Description:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        random = torch.random.get_rng_state()
        try:
            try:
                return _on("meta", question, read)
            except (_Answer, MemoryError):
                raise
            except Exception:
                # Code that looks at numbers cannot run without any.
                return _on("cpu", question, read)
        finally:
            torch.random.set_rng_state(random)


def _on(device: str, question: Question, read: CustomCode) -> Description:
    trial = _Trial(question, read, device)
    inputs = list(trial.inputs.values())
    free = sorted(frozenset().union(*(type.names for type in inputs)) - {BATCH_NAME})
    runs = _Runs(trial, free)
    first = runs.first
    outputs: dict[str, PortType] = {}
    for position, port in enumerate(read.outputs):
        element = next((e for e, dtype in ELEMENTS.items() if dtype == first.dtypes[position]), "")
        if not element:
            raise _Answer(
                tr(
                    "The output {port} of {name} is of type {type}: give float32 (.float()), int64 or bool.",
                    port=port.name,
                    name=read.class_name,
                    type=str(first.dtypes[position]).removeprefix("torch."),
                )
            )
        rank = len(first.shapes[position])
        sizes = [runs.size(_length(position, i), inputs) for i in range(rank)]
        if not sizes or sizes[0] != Size.named(BATCH_NAME):
            raise _Answer(
                tr(
                    "The first axis of the output {port} of {name} has to be the batch, as it arrives.",
                    port=port.name,
                    name=read.class_name,
                )
            )
        meanings = _meanings(rank, inputs)
        axes = tuple(Axis(meaning, size) for meaning, size in zip(meanings, sizes, strict=True))
        outputs[port.name] = PortType.of(TensorType(element, axes))
    try:
        around = [*inputs, *(port.type() for port in outputs.values())]
        macs = runs.size(lambda run: run.macs, around, per_sample=True)
    except _Answer:
        macs = Size.of(0)
    return Description(outputs, trial.weights, str(macs))


def _length(output: int, axis: int) -> Callable[[_Run], int]:
    return lambda run: run.shapes[output][axis]


def _meanings(rank: int, inputs: Sequence[TensorType]) -> tuple[str, ...]:
    """Those of an input with as many axes, else what so many axes usually are."""
    alike = next((type.meanings for type in inputs if type.rank == rank), None)
    return alike or _MEANINGS.get(rank) or ("batch", *(f"axis {i}" for i in range(1, rank)))


# -- comparing runs ------------------------------------------------------------------------------------------------
class _Runs:
    """The runs so far, by the lengths that they were made with."""

    def __init__(self, trial: _Trial, free: Sequence[str]) -> None:
        self._trial, self._free = trial, free
        self._known: dict[tuple[tuple[str, int], ...], _Run | Exception] = {}
        self.base = {BATCH_NAME: BATCHES[0], **{name: LENGTHS[0] + 48 * i for i, name in enumerate(free)}}
        self.first = trial.run(self.base, backward=True)
        self._known[tuple(self.base.items())] = self.first

    def at(self, names: Names) -> _Run:
        """Raises what the code raises at these lengths."""
        key = tuple(names.items())
        if key not in self._known:
            try:
                self._known[key] = self._trial.run(names)
            except _Answer:
                raise
            except Exception as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, Exception):
            raise found
        if [len(s) for s in found.shapes] != [
            len(s) for s in self.first.shapes
        ] or found.dtypes != self.first.dtypes:
            raise _Answer(
                tr(
                    "{name} gives tensors of another kind for other lengths of what arrives.",
                    name=self._trial.read.class_name,
                )
            )
        return found

    def _moved(self, name: str, position: int) -> dict[str, int]:
        """The base lengths with one of them changed."""
        if name == BATCH_NAME:
            return {**self.base, name: BATCHES[min(position, 1)] + max(0, position - 1)}
        return {**self.base, name: self.base[name] - LENGTHS[0] + LENGTHS[position]}

    def size(
        self, of: Callable[[_Run], int], inputs: Sequence[TensorType], *, per_sample: bool = False
    ) -> Size:
        """A number of the runs as an expression of the free sizes. Raises _Answer where it follows no simple rule."""
        batch = self.base[BATCH_NAME]
        names = [BATCH_NAME, *self._free]
        observed: list[tuple[Names, int]] = [(self.base, of(self.first))]
        moving = []
        for name in names:
            moved = self._moved(name, 1)
            observed.append((moved, of(self.at(moved))))
            if observed[-1][1] != observed[0][1]:
                moving.append(name)
        if per_sample:
            if moving[:1] != [BATCH_NAME] and observed[0][1]:
                return Size.of(0)
            observed = [(n, value // n[BATCH_NAME]) for n, value in observed if n[BATCH_NAME] == batch]
            moving = [name for name in moving if name != BATCH_NAME]
        if not moving:
            return Size.of(observed[0][1])
        for name in moving:
            for position in range(2, len(LENGTHS) if name != BATCH_NAME else 3):
                moved = self._moved(name, position)
                try:
                    value = of(self.at(moved))
                except _Answer:
                    raise
                except Exception:
                    continue  # code may ask for an even length, say: then that is all that can be compared
                observed.append((moved, value // batch if per_sample else value))
        if len(moving) > 1:
            together = {**self.base, **{name: self._moved(name, 1)[name] for name in moving}}
            value = of(self.at(together))
            observed.append((together, value // batch if per_sample else value))
        for candidate in _candidates(moving, inputs, observed):
            if all(candidate.at(names) == value for names, value in observed):
                return candidate
        raise _Answer(
            tr(
                "How a length that leaves {name} follows from {sizes} could not be told: give the input a fixed size.",
                name=self._trial.read.class_name,
                sizes=", ".join(moving),
            )
        )


def _candidates(
    moving: Sequence[str], inputs: Sequence[TensorType], observed: Sequence[tuple[Names, int]]
) -> Iterator[Size]:
    """Expressions that a length may follow, simple ones first. `observed` begins with two runs that differ."""
    sizes = list(dict.fromkeys(size for type in inputs for size in type.sizes if size.names & set(moving)))
    sizes += [Size.named(name) for name in moving if Size.named(name) not in sizes]
    wanted = set(moving)
    terms = [size for size in sizes if size.names == wanted]
    if len(moving) > 1:
        parts = [[size for size in sizes if size.names == {name}] for name in moving]
        for choice in product(*parts):
            total, whole = Size.of(0), Size.of(1)
            for size in choice:
                total, whole = total + size, whole * size
            terms += [whole, total]
    base, first = observed[0]
    for term in terms:
        yield from _scaled(term, base, first, observed)


def _scaled(term: Size, base: Names, first: int, observed: Sequence[tuple[Names, int]]) -> Iterator[Size]:
    """term·k + c, and (term·k + c)//d."""
    other, second = next((names, value) for names, value in observed[1:] if value != first)
    here, there = term.at(base), term.at(other)
    step, grown = there - here, second - first
    if step == 0:
        return
    yield from (term * k + (first - here * k) for k in [grown // step] if grown % step == 0 and k != 0)
    for divisor in range(2, MOST_DIVISOR + 1):
        factor = round(grown * divisor / step)
        if factor < 1 or (factor != 1 and divisor > 8):
            continue
        for offset in range(divisor):
            low = first * divisor - here * factor
            yield (term * factor + (low + offset)) // divisor
