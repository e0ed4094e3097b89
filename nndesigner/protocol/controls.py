"""What can be said to a job that runs. Kinds and field names are part of the protocol and never change."""

from __future__ import annotations

from typing import Any

import msgspec


class _Control(msgspec.Struct, frozen=True, tag_field="kind"):
    pass


class Pause(_Control, frozen=True, tag="pause"):
    """Stand still after the step in progress."""


class Resume(_Control, frozen=True, tag="resume"):
    """Go on after a pause."""


class Stop(_Control, frozen=True, tag="stop"):
    """End early and keep everything: training writes a checkpoint first."""


class StepBatch(_Control, frozen=True, tag="step"):
    """One step, then stand still."""


class SetLearningRate(_Control, frozen=True, tag="learning-rate"):
    """From the next step on."""

    value: float


class Subscription(msgspec.Struct, frozen=True):
    """Someone looks at one measurement of one node. `node` is its id, inside blocks a key such as `a/0/b` (block,
    repetition, node); empty for what belongs to no node."""

    node: str
    measurement: str
    options: dict[str, Any] = {}


class Subscribe(_Control, frozen=True, tag="subscribe"):
    """Everything that is looked at from now on; it replaces what was subscribed before."""

    subscriptions: tuple[Subscription, ...] = ()


class Watch(_Control, frozen=True, tag="watch"):
    """Look at these samples from now on. `how` is "evenly" (some that stand for the whole), "class" (of the class with
    the name `label`) or "samples" (those with the numbers `samples` in the data); at most `most` of them, where they
    are not chosen one by one."""

    how: str = "evenly"
    label: str = ""
    samples: tuple[int, ...] = ()
    most: int = 64


class SetBudget(_Control, frozen=True, tag="budget"):
    """The share of the time that looking may take from now on, more than 0 and at most 1."""

    share: float


class Cancel(_Control, frozen=True, tag="cancel"):
    """The result is no longer wanted: end soon, leave nothing half done."""


class Detach(_Control, frozen=True, tag="detach"):
    """Go on after the end of input; further controls come from the run folder."""


class Ping(_Control, frozen=True, tag="ping"):
    """Answer with a heartbeat."""


Control = (
    Pause
    | Resume
    | Stop
    | StepBatch
    | SetLearningRate
    | Subscribe
    | Watch
    | SetBudget
    | Cancel
    | Detach
    | Ping
)


def control_line(control: Control) -> bytes:
    """A control as one JSON value, for a run folder's `controls.log`."""
    return msgspec.json.encode(control)


def read_control_line(line: bytes | str | object) -> Control:
    """The control of a line of `controls.log`, given as text or as the JSON value in it.

    Raises msgspec.ValidationError or msgspec.DecodeError where it is none.
    """
    value = msgspec.json.decode(line) if isinstance(line, bytes | str) else line
    control: Control = msgspec.convert(value, type=Control)
    return control
