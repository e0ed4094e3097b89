"""A training script, run by a bare Python, comes to the numbers of the run: bit for bit, with the same threads."""

from __future__ import annotations

import ast
import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from nndesigner.base import trust
from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.compiler.describing import answer_here
from nndesigner.compiler.script_text import ENDS_DROPPED, ENDS_JOINED, ENDS_SHORT, ORDER, SHUFFLED
from nndesigner.data.dataset import Dataset
from nndesigner.data.dataset import read as read_data
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.exporters import gate
from nndesigner.exporters.exporter import Exportable, Training
from nndesigner.layers.losses.catalogue import LOSSES
from nndesigner.layers.losses.loss import Loss
from nndesigner.objectives.supervised import judge
from nndesigner.project.reader import open_project
from nndesigner.runs.store import RunFolder, create_run
from nndesigner.training.feed import order
from nndesigner.training.loop import Trainer
from nndesigner.training.rehearsal import rehearsal
from tests.own_texts import ASYMMETRIC
from tests.training import test_several_losses as several
from tests.training.small import Recorder, chain, dataset, mlp, trained

EXAMPLES = Path(__file__).parents[2] / "examples"
PLANS: dict[str, dict[str, Any]] = {
    "digits-mlp": {"epochs": 2},
    "iris-mlp": {"epochs": 3, "optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "moons-mlp": {"epochs": 12, "patience": 2, "minimum_change": 0.05, "best_by": "score"},
    "diabetes-regression": {"epochs": 3, "optimizer": "rmsprop", "drop_last": True},
    "sine-lstm": {"epochs": 2, "optimizer": "adamw", "weight_decay": 0.1},
}


def run_script(path: Path, folder: Path) -> dict[tuple[int, str, str], float]:
    """What a bare Python writes when it runs the script: (epoch, part, metric) → value."""
    subprocess.run([sys.executable, "-I", str(path), "--out", str(folder)], check=True, capture_output=True)
    with open(folder / "metrics.csv", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["epoch", "part", "metric", "value"]
    return {(int(epoch), part, name): float(value) for epoch, part, name, value in rows[1:]}


def measured(run: RunFolder) -> dict[tuple[int, str, str], float]:
    """The same as the run folder has it: what is told at the ends of epochs."""
    return {
        (round(row.epoch), row.split, "loss" if row.name == "epoch loss" else row.name): row.value
        for row in run.rows()
        if not (row.split == "train" and row.name in ("loss", "learning rate"))
    }


def script_of(it: Trainer, data: Dataset, folder: Path, name: str = "script") -> gate.Exported:
    made = exportable(it.compiled, it.checked, "project", training=_training(it, data))
    return gate.export(made, "script", folder / name)


def _training(it: Trainer, data: Dataset) -> Training:
    return rehearsal(it.run, it.checked, it.compiled, lambda: data)


def example(name: str, **plan: Any) -> tuple[Document, Dataset]:
    document = open_project(EXAMPLES / f"{name}.nnd").document
    assert document.data is not None
    data = read_data(document.data, EXAMPLES)
    found = edits.set_found(
        document, tuple(data.fields.values()), data.counts, data.fingerprint, data.remarks
    )
    document = document.apply(found)
    return document.apply(edits.set_plan(document, {**plan_values(document)[0], **plan})), data


def whole_run(document: Document, data: Dataset, folder: Path) -> Trainer:
    plan, checked = plan_values(document)[0], check(document)
    torch.manual_seed(plan["seed"])
    run = create_run(folder, document)
    it = Trainer(build(checked), data, {**plan, "threads": 1}, run, Recorder(), checked=checked)
    it.start()
    it.train()
    return it


@pytest.mark.parametrize(
    "name",
    [n if n == "sine-lstm" else pytest.param(n, marks=pytest.mark.long) for n in PLANS],
)
def test_a_script_comes_to_the_numbers_of_the_run(name: str, tmp_path: Path) -> None:
    document, data = example(name, **PLANS[name])
    it = whole_run(document, data, tmp_path)
    out = tmp_path / "elsewhere"
    out.mkdir()
    made = script_of(it, data, out)
    assert made.max_abs_difference == 0.0
    assert {file.name for file in made.files} == {"script.py", "script.data.safetensors"}
    text = made.path.read_text(encoding="utf-8")
    modules = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in modules}
    assert not any(str(each).startswith("nndesigner") for each in names)
    assert max(map(len, text.splitlines())) <= 120 and not any(s.endswith(" ") for s in text.splitlines())
    have, want = run_script(made.path, out), measured(it.run)
    assert have == want and any(part == "test" for _, part, _ in want)
    if name == "moons-mlp":
        assert max(epoch for epoch, _, _ in have) < 12, "it should have stopped early"


ASKED: dict[str, dict[str, Any]] = {
    "a schedule with a warm-up": {"schedule": "cosine", "warmup": 5, "schedule_last": 0.1},
    "milestones": {"schedule": "milestones", "schedule_milestones": "1, 2"},
    "a cycle": {"schedule": "cyclic", "schedule_every": 1, "cycle_mode": "exponential"},
    "a plateau": {
        "schedule": "plateau",
        "plateau_patience": 0,
        "plateau_threshold": 0.5,
        "schedule_gamma": 0.1,
    },
    "bounds": {"clip_norm": 0.1, "clip_value": 0.05},
    "pieces": {"pieces": 3, "batch_size": 20},
    "averages": {"average_decay": 0.9},
    "bfloat16": {"precision": "bfloat16"},
    "float16": {"precision": "float16", "clip_norm": 1.0, "average_decay": 0.5},
    "curvature": {"optimizer": "lbfgs", "max_iterations": 4, "batch_size": 60, "clip_norm": 5.0},
    "adafactor": {"optimizer": "adafactor"},
    "muon": {"optimizer": "muon", "weight_decay": 0.1, "spare_biases": True, "clip_norm": 1.0},
    "no decay of biases": {"optimizer": "adamw", "weight_decay": 0.5, "spare_biases": True},
    "everything": {
        "optimizer": "nadam",
        "schedule": "one-cycle",
        "clip_norm": 1.0,
        "pieces": 2,
        "average_decay": 0.9,
        "precision": "bfloat16",
    },
}


@pytest.mark.parametrize(
    "name",
    [n if n == "everything" else pytest.param(n, marks=pytest.mark.long) for n in ASKED],
)
def test_a_script_steps_as_the_plan_asks(name: str, tmp_path: Path) -> None:
    document, data = example("iris-mlp", **{"epochs": 4, "learning_rate": 0.01, **ASKED[name]})
    it = whole_run(document, data, tmp_path)
    out = tmp_path / "elsewhere"
    out.mkdir()
    made = script_of(it, data, out)
    assert made.max_abs_difference == 0.0
    assert run_script(made.path, out) == measured(it.run)


def test_several_losses_penalties_and_frozen_layers(tmp_path: Path) -> None:
    document = several.document((2.0, 0.5, 0.1))
    for name, values in (
        ("hidden", {"weight": "orthogonal", "bias": "ones", "rate": 0.5}),
        ("tower", {"frozen": True}),
        ("scores", {"weight": "normal"}),
    ):
        node = document.node_named(name)
        assert node is not None
        document = document.apply(edits.set_learning(document, [node.id], values))
    data = several.two_targets()
    it = whole_run(document, data, tmp_path)
    made = script_of(it, data, tmp_path)
    assert run_script(made.path, tmp_path / "out") == measured(it.run)
    assert "model.pull" in made.path.read_text(encoding="utf-8")


@pytest.mark.long
def test_penalties_inside_of_repeated_blocks(tmp_path: Path) -> None:
    document = mlp(epochs=2)
    linear = document.node_named("linear1")
    assert linear is not None
    document = document.apply(edits.set_parameter(document, linear.id, "out_features", 2))
    document = document.apply(edits.add_node(document, "ActivityRegularizer"))
    tanh, penalty = document.node_named("tanh1"), document.node_named("activity1")
    assert tanh is not None and penalty is not None
    document = document.apply(edits.connect(document, tanh.id, "y", penalty.id, "x"))
    document = document.apply(edits.make_block(document, [linear.id, tanh.id, penalty.id], "part"))
    block = document.node_named("part1")
    assert block is not None
    document = document.apply(edits.set_parameter(document, block.id, "repeat", 3))
    data = dataset(document)
    it = whole_run(document, data, tmp_path)
    assert len(it.checked.penalties) == 3
    made = script_of(it, data, tmp_path)
    assert run_script(made.path, tmp_path / "out") == measured(it.run)


def test_paths_are_read_off_and_counted_as_in_the_run(tmp_path: Path) -> None:
    layers = [
        ("ImageInput", {}),
        ("Conv2d", {"out_channels": 6, "kernel_size": [8, 3], "padding": "valid"}),
        ("ReLU", {}),
        ("Squeeze", {"axis": "2"}),
        ("Permute", {"order": "2, 1"}),
        ("Linear", {"out_features": 11}),
        ("Output", {"loss": "ctc"}),
    ]
    strips = {"samples": 60, "fewest": 1, "most": 2, "gap": 1}
    document = chain("digit_strips", layers, strips, epochs=12, learning_rate=0.03, best_by="score")
    it = whole_run(document, dataset(document), tmp_path)
    made = script_of(it, dataset(document), tmp_path)
    assert made.max_abs_difference == 0.0
    have = run_script(made.path, tmp_path / "out")
    assert have == measured(it.run)
    rates = {value for (_, _, name), value in have.items() if name == "character error rate"}
    assert len(rates) > 3, "nothing was written"


@pytest.mark.long
def test_dropout_draws_the_same(tmp_path: Path) -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 8}),
        ("Dropout", {"p": 0.3}),
        ("ReLU", {}),
        ("Linear", {"out_features": 2}),
        ("Softmax", {}),
        ("Output", {}),
    ]
    document = chain("moons", layers, epochs=2)
    it = whole_run(document, dataset(document), tmp_path)
    made = script_of(it, dataset(document), tmp_path)
    assert run_script(made.path, tmp_path / "out") == measured(it.run)
    assert "Softmax" not in made.path.read_text(encoding="utf-8"), "the loss contains it"


