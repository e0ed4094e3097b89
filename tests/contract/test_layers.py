"""The one contract of the catalogue: what each declaration says is what torch does, on every one of its samples."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch.utils.flop_counter import FlopCounterMode

from nndesigner.base.fields import defaults, resolve
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head
from nndesigner.compiler.build import ELEMENTS, CompiledNetwork, build
from nndesigner.compiler.source import source
from nndesigner.document.records import Node
from nndesigner.exporters.tracing import free_sizes
from nndesigner.layers.catalogue import GROUPS, layer, layers
from nndesigner.layers.declaration import Layer, Sample, ShapeError, Use

ALL = list(layers().values())
SAMPLES = [
    pytest.param(entry, sample, id=f"{entry.type}-{i}")
    for entry in ALL
    if entry.role == "layer"
    for i, sample in enumerate(entry.samples)
]
pytestmark = pytest.mark.filterwarnings(
    "ignore:LSTM with projections:UserWarning"
)  # torch: slower on this CPU
on_every_sample = pytest.mark.parametrize(("entry", "sample"), SAMPLES)
on_every_layer = pytest.mark.parametrize("entry", ALL, ids=[entry.type for entry in ALL])


def use_of(entry: Layer, sample: Sample) -> Use:
    values, bad = resolve(entry.parameters, sample.values)
    assert not bad
    return Use(inputs=sample.inputs, values=values)


def network_of(entry: Layer, sample: Sample) -> CheckedNetwork:
    """The layer alone, as a checked network: one input for each wired port, one head for each output port."""
    use = use_of(entry, sample)
    table, output = layer("TableInput"), layer("Output")
    given = [
        CheckedNode(
            record=Node(id=f"in_{port}", network="n", type="TableInput", name=f"in{number}_{port}"),
            layer=table,
            use=Use(inputs={}, values={"field": ""}),
            outputs={"y": type},
            sources={},
        )
        for number, (port, type) in enumerate(sample.inputs.items())  # arguments go by the order of names
    ]
    tested = CheckedNode(
        record=Node(id="tested", network="n", type=entry.type, name="tested"),
        layer=entry,
        use=use,
        outputs=entry.infer(use),
        sources={port: (f"in_{port}", "y") for port in sample.inputs},
    )
    ends = [
        CheckedNode(
            record=Node(id=f"out_{port}", network="n", type="Output", name=f"out_{port}"),
            layer=output,
            use=None,
            outputs={},
            sources={"x": ("tested", port)},
        )
        for port in tested.outputs
    ]
    heads = tuple(
        Head(
            node=end,
            target=None,
            loss=None,
            source=end.sources["x"],
            stable=end.sources["x"],
            activation="",
            arriving=tested.outputs[end.sources["x"][1]],
        )
        for end in ends
    )
    nodes = (*given, tested, *ends)
    types = {(node.id, port): type for node in nodes for port, type in node.outputs.items()}
    return CheckedNetwork(
        network="n",
        name="tested",
        nodes=nodes,
        types=types,
        heads=heads,
        problems=(),
        used=frozenset(node.id for node in nodes),
        fields={},
    )


def bindings(sample: Sample) -> list[dict[str, int]]:
    """The sample's values for the free names, and a second set in which every one of them differs."""
    free = frozenset().union(*(type.names for type in sample.inputs.values()))
    first = {**dict.fromkeys(free, 5), "N": 2, **sample.names}
    return [first, {name: value + 2 for name, value in first.items()}]


def tensors(types: Mapping[str, TensorType], names: Mapping[str, int]) -> list[torch.Tensor]:
    """Random values for every port, in the order of the ports' names, as the model takes them."""
    made = []
    for type in types.values():
        if type.element == "int":
            made.append(torch.randint(0, type.values or 2, type.shape(names)))
        elif type.element == "bool":
            made.append(torch.rand(type.shape(names)) < 0.4)
        else:
            made.append(torch.randn(type.shape(names)))
    return made


