"""What every way of learning promises: it resumes bit for bit, evaluates alike, and says what it cannot train."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.objectives.catalogue import objectives
from nndesigner.protocol import controls
from nndesigner.runs.store import open_run
from nndesigner.training import checkpoints
from tests.objectives.known import EXAMPLES, example
from tests.training.small import Recorder, mlp, trained, trainer

WAYS = sorted(
    path.stem
    for path in EXAMPLES.glob("*.nnd")
    if (plan := example(path.stem).plan) is not None and plan.objective != "supervised"
)


def test_every_way_has_an_example() -> None:
    told = {plan.objective for name in WAYS if (plan := example(name).plan) is not None}
    assert told == set(objectives()) - {"supervised"}


def test_settings_have_names_that_the_plan_does_not_have() -> None:
    plan = {field.name for field in PLAN_FIELDS}
    for type, known in objectives().items():
        assert not plan & {field.name for field in known.parameters}, type


@pytest.mark.parametrize("type", sorted(set(objectives()) - {"supervised"}))
def test_a_network_that_it_cannot_train_is_refused_with_a_sentence(type: str) -> None:
    checked = check(mlp())
    if type == "distillation":  # it trains any classifier
        checked = check(example("diabetes-regression"))
    sentence = objectives()[type].why_not(checked)
    assert sentence.endswith(".") and len(sentence) > 20


QUICK = ("digits-autoencoder", "digits-gan", "digits-vae", "reverse-sequence")
"""one of each kind of step; the others take longer, and are of the full counts"""
ONE_SAMPLE = "style-transfer"
"""a step an epoch, and nothing to evaluate on"""


@pytest.mark.parametrize(
    "name",
    [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in (*WAYS, "shapes-unet")],
)
def test_a_run_that_was_broken_off_goes_on_as_if_it_had_not(name: str, tmp_path: Path) -> None:
    document = example(name, epochs=6 if name == ONE_SAMPLE else 2, batch_size=256)
    whole, _ = trained(document, tmp_path)
    steps = whole.at.step
    stop = Recorder(lambda call: [controls.Stop()] if call == steps // 2 + 1 else [])
    first = trainer(document, tmp_path, stop)
    first.start()
    first.train()
    assert 0 < first.at.step < steps
    second = trainer(document, tmp_path, run=open_run(first.run.path))
    second.resume()
    second.train()
    assert second.at.step == steps
    for (key, ours), theirs in zip(
        whole.compiled.state_dict().items(), second.compiled.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs), key
    written = [checkpoints.read(it.run.checkpoints()[-1].path).optimizer for it in (whole, second)]
    assert written[0].keys() == written[1].keys()
    assert all(torch.equal(written[0][key], written[1][key]) for key in written[0])


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in WAYS if n != ONE_SAMPLE]
)
def test_an_evaluation_gives_the_same_numbers_twice(name: str, tmp_path: Path) -> None:
    it = trainer(example(name, epochs=1, batch_size=256), tmp_path)
    it.start()
    it.train_epoch()
    state = torch.get_rng_state()
    first = it.evaluate("validation")
    assert first and first == it.evaluate("validation")
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("name", WAYS)
def test_samples_are_always_made_from_the_same_noise(name: str, tmp_path: Path) -> None:
    it = trainer(example(name), tmp_path)
    if it.way.sample is None:
        return
    it.compiled.eval()
    with torch.no_grad():
        first, second = it.way.sample(64), it.way.sample(64)
    assert len(first.values) == len(second.values) >= 36
    assert torch.equal(first.values, second.values)
    assert len(first.labels) in (0, len(first.values))
