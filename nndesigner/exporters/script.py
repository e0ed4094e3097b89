"""A training script of the whole project: plain PyTorch that trains again as the run did, its samples beside it."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.fields import Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.exporters.exporter import Exportable, Exporter


def _write(exportable: Exportable, folder: Path, stem: str, options: Values, progress: Progress) -> None:
    from safetensors.numpy import save_file

    training = exportable.training
    if training is None:
        raise Refusal(tr("A training script is written from a run: train the project first."))
    data = f"{stem}.data.safetensors"
    text = training.script(data)
    progress(0.4, tr("Writing the samples"))
    save_file(dict(training.arrays()), folder / data)
    (folder / f"{stem}.py").write_text(text, encoding="utf-8")
    progress(0.6, tr("Training the first steps"))


SCRIPT = Exporter(
    format="script",
    label="Training script (PyTorch)",
    suffix=".py",
    help="The whole project as a program: network, data, preparation, loss, optimizer and early stopping in plain"
    " PyTorch. It trains from the beginning and comes to the numbers of the run. The samples lie beside it.",
    write=_write,
    trains=5,
)