def as_tuple(result: Any) -> tuple[torch.Tensor, ...]:
    return result if isinstance(result, tuple) else (result,)


def compiled(network: CheckedNetwork, seed: int = 0) -> CompiledNetwork:
    torch.manual_seed(seed)
    return build(network)


# -- against torch -------------------------------------------------------------------------------------------------
@on_every_sample
def test_shapes_types_and_operations_are_those_of_torch(entry: Layer, sample: Sample) -> None:
    network = network_of(entry, sample)
    tested = network.node("tested")
    assert tested is not None and tested.use is not None
    with torch.device("meta"):
        module = compiled(network)
        for names in bindings(sample):
            arriving = tensors(sample.inputs, names)
            with FlopCounterMode(display=False) as counter:
                results = as_tuple(module(*arriving))
            for (port, type), result in zip(tested.outputs.items(), results, strict=True):
                assert tuple(result.shape) == type.shape(names), f"{port} at {names}"
                assert result.dtype == ELEMENTS[type.element]
            said = entry.macs(tested.use, tested.outputs).at(names) * names["N"]
            assert said * 2 == counter.get_total_flops(), f"multiply-accumulates at {names}"


@on_every_sample
def test_the_number_of_weights_is_that_of_torch(entry: Layer, sample: Sample) -> None:
    with torch.device("meta"):
        module = compiled(network_of(entry, sample))
    assert entry.weights(use_of(entry, sample)) == sum(p.numel() for p in module.parameters())


@on_every_sample
def test_saved_weights_load_into_a_fresh_copy(entry: Layer, sample: Sample) -> None:
    network = network_of(entry, sample)
    first, second = compiled(network, seed=1).eval(), compiled(network, seed=2).eval()
    state = safetensors.torch.load(safetensors.torch.save(first.state_dict()))
    assert all(re.match(r"tested([._]|$)", key) for key in state), "weights are saved under the node's name"
    second.load_state_dict(state)
    arriving = tensors(sample.inputs, bindings(sample)[0])
    for a, b in zip(as_tuple(first(*arriving)), as_tuple(second(*arriving)), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


@on_every_sample
def test_the_generated_source_computes_the_same(entry: Layer, sample: Sample, tmp_path: Path) -> None:
    network = network_of(entry, sample)
    built = compiled(network).eval()
    path = tmp_path / "generated.py"
    path.write_text(source(network), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("generated", path)
    assert spec is not None and spec.loader is not None
    generated = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generated)
    copy = generated.Tested().eval()
    copy.load_state_dict(built.state_dict())
    for names in bindings(sample):
        arriving = tensors(sample.inputs, names)
        for a, b in zip(as_tuple(built(*arriving)), as_tuple(copy(*arriving)), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0)


@on_every_sample
def test_every_learnable_number_gets_a_gradient(entry: Layer, sample: Sample) -> None:
    module = compiled(network_of(entry, sample)).train()
    results = as_tuple(module(*tensors(sample.inputs, bindings(sample)[0])))
    learnable = dict(module.named_parameters())
    if not learnable:
        return
    sum((result * torch.randn_like(result)).sum() for result in results).backward()
    assert not [name for name, p in learnable.items() if p.grad is None]


FREE = [  # each takes a quarter of a second
    pytest.param(*case.values, id=str(case.id), marks=() if case.values[0].common else pytest.mark.long)
    for case in SAMPLES
    if any(type.names - {"N"} for type in case.values[1].inputs.values())
]


@pytest.mark.filterwarnings("ignore:.*_flat_weights.*:UserWarning")  # of torch about its own recurrent layers
@pytest.mark.parametrize(("entry", "sample"), FREE)
def test_free_sizes_stay_free_in_an_exported_program(entry: Layer, sample: Sample) -> None:
    model = compiled(network_of(entry, sample)).eval()
    first, second = bindings(sample)
    free = {
        f"in{number}_{port}": {
            i: torch.export.Dim.DYNAMIC for i, size in enumerate(type.sizes) if size.value is None
        }
        for number, (port, type) in enumerate(sample.inputs.items())
    }
    with free_sizes():
        arriving = tuple(tensors(sample.inputs, first))
        program = torch.export.export(model, arriving, dynamic_shapes=free, strict=False)
    others = tensors(sample.inputs, second)
    for a, b in zip(as_tuple(model(*others)), as_tuple(program.module()(*others)), strict=True):
        torch.testing.assert_close(a, b)


# -- the declaration itself ------------------------------------------------------------------------------------------
@on_every_layer
def test_a_declaration_tells_its_whole_story(entry: Layer) -> None:
    assert entry.label and entry.summary.endswith(".") and entry.stem.isidentifier()
    assert entry.group in GROUPS
    assert len(entry.help) > len(entry.summary) or entry.role == "input"
    assert entry.help.endswith(".")
    assert entry.samples
    if entry.role == "layer":
        assert entry.formula
    for field in entry.parameters:
        assert field.label and field.help.endswith("."), f"{field.name} has no help"
    assert entry.width == "" or entry.field(entry.width) is not None


@on_every_layer
def test_defaults_are_accepted_and_shown(entry: Layer) -> None:
    values, bad = resolve(entry.parameters, {})
    assert not bad
    assert values == defaults(entry.parameters), "a default is written as its field would write it"
    for field in entry.parameters:
        assert field.describe(values[field.name]) or values[field.name] == ""
        field.shown(values)
    assert isinstance(entry.card(values), str)
    names = [field.name for field in entry.parameters]
    assert len(set(names)) == len(names)


@on_every_layer
def test_ports_have_one_name_each(entry: Layer) -> None:
    values, _ = resolve(entry.parameters, {})
    for ports in (entry.input_ports(values), entry.output_ports(values)):
        names = [port.name for port in ports]
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() for name in names)


