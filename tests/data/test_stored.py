"""Arrays in files: known as such, their pages let go of, the disk looked at before it is filled."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.folders import cache_folder
from nndesigner.base.problem import Refusal
from nndesigner.data import stored
from nndesigner.data.stored import Held, check_room, is_stored, release, scratch


def occupied() -> int:
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) * 1024


def test_what_lies_in_a_file_is_known() -> None:
    array = scratch((8, 3, 2), np.uint8)
    for view in (array, array[2:], array.reshape(-1), np.asarray(array), np.require(array, None, ["C", "W"])):
        assert is_stored(view)
    for other in (array[np.arange(3)], np.zeros(3), array.copy()):
        assert not is_stored(other)
    assert not is_stored(np.zeros(3)) and not list(cache_folder().glob("tmp*"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_going_through_it_occupies_little() -> None:
    array = scratch((64, 1 << 20), np.uint8)
    before = occupied()
    array[:] = 7
    assert occupied() - before > 32 << 20
    release(array)
    assert occupied() - before < 16 << 20
    assert array[63, 5] == 7  # it is still there


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_counted_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "HELD", 4 << 20)
    array = scratch((64, 1 << 20), np.uint8)
    before, most, held = occupied(), 0, Held(array)
    for row in range(64):
        array[row] = row
        held.read(1)
        most = max(most, occupied() - before)
    assert most < 24 << 20
    assert array[:, 0].tolist() == list(range(64))


def test_a_disk_that_is_too_small_is_told(tmp_path: Path) -> None:
    check_room(1, tmp_path, "The values", "make room")
    with pytest.raises(Refusal, match=r"^The values take 1024\.0 GB, and 0\.0 GB fit: make room\.$"):
        check_room(1 << 40, tmp_path, "The values", "make room", most=1)


def test_a_small_row_counts_with_what_the_system_brings_in_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go: list[int] = []
    monkeypatch.setattr(stored, "release", let_go.append)
    held = Held(scratch((64, 10), np.uint8))
    for _ in range(64):
        held.read(1)
    assert len(let_go) == 1
