"""A loss and metrics of one's own are held to what they should give; what goes wrong is a sentence with a line."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nndesigner.base import starters, trust
from nndesigner.base.description import PortType, Question
from nndesigner.base.own_functions import LOSS, METRIC
from nndesigner.base.shapes import tensor
from nndesigner.compiler.describing import describe
from nndesigner.compiler.own_functions import OwnMetrics
from tests.own_texts import ASYMMETRIC, METRICS

HEAD = "import torch\n"


def ask(text: str, kind: str = LOSS, classes: int = 0, **values: Any) -> Any:
    trust.trust(text)
    target = PortType("int", (("batch", "N"),), classes) if classes else PortType.of(tensor(feature=3))
    return describe(
        Question(text, values, {"output": PortType.of(tensor(feature=3)), "target": target}, kind)
    )


def loss(*lines: str, arguments: str = "") -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"{HEAD}\ndef mine(output, target{arguments}):\n{body}\n"


@pytest.mark.parametrize("classes", [0, 3])
def test_what_works_has_nothing_to_be_said_of(classes: int) -> None:
    assert ask(ASYMMETRIC, classes=classes, own_each=True).error == ""
    assert ask(starters.LOSS, classes=classes).error == ""
    assert ask(METRICS, METRIC, classes=3).error == ""
    assert ask(starters.METRIC, METRIC, classes=classes).error == ""


@pytest.mark.parametrize(
    ("lines", "said", "line"),
    [
        (("return 1.0",), "a tensor of one number, but it gives a float", 4),
        (("return (output - target).abs()",), "one for each of the 5 samples, but it gives 5 × 3", 4),
        (("return torch.tensor(3)",), "real numbers, but it gives int64", 4),
        (("return output.detach().mean()",), "No gradient leads from what mine gives back to the output", 4),
        (("x = output", "y = x.mean() / 0", "return y"), "gives inf|gives -inf|no finite number", 6),
        (("x = output", "raise ValueError('so  what')", "return x"), "mine failed: ValueError: so what", 5),
        (("import sys", "sys.exit(3)", "return output"), "SystemExit: 3", 5),
        (("return output.nothing",), "AttributeError", 4),
        (("return torch.cat([output, target], 7).mean()",), "mine failed: ", 4),
        (("return (output * scale).mean()",), "NameError", 4),
    ],
)
def test_a_loss_that_does_wrong_is_one_sentence_with_its_line(lines: Any, said: str, line: int) -> None:
    found = ask(loss(*lines))
    assert found.line == line
    assert any(part in found.error for part in said.split("|")) and "\n" not in found.error


def test_an_error_at_the_top_of_the_text_has_its_line_too() -> None:
    found = ask(f"{HEAD}import nothing_of_the_kind\n\ndef mine(output, target):\n    return output.mean()\n")
    assert found.line == 2 and "nothing_of_the_kind" in found.error


def test_metrics_that_fail_leave_the_others_alone() -> None:
    text = (
        "def good(output, target):\n    return output.sum().item()\n\n\n"
        "def bad(output, target):\n    return output\n\n\n"
        "def worse(output, target):\n    return {}['key']\n"
    )
    trust.trust(text)
    found, failures = OwnMetrics(text).results(torch.ones(4, 2), torch.zeros(4))
    assert found == {"good": 8.0}
    assert failures == [
        "bad is to give one number, but it gives 4 × 2 (line 6 of the code).",
        "worse failed: KeyError: 'key' (line 10 of the code).",
    ]


def test_trying_draws_nothing_of_what_others_draw() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    ask(loss("return (output * torch.rand(3)).mean()"))
    assert torch.equal(torch.rand(3), wanted)
