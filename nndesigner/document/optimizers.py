"""Which optimizers there are: torch's names for them, their arguments, and which settings of the plan those come from.

The form, the memory estimate, the loop and the training script all read this one table. It knows no torch: an
optimizer is named, and made in `training/optimizers.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Plan = Mapping[str, Any]


@dataclass(frozen=True)
class Argument:
    """One argument of an optimizer: made of these settings of the plan; `default` is torch's own value."""

    name: str
    settings: tuple[str, ...]
    default: Any
    value: Callable[[Plan], Any] | None = None
    """how it follows from the plan, where it is not simply the setting (a tuple of them, where there are several)"""

    def of(self, plan: Plan) -> Any:
        if self.value is not None:
            return self.value(plan)
        values = tuple(plan[name] for name in self.settings)
        return values if len(values) > 1 else values[0]


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An optimizer of `torch.optim`. `form` says how it is fastest: "fused", "foreach" or "" for the plain one.

    `kept` is how many numbers it remembers for each weight.
    """

    label: str
    kind: str
    """the class in `torch.optim`"""
    arguments: tuple[Argument, ...]
    form: str = "foreach"
    kept: Callable[[Plan], int]
    again: bool = False
    """whether one step takes the loss of its batch several times"""
    rest: str = ""
    """the word of the optimizer for what this one does not move: it moves the matrices of hidden layers only"""

    @property
    def settings(self) -> frozenset[str]:
        own = frozenset(name for argument in self.arguments for name in argument.settings)
        return own | OPTIMIZERS[self.rest].settings if self.rest else own

    def given(self, plan: Plan, *, all: bool = False) -> dict[str, Any]:
        """Arguments by name, besides weights and learning rate; with `all` those that are torch's default too."""
        found = {argument.name: argument.of(plan) for argument in self.arguments}
        usual = {argument.name: argument.default for argument in self.arguments}
        return {name: value for name, value in found.items() if all or value != usual[name]}


def _momentum_of(plan: Plan) -> int:
    return 1 if plan.get("momentum", 0.0) else 0


BETAS = Argument("betas", ("beta1", "beta2"), (0.9, 0.999))
EPS = Argument("eps", ("eps",), 1e-8)
DECAY = Argument("weight_decay", ("weight_decay",), 0)
AMSGRAD = Argument("amsgrad", ("amsgrad",), False)
DECOUPLED = Argument("decoupled_weight_decay", ("decoupled",), False)


