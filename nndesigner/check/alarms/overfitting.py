"""A validation loss that rises while the training loss falls: the network learns its samples by heart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import answering
from nndesigner.check.alarms.measured import raised_one
from nndesigner.check.alarms.walks import percent, plan_setting, short, whole_place

Floats = npt.NDArray[np.float64]
_RELEASE = 0.5
DROPOUT = 0.5
"""what Srivastava et al. (Dropout, 2014) suggest for the layers before the last one"""
DECAY = 0.01
"""the weight decay that AdamW begins with in torch"""


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    judged, trained = run.epochs("validation", "loss"), run.epochs("train", "epoch loss")
    number = min(len(judged), len(trained))
    judged, trained = judged[-number:], trained[-number:]
    if number < 2 or not (np.isfinite(judged).all() and np.isfinite(trained).all()):
        return
    best, at, _, above = _apart(judged)
    times = of_limit(judged, trained, limits["rise"], limits["given_back"])
    if not raised_one(times, 1.0, _RELEASE, limits["epochs"]):
        return
    epochs = number - 1 - int(at[-1])
    yield Problem(
        Severity.WARNING,
        OVERFITTING.code,
        whole_place(evidence),
        tr(
            "The network overfits: its loss on the validation data is {now}, {more} above its best {best} of {ago}"
            " epochs ago (limits: {limit}, and {share} of what it had gained), while that on the training data fell to"
            " {trained}. It learns its samples by heart. More samples help most.",
            now=short(float(judged[-1])),
            more=percent(float(above[-1])),
            best=short(float(best[-1])),
            ago=epochs,
            limit=percent(limits["rise"]),
            share=percent(limits["given_back"]),
            trained=short(float(trained[-1])),
        ),
        (
            *_dropout(evidence),
            *plan_setting(
                tr("Weight decay {value}", value=f"{DECAY:g}"), optimizer="adamw", weight_decay=DECAY
            ),
            *plan_setting(tr("Stop early"), patience=max(limits["epochs"], 3)),
        ),
    )


def of_limit(judged: Floats, trained: Floats, rise: float, given_back: float) -> Floats:
    """(epochs,) how far the losses of an epoch have come apart, as a multiple of what the limits allow: 1 is at the
    limits; 0 while the validation loss is at its best, or the training loss does not fall. `judged` are the validation
    losses, `trained` those of training, both (epochs,) and finite."""
    _, at, lost, above = _apart(judged)
    falls = trained < trained[at]  # since the validation loss was best
    with np.errstate(divide="ignore", invalid="ignore"):
        # of what the validation loss had come down since the first epoch
        back = np.where(lost > 0, lost / (judged[0] - np.minimum.accumulate(judged)), 0.0)
        times = np.minimum(above / rise, back / given_back)
    found: Floats = np.where(falls, times, 0.0)
    return found


def _apart(judged: Floats) -> tuple[Floats, npt.NDArray[np.int64], Floats, Floats]:
    """Of each epoch the best validation loss so far and its place, and how far it is above that: as it is, and as a
    share."""
    best = np.minimum.accumulate(judged)
    at = np.array([int(np.argmin(judged[: i + 1])) for i in range(len(judged))], np.int64)
    lost = judged - best
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.where(best > 0, lost / best, 0.0)
    return best, at, lost, above


def _dropout(evidence: Evidence) -> tuple[Remedy, ...]:
    """Before the last layer with weights, where none is there yet."""
    opened = evidence.opened
    if not opened.checked.heads or any(node.type == "Dropout" for node in opened.layers):
        return ()
    last = answering(opened, opened.checked.heads[0])
    wire = evidence.document.wire_into(last.node.id, "x") if last is not None else None
    before = opened.feeding(last) if last is not None else None
    if last is None or wire is None or before is None or before.node.role == "input":
        return ()
    arguments = {"edge": wire.id, "type": "Dropout", "parameters": {"p": DROPOUT}}
    return (Remedy("insert_on_wire", arguments, tr("Dropout before {name}", name=last.name)),)


OVERFITTING = Rule(
    code="run-overfitting",
    label="Overfitting",
    help="The validation loss is above its best, while the training loss goes on falling.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=80,
    fields=(
        FloatField(
            name="rise",
            label="Above its best by",
            default=0.1,
            minimum=0.0,
            maximum=100.0,
            open_minimum=True,
            help="As a share of the best validation loss (SageMaker Debugger, Overfit: 0.1).",
        ),
        FloatField(
            name="given_back",
            label="and given back",
            default=0.5,
            minimum=0.0,
            maximum=100.0,
            open_minimum=True,
            help="The share of what the validation loss had come down since the first epoch: a network that has learned"
            " well may become a little too sure of itself.",
        ),
        IntField(
            name="epochs",
            label="for at least",
            default=3,
            minimum=1,
            maximum=10_000,
            unit="epochs",
            help="So many epochs one after the other.",
        ),
    ),
)
