"""One question of a kind at a time; the newest that waits comes next, and nobody hears of what is no longer wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.protocol.jobs import Explain, Generate, Predict, PredictFile, ReadInputs
from nndesigner.protocol.messages import Done, Failed, Frame, Progress
from nndesigner.session.session import Session
from tests.session.workers import Pool

RUN = Path("/runs/0001-a")


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def session(pool: Pool) -> Session:
    return Session(pool)


def row(value: float) -> dict[str, np.ndarray]:
    return {"x": np.full((1, 4), value, np.float32)}


def test_a_newer_question_waits_and_takes_the_place_of_one_that_waits(session: Session, pool: Pool) -> None:
    answers: list[object] = []
    session.trying.predict(RUN, answers.append, split="test", indices=(3,))
    first = pool.last
    assert isinstance(first.job, Predict)
    assert (first.job.split, first.job.indices) == ("test", (3,))
    for value in (1.0, 2.0, 3.0):
        session.trying.predict(RUN, answers.append, inputs=row(value))
    assert len(pool.asked) == 1 and not first.cancelled, "no worker is started for what is drawn meanwhile"
    first.end(Done({"answers": {}}))
    assert answers == [], "it is no longer wanted"
    assert len(pool.asked) == 2
    second = pool.last
    assert isinstance(second.job, Predict) and second.job.inputs["x"][0, 0] == 3.0
    done = Done({"answers": {}})
    second.end(done)
    assert answers == [done] and not session.trying.answers.busy


def test_an_older_explanation_is_called_off(session: Session, pool: Pool) -> None:
    answers: list[object] = []
    session.trying.explain(RUN, answers.append, method="occlusion", inputs=row(1.0))
    first = pool.last
    session.trying.explain(RUN, answers.append, method="saliency", inputs=row(1.0), wanted=2, node="c")
    assert first.cancelled and len(pool.asked) == 1
    first.end(Failed("Cancelled.", "", "cancelled"))
    job = pool.last.job
    assert isinstance(job, Explain) and (job.method, job.wanted, job.node) == ("saliency", 2, "c")
    pool.last.end(Done({}))
    assert len(answers) == 1


def test_who_cancels_hears_so(session: Session, pool: Pool) -> None:
    answers: list[object] = []
    told: list[Progress] = []
    session.trying.nearest(RUN, answers.append, inputs=row(0.0), on_progress=told.append)
    pool.last.say(Progress(0.5, "half"))
    assert told == [Progress(0.5, "half")]
    session.trying.neighbours.cancel()
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert len(answers) == 1


def test_a_text_is_heard_while_it_grows(session: Session, pool: Pool) -> None:
    answers: list[object] = []
    frames: list[Frame] = []
    session.trying.generate(RUN, answers.append, frames.append, prompt=(1, 2), length=5, top_k=3)
    job = pool.last.job
    assert isinstance(job, Generate) and (job.prompt, job.length, job.top_k) == ((1, 2), 5, 3)
    pool.last.say(Frame("generated", "", 1, 0.0, {"codes": np.array([4])}))
    assert frames[0].arrays["codes"].tolist() == [4]
    session.trying.close()
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert answers == []


def test_a_second_table_is_refused_while_one_is_written(session: Session, pool: Pool, tmp_path: Path) -> None:
    def write() -> None:
        session.trying.predict_file(
            RUN, lambda _: None, lambda _: None, file=tmp_path / "in.csv", out=tmp_path / "out.csv"
        )

    write()
    job = pool.last.job
    assert isinstance(job, PredictFile) and job.out == str(tmp_path / "out.csv")
    with pytest.raises(Refusal, match="is being written"):
        write()
    pool.last.end(Done({}))
    write()
    assert len(pool.asked) == 2


def test_a_file_is_read_by_a_worker(session: Session, pool: Pool, tmp_path: Path) -> None:
    session.trying.read(RUN, lambda _: None, fields=("image",), file=tmp_path / "a.png")
    job = pool.last.job
    assert isinstance(job, ReadInputs) and job.file == str(tmp_path / "a.png") and job.data == b""
