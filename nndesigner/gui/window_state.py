"""How this user left the window: size, docks, theme, recent files. In the user's state folder, never in a project.

What cannot be read is as if it had never been, and what cannot be written is let go: a window has to come up.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.folders import state_folder

MOST_RECENT = 12
_FILE = "window.json"


class WindowState(msgspec.Struct, kw_only=True):
    """`geometry` and `docks` are Qt's own bytes, as text."""

    version: int = 1
    geometry: str = ""
    docks: str = ""
    theme: str = "system"
    text_size: str = "normal"
    less_motion: bool = False
    recent: tuple[str, ...] = ()
    more_settings: bool = False
    all_layers: bool = False
    """whether the palette shows the rarely needed layers too"""
    favourites: tuple[str, ...] = ()
    """what the user marked in the palette: layer types, and library blocks as `library:name`"""
    used_layers: tuple[str, ...] = ()
    """what the user added last, newest first"""
    tour_seen: bool = False
    """whether the first tour was begun or declined: it is not offered again"""
    snapping: bool = True
    """whether what is dragged comes to rest in line with what is near"""
    minimap: bool = False
    run_shown: str = "gradient"
    """which number of a run the canvas shows under every node"""
    views: dict[str, str] = {}
    """live view → where it stands that is not in the panel: "float", "left", "right" or "bottom\""""
    view_windows: dict[str, str] = {}
    """live view → the place of its own window, as Qt's bytes"""
    run_signal: bool = True
    """whether the canvas shows how strong the signal is along the wires"""
    run_backward: bool = False
    """whether it shows the gradient that comes back along them instead"""


def read() -> WindowState:
    try:
        data = (state_folder() / _FILE).read_bytes()
        return msgspec.json.decode(data[: 1 << 20], type=WindowState)
    except (OSError, WriteError, msgspec.DecodeError, UnicodeError):
        return WindowState()


def keep(state: WindowState) -> None:
    with contextlib.suppress(OSError, WriteError):
        write_atomically(state_folder() / _FILE, msgspec.json.encode(state))


def change(**changes: Any) -> WindowState:
    """Keeps the state with some values changed; other windows may have changed other values meanwhile."""
    state = msgspec.structs.replace(read(), **changes)
    keep(state)
    return state


def remember_recent(path: Path) -> None:
    """Puts a project at the top of the recent files."""
    text = str(path.absolute())
    others = [entry for entry in read().recent if entry != text]
    change(recent=(text, *others)[:MOST_RECENT])


def forget_recent(path: str) -> None:
    change(recent=tuple(entry for entry in read().recent if entry != path))


def recent_files() -> tuple[Path, ...]:
    """Recent projects, newest first. Not looked for on the disk: a network drive may be asleep."""
    return tuple(Path(entry) for entry in read().recent)
