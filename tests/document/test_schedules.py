"""Schedules against torch's own, and what a run makes of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from nndesigner.base.fields import BadValue, defaults
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.document.schedules import SCHEDULES, Plateau, curve, factor

FIELDS = {field.name: field for field in PLAN_FIELDS}
EPOCHS, PER_EPOCH = 12, 5
STEPS = EPOCHS * PER_EPOCH


def plan(**values: Any) -> dict[str, Any]:
    return {**defaults(PLAN_FIELDS), **values}


def by_torch(make: Callable[[torch.optim.Optimizer], LRScheduler], *, per_epoch: bool) -> list[float]:
    """The rate of every step of a run, where the plan's is 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch asks for a step of the optimizer before that of the scheduler
        scheduler = make(optimizer)
        found = []
        for step in range(STEPS):
            found.append(float(optimizer.param_groups[0]["lr"]))
            if not per_epoch or (step + 1) % PER_EPOCH == 0:
                scheduler.step()
    return found


CASES: dict[str, tuple[dict[str, Any], Callable[[torch.optim.Optimizer], LRScheduler], bool]] = {
    "step": (
        {"schedule": "step", "schedule_every": 3, "schedule_gamma": 0.3},
        lambda o: lr_scheduler.StepLR(o, 3, 0.3),
        True,
    ),
    "milestones": (
        {"schedule": "milestones", "schedule_milestones": "2, 7", "schedule_gamma": 0.3},
        lambda o: lr_scheduler.MultiStepLR(o, [2, 7], 0.3),
        True,
    ),
    "exponential": (
        {"schedule": "exponential", "schedule_gamma": 0.9},
        lambda o: lr_scheduler.ExponentialLR(o, 0.9),
        True,
    ),
    "linear": (
        {"schedule": "linear", "schedule_last": 0.25},
        lambda o: lr_scheduler.LinearLR(o, 1.0, 0.25, STEPS - 1),
        False,
    ),
    "polynomial": (
        {"schedule": "polynomial", "schedule_power": 2.0},
        lambda o: lr_scheduler.PolynomialLR(o, STEPS, 2.0),
        False,
    ),
    "cosine": (
        {"schedule": "cosine", "schedule_last": 0.1},
        lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS - 1, 0.1),
        False,
    ),
    "restarts": (
        {"schedule": "restarts", "schedule_every": 2, "schedule_times": 2, "schedule_last": 0.1},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2 * PER_EPOCH, 2, 0.1),
        False,
    ),
    "one cycle": (
        {"schedule": "one-cycle"},
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=STEPS, cycle_momentum=False),
        False,
    ),
    "one cycle in straight lines": (
        {
            "schedule": "one-cycle",
            "cycle_straight": True,
            "cycle_rise": 0.5,
            "cycle_first": 0.1,
            "cycle_last": 0.01,
        },
        lambda o: lr_scheduler.OneCycleLR(
            o,
            1.0,
            total_steps=STEPS,
            pct_start=0.5,
            anneal_strategy="linear",
            div_factor=10,
            final_div_factor=10,
            cycle_momentum=False,
        ),
        False,
    ),
    **{
        f"cyclic {mode}": (
            {
                "schedule": "cyclic",
                "schedule_every": 2,
                "cycle_low": 0.2,
                "cycle_mode": mode,
                "cycle_gamma": 0.99,
            },
            lambda o, theirs=theirs, gamma=gamma: lr_scheduler.CyclicLR(  # type: ignore[misc]
                o, 0.2, 1.0, 2 * PER_EPOCH, mode=theirs, gamma=gamma, cycle_momentum=False
            ),
            False,
        )
        for mode, theirs, gamma in (
            ("same", "triangular", 1.0),
            ("halving", "triangular2", 1.0),
            ("exponential", "exp_range", 0.99),
        )
    },
}


