"""A trained network that is asked while another one learns (see `objectives/distillation.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.check import check
from nndesigner.compiler import weights
from nndesigner.compiler.build import build
from nndesigner.objectives.objective import Companion, Objective
from nndesigner.runs.store import open_run
from nndesigner.training import checkpoints


def settled(
    objective: Objective, plan: Mapping[str, Any], folder: Path, device: torch.device
) -> dict[str, Any]:
    """The values of the objective's parameters; in place of the path of a run the network that it trained.

    Relative paths start at `folder`. Raises Refusal where the run cannot be read or has no checkpoint.
    """
    values = objective.values(plan)
    if objective.companion and values[objective.companion]:
        values[objective.companion] = companion(folder / values[objective.companion], device)
    return values


def companion(path: Path, device: torch.device) -> Companion:
    """The network of a run with the weights of its best checkpoint, which stay as they are. Raises Refusal."""
    run = open_run(path)
    document = run.document()
    checked = check(document)
    if not checked.ok:
        raise Refusal(
            tr(
                "The network of the run {name} has errors: {why}",
                name=run.name,
                why=checked.errors[0].message,
            )
        )
    best = run.best_checkpoint()
    if best is None:
        raise Refusal(tr("The run {name} has no checkpoint yet: train for an epoch first.", name=run.name))
    with torch.random.fork_rng(devices=[]):  # its first weights are drawn, and replaced at once
        compiled = build(checked)
    weights.load(compiled, checkpoints.read(best.path).model, strict=True)
    compiled.eval().requires_grad_(False)
    asked = compiled._loss_graph.to(device)
    return Companion(run.name, checked, asked)
