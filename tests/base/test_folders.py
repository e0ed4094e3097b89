from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from nndesigner.base import folders
from nndesigner.base.atomic import WriteError

KINDS = {
    "state": folders.state_folder,
    "config": folders.config_folder,
    "data": folders.data_folder,
    "cache": folders.cache_folder,
}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("XDG_", "NNDESIGNER_")) or name in ("APPDATA", "LOCALAPPDATA"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def relative_places(tmp_path: Path) -> dict[str, str]:
    return {kind: place().relative_to(tmp_path).as_posix() for kind, place in KINDS.items()}


def test_linux_without_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert relative_places(tmp_path) == {
        "state": "home/.local/state/nndesigner",
        "config": "home/.config/nndesigner",
        "data": "home/.local/share/nndesigner",
        "cache": "home/.cache/nndesigner",
    }


def test_linux_with_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for kind in KINDS:
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path / f"my-{kind}"))
    assert relative_places(tmp_path) == {kind: f"my-{kind}/nndesigner" for kind in KINDS}


def test_a_relative_xdg_path_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", "somewhere")
    assert folders.state_folder() == tmp_path / "home/.local/state/nndesigner"


def test_macos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "not-used-there"))
    assert relative_places(tmp_path) == {
        "state": "home/Library/Application Support/nndesigner/state",
        "config": "home/Library/Application Support/nndesigner/config",
        "data": "home/Library/Application Support/nndesigner/data",
        "cache": "home/Library/Caches/nndesigner",
    }


def test_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    assert relative_places(tmp_path) == {
        "state": "Local/nndesigner/state",
        "config": "Roaming/nndesigner/config",
        "data": "Local/nndesigner/data",
        "cache": "Local/nndesigner/cache",
    }


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_one_variable_moves_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "overruled"))
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "portable"))
    assert relative_places(tmp_path) == {kind: f"portable/{kind}" for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_made_on_first_use_for_this_user_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "portable"))
    assert not (tmp_path / "portable" / kind).exists()
    folder = KINDS[kind]()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "kept").write_text("x")
    assert KINDS[kind]() == folder and (folder / "kept").exists()


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "file"))
    with pytest.raises(WriteError, match=str(tmp_path / "file" / "state")):
        folders.state_folder()
