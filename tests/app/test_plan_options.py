"""Options of the training plan are the plan's fields: one for each, read and refused as the form does."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import pytest

from nndesigner.app.plan_options import add_plan_options, given_plan
from nndesigner.document.plan import PLAN_FIELDS


def given(*arguments: str) -> dict[str, Any]:
    parser = ArgumentParser(prog="p")
    add_plan_options(parser)
    return given_plan(parser.parse_args(arguments))


def test_there_is_an_option_for_every_field() -> None:
    parser = ArgumentParser(prog="p")
    add_plan_options(parser)
    known = set(parser._option_string_actions)
    assert {f"--{field.name.replace('_', '-')}" for field in PLAN_FIELDS} <= known


def test_what_is_not_given_stays_as_it_is() -> None:
    assert given() == {}


def test_values_are_read_as_their_fields_read_them() -> None:
    arguments = (
        "--epochs 7 --batch-size 1_000 --learning-rate 1e-2 --optimizer SGD --nesterov yes --device cuda:1"
    )
    assert given(*arguments.split()) == {
        "epochs": 7,
        "batch_size": 1000,
        "learning_rate": 0.01,
        "optimizer": "sgd",
        "nesterov": True,
        "device": "cuda:1",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--epochs", "0"), "Epochs lies between 1 and 1000000; it is 0."),
        (("--epochs", "many"), "Epochs is a whole number, not “many”."),
        (("--learning-rate", "0"), "must be greater than 0"),
        (("--optimizer", "magic"), "Optimizer is one of sgd, adam, adamw, muon, nadam"),
    ],
)
def test_bad_values_are_refused_with_the_sentence_of_the_field(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        given(*arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err
