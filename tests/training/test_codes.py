"""From codes to samples and back, of networks whose weights say what comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.check.latent import latent_of
from nndesigner.project.reader import open_project
from nndesigner.training.codes import Coded
from tests.networks import digits_cnn
from tests.training.test_attribution import Untrained

EXAMPLES = Path(__file__).parents[2] / "examples"


class Whole(Untrained):
    def __init__(self, name: str) -> None:
        document = open_project(EXAMPLES / f"{name}.nnd").document
        super().__init__(document)
        self.whole = check(document)


def coded(name: str) -> tuple[Coded, Whole]:
    predictor = Whole(name)
    return Coded(predictor), predictor


@pytest.mark.parametrize(
    ("name", "part", "numbers", "prior", "encodes"),
    [
        ("digits-autoencoder", "decoder", 8, "", True),
        ("digits-vae", "decoder", 2, "normal", True),
        ("digits-gan", "", 32, "normal", False),
        ("digits-gan-conditional", "", 32, "normal", False),
    ],
)
def test_what_stands_between_code_and_sample(
    name: str, part: str, numbers: int, prior: str, encodes: bool
) -> None:
    found = latent_of(check(open_project(EXAMPLES / f"{name}.nnd").document))
    assert found is not None and found.field is not None and found.field.name == "image"
    assert (found.part, found.numbers, found.prior, found.encodes) == (part, numbers, prior, encodes)
    assert found.classes == (tuple("0123456789") if name.endswith("conditional") else ())


@pytest.mark.parametrize("name", ["digits-mlp", "digits-diffusion", "digits-embedding", "sine-lstm"])
def test_other_networks_have_none(name: str) -> None:
    assert latent_of(check(open_project(EXAMPLES / f"{name}.nnd").document)) is None


@pytest.mark.parametrize("name", ["digits-autoencoder", "digits-vae"])
def test_there_and_back_is_what_the_whole_network_answers(name: str) -> None:
    it, predictor = coded(name)
    images = {"image": np.random.default_rng(0).uniform(0, 16, (5, 1, 8, 8)).astype(np.float32)}
    codes = it.encode(images)
    assert codes.shape == (5, it.latent.numbers)
    made = it.decode(codes)
    assert made.shape == (5, 1, 8, 8) and len(np.unique(made[:, 0, 4, 4])) > 1
    whole = predictor.answers(images)[predictor.heads[0].node.name]["values"]
    assert made == pytest.approx(whole, abs=1e-4), "the mean is what is answered, not a draw around it"


def test_a_generator_told_its_code_and_class() -> None:
    it, predictor = coded("digits-gan-conditional")
    codes = np.repeat(np.random.default_rng(1).normal(size=(1, 32)).astype(np.float32), 3, axis=0)
    made = it.decode(codes, (4, 4, 7))
    assert np.array_equal(made[0], made[1]) and not np.allclose(made[0], made[2])
    with torch.no_grad():
        direct = predictor._model(torch.tensor([4]), torch.from_numpy(codes[:1]))
    assert made[:1] == pytest.approx(direct.numpy(), abs=1e-5)
    pieces = list(it.samples(25, seed=3, at_once=10))
    assert [len(values) for values, _ in pieces] == [10, 10, 5]
    assert [c for _, classes in pieces for c in classes] == [i % 10 for i in range(25)]
    again = np.concatenate([values for values, _ in it.samples(25, seed=3)])
    assert again == pytest.approx(np.concatenate([values for values, _ in pieces]), abs=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    it, _ = coded("digits-gan-conditional")
    wrong: list[tuple[Any, tuple[int, ...], str]] = [
        (np.zeros((1, 31)), (0,), "has 32 numbers"),
        (np.zeros((1, 32)), (), "told a class"),
        (np.zeros((1, 32)), (10,), "from 0 to 9"),
    ]
    for codes, classes, words in wrong:
        with pytest.raises(Refusal, match=words):
            it.decode(codes, classes)
    with pytest.raises(Refusal, match="gives no codes"):
        it.encode({})
    plain, _ = coded("digits-autoencoder")
    with pytest.raises(Refusal, match="no known distribution"):
        next(plain.samples(1, 0))
    with pytest.raises(Refusal, match="nothing out of a code"):
        nothing = Untrained(digits_cnn())
        nothing.whole = check(digits_cnn())
        Coded(nothing)
