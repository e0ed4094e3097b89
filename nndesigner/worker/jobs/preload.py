"""Have a project's data at hand, so that the job that needs it starts at once."""

from __future__ import annotations

from nndesigner.protocol.jobs import Preload
from nndesigner.worker.datasets import read_project
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def _run(job: Preload, link: Link) -> None:
    read_project(job.project, job.folder, link.progress)


JOB = Handler(Preload, _run)
