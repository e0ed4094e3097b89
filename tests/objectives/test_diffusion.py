"""Denoising diffusion: the schedule, the way back from noise to samples, and that digits come out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.objectives.diffusion import DIFFUSION, denoised, schedule, spoiled
from nndesigner.project.reader import open_project
from tests.objectives.known import EXAMPLES, example
from tests.training.small import mlp, trained, trainer


def test_data_and_noise_keep_their_power_together() -> None:
    of_data, of_noise = schedule(torch.linspace(0, 1, 11))
    assert torch.allclose(of_data**2 + of_noise**2, torch.ones(11))
    assert of_data[0] == 1 and of_noise[-1] == 1
    x, noise = torch.randn(3, 1, 2, 2), torch.randn(3, 1, 2, 2)
    assert torch.equal(spoiled(x, torch.zeros(3, 1), noise), x)


def test_who_knows_the_noise_comes_back_to_the_data() -> None:
    """A perfect denoiser of a single sample: whatever is noisy holds this sample and the rest is noise."""
    wanted = torch.tensor([[0.5, -0.5, 0.9, 0.0]])

    def told(noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        of_data, of_noise = schedule(time)
        return (noisy - of_data * wanted) / of_noise

    torch.manual_seed(0)
    assert torch.allclose(denoised(told, torch.randn(5, 4), 20), wanted.expand(5, 4), atol=1e-5)


def test_what_is_drawn_is_what_is_learned(tmp_path: Path) -> None:
    """In training mode the drawn network spoils with the same schedule as the way of learning."""
    it = trainer(example("digits-diffusion"), tmp_path)
    inputs, _ = next(it.feed.evaluation("validation", 16))
    it.compiled.train()
    node = it.checked.node(next(n.id for n in it.checked.nodes if n.name == "add_noise"))
    assert node is not None
    torch.manual_seed(0)
    values = it.compiled.probe(*inputs)
    noisy, time = values[node.id, "noisy"], values[node.id, "time"]
    of_data, of_noise = schedule(time.view(-1, 1, 1, 1))
    noise = (noisy - of_data * (inputs[0] * 2 - 1)) / of_noise
    assert noise.std().item() == pytest.approx(1.0, abs=0.1) and 0 < time.min() < time.max() < 1


def test_what_cannot_be_denoised_is_refused() -> None:
    assert "Diffusion noise" in DIFFUSION.why_not(check(mlp()))
    assert DIFFUSION.why_not(check(example("digits-diffusion"))) == ""


@pytest.mark.long
def test_digits_come_out_of_noise(tmp_path: Path) -> None:
    """The bar: a digits CNN takes the 64 samples for digits, mean confidence 85 %, and finds all ten classes."""
    judge, _ = trained(open_project(EXAMPLES / "digits-cnn.nnd").document, tmp_path)
    it, _ = trained(example("digits-diffusion"), tmp_path)
    shown = torch.from_numpy(it.monitor.frames["", "generated"].arrays["images"]).float()[:, None] / 255
    judge.compiled.eval()
    with torch.no_grad():
        sure, digit = judge.compiled(shown).softmax(dim=1).max(dim=1)
    print(f"digits-diffusion: mean confidence {sure.mean():.3f}, {len(digit.unique())} of 10 classes")
    assert sure.mean() >= 0.85 and len(digit.unique()) == 10