NO_DATA = {"kl_div"}
"""Losses of targets that no bundled data holds: shares that sum to 1."""


@pytest.mark.parametrize(
    "loss",
    [x for x in LOSSES.values() if not x.beside and x.aligned and x.name not in NO_DATA],
    ids=lambda loss: loss.name,
)
def test_every_loss_is_what_training_computes(loss: Loss, tmp_path: Path) -> None:
    of_classes = "class" in loss.targets
    units = 2 if loss.predicts == "class" else 1
    layers = [("TableInput", {}), ("Linear", {"out_features": units}), ("Output", {"loss": loss.name})]
    parameters = {} if of_classes else {"target_preparation": "none" if loss.holds[0] == 0 else "standardize"}
    document = chain("moons" if of_classes else "diabetes", layers, parameters, epochs=1)
    it, _ = trained(document, tmp_path)
    module = loaded(_training(it, dataset(document)), tmp_path)
    model = module.make_model()
    model.load_state_dict(it.compiled.state_dict())
    inputs, targets = module.load_data()["validation"]
    it.compiled.eval()
    with torch.no_grad():
        ours = judge(it.compiled, inputs, targets)
        theirs, _, outputs = module.judge(model, inputs, targets)
    assert torch.equal(ours.loss, theirs) and all(map(torch.equal, ours.values, outputs))


