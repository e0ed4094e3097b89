from __future__ import annotations

import os
from pathlib import Path

from nndesigner.project.backups import KEPT, back_up, backups


def test_the_last_five_versions_are_kept_per_path(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = tmp_path / "one" / "a.nnd", tmp_path / "two" / "a.nnd"
    two.write_bytes(b"other")
    back_up(two)
    for number in range(8):
        one.write_bytes(b"version %d" % number)
        assert back_up(one) is not None
    assert [copy.read_bytes() for copy in backups(one)] == [b"version %d" % n for n in range(8 - KEPT, 8)]
    assert [copy.read_bytes() for copy in backups(two)] == [b"other"]


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "a.nnd"
    path.write_bytes(b"same")
    assert back_up(path) is not None
    assert back_up(path) is None
    assert len(backups(path)) == 1


def test_what_is_not_there_has_no_backup(tmp_path: Path) -> None:
    assert back_up(tmp_path / "missing.nnd") is None
    assert back_up(tmp_path) is None
    assert backups(tmp_path / "missing.nnd") == ()


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 120 + ".nnd")
    path.write_bytes(b"x")
    copy = back_up(path)
    assert copy is not None
    assert copy.read_bytes() == b"x"
    assert os.listdir(tmp_path) == [path.name]
