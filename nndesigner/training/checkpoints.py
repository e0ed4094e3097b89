"""The state of a run as tensors and plain numbers: taken, checked, written whole, read back.

A checkpoint is a sealed folder (`base.atomic.StagedFolder`): it stands under its name only when every byte is on the
disk, and is trusted only when every byte is as it was written. Weights that are not finite are never written.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from nndesigner.base.atomic import MANIFEST, StagedFolder, verify_folder
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.runs.store import RunFolder

KEPT = 2
"""how many of the newest checkpoints are kept, besides the best, unless the plan says otherwise"""


class Standing(msgspec.Struct, kw_only=True):
    """Where a run stands between two steps: `state.json` of a checkpoint."""

    step: int = 0
    """steps taken"""
    epoch: int = 0
    """epochs finished"""
    batch: int = 0
    """batches of the present epoch done"""
    first_epoch: int = 0
    last_epoch: int = 0
    learning_rate: float = 0.0
    seconds: float = 0.0
    """time spent training, pauses left out"""
    loss_sum: float = 0.0
    """loss of every step of the present epoch, times its samples"""
    loss_samples: int = 0
    best_score: float | None = None
    best_step: int = 0
    worse_epochs: int = 0
    """epochs since the best one"""
    optimizer: str = ""
    first_step: int = 0
    """where the schedule of the learning rate begins: steps of the run that this one went on from"""
    plateau: float = 1.0
    """what the learning rate was multiplied by because nothing became better"""
    plateau_best: float | None = None
    plateau_worse: int = 0
    compiled: str = ""
    """whether steps are compiled: "yes", "no", or "" where nothing was decided"""


@dataclass(frozen=True)
class Snapshot:
    """A copy of everything that decides how a run goes on, on the processor and apart from the live tensors."""

    standing: Standing
    model: dict[str, Tensor]
    """the weights that answer: where they are averaged, the averages"""
    optimizer: dict[str, Tensor]
    loop: dict[str, Tensor]
    """random generators, what was counted of the present epoch, and "weight.<name>": the weights that learn, where
    those that answer are others"""
    epochs: float
    """finished epochs, the share of the present one included"""

    @property
    def finite(self) -> bool:
        """Whether every weight and every number that the optimizer remembers is finite."""
        return all_finite([*self.model.values(), *self.optimizer.values(), *self.learning.values()])

    @property
    def learning(self) -> dict[str, Tensor]:
        """The weights that learn, by name, where they are not those of `model`."""
        return {
            name.removeprefix("weight."): tensor
            for name, tensor in self.loop.items()
            if name.startswith("weight.")
        }


def all_finite(tensors: Sequence[Tensor]) -> bool:
    """One pass over the numbers: a norm is finite where all of them are (and their squares fit float32)."""
    floats = [t for t in tensors if t.is_floating_point() and t.numel()]
    if not floats:
        return True
    norms = torch.stack([n.float() for n in torch._foreach_norm(floats)])
    if bool(torch.isfinite(norms).all()):
        return True
    return all(bool(torch.isfinite(t).all()) for t in floats)


def take(
    model: nn.Module,
    optimizer: Mapping[str, Tensor],
    standing: Standing,
    epochs: float,
    counted: Mapping[str, Tensor] = MappingProxyType({}),
    averages: Mapping[str, Tensor] = MappingProxyType({}),
) -> Snapshot:
    """A snapshot of the moment. `optimizer` is what the optimizers remember (`players.state_tensors`), `counted` the
    states of what is counted over the present epoch; `averages` are weights that answer instead of the model's."""
    weights = {name: _copy(t) for name, t in model.state_dict().items()}
    learning = {f"weight.{name}": weights[name] for name in averages}
    return Snapshot(
        standing=msgspec.structs.replace(standing),
        model=weights | {name: _copy(t) for name, t in averages.items()},
        optimizer={name: _copy(t) for name, t in optimizer.items()},
        loop={**counted, **learning, **random_states()},
        epochs=epochs,
    )


def _copy(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True).contiguous()


def random_states() -> dict[str, Tensor]:
    """The state of every random generator that training draws from."""
    states = {"random.cpu": torch.get_rng_state()}
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        states |= {f"random.cuda:{i}": state for i, state in enumerate(torch.cuda.get_rng_state_all())}
    return states


def restore_random_states(tensors: Mapping[str, Tensor]) -> None:
    for name, state in tensors.items():
        if name == "random.cpu":
            torch.set_rng_state(state)
        elif name.startswith("random.cuda:"):
            index = int(name.removeprefix("random.cuda:"))
            if torch.cuda.is_available() and index < torch.cuda.device_count():
                torch.cuda.set_rng_state(state, index)


def write(run: RunFolder, snapshot: Snapshot, *, best: bool, keep: int = KEPT) -> Path:
    """Make a checkpoint of a snapshot; one of that step that stands already is left as it is. Raises WriteError.

    Raises ValueError for a snapshot that is not finite: the last healthy checkpoint stays the newest.
    """
    path = run.checkpoint_path(snapshot.standing.step)
    if path.exists():
        return path
    if not snapshot.finite:
        raise ValueError("weights that are not finite are never written")
    run.checkpoint_folder.mkdir(exist_ok=True)
    run.sync()  # the curves on the disk reach at least as far as the checkpoint
    with StagedFolder(path) as staged:
        staged.write("model.safetensors", save_tensors(snapshot.model))
        staged.write("optimizer.safetensors", save_tensors(snapshot.optimizer))
        staged.write("loop.safetensors", save_tensors(snapshot.loop))
        staged.write("state.json", msgspec.json.encode(snapshot.standing))
        staged.seal(
            {
                "step": snapshot.standing.step,
                "epoch": snapshot.epochs,
                "best": best,
                "score": snapshot.standing.best_score if best else None,
                "seconds": snapshot.standing.seconds,
            }
        )
    prune(run, keep)
    return path


def prune(run: RunFolder, keep: int = KEPT) -> None:
    """Delete all but the newest `keep` checkpoints and the newest best one."""
    found = run.checkpoints()
    kept = {c.path for c in found[-keep:]} | {c.path for c in [c for c in found if c.best][-1:]}
    for checkpoint in found:
        if checkpoint.path not in kept:
            # The manifest goes first: a folder that is half deleted is no checkpoint.
            with contextlib.suppress(OSError):
                (checkpoint.path / MANIFEST).unlink()
                shutil.rmtree(checkpoint.path)


def read(path: Path) -> Snapshot:
    """A checkpoint's content, every byte verified first. Raises Refusal with a sentence where it is not whole."""
    manifest = verify_folder(path)
    if isinstance(manifest, str):
        raise Refusal(tr("The checkpoint {name} cannot be used: {why}", name=path.name, why=manifest))
    try:
        return Snapshot(
            standing=msgspec.json.decode((path / "state.json").read_bytes(), type=Standing),
            model=load_tensors((path / "model.safetensors").read_bytes()),
            optimizer=load_tensors((path / "optimizer.safetensors").read_bytes()),
            loop=load_tensors((path / "loop.safetensors").read_bytes()),
            epochs=float(manifest.extra.get("epoch", 0.0)),
        )
    except (OSError, ValueError, msgspec.MsgspecError, SafetensorError) as error:
        raise Refusal(tr("The checkpoint {name} cannot be used: {why}", name=path.name, why=error)) from error
