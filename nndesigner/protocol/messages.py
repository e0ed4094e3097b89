"""What a worker says. Kinds and field names are part of the protocol and never change.

Messages are a live copy of what a run folder holds: a view that missed some can be rebuilt from there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.description import Description

PROTOCOL = 1
"""The version of jobs, controls and messages that this code speaks."""


class _Message(msgspec.Struct, frozen=True, tag_field="kind"):
    pass


class Device(msgspec.Struct, frozen=True):
    """Something to compute on. `reason` says why it is not usable, and what would make it so."""

    name: str
    """as torch names it: "cpu", "cuda:0", "mps", "xpu:0" """
    label: str
    free_memory: int
    """bytes; 0 where unknown"""
    usable: bool
    reason: str = ""
    total_memory: int = 0


class Ready(_Message, frozen=True, tag="ready"):
    """The first word of a worker: who it is and what it can compute on."""

    versions: dict[str, str]
    devices: tuple[Device, ...]
    protocol: int = PROTOCOL
    process: int = 0
    """the process number on the worker's machine"""


class Warm(_Message, frozen=True, tag="warm"):
    """Everything slow is loaded and one training step has been run: a job starts at once."""

    seconds: float = 0.0


class Heartbeat(_Message, frozen=True, tag="heartbeat"):
    """Once a second, whatever the job is doing."""

    memory: int = 0
    """bytes of memory in use by the worker, 0 where unknown"""


class Progress(_Message, frozen=True, tag="progress"):
    """How far a job is (0 to 1) and what it is doing."""

    fraction: float
    sentence: str


class ScalarRow(NamedTuple):
    """One number of a curve. `split` is "train", "validation" or "test"; `seconds` is the run's own clock."""

    step: int
    epoch: float
    split: str
    name: str
    value: float
    seconds: float


class Scalars(_Message, frozen=True, tag="scalars"):
    """A batch of numbers, oldest first. None is ever left out."""

    rows: tuple[ScalarRow, ...]


class Frame(_Message, frozen=True, tag="frame", eq=False):
    """One picture of one measurement at one node. A newer one replaces it: in between, any may be left out."""

    measurement: str
    node: str
    step: int
    epoch: float
    arrays: dict[str, npt.NDArray[Any]]
    meta: dict[str, Any] = {}


class State(_Message, frozen=True, tag="state"):
    """What the job is in: "starting", "running", "paused", "stopping" …"""

    state: str
    sentence: str = ""


class Clock(_Message, frozen=True, tag="clock"):
    """Where training stands. `seconds_left` is negative where it cannot be told yet; `monitoring` is the share of the
    time so far that measuring for the monitors took."""

    step: int
    steps: int
    epoch: float
    epochs: int
    samples_per_second: float
    seconds_left: float
    monitoring: float = 0.0


class DataFound(_Message, frozen=True, tag="data-found", eq=False):
    """What a worker found in the data: all that checking and previews need."""

    fields: tuple[DataField, ...]
    counts: dict[str, int]
    fingerprint: str
    remarks: tuple[str, ...] = ()
    pinned: dict[str, Any] = {}
    """parameters of the source that are known by now, and that the project keeps"""


class Described(_Message, frozen=True, tag="described"):
    """What leaves one piece of code, or what is wrong with it. `question` counts the job's questions from 0."""

    question: int
    description: Description


class Done(_Message, frozen=True, tag="done", eq=False):
    """The job has ended well. What `result` holds, the job's own file says."""

    result: dict[str, Any] = {}


class Failed(_Message, frozen=True, tag="failed"):
    """The job has ended otherwise: one sentence for the user, more for whoever looks into it, a code for tests.

    Codes: "refused" (what was asked cannot be done), "cancelled", "memory", "device" (an accelerator failed),
    "internal", "ended" (the process is gone), "killed" (it was asked to go), "protocol" (it could not be understood).
    """

    sentence: str
    detail: str = ""
    code: str = "internal"


Message = (
    Ready
    | Warm
    | Heartbeat
    | Progress
    | Scalars
    | Frame
    | State
    | Clock
    | DataFound
    | Described
    | Done
    | Failed
)
