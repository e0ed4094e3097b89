"""What a text of functions says of itself, without any of it being run."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base import starters
from nndesigner.base.fields import BoolField, ChoiceField, FloatField, IntField, PathField
from nndesigner.base.own_functions import DATA, LOSS, METRIC, read_own
from tests.own_texts import ASYMMETRIC, METRICS, RING, leaves_a_trace


def test_a_loss_has_settings_with_names_of_their_own() -> None:
    read = read_own(LOSS, ASYMMETRIC)
    (function,) = read.functions
    assert read.ok and function.name == "loss" and read.name == "loss"
    weight, each = read.fields
    assert isinstance(weight, FloatField) and weight.name == "own_weight" and weight.default == 1.0
    assert weight.help == "What an answer that is too large counts."
    assert isinstance(each, BoolField) and each.label == "Each"
    assert function.changed({"own_weight": 1.0, "own_each": True}) == {"each": True}
    lines = ASYMMETRIC.splitlines()
    assert lines[function.line - 1].startswith("def loss(") and "return inputs" in lines[function.returns - 1]


def test_every_function_of_a_text_is_a_metric_but_its_own_business() -> None:
    read = read_own(METRIC, METRICS)
    assert [function.name for function in read.functions] == ["share_of_right", "samples"]
    assert read.fields == ()


def test_data_is_given_what_it_asks_for() -> None:
    text = (
        "from pathlib import Path\nfrom typing import Literal\n\n"
        "def data(folder, seed, file: Path = 'x.csv', *, n=3, kind: Literal['a', 'b'] = 'a'):\n    return 1, 2\n"
    )
    (function,) = read_own(DATA, text).functions
    assert function.given == ("folder", "seed")
    assert [type(field) for field in function.fields] == [PathField, IntField, ChoiceField]
    assert read_own(DATA, RING).functions[0].given == ("seed",)


@pytest.mark.parametrize(
    ("kind", "text", "said", "line"),
    [
        (LOSS, "x = 1\n", "Define the loss as one function", 1),
        (
            LOSS,
            "def a(output, target):\n    return 1\ndef b(output, target):\n    return 1\n",
            "as one function",
            1,
        ),
        (LOSS, "def loss(output, target:\n", "was never closed", 1),
        (LOSS, "def loss(output, target, weight):\n    return 1\n", "Give weight of loss a default", 1),
        (LOSS, "def loss(output, target, **more):\n    return 1\n", "*, ** and / have none", 1),
        (LOSS, "\ndef loss(output, target, w=[1]):\n    return 1\n", "The default of w is a number", 2),
        (LOSS, "def loss(output, target):\n    pass\n", "loss returns nothing", 1),
        (LOSS, "def loss(prediction, truth):\n    return 1\n", "def loss(output, target)", 1),
        (METRIC, "def _own(output, target):\n    return 1\n", "Define a metric as a function", 1),
        (METRIC, "def accuracy(output, target):\n    return 1\n", "“accuracy” is taken already", 1),
        (DATA, "import numpy\n", "Define one function that gives the data", 1),
        (DATA, "def data(path):\n    return 1\n", "Give path of data a default", 1),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_line(kind: str, text: str, said: str, line: int) -> None:
    read = read_own(kind, text)
    assert not read.ok and read.line == line and said in read.sentence and "\n" not in read.sentence


@pytest.mark.parametrize("kind", [LOSS, METRIC, DATA])
def test_reading_runs_nothing(kind: str, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    for text in (ASYMMETRIC, METRICS, RING):
        read_own(kind, leaves_a_trace(text, trace))
    assert not trace.exists()


def test_what_new_code_starts_with_is_what_it_should_be() -> None:
    assert read_own(LOSS, starters.LOSS).ok
    assert read_own(METRIC, starters.METRIC).ok
    assert read_own(DATA, starters.DATA).ok
