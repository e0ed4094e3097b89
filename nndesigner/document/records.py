"""The records a document is made of: frozen values with random ids. They refer to one another by id only.

View state (zoom, panels) is no record. Parameters go by name and hold only what differs from nothing: plain JSON
values, checked by whoever declares them, kept as they are where nobody knows them (`extra`).
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from nndesigner.base.data_field import DataField

COLORS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "grey")
"""Colours that a person can give to nodes, notes and frames; a theme says what each looks like."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What every record has: its id, and keys of newer or foreign files that are kept and written back."""

    kind: ClassVar[str] = ""
    id: str
    extra: dict[str, Any] = {}


class BlockParameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter that a block declares: what is set where the block is used, and a name for expressions inside it.

    `sort` is "int", "float", "bool" or "choice"; a choice has its words in `choices`.
    """

    name: str
    sort: str = "int"
    default: int | float | bool | str = 1
    label: str = ""
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


class Network(Record, frozen=True, kw_only=True):
    """One graph. A project trains the network of the lowest `order`; others are used as blocks.

    `parameters` and `help` are those of a block. A block that came from a library keeps the name it has there in
    `origin`.
    """

    kind: ClassVar[str] = "network"
    name: str = "network"
    order: int = 0
    parameters: tuple[BlockParameter, ...] = ()
    help: str = ""
    origin: str = ""


class Node(Record, frozen=True, kw_only=True):
    """A layer in use. `name` is unique in its network and is the module's name in the model and in saved weights.

    A node of the type "Block" uses the network `block`. `shares` is the id of the node whose weights it uses. `bypass`
    takes the layer out of the way without removing it: yes or no, or an expression. `learning` holds how its weights
    begin and learn (the fields in `layers/learning.py`). `color` is one of COLORS, or "" for that of its group; a
    `collapsed` node is drawn as its title alone.
    """

    kind: ClassVar[str] = "node"
    network: str
    type: str
    name: str
    block: str = ""
    parameters: dict[str, Any] = {}
    shares: str = ""
    bypass: bool | str = False
    learning: dict[str, Any] = {}
    x: float = 0.0
    y: float = 0.0
    comment: str = ""
    color: str = ""
    collapsed: bool = False

    @property
    def frozen(self) -> bool:
        """Whether its weights stay as they are."""
        return self.learning.get("frozen") is True

    @property
    def unfreezes(self) -> int:
        """After how many epochs of a run frozen weights begin to learn; 0 for never, and where nothing is frozen."""
        after = self.learning.get("unfreeze", 0)
        return after if self.frozen and isinstance(after, int) and after > 0 else 0


class Edge(Record, frozen=True, kw_only=True):
    """A wire from an output port to an input port, both by name. An input port takes one wire.

    `bends` are the points (x, y) that it is drawn through, from source to target.
    """

    kind: ClassVar[str] = "edge"
    source: str
    out_port: str
    target: str
    in_port: str
    bends: tuple[tuple[float, float], ...] = ()


class Note(Record, frozen=True, kw_only=True):
    kind: ClassVar[str] = "note"
    network: str
    text: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 200.0
    height: float = 80.0
    color: str = ""


class Frame(Record, frozen=True, kw_only=True):
    """A titled rectangle behind the nodes; what lies in it is moved along with it."""

    kind: ClassVar[str] = "frame"
    network: str
    title: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 400.0
    height: float = 300.0
    color: str = ""


class DataSource(Record, frozen=True, kw_only=True):
    """Where the data comes from and what a worker last found in it: checking needs nothing else."""

    kind: ClassVar[str] = "data"
    type: str
    parameters: dict[str, Any] = {}
    fields: tuple[DataField, ...] = ()
    counts: dict[str, int] = {}
    """samples: {"all": …, "train": …, "validation": …, "test": …}"""
    fingerprint: str = ""
    remarks: tuple[str, ...] = ()
    """what the reader noticed and did (missing values filled, rows left out), one sentence each"""


class TrainingPlan(Record, frozen=True, kw_only=True):
    """How to learn: the objective's type name and the values of the fields in `document/plan.py`.

    `augmentation` is what happens to training samples before they are seen, one step after the other: plain objects
    with a `type` (of `augmentations/`), its `parameters`, and `off` where it is not used. Other keys are kept.
    """

    kind: ClassVar[str] = "training"
    objective: str = "supervised"
    parameters: dict[str, Any] = {}
    augmentation: tuple[dict[str, Any], ...] = ()


class Unknown(Record, frozen=True, kw_only=True):
    """A record of a kind this version does not know: every byte of its JSON is kept in `content`."""

    kind: ClassVar[str] = "unknown"
    content: dict[str, Any] = {}


AnyRecord = Network | Node | Edge | Note | Frame | DataSource | TrainingPlan | Unknown
KINDS: dict[str, type[Record]] = {
    cls.kind: cls for cls in (Network, Node, Edge, Note, Frame, DataSource, TrainingPlan, Unknown)
}
