"""PyTorch's own exported program (`.pt2`): the graph and the weights, for the same version of torch.

Source lines and file names that torch records on the way are taken out: they would tell the user's folders.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.exporters.exporter import Exportable, Exporter
from nndesigner.exporters.tracing import free_sizes

if TYPE_CHECKING:
    from torch.export import ExportedProgram

    from nndesigner.exporters.exporter import Arrays

_TELLTALE = ("stack_trace", "from_node", "source_fn_stack", "custom")


def exported_program(exportable: Exportable) -> ExportedProgram:
    """The model as an ExportedProgram with free axes dynamic and without source lines.

    Traced with a batch of at least 2: with 1, torch would freeze the batch size.
    """
    import torch

    example = exportable.example(exportable.sizes[0])
    shapes: dict[str, Any] = {
        name: dict.fromkeys(free, torch.export.Dim.DYNAMIC)
        for name, free in zip(exportable.input_names, exportable.free, strict=True)
    }
    with warnings.catch_warnings(), free_sizes():
        warnings.simplefilter("ignore")
        program = torch.export.export(exportable.model, example, dynamic_shapes=shapes, strict=False)
    for module in program.graph_module.modules():
        if isinstance(module, torch.fx.GraphModule):
            for node in module.graph.nodes:
                for key in _TELLTALE:
                    node.meta.pop(key, None)
    return program


def _write(exportable: Exportable, folder: Path, stem: str, options: Values, progress: Progress) -> None:
    import torch

    progress(0.1, tr("Tracing the model"))
    program = exported_program(exportable)
    extra: Mapping[str, str] = {f"nndesigner.{key}": text for key, text in exportable.metadata.items()}
    progress(0.7, tr("Writing the file"))
    torch.export.save(program, folder / f"{stem}.pt2", extra_files=dict(extra))


def _run(path: Path, inputs: Arrays) -> Arrays:
    import torch

    module = torch.export.load(path).module()
    with torch.no_grad():
        outputs = module(*(torch.from_numpy(x) for x in inputs))
    return [y.detach().numpy() for y in (outputs if isinstance(outputs, tuple | list) else (outputs,))]


PROGRAM = Exporter(
    format="pt2",
    label="PyTorch program (.pt2)",
    suffix=".pt2",
    help="Graph and weights in PyTorch's export format, read by torch.export.load of the same torch version.",
    write=_write,
    run=_run,
)
