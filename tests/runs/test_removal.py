"""A run is taken away by one rename, can be put back as it was, and one that goes on is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.processes import host_tag
from nndesigner.document import edits
from nndesigner.runs.listing import list_runs
from nndesigner.runs.removal import erase_removed, put_back, take_away
from nndesigner.runs.store import create_run


def test_taken_away_put_back_and_erased(tmp_path: Path) -> None:
    run = create_run(tmp_path, edits.new_document())
    content = {p.name: p.read_bytes() for p in run.path.iterdir()}
    removed = take_away(run.path)
    assert list_runs(tmp_path) == ()
    put_back(removed, run.path)
    assert {p.name: p.read_bytes() for p in run.path.iterdir()} == content
    assert [r.name for r in list_runs(tmp_path)] == [run.name]
    take_away(run.path)
    erase_removed(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_of_one_name_are_both_kept(tmp_path: Path) -> None:
    first = take_away(create_run(tmp_path, edits.new_document()).path)
    again = create_run(tmp_path, edits.new_document())
    second = take_away(again.path)
    assert first != second
    assert first.exists() and second.exists()


def test_a_run_that_goes_on_is_refused(tmp_path: Path) -> None:
    run = create_run(tmp_path, edits.new_document())
    run.save_record(state="running", process=os.getpid(), host=host_tag())
    with pytest.raises(Refusal, match="going on"):
        take_away(run.path)
    assert run.path.exists()


def test_putting_back_overwrites_nothing(tmp_path: Path) -> None:
    run = create_run(tmp_path, edits.new_document())
    removed = take_away(run.path)
    run.path.mkdir()
    with pytest.raises(WriteError):
        put_back(removed, run.path)
    assert removed.exists()


def test_erasing_where_nothing_was_removed(tmp_path: Path) -> None:
    erase_removed(tmp_path)
    assert list(tmp_path.iterdir()) == []
