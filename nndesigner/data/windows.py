"""What the sources of made series share: their parameters, and how one long series is cut into windows to learn from.

A sample is a window of values, its target the values that follow; samples follow each other in time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import IntField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.source import Loaded

MOST_VALUES = 200_000_000
"""in all windows together: 800 MB"""

LENGTH = IntField(
    name="length",
    label="Length",
    default=2000,
    minimum=10,
    maximum=10_000_000,
    unit="steps",
    help="Steps of the whole series.",
)
WINDOW = IntField(
    name="window",
    label="Window",
    default=32,
    minimum=1,
    maximum=100_000,
    unit="steps",
    help="How many values the network sees at once.",
)
HORIZON = IntField(
    name="horizon",
    label="Horizon",
    default=1,
    minimum=1,
    maximum=1000,
    unit="steps",
    help="How many values after the window it predicts.",
)


def window_fields(length: int, window: int, unit: str) -> tuple[IntField, IntField, IntField]:
    """Length, window and horizon of a series whose steps are called `unit`."""
    return (
        replace(LENGTH, default=length, unit=unit),
        replace(WINDOW, default=window, unit=unit),
        replace(HORIZON, unit=unit),
    )


def expect_windows(values: Values) -> None:
    """Raises `Refusal` where a series of this length cannot be cut, or its windows do not fit into memory."""
    length, window, horizon = values["length"], values["window"], values["horizon"]
    samples = length - window - horizon + 1
    if samples < 1:
        raise Refusal(
            tr(
                "A series of {length} steps is too short for a window of {window} and {horizon} to predict.",
                length=length,
                window=window,
                horizon=horizon,
            )
        )
    if samples * (window + horizon) > MOST_VALUES:
        raise Refusal(tr("These windows do not fit into memory: take a shorter series or a shorter window."))


def cut(series: npt.NDArray[np.float64], values: Values) -> Loaded:
    """Every window of a series (length,), one step apart, with the values that follow it."""
    window, horizon = values["window"], values["horizon"]
    windows = np.lib.stride_tricks.sliding_window_view(series.astype(np.float32), window + horizon)
    return Loaded(
        fields=(
            DataField(
                name="series",
                role="input",
                kind="series",
                element="float",
                axes=(("time", window), ("feature", 1)),
                columns=("value",),
            ),
            DataField(
                name="next",
                role="target",
                kind="number",
                element="float",
                axes=(("feature", horizon),),
                columns=tuple(f"step {i + 1}" for i in range(horizon)),
            ),
        ),
        arrays={
            "series": np.ascontiguousarray(windows[:, :window, None]),
            "next": np.ascontiguousarray(windows[:, window:]),
        },
        in_order=True,
        gap=window + horizon - 1,
    )
