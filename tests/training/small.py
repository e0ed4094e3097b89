"""Small networks on small data, and a link that records: what the tests of training, measuring and runs share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import CompiledNetwork, build
from nndesigner.data.dataset import Dataset, read
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.objectives.catalogue import whole_plan
from nndesigner.protocol.controls import Control
from nndesigner.protocol.messages import Message
from nndesigner.runs.store import RunFolder, create_run
from nndesigner.training.loop import Trainer

Layers = Sequence[tuple[str, dict[str, Any]]]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
"""where paths of data files start"""

_read: dict[str, Dataset] = {}


def dataset(document: Document) -> Dataset:
    """The document's data, read once per test session."""
    assert document.data is not None
    key = f"{document.data.type} {document.data.parameters}"
    if key not in _read:
        _read[key] = read(document.data, EXAMPLES)
    return _read[key]


def chain(data: str, layers: Layers, parameters: dict[str, Any] | None = None, **plan: Any) -> Document:
    """A project whose layers are wired one after the other, with its data read and its plan set."""
    document = edits.new_document()
    document = document.apply(edits.set_data(document, data, parameters or {}))
    found = dataset(document)
    document = document.apply(
        edits.set_found(
            document, tuple(found.fields.values()), found.counts, found.fingerprint, found.remarks
        )
    )
    document = document.apply(edits.set_plan(document, plan))
    before = ""
    for type, values in layers:
        known = {node.id for node in document.nodes()}
        document = document.apply(edits.add_node(document, type, 0.0, 0.0, parameters=values))
        node = next(n for n in document.nodes() if n.id not in known)
        if before:
            port = "query" if type.endswith("Attention") else "x"
            document = document.apply(edits.connect(document, before, "y", node.id, port))
        before = node.id
    return document


def mlp(data: str = "moons", width: int = 16, classes: int = 2, **plan: Any) -> Document:
    """Table → Linear → Tanh → Linear → Output."""
    return chain(
        data,
        [
            ("TableInput", {}),
            ("Linear", {"out_features": width}),
            ("Tanh", {}),
            ("Linear", {"out_features": classes}),
            ("Output", {}),
        ],
        **plan,
    )


class Recorder:
    """A link that keeps what is said, and does what a test planned for a step: `script` maps the number of a call of
    `controls` to controls, or a function decides."""

    def __init__(self, script: Callable[[int], Sequence[Control]] = lambda call: ()) -> None:
        self.messages: list[Message] = []
        self.cancelled = False
        self.orphaned = False
        self.waiting: list[Control] = []
        self._script = script
        self._calls = itertools.count()

    def send(self, message: Message) -> None:
        self.messages.append(message)

    def controls(self) -> list[Control]:
        return list(self._script(next(self._calls)))

    def wait_control(self, timeout: float) -> Control | None:
        return self.waiting.pop(0) if self.waiting else None

    def of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.messages if isinstance(message, kind)]


def compiled(document: Document) -> tuple[CompiledNetwork, CheckedNetwork]:
    """The network with the weights that its seed gives."""
    checked = check(document)
    if not checked.ok:
        raise Refusal(checked.errors[0].message)
    torch.manual_seed(whole_plan(document)[0]["seed"])
    return build(checked), checked


def trainer(
    document: Document,
    folder: Path,
    link: Recorder | None = None,
    run: RunFolder | None = None,
    **options: Any,
) -> Trainer:
    """A trainer for the document; the run is made in `folder` where none is given."""
    model, checked = compiled(document)
    run = run or create_run(folder, document)
    return Trainer(
        model,
        dataset(document),
        whole_plan(document)[0],
        run,
        link or Recorder(),
        checked=checked,
        objective=document.plan.objective if document.plan is not None else "supervised",
        **options,
    )


def trained(
    document: Document, folder: Path, link: Recorder | None = None, **options: Any
) -> tuple[Trainer, dict[str, Any]]:
    """A whole run."""
    it = trainer(document, folder, link, **options)
    it.start()
    return it, it.train()
