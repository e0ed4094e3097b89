"""What the alarms read of a run is the same from messages and from its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.protocol.controls import Subscription
from nndesigner.runs.history import RunHistory
from nndesigner.runs.measured import WATCHED, measured, stamp
from tests.training.small import Recorder, mlp, trainer


def test_it_is_the_same_live_and_from_the_folder(tmp_path: Path) -> None:
    link = Recorder()
    it = trainer(mlp(epochs=3), tmp_path, link)
    it.monitor.subscribe([Subscription("", name) for name in WATCHED])
    it.start()
    result = it.train()
    live = RunHistory()
    for message in link.messages:
        live.take(message)
    kept = RunHistory.from_folder(it.run)
    one, other = measured(live), measured(kept)
    for looks, same in ((one.health, other.health), (one.updates, other.updates)):
        assert looks.nodes == same.nodes and looks.steps == same.steps and len(looks)
        for name in looks.numbers:
            np.testing.assert_array_equal(looks.of(name), same.of(name))
    assert len(one.epochs("train", "epoch loss")) == 3 == len(other.epochs("validation", "loss"))
    assert stamp(live) == stamp(kept) and result["blamed"] == ""


def test_a_run_that_nobody_watched_has_curves_alone(tmp_path: Path) -> None:
    found = measured(RunHistory(), "a/0/b", "It ended.")
    assert not len(found.health) and found.health.nodes == () and len(found.epochs("train", "loss")) == 0
    assert (found.blamed, found.blame) == ("a/0/b", "It ended.")
    assert stamp(RunHistory()) == (-1, -1, -1, 0, 0)
