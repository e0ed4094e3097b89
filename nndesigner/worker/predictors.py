"""The networks that this process last built for predictions, kept for the next one. It knows no job and no data.

A network is built again when its run, the checkpoint, the run's project or the device is another one. The newest
checkpoint of a run that still trains changes by itself, and is then another one.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import torch

from nndesigner.base.atomic import MANIFEST
from nndesigner.runs.store import RunFolder
from nndesigner.training.predict import Predictor

MOST_KEPT = 2
"""networks"""
MOST_BYTES = 512 << 20
"""of weights; a network that has more is built for every prediction"""


class _Key(NamedTuple):
    run: Path
    project: bytes
    checkpoint: Path | None
    manifest: bytes
    """of the checkpoint: hashes of every byte of it"""
    device: torch.device


_kept: OrderedDict[_Key, Predictor] = OrderedDict()


def predictor(run: RunFolder, checkpoint: Path | None, device: torch.device) -> Predictor:
    """As `Predictor`, at once where it was built before and nothing has changed."""
    key = _key(run, checkpoint, device)
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    made = Predictor(run, checkpoint, device)
    # A run that trains may have written another checkpoint meanwhile: what was built must not pass for it.
    if made.bytes <= MOST_BYTES and _key(run, checkpoint, device) == key:
        _kept[key] = made
        while len(_kept) > MOST_KEPT or sum(each.bytes for each in _kept.values()) > MOST_BYTES:
            _kept.popitem(last=False)
    return made


def forget() -> None:
    """Gives the memory back."""
    _kept.clear()


def _key(run: RunFolder, checkpoint: Path | None, device: torch.device) -> _Key:
    if checkpoint is None:
        newest = run.checkpoints()[-1:]
        path = newest[0].path if newest else None
    else:
        path = checkpoint
    try:
        manifest = (path / MANIFEST).read_bytes() if path is not None else b""
    except OSError:
        manifest = b""
    return _Key(run.path, hashlib.sha256(run.project_bytes()).digest(), path, manifest, device)
