"""The predict job: for samples of the data, for arrays, for files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document.document import Document
from nndesigner.protocol.channel import message_reader, write_message
from nndesigner.protocol.jobs import Predict, PredictFile
from nndesigner.protocol.messages import Done
from nndesigner.worker.jobs.predict import JOB
from nndesigner.worker.jobs.predict_file import JOB as FILE_JOB
from nndesigner.worker.link import Link
from tests.objectives.known import example
from tests.training.small import Recorder, dataset, mlp, trained, trainer


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document]:
    document = mlp(epochs=3, learning_rate=0.02)
    it, _ = trained(document, tmp_path_factory.mktemp("p"))
    return it.run.path, document


def predict(run: Path, **options: Any) -> dict[str, Any]:
    job = Predict(run=str(run), **options)
    result = JOB.run(job, Link(Recorder(), job))
    (back,) = message_reader().feed(write_message(Done(result or {})))
    assert isinstance(back, Done)  # it can travel
    return back.result


def test_samples_of_a_part_come_with_what_went_in_and_what_was_wanted(run: tuple[Path, Document]) -> None:
    path, document = run
    found = predict(path, split="test", indices=(3, 0))
    data = dataset(document)
    rows = data.indices["test"][[3, 0]]
    assert found["indices"].tolist() == rows.tolist()
    (field,) = found["inputs"]
    assert (found["inputs"][field] == data.arrays[field][rows]).all()
    assert found["answers"]["output1"]["values"].shape == (2, 2)
    assert found["targets"]["output1"].shape == (2,)
    assert found["checkpoint"].startswith("step-") and found["step"] > 0
    everything = predict(path, split="validation")
    assert len(everything["answers"]["output1"]["class"]) == len(data.indices["validation"])


def test_arrays_and_files_give_the_same_answers(run: tuple[Path, Document], tmp_path: Path) -> None:
    path, document = run
    field = next(f.name for f in dataset(document).fields.values() if f.role == "input")
    points = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    np.save(tmp_path / "points.npy", points)
    np.savez(tmp_path / "points.npz", **{field: points})
    answers = [
        predict(path, inputs={field: points}),
        predict(path, file=str(tmp_path / "points.npy")),
        predict(path, file=str(tmp_path / "points.npz")),
    ]
    values = [found["answers"]["output1"]["values"] for found in answers]
    assert (values[0] == values[1]).all() and (values[0] == values[2]).all()


def test_a_decoder_needs_only_what_it_reads_and_writes_the_rest(tmp_path: Path) -> None:
    """From arrays and from a file; what a file says of the answer so far is not believed."""
    it = trainer(example("reverse-sequence"), tmp_path)
    it.start()
    words = np.random.default_rng(0).integers(0, 10, (5, 8))
    np.savez(tmp_path / "words.npz", sequence=words)
    np.savez(tmp_path / "more.npz", sequence=words, **{"so far": np.full((5, 8), 3)})
    asked = [
        predict(it.run.path, inputs={"sequence": words}),
        predict(it.run.path, file=str(tmp_path / "words.npz")),
        predict(it.run.path, file=str(tmp_path / "more.npz")),
    ]
    said = [found["answers"]["next"]["class"] for found in asked]
    assert (said[0] == said[1]).all() and (said[0] == said[2]).all()
    wrote = asked[0]["inputs"]["so far"]
    assert (wrote[:, 0] == 10).all() and (wrote[:, 1:] == said[0][:, :-1]).all()
    job = PredictFile(str(it.run.path), str(tmp_path / "words.npz"), str(tmp_path / "out.csv"))
    assert (FILE_JOB.run(job, Link(Recorder(), job)) or {})["samples"] == 5
    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert rows[1:] == [f"{i},{''.join('abcdefghij'[code] for code in row)}" for i, row in enumerate(said[0])]


def test_what_cannot_be_predicted_is_refused(run: tuple[Path, Document], tmp_path: Path) -> None:
    path, _ = run
    with pytest.raises(Refusal, match=r"has \d+ samples, numbered from 0"):
        predict(path, split="test", indices=(10_000,))
    with pytest.raises(Refusal, match="no samples in the part “future”"):
        predict(path, split="future")
    (tmp_path / "x.npy").write_bytes(b"not numpy")
    with pytest.raises(Refusal, match=r"x\.npy"):
        predict(path, file=str(tmp_path / "x.npy"))
    with pytest.raises(Refusal, match=r"gone\.npy"):
        predict(path, file=str(tmp_path / "gone.npy"))
    np.save(tmp_path / "o.npy", np.array([{}], dtype=object))
    with pytest.raises(Refusal, match=r"o\.npy"):
        predict(path, file=str(tmp_path / "o.npy"))
