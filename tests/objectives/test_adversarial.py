"""Adversarial pairs: who moves when, what is minimised, and that they learn to draw digits."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.layers.adversarial_loss import KINDS
from nndesigner.objectives.adversarial import (
    ADVERSARIAL,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from nndesigner.objectives.supervised import SUPERVISED
from nndesigner.project.reader import open_project
from nndesigner.protocol.messages import Scalars
from tests.objectives.known import EXAMPLES, example
from tests.training.small import Recorder, trained, trainer


def copies(it) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in it.compiled.named_parameters()}


def test_each_turn_moves_its_own_network_and_no_other(tmp_path: Path) -> None:
    it = trainer(example("digits-gan", batch_size=128), tmp_path)
    it.start()
    inputs, targets = next(it.feed.epoch(0, 0, 128, False))
    for player, prefix in zip(it.players, ("discriminator.", "generator."), strict=True):
        before = copies(it)
        player.stepper.forget_gradients()
        it.strategy.backward(player.turn.judge(inputs, targets).loss, player.weights)
        player.stepper.step()
        moved = {name for name, weight in copies(it).items() if not torch.equal(weight, before[name])}
        assert moved == {name for name in before if name.startswith(prefix)}


def test_the_generator_rests_while_the_critic_takes_its_steps(tmp_path: Path) -> None:
    link = Recorder()
    it, _ = trained(example("digits-gan-wasserstein", epochs=1, batch_size=64), tmp_path, link)
    rows = [row for said in link.of(Scalars) for row in said.rows if row.split == "train"]
    of = {
        name: [row.step for row in rows if row.name == f"loss · {name}"]
        for name in ("discriminator", "generator")
    }
    assert of["discriminator"] == list(range(1, it.at.step + 1))
    assert of["generator"] == list(range(1, it.at.step + 1, 3))


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_discriminator_minimises_what_is_drawn(kind: str, tmp_path: Path) -> None:
    document = example("digits-gan", label_smoothing=0.0)
    loss = document.node_named("adversarial")
    assert loss is not None
    document = document.apply(edits.set_parameter(document, loss.id, "kind", kind))
    it = trainer(document, tmp_path)
    it.compiled.eval()
    inputs, targets = next(it.feed.evaluation("validation", 64))
    with torch.no_grad():
        drawn = it.compiled.for_loss(*inputs)[-1]
        outcome = it.players[0].turn.judge(inputs, targets)
    assert torch.allclose(drawn, outcome.loss, atol=1e-6)


def test_the_losses_are_those_of_the_papers() -> None:
    real, fake = torch.randn(16, 1), torch.randn(16, 1)
    ones, zeros = torch.ones_like(real), torch.zeros_like(real)
    bce = F.binary_cross_entropy_with_logits
    assert torch.allclose(discriminator_loss("standard", real, fake), bce(real, ones) + bce(fake, zeros))
    assert torch.allclose(
        discriminator_loss("standard", real, fake, 0.1), bce(real, 0.9 * ones) + bce(fake, zeros)
    )
    assert torch.allclose(generator_loss("standard", fake), bce(fake, ones))
    assert torch.allclose(
        discriminator_loss("least_squares", real, fake),
        (F.mse_loss(real, ones) + F.mse_loss(fake, zeros)) / 2,
    )
    assert torch.allclose(generator_loss("wasserstein", fake), -fake.mean())


def test_the_penalty_is_nothing_for_a_slope_of_one() -> None:
    real, made = torch.randn(8, 4), torch.randn(8, 4)
    way = torch.tensor([0.5, 0.5, 0.5, 0.5])
    assert gradient_penalty(lambda x: x[0] @ way, [real], [made]).item() == pytest.approx(0.0, abs=1e-6)
    assert gradient_penalty(lambda x: x[0] @ (3 * way), [real], [made]).item() == pytest.approx(4.0, abs=1e-4)


def test_each_column_of_a_conditional_pair_is_one_class(tmp_path: Path) -> None:
    it = trainer(example("digits-gan-conditional"), tmp_path)
    it.compiled.eval()
    with torch.no_grad():
        made = it.way.sample(64)
    assert made.columns == 10 and made.labels == tuple("0123456789") * 6
    rows = made.values.reshape(6, 10, -1)
    assert not torch.equal(rows[0, 0], rows[0, 1]) and not torch.equal(rows[0, 0], rows[1, 0])


def test_what_is_not_a_pair_is_refused_with_what_to_do() -> None:
    document = example("digits-gan")
    assert "Adversarial (GAN)" in SUPERVISED.why_not(check(document))
    second = document.node_named("discriminator2")
    loss = document.node_named("adversarial")
    assert second is not None and loss is not None
    apart = document.apply(edits.share_weights(document, [second.id], ""))
    assert "use the weights of the other" in ADVERSARIAL.why_not(check(apart))
    without = document.apply(edits.remove(document, [loss.id]))
    assert "Adversarial loss" in ADVERSARIAL.why_not(check(without))


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["digits-gan", "digits-gan-least-squares", "digits-gan-wasserstein", "digits-gan-conditional"]
)
def test_the_samples_that_a_run_shows_are_digits_of_every_kind(name: str, tmp_path: Path) -> None:
    """The bar: a digits CNN takes the 64 samples for digits with a mean confidence of 90 % and finds all ten classes;
    a conditional pair makes what it was told in nine of ten."""
    judge, result = trained(open_project(EXAMPLES / "digits-cnn.nnd").document, tmp_path)
    assert result["metrics"]["test"]["accuracy"] > 0.97
    it, _ = trained(example(name), tmp_path)
    frame = it.monitor.frames["", "generated"]
    shown = torch.from_numpy(frame.arrays["images"]).float()[:, None] / 255
    judge.compiled.eval()
    with torch.no_grad():
        sure, digit = judge.compiled(shown).softmax(dim=1).max(dim=1)
    kinds = len(digit.unique())
    print(f"{name}: mean confidence {sure.mean():.3f}, {kinds} of 10 classes, {len(shown)} samples")
    assert sure.mean() >= 0.9 and kinds == 10
    if frame.meta["labels"]:
        wanted = torch.tensor([int(label) for label in frame.meta["labels"]])
        right = float((digit == wanted).float().mean())
        print(f"{name}: {right:.3f} are the digit that was wanted")
        assert right >= 0.9