@pytest.mark.parametrize("name", CASES)
def test_the_rates_are_torchs(name: str) -> None:
    values, make, per_epoch = CASES[name]
    ours = [factor(plan(**values), step, STEPS, PER_EPOCH) for step in range(STEPS)]
    assert ours == pytest.approx(by_torch(make, per_epoch=per_epoch), rel=1e-6, abs=1e-12)


def test_every_schedule_is_held_against_torch_or_named_here() -> None:
    own = {"constant", "inverse-root", "plateau"}
    assert {values["schedule"] for values, _, _ in CASES.values()} | own == set(SCHEDULES)


def test_the_inverse_root_is_that_of_the_transformer() -> None:
    """d^-0.5 · min(s^-0.5, s · w^-1.5) of Vaswani et al., as a share of its peak: (s / w)^-0.5 after w steps."""
    values = plan(schedule="inverse-root", warmup=20, warmup_first=0.0)
    found = [factor(values, step, STEPS, PER_EPOCH) for step in (10, 20, 45)]
    assert found == pytest.approx([0.5, 1.0, (45 / 20) ** -0.5])


def test_a_warm_up_comes_before_the_schedule() -> None:
    values = plan(schedule="cosine", warmup=10, warmup_first=0.1)
    found = [factor(values, step, STEPS, PER_EPOCH) for step in range(STEPS)]
    assert found[0] == pytest.approx(0.1)
    assert found[:11] == sorted(found[:11]) and found[10] == pytest.approx(1.0)
    assert found[10:] == sorted(found[10:], reverse=True) and found[-1] == pytest.approx(0.0, abs=1e-9)


def test_a_warm_up_leads_to_where_the_schedule_begins() -> None:
    values = plan(schedule="one-cycle", warmup=10)
    found = [factor(values, step, STEPS, PER_EPOCH) for step in range(14)]
    assert found == sorted(found) and found[10] == pytest.approx(0.04)


def test_a_plateau_is_torchs() -> None:
    losses = [1.0, 0.9, 0.9, 0.91, 0.92, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
    values = plan(schedule="plateau", schedule_gamma=0.5, plateau_patience=2, schedule_last=0.2)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = lr_scheduler.ReduceLROnPlateau(optimizer, "min", 0.5, 2, values["plateau_threshold"], min_lr=0.2)
    ours = Plateau()
    for loss in losses:
        theirs.step(loss)
        ours.see(loss, values)
        assert ours.factor == pytest.approx(optimizer.param_groups[0]["lr"])
    assert ours.factor == 0.2


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("name", SCHEDULES)
def test_runs_of_a_few_steps_have_finite_rates(name: str, steps: int) -> None:
    for warm in (0, 1, 100):
        values = plan(schedule=name, warmup=warm)
        assert all(0.0 <= factor(values, step, steps, 1) <= 1.0 for step in range(steps + 1))


def test_the_curve_reaches_from_the_first_step_to_the_last() -> None:
    points = curve(plan(schedule="linear", learning_rate=0.5), 1000, 100)
    assert points[0] == (0.0, 0.5)
    assert points[-1][0] == pytest.approx(9.99) and points[-1][1] == pytest.approx(0.0)
    assert len(points) <= 400


def test_milestones_are_numbers_that_grow() -> None:
    field = FIELDS["schedule_milestones"]
    assert field.check("3 7,  20") == "3, 7, 20"
    for wrong in ("", "a", "3, 3", "7, 3", "0, 1", "1.5"):
        with pytest.raises(BadValue, match="numbers that grow"):
            field.check(wrong)


def test_settings_are_shown_where_the_schedule_reads_them() -> None:
    values = plan(schedule="step")
    assert FIELDS["schedule_every"].shown(values) and FIELDS["schedule_gamma"].shown(values)
    assert not FIELDS["cycle_low"].shown(values) and not FIELDS["plateau_patience"].shown(values)
    assert FIELDS["schedule_gamma"].shown(plan(schedule="plateau"))
    assert not FIELDS["warmup_first"].shown(values) and FIELDS["warmup_first"].shown(plan(warmup=3))
