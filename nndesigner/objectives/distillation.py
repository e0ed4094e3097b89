"""Distillation: a network learns from what a trained one answers, wrong classes among them.

The probabilities of the teacher, softened by a temperature, say which classes are alike, which the right class alone
does not. Hinton, Vinyals and Dean, Distilling the knowledge in a neural network, 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nndesigner.base.fields import FloatField, PathField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.objectives import supervised
from nndesigner.objectives.objective import Companion, Compiled, Objective, Outcome, Turn, Way

if TYPE_CHECKING:
    from torch import Tensor

TEACHER = "teacher"
AGREEMENT = "agreement with the teacher"
MOST_NAMED = 6


def tells_classes(head: Head) -> bool:
    """Whether a head gives a score for each class, of which the loss makes probabilities."""
    target, loss = head.target, head.loss
    if target is None or loss is None or target.kind not in ("class", "tokens"):
        return False
    return loss.name == "cross_entropy" and head.width != 1


def _why_not(checked: CheckedNetwork) -> str:
    if reason := supervised.why_not(checked):
        return reason
    if not any(tells_classes(head) for head in checked.heads):
        return tr(
            "Distillation teaches the probabilities of classes: it needs an output of one score per class with"
            " cross-entropy."
        )
    return ""


def _pair(checked: CheckedNetwork, teacher: Companion) -> tuple[int, int]:
    """The number of the head that learns, and of the teacher's that it learns from. Raises Refusal."""
    index = next(i for i, head in enumerate(checked.heads) if tells_classes(head))
    target = checked.heads[index].target
    assert target is not None
    names = target.classes or target.tokens
    told = [(i, head) for i, head in enumerate(teacher.checked.heads) if tells_classes(head)]
    for i, head in told:
        assert head.target is not None
        if (head.target.classes or head.target.tokens) == names and head.target.sizes == target.sizes:
            return index, i
    if not told:
        raise Refusal(tr("The teacher {name} does not tell classes by cross-entropy.", name=teacher.name))
    other = told[0][1].target
    assert other is not None
    raise Refusal(
        tr(
            "The teacher {name} tells other classes ({there}) than this network learns ({here}): choose a run with the"
            " same target.",
            name=teacher.name,
            there=_named(other.classes or other.tokens),
            here=_named(names),
        )
    )


def _named(names: Sequence[str]) -> str:
    shown = listing(list(names[:MOST_NAMED]))
    return shown if len(names) <= MOST_NAMED else tr("{n}, beginning with {names}", n=len(names), names=shown)


def _order(checked: CheckedNetwork, teacher: Companion) -> list[int]:
    """Of each input of the teacher the number of the input of this network that reads the same. Raises Refusal."""
    here = {
        node.field.name: (i, node.field) for i, node in enumerate(checked.inputs) if node.field is not None
    }
    order = []
    for node in teacher.checked.inputs:
        wanted = node.field
        found = here.get(wanted.name) if wanted is not None else None
        if wanted is None or found is None:
            raise Refusal(
                tr(
                    "The teacher {name} reads “{field}”, which this network does not.",
                    name=teacher.name,
                    field=wanted.name if wanted is not None else node.name,
                )
            )
        place, field = found
        same = (field.kind, field.axes, field.tokens, field.preparation)
        if same != (wanted.kind, wanted.axes, wanted.tokens, wanted.preparation):
            raise Refusal(
                tr(
                    "The teacher {name} learned from other data: its “{field}” has another shape or preparation.",
                    name=teacher.name,
                    field=field.name,
                )
            )
        order.append(place)
    return order


def soft_loss(scores: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """T² · mean KL(softmax(taught / T) ‖ softmax(scores / T)) over all rows; both (…, classes).

    T² keeps its gradients as large as those of the hard targets (section 2 of the paper).
    """
    import torch

    wanted = torch.log_softmax(taught.reshape(-1, taught.shape[-1]) / temperature, dim=-1)
    said = torch.log_softmax(scores.reshape(-1, scores.shape[-1]) / temperature, dim=-1)
    divergence = torch.nn.functional.kl_div(said, wanted, reduction="batchmean", log_target=True)
    return divergence * temperature**2


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    import torch

    teacher = values[TEACHER]
    if not isinstance(teacher, Companion):
        raise Refusal(
            tr(
                "Distillation learns from a trained run: choose its folder as the teacher, in the training panel."
            )
        )
    index, theirs = _pair(checked, teacher)
    order = _order(checked, teacher)
    axis, their_axis = checked.heads[index].class_axis, teacher.checked.heads[theirs].class_axis
    temperature, share = float(values["temperature"]), float(values["soft_share"])

    def judge(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        outputs = compiled.for_loss(*inputs)
        parts = compiled.losses(outputs, targets)
        with torch.no_grad():
            taught = teacher.for_loss(*(inputs[i] for i in order))[theirs].movedim(their_axis, -1)
        scores = outputs[index].movedim(axis, -1)
        soft = soft_loss(scores, taught, temperature)
        parts[index] = share * soft + (1 - share) * parts[index]
        total = sum(
            (weight * part for weight, part in zip(compiled.shares, parts, strict=True)), parts[0] * 0
        )
        agreed = (scores.argmax(dim=-1) == taught.argmax(dim=-1)).float().mean()
        return Outcome(total, parts, outputs[: len(compiled.heads)], (agreed,))

    return Way(turns=(Turn(judge=judge),), judge=judge, parts=compiled.parts, means=(AGREEMENT,))


DISTILLATION = Objective(
    type="distillation",
    label="Distillation",
    help="A smaller network learns from a trained one: from the probabilities of all classes that the teacher gives,"
    " and from the right class. Choose the folder of a run on the same data as the teacher; its best state teaches, and"
    " is not changed. In the template “Distillation” a convolutional network teaches one of sixteen hidden units.",
    reference="Hinton, Vinyals and Dean, Distilling the knowledge in a neural network, 2015",
    why_not=_why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=supervised.scores,
    order=45,
    companion=TEACHER,
    parameters=(
        PathField(
            name=TEACHER,
            label="Teacher",
            folder=True,
            help="The folder of the run that teaches, such as runs/0001-digits-cnn. Its inputs and classes are those of"
            " this network.",
        ),
        FloatField(
            name="temperature",
            label="Temperature",
            default=4.0,
            minimum=0.0,
            open_minimum=True,
            maximum=1000.0,
            help="What scores are divided by before they become probabilities: the higher it is, the more is learned of"
            " the classes that are not the right one.",
        ),
        FloatField(
            name="soft_share",
            label="Share of the teacher",
            default=0.7,
            minimum=0.0,
            maximum=1.0,
            help="How much the teacher's probabilities count; the rest is the loss against the right class.",
        ),
    ),
)
