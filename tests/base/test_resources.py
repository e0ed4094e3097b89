"""Shipped files, found in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base import resources
from nndesigner.base.resources import TEMPLATES, resource_folder

ROOT = Path(__file__).parents[2]


def test_in_a_checkout_they_lie_beside_the_package() -> None:
    assert resource_folder("icons") == ROOT / "resources" / "icons"
    assert resource_folder(TEMPLATES) == ROOT / "examples"
    assert list(resource_folder(TEMPLATES).glob("*.nnd"))


def test_in_an_installed_package_they_lie_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("icons", "templates"):
        (tmp_path / "nndesigner" / "resources" / name).mkdir(parents=True)
    monkeypatch.setattr(resources.nndesigner, "__path__", [str(tmp_path / "nndesigner")])
    for name in ("icons", "templates"):
        assert resource_folder(name) == tmp_path / "nndesigner" / "resources" / name
