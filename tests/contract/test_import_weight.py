"""The designer's process loads no heavy library: not at import, and not by listing what can be plugged in.

Import contracts cannot see this, because the plug-in rooms may import torch and its like inside functions.
So a fresh process imports every module of the designer's side, as discovery does, and looks at what came.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Libraries that only a worker may load.
HEAVY = ("torch", "sklearn", "scipy", "onnx", "onnxscript", "onnxruntime", "PIL", "pandas")

# The rooms that the designer's process imports, all their modules; `compiler` only without its torch files.
ROOMS = [
    *("base", "protocol", "layers", "data", "document", "project", "check"),
    *(
        "augmentations",
        "measurements",
        "explorations",
        "objectives",
        "exporters",
        "compiler",
        "runs",
        "session",
        "gui",
        "app",
    ),
]
WORKER_ONLY = tuple(
    f"nndesigner.compiler.{name}"
    for name in (
        "build",
        "custom_modules",
        "deploy",
        "describing",
        "learning",
        "losses",
        "own_functions",
        "pieces",
        "weights",
    )
)

WALK = """
import importlib, pkgutil, sys

rooms, skipped, heavy = (words.split(",") for words in sys.argv[1:4])
imported = []
for room in rooms:
    package = importlib.import_module("nndesigner." + room)
    names = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
    for name in [package.__name__, *names]:
        if name not in skipped and not name.endswith(".__main__"):
            importlib.import_module(name)
            imported.append(name)
came = [name for name in heavy if name in sys.modules]
print(len(imported), *came)
"""


def walk(*rooms: str, folder: Path = ROOT) -> tuple[int, set[str]]:
    """Import all modules of `rooms` in a fresh process; how many there were, and what came that is heavy."""
    done = subprocess.run(
        [sys.executable, "-c", WALK, ",".join(rooms), ",".join(WORKER_ONLY), ",".join(HEAVY)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    number, *came = done.stdout.split()
    return int(number), set(came)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_designer_loads_nothing_heavy(room: str) -> None:
    number, came = walk(room)
    assert number >= 1
    assert came == set()


def test_the_whole_designer_loads_nothing_heavy() -> None:
    number, came = walk(*ROOMS)
    assert number > len(ROOMS)
    assert came == set()


def test_the_library_without_a_window_loads_no_qt() -> None:
    """`nndesigner.session` is usable on a machine without Qt."""
    done = subprocess.run(
        [sys.executable, "-c", "import nndesigner.session, sys; print('PySide6' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout.strip(), done.stderr) == ("False", "")


@pytest.mark.parametrize("library", HEAVY)
def test_a_planted_import_is_seen(tmp_path: Path, library: str) -> None:
    package = tmp_path / "nndesigner"
    (package / "session").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "session" / "__init__.py").touch()
    (package / "session" / "planted.py").write_text(f"import {library}\n")
    (tmp_path / f"{library}.py").touch()  # stands in for the library: the name is what is looked for
    assert walk("session", folder=tmp_path) == (2, {library})
