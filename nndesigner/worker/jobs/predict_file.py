"""The answers of a trained network for a whole file or folder, written as a CSV table piece by piece.

A row per sample: its number from 0, the picture's path in the folder where there is one, and for each Output its class
and probabilities or its numbers. The table takes the place of an older one only when it is whole.

`Done.result`: "path", "samples", "remarks", "checkpoint", "step".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nndesigner.base.atomic import write_pieces_atomically
from nndesigner.base.csv_text import csv_text
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import span
from nndesigner.base.text import tr
from nndesigner.compiler.describing import answer_here
from nndesigner.data.answer_table import answer_table
from nndesigner.data.inputs import read_pieces
from nndesigner.protocol.jobs import PredictFile
from nndesigner.runs.store import open_run
from nndesigner.training import device
from nndesigner.worker import predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def predict_file(job: PredictFile, link: Link) -> dict[str, Any]:
    answer_here()
    run = open_run(Path(job.run))
    predictor = predictors.predictor(
        run, Path(job.checkpoint) if job.checkpoint else None, device.choose(job.device or "cpu")
    )
    if Path(job.file).resolve() == Path(job.out).resolve():
        raise Refusal(tr("The answers would take the place of the file that is read: choose another name."))
    remarks: list[str] = []
    samples = 0

    def pieces() -> Iterator[bytes]:
        nonlocal samples
        for piece in read_pieces(Path(job.file), predictor.given_fields, span(link.progress, 0.0, 0.9)):
            remarks.extend(piece.remarks)
            answers = predictor.answers(predictor.written(piece.arrays))
            header, rows = answer_table(answers, samples, piece.names)
            yield csv_text(header if samples == 0 else (), rows).encode()
            samples += len(rows)
            link.progress(min(0.9, 0.1 + samples / (samples + 2000)), tr("{n:,} samples", n=samples))

    written = write_pieces_atomically(Path(job.out), pieces())
    return {
        "path": str(written.path),
        "samples": samples,
        "remarks": remarks,
        "checkpoint": predictor.checkpoint.name,
        "step": predictor.step,
    }


JOB = Handler(PredictFile, predict_file)
