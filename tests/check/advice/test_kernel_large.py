from __future__ import annotations

from typing import Any

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.compiler.build import build, example_inputs
from nndesigner.document.document import Document
from tests.check.advice.drawings import advice, mended
from tests.networks import DIGIT, DIGIT_IMAGE, chain

CODE = "kernel-large"


def windows(*steps: tuple[str, dict[str, Any]]) -> Document:
    end = [("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})]
    return chain([("ImageInput", {}), *steps, *end], [DIGIT_IMAGE, DIGIT])


def conv(kernel: int, **more: Any) -> tuple[str, dict[str, Any]]:
    return ("Conv2d", {"out_channels": 2, "kernel_size": [kernel] * 2, **more})


HALF = ("MaxPool2d", {})
CASES = {
    "on one pixel": [HALF, HALF, HALF, conv(3)],
    "on two": [HALF, HALF, conv(5)],
    "dilated": [conv(3, dilation=[8, 8])],
    "strided": [HALF, HALF, conv(5, stride=[2, 2], padding="custom", pad=[3, 3])],
}


@pytest.mark.parametrize("name", CASES)
def test_idle_taps_are_those_that_get_no_gradient(name: str) -> None:
    document = windows(*CASES[name])
    (problem,) = advice(document, CODE)
    checked = check(document)
    model = build(checked)
    for weight in model.parameters():
        torch.nn.init.uniform_(weight, 0.5, 1.0)
    (x,) = example_inputs(checked, {"N": 4})
    model(x.abs() + 0.1).sum().backward()
    idle = int((model.conv1.weight.grad[0, 0] == 0).sum())
    assert f"{idle} of its {model.conv1.weight[0, 0].numel()} taps" in problem.message


def test_the_remedy_keeps_the_size_and_every_tap_sees() -> None:
    after = mended(windows(HALF, HALF, HALF, conv(3)), CODE)
    assert after.node_named("conv1").parameters["kernel_size"] == [1, 1]  # type: ignore[union-attr]
    assert check(after).ok


@pytest.mark.parametrize(
    "steps",
    [[conv(3)], [HALF, HALF, conv(3)], [conv(7)], [conv(15)], [HALF, conv(7, padding="custom", pad=[3, 3])]],
)
def test_windows_that_see_with_every_tap(steps: list[Any]) -> None:
    assert advice(windows(*steps), CODE) == []


def test_a_border_of_the_input_itself_is_seen() -> None:
    assert advice(windows(HALF, HALF, HALF, conv(3, padding_mode="replicate")), CODE) == []
