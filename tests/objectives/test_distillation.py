"""Distillation: the loss against a plain formula, a teacher that stays as it is, and teachers that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.objectives.distillation import AGREEMENT, soft_loss
from nndesigner.protocol import controls
from nndesigner.runs.store import open_run
from nndesigner.training.predict import Predictor
from tests.objectives.known import example
from tests.training.small import Recorder, chain, compiled, mlp, trained, trainer


def taught(document: Document, teacher: str, **plan: object) -> Document:
    values = {"teacher": teacher, "epochs": 2, **plan}
    return document.apply(edits.set_plan(document, values, objective="distillation"))


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    it, _ = trained(mlp("iris", 32, 3, epochs=20, learning_rate=0.01), tmp_path_factory.mktemp("teacher"))
    return it.run.path


def test_the_loss_is_that_of_the_paper() -> None:
    torch.manual_seed(0)
    scores, teacher, t = torch.randn(5, 4, requires_grad=True), torch.randn(5, 4), 3.0
    p, q = torch.softmax(teacher / t, 1), torch.softmax(scores / t, 1)
    assert soft_loss(scores, teacher, t).item() == pytest.approx(
        (t**2 * (p * (p / q).log()).sum(1).mean()).item(), rel=1e-5
    )
    (gradient,) = torch.autograd.grad(soft_loss(scores, teacher, t), scores)
    # equation 2: the gradient is (q - p) / T, times T² over the number of rows
    assert torch.allclose(gradient, t * (q - p).detach() / 5, atol=1e-6)
    assert soft_loss(teacher, teacher, t).item() == pytest.approx(0.0, abs=1e-6)


def test_a_batch_costs_what_the_teacher_and_the_right_class_say(teacher: Path, tmp_path: Path) -> None:
    document = taught(mlp("iris", 4, 3), str(teacher), temperature=2.0, soft_share=0.25)
    it = trainer(document, tmp_path)
    it.compiled.eval()
    inputs, targets = next(it.feed.evaluation("validation", 16))
    outcome = it.way.judge(inputs, targets)
    best = open_run(teacher).best_checkpoint()
    assert best is not None
    asked = Predictor(open_run(teacher), best.path)
    theirs = asked._compiled.for_loss(*inputs)[0]
    ours = it.compiled.for_loss(*inputs)[0]
    hard = torch.nn.functional.cross_entropy(ours, targets[0])
    assert outcome.loss.item() == pytest.approx(
        (0.25 * soft_loss(ours, theirs, 2.0) + 0.75 * hard).item(), rel=1e-5
    )
    assert outcome.means[0].item() == pytest.approx(
        (ours.argmax(1) == theirs.argmax(1)).float().mean().item()
    )


def test_a_run_learns_to_agree_goes_on_bit_for_bit_and_leaves_the_teacher_alone(
    teacher: Path, tmp_path: Path
) -> None:
    files = {path: path.read_bytes() for path in sorted(teacher.rglob("*")) if path.is_file()}
    document = taught(mlp("iris", 4, 3), str(teacher), epochs=30, learning_rate=0.02)
    whole, result = trained(document, tmp_path)
    assert result["metrics"]["validation"][AGREEMENT] > 0.8
    assert not any("teacher" in name for name, _ in whole.compiled.named_parameters())
    stop = Recorder(lambda call: [controls.Stop()] if call == 20 else [])
    first = trainer(document, tmp_path, stop)
    first.start()
    first.train()
    second = trainer(document, tmp_path, run=open_run(first.run.path))
    second.resume()
    second.train()
    for ours, theirs in zip(whole.compiled.parameters(), second.compiled.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert files == {path: path.read_bytes() for path in sorted(teacher.rglob("*")) if path.is_file()}


def test_the_teacher_changes_no_first_weight(teacher: Path, tmp_path: Path) -> None:
    document = mlp("iris", 4, 3)
    state = compiled(document)[0].state_dict()
    it = trainer(taught(document, str(teacher)), tmp_path)
    assert all(torch.equal(state[name], ours) for name, ours in it.compiled.state_dict().items())


def test_a_path_starts_at_the_folder_of_the_project(tmp_path: Path) -> None:
    # runs/NAME lies in the folder of the project; here the runs lie there themselves
    first, _ = trained(mlp("iris", 8, 3, epochs=1), tmp_path / "runs")
    beside = taught(mlp("iris", 4, 3), f"runs/{first.run.path.name}")
    trainer(beside, tmp_path / "runs")


def test_what_cannot_teach_is_refused_in_a_sentence(teacher: Path, tmp_path: Path) -> None:
    def why(document: Document) -> str:
        with pytest.raises(Refusal) as refused:
            trainer(document, tmp_path)
        return str(refused.value)

    assert "choose its folder as the teacher" in why(taught(mlp("iris", 4, 3), ""))
    assert "tells other classes" in why(taught(mlp("wine", 4, 3), str(teacher)))
    assert "tells other classes" in why(taught(mlp("moons"), str(teacher)))
    assert why(taught(mlp("iris", 4, 3), str(tmp_path / "nowhere"))).endswith(".")
    rows = [("TableInput", {}), ("Linear", {"out_features": 3}), ("Output", {})]
    other = chain("iris", rows, {"preparation": "none"})
    assert "another shape or preparation" in why(taught(other, str(teacher)))


@pytest.mark.long
def test_a_small_network_learns_to_answer_as_the_convolutional_one_of_its_template(tmp_path: Path) -> None:
    """The bar: sixteen hidden units agree with the teacher on nine of ten test digits."""
    document = example("digits-distillation")
    _, result = trained(document, tmp_path)
    found = result["metrics"]["test"]
    print(f"distillation on digits: agreement {found[AGREEMENT]:.3f}, accuracy {found['accuracy']:.3f}")
    assert found[AGREEMENT] >= 0.9