def loaded(training: Training, folder: Path) -> ModuleType:
    """The script as a module, not run, its samples beside it."""
    save_file(dict(training.arrays()), folder / "samples.safetensors")
    path = folder / "made.py"
    path.write_text(training.script("samples.safetensors"), encoding="utf-8")
    module = ModuleType("made")
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


@pytest.mark.parametrize(
    "text", ['"""', "\\", "'''\nimport os\n", "class", "model", "{}", "a" * 500, "\u202e", "F"]
)
def test_names_of_strangers_stay_text(text: str, tmp_path: Path) -> None:
    """The project's name and those of its data fields come from files of strangers."""
    it, _ = trained(mlp(epochs=1), tmp_path)
    data = dataset(mlp(epochs=1))

    def renamed(field: DataField) -> DataField:
        return msgspec.structs.replace(field, name=text + field.name)

    heads = tuple(
        replace(head, target=renamed(head.target)) for head in it.checked.heads if head.target is not None
    )
    checked = replace(it.checked, name=text, heads=heads)
    fields = {**data.fields, **{text + name: renamed(field) for name, field in data.fields.items()}}
    arrays = {**data.arrays, **{text + name: array for name, array in data.arrays.items()}}
    made = rehearsal(it.run, checked, it.compiled, lambda: replace(data, fields=fields, arrays=arrays))
    module = loaded(made, tmp_path)
    assert module.FIELDS[1].startswith(text)
    inputs, targets = module.load_data()["train"]
    assert torch.isfinite(module.judge(module.make_model(), inputs, targets)[0])


