"""Attention maps: the weights that torch itself gives, for every kind of attention, and each token where it looks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.document import edits
from nndesigner.gui.monitors.attention import ATTENTION
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame
from nndesigner.training.loop import Trainer
from nndesigner.training.monitor import Monitor
from tests.gui.monitors.known import watched
from tests.gui.monitors.test_over_time import shown
from tests.measurements.test_measurements import looked
from tests.training.small import Layers, chain, trainer


def sequence(*layers: tuple[str, dict]) -> Layers:
    first = [("SequenceInput", {}), ("Linear", {"out_features": 8})]
    return [*first, *layers, ("LSTM", {"hidden_size": 3}), ("Linear", {"out_features": 1})]


def network(*layers: tuple[str, dict]):
    return chain("sine", [*sequence(*layers), ("Output", {})])


def shares(frame: Frame) -> np.ndarray:
    return frame.arrays["weights"] / 255 * frame.arrays["strongest"][:, None, None]


def arriving(it: Trainer, frame: Frame, name: str = "linear1") -> torch.Tensor:
    """What arrives at the attention for the sample of the frame."""
    it.compiled.eval()
    positions = np.flatnonzero(it.feed.split("validation").indices == frame.meta["index"])
    inputs, _ = it.feed.gather(it.feed.split("validation"), torch.from_numpy(positions))
    with torch.no_grad():
        return it.compiled.get_submodule(name)(inputs[0])


@pytest.mark.parametrize(
    "values",
    [
        {"num_heads": 2},
        {"num_heads": 4, "causal": True, "bias": False},
        {"num_heads": 2, "add_bias_kv": True, "add_zero_attn": True},
    ],
)
def test_the_weights_are_those_of_torch(tmp_path: Path, values: dict) -> None:
    it = trainer(network(("MultiheadAttention", values)), tmp_path)
    frame = looked(it, "attention1", "attention_maps", sample=1)
    x = arriving(it, frame)
    mask = torch.ones(32, 32, dtype=torch.bool).triu(1) if values.get("causal") else None
    with torch.no_grad():
        module = it.compiled.get_submodule("attention1")
        _, weights = module(x, x, x, attn_mask=mask, need_weights=True, average_attn_weights=False)
    assert np.abs(shares(frame) - weights[0].numpy()).max() < 3e-3
    assert frame.meta["heads"] == values["num_heads"] and frame.meta["sample"] == 1


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_transformer_layer_looks_as_the_attention_inside_it(tmp_path: Path, norm_first: bool) -> None:
    values = {"num_heads": 2, "dim_feedforward": 8, "causal": True, "norm_first": norm_first}
    it = trainer(network(("TransformerEncoderLayer", values)), tmp_path)
    frame = looked(it, "encoder1", "attention_maps")
    x = arriving(it, frame)
    module = it.compiled.get_submodule("encoder1")
    mask = torch.ones(32, 32, dtype=torch.bool).triu(1)
    with torch.no_grad():
        x = module.norm1(x) if norm_first else x
        _, weights = module.self_attn(x, x, x, attn_mask=mask, average_attn_weights=False)
    assert np.abs(shares(frame) - weights[0].numpy()).max() < 3e-3


@pytest.mark.parametrize(
    ("type", "values"),
    [
        ("ScaledDotProductAttention", {"num_heads": 4, "causal": True, "weights": "heads"}),
        ("ScaledDotProductAttention", {"num_heads": 4, "alibi": True, "scale": 0.3, "weights": "heads"}),
        ("MultiheadAttention", {"num_heads": 3, "head_dim": 5, "weights": "heads"}),
    ],
)
def test_the_weights_are_those_that_the_layer_gives_out(tmp_path: Path, type: str, values: dict) -> None:
    it = trainer(network((type, values)), tmp_path)
    frame = looked(it, "attention1", "attention_maps")
    it.compiled.eval()
    positions = np.flatnonzero(it.feed.split("validation").indices == frame.meta["index"])
    inputs, _ = it.feed.gather(it.feed.split("validation"), torch.from_numpy(positions))
    node = next(n for n in it.checked.nodes if n.name == "attention1")
    with torch.no_grad():
        weights = it.compiled.probe(*inputs)[node.id, "weights"]
    assert np.abs(shares(frame) - weights[0].numpy()).max() < 3e-3


def test_attention_inside_a_block(tmp_path: Path) -> None:
    document = network(("MultiheadAttention", {"num_heads": 2}))
    attention = next(n for n in document.nodes() if n.type == "MultiheadAttention")
    document = document.apply(edits.make_block(document, [attention.id]))
    it = trainer(document, tmp_path)
    inside = next(inner for inner in it.checked.walk() if inner.node.record.type == "MultiheadAttention")
    assert "/" in inside.key
    sent: list[Frame] = []
    monitor = Monitor(it.compiled, it.checked, it.feed, sent.append)
    monitor.subscribe([Subscription(inside.key, "attention_maps")])
    monitor.look(1, 0.1)
    x = arriving(it, sent[0])
    with torch.no_grad():
        module = it.compiled.get_submodule(inside.name)
        _, weights = module(x, x, x, need_weights=True, average_attn_weights=False)
    assert np.abs(shares(sent[0]) - weights[0].numpy()).max() < 3e-3


def test_padding_is_not_looked_at(tmp_path: Path) -> None:
    document = edits.new_document()
    layers = [
        ("TokensInput", {}),
        ("Embedding", {"embedding_dim": 8}),
        ("TransformerEncoderLayer", {"num_heads": 2, "dim_feedforward": 8}),
        ("Linear", {"out_features": 20}),
        ("Output", {}),
    ]
    document = chain("text", layers, {"path": str(words(tmp_path)), "window": 12})
    tokens = next(n for n in document.nodes() if n.type == "TokensInput")
    encoder = next(n for n in document.nodes() if n.type == "TransformerEncoderLayer")
    code = next(f for f in document.data.fields if f.kind == "tokens").tokens.index("e")
    document = document.apply(edits.add_node(document, "PaddingMask", id="hide", parameters={"token": code}))
    document = document.apply(edits.connect(document, tokens.id, "y", "hide", "x"))
    document = document.apply(edits.connect(document, "hide", "y", encoder.id, "padding"))
    it = trainer(outputs_fit(document), tmp_path / "run")
    frame = looked(it, "encoder1", "attention_maps")
    hidden = np.array([token == "e" for token in frame.meta["tokens"]])
    assert hidden.any() and not hidden.all()
    found = shares(frame)
    assert (found[:, :, hidden] == 0).all()
    assert np.allclose(found.sum(axis=2), 1, atol=0.05)


def words(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "words.txt"
    path.write_text(
        "the quick brown fox jumps over the lazy dog. here we see the end of these three trees. " * 30
    )
    return path


def outputs_fit(document):
    """As many outputs as there are letters."""
    letters = len(next(f for f in document.data.fields if f.kind == "tokens").tokens)
    linear = next(n for n in document.nodes() if n.type == "Linear")
    return document.apply(edits.set_parameter(document, linear.id, "out_features", letters))


def test_long_sequences_and_many_heads_are_cut(tmp_path: Path) -> None:
    layers = sequence(("Linear", {"out_features": 32}), ("MultiheadAttention", {"num_heads": 16}))
    it = trainer(chain("sine", [*layers, ("Output", {})], {"window": 300, "length": 6000}), tmp_path)
    frame = looked(it, "attention1", "attention_maps")
    assert frame.arrays["weights"].shape == (12, 256, 256)
    assert (frame.meta["heads"], frame.meta["keys"]) == (16, 300)


def test_it_is_offered_for_attention_only(tmp_path: Path) -> None:
    it = trainer(network(("MultiheadAttention", {"num_heads": 2})), tmp_path)
    attention = measurements()["attention_maps"]
    assert {n.name for n in it.checked.nodes if attention.applies(n)} == {"attention1"}


def test_a_step_that_looks_back_by_one_is_a_line_below_the_diagonal(app, qtbot, tmp_path: Path) -> None:
    run = watched(
        network(("MultiheadAttention", {"num_heads": 2})), tmp_path, ("attention1", "attention_maps")
    )
    frame = next(iter(run.history.frames.values()))
    weights = np.zeros((2, 4, 4), np.uint8)
    weights[1, 1:, :-1] = np.eye(3) * 255
    frame.arrays.update(weights=weights, strongest=np.array([0.0, 0.5], np.float32))
    frame.meta["tokens"] = ["a", " ", "b", "<"]
    monitor = shown(ATTENTION, run, qtbot, "attention1")
    cells = dict(monitor.heads.cells())
    assert len(cells) == 2 and not cells[0].intersects(cells[1])
    one = cells[1].width() / 4
    place = cells[1].topLeft()
    place.setX(place.x() + one * 1.5)
    place.setY(place.y() + one * 2.5)
    assert monitor.heads.words_at(place) == "Head 2: step 2 “b” takes 50.0 % from step 1 “␣”"
    light, dark = (monitor.heads.grab().toImage().pixelColor(p.toPoint()) for p in (place, cells[0].center()))
    assert light.lightness() > dark.lightness() + 50
    QTest.mouseClick(monitor.heads, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert [head for head, _ in monitor.heads.cells()] == [1]
    monitor.grab()
    QTest.mouseClick(
        monitor.heads, Qt.MouseButton.LeftButton, pos=monitor.heads.cells()[0][1].center().toPoint()
    )
    assert len(monitor.heads.cells()) == 2
    header, rows = monitor.table()
    assert header == ("head", "query", "key", "weight") and (2, 1, 0, 0.5) in rows


def test_another_sample_is_asked_for(app, qtbot, tmp_path: Path) -> None:
    run = watched(
        network(("MultiheadAttention", {"num_heads": 2})), tmp_path, ("attention1", "attention_maps")
    )
    monitor = shown(ATTENTION, run, qtbot, "attention1")
    with qtbot.waitSignal(monitor.subscription_changed):
        QTest.mouseClick(monitor.samples.after, Qt.MouseButton.LeftButton)
    assert monitor.subscriptions()[0].options == {"sample": 1}
