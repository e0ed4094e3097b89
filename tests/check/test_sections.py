"""Parts of a network: which ones a drawing has, and that each computes what the whole does there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.check.sections import code_of, makes_samples, reconstructs, sections
from nndesigner.compiler import weights
from nndesigner.compiler.build import build
from nndesigner.project.reader import open_project
from tests.training.small import mlp

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def opened(name: str):
    return check(open_project(EXAMPLES / f"{name}.nnd").document)


def test_a_classifier_is_one_network_from_end_to_end() -> None:
    checked = check(mlp())
    assert sections(checked) == {}
    assert code_of(checked) is None
    assert not makes_samples(checked) and not any(reconstructs(checked, head) for head in checked.heads)


@pytest.mark.parametrize(
    ("name", "words", "makes"),
    [
        ("digits-autoencoder", ["encoder", "decoder"], False),
        ("digits-denoising", [], False),
        ("digits-vae", ["encoder", "decoder"], True),
        ("digits-gan", ["discriminator"], True),
        ("digits-gan-conditional", ["discriminator"], True),
    ],
)
def test_what_a_drawing_has(name: str, words: list[str], makes: bool) -> None:
    checked = opened(name)
    assert list(sections(checked)) == words
    assert makes_samples(checked) is makes


def test_the_smallest_value_that_everything_goes_through_is_the_code() -> None:
    checked = opened("digits-autoencoder")
    place = code_of(checked)
    assert place is not None
    assert checked.node(place[0]).name == "latent_tanh"


@pytest.mark.parametrize("name", ["digits-autoencoder", "digits-vae"])
def test_encoder_and_decoder_one_after_the_other_are_the_whole(name: str) -> None:
    checked = opened(name)
    torch.manual_seed(0)
    compiled = build(checked).eval()
    parts = sections(checked)
    x = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        (z,) = compiled.within(parts["encoder"].checked)(x)
        (back,) = compiled.within(parts["decoder"].checked)(z)
        assert torch.equal(back, compiled(x))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("digits-vae", "encoder"),
        ("digits-vae", "decoder"),
        ("digits-gan", "discriminator"),
        ("digits-gan-conditional", "discriminator"),
    ],
)
def test_a_part_is_built_alone_and_takes_the_weights_of_the_whole(name: str, word: str) -> None:
    checked = opened(name)
    torch.manual_seed(0)
    compiled = build(checked).eval()
    part = sections(checked)[word].checked
    alone = build(part).eval()
    own = alone.state_dict().keys()
    assert 0 < len(own) < len(compiled.state_dict())
    weights.load(alone, {k: v for k, v in compiled.state_dict().items() if k in own}, strict=True)
    inputs = [
        torch.randint(node.outputs["y"].values, (2,))
        if node.outputs["y"].element == "int"
        else torch.rand(node.outputs["y"].shape({"N": 2}))
        for node in part.inputs
    ]
    with torch.no_grad():
        assert torch.equal(alone(*inputs), compiled.within(part)(*inputs)[0])
