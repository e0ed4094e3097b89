"""One unit closely: its sum is what torch gives, for every kind of layer; its gradient is that of the sample's loss;
and the samples that excite it are those that were made to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.document import edits
from nndesigner.measurements.incoming import of_unit
from nndesigner.protocol.messages import Frame
from nndesigner.training.loop import Trainer
from nndesigner.training.monitor import Monitor
from tests.measurements.test_measurements import looked
from tests.training.small import chain, mlp, trainer


def images(*layers: tuple[str, dict]):
    ends = [("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})]
    return chain("digits", [("ImageInput", {}), *layers, *ends])


def sums_of(frame: Frame) -> np.ndarray:
    """Σ weight · input + bias of every unit that is told."""
    arrays = frame.arrays
    products = arrays["weight"].astype(np.float64) * arrays["inputs"]
    return products.sum(axis=2) + arrays["bias"]


def sample_of(it: Trainer, number: int) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    split = it.feed.split("validation")
    return it.feed.gather(split, torch.from_numpy(np.flatnonzero(split.indices == number)))


def put(it: Trainer, row: int, value: torch.Tensor) -> int:
    """Replaces a validation sample by another one; its number in the data."""
    split = it.feed.split("validation")
    split.inputs[0][row] = value
    return int(split.indices[row])


# -- neurons -----------------------------------------------------------------------------------------------------------
def test_a_neuron_with_known_weights_and_inputs(tmp_path: Path) -> None:
    it = trainer(mlp(width=3), tmp_path)
    with torch.no_grad():
        it.compiled.get_submodule("linear1").weight.copy_(torch.tensor([[1.0, 0.0], [0.5, -2.0], [0.0, 0.0]]))
        it.compiled.get_submodule("linear1").bias.copy_(torch.tensor([0.0, 0.25, -1.0]))
    number = put(it, 5, torch.tensor([2.0, 0.5]))
    frame = looked(it, "linear1", "unit", unit=1, number=number)
    row = of_unit(frame.arrays, 1)
    assert frame.meta["index"] == number and frame.meta["unit"] == 1 and frame.meta["all"] == 3
    assert frame.arrays["weight"][row].tolist() == [[0.5, -2.0]]
    assert frame.arrays["inputs"][row].tolist() == [[2.0, 0.5]]
    assert frame.arrays["bias"][row] == 0.25 and frame.arrays["sum"][row] == 0.25, "1 - 1 + 0.25"
    assert frame.arrays["after"][row, 0] == pytest.approx(np.tanh(0.25))
    assert frame.meta["functions"] == [["tanh1", "Tanh"]] and frame.meta["names"] == ["x", "y"]
    assert frame.arrays["units"].tolist() == [0, 1, 2], "all of a small layer, for who chooses another"


def test_the_gradient_is_that_of_the_loss_of_this_sample_and_looking_leaves_none_behind(
    tmp_path: Path,
) -> None:
    it = trainer(mlp(), tmp_path)
    frame = looked(it, "linear1", "unit", unit=4, sample=2)
    assert all(p.grad is None for p in it.compiled.parameters())
    inputs, targets = sample_of(it, frame.meta["index"])
    it.compiled.eval()
    loss = torch.nn.functional.cross_entropy(it.compiled(*inputs), targets[0])
    (slope,) = torch.autograd.grad(loss, it.compiled.get_submodule("linear1").weight)
    assert np.allclose(frame.arrays["gradient"][:, 0], slope.numpy(), atol=1e-7)
    bias = it.compiled.get_submodule("linear1").bias
    (of_sum,) = torch.autograd.grad(torch.nn.functional.cross_entropy(it.compiled(*inputs), targets[0]), bias)
    assert np.allclose(frame.arrays["output_gradient"], of_sum.numpy(), atol=1e-7)


def test_weights_after_a_flatten_have_the_shape_of_the_picture(tmp_path: Path) -> None:
    it = trainer(images(("Conv2d", {"out_channels": 4}), ("ReLU", {})), tmp_path)
    frame = looked(it, "linear1", "unit", unit=2)
    sizes = [s.value for s in it.checked.nodes[2].outputs["y"].sizes[1:]]
    assert frame.meta["shape"] == sizes and np.prod(sizes) == frame.arrays["weight"].shape[2]
    assert np.allclose(sums_of(frame)[:, 0], frame.arrays["output"], atol=1e-5)


def test_a_frozen_layer_has_weights_and_no_gradient(tmp_path: Path) -> None:
    document = mlp()
    node = next(n for n in document.nodes() if n.name == "linear1")
    document = document.apply(edits.set_learning(document, [node.id], {"frozen": True}))
    frame = looked(trainer(document, tmp_path), "linear1", "unit")
    assert "gradient" not in frame.arrays and frame.arrays["weight"].any() and frame.meta["frozen"]


def test_a_neuron_of_a_sequence_is_told_at_its_strongest_step(tmp_path: Path) -> None:
    it = trainer(
        chain(
            "sine",
            [
                ("SequenceInput", {}),
                ("Linear", {"out_features": 4}),
                ("LSTM", {"hidden_size": 3}),
                ("Linear", {"out_features": 1}),
                ("Output", {}),
            ],
        ),
        tmp_path,
    )
    frame = looked(it, "linear1", "unit", unit=2)
    inputs, _ = sample_of(it, frame.meta["index"])
    with torch.no_grad():
        made = it.compiled.get_submodule("linear1")(inputs[0])[0, :, 2]
    row = of_unit(frame.arrays, 2)
    assert frame.arrays["places"][row] == int(made.argmax()) and frame.meta["size"] == [32]
    assert frame.arrays["output"][row] == pytest.approx(float(made.max()))
    there = looked(it, "linear1", "unit", unit=2, place=7)
    assert there.arrays["output"][row] == pytest.approx(float(made[7]))
    assert np.allclose(sums_of(there)[:, 0], there.arrays["output"], atol=1e-6)


# -- filters -----------------------------------------------------------------------------------------------------------
def test_a_filter_over_a_single_bright_pixel(tmp_path: Path) -> None:
    it = trainer(images(("Conv2d", {"out_channels": 2, "kernel_size": [3, 3]})), tmp_path)
    kernel = torch.arange(1.0, 10.0).reshape(3, 3)
    with torch.no_grad():
        module = it.compiled.get_submodule("conv1")
        module.weight.copy_(torch.stack((kernel, -kernel))[:, None])
        module.bias.zero_()
    picture = torch.zeros(1, 8, 8)
    picture[0, 4, 5] = 1.0
    number = put(it, 0, picture)
    frame = looked(it, "conv1", "unit", unit=0, number=number)
    assert frame.arrays["sum"][0, 0] == 9.0, "the strongest place meets the pixel with the largest weight"
    height, width = frame.meta["size"]
    row, column = divmod(int(frame.arrays["places"][0]), width)
    window = frame.meta["window"]
    seen = [row * window["stride"][0] - window["padding"][0] + 2, column - window["padding"][1] + 2]
    assert seen == [4, 5]
    inputs = frame.arrays["inputs"][0, 0].reshape(3, 3)
    assert inputs[2, 2] == 1.0 and inputs.sum() == 1.0 and frame.meta["shape"] == [1, 3, 3]
    assert frame.arrays["map"].shape == (height, width) and frame.arrays["map"].max() == 9.0
    assert frame.arrays["values"].shape == (2, height, width) and frame.arrays["values"][1].min() == -9.0


@pytest.mark.parametrize(
    ("type", "values"),
    [
        ("Conv2d", {"kernel_size": [3, 3], "stride": [2, 2], "padding": "custom", "pad": [1, 1]}),
        ("Conv2d", {"kernel_size": [3, 3], "dilation": [2, 2], "padding_mode": "reflect"}),
        ("Conv2d", {"kernel_size": [2, 2], "padding": "sides", "sides": [1, 0, 0, 1]}),
        ("Conv2d", {"kernel_size": [3, 3], "groups": 4, "out_channels": 8}),
        ("ConvTranspose2d", {"kernel_size": [3, 3], "stride": [2, 2]}),
        ("ConvTranspose2d", {"kernel_size": [2, 2], "groups": 2}),
    ],
)
def test_every_kind_of_convolution_adds_up_to_what_torch_gives(
    tmp_path: Path, type: str, values: dict[str, Any]
) -> None:
    it = trainer(images(("Conv2d", {"out_channels": 4}), (type, {"out_channels": 4, **values})), tmp_path)
    name = it.checked.nodes[2].name
    frame = looked(it, name, "unit", unit=3, sample=1)
    assert len(frame.arrays["units"]) == frame.meta["all"]
    assert np.abs(sums_of(frame)[:, 0] - frame.arrays["output"]).max() < 1e-5
    assert frame.arrays["gradient"].shape == frame.arrays["weight"].shape
    inputs, _ = sample_of(it, frame.meta["index"])
    it.compiled.eval()
    with torch.no_grad():
        whole = it.compiled.probe(*inputs)[it.checked.nodes[2].id, "y"][0, 3]
    assert frame.arrays["output"][3] == pytest.approx(float(whole.max()), abs=1e-6)


# -- recurrent layers --------------------------------------------------------------------------------------------------
def recurrent(type: str, tmp_path: Path, **values: Any) -> Trainer:
    layers = [
        ("SequenceInput", {}),
        (type, {"hidden_size": 4, **values}),
        ("Linear", {"out_features": 1}),
        ("Output", {}),
    ]
    return trainer(chain("sine", layers), tmp_path)


def test_the_gates_of_an_lstm_worked_out_by_hand(tmp_path: Path) -> None:
    it = recurrent("LSTM", tmp_path, hidden_size=1)
    module = it.compiled.get_submodule("lstm1")
    with torch.no_grad():
        for p in module.parameters():
            p.zero_()
        module.weight_ih_l0[2] = 1.0  # g = tanh(x); every other gate stands at a half
    number = put(it, 0, torch.linspace(0, 1, 32)[:, None])
    frame = looked(it, "lstm1", "hidden_states", number=number)
    cell, hidden = 0.0, []
    for x in np.linspace(0, 1, 32):
        cell = 0.5 * cell + 0.5 * np.tanh(x)
        hidden.append(0.5 * np.tanh(cell))
    assert np.allclose(frame.arrays["hidden"][0], hidden, atol=1e-3)
    assert np.allclose(frame.arrays["gates"][0, 0], 0.5) and frame.meta["parts"] == ["i", "f", "g", "o"]
    assert np.allclose(frame.arrays["gates"][0, 2], np.tanh(np.linspace(0, 1, 32)), atol=1e-3)
    assert np.allclose(frame.arrays["series"][0], np.linspace(0, 1, 32))
    unit = looked(it, "lstm1", "unit", number=number)
    assert unit.arrays["cell"][0] == pytest.approx(cell, abs=1e-6)
    assert unit.arrays["hidden"][0] == pytest.approx(hidden[-1], abs=1e-6)


@pytest.mark.parametrize("type", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize(
    "values", [{"returns": "sequence"}, {"bidirectional": True, "num_layers": 2, "bias": False}]
)
def test_states_and_sums_are_those_of_torch(tmp_path: Path, type: str, values: dict[str, Any]) -> None:
    if values.get("returns") == "sequence":
        it = trainer(
            chain(
                "sine",
                [
                    ("SequenceInput", {}),
                    (type, {"hidden_size": 4, **values}),
                    ("LSTM", {"hidden_size": 3}),
                    ("Linear", {"out_features": 1}),
                    ("Output", {}),
                ],
            ),
            tmp_path,
        )
    else:
        it = recurrent(type, tmp_path, **values)
    name = it.checked.nodes[1].name
    frame = looked(it, name, "hidden_states", unit=3)
    inputs, _ = sample_of(it, frame.meta["index"])
    with torch.no_grad():
        whole = it.compiled.get_submodule(name)(inputs[0])[0][0].T
    assert np.abs(frame.arrays["hidden"] - whole.numpy()).max() < 1e-3, "as float16"
    unit = looked(it, name, "unit", unit=3)
    assert np.abs(sums_of(unit) - unit.arrays["sum"]).max() < 1e-6
    assert np.allclose(unit.arrays["hidden"], unit.arrays["output"], atol=1e-6)
    assert unit.arrays["gradient"].shape == unit.arrays["weight"].shape


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
def test_a_layer_that_projects_its_state_says_that_it_has_no_gates_to_show(tmp_path: Path) -> None:
    it = recurrent("LSTM", tmp_path, proj_size=2)
    frame = looked(it, "lstm1", "hidden_states")
    assert frame.meta["why"] == "projection" and not frame.arrays["hidden"].size
    assert looked(it, "lstm1", "unit").meta["kind"] == "plain"


# -- attention ---------------------------------------------------------------------------------------------------------
def test_a_head_divides_its_attention_as_torch_does(tmp_path: Path) -> None:
    layers = [
        ("SequenceInput", {}),
        ("Linear", {"out_features": 8}),
        ("MultiheadAttention", {"num_heads": 2}),
        ("LSTM", {"hidden_size": 3}),
        ("Linear", {"out_features": 1}),
        ("Output", {}),
    ]
    it = trainer(chain("sine", layers), tmp_path)
    frame = looked(it, "attention1", "unit", unit=1, sample=3)
    inputs, _ = sample_of(it, frame.meta["index"])
    with torch.no_grad():
        x = it.compiled.get_submodule("linear1")(inputs[0])
        _, weights = it.compiled.get_submodule("attention1")(x, x, x, average_attn_weights=False)
    assert frame.meta["kind"] == "head" and frame.meta["all"] == 2 and frame.meta["query"] == 31
    assert np.allclose(frame.arrays["shares"], weights[0, 1, -1].numpy(), atol=1e-6)
    scores = frame.arrays["scores"].astype(np.float64)
    assert np.allclose(np.exp(scores) / np.exp(scores).sum(), frame.arrays["shares"], atol=1e-6)
    both = it.compiled.get_submodule("attention1").in_proj_weight
    assert np.array_equal(frame.arrays["weight"][1, 0].reshape(4, 8), both[4:8].detach().numpy())
    there = looked(it, "attention1", "unit", unit=1, sample=3, place=5 * 32 + 2)
    assert there.meta["query"] == 5


# -- samples -----------------------------------------------------------------------------------------------------------
def test_the_sample_that_was_made_to_excite_a_unit_is_found(tmp_path: Path) -> None:
    it = trainer(mlp(width=3), tmp_path)
    with torch.no_grad():
        it.compiled.get_submodule("linear1").weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0], [1.0, 1.0]]))
        it.compiled.get_submodule("linear1").bias.zero_()
    strongest = put(it, 7, torch.tensor([50.0, 0.0]))
    weakest = put(it, 11, torch.tensor([-50.0, 0.0]))
    frame = looked(it, "linear1", "unit_samples", unit=0)
    assert frame.arrays["most"][0, 0] == strongest and frame.arrays["most_value"][0, 0] == 50.0
    assert frame.arrays["least"][0, 0] == weakest and frame.arrays["least_value"][0, 0] == -50.0
    values = it.feed.split("validation").inputs[0]
    assert frame.arrays["active"][0] == pytest.approx(float((values[:, 0] > 0).float().mean()))
    assert frame.meta["samples"] == len(values)
    shown = {p["sample"] for p in frame.meta["previews"]}
    assert {strongest, weakest} <= shown and len(shown) <= 16
    assert np.all(np.diff(frame.arrays["most_value"][0]) <= 0) and np.all(
        np.diff(frame.arrays["least_value"][0]) >= 0
    )


def test_a_dead_unit_is_never_above_zero_and_has_no_gradient(tmp_path: Path) -> None:
    it = trainer(images(("Conv2d", {"out_channels": 3}), ("ReLU", {})), tmp_path)
    with torch.no_grad():
        it.compiled.get_submodule("conv1").bias[1] = -99.0
    frame = looked(it, "conv1", "unit_samples", unit=1)
    assert frame.meta["rectified"] and frame.arrays["active"][1] == 0.0 and frame.arrays["active"][0] > 0
    unit = looked(it, "conv1", "unit", unit=1)
    assert not unit.arrays["gradient"][1].any() and unit.arrays["after"][1, 0] == 0.0
    assert not looked(it, "linear1", "unit_samples").meta["rectified"]


# -- maps --------------------------------------------------------------------------------------------------------------
def test_the_map_of_a_unit_is_what_it_gives_all_over_the_plane(tmp_path: Path) -> None:
    it = trainer(mlp(width=3), tmp_path)
    frame = looked(it, "", "unit_maps", side=16)
    key = {node.name: node.id for node in it.checked.nodes}
    assert set(frame.meta["all"]) == {key[n] for n in ("table1", "linear1", "tanh1", "linear2")}
    maps = frame.arrays[key["table1"]]
    assert maps.shape == (2, 16, 16)
    assert (np.diff(maps[0].astype(int), axis=1) >= 0).all() and np.ptp(maps[0], axis=0).max() == 0, "x grows"
    assert (np.diff(maps[1].astype(int), axis=0) >= 0).all(), "the first row is the smallest second column"
    with torch.no_grad():
        it.compiled.get_submodule("linear1").weight[1] = torch.tensor([2.0, 0.0])
        it.compiled.get_submodule("linear1").bias[1] = 0.0
    again = looked(it, "", "unit_maps", side=16)
    most = again.arrays[f"{key['linear1']}.most"][1]
    assert most == pytest.approx(2 * float(again.arrays[f"{key['table1']}.most"][0]))
    assert np.array_equal(again.arrays[key["linear1"]][1], maps[0])


# -- when it is measured -----------------------------------------------------------------------------------------------
def test_samples_are_walked_only_for_who_looks_and_one_way_through_the_network_serves_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = trainer(mlp(), tmp_path)
    sent: list[Frame] = []
    monitor = Monitor(it.compiled, it.checked, it.feed, sent.append)
    monitor.last_look(None, 1, 1.0)
    names = {frame.measurement for frame in sent}
    assert "unit" in names and "unit_samples" not in names, (
        "the end of a run keeps what is cheap of every layer"
    )
    assert {f.node for f in sent if f.measurement == "unit"} == {
        n.id for n in it.checked.nodes if n.role != "output"
    }
    passes = []
    probe = it.compiled.probe
    monkeypatch.setattr(type(it.compiled), "probe", lambda self, *x: passes.append(len(x[0])) or probe(*x))
    sent.clear()
    monitor.last_look(None, 2, 2.0)
    assert passes.count(1) == 1, "one sample, once, for the units of all layers"
