from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import SERIES, answers, infer, model

SEQUENCE, SIGNAL = tensor(time="T", feature=6), tensor(channel=6, length="T")
IMAGE = tensor(channel=3, height=4, width=5)


def test_select_takes_the_step_that_it_says() -> None:
    x = torch.randn(2, 5, 6)
    assert torch.equal(model(SERIES, ("Select", {}))(x), x[:, -1])
    assert torch.equal(model(SERIES, ("Select", {"step": 1}))(x), x[:, 1])
    assert infer("Select", SIGNAL) == tensor(feature=6)


def test_mean_over_steps_and_over_positions() -> None:
    x = torch.randn(2, 5, 6)
    torch.testing.assert_close(model(SERIES, ("Mean", {}))(x), x.mean(1))
    assert infer("Mean", SEQUENCE) == tensor(feature=6)
    assert infer("Mean", IMAGE) == tensor(feature=3)
    assert infer("Mean", IMAGE, over="features") == tensor(height=4, width=5)


def test_the_mean_of_a_row_is_one_value_per_sample() -> None:
    assert infer("Mean", tensor(feature=4), over="features") == tensor(feature=1)
    mean = model(("TableInput", {"features": 4}), ("Mean", {"over": "features"}))
    assert mean(torch.tensor([[1.0, 2.0, 3.0, 6.0], [0.0, 0.0, 0.0, 4.0]])).tolist() == [[3.0], [1.0]]


def test_of_a_single_map_the_mean_is_one_value_too() -> None:
    image = ("ImageInput", {"channels": 2, "height": 2, "width": 3})
    mean = model(image, ("Mean", {"over": "features"}), ("Mean", {}))
    x = torch.rand(4, 2, 2, 3)
    assert torch.allclose(mean(x), x.mean(dim=(1, 2, 3))[:, None])


@pytest.mark.parametrize("name", ["mean", "sum", "max", "min", "var", "std", "logsumexp", "norm"])
def test_reductions_are_those_of_torch(name: str) -> None:
    x = torch.randn(2, 3, 4, 5)
    torch_names = {"max": torch.amax, "min": torch.amin, "norm": torch.linalg.vector_norm}
    options = {"correction": 0} if name in ("var", "std") else {}
    want = torch_names.get(name, getattr(torch, name))(x, dim=(2, 3), **options)
    torch.testing.assert_close(answers("Reduce", {"function": name}, (IMAGE, x))[0], want)
    (kept,) = answers("Reduce", {"function": name, "keepdim": True}, (IMAGE, x))
    torch.testing.assert_close(kept, want[:, :, None, None])


def test_of_everything_one_value_is_left_on_an_axis_of_its_own() -> None:
    assert infer("Reduce", IMAGE, axes="all") == tensor(feature=1)
    with pytest.raises(ShapeError, match="runs over one axis"):
        infer("Reduce", IMAGE, axes="all", function="prod")


def test_select_takes_a_place_of_any_axis() -> None:
    x = torch.randn(2, 3, 4, 5)
    assert answers("Select", {"axis": "channel", "step": 1}, (IMAGE, x))[0].equal(x[:, 1])
    with pytest.raises(ShapeError, match="use Slice"):
        infer("Select", tensor(feature=4), axis="-1")
