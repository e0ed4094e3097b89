"""Layers that draw while they learn, and pooling without an ONNX operator: files hold the fixed form, for any size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch._subclasses.fake_impls import op_implementations_dict

from nndesigner.exporters.random_layers import shapes_of_fractional_pools
from tests.exporters.test_onnx_file import assert_same, written
from tests.networks import chain

IMAGE = ("ImageInput", {"channels": 2, "height": "H", "width": 6})
VOLUME = ("Reshape", {"to": "volume", "sizes": "2, -1, 2, 3"})


def test_the_rule_of_tracing_is_lent_and_given_back() -> None:
    operator = torch.ops.aten.fractional_max_pool3d.default
    before = op_implementations_dict.get(operator)
    with pytest.raises(KeyError), shapes_of_fractional_pools():
        assert op_implementations_dict[operator] is not before
        raise KeyError
    assert op_implementations_dict.get(operator) is before


@pytest.mark.parametrize(
    "steps",
    [
        [("RReLU", {"lower": 0.1, "upper": 0.5})],
        [("FractionalMaxPool2d", {"kernel_size": [2, 3], "output_size": [3, 1]})],
        [VOLUME, ("FractionalMaxPool3d", {"kernel_size": [2, 1, 2], "output_size": [4, 1, 1]})],
        [VOLUME, ("AdaptiveAvgPool3d", {"output_size": [3, 1, 2]})],
    ],
    ids=["rrelu", "fractional 2-D", "fractional 3-D", "adaptive 3-D"],
)
def test_files_take_any_size(steps: list[tuple[str, dict[str, Any]]], tmp_path: Path) -> None:
    made, path = written(chain([IMAGE, *steps, ("Output", {})]), tmp_path)
    assert made.sizes[0]["H"] != made.sizes[1]["H"]
    assert_same(made, path)
