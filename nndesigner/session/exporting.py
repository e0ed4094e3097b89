"""Exports of a trained run: asked of a worker, told when they are done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndesigner.base.fields import resolve
from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.protocol.jobs import Export
from nndesigner.protocol.messages import Done, Failed, Message, Progress
from nndesigner.session.workers import Task, Workers

if TYPE_CHECKING:
    from nndesigner.exporters.exporter import Exporter


class Exporting:
    """The export in progress, or how the last one ended."""

    def __init__(self, workers: Workers) -> None:
        self.changed: Event[[]] = Event()
        self.progress: Progress | None = None
        """how far it is; None while nothing is exported"""
        self.result: dict[str, Any] = {}
        """of the last export that worked: "path", "files", "bytes", "max_abs_difference" """
        self.failure = ""
        """why the last export did not work, as a sentence"""
        self._workers = workers
        self._task: Task | None = None

    @staticmethod
    def formats() -> tuple[Exporter, ...]:
        """What can be exported to."""
        return tuple(_exporters().values())

    @property
    def busy(self) -> bool:
        return self._task is not None

    def export(
        self,
        run: Path,
        format: str,
        out: Path,
        *,
        options: Mapping[str, Any] = {},
        checkpoint: Path | None = None,
        part: str = "",
    ) -> None:
        """Has a run's best weights (or those of a checkpoint) written to a file: of the whole network, or of a part
        (`check/sections.py`). Raises Refusal for a wrong wish."""
        if self._task is not None:
            raise Refusal(tr("An export is going on: wait for it."))
        known = _exporters()
        exporter = known.get(format)
        if exporter is None:
            raise Refusal(
                tr(
                    "There is no export format “{name}”. There are: {known}.",
                    name=format,
                    known=", ".join(known),
                )
            )
        _, bad = resolve(exporter.options, options)
        if bad:
            raise Refusal(next(iter(bad.values())))
        self.progress, self.result, self.failure = Progress(0.0, tr("Starting")), {}, ""
        job = Export(str(run), format, str(out.absolute()), str(checkpoint or ""), dict(options), part)
        self._task = self._workers.submit(job, self._said, self._ended)
        self.changed.tell()

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _said(self, message: Message) -> None:
        if isinstance(message, Progress):
            self.progress = message
            self.changed.tell()

    def _ended(self, outcome: Done | Failed) -> None:
        self._task, self.progress = None, None
        if isinstance(outcome, Done):
            self.result = outcome.result
        else:
            self.failure = outcome.sentence
        self.changed.tell()


def _exporters() -> dict[str, Exporter]:
    """Found when they are first asked for: a window opens without them."""
    from nndesigner.exporters.catalogue import exporters

    return exporters()
