"""Hysteresis: an alarm rises after some looks, and falls only well below its limit."""

from __future__ import annotations

import numpy as np

from nndesigner.check.alarms.measured import Looks, raised, raised_one

NAN = float("nan")


def after(values: list[float], looks: int = 3) -> bool:
    return raised_one(values, rise=0.5, fall=0.4, looks=looks)


def test_an_alarm_rises_after_so_many_looks_in_a_row() -> None:
    assert not after([0.6, 0.6])
    assert after([0.6, 0.6, 0.6])
    assert not after([0.6, 0.6, 0.5, 0.6, 0.6]), "at the limit is not above it"


def test_it_falls_only_below_the_lower_limit() -> None:
    up = [0.6, 0.6, 0.6]
    assert after([*up, 0.45, 0.41, 0.4])
    assert not after([*up, 0.39])
    assert not after([*up, 0.39, 0.45, 0.6, 0.6]), "then it has to rise anew"


def test_what_was_not_measured_changes_nothing() -> None:
    assert after([0.6, NAN, 0.6, NAN, 0.6])
    assert after([0.6, 0.6, 0.6, NAN])
    assert not after([NAN] * 9)
    assert after([float("inf")] * 3)


def test_every_column_has_its_own_alarm() -> None:
    values = np.array([[0.6, 0.1, NAN], [0.6, 0.6, 0.6], [0.6, 0.6, 0.6]])
    assert raised(values, 0.5, 0.4, 3).tolist() == [True, False, False]
    assert raised(np.zeros((0, 2)), 0.5, 0.4, 3).tolist() == [False, False]


def test_looks_give_nothing_for_what_was_never_measured() -> None:
    looks = Looks((1, 2), ("a", "b"), {"dead": np.array([[0.1, NAN], [0.2, NAN]])})
    assert len(looks) == 2 and looks.of("saturated").shape == (0, 2)
    assert looks.newest("dead")[0] == 0.2 and np.isnan(looks.newest("saturated")).all()
