"""Finding plug-ins by walking a package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nndesigner.base.discovery import discover


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = "plugins_for_a_test"
    folder = tmp_path / name
    (folder / "inner").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "inner" / "__init__.py").write_text("")
    (folder / "b.py").write_text("SECOND = 'b2'\nFIRST = 'b1'\n_HIDDEN = 'no'\nOTHER = 3\n")
    (folder / "a.py").write_text(f"from {name}.b import FIRST\nOWN = 'a'\n")
    (folder / "inner" / "c.py").write_text("DEEP = 'c'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for module in [m for m in sys.modules if m.split(".")[0] == name]:
        del sys.modules[module]


def test_public_values_of_one_kind_are_found_once_each_in_a_stable_order(package: str) -> None:
    assert discover(importlib.import_module(package), str) == ("b1", "a", "b2", "c")
