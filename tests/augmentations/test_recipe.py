"""What fits what, and the sentences where it does not; what stands in a project that this version does not know."""

from __future__ import annotations

import msgspec
import pytest

from nndesigner.augmentations.catalogue import augmentations, steps
from nndesigner.augmentations.recipe import caution, misfit, unfit
from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Severity
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.objectives.catalogue import unfit as stands_in_the_way
from nndesigner.objectives.catalogue import whole_plan
from tests.augmentations.known import (
    CLASS,
    COLOURED,
    MASK,
    NUMBER,
    PICTURE,
    SERIES,
    STEPS,
    TABLE,
    TOKENS,
)
from tests.training.small import chain, mlp

SMALL_MASK = msgspec.structs.replace(MASK, axes=(("height", 3), ("width", 4)))


@pytest.mark.parametrize(
    ("type", "inputs", "targets", "words"),
    [
        (
            "hue",
            [PICTURE],
            [CLASS],
            "Hue works on pictures in colour (three channels); the network reads “picture”",
        ),
        ("crop", [TOKENS], [CLASS], "the network reads “text”, which is none"),
        ("jitter", [TABLE], [CLASS], "Jitter works on series"),
        ("rotation", [PICTURE], [SMALL_MASK], "has 3 × 4 places where the picture has 6 × 8"),
        ("crop", [PICTURE], [STEPS], "which has an answer at every step"),
        ("time_warp", [SERIES], [STEPS], "which has an answer at every step"),
        ("time_shift", [SERIES], [MASK], "would have to move “mask” along"),
        ("mixup", [PICTURE, TABLE], [CLASS], "needs a network with one input"),
        ("mixup", [PICTURE], [PICTURE], "the answer is the input itself"),
        ("cutmix", [PICTURE], [MASK], "a class at every place"),
    ],
)
def test_what_does_not_fit_says_so_in_one_sentence(
    type: str, inputs: list[DataField], targets: list[DataField], words: str
) -> None:
    sentence = misfit(augmentations()[type], inputs, targets)
    assert words in sentence and sentence.endswith(".")


@pytest.mark.parametrize(
    ("type", "inputs", "targets"),
    [
        ("hue", [COLOURED], [CLASS]),
        ("crop", [PICTURE, TABLE], [MASK, CLASS]),
        ("rotation", [PICTURE], [PICTURE]),
        ("jitter", [SERIES], [STEPS]),
        ("noise", [PICTURE], [SMALL_MASK]),
        ("mixup", [TABLE], [NUMBER]),
        ("mixup", [PICTURE], [MASK]),
        ("crop", [PICTURE], [NUMBER]),
    ],
)
def test_what_fits_is_not_refused(type: str, inputs: list[DataField], targets: list[DataField]) -> None:
    assert misfit(augmentations()[type], inputs, targets) == ""


def test_mixing_needs_a_way_of_learning_that_shares_the_loss() -> None:
    assert "which this way of learning cannot" in misfit(augmentations()["mixup"], [PICTURE], [CLASS], False)
    assert misfit(augmentations()["crop"], [PICTURE], [CLASS], False) == ""


def test_numbers_that_may_be_places_are_pointed_at() -> None:
    assert "“age”" in caution(augmentations()["crop"], [NUMBER])
    assert caution(augmentations()["noise"], [NUMBER]) == "" == caution(augmentations()["crop"], [CLASS])


def test_a_step_of_an_unknown_kind_stands_in_the_way_until_it_is_off() -> None:
    document = mlp()
    entries = [{"type": "sharpen", "parameters": {"by": 3}, "new": [1]}, {"type": "mixup"}]
    document = document.apply(edits.set_augmentation(document, entries))
    assert document.plan is not None and document.plan.augmentation == tuple(entries)
    checked = check(document)
    (problem,) = unfit(document, checked, True)
    assert "This version knows no augmentation “sharpen”" in problem.message and problem.training
    assert stands_in_the_way(document, checked) == (problem,)
    plan, problems = whole_plan(document)
    assert [step.kind.type for step in plan["augmentation"]] == ["mixup"] and problems[0] == problem
    remedy = problem.remedies[0]
    mended = document.apply(edits.VERBS[remedy.verb](document, **remedy.arguments))
    assert mended.plan is not None and mended.plan.augmentation[0] == {**entries[0], "off": True}
    assert not stands_in_the_way(mended, checked) and not whole_plan(mended)[1]
    assert [step.position for step in steps(mended)[0]] == [1]


def test_bad_settings_are_named_and_nothing_is_guessed() -> None:
    document = mlp()
    bad = [{"type": "mixup", "parameters": {"alpha": -1, "probability": 0.2}}]
    document = document.apply(edits.set_augmentation(document, bad))
    (problem,) = whole_plan(document)[1]
    assert problem.severity is Severity.ERROR and problem.message.startswith("Mixup: α lies between")
    broken = document.apply(edits.set_augmentation(document, [{"type": "mixup", "parameters": 3}]))
    assert not whole_plan(broken)[1], "settings that are none leave the usual ones"


def test_what_a_network_cannot_be_trained_with_is_refused_before_it_begins() -> None:
    document = chain(
        "digits", [("ImageInput", {}), ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})]
    )
    document = document.apply(edits.set_augmentation(document, [{"type": "hue"}]))
    (problem,) = stands_in_the_way(document, check(document))
    assert "three channels" in problem.message
    fine = document.apply(edits.set_augmentation(document, [{"type": "crop"}]))
    assert not stands_in_the_way(fine, check(fine))
