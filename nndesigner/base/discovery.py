"""Finding plug-ins by walking a package: every public module-level value of one type, in one stable order.

Adding a layer, a source, a rule or an exporter touches one file, because nobody keeps a list.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, kind: type[T]) -> tuple[T, ...]:
    """All values of type `kind` bound at the top of the modules of `package`, sub-packages included.

    Modules come in alphabetical order, values in the order in which their module defines them. A value that a
    module merely imported from a sibling is counted once, at its first appearance.
    """
    found: dict[int, T] = {}
    for info in sorted(pkgutil.walk_packages(package.__path__, package.__name__ + "."), key=lambda i: i.name):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if isinstance(value, kind) and not name.startswith("_"):
                found.setdefault(id(value), value)
    return tuple(found.values())
