"""Histories: from messages and from a folder alike, growing, cut where a run went back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.document import edits
from nndesigner.protocol.messages import Clock, Frame, Heartbeat, ScalarRow, Scalars, State
from nndesigner.runs.history import RunHistory
from nndesigner.runs.store import RESUME, create_run


def row(step: int, split: str = "train", name: str = "loss") -> ScalarRow:
    return ScalarRow(step, step / 10, split, name, 1.0 / (step + 1), step / 100)


def test_a_curve_holds_every_point_and_earlier_views_stay_as_they_were() -> None:
    history = RunHistory()
    history.take(Scalars(tuple(row(step) for step in range(300))))
    early = history.series("train", "loss").values
    history.take(Scalars(tuple(row(step) for step in range(300, 5000))))
    series = history.series("train", "loss")
    assert series.steps.tolist() == list(range(5000))
    assert series.values[4999] == 1 / 5000 and series.epochs[10] == 1.0 and series.seconds[50] == 0.5
    assert len(early) == 300
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 1
    assert history.last("train", "loss") == 1 / 5000
    assert history.last("test", "loss") is None and len(history.series("test", "loss")) == 0


def test_what_was_measured_after_the_step_a_run_went_back_to_is_forgotten() -> None:
    history = RunHistory()
    history.add_rows([row(1), row(2), row(3), row(3, "validation"), row(2, "test")])
    history.add_rows([ScalarRow(2, 0.2, "", RESUME, 0.0, 0.0), row(3)])
    assert history.series("train", "loss").steps.tolist() == [1, 2, 3]
    assert history.curves() == (("train", "loss"),)


def test_messages_and_folder_give_the_same_history(tmp_path: Path) -> None:
    run = create_run(tmp_path, edits.new_document())
    frames = [
        Frame("health", "", 5, 0.5, {"mean": np.array([np.nan, 1.0], np.float32)}, {"nodes": ["a", "b"]}),
        Frame("feature_maps", "a", 5, 0.5, {"maps": np.zeros((2, 3, 3), np.uint8)}, {"low": 0.1}),
    ]
    said = [
        State("running"),
        Scalars(tuple(row(step) for step in range(10))),
        Scalars((ScalarRow(6, 0.6, "", RESUME, 0.0, 0.0), row(7), row(7, "validation", "accuracy"))),
        Clock(7, 10, 0.7, 1, 100.0, 1.0),
        Heartbeat(),
        *frames,
    ]
    live = RunHistory()
    for message in said:
        live.take(message)
        if isinstance(message, Scalars):
            run.append_rows(message.rows)
    run.save_frames(frames)
    run.close()
    stored = RunHistory.from_folder(run.path)
    assert live.same_as(stored) and stored.same_as(live)
    assert live.state == State("running") and live.clock is not None and live.clock.step == 7
    live.take(frames[0].__class__("health", "", 6, 0.6, {}, {}))
    assert not live.same_as(stored)
    live = RunHistory.from_folder(run.path)
    live.add_rows([row(8)])
    assert not live.same_as(stored)


def test_every_change_of_the_curves_is_told_by_the_revision() -> None:
    history = RunHistory()
    before = history.revision
    history.take(Heartbeat())
    assert history.revision == before
    history.add_rows([row(1)])
    assert history.revision == before + 1
