"""What leaves a custom layer, found by running it: types, lengths as expressions, counts, and what is wrong."""

from __future__ import annotations

import pytest
import torch

from nndesigner.base import trust
from nndesigner.base.description import Description, PortType, Question
from nndesigner.base.shapes import Size, TensorType, tensor
from nndesigner.compiler.custom_modules import module_class
from nndesigner.compiler.describing import describe
from nndesigner.layers.custom_code import read_code
from tests.custom_texts import GATE, HEAD, SPLIT, layer


def ask(text: str, values: dict[str, object] | None = None, **inputs: TensorType) -> Description:
    trust.trust(text)
    fields = {field.name: field.default for field in read_code(text).fields}
    return describe(
        Question(text, {**fields, **(values or {})}, {k: PortType.of(v) for k, v in inputs.items()})
    )


def leaves(found: Description, port: str = "y") -> str:
    assert not found.error
    return str(found.outputs[port].type())


def test_types_and_weights() -> None:
    found = ask(GATE, {"hidden": 3}, x=tensor(feature=5))
    assert leaves(found) == "N × 5" and found.outputs["y"].type() == tensor(feature=5)
    assert found.weights == 5 * 3 + 3 + 3 * 5 + 5
    assert found.macs == "30"


def test_several_inputs_and_outputs() -> None:
    both = ask(SPLIT, a=tensor(time="T", feature=4), b=tensor(time="T", feature=4))
    assert (leaves(both, "y1"), leaves(both, "y2")) == ("N × T × 4", "N × T × 1")
    alone = ask(SPLIT, a=tensor(time="T", feature=4))
    assert alone.outputs == both.outputs


CONV = (
    HEAD
    + """
class Conv(nn.Module):
    def __init__(self, in_channels, kernel: int = 3, stride: int = 2, padding: int = 0, dilation: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 4, kernel, stride, padding, dilation)

    def forward(self, x):
        return self.conv(x)
"""
)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1])
def test_lengths_follow_the_rule_of_a_convolution(kernel: int, stride: int, padding: int) -> None:
    found = ask(
        CONV,
        {"kernel": kernel, "stride": stride, "padding": padding},
        x=tensor(channel=2, height="H", width="W"),
    )
    height, width = found.outputs["y"].type().sizes[2:]
    for h, w in ((31, 64), (40, 33), (65, 65)):
        conv = torch.nn.Conv2d(2, 4, kernel, stride, padding)
        expected = conv(torch.zeros(1, 2, h, w)).shape[2:]
        assert (height.at({"H": h}), width.at({"W": w})) == tuple(expected)
        macs = 4 * 2 * kernel * kernel * expected[0] * expected[1]
        assert Size.of(found.macs).at({"H": h, "W": w}) == macs


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ("x = x.flatten(1)", "3*T"),
        ("x = torch.cat([x, x], 1)", "2*T"),
        ("x = x[:, 1:-1]", "T - 2"),
        ("x = x[:, ::2]", "(T + 1)//2"),
        ("x = x.repeat_interleave(3, 1)[:, 2:]", "3*T - 2"),
        ("x = x.mean(1)", "3"),
    ],
)
def test_lengths_are_recognised(body: str, size: str) -> None:
    assert ask(layer(body), x=tensor(time="T", feature=3)).outputs["y"].type().sizes[1] == Size.of(size)


def test_code_that_takes_even_lengths_only_is_compared_at_those() -> None:
    body = "x = x.reshape(x.shape[0], x.shape[1] // 2, 2, x.shape[2]).mean(2)"
    found = ask(layer(body), x=tensor(time="T", feature=3))
    assert found.outputs["y"].type().sizes[1].at({"T": 10}) == 5


def test_code_that_looks_at_numbers_is_run_with_some() -> None:
    assert leaves(ask(layer("if x.abs().max() > 100:\n    x = x / 2"), x=tensor(feature=3))) == "N × 3"


@pytest.mark.parametrize(
    ("body", "words", "line"),
    [
        ("x = x.nope", "has no attribute 'nope'", 7),
        ("x = x @ torch.zeros(9, 9)", "Mine failed", 7),
        ("x = x.sum(0)", "has to be the batch", 0),
        ("x = x[:1]", "has to be the batch", 0),
        ("x = x.double()", "is of type float64", 0),
        ("x = [x]", "returns a list", 0),
        ("raise SystemExit(0)", "SystemExit", 7),
        ("y = torch.sigmoid(x)\ny += 1\nx = y", "inplace operation", 0),
        ("x = torch.zeros(len(x), 3 ** min(len(str(x.shape[1])), 2) * (x.shape[1] % 7 + 1))", "", 0),
    ],
)
def test_what_is_wrong_is_one_sentence(body: str, words: str, line: int) -> None:
    found = ask(layer(body), x=tensor(time="T", feature=3) if not words else tensor(feature=3))
    assert words in found.error and "\n" not in found.error and found.line == line
    assert found.error and not found.outputs


def test_an_untrusted_text_is_not_run(tmp_path: object) -> None:
    text = layer("", before=f"open({str(tmp_path)!r} + '/ran', 'w')")
    found = describe(Question(text, {}, {"x": PortType.of(tensor(feature=3))}))
    assert "not trusted" in found.error
    assert not list(tmp_path.iterdir())  # type: ignore[attr-defined]


def test_a_text_is_run_once_and_its_class_can_be_copied() -> None:
    import copy

    trust.trust(GATE)
    made = module_class(GATE)
    assert module_class(GATE) is made
    module = made(in_features=3)
    assert type(copy.deepcopy(module)) is made


def test_describing_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    ask(GATE, x=tensor(feature=5))
    assert torch.equal(before, torch.get_rng_state())
