"""Which samples train, which validate, which test: a pure function of the seed, the number of samples and the labels.

The draw uses PCG64's raw stream, which NumPy promises never to change, so that a split is the same on every machine
and with every version. It never looks at input values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.fields import BoolField, Field, FloatField, IntField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.source import PARTS, TEST, TRAIN, VALIDATION

Indices = npt.NDArray[np.int64]

VALIDATION_SHARE = FloatField(
    name="validation_share",
    label="Validation share",
    default=0.15,
    minimum=0.0,
    maximum=0.9,
    help="The share of the samples that is never learned from but measured after every epoch, to see whether the"
    " network has learned something general or only remembers (0.15 is 15 %).",
)
TEST_SHARE = FloatField(
    name="test_share",
    label="Test share",
    default=0.15,
    minimum=0.0,
    maximum=0.9,
    help="The share of the samples that is set aside until the end, to judge the finished network on data that no"
    " decision was based on.",
)
SPLIT_SEED = IntField(
    name="split_seed",
    label="Split seed",
    default=0,
    minimum=0,
    advanced=True,
    help="Starts the draw that decides which sample goes where. The same number gives the same parts.",
)
STRATIFY = BoolField(
    name="stratify",
    label="Same class mix in every part",
    default=True,
    advanced=True,
    help="Draws from each class separately, so that every part holds the classes in the same proportion.",
)
SPLIT_FIELDS: tuple[Field, ...] = (VALIDATION_SHARE, TEST_SHARE, SPLIT_SEED, STRATIFY)
"""For samples with classes."""
SHUFFLED_SPLIT_FIELDS: tuple[Field, ...] = (VALIDATION_SHARE, TEST_SHARE, SPLIT_SEED)
"""For samples without classes."""
ORDERED_SPLIT_FIELDS: tuple[Field, ...] = (VALIDATION_SHARE, TEST_SHARE)
"""For samples that follow each other in time: the first part trains, the middle validates, the end tests."""


def split(
    n: int,
    values: Values,
    labels: npt.NDArray[Any] | None = None,
    parts: npt.NDArray[Any] | None = None,
    in_order: bool = False,
    gap: int = 0,
) -> dict[str, Indices]:
    """The sample numbers of "train", "validation" and "test", each ascending, without overlap.

    `labels` (n,) are class codes to keep in proportion. `parts` (n,) are codes that the data itself gives (0 train,
    1 validation, 2 test): they stand, and a part that is empty there is drawn from the training samples. With
    `in_order` the samples are cut in three without shuffling, `gap` samples left out at each cut. Raises `Refusal`
    where no sample is left to train on.
    """
    validation, test = float(values["validation_share"]), float(values["test_share"])
    if validation + test > 0.95:
        raise Refusal(
            tr(
                "Validation and test take {share:.0%} of the data, which leaves too little to learn from:"
                " lower one of the shares.",
                share=validation + test,
            )
        )
    if in_order:
        codes = _cut(n, validation, test, gap)
    else:
        stratify = labels is not None and values.get("stratify", True)
        codes = _draw(
            n, validation, test, int(values.get("split_seed", 0)), labels if stratify else None, parts
        )
    indices = {name: np.flatnonzero(codes == code).astype(np.int64) for code, name in enumerate(PARTS)}
    if len(indices["train"]) == 0:
        raise Refusal(
            tr(
                "Of {n} samples none is left to train on: lower the validation and test shares, or take more data.",
                n=n,
            )
        )
    return indices


def _draw(
    n: int,
    validation: float,
    test: float,
    seed: int,
    labels: npt.NDArray[Any] | None,
    parts: npt.NDArray[Any] | None,
) -> npt.NDArray[np.int8]:
    codes = np.zeros(n, np.int8) if parts is None else np.asarray(parts, np.int8).copy()
    shares = {VALIDATION: validation, TEST: test}
    if parts is not None:
        shares = {code: share for code, share in shares.items() if not np.any(codes == code)}
    free = np.flatnonzero(codes == TRAIN)
    # Sorting the raw 64-bit stream is a permutation that no change of NumPy's distributions can alter.
    order = free[np.argsort(np.random.PCG64(seed).random_raw(n)[free], kind="stable")]
    groups = [order]
    if labels is not None:
        drawn = labels[order]
        groups = [order[drawn == label] for label in np.unique(drawn)]
    wanted = {code: round(len(free) * share) for code, share in shares.items()}
    while wanted and sum(wanted.values()) >= len(free) > 0:  # of very few samples one stays to train on
        wanted[max(wanted, key=lambda code: wanted[code])] -= 1
    taken = np.zeros(len(groups), np.int64)
    for code, share in shares.items():
        room = np.array([len(group) for group in groups]) - taken
        for i, number in enumerate(_quotas([len(group) * share for group in groups], wanted[code], room)):
            codes[groups[i][taken[i] : taken[i] + number]] = code
            taken[i] += number
    return codes


def _quotas(exact: list[float], total: int, room: npt.NDArray[Any]) -> list[int]:
    """Whole numbers near `exact` that add up to `total`: the largest remainders are rounded up.

    One sample of every group stays for training as long as there is another choice.
    """
    numbers = [min(int(x), int(r)) for x, r in zip(exact, room, strict=True)]
    by_remainder = sorted(range(len(exact)), key=lambda i: (int(exact[i]) - exact[i], i))
    while sum(numbers) > total:
        numbers[numbers.index(max(numbers))] -= 1
    for spare in (1, 0):
        grown = True
        while sum(numbers) < total and grown:
            grown = False
            for i in by_remainder:
                if sum(numbers) < total and numbers[i] + spare < room[i]:
                    numbers[i] += 1
                    grown = True
    return numbers


def _cut(n: int, validation: float, test: float, gap: int) -> npt.NDArray[np.int8]:
    codes = np.full(n, -1, np.int8)  # -1: in no part
    last = round(n * (1 - test)) if test else n
    middle = round(n * (1 - test - validation)) if validation else last
    codes[: max(middle if middle == n else middle - gap, 0)] = TRAIN
    if validation:
        codes[middle : last if last == n else max(last - gap, middle)] = VALIDATION
    codes[last:] = TEST
    if (validation and not np.any(codes == VALIDATION)) or not np.any(codes == TRAIN):
        raise Refusal(
            tr(
                "{n} samples in a row are too few to cut into parts that share no values"
                " ({gap} are left out at each cut): take longer data or a shorter window, or lower the shares.",
                n=n,
                gap=gap,
            )
        )
    return codes
