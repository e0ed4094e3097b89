"""Packages that only some sources need, and a clear sentence where one is not installed."""

from __future__ import annotations

import importlib
from types import ModuleType

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr


def extra(module: str, what: str) -> ModuleType:
    """The module, imported; `what` names in the sentence what it is needed for. Raises `Refusal` where it is not."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise Refusal(
            tr(
                "{what} need the package {package}, which is not installed: install it with “pip install {package}”"
                " and start again.",
                what=what,
                package=package,
            )
        ) from error
