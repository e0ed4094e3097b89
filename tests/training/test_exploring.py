"""A network that is explored is the same network afterwards, bit for bit, whatever happened in between."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from nndesigner.base.fields import resolve
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.document import edits
from nndesigner.document.plan import plan_values
from nndesigner.explorations.exploration import explorations
from nndesigner.objectives.catalogue import objective
from nndesigner.training import exploring
from tests.explorations.subjects import cnn, subject_of
from tests.training.small import compiled, dataset, mlp


def held(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: t.detach().clone() for name, t in (*model.named_parameters(), *model.named_buffers())}


@pytest.mark.parametrize("name", sorted(explorations()))
def test_weights_buffers_gradients_modes_and_random_states_are_as_before(name: str) -> None:
    model, checked = compiled(cnn(optimizer="adam"))
    document = cnn(optimizer="adam")
    subject = exploring.subject(
        model, checked, dataset(document), plan_values(document)[0], objective("supervised")
    )
    model.train()
    first = next(iter(subject.weights.values()))
    first.grad = torch.full_like(first, 0.25)
    before, random, grad = held(model), torch.get_rng_state(), first.grad
    exploration = explorations()[name]
    with exploring.unchanged(model):
        exploration.explore(subject, resolve(exploration.options, {})[0])
        if name == "lr_finder":
            assert any(not torch.equal(t, before[n]) for n, t in held(model).items()), "it did train"
            assert not torch.equal(random, torch.get_rng_state()), "and dropout did drop"
    after = held(model)
    assert before.keys() == after.keys() and any("running_mean" in name for name in after)
    assert all(torch.equal(before[n], after[n]) for n in before)
    assert first.grad is grad and bool((grad == 0.25).all())
    assert all(w.grad is None for w in list(subject.weights.values())[1:])
    assert model.training and torch.equal(random, torch.get_rng_state())


def test_also_after_a_failure() -> None:
    model, _ = compiled(mlp())
    before = held(model)
    with pytest.raises(Cancelled), exploring.unchanged(model):
        for weight in model.parameters():
            weight.data.fill_(float("nan"))
        raise Cancelled
    assert all(torch.equal(before[n], t) for n, t in held(model).items())


def test_the_loss_with_other_weights_is_that_of_the_weights_put_in() -> None:
    subject = subject_of(cnn())
    batch = subject.sample(32)
    other = {name: w.detach() * 1.5 for name, w in subject.weights.items()}
    with torch.no_grad():
        there, here = float(subject.loss_at(other, batch)), float(subject.loss(batch))
        assert there != here
        for name, weight in subject.weights.items():
            weight.copy_(other[name])
        assert float(subject.loss(batch)) == pytest.approx(there, rel=1e-6)


def test_batches_are_those_of_training_and_go_on_without_end() -> None:
    document = mlp(batch_size=100, seed=3)
    subject = subject_of(document)
    batches = subject.batches()
    taken = [next(batches) for _ in range(12)]
    again = subject.batches()
    assert torch.equal(next(again).inputs[0], taken[0].inputs[0])
    total = len(dataset(document).indices["train"])
    assert sum(b.samples for b in taken[: -(-total // 100)]) == total
    assert not torch.equal(taken[0].inputs[0], taken[-(-total // 100)].inputs[0]), (
        "another order in the next epoch"
    )


def test_samples_stand_for_all_and_are_the_same_every_time() -> None:
    subject = subject_of(mlp())
    one, other = subject.sample(64), subject.sample(64)
    assert torch.equal(one.inputs[0], other.inputs[0]) and one.samples == 64
    everything = subject.sample(1_000_000)
    assert everything.samples == len(dataset(mlp()).indices["train"])
    loss, all_of_it = (float(subject.loss(batch).detach()) for batch in (one, everything))
    assert loss == pytest.approx(all_of_it, rel=0.1), "though the data is in the order of its classes"


def test_frozen_and_bypassed_layers() -> None:
    document = mlp()
    linear, tanh = (next(n.id for n in document.nodes() if n.type == type) for type in ("Linear", "Tanh"))
    document = document.apply(edits.set_learning(document, [linear], {"frozen": True}))
    document = document.apply(edits.set_bypass(document, [tanh], True))
    subject = subject_of(document)
    assert set(subject.weights) == {"linear2.weight", "linear2.bias"}
    for exploration in explorations().values():
        arrays, _ = exploration.explore(subject, resolve(exploration.options, {})[0])
        assert arrays


def test_a_network_without_data_to_learn_from_is_refused() -> None:
    document = mlp()
    model, checked = compiled(document)
    found = dataset(document)
    none = dataclasses.replace(found, indices={**found.indices, "train": found.indices["train"][:0]})
    with pytest.raises(Refusal, match="training part"):
        exploring.subject(model, checked, none, plan_values(document)[0], objective("supervised"))
