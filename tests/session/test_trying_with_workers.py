"""Real workers: a run that is asked all the while learns bit for bit what it learns alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.pool import WorkerPool
from nndesigner.runs.store import open_run
from nndesigner.session.session import Session
from tests.session.projects import chain


def test_asking_does_not_disturb_training(tmp_path: Path) -> None:
    driver = BlockingDriver()
    pool = WorkerPool(driver, replacement_delay=0.0)
    pool.open()
    session = Session(pool)

    def wait(over: Callable[[], bool]) -> None:
        assert driver.run_until(over, 120.0), "it took too long"

    try:
        session.files.new(chain("TableInput", "Linear", "Tanh", "Linear", "Output"))
        session.files.save_as(tmp_path / "iris.nnd")
        session.edit("", "set_data", type="iris")
        wait(lambda: not session.data.busy)
        session.edit("", "set_parameter", node="n3", parameter="out_features", value=3)
        session.edit("", "set_plan", values={"epochs": 60, "batch_size": 16})
        alone = session.training.train(device="cpu")
        wait(lambda: not session.training.busy)
        assert isinstance(session.training.outcome, Done), session.training.outcome

        asked = session.training.train(device="cpu")
        # It rests in the middle while it is asked, so that the answers surely come of a run that is not over.
        wait(lambda: session.training.state == "running")
        session.training.pause()
        wait(lambda: session.training.paused)
        wait(lambda: bool(open_run(asked).checkpoints()))
        field = session.document.data.fields[0].name  # type: ignore[union-attr]
        row = {field: np.array([[5.1, 3.5, 1.4, 0.2]], np.float32)}
        answers: list[Done | Failed] = []
        session.trying.predict(asked, answers.append, inputs=row)
        wait(lambda: len(answers) == 1)
        session.trying.explain(asked, answers.append, method="integrated_gradients", inputs=row)
        session.trying.nearest(asked, answers.append, inputs=row)
        wait(lambda: len(answers) == 3)
        assert session.training.busy
        session.training.carry_on()
        session.trying.predict(asked, lambda outcome: None, inputs=row)  # and while it goes on
        wait(lambda: not session.training.busy)
        for outcome in answers:
            assert isinstance(outcome, Done), outcome
        first = answers[0].result["step"]  # type: ignore[union-attr]

        session.trying.predict(asked, answers.append, inputs=row)
        wait(lambda: len(answers) == 4)
        assert isinstance(answers[3], Done)
        assert answers[3].result["step"] > first, "the newest checkpoint is a newer one"
        weights = [
            load_file(open_run(run).checkpoints()[-1].path / "model.safetensors") for run in (alone, asked)
        ]
        assert weights[0].keys() == weights[1].keys()
        for name, value in weights[0].items():
            assert value.tobytes() == weights[1][name].tobytes(), name
    finally:
        session.close()
        pool.close()
        driver.close()
