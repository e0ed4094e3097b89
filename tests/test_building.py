"""The Python door: `nndesigner.build`."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import nndesigner
from nndesigner.base.problem import Refusal
from nndesigner.project.writer import save
from tests.networks import chain, digits_cnn


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "digits.nnd"
    save(digits_cnn(), path)
    return path


def test_a_project_is_a_module_whose_parts_are_named_as_on_the_canvas(project: Path) -> None:
    module = nndesigner.build(str(project))
    assert isinstance(module, torch.nn.Module) and module.training
    assert module(torch.rand(3, 1, 8, 8)).shape == (3, 10)
    assert isinstance(module.get_submodule("conv1"), torch.nn.Conv2d)
    assert {name.split(".")[0] for name in module.state_dict()} == {"conv1", "linear1"}


def test_it_can_be_trained_by_hand(project: Path) -> None:
    torch.manual_seed(0)
    module = nndesigner.build(project)
    x, y = torch.rand(16, 1, 8, 8), torch.arange(16) % 10
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    losses = []
    for _ in range(30):
        loss = torch.nn.functional.cross_entropy(module(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_fresh_weights_follow_torchs_seed(project: Path) -> None:
    made = []
    for _ in range(2):
        torch.manual_seed(3)
        made.append(nndesigner.build(project).state_dict())
    assert all(torch.equal(made[0][name], made[1][name]) for name in made[0])


@pytest.mark.parametrize("name", ["missing.nnd", "unfinished.nnd", "no-project.nnd"])
def test_what_cannot_be_built_is_said_in_one_sentence(name: str, tmp_path: Path) -> None:
    save(chain([("ImageInput", {})]), tmp_path / "unfinished.nnd")
    (tmp_path / "no-project.nnd").write_text("hello")
    with pytest.raises(Refusal) as refused:
        nndesigner.build(tmp_path / name)
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)


def test_a_run_that_is_not_there_is_said(project: Path) -> None:
    with pytest.raises(Refusal):
        nndesigner.build(project, run="never")


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        nndesigner.nothing  # noqa: B018