def _adam_keeps(plan: Plan) -> int:
    return 3 if plan.get("amsgrad") else 2


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(
        label="SGD",
        kind="SGD",
        form="fused",
        arguments=(
            Argument("momentum", ("momentum",), 0),
            # without momentum torch refuses it, and it has no meaning
            Argument(
                "nesterov",
                ("nesterov", "momentum"),
                False,
                lambda plan: bool(plan["nesterov"]) and plan["momentum"] > 0,
            ),
            Argument(
                "dampening",
                ("dampening",),
                0,
                lambda plan: 0.0 if plan["nesterov"] else plan["dampening"],
            ),
            DECAY,
        ),
        kept=_momentum_of,
    ),
    "adam": Optimizer(
        label="Adam", kind="Adam", form="fused", arguments=(BETAS, EPS, DECAY, AMSGRAD), kept=_adam_keeps
    ),
    "adamw": Optimizer(
        label="AdamW",
        kind="AdamW",
        form="fused",
        arguments=(BETAS, EPS, Argument("weight_decay", ("weight_decay",), 0.01), AMSGRAD),
        kept=_adam_keeps,
    ),
    "muon": Optimizer(
        label="Muon, AdamW for the rest",
        kind="Muon",
        form="",
        arguments=(
            Argument("momentum", ("muon_momentum",), 0.95),
            Argument("nesterov", ("muon_nesterov",), True),
            Argument("ns_steps", ("muon_iterations",), 5),
            Argument(
                "adjust_lr_fn",
                ("muon_scale",),
                None,
                lambda plan: "match_rms_adamw" if plan["muon_scale"] == "adamw" else "original",
            ),
            Argument("eps", ("eps",), 1e-7),
            Argument("weight_decay", ("weight_decay",), 0.1),
        ),
        kept=lambda plan: 2,  # Muon remembers one; what AdamW moves has two
        rest="adamw",
    ),
    "nadam": Optimizer(
        label="NAdam",
        kind="NAdam",
        arguments=(
            BETAS,
            EPS,
            DECAY,
            Argument("momentum_decay", ("momentum_decay",), 0.004),
            DECOUPLED,
        ),
        kept=lambda plan: 2,
    ),
    "radam": Optimizer(
        label="RAdam", kind="RAdam", arguments=(BETAS, EPS, DECAY, DECOUPLED), kept=lambda plan: 2
    ),
    "adamax": Optimizer(label="Adamax", kind="Adamax", arguments=(BETAS, EPS, DECAY), kept=lambda plan: 2),
    "rmsprop": Optimizer(
        label="RMSprop",
        kind="RMSprop",
        arguments=(
            Argument("alpha", ("alpha",), 0.99),
            EPS,
            Argument("momentum", ("momentum",), 0),
            DECAY,
            Argument("centered", ("centered",), False),
        ),
        kept=lambda plan: 1 + _momentum_of(plan) + (1 if plan.get("centered") else 0),
    ),
    "adagrad": Optimizer(
        label="Adagrad",
        kind="Adagrad",
        arguments=(
            Argument("lr_decay", ("rate_decay",), 0),
            Argument("initial_accumulator_value", ("first_sum",), 0),
            Argument("eps", ("eps",), 1e-10),
            DECAY,
        ),
        kept=lambda plan: 1,
    ),
    "adadelta": Optimizer(
        label="Adadelta",
        kind="Adadelta",
        arguments=(Argument("rho", ("rho",), 0.9), Argument("eps", ("eps",), 1e-6), DECAY),
        kept=lambda plan: 2,
    ),
    "adafactor": Optimizer(
        label="Adafactor",
        kind="Adafactor",
        arguments=(
            Argument("beta2_decay", ("beta2_decay",), -0.8, lambda plan: -plan["beta2_decay"]),
            Argument(
                "eps",
                ("least_scale",),
                (None, 1e-3),
                lambda plan: (None, plan["least_scale"]),
            ),
            Argument("d", ("clip_update",), 1.0),
            DECAY,
        ),
        kept=lambda plan: 0,  # a row and a column for each matrix: next to nothing
    ),
    "asgd": Optimizer(
        label="ASGD (averaged SGD)",
        kind="ASGD",
        arguments=(
            Argument("lambd", ("lambd",), 1e-4),
            Argument("alpha", ("rate_power",), 0.75),
            Argument("t0", ("average_from",), 1e6),
            DECAY,
        ),
        kept=lambda plan: 1,
    ),
    "rprop": Optimizer(
        label="Rprop",
        kind="Rprop",
        arguments=(
            Argument("etas", ("eta_minus", "eta_plus"), (0.5, 1.2)),
            Argument("step_sizes", ("step_min", "step_max"), (1e-6, 50)),
        ),
        kept=lambda plan: 2,
    ),
    "lbfgs": Optimizer(
        label="L-BFGS",
        kind="LBFGS",
        form="",
        arguments=(
            Argument("max_iter", ("max_iterations",), 20),
            Argument("history_size", ("history_size",), 100),
            Argument("tolerance_grad", ("tolerance_gradient",), 1e-7),
            Argument("tolerance_change", ("tolerance_change",), 1e-9),
            Argument(
                "line_search_fn",
                ("line_search",),
                None,
                lambda plan: "strong_wolfe" if plan["line_search"] else None,
            ),
        ),
        kept=lambda plan: 2 * int(plan.get("history_size", 10)) + 3,
        again=True,
    ),
}
"""By the word that is saved in a plan."""


def spares(plan: Plan) -> bool:
    """Whether some weights are left out of a weight decay that others have."""
    decays = plan["weight_decay"] > 0 and "weight_decay" in OPTIMIZERS[plan["optimizer"]].settings
    return decays and bool(plan["spare_biases"])
