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
FOLDS = IntField(
    name="folds",
    label="Folds",
    default=0,
    minimum=0,
    maximum=100,
    advanced=True,
    help="For k-fold cross-validation: what is not set aside for the test is cut into so many equal folds, one of which"
    " validates in the place of the validation share. Train once for each fold. 0 is off.",
)
FOLD = IntField(
    name="fold",
    label="Fold that validates",
    default=1,
    minimum=1,
    maximum=100,
    advanced=True,
    shown_when=lambda values: int(values.get("folds", 0)) >= 2,
    help="Which fold validates, from 1 on; the others train.",
)
SPLIT_FIELDS: tuple[Field, ...] = (VALIDATION_SHARE, TEST_SHARE, SPLIT_SEED, STRATIFY, FOLDS, FOLD)
"""For samples with classes."""
SHUFFLED_SPLIT_FIELDS: tuple[Field, ...] = (VALIDATION_SHARE, TEST_SHARE, SPLIT_SEED, FOLDS, FOLD)
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
    groups: npt.NDArray[Any] | None = None,
    times: npt.NDArray[Any] | None = None,
) -> dict[str, Indices]:
    """The sample numbers of "train", "validation" and "test", each ascending, without overlap.

    `labels` (n,) are class codes to keep in proportion. `parts` (n,) are codes that the data itself gives (0 train,
    1 validation, 2 test): they stand, and a part that is empty there is drawn from the training samples. With
    `in_order` the samples are cut in three without shuffling, `gap` samples left out at each cut. With `groups` (n,)
    whole groups are drawn; with `times` (n,) the samples are cut in the order of their times, equal times together.
    Raises `Refusal` where no sample is left to train on.
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
    fold = _fold(values)
    seed = int(values.get("split_seed", 0))
    if in_order or times is not None:
        if fold is not None:
            raise Refusal(
                tr("Folds are drawn at random, but these samples follow in time: set the folds to 0.")
            )
        if times is None:
            codes = _cut(n, validation, test, gap)
        else:
            order = np.argsort(times, kind="stable")
            codes = np.empty(n, np.int8)
            codes[order] = _cut(n, validation, test, gap, times[order])
    elif groups is not None:
        # What is drawn is a group; how many samples that makes is as near to the shares as whole groups allow.
        codes = _draw_groups(groups, validation, test, seed, fold)
    else:
        stratify = labels is not None and values.get("stratify", True)
        codes = _draw(n, validation, test, seed, labels if stratify else None, parts, fold)
    indices = {name: np.flatnonzero(codes == code).astype(np.int64) for code, name in enumerate(PARTS)}
    if len(indices["train"]) == 0:
        raise Refusal(
            tr(
                "Of {n} samples none is left to train on: lower the validation and test shares, or take more data.",
                n=n,
            )
        )
    return indices


def _fold(values: Values) -> tuple[int, int] | None:
    """(how many folds, the one that validates, from 0 on), or None without folds."""
    folds, fold = int(values.get("folds", 0)), int(values.get("fold", 1))
    if folds < 2:
        return None
    if fold > folds:
        raise Refusal(tr("There are {folds} folds, but fold {fold} is to validate.", folds=folds, fold=fold))
    return folds, fold - 1


def _draw_groups(
    groups: npt.NDArray[Any], validation: float, test: float, seed: int, fold: tuple[int, int] | None
) -> npt.NDArray[np.int8]:
    names, member, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < 1 + bool(test) + (fold[0] if fold is not None else bool(validation)):
        raise Refusal(
            tr("There are {n} groups only, too few to have different ones in every part.", n=len(names))
        )
    order = np.argsort(np.random.PCG64(seed).random_raw(len(names)), kind="stable")
    part = np.zeros(len(names), np.int8)
    left = list(order)
    wanted = [(TEST, test)] if fold is not None else [(TEST, test), (VALIDATION, validation)]
    for code, share in wanted:
        total = share * len(groups)
        taken = 0
        for group in list(left):
            if not total or len(left) <= 1:
                break
            if not taken or taken + sizes[group] / 2 <= total:  # at least one, then while it comes nearer
                part[group] = code
                taken += int(sizes[group])
                left.remove(group)
    if fold is not None:
        # The largest groups first, each to the fold that is smallest so far.
        filled = np.zeros(fold[0], np.int64)
        for group in sorted(left, key=lambda group: -int(sizes[group])):
            place = int(np.argmin(filled))
            filled[place] += sizes[group]
            if place == fold[1]:
                part[group] = VALIDATION
    return part[member]


def _draw(
    n: int,
    validation: float,
    test: float,
    seed: int,
    labels: npt.NDArray[Any] | None,
    parts: npt.NDArray[Any] | None,
    fold: tuple[int, int] | None = None,
) -> npt.NDArray[np.int8]:
    codes = np.zeros(n, np.int8) if parts is None else np.asarray(parts, np.int8).copy()
    shares = {VALIDATION: validation, TEST: test} if fold is None else {TEST: test}
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
    if fold is not None:
        position = 0  # counted on from class to class, so that all folds are of one size
        for i, group in enumerate(groups):
            rest = group[taken[i] :]
            codes[rest[(position + np.arange(len(rest))) % fold[0] == fold[1]]] = VALIDATION
            position += len(rest)
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


def _cut(
    n: int, validation: float, test: float, gap: int, times: npt.NDArray[Any] | None = None
) -> npt.NDArray[np.int8]:
    """`times` (n,), ascending, move each cut to where a new time begins."""
    codes = np.full(n, -1, np.int8)  # -1: in no part
    last = round(n * (1 - test)) if test else n
    middle = round(n * (1 - test - validation)) if validation else last
    if times is not None:
        last = int(np.searchsorted(times, times[last])) if last < n else n
        middle = int(np.searchsorted(times, times[middle])) if middle < n else n
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
