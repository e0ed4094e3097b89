"""What a run says: in batches, nothing lost, also where the disk refuses for a while."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from nndesigner.base.atomic import WriteError
from nndesigner.document import edits
from nndesigner.protocol.messages import ScalarRow, Scalars, State
from nndesigner.runs.store import RunFolder, create_run
from nndesigner.training.report import Report
from tests.training.small import Recorder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path, edits.new_document())


def test_numbers_go_out_in_batches_and_in_order(run: RunFolder) -> None:
    link = Recorder()
    report = Report(run, link)
    for step in range(100):
        report.number(step, 0.0, "train", "loss", 1.0 / (step + 1), 0.0)
    assert link.messages == []
    report.flush()
    report.metrics(100, 1.0, "validation", {"loss": 0.5, "accuracy": 0.9}, 1.0)
    report.state("finished", "Done.")
    assert [type(message) for message in link.messages] == [Scalars, Scalars, State]
    report.flush()
    run.close()
    told = [row for message in link.of(Scalars) for row in message.rows]
    assert told == run.rows() and len(told) == 102


def test_a_disk_that_refuses_loses_no_number(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    link = Recorder()
    report = Report(run, link)
    real, refused = run.append_rows, []

    def full(rows: Iterable[ScalarRow]) -> None:
        if len(refused) < 2:
            refused.append(1)
            raise WriteError(run.path, "the disk is full.")
        real(rows)

    monkeypatch.setattr(run, "append_rows", full)
    for step in range(3):
        report.number(step, 0.0, "train", "loss", 1.0, 0.0)
        if step < 2:
            with pytest.raises(WriteError):
                report.flush()
        else:
            report.flush()
    run.close()
    assert [row.step for row in run.rows()] == [0, 1, 2]
    assert [row.step for message in link.of(Scalars) for row in message.rows] == [0, 1, 2]