def test_the_script_of_a_run_on_a_graphics_card_falls_back_to_the_processor(tmp_path: Path) -> None:
    document = mlp(epochs=1)
    it, _ = trained(document, tmp_path)
    it.run.save_record(device="cuda:0")
    if torch.cuda.is_available():
        pytest.skip("there is one here")
    module = loaded(_training(it, dataset(document)), tmp_path)
    assert (
        torch.device("cpu") == module.DEVICE and "is_available() else" in (tmp_path / "made.py").read_text()
    )
    torch.use_deterministic_algorithms(False)
    inputs, targets = module.load_data()["train"]
    assert torch.isfinite(module.judge(module.make_model(), inputs, targets)[0])


@pytest.mark.parametrize(
    ("samples", "size", "drop", "ends"),
    [
        (10, 4, False, [4, 8, 10]),
        (8, 4, False, [4, 8]),
        (3, 4, False, [3]),
        (10, 4, True, [4, 8]),
        (8, 4, True, [4, 8]),
        (3, 4, True, [3]),
    ],
)
def test_batches_end_where_the_feed_cuts(samples: int, size: int, drop: bool, ends: list[int]) -> None:
    for joined in (False, True):
        text = ORDER + (ENDS_DROPPED if drop else ENDS_JOINED if joined else ENDS_SHORT) + SHUFFLED
        given = {"torch": torch, "SEED": 3, "BATCH_SIZE": size, "DEVICE": "cpu"}
        exec(text, given)
        found = list(given["batches"]([torch.arange(samples)], [torch.arange(samples)], 2))  # type: ignore[operator]
        lengths = [len(inputs[0]) for inputs, _ in found]
        want = list(ends)
        if joined and not drop and samples > size and samples % size:
            want = [*ends[:-2], samples]
        assert [sum(lengths[: n + 1]) for n in range(len(lengths))] == want
        seen = torch.cat([inputs[0] for inputs, _ in found])
        assert torch.equal(seen, order(3, 2, samples)[: want[-1]])


def test_a_script_that_trains_otherwise_is_not_kept(tmp_path: Path) -> None:
    document = mlp(epochs=1)
    it, _ = trained(document, tmp_path / "run")
    real = _training(it, dataset(document))
    off = Training(script=real.script, arrays=real.arrays, losses=lambda n: [x + 0.1 for x in real.losses(n)])
    made = exportable(it.compiled, it.checked, "project", training=off)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Refusal, match="differs from the run in step 1"):
        gate.export(made, "script", out / "script")
    assert list(out.iterdir()) == []


