"""After an edit: which layers of the network can still take their weights from an earlier run. Without torch.

A layer fits where its name, its torch module and the arguments that this is made with are what they were. The worker
decides in the end, on the tensors themselves; this is what the user is told beforehand.
"""

from __future__ import annotations

from typing import Any

import msgspec

from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNode
from nndesigner.document.document import Document


class WhatFits(msgspec.Struct, frozen=True):
    """Names of layers with weights."""

    kept: tuple[str, ...]
    """take their weights from the run"""
    fresh: tuple[str, ...]
    """are new or have changed: start from the seed"""
    unused: tuple[str, ...]
    """of the run, and not in the network any more"""

    @property
    def all(self) -> bool:
        return not self.fresh and not self.unused


def what_fits(before: Document, now: Document) -> WhatFits:
    """Compares the main networks of two documents."""
    old, new = _modules(before), _modules(now)
    kept = tuple(name for name, module in new.items() if old.get(name) == module)
    return WhatFits(
        kept=kept,
        fresh=tuple(name for name in new if name not in kept),
        unused=tuple(name for name in old if name not in new),
    )


def _modules(document: Document) -> dict[str, Any]:
    """Node name → the module that holds its weights, with its arguments; only nodes that learn."""
    return {node.name: made for node in check(document).compiled if (made := _module(node)) is not None}


def _module(node: CheckedNode) -> tuple[str, Any, int] | None:
    if node.layer is None or node.use is None or node.weights == 0:
        return None
    for call in node.layer.lower(node.use).calls:
        if call.is_module:
            return call.target, call.construct, node.weights
    return None
