"""A run of a small classifier with numbers and hand-made evaluations, as a report finds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.document import edits
from nndesigner.protocol.messages import ScalarRow
from nndesigner.runs.evaluations import Evaluation, save
from nndesigner.runs.store import RunFolder, create_at
from nndesigner.session.reporting import Material, gather
from tests.networks import digits_cnn
from tests.training.evaluation.hand_made import class_output, evaluation, number_output

TRUTH = np.arange(90) % 3
SAID = np.where(np.arange(90) % 9 == 4, (TRUTH + 1) % 3, TRUTH)


@pytest.fixture(scope="session")
def classes() -> Evaluation:
    """80 of 90 right, grouped by the truth."""
    return evaluation(class_output(TRUTH, SAID, 3, "kind"), group="kind", group_label="kind")


@pytest.fixture(scope="session")
def numbers() -> Evaluation:
    """Off by 2.5 everywhere, over time."""
    truth = np.sin(np.arange(120) / 9)[:, None]
    noise = np.random.default_rng(0).normal(0, 0.1, truth.shape)
    return evaluation(number_output(truth, truth + 2.5 + noise, kind="series"), part="validation")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    document = digits_cnn()
    assert document.data is not None
    found = edits.set_found(
        document, document.data.fields, {"all": 9, "train": 5, "test": 4}, "c0ffee" * 10 + "beef"
    )
    made = create_at(
        tmp_path / "0001-<b>", document.apply(found), versions={"torch": "2.0.0", "python": "3.12.1"}
    )
    rows = []
    for epoch in range(1, 6):
        rows.append(ScalarRow(epoch, epoch, "train", "epoch loss", 1 / epoch, epoch * 1.5))
        rows.append(ScalarRow(epoch, epoch, "validation", "loss", 1.2 / epoch, epoch * 1.5))
        rows.append(ScalarRow(epoch, epoch, "validation", "accuracy", 1 - 0.5 / epoch, epoch * 1.5))
    made.append_rows(rows)
    made.save_record(state="finished", last_epoch=5, device="cpu", seed=7)
    made.close()
    return made


@pytest.fixture
def material(run: RunFolder, classes: Evaluation, numbers: Evaluation) -> Material:
    save(run, classes)
    save(run, numbers)
    return gather(run)


@pytest.fixture
def written(app) -> Callable[[Material, str], bytes]:
    """A whole report, as the bytes of a file with this ending."""
    from nndesigner.gui.report.writing import at_once

    return lambda material, ending: at_once(material, Path("report" + ending))
