"""The supported triples of Python, PySide6 and pyqtgraph, and the look at the present one at start.

Bindings of Qt regress between releases (docs/decisions/0001), so a triple is supported when the tests have
passed on it, and refused otherwise. This module knows versions, and the one defect that can be measured in a
millisecond; it knows nothing of windows, and imports Qt only inside functions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from nndesigner.base.text import listing, tr


class Triple(NamedTuple):
    """The major and minor versions of Python, PySide6 and pyqtgraph."""

    python: tuple[int, int]
    pyside6: tuple[int, int]
    pyqtgraph: tuple[int, int]


SUPPORTED = (
    Triple((3, 11), (6, 11), (0, 14)),
    Triple((3, 12), (6, 11), (0, 14)),
    Triple((3, 12), (6, 12), (0, 14)),
    Triple((3, 13), (6, 11), (0, 14)),
    Triple((3, 13), (6, 12), (0, 14)),
)

# From 3.12 on None is immortal (PEP 683) and a binding that drops references to it does no harm.
NONE_IS_COUNTED = sys.version_info < (3, 12)

PROBE_CALLS = 2_000
_CALLS_PER_STEP = 50
# Other threads and the collector move the count by a few; a faulty binding moves it by one for each call.
_DRIFT_ALLOWED = 20


def probe() -> str | None:
    """Why the present Python, PySide6 and pyqtgraph are refused, in a sentence; None when supported."""
    versions = {
        "PySide6": _version("PySide6", "pyside6_essentials", "PySide6_Essentials", "PySide6"),
        "pyqtgraph": _version("pyqtgraph", "pyqtgraph"),
    }
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        return tr(
            "The window needs {names}, which is not installed in {python}. Install it with: {command}",
            names=listing(missing),
            python=sys.executable,
            command=_install_command(sys.version_info[:2]),
        )
    refusal = check_versions(sys.version, str(versions["PySide6"]), str(versions["pyqtgraph"]))
    if refusal is not None or not NONE_IS_COUNTED:
        return refusal
    dropped = none_references_dropped(_void_qt_calls())
    if dropped <= _DRIFT_ALLOWED:
        return None
    return tr(
        "PySide6 {version} would end the program after a few thousand drawing calls: on Python before 3.12 "
        "it releases None once too often in each call. Install another version with: {command}",
        version=versions["PySide6"],
        command=_install_command(sys.version_info[:2]),
    )


def check_versions(python: str, pyside6: str, pyqtgraph: str) -> str | None:
    """Why these three versions (as text, `"6.11.3"`) are not a supported triple; None when they are."""
    present = Triple(_minor(python), _minor(pyside6), _minor(pyqtgraph))
    if present in SUPPORTED:
        return None
    found = tr(
        "nndesigner is not tested on Python {python} with PySide6 {pyside6} and pyqtgraph {pyqtgraph}, "
        "and some combinations end the program or change data.",
        python=python.split()[0],
        pyside6=pyside6,
        pyqtgraph=pyqtgraph,
    )
    if any(triple.python == present.python for triple in SUPPORTED):
        return found + " " + tr("Install ones that are: {command}", command=_install_command(present.python))
    pythons = sorted({triple.python for triple in SUPPORTED})
    names = listing([f"{major}.{minor}" for major, minor in pythons], joint="or")
    return found + " " + tr("Use Python {versions}.", versions=names)


def none_references_dropped(calls: list[Callable[[], object]], count: int = PROBE_CALLS) -> int:
    """How many references to None are lost over `count` calls, made in turn; about 0 in a sound binding.

    Looks after every few calls and stops at the first clear loss: at some thousands the interpreter aborts.
    Says nothing (0) where None is immortal.
    """
    before = sys.getrefcount(None)
    dropped = 0
    for step in range(0, count, _CALLS_PER_STEP):
        for number in range(step, step + _CALLS_PER_STEP):
            calls[number % len(calls)]()
        dropped = before - sys.getrefcount(None)
        if dropped > _DRIFT_ALLOWED:
            break
    return dropped


def _void_qt_calls() -> list[Callable[[], object]]:
    """Calls of Qt functions that return nothing and need no application object."""
    from PySide6.QtCore import QObject, QPoint

    thing, point = QObject(), QPoint()
    return [lambda: thing.setObjectName("probe"), lambda: point.setX(1)]


def _version(package: str, *distributions: str) -> str | None:
    """The installed version of a package, which is not imported; None where it is not there.

    The folder of notes that every installer leaves beside a package has the version in its name. Only where there is
    none, or several, importlib.metadata is asked: importing it takes longer than opening a project.
    """
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return None
    for name in distributions:
        for place in spec.submodule_search_locations or ():
            notes = list(Path(place).parent.glob(f"{name}-*.dist-info"))
            if len(notes) == 1:
                return notes[0].stem.removeprefix(f"{name}-")
    from importlib import metadata

    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _minor(version: str) -> tuple[int, int]:
    """`"6.11.3"` → (6, 11)."""
    major, minor, *_ = version.split()[0].split(".")
    return int(major), int("".join(character for character in minor if character.isdigit()))


def _install_command(python: tuple[int, int]) -> str:
    """The pip command that brings the newest supported PySide6 and pyqtgraph for this Python."""
    fitting = [triple for triple in SUPPORTED if triple.python == python] or list(SUPPORTED[:1])
    newest = max(fitting)
    qt, plots = newest.pyside6, newest.pyqtgraph
    return f'pip install "PySide6-Essentials=={qt[0]}.{qt[1]}.*" "pyqtgraph=={plots[0]}.{plots[1]}.*"'
