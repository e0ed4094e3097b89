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
    group: dict[str, Any] = {}
    """of several runs that belong together: what `run.json` says of that (`runs/cross_validation.py`)"""


class MatchWeights(_Job, frozen=True, tag="match_weights"):
    """Say what of the weights of a run or a file fits a project's network, tensor by tensor."""

    brief: ClassVar[bool] = True
    project: bytes
    folder: str
    source: str
    """as the plan's `begin_with`: relative paths start at `folder`"""


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


class ReadInputs(_Job, frozen=True, tag="read_inputs"):
    """A user's file, or the bytes of a picture or a WAV file, as raw values of fields that a network reads."""

    brief: ClassVar[bool] = True
    needs_torch: ClassVar[bool] = False
    run: str
    fields: tuple[str, ...]
    file: str = ""
    data: bytes = b""
    """a picture or a recording in a file format, instead of a file"""


class Explain(_Job, frozen=True, tag="explain"):
    """What in one sample the answer of a trained network rests on."""

    run: str
    method: str
    """a key of `training.attribution.METHODS`"""
    inputs: dict[str, npt.NDArray[Any]]
    checkpoint: str = ""
    output: str = ""
    """name of the Output, "" for the first"""
    wanted: int = -1
    """number of the class or of the answered number; -1 for the class that is answered"""
    node: str = ""
    """key of the layer that Grad-CAM looks at, "" for the last that it can"""
    place: int = -1
    """of a text: the place whose next token is explained"""
    device: str = ""
    only: str = ""
    """data field of the input that is explained while all others stay as they are; "" for all inputs"""


class Nearest(_Job, frozen=True, tag="nearest"):
    """The training samples that a trained network takes for most like a given one."""

    run: str
    inputs: dict[str, npt.NDArray[Any]]
    checkpoint: str = ""
    node: str = ""
    """key of the layer whose output is compared; "" for what the last layer with weights reads"""
    most: int = 8
    device: str = ""


class Generate(_Job, frozen=True, tag="generate"):
    """Go on with a text: `Frame`s "generated" with all tokens so far."""

    run: str
    prompt: tuple[int, ...]
    length: int
    checkpoint: str = ""
    temperature: float = 1.0
    top_k: int = 0
    seed: int = 0
    device: str = ""


class Decode(_Job, frozen=True, tag="decode"):
    """What a trained decoder or generator makes out of codes."""

    brief: ClassVar[bool] = True
    run: str
    codes: npt.NDArray[Any]
    """(samples, numbers) float32"""
    classes: tuple[int, ...] = ()
    """of a conditional network, a class number for each code"""
    checkpoint: str = ""
    device: str = ""


class Encode(_Job, frozen=True, tag="encode"):
    """The codes that a trained encoder gives for raw samples, or for some samples of a part of the run's data."""

    run: str
    inputs: dict[str, npt.NDArray[Any]] = {}
    """raw values by data field, sample axis first"""
    split: str = ""
    most: int = 256
    """samples of `split`, evenly spread"""
    checkpoint: str = ""
    device: str = ""


class SaveSamples(_Job, frozen=True, tag="save_samples"):
    """Samples that a trained network makes out of random codes, as a data set: `out` is a file that ends in .npz, or a
    folder for pictures."""

    run: str
    out: str
    number: int = 100
    seed: int = 0
    checkpoint: str = ""
    device: str = ""


class PredictFile(_Job, frozen=True, tag="predict_file"):
    """The answers of a trained network for all samples of a file or folder, written as a CSV table."""

    run: str
    file: str
    out: str
    checkpoint: str = ""
    device: str = ""


class Evaluate(_Job, frozen=True, tag="evaluate"):
    """How good a trained network is over a part of its data; kept in the run folder (`runs/evaluations.py`)."""

    run: str
    part: str = "test"
    checkpoint: str = ""
    """the checkpoint's folder, or "last" for the newest one of the run; empty for the best"""
    group: str = ""
    """what metrics are given per group of: a key of `data/grouping.py`; empty for no groups"""
    bins: int = 5
    """into how many a number is cut that samples are grouped by"""
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


class Augment(_Job, frozen=True, tag="augment"):
    """Samples of the data as they are, and as training would see them, several times over."""

    brief: ClassVar[bool] = True
    project: bytes
    folder: str
    first: int = 0
    """position of the first sample within the training part"""
    samples: int = 4
    draws: int = 4
    seed: int = 0


class Explore(_Job, frozen=True, tag="explore"):
    """Find something out about a network (one of `explorations/`), in a worker of its own: a `Frame` of that name.

    Without `project` it is about the network of the run and is kept in its folder; with it about the project as it is,
    with the weights of `run` as far as they fit, or fresh ones.
    """

    uses_up: ClassVar[bool] = True
    exploration: str
    project: bytes = b""
    folder: str = ""
    run: str = ""
    checkpoint: str = ""
    """the checkpoint's folder; empty for the newest one of the run"""
    options: dict[str, Any] = {}
    device: str = ""
    """empty for the plan's choice"""


class Export(_Job, frozen=True, tag="export"):
    """Write a trained network in a format of `exporters/`, through the gate."""

    uses_up: ClassVar[bool] = True
    run: str
    format: str
    out: str
    checkpoint: str = ""
    options: dict[str, Any] = {}
    part: str = ""
    """a part of the network (`check/sections.py`); empty for the whole, as it answers"""


class Describe(_Job, frozen=True, tag="describe"):
    """Find out what leaves pieces of trusted code (`Described`, one for each)."""

    uses_up: ClassVar[bool] = True
    confined: ClassVar[bool] = True
    questions: tuple[Question, ...]
    patience: float = 20.0
    """seconds that each piece of code may take"""


Job = (
    Preload
    | Inspect
    | Train
    | MatchWeights
    | Predict
    | ReadInputs
    | Explain
    | Nearest
    | Generate
    | Decode
    | Encode
    | SaveSamples
    | PredictFile
    | Evaluate
    | Preview
    | Augment
    | Explore
    | Export
    | Describe
)
JOBS: tuple[type[Job], ...] = (
    Preload,
    Inspect,
    Train,
    MatchWeights,
    Predict,
    ReadInputs,
    Explain,
    Nearest,
    Generate,
    Decode,
    Encode,
    SaveSamples,
    PredictFile,
    Evaluate,
    Preview,
    Augment,
    Explore,
    Export,
    Describe,
)


def kind(job: Job | type[Job]) -> str:
    """The job's kind as it travels: "train" …"""
    tag = job.__struct_config__.tag
    assert isinstance(tag, str)
    return tag
