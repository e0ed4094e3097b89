"""Weights of a checkpoint for a network that was edited since: which of its modules have another name now."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.problem import Refusal
from nndesigner.check.carrying import carry, renamed
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.runs.store import open_run


def renames(checkpoint: Path, checked: CheckedNetwork) -> dict[str, str]:
    """Modules of the run that the checkpoint belongs to which have another name in the network as it is now."""
    try:
        before = check(open_run(checkpoint.parent.parent).document())
    except Refusal:
        return {}  # weights then go by name alone
    carried, _ = carry(before, checked)
    return {old: new for old, new in renamed(carried).items() if old != new}
