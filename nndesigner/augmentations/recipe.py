"""Which step works on which tensors of a batch, and why one cannot: from the data fields that a network reads and is
compared with. The loop does what this says, and the training script prints it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nndesigner.augmentations.applying import change_places, change_values, draws, mix_samples
from nndesigner.augmentations.augmentation import Augmentation, is_picture
from nndesigner.augmentations.catalogue import Step, problem, steps
from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import listing, tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.document import Document

if TYPE_CHECKING:
    from torch import Tensor

Fields = Sequence[DataField | None]
Range = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One step on one group of tensors: positions of inputs, of targets that are pictures, and of masks. `ranges` are
    (black, white - black) of each picture, in prepared values, one number for each channel or one for all."""

    step: Step
    inputs: tuple[int, ...]
    targets: tuple[int, ...] = ()
    masks: tuple[int, ...] = ()
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """What happens to every batch. `same` pairs targets with the inputs that they are (autoencoders): they are compared
    with what the network saw. Mixing comes last."""

    operations: tuple[Operation, ...]
    same: tuple[tuple[int, int], ...]
    heads: int

    @property
    def mixes(self) -> bool:
        return any(operation.step.kind.works == "samples" for operation in self.operations)

    def apply(
        self, inputs: Sequence[Tensor], targets: Sequence[Tensor], seed: int, epoch: int, number: int
    ) -> tuple[list[Tensor], list[Tensor]]:
        """A batch as it is trained on; the tensors that came in stay as they are."""
        x, t = list(inputs), list(targets)
        if not self.operations:
            return x, t
        mixing = [each for each in self.operations if each.step.kind.works == "samples"]
        for operation in (each for each in self.operations if each not in mixing):
            self._do(operation, x, t, draws(seed, epoch, number, operation.step.position, x[0].device))
        for target, source in self.same:
            t[target] = x[source]
        for operation in mixing:
            step, i = operation.step, operation.inputs[0]
            generator = draws(seed, epoch, number, step.position, x[0].device)
            x[i], t = mix_samples(
                x[i], t, self.heads, step.kind.change, generator, step.probability, **step.settings
            )
        return x, t

    def _do(self, operation: Operation, x: list[Tensor], t: list[Tensor], generator: Any) -> None:
        step = operation.step
        change, chance, settings = step.kind.change, step.probability, step.settings
        if step.kind.works == "values":
            for i, (low, span) in zip(operation.inputs, operation.ranges, strict=True):
                x[i] = change_values(x[i], change, generator, chance, low, span, **settings)
            return
        pictures = [*(x[i] for i in operation.inputs), *(t[i] for i in operation.targets)]
        masks = [t[i] for i in operation.masks]
        moved, along = change_places(pictures, masks, change, generator, chance, operation.ranges, **settings)
        for i, tensor in zip(operation.inputs, moved[: len(operation.inputs)], strict=True):
            x[i] = tensor
        for i, tensor in zip(operation.targets, moved[len(operation.inputs) :], strict=True):
            t[i] = tensor
        for i, tensor in zip(operation.masks, along, strict=True):
            t[i] = tensor


def recipe(chosen: Sequence[Step], inputs: Fields, targets: Fields) -> Recipe:
    """What these steps do to batches of these fields; None stands for what is drawn. Steps that fit nothing do
    nothing."""
    operations: list[Operation] = []
    names = {field.name: i for i, field in reversed(list(enumerate(inputs))) if field is not None}
    same = tuple(
        (i, names[field.name]) for i, field in enumerate(targets) if field is not None and field.name in names
    )
    own = {i for i, _ in same}
    for step in chosen:
        fitting = [(i, f) for i, f in enumerate(inputs) if f is not None and step.kind.fits(f)]
        if step.kind.works != "places":
            for i, field in fitting[: 1 if step.kind.works == "samples" else None]:
                operations.append(Operation(step=step, inputs=(i,), ranges=(black_and_white(field),)))
            continue
        for shape in dict.fromkeys(
            field.sizes[-2:] if is_picture(field) else field.sizes[:1] for _, field in fitting
        ):
            group = [(i, f) for i, f in fitting if (f.sizes[-2:] if is_picture(f) else f.sizes[:1]) == shape]
            pictures = is_picture(group[0][1])
            along = [
                (i, f)
                for i, f in enumerate(targets)
                if pictures and f is not None and i not in own and is_picture(f) and f.sizes[-2:] == shape
            ]
            masks = [
                i
                for i, f in enumerate(targets)
                if pictures and f is not None and is_mask(f) and f.sizes == shape
            ]
            operations.append(
                Operation(
                    step=step,
                    inputs=tuple(i for i, _ in group),
                    targets=tuple(i for i, _ in along),
                    masks=tuple(masks),
                    ranges=tuple(black_and_white(f) for _, f in (*group, *along)),
                )
            )
    return Recipe(tuple(operations), same, len(targets))


def is_mask(field: DataField) -> bool:
    """Whether there is a class at every place of a picture."""
    return field.kind == "class" and [meaning for meaning, _ in field.axes] == ["height", "width"]


