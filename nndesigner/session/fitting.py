"""After an edit: which layers of the network can still take their weights from an earlier run. Without torch.

`what_fits` compares once; `Standing` goes on comparing while the network is edited, for the canvas. A layer is found
again by its node (see `check/carrying.py`). The worker decides in the end, on the tensors themselves; this is what the
user is told beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from nndesigner.base.observer import Event
from nndesigner.check.carrying import Carried, Fit, by_node, carry
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.document import Document
from nndesigner.runs.store import open_run
from nndesigner.session.editing import Editing
from nndesigner.session.elsewhere import Elsewhere, Latest


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


class Standing:
    """The network as it is edited, held against one run for as long as somebody looks."""

    def __init__(self, editing: Editing, elsewhere: Elsewhere) -> None:
        self.changed: Event[[]] = Event()
        """`fits` may have changed"""
        self.run: Path | None = None
        """what is compared with"""
        self._editing = editing
        self._reading = Latest(elsewhere)
        self._before: CheckedNetwork | None = None
        self._seen: CheckedNetwork | None = None
        self._layers: tuple[Carried, ...] = ()
        self._leave: list[Callable[[], None]] = []

    @property
    def fits(self) -> Mapping[str, Fit]:
        """By node of the network that is looked at; {} while nothing is compared, or the run is still being read."""
        now = self._editing.whole
        if self._before is None or now is None:
            return {}
        editing = self._editing
        if editing.network != now.network and not editing.trail:
            return {}  # a block that nothing uses has no weights
        if now is not self._seen:
            self._seen, self._layers = now, carry(self._before, now)[0]
        return by_node(self._layers, editing.trail)

    def compare(self, run: Path | None) -> None:
        """Compares with a run from now on; None to stop. A run that cannot be read is compared with nothing."""
        if run == self.run:
            return
        self._reading.cancel()
        self.run, self._before, self._seen = run, None, None
        if run is not None:
            self._reading.ask(
                lambda progress: check(open_run(run).document()), self._read, lambda error: None
            )
        if run is not None and not self._leave:
            self._leave = [
                self._editing.checking.changed.connect(self.changed.tell),
                self._editing.shown.connect(self.changed.tell),
            ]
        elif run is None:
            self.close()
        self.changed.tell()

    def close(self) -> None:
        """Listens to nothing any more."""
        self._reading.cancel()
        for leave in self._leave:
            leave()
        self._leave = []

    def _read(self, before: CheckedNetwork) -> None:
        self._before = before
        self.changed.tell()
