"""Several outputs and penalties: the loss is their weighted sum, each part is told, and only answers are exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.compiler.source import source
from nndesigner.data.dataset import Dataset
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.exporters.gate import export
from nndesigner.objectives.supervised import judge
from nndesigner.protocol import controls
from nndesigner.runs.store import RunFolder, create_run, open_run
from nndesigner.training.loop import Trainer
from nndesigner.training.predict import Predictor
from nndesigner.training.running import move
from tests.networks import Step, drawn
from tests.training.small import Recorder, dataset, mlp

FIELD = DataField(name="sum", role="target", kind="number", element="float", axes=(("feature", 1),))


def two_targets() -> Dataset:
    """The moons, and the sum of their coordinates as a second target."""
    moons = dataset(mlp())
    (table,) = (field.name for field in moons.fields.values() if field.kind == "table")
    total = moons.arrays[table].sum(axis=1, keepdims=True).astype(np.float32)
    return replace(moons, fields={**moons.fields, "sum": FIELD}, arrays={**moons.arrays, "sum": total})


def document(
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0), extra: dict[str, Step] | None = None, **plan: Any
) -> Document:
    """Table → hidden layer → a class and a number, and the hidden layer kept small."""
    data = two_targets()
    (label,) = (field.name for field in data.fields.values() if field.kind == "class")
    nodes: dict[str, Step] = {
        "row": ("TableInput", {}),
        "hidden": ("Linear", {"out_features": 8}),
        "act": ("Tanh", {}),
        "scores": ("Linear", {"out_features": 2}),
        "number": ("Linear", {"out_features": 1}),
        "kind": ("Output", {"target": label, "weight": weights[0]}),
        "total": ("Output", {"target": "sum", "weight": weights[1]}),
        "small": ("ActivityRegularizer", {"norm": "l2", "weight": weights[2]}),
        "tower": ("Linear", {"out_features": 4}),
        "pull": ("Penalty", {"weight": 0.1}),
    }
    wires = [
        ("row", "hidden"),
        ("hidden", "act"),
        ("act", "scores"),
        ("act", "number"),
        ("scores", "kind"),
        ("number", "total"),
        ("act", "small"),
        ("act", "tower"),
        ("tower", "pull"),
    ]
    made = drawn(nodes, wires, tuple(data.fields.values()))
    return made.apply(edits.set_plan(made, {"epochs": 3, "batch_size": 32, "learning_rate": 0.02, **plan}))


def trainer(
    document: Document, folder: Path, link: Recorder | None = None, run: RunFolder | None = None
) -> Trainer:
    checked = check(document)
    assert checked.ok, checked.errors
    torch.manual_seed(0)
    model = build(checked)
    run = run or create_run(folder, document)
    return Trainer(model, two_targets(), plan_values(document)[0], run, link or Recorder(), checked=checked)


def test_the_loss_is_the_weighted_sum_of_outputs_and_penalties() -> None:
    model = build(check(document((2.0, 0.5, 3.0))))
    x = torch.randn(11, 2)
    label, total = torch.randint(2, (11,)), torch.randn(11, 1)
    outcome = judge(model, [x], [label, total])
    act = torch.tanh(model.get_submodule("hidden")(x))
    scores, number = model.get_submodule("scores")(act), model.get_submodule("number")(act)
    kind = torch.nn.functional.cross_entropy(scores, label)
    off = torch.nn.functional.mse_loss(number, total)
    small, pull = act.square().sum(1).mean(), model.get_submodule("tower")(act).mean()
    assert model.parts == ("kind", "total", "small", "pull")
    for ours, theirs in zip(outcome.parts, (kind, off, small, pull), strict=True):
        torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(outcome.loss, 2 * kind + 0.5 * off + 3 * small + 0.1 * pull)
    assert len(outcome.values) == 2


def test_every_part_is_reported_in_training_and_validation(tmp_path: Path) -> None:
    it = trainer(document((2.0, 0.5, 0.1), epochs=6), tmp_path)
    it.start()
    result = it.train()
    parts = {f"loss · {name}" for name in ("kind", "total", "small", "pull")}
    shares = dict(zip(sorted(parts), (2.0, 0.1, 0.1, 0.5), strict=True))
    for split in ("train", "validation", "test"):
        found = result["metrics"][split]
        assert parts < set(found) and "accuracy · kind" in found and "rmse · total" in found
        assert found["loss"] == pytest.approx(sum(shares[name] * found[name] for name in parts), rel=1e-5)
    said = [row for row in it.run.rows() if row.name == "loss · kind" and row.split == "train"]
    assert len(said) == 6 and said[-1].value < said[0].value


def test_a_loss_of_weight_0_is_told_but_moves_nothing(tmp_path: Path) -> None:
    it = trainer(document((1.0, 0.0, 0.0)), tmp_path)
    before = it.compiled.get_submodule("number").weight.clone()  # type: ignore[union-attr,operator]
    it.start()
    result = it.train()
    assert torch.equal(it.compiled.get_submodule("number").weight, before)  # type: ignore[arg-type]
    assert result["metrics"]["validation"]["loss · total"] > 0


@pytest.mark.parametrize("step", [3, 9])
def test_a_stopped_run_goes_on_bit_for_bit_parts_included(tmp_path: Path, step: int) -> None:
    whole = trainer(document(), tmp_path)
    whole.start()
    whole.train()
    link = Recorder(lambda call: [controls.Stop()] if call == step else ())
    first = trainer(document(), tmp_path, link)
    first.start()
    first.train()
    second = trainer(document(), tmp_path, run=open_run(first.run.path))
    second.resume()
    second.train()
    assert [row[:5] for row in second.run.rows()] == [row[:5] for row in whole.run.rows()]


def test_only_answers_leave_the_house(tmp_path: Path) -> None:
    it = trainer(document(), tmp_path)
    it.start()
    it.train()
    assert "tower.weight" in it.compiled.state_dict(), "a penalty's weights are trained and kept"
    x = torch.randn(5, 2)
    answers = it.compiled(x)
    assert len(answers) == 2 and it.compiled.output_names == ("kind", "total")
    made = exportable(it.compiled, it.checked, "net")
    assert not [name for name in made.model.state_dict() if name.startswith("tower")]
    text = source(it.checked, "net")
    assert "tower" not in text and "pull" not in text and "scores" in text
    export(made, "python", tmp_path / "net.py")
    said = Predictor(it.run).answers({it.compiled.input_fields[0]: x.numpy()})
    assert set(said) == {"kind", "total"}


def test_an_input_that_only_a_penalty_reads_is_no_input_of_the_exported_model() -> None:
    pair = [
        DataField(name=name, role="input", kind="table", element="float", axes=(("feature", 3),))
        for name in "ab"
    ]
    nodes: dict[str, Step] = {
        "first": ("TableInput", {"field": "a"}),
        "other": ("TableInput", {"field": "b"}),
        "linear": ("Linear", {"out_features": 3}),
        "output": ("Output", {}),
        "alike": ("CosineEmbedding", {}),
    }
    wires = [("first", "linear"), ("linear", "output"), ("linear", "alike.a"), ("other", "alike.b")]
    target = DataField(name="y", role="target", kind="class", element="int", classes=tuple("abc"))
    checked = check(drawn(nodes, wires, [*pair, target]))
    assert checked.ok, checked.errors
    model = build(checked)
    assert model.input_names == ("first", "other")
    made = exportable(model, checked, "net")
    assert made.input_names == ("first",)
    x = torch.randn(4, 3)
    assert torch.equal(made.model(x), model(x, torch.randn(4, 3)))
    assert not [problem for problem in checked.problems if problem.code == "dead-branch"]


def test_a_variational_code_is_drawn_to_the_standard_normal_distribution(tmp_path: Path) -> None:
    """Where the divergence counts much, codes go towards mean 0 and variance 1; where it does not, they do not."""
    found = {}
    for weight in (0.0, 5.0):
        nodes: dict[str, Step] = {
            "row": ("TableInput", {}),
            "mean": ("Linear", {"out_features": 2}),
            "log_var": ("Linear", {"out_features": 2}),
            "number": ("Linear", {"out_features": 1}),
            "output": ("Output", {"target": "sum"}),
            "kl": ("KLDivergence", {"weight": weight}),
        }
        wires = [
            ("row", "mean"),
            ("row", "log_var"),
            ("mean", "number"),
            ("number", "output"),
            ("mean", "kl.mean"),
            ("log_var", "kl.log_var"),
        ]
        made = drawn(nodes, wires, tuple(two_targets().fields.values()))
        plan = {"epochs": 20, "batch_size": 32, "learning_rate": 0.02}
        it = trainer(made.apply(edits.set_plan(made, plan)), tmp_path)
        it.start()
        found[weight] = it.train()["metrics"]["validation"]
    assert found[5.0]["loss · kl"] < 0.05 < found[0.0]["loss · kl"]
    assert found[0.0]["loss · output"] < 0.05


def test_penalties_inside_a_block_count_and_stay_out_of_what_is_exported() -> None:
    made = document((1.0, 1.0, 1.0))
    names = ("act", "hidden", "small", "tower", "pull")
    ids = [node.id for node in made.nodes() if node.name in names]
    assert len(ids) == 5
    plain = build(check(made))
    made = made.apply(edits.VERBS["make_block"](made, ids, "Body"))
    checked = check(made)
    assert checked.ok, checked.errors
    (block,) = (node.name for node in made.nodes() if node.type == "Block")
    assert checked.parts == ("kind", "total", f"{block}.small", f"{block}.pull")
    assert checked.shares == (1.0, 1.0, 1.0, 0.1)
    model = build(checked)
    weights = plain.state_dict()
    model.load_state_dict({name: weights[name.removeprefix(f"{block}.")] for name in model.state_dict()})
    x, targets = torch.randn(7, 2), [torch.randint(2, (7,)), torch.randn(7, 1)]
    for ours, theirs in zip(judge(model, [x], targets).parts, judge(plain, [x], targets).parts, strict=True):
        torch.testing.assert_close(ours, theirs)
    answered = checked.as_answered()
    assert answered.parts == ("kind", "total")
    assert not [inner.name for inner in answered.walk() if inner.name.endswith((".small", ".pull", ".tower"))]
    left = exportable(model, checked, "net").model
    assert not [name for name in left.state_dict() if "tower" in name]
    for ours, theirs in zip(left(x), plain(x), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_bypassed_penalty_adds_nothing() -> None:
    made = document()
    node = made.node_named("small")
    assert node is not None
    checked = check(made.apply(edits.VERBS["set_bypass"](made, [node.id], True)))
    assert checked.ok and checked.parts == ("kind", "total", "pull")
    model = build(checked)
    assert len(judge(model, [torch.randn(4, 2)], [torch.ones(4).long(), torch.randn(4, 1)]).parts) == 3


def test_the_numbers_of_a_loss_move_with_the_network() -> None:
    made = document()
    node = made.node_named("kind")
    assert node is not None
    values = {"loss": "focal", "class_weights": "typed", "typed_weights": "1, 3"}
    model = build(check(made.apply(edits.set_parameters(made, node.id, values))))
    move(model, torch.device("meta"))
    x, label, total = (torch.zeros(shape, device="meta") for shape in ((5, 2), (5,), (5, 1)))
    assert all(part.device.type == "meta" for part in judge(model, [x], [label.long(), total]).parts)
