"""The paths in a project's data and training plan: which stay in its folder, and which lead out of it.

Only the text is looked at: asking the disk about a path from elsewhere may already be what somebody wanted.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

from nndesigner.base.fields import PathField
from nndesigner.base.own_functions import OWN
from nndesigner.data.catalogue import source
from nndesigner.document.document import Document
from nndesigner.document.records import DataSource
from nndesigner.objectives.catalogue import objectives, whole_plan

_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def is_code(data: DataSource) -> bool:
    """Whether the data is what a function of the user's own gives."""
    return data.type == OWN


def paths(data: DataSource | None) -> dict[str, str]:
    """Parameter name → path, for every path that is set."""
    declared = source(data.type) if data is not None else None
    if data is None or declared is None:
        return {}
    values = {
        f.name: data.parameters.get(f.name, "")
        for f in declared.fields(data.parameters)
        if isinstance(f, PathField)
    }
    return {name: value for name, value in values.items() if isinstance(value, str) and value}


def inside_paths(data: DataSource | None) -> dict[str, str]:
    """Those that stay in the project's folder, by parameter name."""
    return {name: path for name, path in paths(data).items() if stays_inside(path)}


def inside_settings(document: Document) -> dict[str, str]:
    """The paths among the settings of the training plan that stay in the project's folder, by setting: the weights that
    it begins with, and the run that teaches."""
    settings, _ = whole_plan(document)
    known = objectives().get(document.plan.objective) if document.plan is not None else None
    names = ["begin_with", *([known.companion] if known is not None and known.companion else [])]
    return {name: path for name in names if (path := str(settings[name])) and stays_inside(path)}


def outside_paths(data: DataSource | None) -> tuple[str, ...]:
    """Those that do not: absolute, network, links, upwards; and the addresses that the data is to be fetched from."""
    if data is None:
        return ()
    fetches = data.parameters.get("fetch") is True
    if not fetches and all(stays_inside(v) for v in data.parameters.values() if v and isinstance(v, str)):
        return ()  # whichever of them are paths: a project that stays in its folder opens without the catalogue
    declared = source(data.type)
    addresses = declared.addresses(data.parameters) if declared is not None and fetches else ()
    return tuple(path for path in paths(data).values() if not stays_inside(path)) + addresses


def stays_inside(path: str) -> bool:
    """Whether a path stays in the folder that it starts from, on every system."""
    windows, posix = PureWindowsPath(path), PurePosixPath(path)
    if windows.drive or windows.root or posix.is_absolute() or _LINK.match(path) or path[:1] in "~$%":
        return False
    return ".." not in windows.parts and ".." not in posix.parts and "\0" not in path
