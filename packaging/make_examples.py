"""Writes `examples/*.nnd`: every example drawn through the edit verbs, its data read once, its layout worked out.

Run `python packaging/make_examples.py [NAME …]` after changing it. Ids come from names, so that the same drawing gives
the same file.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nndesigner.check.check import check
from nndesigner.data.dataset import read
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.layout import layout
from nndesigner.document.records import Network, Note, TrainingPlan
from nndesigner.project.writer import encode

FOLDER = Path(__file__).resolve().parents[1] / "examples"
LONGEST_ROW = 6
"""layers that fit side by side, large enough to read, in a window of usual size"""
ROW_GAP = 180.0
Step = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Example:
    """One chain of layers over one data source. `note` stands on the canvas and on the welcome page."""

    name: str
    note: str
    data: str
    data_values: Mapping[str, Any] = field(default_factory=dict)
    layers: Sequence[Step]
    plan: Mapping[str, Any]
    names: Mapping[int, str] = field(default_factory=dict)
    """names of their own, by the number of the layer"""
    learning: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """how weights learn (`layers/learning.py`), by the number of the layer"""


def dense(units: int, activation: str = "ReLU") -> list[Step]:
    return [("Linear", {"out_features": units}), (activation, {})]


def convolution(channels: int) -> list[Step]:
    return [("Conv2d", {"out_channels": channels}), ("BatchNorm2d", {}), ("ReLU", {})]


def small_eye(classes: int) -> list[Step]:
    """Two convolutions and two dense layers for pictures of 16 × 16."""
    pool: Step = ("MaxPool2d", {})
    eye = [("ImageInput", {}), *convolution(8), pool, *convolution(16), pool, ("Flatten", {}), *dense(32)]
    return [*eye, ("Linear", {"out_features": classes}), ("Output", {"target": "shape"})]


CLEAN_SHAPES = {"samples": 1500, "size": 16, "noise": 0.05, "seed": 1}
"""what `data/shapes-clean.safetensors` learned from (`packaging/make_weights.py`)"""
FEW_SHAPES = {
    "samples": 400,
    "size": 16,
    "noise": 0.2,
    "seed": 10,
    "test_share": 0.85,
    "validation_share": 0.05,
}
"""40 pictures to learn from"""

EXAMPLES = (
    Example(
        name="perceptron",
        note="One neuron with a step, trained by Rosenblatt's rule: it learns “and” within a few epochs.\n"
        "On the data page choose “or”, then “xor”, and train again: no single line separates xor.",
        data="logic",
        data_values={"gate": "and", "samples": 200, "noise": 0.1},
        layers=[("TableInput", {}), ("Linear", {"out_features": 1}), ("Step", {}), ("Output", {})],
        plan={"epochs": 20, "batch_size": 8, "optimizer": "sgd", "learning_rate": 0.1},
    ),
    Example(
        name="perceptron-xor",
        note="One neuron cannot learn “xor”: its accuracy stays near three quarters or below.\n"
        "Open “xor-hidden-layer” to see what one hidden layer changes.",
        data="logic",
        data_values={"gate": "xor", "samples": 200, "noise": 0.1},
        layers=[("TableInput", {}), ("Linear", {"out_features": 1}), ("Step", {}), ("Output", {})],
        plan={"epochs": 20, "batch_size": 8, "optimizer": "sgd", "learning_rate": 0.1},
    ),
    Example(
        name="xor-hidden-layer",
        note="The same data, solved: one hidden layer bends the boundary.",
        data="logic",
        data_values={"gate": "xor", "samples": 400, "noise": 0.1},
        layers=[
            ("TableInput", {}),
            *dense(8, "Tanh"),
            ("Linear", {"out_features": 1}),
            ("Sigmoid", {}),
            ("Output", {}),
        ],
        plan={"epochs": 240, "batch_size": 16, "optimizer": "adam", "learning_rate": 0.005},
    ),
    Example(
        name="one-hidden-layer",
        note="The network of the first lecture: pixels, one hidden layer, softmax, plain gradient descent.",
        data="digits",
        layers=[
            ("ImageInput", {}),
            ("Flatten", {}),
            *dense(64),
            ("Linear", {"out_features": 10}),
            ("Softmax", {}),
            ("Output", {}),
        ],
        plan={"epochs": 30, "batch_size": 32, "optimizer": "sgd", "learning_rate": 0.2},
    ),
    Example(
        name="keras-classifier",
        note="100 features, two hidden layers of 64, softmax over 10 classes: the classic first Keras model.",
        data="made_table",
        data_values={"samples": 2000, "features": 100, "classes": 10},
        layers=[
            ("TableInput", {}),
            *dense(64),
            *dense(64),
            ("Linear", {"out_features": 10}),
            ("Softmax", {}),
            ("Output", {"loss": "cross_entropy"}),
        ],
        plan={"epochs": 15, "batch_size": 32, "optimizer": "adam", "learning_rate": 0.001},
    ),
    Example(
        name="breast-cancer-binary",
        note="Thirty measurements of a cell, one sigmoid unit: benign or malignant.",
        data="breast_cancer",
        layers=[
            ("TableInput", {}),
            *dense(16),
            ("Linear", {"out_features": 1}),
            ("Sigmoid", {}),
            ("Output", {}),
        ],
        plan={"epochs": 30, "batch_size": 32, "optimizer": "adam", "learning_rate": 0.005},
    ),
    Example(
        name="digits-mlp",
        note="Handwritten digits, 64-128-64-10: small, fast, and better than 95 %.",
        data="digits",
        layers=[
            ("ImageInput", {}),
            ("Flatten", {}),
            *dense(128),
            *dense(64),
            ("Linear", {"out_features": 10}),
            ("Output", {}),
        ],
        plan={"epochs": 20, "batch_size": 32, "optimizer": "adam", "learning_rate": 0.001},
    ),
    Example(
        name="digits-cnn",
        note="Handwritten digits, seen through learned filters. Press Train (F5) and select a layer to watch it.",
        data="digits",
        layers=[
            ("ImageInput", {}),
            *convolution(16),
            *convolution(32),
            ("MaxPool2d", {}),
            ("Dropout", {"p": 0.25}),
            ("Flatten", {}),
            *dense(64),
            ("Dropout", {"p": 0.5}),
            ("Linear", {"out_features": 10}),
            ("Output", {}),
        ],
        plan={
            "epochs": 40,
            "batch_size": 32,
            "optimizer": "adam",
            "learning_rate": 0.005,
            "schedule": "one-cycle",
        },
    ),
    Example(
        name="shapes-transfer",
        note="Transfer learning: forty noisy pictures are too few to learn from. This network begins with the weights"
        " of one that learned clean shapes; all but the head is frozen for ten epochs, then learns slowly.\n"
        "Clear “Begin with” in the training panel and train again to see the difference.",
        data="shapes",
        data_values=FEW_SHAPES,
        layers=small_eye(3),
        plan={
            "epochs": 20,
            "batch_size": 8,
            "optimizer": "adam",
            "learning_rate": 0.003,
            "begin_with": "data/shapes-clean.safetensors",
        },
        names={len(small_eye(3)) - 2: "head"},
        learning={
            number: {"frozen": True, "unfreeze": 10, "rate": 0.3}
            for number, (type, _) in enumerate(small_eye(3)[:-2])
            if type in ("Conv2d", "BatchNorm2d", "Linear")
        },
    ),
    Example(
        name="iris-mlp",
        note="Four measurements of a flower, three species: the smallest real table there is.",
        data="iris",
        layers=[("TableInput", {}), *dense(16), ("Linear", {"out_features": 3}), ("Output", {})],
        plan={"epochs": 60, "batch_size": 16, "optimizer": "adam", "learning_rate": 0.01},
    ),
    Example(
        name="wine-mlp",
        note="Thirteen chemical measurements, three cultivars. The columns differ in size by a thousand: set their"
        " preparation on the data page to “none” and train again.",
        data="wine",
        layers=[("TableInput", {}), *dense(16), ("Linear", {"out_features": 3}), ("Output", {})],
        plan={"epochs": 40, "batch_size": 16, "optimizer": "adam", "learning_rate": 0.01},
    ),
    Example(
        name="moons-mlp",
        note="Two moons in the plane. Watch the boundary bend while it learns; remove a layer and watch again.",
        data="moons",
        data_values={"samples": 600, "noise": 0.15},
        layers=[
            ("TableInput", {}),
            *dense(16, "Tanh"),
            *dense(16, "Tanh"),
            ("Linear", {"out_features": 2}),
            ("Output", {}),
        ],
        plan={"epochs": 800, "batch_size": 32, "optimizer": "adam", "learning_rate": 0.0005},
    ),
    Example(
        name="own-python",
        note="Data, loss and a metric written in Python. Their code stands on the data page and at the output: change"
        " it, trust it, and train again.",
        data="own",
        data_values={"own_samples": 600},
        layers=[
            ("TableInput", {}),
            *dense(16, "Tanh"),
            ("Linear", {"out_features": 2}),
            ("Softmax", {}),
            ("Output", {"loss": "own", "own_power": 1.5, "own_metrics": True}),
        ],
        plan={"epochs": 60, "batch_size": 32, "optimizer": "adam", "learning_rate": 0.01},
    ),
    Example(
        name="diabetes-regression",
        note="Ten measurements of a patient, one number a year later: regression with the squared error.",
        data="diabetes",
        layers=[("TableInput", {}), *dense(32), ("Linear", {"out_features": 1}), ("Output", {})],
        plan={
            "epochs": 40,
            "batch_size": 32,
            "optimizer": "adamw",
            "learning_rate": 0.003,
            "weight_decay": 0.01,
        },
    ),
    Example(
        name="sine-lstm",
        note="A mixture of waves: an LSTM reads a window and says the next value.",
        data="sine",
        layers=[
            ("SequenceInput", {"length": "T"}),
            ("LSTM", {"hidden_size": 32}),
            ("Linear", {"out_features": 1}),
            ("Output", {}),
        ],
        plan={"epochs": 15, "batch_size": 64, "optimizer": "adam", "learning_rate": 0.005},
    ),
    Example(
        name="sunspots-lstm",
        note="Cycles like those of sunspots, no two of them alike: an LSTM reads three years and says the next month.",
        data="sunspots",
        layers=[
            ("SequenceInput", {"length": "T"}),
            ("LSTM", {"hidden_size": 32}),
            ("Linear", {"out_features": 1}),
            ("Output", {}),
        ],
        plan={"epochs": 20, "batch_size": 64, "optimizer": "adam", "learning_rate": 0.003},
    ),
    Example(
        name="characters-transformer",
        note="A small transformer reads stories letter by letter and guesses the next one.",
        data="text",
        data_values={"path": "data/stories.txt", "window": 48, "lower_case": True},
        layers=[
            ("TokensInput", {}),
            ("Embedding", {"embedding_dim": 64}),
            ("PositionalEncoding", {}),
            ("TransformerEncoderLayer", {"causal": True, "dim_feedforward": 128, "norm_first": True}),
            ("TransformerEncoderLayer", {"causal": True, "dim_feedforward": 128, "norm_first": True}),
            ("Linear", {"out_features": 0}),
            ("Output", {}),
        ],
        plan={"epochs": 40, "batch_size": 32, "optimizer": "adamw", "learning_rate": 0.003},
    ),
)


def draw(example: Example) -> Document:
    """The example as a document, with what is found in its data."""

    def fixed(word: str) -> str:
        digest = hashlib.sha256(f"{example.name}/{word}".encode()).digest()
        return "".join("abcdefghijkmnpqrstuvwxyz23456789"[byte & 31] for byte in digest[:12])

    document = Document([Network(id=fixed("network"), name=example.name), TrainingPlan(id=fixed("plan"))])
    document = document.apply(edits.set_plan(document, example.plan))
    chosen = edits.set_data(document, example.data, example.data_values)
    source = next(iter(chosen.added.values()))
    document = document.apply(edits.Diff(added={fixed("data"): _with_id(source, fixed("data"))}))
    assert document.data is not None
    found = read(document.data, FOLDER)
    document = document.apply(
        edits.set_found(
            document, tuple(found.fields.values()), found.counts, found.fingerprint, found.remarks
        )
    )
    vocabulary = max((len(f.tokens) for f in found.fields.values()), default=0)
    before = ""
    for number, (type, values) in enumerate(example.layers):
        if values.get("out_features") == 0:
            values = {**values, "out_features": vocabulary}
        node = fixed(f"node {number}")
        document = document.apply(edits.add_node(document, type, parameters=values, id=node))
        if before:
            start, end = (
                edits.ports(document, document.node(before))[1],
                edits.ports(document, document.node(node))[0],
            )
            wire = fixed(f"wire {number}")
            document = document.apply(
                edits.connect(document, before, start[0].name, node, end[0].name, id=wire)
            )
        before = node
        if number in example.names:
            document = document.apply(edits.rename(document, node, example.names[number]))
        if number in example.learning:
            document = document.apply(edits.set_learning(document, [node], example.learning[number]))
    document = document.apply(edits.place(document, in_rows(layout(document))))
    note = Note(
        id=fixed("note"),
        network=document.main.id,
        text=example.note,
        x=0.0,
        y=-110.0,
        width=520.0,
        height=60.0,
    )
    return document.apply(edits.Diff(added={note.id: note}))


def in_rows(places: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, float]]:
    """A long chain in rows of equal length, so that the names can be read when all of it is on the screen."""
    columns = sorted({x for x, _ in places.values()})
    if len(columns) <= LONGEST_ROW:
        return {id: (x, y) for id, (x, y) in places.items()}
    rows = -(-len(columns) // LONGEST_ROW)
    per_row = -(-len(columns) // rows)
    placed = {}
    for id, (x, y) in places.items():
        row, column = divmod(columns.index(x), per_row)
        placed[id] = (columns[column], y + row * ROW_GAP)
    return placed


def _with_id(record: Any, id: str) -> Any:
    import msgspec

    return msgspec.structs.replace(record, id=id)


def main() -> int:
    wanted = sys.argv[1:]
    for example in EXAMPLES:
        if wanted and example.name not in wanted:
            continue
        document = draw(example)
        problems = check(document).problems
        for problem in problems:
            print(f"{example.name}: {problem.severity}: {problem.message}", file=sys.stderr)
        if problems:
            return 1
        path = FOLDER / f"{example.name}.nnd"
        path.write_bytes(encode(document))
        print(path.relative_to(FOLDER.parent), path.stat().st_size, "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
