"""Where this user's files live: state, settings, data and cache, by operating system. Nothing else knows.

On Linux the XDG variables decide, elsewhere the system's customs. `NNDESIGNER_HOME` moves all four into one
folder (a portable installation; tests). A folder is made on first use, for this user's eyes only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nndesigner.base.atomic import WriteError
from nndesigner.base.disk import reason
from nndesigner.base.text import tr

_APPLICATION = "nndesigner"

# kind → the XDG variable, and the folder under the user's home where it is not set
_XDG = {
    "state": ("XDG_STATE_HOME", ".local/state"),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "data": ("XDG_DATA_HOME", ".local/share"),
    "cache": ("XDG_CACHE_HOME", ".cache"),
}


def state_folder() -> Path:
    """What outlives a session but is nobody's document: journals, locks, recent files, window layout."""
    return _made("state")


def config_folder() -> Path:
    """What the user chose: settings, themes, shortcuts."""
    return _made("config")


def data_folder() -> Path:
    """What the user made that has no place of its own yet: runs of unsaved projects, own templates."""
    return _made("data")


def cache_folder() -> Path:
    """What can be computed again; it may be deleted at any time."""
    return _made("cache")


def _made(kind: str) -> Path:
    folder = _place(kind)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(folder, reason(error)) from error
    return folder


def _place(kind: str) -> Path:
    if own := os.environ.get("NNDESIGNER_HOME"):
        return Path(own).absolute() / kind
    if sys.platform == "win32":
        # Only settings follow the user to other machines.
        variable, fallback = ("APPDATA", "Roaming") if kind == "config" else ("LOCALAPPDATA", "Local")
        base = os.environ.get(variable)
        return (Path(base) if base else _home() / "AppData" / fallback) / _APPLICATION / kind
    if sys.platform == "darwin":
        library = _home() / "Library"
        if kind == "cache":
            return library / "Caches" / _APPLICATION
        return library / "Application Support" / _APPLICATION / kind
    variable, fallback = _XDG[kind]
    base = os.environ.get(variable, "")
    # The XDG specification: a path that is not absolute is to be ignored.
    return (Path(base) if os.path.isabs(base) else _home() / fallback) / _APPLICATION


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise WriteError(
            Path("~"), tr("your home folder is not known. Set NNDESIGNER_HOME to a folder of your own.")
        ) from error
