"""Transfer learning: weights of another run or a file begin a run, and what is frozen thaws at its epoch."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.protocol import controls
from nndesigner.runs.store import open_run
from nndesigner.training import beginning, checkpoints
from tests.training.small import Recorder, chain, mlp, trained, trainer

LAYERS: list[tuple[str, dict[str, Any]]] = [
    ("TableInput", {}),
    ("Linear", {"out_features": 6}),
    ("BatchNorm1d", {}),
    ("ReLU", {}),
    ("Linear", {"out_features": 2}),
    ("Output", {}),
]


def network(**plan: Any) -> Document:
    return chain("moons", LAYERS, **{"epochs": 4, "batch_size": 60, "learning_rate": 0.02, **plan})


def learning(document: Document, name: str, **values: Any) -> Document:
    node = next(node for node in document.nodes() if node.name == name)
    return document.apply(edits.set_learning(document, [node.id], values))


def state(document: Document, seed: int = 5) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return {name: tensor.clone() for name, tensor in build(check(document)).state_dict().items()}


def first(document: Document, folder: Path) -> dict[str, torch.Tensor]:
    """The weights before the first step."""
    it = trainer(document, folder)
    it.start()
    it.run.close()
    return {name: tensor.clone() for name, tensor in it.compiled.state_dict().items()}


# -- what fits ---------------------------------------------------------------------------------------------------------
def test_a_file_gives_what_fits_and_all_else_is_said(tmp_path: Path) -> None:
    document = network()
    given = state(document)
    given["linear2.weight"] = torch.zeros(5, 6)
    given["linear2.bias"] = torch.zeros(5)
    given["old.weight"] = torch.zeros(3)
    del given["norm1.bias"]
    save_file(given, tmp_path / "given.safetensors")
    plain = first(document, tmp_path / "plain")
    document = document.apply(edits.set_plan(document, {"begin_with": str(tmp_path / "given.safetensors")}))
    begun = first(document, tmp_path / "begun")
    for name in begun:
        expected = plain if name.startswith("linear2") or name == "norm1.bias" else given
        assert torch.equal(begun[name], expected[name]), name
    run = open_run(next((tmp_path / "begun").rglob("run.json")).parent)
    said = run.record.beginning
    assert said["size"] == ["linear2.weight", "linear2.bias"]
    assert said["fresh"] == ["norm1.bias"] and said["unused"] == ["old.weight"]
    assert {*said["taken"], *said["size"], *said["fresh"]} == set(begun)
    (event,) = [event for event in run.events() if event["kind"] == "began-with"]
    assert "given.safetensors" in event["sentence"] and event["taken"] == said["taken"]


@pytest.mark.parametrize("wrapped", ["plain", "nested", "parallel"])
def test_a_state_dict_of_plain_torch(tmp_path: Path, wrapped: str) -> None:
    document = network()
    given = state(document)
    saved: Any = given
    if wrapped == "nested":
        saved = {"epoch": 3, "state_dict": given}
    elif wrapped == "parallel":
        saved = {f"module.{name}": tensor for name, tensor in given.items()}
    torch.save(saved, tmp_path / "given.pt")
    torch.manual_seed(0)
    model = build(check(document))
    found = beginning.take(model, check(document), tmp_path / "given.pt")
    assert {row.state for row in found.rows} == {"taken"}
    assert all(torch.equal(tensor, given[name]) for name, tensor in model.state_dict().items())


class _Evil:
    def __reduce__(self) -> Any:
        return print, ("ran",)


def test_a_file_with_code_is_refused_and_nothing_of_it_runs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    torch.save({"weight": _Evil()}, tmp_path / "evil.pt")
    (tmp_path / "torn.pt").write_bytes(b"PK\x03\x04 torn")
    (tmp_path / "numbers.pt").write_bytes(b"")
    torch.save([torch.zeros(2)], tmp_path / "list.pt")
    checked = check(network())
    with pytest.raises(Refusal, match="runs no code"):
        beginning.read(tmp_path / "evil.pt", checked)
    for name in ("torn.pt", "numbers.pt", "list.pt", "absent.pt", "absent.safetensors"):
        with pytest.raises(Refusal):
            beginning.read(tmp_path / name, checked)
    assert "ran" not in capfd.readouterr().out


def test_weights_of_another_network_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    document = network()
    save_file({"other.weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    given = state(document)
    given["linear1.weight"][0, 0] = torch.nan
    save_file(given, tmp_path / "damaged.safetensors")
    model = build(check(document))
    with pytest.raises(Refusal, match=r"Nothing of other\.safetensors fits"):
        beginning.take(model, check(document), tmp_path / "other.safetensors")
    with pytest.raises(Refusal, match=r"linear1\.weight"):
        beginning.take(model, check(document), tmp_path / "damaged.safetensors")


def test_the_best_weights_of_a_run_whose_layers_have_other_names_now(tmp_path: Path) -> None:
    document = network(epochs=2)
    it, _ = trained(document, tmp_path / "before")
    best = it.run.best_checkpoint()
    assert best is not None
    saved = checkpoints.read(best.path).model
    node = next(node for node in document.nodes() if node.name == "linear1")
    document = document.apply(edits.rename(document, node.id, "eyes"))
    document = document.apply(edits.set_plan(document, {"begin_with": str(it.run.path)}))
    begun = first(document, tmp_path / "after")
    assert torch.equal(begun["eyes.weight"], saved["linear1.weight"])
    assert torch.equal(begun["norm1.running_mean"], saved["norm1.running_mean"])
    torch.manual_seed(0)
    source, tensors = beginning.read(best.path, check(document))
    assert it.run.name in source and torch.equal(tensors["eyes.weight"], saved["linear1.weight"])


# -- thawing -----------------------------------------------------------------------------------------------------------
def weights_by_epoch(document: Document, folder: Path, name: str) -> list[torch.Tensor]:
    it = trainer(document, folder)
    it.start()
    found = [it.compiled.state_dict()[name].clone()]
    while it.at.epoch < it.at.last_epoch:
        it.train_epoch()
        it.finish_epoch()
        found.append(it.compiled.state_dict()[name].clone())
    it.run.close()
    return found


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adamw", "lbfgs"])
@pytest.mark.parametrize("name", ["linear1.weight", "norm1.running_mean"])
def test_what_is_frozen_learns_from_its_epoch_on(tmp_path: Path, optimizer: str, name: str) -> None:
    layer = name.partition(".")[0]
    document = learning(network(optimizer=optimizer), layer, frozen=True, unfreeze=2)
    found = weights_by_epoch(document, tmp_path, name)
    moved = [not torch.equal(a, b) for a, b in itertools.pairwise(found)]
    assert moved == [False, False, True, True]


def test_all_frozen_until_an_epoch(tmp_path: Path) -> None:
    document = network(epochs=2)
    for name in ("linear1", "norm1", "linear2"):
        document = learning(document, name, frozen=True, unfreeze=1)
    found = weights_by_epoch(document, tmp_path, "linear2.weight")
    assert torch.equal(found[0], found[1]) and not torch.equal(found[1], found[2])


def test_a_layers_rate_counts_from_when_it_learns(tmp_path: Path) -> None:
    """Of plain gradient descent the first step after thawing is the rate's multiple of what it would be."""
    steps = []
    for rate in (1.0, 0.25):
        document = network(optimizer="sgd", epochs=2, batch_size=1000, momentum=0.0)
        document = learning(document, "linear1", frozen=True, unfreeze=1, rate=rate)
        found = weights_by_epoch(document, tmp_path / f"{rate}", "linear1.weight")
        steps.append(found[2] - found[1])
    assert steps[0].abs().max() > 0
    assert torch.allclose(steps[1], 0.25 * steps[0], rtol=1e-4, atol=1e-7)


