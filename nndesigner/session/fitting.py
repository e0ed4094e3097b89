"""After an edit: which layers of the network can still take their weights from an earlier run. Without torch.

A layer is found again by its node (see `check/carrying.py`). The worker decides in the end, on the tensors themselves;
this is what the user is told beforehand.
"""

from __future__ import annotations

import msgspec

from nndesigner.check.carrying import Carried, carry
from nndesigner.check.check import check
from nndesigner.document.document import Document


class WhatFits(msgspec.Struct, frozen=True):
    """Names of layers with weights."""

    kept: tuple[str, ...]
    """take their weights from the run"""
    resized: tuple[str, ...]
    """take what both sizes have in common"""
    fresh: tuple[str, ...]
    """are new or have changed: start from the seed"""
    unused: tuple[str, ...]
    """of the run, and not in the network any more"""
    layers: tuple[Carried, ...] = ()
    """every layer with weights, for the canvas"""

    @property
    def all(self) -> bool:
        return not self.fresh and not self.unused and not self.resized


def what_fits(before: Document, now: Document) -> WhatFits:
    """Compares the main networks of two documents."""
    layers, unused = carry(check(before), check(now))

    def named(state: str) -> tuple[str, ...]:
        return tuple(layer.name for layer in layers if layer.state == state)

    return WhatFits(named("kept"), named("resized"), named("fresh"), unused, layers)
