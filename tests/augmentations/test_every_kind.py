"""What holds for every augmentation there is: shapes, chance, reproducibility, and that nothing else changes."""

from __future__ import annotations

import pytest
import torch

from nndesigner.augmentations.augmentation import Augmentation
from nndesigner.augmentations.catalogue import augmentations, offered
from nndesigner.augmentations.recipe import misfit, recipe
from nndesigner.base.data_field import DataField
from tests.augmentations.known import CLASS, COLOURED, PICTURE, SERIES, TABLE, WAVE, batch, step

FIELDS = (PICTURE, COLOURED, SERIES, WAVE, TABLE)
CASES = [(kind, field) for kind in augmentations().values() for field in FIELDS if kind.fits(field)]


@pytest.mark.parametrize(("kind", "field"), CASES, ids=lambda one: getattr(one, "type", None) or one.name)
def test_a_step_keeps_shape_and_kind_and_follows_from_seed_and_place_alone(
    kind: Augmentation, field: DataField
) -> None:
    made = recipe([step(kind.type)], [field], [CLASS])
    x, t = batch(field), batch(CLASS)
    before, answers = x.clone(), t.clone()
    torch.manual_seed(1)
    (first,), targets = made.apply([x], [t], 3, 2, 1)
    torch.manual_seed(2)
    (again,), _ = made.apply([x], [t], 3, 2, 1)
    assert torch.equal(x, before) and torch.equal(t, answers), "what came in stays as it is"
    assert first.shape == x.shape and first.dtype == x.dtype and bool(torch.isfinite(first).all())
    assert torch.equal(first, again), "nothing is drawn from elsewhere"
    assert torch.equal(targets[0], t)
    others = [made.apply([x], [t], *place)[0][0] for place in ((4, 2, 1), (3, 3, 1), (3, 2, 2))]
    if "flip" in kind.type:
        assert torch.equal(others[0], first), "there is nothing to draw but whether"
    else:
        assert any(not torch.equal(other, first) for other in others)
        assert not torch.equal(first, x)


@pytest.mark.parametrize(("kind", "field"), CASES, ids=lambda one: getattr(one, "type", None) or one.name)
def test_without_a_chance_nothing_happens_to_the_last_bit(kind: Augmentation, field: DataField) -> None:
    made = recipe([step(kind.type, probability=0.0)], [field], [CLASS])
    x, t = batch(field), batch(CLASS)
    (after,), targets = made.apply([x], [t], 0, 0, 0)
    assert torch.equal(after, x) and len(targets) == 1 and torch.equal(targets[0], t)


@pytest.mark.parametrize("kind", augmentations().values(), ids=lambda kind: kind.type)
def test_with_a_chance_between_some_samples_stay_as_they_are(kind: Augmentation) -> None:
    field = next(field for field in FIELDS if kind.fits(field))
    made = recipe([step(kind.type, probability=0.5)], [field], [CLASS])
    x, t = batch(field, 64), batch(CLASS, 64)
    if kind.works == "samples":
        mixed = [len(made.apply([x], [t], 0, 0, number)[1]) > 1 for number in range(64)]
        assert 15 < sum(mixed) < 49
        return
    (after,), _ = made.apply([x], [t], 0, 0, 0)
    same = (after == x).flatten(1).all(1)
    assert 10 < int(same.sum()) < 54


@pytest.mark.parametrize("kind", augmentations().values(), ids=lambda kind: kind.type)
def test_the_usual_settings_are_good_ones_and_every_one_is_explained(kind: Augmentation) -> None:
    values = kind.values({})
    assert set(values) == {field.name for field in kind.fields}
    assert all(field.help and field.check(field.default) == field.default for field in kind.fields)
    assert kind.help.endswith(".") and kind.group and kind.wants
    field = next(field for field in FIELDS if kind.fits(field))
    assert misfit(kind, [field], [CLASS]) == ""


@pytest.mark.parametrize(
    "kind",
    [
        k for k in augmentations().values() if k.works != "samples" and "flip" not in k.type
    ],  # a flip has no strength
    ids=lambda k: k.type,
)
def test_a_strength_of_nothing_changes_nothing(kind: Augmentation) -> None:
    """Within rounding: what is measured in units of black and white goes there and back."""
    without = {
        "crop": {"padding": 0},
        "rotation": {"degrees": 0.0},
        "affine": {"scale": 0.0, "shift": 0.0, "shear": 0.0},
        "noise": {"deviation": 0.0},
        "blur": {"width": 0.0},
        "erasing": {"least": 0.0, "most": 0.0},
        "time_shift": {"share": 0.0},
        "hiss": {"least": 100.0, "most": 100.0},
        "gain": {"decibels": 0.0},
    }
    for name in ("window_mask", "tone_mask", "time_mask", "spectrogram_shift"):
        without[name] = {"share": 0.0}
    field = next(field for field in FIELDS if kind.fits(field))
    made = recipe([step(kind.type, **without.get(kind.type, {"strength": 0.0}))], [field], [])
    x = batch(field)
    (after,), _ = made.apply([x], [], 0, 0, 0)
    tolerance = 1e-4 if kind.type == "hiss" else 5e-3 if kind.type == "hue" else 2e-5
    torch.testing.assert_close(after, x, rtol=0, atol=tolerance)


def test_only_what_has_a_meaning_is_offered() -> None:
    colours = {kind.type for kind in offered([COLOURED])}
    assert {"hue", "crop", "cutmix"} <= colours and not {"jitter", "tone_mask", "gain"} & colours
    gray = {kind.type for kind in offered([PICTURE])}
    assert "tone_mask" in gray and not {"hue", "saturation"} & gray
    series = {kind.type for kind in offered([SERIES])}
    assert {"jitter", "time_warp", "mixup"} <= series and "gain" not in series
    assert {kind.type for kind in offered([TABLE])} == {"mixup"}


def test_switching_a_step_off_changes_nothing_of_what_others_draw() -> None:
    x = batch(PICTURE)
    both = recipe([step("horizontal_flip", 0, probability=0.0), step("noise", 1)], [PICTURE], [])
    alone = recipe([step("noise", 1)], [PICTURE], [])
    assert torch.equal(both.apply([x], [], 0, 0, 0)[0][0], alone.apply([x], [], 0, 0, 0)[0][0])
