"""The evaluate job: what it finds is what the answers of the network say, it is kept, and it knows when it is old."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn import metrics

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.document.document import Document
from nndesigner.protocol.channel import message_reader, write_message
from nndesigner.protocol.jobs import Evaluate, Predict
from nndesigner.protocol.messages import Done, Progress
from nndesigner.runs.evaluations import Evaluation, from_plain, load, why_stale
from nndesigner.runs.store import open_run
from nndesigner.worker.jobs import predict
from nndesigner.worker.jobs.evaluate import JOB
from nndesigner.worker.link import Link
from tests.training.small import Recorder, chain, dataset, mlp, trained


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document]:
    document = mlp(epochs=2, learning_rate=0.02)
    it, _ = trained(document, tmp_path_factory.mktemp("e"))
    return it.run.path, document


def evaluated(run: Path, **options: Any) -> tuple[Evaluation, list[str]]:
    job = Evaluate(run=str(run), **options)
    result = JOB.run(job, Link(Recorder(), job))
    (back,) = message_reader().feed(write_message(Done(result or {})))
    assert isinstance(back, Done)  # it can travel
    return from_plain(back.result), list(back.result["remarks"])


def answers(run: Path, part: str, checkpoint: str) -> dict[str, Any]:
    job = Predict(run=str(run), split=part, checkpoint=str(run / "checkpoints" / checkpoint))
    return predict.JOB.run(job, Link(Recorder(), job)) or {}


def test_the_metrics_are_those_of_the_answers(run: tuple[Path, Document]) -> None:
    path, document = run
    found, remarks = evaluated(path, part="test")
    assert not remarks and found.samples == len(dataset(document).indices["test"])
    said = answers(path, "test", found.checkpoint)
    truth, chosen = said["targets"]["output1"], said["answers"]["output1"]["class"]
    (output,) = found.outputs
    scores = output.classes
    assert scores is not None
    assert scores.accuracy == pytest.approx((truth == chosen).mean())
    assert np.array(scores.confusion).tolist() == metrics.confusion_matrix(truth, chosen).tolist()
    chances = said["answers"]["output1"]["values"]
    assert scores.lines[1].auc == pytest.approx(metrics.roc_auc_score(truth == 1, chances[:, 1]))


def test_the_best_checkpoint_scores_as_it_did_while_training(run: tuple[Path, Document]) -> None:
    path, _ = run
    found, _ = evaluated(path, part="validation")
    best = open_run(path).best_checkpoint()
    assert best is not None and found.checkpoint == best.path.name and found.step == best.step
    rows = open_run(path).rows()
    measured = {r.name: r.value for r in rows if r.split == "validation" and r.step == best.step}
    scores = found.outputs[0].classes
    assert scores is not None
    assert scores.accuracy == pytest.approx(measured["accuracy"])
    assert scores.log_loss == pytest.approx(measured["loss"], rel=1e-4)


def test_a_cell_names_the_samples_that_were_taken_so(run: tuple[Path, Document]) -> None:
    path, document = run
    found, _ = evaluated(path, part="test")
    said = answers(path, "test", found.checkpoint)
    truth, chosen = said["targets"]["output1"], said["answers"]["output1"]["class"]
    (output,) = found.outputs
    assert output.classes is not None
    for row in range(2):
        for column in range(2):
            places = output.cells.of(row, column)
            assert len(places) == min(24, output.classes.confusion[row][column])
            for place in places:
                position = output.cells.position[place]
                assert (truth[position], chosen[position]) == (row, column)
                assert output.cells.index[place] == dataset(document).indices["test"][position]


def test_the_worst_come_first_and_the_most_certain_mistakes_are_mistakes(run: tuple[Path, Document]) -> None:
    path, _ = run
    found, _ = evaluated(path, part="test")
    said = answers(path, "test", found.checkpoint)
    truth, chances = said["targets"]["output1"], said["answers"]["output1"]["values"]
    loss = -np.log(chances[np.arange(len(truth)), truth])
    (output,) = found.outputs
    assert [line.position for line in output.worst] == np.argsort(-loss, kind="stable")[:24].tolist()
    assert output.worst[0].loss == pytest.approx(loss.max(), rel=1e-5)
    wrong = np.flatnonzero(chances.argmax(axis=1) != truth)
    assert len(output.confident) == min(24, len(wrong))
    assert {line.position for line in output.confident} <= set(wrong.tolist())
    certain = [line.certain or 0.0 for line in output.confident]
    assert certain == sorted(certain, reverse=True)
    assert output.worst[0].preview["kind"] == "table"


def test_it_is_kept_and_read_again_as_it_was(run: tuple[Path, Document]) -> None:
    path, _ = run
    found, _ = evaluated(path, part="validation")
    assert load(open_run(path), "validation") == found
    (path / "evaluations" / "validation.json").write_bytes(b"{")
    assert load(open_run(path), "validation") is None
    assert load(open_run(path), "../run") is None


def test_it_is_told_stale_when_data_or_checkpoint_are_others(run: tuple[Path, Document]) -> None:
    path, _ = run
    found, _ = evaluated(path, part="test")
    folder = open_run(path)
    assert why_stale(found, folder, found.fingerprint) == ()
    assert "data has changed" in why_stale(found, folder, "another")[0]
    earlier = msgspec.structs.replace(found, step=found.step - 1)
    assert "evaluate again" in why_stale(earlier, folder)[0]
    other = msgspec.structs.replace(found, trained_on="another")
    assert "trained on" in why_stale(other, folder)[0]


def test_groups_add_up_and_tell_apart_what_is_hard(run: tuple[Path, Document]) -> None:
    path, document = run
    target = next(f.name for f in dataset(document).fields.values() if f.kind == "class")
    found, _ = evaluated(path, part="test", group=target)
    (output,) = found.outputs
    assert output.classes is not None
    assert [g.samples for g in output.groups] == [line.support for line in output.classes.lines]
    # Of samples of one class, the accuracy is the recall of that class.
    assert [g.values["accuracy"] for g in output.groups] == pytest.approx(
        [line.recall for line in output.classes.lines]
    )
    table = next(f.name for f in dataset(document).fields.values() if f.kind == "table")
    binned, _ = evaluated(path, part="test", group=f"{table}/0", bins=4)
    groups = binned.outputs[0].groups
    assert len(groups) == 4 and sum(g.samples for g in groups) == found.samples
    assert binned.group_label and max(g.samples for g in groups) - min(g.samples for g in groups) <= 2


def test_numbers_and_a_forecast(tmp_path: Path) -> None:
    document = chain(
        "sine",
        [("SequenceInput", {}), ("Flatten", {}), ("Linear", {"out_features": 1}), ("Output", {})],
        epochs=1,
    )
    it, _ = trained(document, tmp_path)
    found, _ = evaluated(it.run.path, part="test")
    said = answers(it.run.path, "test", found.checkpoint)
    truth, value = said["targets"]["output1"].ravel(), said["answers"]["output1"]["values"].ravel()
    numbers = found.outputs[0].numbers
    assert numbers is not None
    assert numbers.overall.r2 == pytest.approx(metrics.r2_score(truth, value), abs=1e-5)
    assert numbers.overall.bias == pytest.approx((value - truth).mean(), abs=1e-6)
    (forecast,) = numbers.forecast
    assert forecast.truth == pytest.approx(truth[:2000], rel=1e-5)
    assert list(forecast.index) == sorted(forecast.index)


def test_progress_is_told_and_it_can_be_cancelled(run: tuple[Path, Document]) -> None:
    path, _ = run
    recorder = Recorder()
    job = Evaluate(run=str(path))
    JOB.run(job, Link(recorder, job))
    fractions = [m.fraction for m in recorder.messages if isinstance(m, Progress)]
    assert fractions == sorted(fractions) and len(fractions) > 3
    link = Link(Recorder(), job)
    link.cancelled = True
    with pytest.raises(Cancelled):
        JOB.run(job, link)


def test_what_cannot_be_evaluated_is_refused(run: tuple[Path, Document], tmp_path: Path) -> None:
    path, _ = run
    with pytest.raises(Refusal, match="no samples in the part “future”"):
        evaluated(path, part="future")
    with pytest.raises(Refusal, match="nothing called “age” to group by"):
        evaluated(path, group="age")
    with pytest.raises(Refusal, match="no run"):
        evaluated(tmp_path)