def black_and_white(field: DataField) -> Range:
    """Black and the way to white in prepared values; 0 and 1 for what is no picture.

    A byte's range is known from its preparation; else the smallest and largest value of the training part count.
    """
    if not is_picture(field):
        return (0.0,), (1.0,)
    preparation = field.preparation
    affine = preparation.get("kind") == "affine"
    offset = [float(v) for v in preparation["offset"]] if affine else [0.0]
    scale = [float(v) for v in preparation["scale"]] if affine else [1.0]
    if offset == [0.0] and scale == [255.0]:
        return (0.0,), (1.0,)
    low = float(field.statistics.get("minimum", 0.0))
    high = float(field.statistics.get("maximum", 1.0))
    width = high - low if high > low else 1.0
    return tuple((low - o) / s for o, s in zip(offset, scale, strict=True)), tuple(width / s for s in scale)


# -- what does not fit ---------------------------------------------------------------------------------------------
def misfit(kind: Augmentation, inputs: Fields, targets: Fields, mixes: bool = True) -> str:
    """Why a step cannot be used on this data, as a sentence; "" where it can. `mixes` says whether the way of learning
    takes mixed targets."""
    label = tr(kind.label)
    read = [field for field in inputs if field is not None]
    fitting = [field for field in read if kind.fits(field)]
    if not fitting:
        names = listing([f"“{field.name}”" for field in read]) or tr("nothing")
        return tr(
            "{label} works on {wants}; the network reads {names}, which is none. Remove the step or switch it off.",
            label=label,
            wants=tr(kind.wants),
            names=names,
        )
    if kind.works == "places":
        return _cannot_move(kind, fitting, read, targets)
    if kind.works != "samples":
        return ""
    if not mixes:
        return tr(
            "{label} shares the loss between two answers, which this way of learning cannot: choose “Supervised”, or"
            " switch it off.",
            label=label,
        )
    if len(inputs) > 1:
        return tr(
            "{label} mixes samples as a whole: it needs a network with one input. Switch it off.", label=label
        )
    for field in targets:
        if field is not None and field.name == read[0].name:
            return tr(
                "{label} shares the loss between two answers, but here the answer is the input itself. Switch it off.",
                label=label,
            )
        if field is not None and field.axes and field.kind == "class" and not kind.masks:
            return tr(
                "{label} cannot be used where the target “{name}” has a class at every place: take Mixup instead.",
                label=label,
                name=field.name,
            )
    return ""


def _cannot_move(kind: Augmentation, fitting: list[DataField], read: list[DataField], targets: Fields) -> str:
    own = {field.name for field in read}
    shapes = [field.sizes[-2:] for field in fitting if is_picture(field)]
    for field in targets:
        if field is None or field.name in own:
            continue
        meanings = [meaning for meaning, _ in field.axes]
        placed = is_mask(field) or is_picture(field)
        if shapes and placed and (field.sizes[-2:] not in shapes):
            have, want = " × ".join(map(str, field.sizes[-2:])), " × ".join(map(str, shapes[0]))
            return tr(
                "{label} would have to move “{name}” along, which has {have} places where the picture has {want}."
                " Switch it off.",
                label=tr(kind.label),
                name=field.name,
                have=have,
                want=want,
            )
        if not placed and {"time", "height", "width"} & set(meanings):
            return tr(
                "{label} would have to move “{name}” along, which has an answer at every step: it cannot. Switch it"
                " off.",
                label=tr(kind.label),
                name=field.name,
            )
        if placed and not shapes:
            return tr(
                "{label} would have to move “{name}” along, which it cannot. Switch it off.",
                label=tr(kind.label),
                name=field.name,
            )
    return ""


def caution(kind: Augmentation, targets: Fields) -> str:
    """What to think of where a step can be used but may make answers wrong; "" for nothing."""
    numbers = next((f for f in targets if f is not None and f.kind == "number"), None)
    if kind.works != "places" or numbers is None:
        return ""
    return tr(
        "{label} does not change the target “{name}”: use it only if these numbers stay true of what was moved.",
        label=tr(kind.label),
        name=numbers.name,
    )


def fields_of(checked: CheckedNetwork) -> tuple[list[DataField | None], list[DataField | None]]:
    """What the inputs read and what the outputs are compared with, in their order; None for what is drawn."""
    return [node.field for node in checked.inputs], [head.target for head in checked.heads]


def unfit(document: Document, checked: CheckedNetwork, mixes: bool) -> tuple[Problem, ...]:
    """What is wrong with the project's augmentation, errors and cautions, in the order of the list."""
    plan = document.plan
    if plan is None or not plan.augmentation:
        return ()
    chosen, bad = steps(document)
    inputs, targets = fields_of(checked)
    found = {position: problem(document, position, sentence) for position, sentence in bad.items()}
    for step in chosen if any(field is not None for field in inputs) else ():
        if sentence := misfit(step.kind, inputs, targets, mixes):
            found[step.position] = problem(document, step.position, sentence)
        elif sentence := caution(step.kind, targets):
            found[step.position] = problem(document, step.position, sentence, Severity.WARNING)
    return tuple(found[position] for position in sorted(found))
