"""How this user last looked at a project: zoom, panels, the open tab. Never in the project file, never missed.

One small JSON file per project path in the user's state folder. What cannot be read or written is as if it had never
been: a view has to come up without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.folders import state_folder
from nndesigner.base.problem import Refusal
from nndesigner.project.plain import Limits, parse

_LIMITS = Limits(size=1 << 20, depth=12, values=20_000, text=10_000)
MOST_KEPT = 500
"""projects; of more the longest unused are forgotten"""


def read_view(path: Path) -> dict[str, Any]:
    """What was kept for the project at `path`; {} where there is nothing usable."""
    try:
        value = parse(_file(path).read_bytes(), _LIMITS)
    except (OSError, WriteError, Refusal):
        return {}
    return value if isinstance(value, dict) else {}


def keep_view(path: Path, view: dict[str, Any]) -> None:
    """Keeps plain JSON values for the project at `path`, replacing what was kept before."""
    with contextlib.suppress(OSError, WriteError):
        file = _file(path)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomically(file, msgspec.json.encode(view))
        kept = sorted(file.parent.glob("*.json"), key=lambda entry: entry.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            old.unlink()


def _file(path: Path) -> Path:
    resolved = os.path.realpath(path)
    return state_folder() / "views" / f"{hashlib.sha256(os.fsencode(resolved)).hexdigest()[:32]}.json"
