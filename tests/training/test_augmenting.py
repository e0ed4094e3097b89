"""Training on changed samples: only these are changed, runs go on bit for bit, and shifts are learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.objectives.supervised import judge
from nndesigner.protocol import controls
from tests.training.small import Recorder, chain, compiled, trained, trainer

LAYERS = [
    ("ImageInput", {}),
    ("Conv2d", {"out_channels": 8, "kernel_size": [3, 3]}),
    ("ReLU", {}),
    ("Flatten", {}),
    ("Dropout", {}),
    ("Linear", {"out_features": 10}),
    ("Output", {}),
]
STEPS: list[dict[str, Any]] = [
    {"type": "crop", "parameters": {"padding": 1}},
    {"type": "rotation", "parameters": {"probability": 0.5}},
    {"type": "noise"},
    {"type": "erasing"},
    {"type": "mixup", "parameters": {"probability": 0.7, "alpha": 1.0}},
    {"type": "cutmix"},
]


def digits(steps: list[dict[str, Any]] = STEPS, **plan: Any) -> Document:
    document = chain("digits", LAYERS, **{"epochs": 2, "batch_size": 200, **plan})
    return document.apply(edits.set_augmentation(document, steps))


def weights(it: Any) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in it.compiled.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("plan", [{}, {"pieces": 3}], ids=["whole", "in pieces"])
def test_a_run_that_was_stopped_goes_on_bit_for_bit(tmp_path: Path, plan: dict[str, Any]) -> None:
    document = digits(**plan)
    whole, _ = trained(document, tmp_path / "whole")
    again, _ = trained(document, tmp_path / "again")
    assert same(weights(whole), weights(again))
    other, _ = trained(digits(STEPS[:4], **plan), tmp_path / "other")
    assert not same(weights(whole), weights(other))
    for step in (3, 9):  # in the first epoch, and in the second
        link = Recorder(lambda call, step=step: [controls.Stop()] if call == step else [])
        cut, result = trained(document, tmp_path / f"cut{step}", link)
        assert result["state"] == "stopped"
        resumed = trainer(document, tmp_path, run=cut.run)
        resumed.resume()
        resumed.train()
        assert same(weights(whole), weights(resumed))


def test_only_batches_that_are_trained_on_are_changed(tmp_path: Path) -> None:
    changed, plain = (
        trainer(digits(), tmp_path / "changed").feed,
        trainer(digits([]), tmp_path / "plain").feed,
    )
    for part in ("train", "validation", "test"):
        for one, other in zip(changed.evaluation(part, 50), plain.evaluation(part, 50), strict=True):
            assert all(torch.equal(a, b) for a, b in zip(one[0] + one[1], other[0] + other[1], strict=True))
    before = plain.split("train").inputs[0]
    one, other = (next(feed.epoch(0, 0, 64, False)) for feed in (changed, plain))
    assert not torch.equal(one[0][0], other[0][0]) and torch.equal(one[1][0], other[1][0])
    assert torch.equal(changed.split("train").inputs[0], before), "the samples themselves stay"
    positions = torch.arange(9)
    gathered = [feed.gather(feed.split("train"), positions)[0][0] for feed in (changed, plain)]
    assert torch.equal(*gathered)


def test_both_ways_of_putting_an_epoch_in_order_change_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = trainer(digits(), tmp_path).feed
    whole = list(feed.epoch(0, 1, 300, False))
    monkeypatch.setattr("nndesigner.training.feed.SHUFFLED_WHOLE", 0)
    gathered = list(feed.epoch(0, 1, 300, False))
    later = list(feed.epoch(0, 1, 300, False, first=2))
    for one, other in ((whole, gathered), (whole[2:], later)):
        for a, b in zip(one, other, strict=True):
            assert all(torch.equal(x, y) for x, y in zip(a[0] + a[1], b[0] + b[1], strict=True))


def test_a_mixed_batch_costs_what_both_answers_cost_by_their_shares() -> None:
    model, _ = compiled(digits())
    model.eval()
    x, first, second = torch.rand(6, 1, 8, 8), torch.arange(6), torch.arange(4, 10)
    with torch.no_grad():
        mixed = judge(model, [x], [first, second, torch.full((6,), 0.7)])
        ones = [judge(model, [x], [target]) for target in (first, second)]
    assert float(mixed.loss) == pytest.approx(0.7 * float(ones[0].loss) + 0.3 * float(ones[1].loss), rel=1e-6)
    assert float(mixed.parts[0]) == pytest.approx(float(mixed.loss)) and len(mixed.values) == 1


def test_steps_that_do_not_fit_are_refused_when_a_run_begins(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Hue works on pictures in colour"):
        trainer(digits([{"type": "hue"}]), tmp_path)
    document = digits([{"type": "mixup"}])
    auto = chain(
        "digits", [("ImageInput", {}), ("Conv2d", {"out_channels": 1}), ("Output", {"target": "image"})]
    )
    auto = auto.apply(edits.set_plan(auto, {}, objective="autoencoder"))
    for entries, fine in (([{"type": "mixup"}], False), ([{"type": "crop"}], True)):
        chosen = auto.apply(edits.set_augmentation(auto, entries))
        if fine:
            (inputs, targets) = next(trainer(chosen, tmp_path / "fine").feed.epoch(0, 0, 32, False))
            assert torch.equal(inputs[0], targets[0]), "what is given back is what was seen"
        else:
            with pytest.raises(Refusal, match="Mixup shares the loss"):
                trainer(chosen, tmp_path / "auto")
    assert trainer(document, tmp_path / "mixed").feed is not None


def test_a_network_that_saw_shifted_digits_knows_shifted_digits(tmp_path: Path) -> None:
    """Trained with shifts of up to two pixels, and without: tested on digits that are moved to the right."""
    shifts = [{"type": "crop", "parameters": {"padding": 2}}]
    scores = []
    for number, steps in enumerate(([], shifts)):
        it, _ = trained(digits(steps, epochs=12, batch_size=64, learning_rate=0.005), tmp_path / str(number))
        split = it.feed.split("test")
        moved = torch.nn.functional.pad(split.inputs[0], (2, 0))[..., :8]
        it.compiled.eval()
        with torch.no_grad():
            answers = it.compiled.for_loss(moved)[0].argmax(1)
        scores.append(float((answers == split.targets[0]).float().mean()))
    assert scores[1] > scores[0] + 0.2 and scores[1] > 0.6, scores
