"""What a worker can be asked to do. Kinds and field names are part of the protocol and never change.

A job's kind is also the name of the file in `worker/jobs/` that does it. Folders and files are absolute paths on
the worker's machine; a project travels as the bytes of its file, so that what is not saved can be worked on too.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec
import numpy.typing as npt

from nndesigner.base.description import Question
from nndesigner.protocol.controls import Subscription


class _Job(msgspec.Struct, frozen=True, tag_field="kind", eq=False):
    uses_up: ClassVar[bool] = False
    """whether the worker ends after it: what trained a network or ran an exporter starts no second job"""
    brief: ClassVar[bool] = False
    """whether it is over in a moment: what comes meanwhile rather waits for its worker than for one that starts"""
    needs_torch: ClassVar[bool] = True
    confined: ClassVar[bool] = False
    """whether it gets a worker of its own, with limits: it runs code that came with a project"""


class Preload(_Job, frozen=True, tag="preload"):
    """Have the data of a project at hand for the jobs that follow."""

    needs_torch: ClassVar[bool] = False
    project: bytes
    folder: str


class Inspect(_Job, frozen=True, tag="inspect"):
    """Read the data of a project once and say what is in it (`DataFound`)."""

    needs_torch: ClassVar[bool] = False
    project: bytes
    folder: str


class Train(_Job, frozen=True, tag="train"):
    """Train: `fresh` from the seed, `resume` an unfinished run, or `continue` a new one from a checkpoint."""

    uses_up: ClassVar[bool] = True
    project: bytes
    folder: str
    run: str
    """the run folder"""
    start: Literal["fresh", "resume", "continue"] = "fresh"
    checkpoint: str = ""
    """the checkpoint's folder; empty for the newest one of the run"""
    device: str = ""
    """empty for the plan's choice"""
    detached: bool = False
    """go on after the end of input, with controls from the run folder"""


class Predict(_Job, frozen=True, tag="predict"):
    """The answers of a trained network: for arrays given by data field, for a file, or for samples of the data."""

    run: str
    checkpoint: str = ""
    inputs: dict[str, npt.NDArray[Any]] = {}
    """raw values by data field, sample axis first"""
    file: str = ""
    split: str = ""
    indices: tuple[int, ...] = ()
    """positions within `split`"""
    device: str = ""


class Preview(_Job, frozen=True, tag="preview"):
    """A sample of the data on its way through the network as it is drawn: a `Frame` for each subscription."""

    brief: ClassVar[bool] = True
    project: bytes
    folder: str
    subscriptions: tuple[Subscription, ...] = ()
    split: str = "validation"
    index: int = 0
    """position of the sample within `split`"""
    run: str = ""
    """a run folder whose weights are taken where they fit; empty for those that training would begin with"""


class Export(_Job, frozen=True, tag="export"):
    """Write a trained network in a format of `exporters/`, through the gate."""

    uses_up: ClassVar[bool] = True
    run: str
    format: str
    out: str
    checkpoint: str = ""
    options: dict[str, Any] = {}


class Describe(_Job, frozen=True, tag="describe"):
    """Find out what leaves pieces of trusted code (`Described`, one for each)."""

    uses_up: ClassVar[bool] = True
    confined: ClassVar[bool] = True
    questions: tuple[Question, ...]
    patience: float = 20.0
    """seconds that each piece of code may take"""


Job = Preload | Inspect | Train | Predict | Preview | Export | Describe
JOBS: tuple[type[Job], ...] = (Preload, Inspect, Train, Predict, Preview, Export, Describe)


def kind(job: Job | type[Job]) -> str:
    """The job's kind as it travels: "train" …"""
    tag = job.__struct_config__.tag
    assert isinstance(tag, str)
    return tag
