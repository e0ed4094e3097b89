"""Readable Python: the class that a person would have written, and its weights beside it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.exporters.exporter import Exportable, Exporter

if TYPE_CHECKING:
    from nndesigner.exporters.exporter import Arrays


def _write(exportable: Exportable, folder: Path, stem: str, options: Values, progress: Progress) -> None:
    from nndesigner.exporters.weights import save_weights

    save_weights(exportable, folder / f"{stem}.safetensors")
    (folder / f"{stem}.py").write_text(exportable.source(f"{stem}.safetensors"), encoding="utf-8")


def run_source(source: Path, weights: Path, inputs: Arrays) -> Arrays:
    """Imports a source file that nndesigner has just written and runs its model with the weights."""
    import torch

    spec = importlib.util.spec_from_file_location("exported_model", source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load(str(weights))
    with torch.no_grad():
        outputs = model(*(torch.from_numpy(x) for x in inputs))
    return [y.detach().numpy() for y in (outputs if isinstance(outputs, tuple) else (outputs,))]


def _run(path: Path, inputs: Arrays) -> Arrays:
    return run_source(path, path.with_suffix(".safetensors"), inputs)


SOURCE = Exporter(
    format="python",
    label="Python source (PyTorch)",
    suffix=".py",
    help="A readable nn.Module with its weights beside it, to go on by hand. Preparation of the data is inside.",
    write=_write,
    run=_run,
)
