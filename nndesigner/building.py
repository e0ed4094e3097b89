"""The Python door: a project file as a torch module, fresh or with the weights of one of its runs."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.compiler.build import CompiledNetwork


def build(path: str | PathLike[str], run: str | PathLike[str] | None = None) -> CompiledNetwork:
    """The network of a project as a `torch.nn.Module` whose submodules are named as the layers on the canvas.

    Args:
        path: a project file (`.nnd`).
        run: the folder of a run, or the name of one in `<project>.runs/`; its best checkpoint's weights are loaded (the
            newest where none is best), and the module is put into eval mode. Without it the weights are fresh, and the
            module is in training mode.

    Returns:
        A module called with prepared inputs, one tensor per input layer in data order, each batch first. It returns
        what is wired into the output: a tensor, or a tuple for several outputs.

    Raises:
        nndesigner.base.problem.Refusal: with one sentence, where the file, the run or the network is not usable.
    """
    from nndesigner.check.check import check
    from nndesigner.compiler.build import build as compile_network
    from nndesigner.compiler.describing import answer_here
    from nndesigner.compiler.weights import load, read
    from nndesigner.project.reader import open_project
    from nndesigner.runs.store import open_run

    answer_here()
    project = Path(path)
    compiled = compile_network(check(open_project(project).document))
    if run is not None:
        folder = Path(run)
        if not folder.is_dir():
            folder = project.with_suffix(".runs") / folder
        checkpoint = open_run(folder).best_checkpoint()
        if checkpoint is None:
            raise Refusal(tr("The run {name} has no checkpoint yet.", name=folder.name))
        load(compiled, read(checkpoint.path / "model.safetensors"), strict=True)
        compiled.eval()
    return compiled
