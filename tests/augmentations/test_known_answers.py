"""Known answers of single steps, worked out by hand or by another way."""

from __future__ import annotations

import math

import pytest
import torch

from nndesigner.augmentations import colours, geometry, mixing, series, sound, spoiling
from nndesigner.augmentations.recipe import recipe
from tests.augmentations.known import CLASS, COLOURED, MASK, PICTURE, SERIES, WAVE, batch, drawn, step

X = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]) / 10
NONE = X[:, :0]


def test_a_flip_of_a_known_picture() -> None:
    left, _ = geometry.flip_horizontally(X, NONE, drawn())
    assert torch.equal(left[0, 0], torch.tensor([[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]) / 10)
    down, _ = geometry.flip_vertically(X, NONE, drawn())
    assert torch.equal(down[0, 0], X[0, 0, [1, 0]])


@pytest.mark.parametrize("outside", ["black", "edge", "mirror"])
def test_a_crop_is_a_cut_out_of_the_picture_with_its_border(outside: str) -> None:
    x = torch.rand(40, 2, 5, 7, generator=drawn())
    cut, _ = geometry.random_crop(x, x[:, :0], drawn(1), 2, outside)
    mode = {"black": "constant", "edge": "replicate", "mirror": "reflect"}[outside]
    padded = torch.nn.functional.pad(x, (2, 2, 2, 2), mode)
    seen = set()
    for sample in range(len(x)):
        cuts = {(r, c): padded[sample, :, r : r + 5, c : c + 7] for r in range(5) for c in range(5)}
        found = [place for place, each in cuts.items() if torch.equal(each, cut[sample])]
        assert len(found) == 1
        seen |= set(found)
    assert len(seen) > 12, "every place is as likely"
    assert min(map(min, seen)) == 0 and max(map(max, seen)) == 4


def test_a_quarter_turn_of_a_square_is_that_of_the_array(monkeypatch: pytest.MonkeyPatch) -> None:
    x, wide = (torch.rand(1, 2, *size, generator=drawn()) for size in ((5, 5), (4, 8)))
    monkeypatch.setattr(torch, "rand", lambda *a, **k: torch.ones(1))  # the largest angle
    turned, masks = geometry.rotate(x, x, drawn(), 90.0, "black")
    torch.testing.assert_close(turned, torch.rot90(x, 1, (2, 3)), rtol=0, atol=1e-5)
    torch.testing.assert_close(masks, torch.rot90(x, 1, (2, 3)), rtol=0, atol=0)
    back, _ = geometry.rotate(
        *geometry.rotate(wide, wide[:, :0], drawn(), 180.0, "edge"), drawn(), 180.0, "edge"
    )
    torch.testing.assert_close(back, wide, rtol=0, atol=1e-4)


def test_a_shift_by_whole_pixels_and_a_size_are_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.rand(1, 1, 4, 8, generator=drawn())
    monkeypatch.setattr(torch, "rand", lambda *a, **k: torch.ones(4, 1))
    moved, _ = geometry.scale_and_shift(x, x[:, :0], drawn(), 0.0, 0.25, 0.0, "black")
    torch.testing.assert_close(moved[..., :3, :6], x[..., 1:, 2:], rtol=0, atol=1e-5)
    assert float(moved[..., 3, :].abs().max()) < 1e-5 and float(moved[..., 6:].abs().max()) < 1e-5
    line = torch.linspace(0, 1, 8).expand(1, 1, 4, 8).contiguous()
    larger, _ = geometry.scale_and_shift(line, line[:, :0], drawn(), 1.0 - 1e-6, 0.0, 0.0, "edge")
    torch.testing.assert_close(larger - 0.5, (line - 0.5) / 2, rtol=0, atol=1e-5)


def test_masks_move_with_their_pictures() -> None:
    """The picture is the mask itself: after any step of place they still agree, and no new class appeared."""
    codes = torch.zeros(16, 6, 8, dtype=torch.long)
    codes[:, 1:4, 2:5], codes[:, 4:, 5:] = 1, 2
    x = codes[:, None].float() / 2
    for type, settings in (
        ("horizontal_flip", {}),
        ("vertical_flip", {}),
        ("crop", {"padding": 2}),
        ("rotation", {"degrees": 180.0}),
        ("affine", {"shift": 0.3, "scale": 0.3}),
    ):
        made = recipe([step(type, **settings)], [PICTURE], [MASK, CLASS])
        (after,), (mask, other) = made.apply([x], [codes, batch(CLASS, 16)], 0, 0, 0)
        assert mask.dtype == torch.long and mask.shape == codes.shape
        assert set(mask.unique().tolist()) <= {0, 1, 2} and not torch.equal(mask, codes)
        agree = ((after[:, 0] * 2).round().long() == mask).float().mean()
        assert float(agree) > (0.8 if type in ("rotation", "affine") else 0.9999)
        assert torch.equal(other, batch(CLASS, 16))


def test_a_picture_as_target_moves_along_and_keeps_its_own_units() -> None:
    import msgspec

    answer = msgspec.structs.replace(COLOURED, name="answer", role="target")
    made = recipe([step("crop", padding=3)], [PICTURE], [answer])
    x, t = batch(PICTURE, 16), batch(answer, 16)
    t[:] = t.mean((1, 2, 3), keepdim=True)  # one value everywhere: where it is gone there is black
    (after,), (along,) = made.apply([x], [t], 0, 0, 0)
    black = torch.tensor([(0.0 - o) / s for o, s in ((90, 50), (100, 60), (110, 70))]).reshape(1, 3, 1, 1)
    gone = (along - black).abs() < 1e-5
    assert bool(gone.any()) and bool(((along - t).abs().lt(1e-5) | gone).all())
    assert not torch.equal(after, x)


def test_what_the_network_gives_back_is_what_it_saw() -> None:
    made = recipe([step("rotation", degrees=90.0), step("noise", 1)], [PICTURE], [PICTURE])
    x = batch(PICTURE)
    (after,), (target,) = made.apply([x], [x], 0, 0, 0)
    assert torch.equal(after, target) and not torch.equal(after, x)


def test_light_and_colour() -> None:
    x = torch.rand(8, 3, 4, 4, generator=drawn()) * 0.4 + 0.3
    gray = colours.gray_of(x)
    bright = colours.change_brightness(x, drawn(1), 0.2)
    ratio = (bright / x).flatten(1)
    assert bool((ratio - ratio[:, :1]).abs().lt(1e-5).all()), "one factor for each picture"
    assert float(ratio.min()) >= 0.8 and float(ratio.max()) <= 1.2 and float(ratio.std()) > 0.01
    contrast = colours.change_contrast(x, drawn(1), 0.5)
    torch.testing.assert_close(
        colours.gray_of(contrast).mean((1, 2, 3)), gray.mean((1, 2, 3)), rtol=0, atol=1e-5
    )
    pale = colours.change_saturation(x, drawn(1), 0.5)
    torch.testing.assert_close(colours.gray_of(pale), gray, rtol=0, atol=1e-5)
    assert not torch.equal(pale, x)
    turned = colours.change_hue(x, drawn(1), 0.05)
    torch.testing.assert_close(colours.gray_of(turned), gray, rtol=0, atol=2e-3)
    assert float((turned - x).abs().max()) > 0.01
    flat = gray.expand(-1, 3, -1, -1)
    torch.testing.assert_close(colours.change_hue(flat, drawn(1), 0.5), flat, rtol=0, atol=2e-3)


def test_noise_has_its_deviation_and_stays_between_black_and_white() -> None:
    x = torch.full((4, 1, 100, 100), 0.5)
    noisy = spoiling.add_noise(x, drawn(), 0.1)
    assert float((noisy - x).std()) == pytest.approx(0.1, rel=0.02)
    wild = spoiling.add_noise(x, drawn(), 5.0)
    assert float(wild.min()) == 0.0 and float(wild.max()) == 1.0


def test_a_blurred_point_is_a_bell_and_an_even_picture_stays() -> None:
    x = torch.zeros(1, 2, 21, 21)
    x[..., 10, 10] = 1.0
    soft = spoiling.blur(x, drawn(3), 2.0)
    width = float(torch.rand(1, 1, generator=drawn(3))) * 2.0
    assert float(soft[0, 0].sum()) == pytest.approx(1.0, abs=1e-4)
    fall = float(soft[0, 0, 10, 11] / soft[0, 0, 10, 10])
    assert fall == pytest.approx(math.exp(-0.5 / width**2), rel=1e-4)
    even = torch.full((2, 1, 5, 5), 0.3)
    torch.testing.assert_close(spoiling.blur(even, drawn(), 4.0), even)


@pytest.mark.parametrize(("least", "most"), [(0.1, 0.1), (0.02, 0.4), (0.5, 0.2), (1.0, 1.0)])
def test_what_is_erased_is_one_rectangle_within_the_bounds(least: float, most: float) -> None:
    x = torch.ones(200, 2, 40, 60)
    holes = spoiling.erase(x, drawn(), least, most, "black") == 0
    assert torch.equal(holes[:, 0], holes[:, 1])
    seen = set()
    for hole in holes[:, 0]:
        rows, columns = hole.any(1), hole.any(0)
        assert torch.equal(hole, rows[:, None] & columns[None, :]), "a rectangle"
        for line in (rows, columns):
            places = line.nonzero().flatten()
            assert len(places) == int(places[-1] - places[0]) + 1, "in one piece"
        height, width = int(rows.sum()), int(columns.sum())
        slack = (0.5 * (height + width) + 0.25) / 2400  # lengths are whole pixels
        assert min(least, most) - slack <= height * width / 2400 <= max(least, most) + slack
        seen.add((height, width, int(rows.nonzero()[0])))
    assert least == 1.0 or len(seen) > 30


def test_what_fills_a_hole() -> None:
    x = torch.rand(4, 1, 10, 10, generator=drawn())
    mean = spoiling.erase(x, drawn(1), 0.2, 0.3, "mean")
    changed = mean != x
    assert bool(((mean - x.mean((2, 3), keepdim=True)).abs() < 1e-6)[changed].all())
    noise = spoiling.erase(x, drawn(1), 0.2, 0.3, "noise")
    assert torch.equal(noise != x, changed) and len(noise[changed].unique()) > 10


def test_mixup_is_a_convex_combination_in_picture_and_targets() -> None:
    x, t = batch(PICTURE, 12), batch(CLASS, 12)
    made = recipe([step("mixup", alpha=1.0)], [PICTURE], [CLASS])
    shares = set()
    for number in range(20):
        (mixed,), targets = made.apply([x], [t], 0, 0, number)
        first, second, share = targets
        lam = float(share[0])
        shares.add(lam)
        assert 0.5 <= lam <= 1.0 and bool((share == share[0]).all()) and len(share) == 12
        assert torch.equal(first, t)
        rest = (mixed - lam * x) / (1 - lam)
        order = [int((rest[i] - x).flatten(1).abs().max(1).values.argmin()) for i in range(12)]
        assert sorted(order) == list(range(12)), "each sample is mixed into one other"
        torch.testing.assert_close(lam * x + (1 - lam) * x[order], mixed, rtol=0, atol=1e-5)
        assert torch.equal(second, t[order])
    assert len(shares) == 20


def test_cutmix_is_a_rectangle_of_another_picture_and_its_area_is_the_share() -> None:
    x = torch.arange(10.0).reshape(10, 1, 1, 1).expand(10, 2, 12, 16).contiguous()
    for seed in range(30):
        mixed, order, share = mixing.cutmix(x, drawn(seed), 1.0)
        inside = (mixed != x).any(1)
        other = x[order]
        assert bool(torch.where(mixed != x, mixed == other, torch.tensor(True)).all())
        stays = order == torch.arange(10)
        assert float(inside[~stays][0].float().mean()) == pytest.approx(1 - share, abs=1e-6)


def test_a_batch_is_mixed_once_and_last() -> None:
    made = recipe([step("mixup"), step("cutmix", 1), step("horizontal_flip", 2)], [PICTURE], [CLASS])
    x, t = batch(PICTURE), batch(CLASS)
    _, targets = made.apply([x], [t], 0, 0, 0)
    assert len(targets) == 3
    only = recipe([step("cutmix", 1), step("horizontal_flip", 2)], [PICTURE], [CLASS])
    first = recipe([step("horizontal_flip", 2)], [PICTURE], [CLASS]).apply([x], [t], 0, 0, 0)[0]
    (cut,), (_, _, share) = only.apply([x], [t], 0, 0, 0)
    rest = recipe([step("cutmix", 1)], [PICTURE], [CLASS]).apply(first, [t], 0, 0, 0)[0][0]
    assert torch.equal(cut, rest) and 0 <= float(share[0]) <= 1


def test_series_are_moved_and_bent_in_time() -> None:
    x = torch.arange(20.0).reshape(1, 20, 1).expand(50, 20, 2).contiguous()
    moved, _ = series.shift_time(x, x[:, :0], drawn(), 0.25, "edge")
    steps = moved[:, 10, 0] - 10
    assert steps.min() == -5 and steps.max() == 5 and torch.equal(moved[..., 0], moved[..., 1])
    expected = (torch.arange(20.0)[None] + steps[:, None]).clamp(0, 19)
    assert torch.equal(moved[..., 0], expected)
    around, _ = series.shift_time(x, x[:, :0], drawn(), 0.25, "around")
    assert torch.equal(around[..., 0].sort(1).values, x[..., 0])
    bent, _ = series.warp_time(x, x[:, :0], drawn(), 0.5, 3)
    torch.testing.assert_close(bent[:, 0], x[:, 0])
    torch.testing.assert_close(bent[:, -1], x[:, -1])
    speeds = bent[:, 1:, 0] - bent[:, :-1, 0]
    assert float(speeds.min()) > 0.3 and float(speeds.max()) < 3.0 and float(speeds.std()) > 0.05


def test_strengths_of_series_are_measured_on_themselves() -> None:
    x = torch.randn(20, 2000, 2, generator=drawn()) * torch.tensor([1.0, 50.0])
    noise = series.jitter(x, drawn(1), 0.1) - x
    assert noise[..., 1].std() / noise[..., 0].std() == pytest.approx(50, rel=0.1)
    assert (noise / x.std(1, keepdim=True)).std() == pytest.approx(0.1, rel=0.05)
    factor = series.scale_values(x, drawn(1), 0.3) / x
    assert float(factor.min()) >= 0.7 and float(factor.max()) <= 1.3
    assert float(factor.std(1).max()) < 1e-4, "one factor for each series and feature"


def test_windows_bands_and_moments_are_hidden_behind_the_mean() -> None:
    x = torch.rand(30, 40, 2, generator=drawn())
    hidden = series.mask_windows(x, drawn(1), 0.25, 2)
    gone = hidden != x
    assert torch.equal(gone[..., 0], gone[..., 1]) and int(gone[..., 0].sum(1).max()) <= 20
    assert int(gone.sum()) > 100
    mean = x.mean(1, keepdim=True).expand(x.shape)
    assert torch.equal(hidden[gone], mean[gone])
    p = torch.rand(30, 1, 20, 30, generator=drawn())
    for change, axis in ((sound.mask_tones, 2), (sound.mask_times, 3)):
        gone = change(p, drawn(1), 0.3, 1) != p
        assert torch.equal(gone, gone.any(5 - axis, keepdim=True).expand(p.shape)), (
            "whole rows, whole columns"
        )
        lengths = gone.any(5 - axis)[:, 0].sum(1)
        assert int(lengths.max()) <= round(0.3 * p.shape[axis]) and len(lengths.unique()) > 3


def test_noise_of_a_sound_lies_so_many_decibels_below_it() -> None:
    x = batch(WAVE, 1).repeat(1, 500, 1)
    added = sound.add_hiss(x, drawn(), 20.0, 20.0) - x
    assert 20 * math.log10(float(x.std() / added.std())) == pytest.approx(20.0, abs=0.3)
    loud = sound.change_gain(batch(WAVE, 200), drawn(), 6.0) / batch(WAVE, 200)
    decibels = 20 * loud[:, 0].log10()
    assert -6.01 < float(decibels.min()) < -5 and 5 < float(decibels.max()) < 6.01


def test_a_spectrogram_is_moved_in_time_alone() -> None:
    x = torch.arange(10.0).expand(30, 1, 4, 10).contiguous()
    moved, _ = sound.shift_columns(x, x[:, :0], drawn(), 0.2)
    steps = moved[:, 0, 0, 5] - 5
    assert set(steps.tolist()) == {-2.0, -1.0, 0.0, 1.0, 2.0}
    assert torch.equal(moved[:, 0, 3], (torch.arange(10.0) + steps[:, None]).clamp(0, 9))


def test_a_series_that_is_its_own_target_is_moved_with_it() -> None:
    made = recipe([step("time_shift", share=0.5)], [SERIES], [SERIES])
    x = batch(SERIES)
    (after,), (target,) = made.apply([x], [x], 0, 0, 0)
    assert torch.equal(after, target) and not torch.equal(after, x)
