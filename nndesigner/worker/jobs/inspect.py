"""Read a project's data once and say what is in it: what the `DataSource` record keeps."""

from __future__ import annotations

from nndesigner.protocol.jobs import Inspect
from nndesigner.protocol.messages import DataFound
from nndesigner.worker.datasets import read_project
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def _run(job: Inspect, link: Link) -> None:
    found = read_project(job.project, job.folder, link.progress)
    fields = tuple(found.fields.values())
    link.send(DataFound(fields, found.counts, found.fingerprint, found.remarks, dict(found.pinned)))


JOB = Handler(Inspect, _run)
