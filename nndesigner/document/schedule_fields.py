"""The settings of the learning rate's schedule, as fields of the training plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nndesigner.base.fields import (
    BadValue,
    BoolField,
    ChoiceField,
    Field,
    FloatField,
    IntField,
    TextField,
    Values,
)
from nndesigner.base.text import tr
from nndesigner.document.optimizer_fields import MOVES
from nndesigner.document.schedules import SCHEDULES, milestones


@dataclass(frozen=True, kw_only=True)
class EpochsField(TextField):
    """Ascending numbers of epochs, written with commas; saved as that text."""

    def check(self, value: Any) -> str:
        text = super().check(value)
        try:
            epochs = milestones(text)
        except ValueError:
            epochs = ()
        if not epochs or any(epoch < 1 for epoch in epochs) or list(epochs) != sorted(set(epochs)):
            raise BadValue(
                tr(
                    "{label} is numbers that grow, such as 10, 15; not “{value}”.",
                    label=self.label,
                    value=text[:40],
                )
            )
        return ", ".join(map(str, epochs))


def _schedule_uses(setting: str) -> Callable[[Values], bool]:
    def shown(values: Values) -> bool:
        schedule = SCHEDULES.get(values.get("schedule", "constant"))
        return schedule is not None and setting in schedule.settings.values()

    return shown


def _falls_on_plateau(values: Values) -> bool:
    return values.get("schedule") == "plateau"


def _either(*rules: Callable[[Values], bool]) -> Callable[[Values], bool]:
    return lambda values: any(rule(values) for rule in rules)


def _warms_up(values: Values) -> bool:
    return int(values.get("warmup", 0)) > 0


SCHEDULE_FIELDS: tuple[Field, ...] = (
    ChoiceField(
        name="schedule",
        label="Schedule",
        default="constant",
        choices={name: schedule.label for name, schedule in SCHEDULES.items()},
        help="How the learning rate moves over the run. The curve below shows it.",
    ),
    IntField(
        name="schedule_every",
        label="Every",
        default=10,
        minimum=1,
        maximum=1_000_000,
        unit="epochs",
        shown_when=_schedule_uses("schedule_every"),
        help="After how many epochs the rate falls; for a schedule that begins again, the length of its first part or"
        " of its way up.",
    ),
    EpochsField(
        name="schedule_milestones",
        label="At epochs",
        default="10, 15",
        longest=1000,
        shown_when=_schedule_uses("schedule_milestones"),
        help="After which epochs the rate falls.",
    ),
    FloatField(
        name="schedule_gamma",
        label="γ",
        default=0.5,
        minimum=0.0,
        maximum=1.0,
        open_minimum=True,
        shown_when=_either(_schedule_uses("schedule_gamma"), _falls_on_plateau),
        help="By what the rate is multiplied each time.",
    ),
    FloatField(
        name="schedule_last",
        label="Down to",
        default=0.0,
        minimum=0.0,
        maximum=1.0,
        shown_when=_either(_schedule_uses("schedule_last"), _falls_on_plateau),
        help="The smallest rate, as a share of the learning rate.",
    ),
    FloatField(
        name="schedule_power",
        label="Power",
        default=1.0,
        minimum=0.01,
        maximum=100.0,
        shown_when=_schedule_uses("schedule_power"),
        help="1 falls in a straight line; larger ones fall sooner.",
    ),
    IntField(
        name="schedule_times",
        label="Longer by",
        default=2,
        minimum=1,
        maximum=100,
        unit="times",
        shown_when=_schedule_uses("schedule_times"),
        help="How many times as long each part is as the one before.",
    ),
    FloatField(
        name="cycle_rise",
        label="Share of the rise",
        default=0.3,
        minimum=0.01,
        maximum=0.99,
        shown_when=_schedule_uses("cycle_rise"),
        help="Which share of the steps the rate rises for.",
    ),
    FloatField(
        name="cycle_first",
        label="Begins at",
        default=0.04,
        minimum=0.0,
        maximum=1.0,
        advanced=True,
        section=MOVES,
        shown_when=_schedule_uses("cycle_first"),
        help="The first rate, as a share of the learning rate.",
    ),
    FloatField(
        name="cycle_last",
        label="Ends at",
        default=4e-6,
        minimum=0.0,
        maximum=1.0,
        advanced=True,
        section=MOVES,
        shown_when=_schedule_uses("cycle_last"),
        help="The last rate, as a share of the learning rate.",
    ),
    BoolField(
        name="cycle_straight",
        label="In straight lines",
        default=False,
        advanced=True,
        section=MOVES,
        shown_when=_schedule_uses("cycle_straight"),
        help="Up and down in straight lines instead of half waves of the cosine.",
    ),
    FloatField(
        name="cycle_low",
        label="Low",
        default=0.1,
        minimum=0.0,
        maximum=1.0,
        shown_when=_schedule_uses("cycle_low"),
        help="The lowest rate, as a share of the learning rate.",
    ),
    ChoiceField(
        name="cycle_mode",
        label="Height",
        default="same",
        choices={
            "same": "The same",
            "halving": "Halved by each cycle",
            "exponential": "Falling by each step",
        },
        shown_when=_schedule_uses("cycle_mode"),
        help="How high the later cycles are.",
    ),
    FloatField(
        name="cycle_gamma",
        label="Height times",
        default=0.999,
        minimum=0.0,
        maximum=1.0,
        open_minimum=True,
        shown_when=lambda values: (
            values.get("schedule") == "cyclic" and values.get("cycle_mode") == "exponential"
        ),
        help="By what the height of the cycles is multiplied in each step.",
    ),
    IntField(
        name="plateau_patience",
        label="Patience",
        default=5,
        minimum=0,
        maximum=1_000_000,
        unit="epochs",
        shown_when=_falls_on_plateau,
        help="How many epochs in a row may bring nothing before the rate falls.",
    ),
    FloatField(
        name="plateau_threshold",
        label="Least improvement",
        default=0.0001,
        minimum=0.0,
        maximum=1.0,
        advanced=True,
        section=MOVES,
        shown_when=_falls_on_plateau,
        help="By which share the validation loss has to fall to count as better.",
    ),
    IntField(
        name="warmup",
        label="Warm-up",
        default=0,
        minimum=0,
        maximum=100_000_000,
        unit="steps",
        help="For so many steps the rate comes up in a straight line; the schedule begins after them. Transformers and"
        " large batches often need it.",
    ),
    FloatField(
        name="warmup_first",
        label="Warm-up from",
        default=0.01,
        minimum=0.0,
        maximum=1.0,
        advanced=True,
        section=MOVES,
        shown_when=_warms_up,
        help="The rate of the first step, as a share of the learning rate.",
    ),
)
"""In the order of the form."""
