from __future__ import annotations

import os
from pathlib import Path

import pytest

from nndesigner.base.folders import state_folder
from nndesigner.project import sidecar
from nndesigner.project.sidecar import keep_view, read_view


def test_a_view_is_kept_per_project_and_not_beside_it(tmp_path: Path) -> None:
    keep_view(tmp_path / "a.nnd", {"zoom": 1.5, "panels": ["runs"]})
    keep_view(tmp_path / "b.nnd", {"zoom": 2.0})
    assert read_view(tmp_path / "a.nnd") == {"zoom": 1.5, "panels": ["runs"]}
    assert read_view(tmp_path / "b.nnd") == {"zoom": 2.0}
    assert read_view(tmp_path / "c.nnd") == {}
    assert os.listdir(tmp_path) == []


def test_a_link_is_the_same_project(tmp_path: Path) -> None:
    (tmp_path / "a.nnd").write_bytes(b"")
    (tmp_path / "link.nnd").symlink_to("a.nnd")
    keep_view(tmp_path / "link.nnd", {"zoom": 3.0})
    assert read_view(tmp_path / "a.nnd") == {"zoom": 3.0}


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"\xff", b'{"a":' * 50 + b"1" + b"}" * 50, b'{"a":1,"a":2}']
)
def test_what_cannot_be_read_is_as_nothing(tmp_path: Path, content: bytes) -> None:
    keep_view(tmp_path / "a.nnd", {})
    (file,) = (state_folder() / "views").iterdir()
    file.write_bytes(content)
    assert read_view(tmp_path / "a.nnd") == {}


def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidecar, "MOST_KEPT", 3)
    for number in range(6):
        keep_view(tmp_path / f"{number}.nnd", {"number": number})
        for age, file in enumerate(sorted((state_folder() / "views").iterdir(), key=os.path.getmtime)):
            os.utime(file, (1000.0 + age, 1000.0 + age))
    assert len(list((state_folder() / "views").iterdir())) == 3
    assert read_view(tmp_path / "5.nnd") == {"number": 5}


def test_without_a_state_folder_nothing_is_kept_and_nothing_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "file"))
    keep_view(tmp_path / "a.nnd", {"zoom": 1.0})
    assert read_view(tmp_path / "a.nnd") == {}