def test_thawing_in_the_first_epoch_is_not_freezing_at_all(tmp_path: Path) -> None:
    """The very same numbers as a run in which the layer was never frozen, where it thaws before the first step."""
    document = network(average_decay=0.9)
    plain, _ = trained(document, tmp_path / "plain")
    thawed = trainer(learning(document, "linear1", frozen=True, unfreeze=1), tmp_path / "thawed")
    thawed.learning = type(thawed.learning)(
        thawed.learning.frozen_modules, thawed.learning.frozen, {}, dict.fromkeys(thawed.learning.thaws, 0)
    )
    thawed.start()
    thawed.train()
    one, other = plain.compiled.state_dict(), thawed.compiled.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("stop", [2, 7, 8, 9, 13])
def test_a_run_that_thaws_goes_on_bit_for_bit(tmp_path: Path, stop: int) -> None:
    """Four steps an epoch, thawing after the second: stopped before, at and after that."""
    document = network(average_decay=0.9, clip_norm=1.0, precision="bfloat16")
    document = learning(document, "linear1", frozen=True, unfreeze=2, rate=0.5)
    document = learning(document, "norm1", frozen=True, unfreeze=2)
    given = state(document)
    save_file(given, tmp_path / "given.safetensors")
    document = document.apply(edits.set_plan(document, {"begin_with": str(tmp_path / "given.safetensors")}))
    whole, _ = trained(document, tmp_path / "whole")
    link = Recorder(lambda call: (controls.Stop(),) if call == stop else ())
    broken, result = trained(document, tmp_path / "broken", link=link)
    assert result["state"] == "stopped"
    (tmp_path / "given.safetensors").unlink()  # the checkpoint has it all
    again = trainer(document, tmp_path / "again", run=open_run(broken.run.path))
    again.resume()
    again.train()
    one, other = whole.snapshot(), again.snapshot()
    assert one.standing.step == other.standing.step
    for mine, theirs in (
        (one.model, other.model),
        (one.optimizer, other.optimizer),
        (one.learning, other.learning),
    ):
        assert mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_the_thaw_is_told(tmp_path: Path) -> None:
    it, _ = trained(learning(network(), "linear1", frozen=True, unfreeze=3), tmp_path)
    (event,) = [event for event in it.run.events() if event["kind"] == "unfrozen"]
    assert event["layers"] == ["linear1"] and "3 epochs" in event["sentence"]


def test_a_block_thaws_as_a_whole(tmp_path: Path) -> None:
    document = mlp(epochs=2, batch_size=60, learning_rate=0.05)
    chosen = [node.id for node in document.nodes() if node.name in ("linear1", "tanh1")]
    document = document.apply(edits.make_block(document, chosen))
    block = next(node for node in document.nodes(document.main.id) if node.type == "Block")
    document = document.apply(edits.set_learning(document, [block.id], {"frozen": True, "unfreeze": 1}))
    name = next(name for name in state(document) if name.endswith("linear1.weight"))
    found = weights_by_epoch(document, tmp_path, name)
    assert torch.equal(found[0], found[1]) and not torch.equal(found[1], found[2])
