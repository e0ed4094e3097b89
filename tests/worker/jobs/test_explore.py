"""The explore job: on fresh weights or a run's, kept in the run's folder, with the run left as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Explore
from nndesigner.protocol.messages import Frame, Progress
from nndesigner.runs.history import RunHistory
from nndesigner.runs.store import RunFolder, open_run
from nndesigner.training import checkpoints
from nndesigner.worker.jobs.explore import explore
from nndesigner.worker.link import Link
from tests.explorations.subjects import cnn
from tests.training.small import Recorder, mlp, trainer

FEW = {"points": 3, "samples": 16}


def ask(job: Explore) -> tuple[dict[str, object], list[Frame], Recorder]:
    recorder = Recorder()
    found = explore(job, Link(recorder, job))
    return found or {}, recorder.of(Frame), recorder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    it = trainer(mlp(epochs=3, learning_rate=0.02), tmp_path)
    it.start()
    it.train()
    return open_run(it.run.path)


def files(run: RunFolder) -> dict[str, bytes]:
    return {
        str(path.relative_to(run.path)): path.read_bytes()
        for path in run.path.rglob("*")
        if path.is_file() and "explored" not in path.parts
    }


def test_fresh_weights_of_a_project_leave_nothing_behind(tmp_path: Path) -> None:
    found, frames, recorder = ask(Explore("lr_finder", encode(mlp()), str(tmp_path), options={"steps": 60}))
    assert found == {"step": 0, "kept": False} and list(tmp_path.iterdir()) == []
    assert frames[-1].measurement == "lr_finder" and frames[-1].step == 0
    assert frames[-1].meta["options"]["steps"] == 60 and frames[-1].meta["options"]["highest"] == 10.0
    assert len(frames) > 3, "it is seen while it grows"
    fractions = [progress.fraction for progress in recorder.of(Progress)]
    assert fractions == sorted(fractions) and fractions[-1] > 0.5


@pytest.mark.parametrize("name", ["gradient_noise", "sharpness", "loss_landscape"])
def test_a_run_keeps_what_was_found_out_and_is_otherwise_as_it_was(run: RunFolder, name: str) -> None:
    before = files(run)
    options = FEW if name == "loss_landscape" else {}
    found, frames, _ = ask(Explore(name, run=str(run.path), options=options))
    last = run.checkpoints()[-1]
    assert found == {"step": last.step, "kept": True}
    assert (frames[-1].step, frames[-1].epoch) == (last.step, last.epoch)
    assert files(run) == before
    kept = RunHistory.from_folder(run).explored
    assert list(kept) == [name]
    for key, array in frames[-1].arrays.items():
        assert np.array_equal(kept[name].arrays[key], array, equal_nan=True)
    assert kept[name].meta == frames[-1].meta or any(v != v for v in frames[-1].meta.values())


def test_the_landscape_knows_the_way_from_the_first_weights_to_these(run: RunFolder) -> None:
    _, frames, _ = ask(Explore("loss_landscape", run=str(run.path), options={**FEW, "directions": "path"}))
    frame = frames[-1]
    labels = frame.meta["path_labels"]
    assert labels == ["start", "these weights"], "the checkpoint of step 0 is the start"
    snapshot = checkpoints.read(run.checkpoints()[0].path)
    now = checkpoints.read(run.checkpoints()[-1].path)
    far = sum(float((now.model[n] - t).square().sum()) for n, t in snapshot.model.items()) ** 0.5
    assert snapshot.standing.step == 0 and frame.arrays["path"][0] == pytest.approx(
        [far, 0.0], rel=1e-4, abs=1e-5
    )
    assert frame.meta["held"][0] == pytest.approx(1.0) and frame.arrays["path"].shape == (len(labels), 2)
    fresh = ask(Explore("loss_landscape", run.project_bytes(), str(run.path.parent), options=FEW))[1][-1]
    assert fresh.meta["centre"] > frame.meta["centre"], "training has lowered the loss"


def test_the_rate_is_the_one_that_the_run_goes_on_with(run: RunFolder) -> None:
    meta = ask(Explore("sharpness", run=str(run.path)))[1][-1].meta
    assert meta["rate"] == 0.02 and meta["limit"] == pytest.approx(100.0)


def test_a_run_lends_its_weights_to_the_project_as_far_as_they_fit(run: RunFolder) -> None:
    project = run.document().apply(edits.set_plan(run.document(), {"batch_size": 64}))
    job = Explore("lr_finder", encode(project), str(run.path.parent), str(run.path), options={"steps": 50})
    found, frames, _ = ask(job)
    assert found == {"step": run.checkpoints()[-1].step, "kept": False} and not run.explored()
    fresh = ask(Explore("lr_finder", encode(project), str(run.path.parent), options={"steps": 50}))[1]
    assert frames[-1].meta["first"] < fresh[-1].meta["first"]
    with pytest.raises(Refusal, match="Nothing of the run"):
        ask(Explore("lr_finder", encode(cnn()), "", str(run.path)))


def test_what_cannot_be_done_is_said_in_one_sentence(run: RunFolder, tmp_path: Path) -> None:
    for job, words in (
        (Explore("nothing", encode(mlp())), "There is no exploration"),
        (Explore("sharpness", encode(mlp()), options={"samples": 0}), "Samples"),
        (Explore("sharpness", run=str(tmp_path / "none")), "There is no run"),
        (Explore("sharpness", encode(edits.new_document())), "no data yet"),
        (Explore("loss_landscape", encode(mlp()), options={"directions": "path"}), "another checkpoint"),
    ):
        with pytest.raises(Refusal, match=words):
            ask(job)
    run.save_record(data={**run.record.data, "fingerprint": "another"})
    with pytest.raises(Refusal, match="data has changed"):
        ask(Explore("sharpness", run=str(run.path)))


def test_what_was_found_twice_is_kept_once_and_damage_is_left_out(run: RunFolder) -> None:
    for seed in (0, 1):
        ask(Explore("sharpness", run=str(run.path), options={"seed": seed}))
    (kept,) = run.explored()
    assert kept.meta["options"]["seed"] == 1
    (run.path / "explored" / "sharpness.frame").write_bytes(b"odd")
    assert run.explored() == []
