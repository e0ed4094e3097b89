"""A user's file, picture or recording as raw values of fields that a run's network reads: the first sample of it.

`Done.result`: "inputs" (field → raw values, one sample), "remarks", and of sounds "waves" (field → (columns, 2), the
smallest and the largest amplitude over time).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.data.inputs import (
    Inputs,
    is_recorded,
    read_inputs,
    read_like,
    read_picture,
    read_recorded,
)
from nndesigner.protocol.jobs import ReadInputs
from nndesigner.runs.store import open_run
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def read(job: ReadInputs, link: Link) -> dict[str, Any]:
    run = open_run(Path(job.run))
    document = run.document()
    known = {field.name: field for field in document.data.fields} if document.data is not None else {}
    missing = next((name for name in job.fields if name not in known), None)
    if missing is not None:
        raise Refusal(tr("The run's data has no field “{name}”.", name=missing))
    fields = [known[name] for name in job.fields]
    found: Inputs | None
    if is_recorded(job.data) and document.data is not None:
        found = read_recorded(job.data, document.data, run.project_folder())
    elif job.data:
        found = read_picture(job.data, fields[0])
    else:
        path, record = Path(job.file), document.data
        found = read_like(path, record, run.project_folder()) if record is not None else None
        if found is None or not found.arrays.keys() <= set(job.fields):
            found = read_inputs(path, fields, link.progress)
    samples = len(next(iter(found.arrays.values())))
    if samples == 0:
        raise Refusal(tr("{name} holds no samples.", name=Path(job.file).name))
    remarks = list(found.remarks)
    if samples > 1:
        remarks.append(
            tr("The first of {samples} is shown.", samples=count(samples, tr("sample"), tr("samples")))
        )
    return {
        "inputs": {name: array[:1] for name, array in found.arrays.items()},
        "remarks": remarks,
        "waves": dict(found.waves),
    }


JOB = Handler(ReadInputs, read)
