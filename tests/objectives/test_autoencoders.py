"""Autoencoders: what is compared with what, distortions, codes that samples are made from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.objectives.autoencoder import AUTOENCODER, distortion
from nndesigner.objectives.variational import VARIATIONAL, prior
from tests.objectives.known import example
from tests.training.small import trained, trainer


def test_an_output_that_is_not_compared_with_an_input_is_refused() -> None:
    document = example("digits-autoencoder")
    assert AUTOENCODER.why_not(check(document)) == ""
    assert "Sample layer" in VARIATIONAL.why_not(check(document))
    vae = example("digits-vae")
    kl = vae.node_named("kl")
    assert kl is not None
    assert "KL divergence" in VARIATIONAL.why_not(check(vae.apply(edits.remove(vae, [kl.id]))))


def test_distortions_are_what_they_say() -> None:
    x = torch.full((2000, 4), 2.0)
    tokens = torch.arange(6).reshape(2, 3)
    torch.manual_seed(0)
    assert distortion({"corruption": "none", "corruption_amount": 0.5}) is None
    noisy = distortion({"corruption": "gaussian", "corruption_amount": 0.5})
    masked = distortion({"corruption": "masking", "corruption_amount": 0.25})
    assert noisy is not None and masked is not None
    shaken, kept = noisy([x, tokens])
    assert shaken.std().item() == pytest.approx(0.5, rel=0.05) and torch.equal(kept, tokens)
    assert (masked([x])[0] == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)


def test_the_network_sees_the_distorted_input_and_is_compared_with_the_clean_one(tmp_path: Path) -> None:
    it = trainer(example("digits-denoising"), tmp_path)
    it.compiled.eval()
    inputs, targets = next(it.feed.evaluation("validation", 32))
    assert torch.equal(inputs[0], targets[0])
    with torch.no_grad():
        torch.manual_seed(3)
        told = it.way.judge(inputs, targets).loss
        torch.manual_seed(3)
        assert it.way.distort is not None
        seen = it.way.distort(inputs)[0]
        answer = it.compiled(seen)
    assert torch.allclose(told, torch.nn.functional.mse_loss(answer, targets[0]))


def test_a_code_of_two_numbers_is_walked_through_evenly() -> None:
    codes, columns = prior(64, [2])
    assert codes.shape == (64, 2) and columns == 8
    square = codes.reshape(8, 8, 2)
    assert (square[:, 1:, 0] > square[:, :-1, 0]).all() and (square[1:, :, 1] < square[:-1, :, 1]).all()
    assert codes.mean().abs().item() < 1e-5
    drawn, columns = prior(10, [5])
    assert drawn.shape == (10, 5) and columns == 0 and torch.equal(drawn, prior(10, [5])[0])


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "bar"), [("digits-autoencoder", 0.85), ("digits-denoising", 0.75), ("digits-vae", 0.7)]
)
def test_what_comes_back_explains_the_images(name: str, bar: float, tmp_path: Path) -> None:
    """The bar: R² of the test images' pixels. Eight numbers keep 85 % of the variance, two keep 70 %; of digits under
    noise of 0.4 (the ink goes from 0 to 1) three quarters come back."""
    _, result = trained(example(name), tmp_path)
    found = result["metrics"]["test"]["r2"]
    print(f"{name}: R² {found:.3f}")
    assert found >= bar
