"""Weights alone, as safetensors: names as in the network, nothing that can run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.exporters.exporter import Exportable, Exporter
from nndesigner.exporters.source import run_source

if TYPE_CHECKING:
    from nndesigner.exporters.exporter import Arrays


def _write(exportable: Exportable, folder: Path, stem: str, options: Values, progress: Progress) -> None:
    save_weights(exportable, folder / f"{stem}.safetensors")


def save_weights(exportable: Exportable, path: Path) -> None:
    """The model's state as one safetensors file; tied weights are stored once per name."""
    from safetensors.torch import save_file

    state = {
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in exportable.model.state_dict().items()
    }
    save_file(state, path, metadata=dict(exportable.metadata))


def _run(path: Path, inputs: Arrays) -> Arrays:
    return run_source(path.parent / "model_source.py", path, inputs)


WEIGHTS = Exporter(
    format="safetensors",
    label="Weights (safetensors)",
    suffix=".safetensors",
    help="The learned numbers by layer name, in a file that any PyTorch program can read and that cannot run code.",
    write=_write,
    run=_run,
    needs_source=True,
)
