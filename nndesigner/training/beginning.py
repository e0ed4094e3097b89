"""Transfer learning: the weights that a run begins with in place of fresh ones, from another run or from a file.

Weights go by name and shape; of a run's, layers that were renamed since are found by their nodes. What fits is taken
whole, everything else is said: no tensor is cut to size, none is left out in silence. A file is safetensors, or a state
dict as `torch.save` writes it, which is read with `weights_only`: tensors and containers, no code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nndesigner.base.disk import reason
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.check.carrying import carry, renamed
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler import weights
from nndesigner.runs.store import RunFolder, open_run
from nndesigner.training import checkpoints

PICKLED = (".pt", ".pth", ".bin", ".ckpt")
NESTED = ("state_dict", "model_state_dict", "model")
"""keys under which a training program keeps the weights of its model beside other things"""
PARALLEL = "module."
"""what torch's parallel wrappers put before every name"""


@dataclass(frozen=True)
class Row:
    """One tensor: its name in this network and in the source, its sizes here and there (None where there is none).

    `state` is "taken", "size" (of another size: begins afresh), "fresh" (not in the source) or "unused" (not in the
    network).
    """

    name: str
    here: tuple[int, ...] | None
    there: tuple[int, ...] | None
    state: str


@dataclass(frozen=True)
class Match:
    """What of a source fits a network. `source` says what it is in words, `digest` is the SHA-256 of what is taken."""

    source: str
    rows: tuple[Row, ...]
    digest: str = ""

    def names(self, state: str) -> list[str]:
        return [row.name for row in self.rows if row.state == state]

    def describe(self) -> str:
        taken, here = len(self.names("taken")), [row for row in self.rows if row.here is not None]
        return tr(
            "From {source}: {taken} of {all} taken; {size} of another size and {fresh} not in it begin from the seed;"
            " {unused} of it not used.",
            source=self.source,
            taken=taken,
            all=count(len(here), "tensor", "tensors"),
            size=len(self.names("size")),
            fresh=len(self.names("fresh")),
            unused=len(self.names("unused")),
        )

    def plain(self) -> dict[str, Any]:
        """As it is kept in `run.json`."""
        states = {state: self.names(state) for state in ("taken", "size", "fresh", "unused")}
        return {"source": self.source, "digest": self.digest, **states}


def place(word: str, folder: Path) -> Path:
    """Where the setting of a plan points; relative paths start at the project's folder."""
    return (folder / word).absolute()


def read(path: Path, checked: CheckedNetwork) -> tuple[str, dict[str, Tensor]]:
    """What lies at a path, in words, and its tensors under the names that their modules have in this network.

    A run gives its best checkpoint. Raises Refusal.
    """
    if (path / "run.json").exists():
        run = open_run(path)
        best = run.best_checkpoint()
        if best is None:
            raise Refusal(
                tr("The run {name} has no checkpoint yet: train for an epoch first.", name=run.name)
            )
        return _of_run(run, best.path, checked)
    if (path / "model.safetensors").exists() and path.parent.name == "checkpoints":
        return _of_run(open_run(path.parent.parent), path, checked)
    if path.is_dir():
        raise Refusal(tr("{path} is no run: choose the folder of a run, or a file of weights.", path=path))
    tensors = _unpickled(path) if path.suffix.lower() in PICKLED else weights.read(path)
    if tensors and all(name.startswith(PARALLEL) for name in tensors):
        tensors = {name.removeprefix(PARALLEL): tensor for name, tensor in tensors.items()}
    return path.name, tensors


def match(model: nn.Module, source: str, tensors: Mapping[str, Tensor]) -> Match:
    """What would be taken, the network's own tensors first, in its order."""
    here = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    there = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    rows = [
        Row(
            name,
            shape,
            there.get(name),
            "fresh" if name not in there else "taken" if there[name] == shape else "size",
        )
        for name, shape in here.items()
    ]
    rows += [Row(name, None, shape, "unused") for name, shape in there.items() if name not in here]
    return Match(source, tuple(rows))


def take(model: nn.Module, checked: CheckedNetwork, path: Path) -> Match:
    """Gives the network the weights at a path, as far as they fit. Raises Refusal where none does."""
    source, tensors = read(path, checked)
    found = match(model, source, tensors)
    own, digest = model.state_dict(), hashlib.sha256()
    taken = found.names("taken")
    if not taken:
        raise Refusal(
            tr(
                "Nothing of {source} fits this network: no tensor has both a name and a size that it has. Choose other"
                " weights to begin with, or none.",
                source=source,
            )
        )
    odd = next((name for name in taken if not bool(torch.isfinite(tensors[name].float()).all())), "")
    if odd:
        raise Refusal(
            tr(
                "The weights of {source} are damaged: “{name}” has values that are no numbers.",
                source=source,
                name=odd,
            )
        )
    with torch.no_grad():
        for name in taken:
            own[name].copy_(tensors[name])
            digest.update(
                name.encode()
                + own[name].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            )
    return Match(found.source, found.rows, digest.hexdigest())


def _of_run(run: RunFolder, checkpoint: Path, checked: CheckedNetwork) -> tuple[str, dict[str, Tensor]]:
    carried, _ = carry(check(run.document()), checked)
    tensors = weights.renamed(checkpoints.read(checkpoint).model, renamed(carried))
    return tr("the run {name}", name=run.name), tensors


def _unpickled(path: Path) -> dict[str, Tensor]:
    """The state dict in a file of `torch.save`, also where it lies beside other things. Raises Refusal."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise Refusal(tr("There is no weights file at {path}.", path=path)) from None
    except OSError as error:
        raise Refusal(tr("{path} cannot be read: {why}", path=path, why=reason(error))) from None
    except MemoryError:
        raise
    except Exception as error:  # whatever a damaged file makes of the reader
        if type(error).__name__ != "UnpicklingError":
            raise Refusal(
                tr("{name} is no readable file of weights: {why}", name=path.name, why=error)
            ) from None
        raise Refusal(
            tr(
                "{name} holds more than weights, and nndesigner runs no code of a file: save its state_dict() alone,"
                " best as safetensors.",
                name=path.name,
            )
        ) from None
    for key in NESTED:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
            break
    tensors = (
        {str(k): v for k, v in found.items() if isinstance(v, Tensor)} if isinstance(found, Mapping) else {}
    )
    if not tensors:
        raise Refusal(
            tr("{name} holds no weights by name: save the state_dict() of the model.", name=path.name)
        )
    return tensors
