"""What a plan's steps of augmentation do to the batches of one network. It knows no file and no loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nndesigner.augmentations.recipe import Recipe, misfit, recipe
from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal


def augmented(
    plan: Mapping[str, Any],
    fields: Mapping[str, DataField],
    inputs: Sequence[str],
    targets: Sequence[str],
    *,
    mixes: bool,
) -> Recipe | None:
    """The recipe for batches of these fields ("" for what is drawn), None without any step. Raises Refusal with the
    sentence of the first step that does not fit."""
    steps = plan.get("augmentation", ())
    if not steps:
        return None
    read, wanted = [fields.get(name) for name in inputs], [fields.get(name) for name in targets]
    for step in steps:
        if sentence := misfit(step.kind, read, wanted, mixes):
            raise Refusal(sentence)
    return recipe(steps, read, wanted)