def test_without_a_run_there_is_no_script(tmp_path: Path) -> None:
    document = mlp()
    checked = check(document)
    made: Exportable = exportable(build(checked), checked, "project")
    with pytest.raises(Refusal, match="train the project first"):
        gate.export(made, "script", tmp_path / "script")


@pytest.mark.parametrize("name", ["iris-mlp", pytest.param("diabetes-regression", marks=pytest.mark.long)])
def test_a_loss_of_ones_own_stands_in_the_script_word_for_word(name: str, tmp_path: Path) -> None:
    trust.trust(ASYMMETRIC)
    document, data = example(name, epochs=2)
    (output,) = (node for node in document.nodes() if node.type == "Output")
    own = {"loss": "own", "loss_code": ASYMMETRIC, "own_weight": 3.0, "own_each": name == "iris-mlp"}
    document = document.apply(edits.set_parameters(document, output.id, own))
    answer_here()
    it = whole_run(document, data, tmp_path)
    out = tmp_path / "elsewhere"
    out.mkdir()
    made = script_of(it, data, out)
    assert made.max_abs_difference == 0.0
    assert run_script(made.path, out) == measured(it.run)
    text = made.path.read_text(encoding="utf-8")
    assert "# and so is this" in text and "weight=3.0" in text and "import math" in text


def test_a_script_of_transfer_learning_thaws_as_the_run_did(tmp_path: Path) -> None:
    """First weights of another run, a layer that thaws after two epochs, statistics that begin to move then."""
    layers: list[tuple[str, dict[str, Any]]] = [
        ("TableInput", {}),
        ("Linear", {"out_features": 6}),
        ("BatchNorm1d", {}),
        ("ReLU", {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    document = chain("moons", layers, epochs=4, batch_size=60, learning_rate=0.02, average_decay=0.9)
    before, _ = trained(document, tmp_path / "before")
    ids = {node.name: node.id for node in document.nodes()}
    document = document.apply(
        edits.set_learning(
            document, [ids["linear1"], ids["norm1"]], {"frozen": True, "unfreeze": 2, "rate": 0.5}
        )
    )
    document = document.apply(edits.set_plan(document, {"begin_with": str(before.run.path), "seed": 3}))
    it = whole_run(document, dataset(document), tmp_path / "after")
    made = script_of(it, dataset(document), tmp_path)
    assert made.max_abs_difference == 0.0
    text = made.path.read_text(encoding="utf-8")
    assert "'linear1.weight': 2" in text or '"linear1.weight": 2' in text
    assert run_script(made.path, tmp_path) == measured(it.run)


def test_no_script_where_the_first_weights_have_changed_or_all_is_frozen(tmp_path: Path) -> None:
    document = mlp(epochs=1)
    before, _ = trained(document, tmp_path / "before")
    weights = tmp_path / "first.safetensors"
    save_torch(before.compiled.state_dict(), weights)
    document = document.apply(edits.set_plan(document, {"begin_with": str(weights)}))
    it = whole_run(document, dataset(document), tmp_path / "after")
    save_torch({k: v + 1 for k, v in before.compiled.state_dict().items()}, weights)
    with pytest.raises(Refusal, match="has changed since"):
        script_of(it, dataset(document), tmp_path)
    document = document.apply(edits.set_plan(document, {"begin_with": None}))
    chosen = [node.id for node in document.nodes() if node.type == "Linear"]
    document = document.apply(edits.set_learning(document, chosen, {"frozen": True, "unfreeze": 1}))
    it = whole_run(document, dataset(document), tmp_path / "frozen")
    with pytest.raises(Refusal, match="frozen at first"):
        script_of(it, dataset(document), tmp_path, "frozen")
