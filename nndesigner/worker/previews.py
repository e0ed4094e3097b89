"""The network that this process last built for a preview, kept for the next question. It knows no job and no data.

It is built again when the project, the run that weights come from, or that run's newest checkpoint is another one.
Fresh weights are those that training would begin with: drawn from the plan's seed, in the same order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, fx

from nndesigner.base.atomic import MANIFEST
from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler import weights
from nndesigner.compiler.build import CompiledNetwork, build
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.project.reader import decode
from nndesigner.runs.store import open_run
from nndesigner.training import checkpoints
from nndesigner.worker.carried import renames

MOST_BYTES = 256 << 20
"""of weights; a network that has more is built for every question"""


@dataclass(frozen=True)
class Previewed:
    """A network that can be looked at. `fit` says what it has of a run's weights; None where it has fresh ones only."""

    document: Document
    checked: CheckedNetwork
    compiled: CompiledNetwork
    fit: weights.Fit | None = None


class _Key(NamedTuple):
    project: bytes
    checkpoint: Path | None
    manifest: bytes
    """of the checkpoint: hashes of every byte of it"""


_kept: tuple[_Key, Previewed] | None = None
_weights: tuple[tuple[Path, bytes], dict[str, Tensor]] | None = None


def network(project: bytes, run: Path | None) -> Previewed:
    """The project's network, at once where it was built before and nothing has changed. Raises Refusal with the first
    error of its check."""
    global _kept
    checkpoint = _newest(run) if run is not None else None
    key = _Key(hashlib.sha256(project).digest(), checkpoint, _manifest(checkpoint))
    if _kept is not None and _kept[0] == key:
        return _kept[1]
    _kept = None
    document = decode(project).document
    checked = check(document)
    torch.manual_seed(plan_values(document)[0]["seed"])
    compiled = build(checked)
    fit = None
    if checkpoint is not None:
        found = weights.renamed(_saved(checkpoint, key.manifest), renames(checkpoint, checked))
        fit = weights.load(compiled, found)
    made = Previewed(document, checked, compiled.eval(), fit)
    if sum(each.numel() * each.element_size() for each in compiled.parameters()) <= MOST_BYTES:
        _kept = key, made
    return made


def forget() -> None:
    """Gives the memory back."""
    global _kept, _weights
    _kept = _weights = None


def _newest(run: Path) -> Path | None:
    """The newest checkpoint of a run; None where there is none, or no such run any more."""
    try:
        latest = open_run(run).latest_checkpoint()
    except Refusal:
        return None
    return latest.path if latest is not None else None


def _manifest(checkpoint: Path | None) -> bytes:
    try:
        return (checkpoint / MANIFEST).read_bytes() if checkpoint is not None else b""
    except OSError:
        return b""


def _saved(checkpoint: Path, manifest: bytes) -> dict[str, Tensor]:
    """The weights of a checkpoint, read once while they stay the same."""
    global _weights
    if _weights is None or _weights[0] != (checkpoint, manifest):
        _weights = None
        _weights = (checkpoint, manifest), checkpoints.read(checkpoint).model
    return _weights[1]


class _Walk(fx.Interpreter):
    """Runs a graph call by call and notes which have been done."""

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__(graph)
        self.done: set[fx.Node] = set()

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        self.done.add(n)
        return value


def breaks_at(compiled: CompiledNetwork, inputs: Sequence[Tensor]) -> str:
    """Id of the first node that cannot be computed for these inputs; "" where all can be."""
    walk = _Walk(compiled._probe_graph)
    try:
        walk.run(*inputs)
    except Exception:
        (values,) = next(node for node in compiled._probe_graph.graph.nodes if node.op == "output").args
        return next(
            (
                id
                for (id, _), value in zip(compiled._probe_places, values, strict=True)
                if value not in walk.done
            ),
            "",
        )
    return ""