@on_every_layer
def test_ports_survive_nonsense_in_a_file(entry: Layer) -> None:
    for nonsense in (None, "many", -3, 10**9, True, [1, 2], {}):
        values = {**entry.defaults(), **{field.name: nonsense for field in entry.parameters}}
        assert len(entry.input_ports(values)) <= 16
        assert len(entry.output_ports(values)) <= 16


@pytest.mark.parametrize("entry", [e for e in ALL if e.role == "layer"], ids=lambda e: e.type)
@pytest.mark.parametrize(
    "arriving",
    [
        tensor(),
        tensor(feature=5),
        tensor(channel=1, height="H", width=1),
        tensor(channel=3, length=2),
        tensor(time=1, feature="F"),
        tensor("int", time="T"),
        tensor("int", time=3, feature=2),
    ],
    ids=["nothing", "row", "image", "signal", "sequence", "text", "table of tokens"],
)
def test_whatever_arrives_a_rule_answers_or_says_what_is_wrong(entry: Layer, arriving: TensorType) -> None:
    values, _ = resolve(entry.parameters, {})
    ports = [port.name for port in entry.input_ports(values) if not port.optional]
    use = Use(inputs=dict.fromkeys(ports, arriving), values=values)
    try:
        outputs = entry.infer(use)
    except ShapeError as error:
        assert str(error).endswith(".") and "{" not in str(error)
        assert error.port == "" or error.port in ports
        assert error.parameter == "" or entry.field(error.parameter) is not None
        for suggestion in error.suggestions:
            field = entry.field(getattr(suggestion, "parameter", ""))
            if field is not None:
                field.check(suggestion.value)
            else:
                inserted = layer(suggestion.type)
                assert inserted is not None
                assert not resolve(inserted.parameters, suggestion.values)[1]
        return
    assert set(outputs) == {port.name for port in entry.output_ports(values)}
    assert entry.weights(use) >= 0
    entry.macs(use, outputs)
    entry.lower(use)
