"""Draws the example projects anew: `python examples/drawing/make.py [NAME …]`, all of them without a name.

Each module beside this one names its projects in `PROJECTS`: path below `examples/` without its ending → function.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from drawing import Drawing

HERE = Path(__file__).resolve().parent
ROOTS = {"architectures": HERE.parent, "networks": HERE.parent, "blocks": HERE.parent.parent / "resources"}
"""The first folder of a project's path → where that folder is."""


def projects() -> dict[str, Callable[[], Drawing]]:
    """Every project that some module here draws."""
    found: dict[str, Callable[[], Drawing]] = {}
    for path in sorted(HERE.glob("*.py")):
        if path.stem not in ("drawing", "make"):
            found |= getattr(importlib.import_module(path.stem), "PROJECTS", {})
    return found


def file_of(name: str) -> Path:
    return ROOTS.get(name.split("/")[0], HERE.parent) / f"{name}.nnd"


def main(names: list[str]) -> None:
    for name, draw in projects().items():
        if not names or name in names or name.split("/")[-1] in names:
            file_of(name).parent.mkdir(parents=True, exist_ok=True)
            draw().save(file_of(name))
            print(file_of(name))


if __name__ == "__main__":
    main(sys.argv[1:])
