"""ONNX: the format that other runtimes read. One file, batch and free axes dynamic, preparation inside."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndesigner.base.fields import BoolField, ChoiceField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.exporters import adaptive_pooling, projected_lstm, random_layers, recurrent
from nndesigner.exporters.exporter import Exportable, Exporter
from nndesigner.exporters.program import exported_program
from nndesigner.exporters.tracing import free_sizes

if TYPE_CHECKING:
    from nndesigner.exporters.exporter import Arrays

_KEPT = ("pkg.torch.onnx.name_scopes",)
"""Of what torch.onnx notes about a node: the layer that it comes from. The rest tells of code and files."""


def _write(exportable: Exportable, folder: Path, stem: str, options: Values, progress: Progress) -> None:
    import onnx
    import torch

    progress(0.1, tr("Tracing the model"))
    program = exported_program(exportable)
    progress(0.4, tr("Translating to ONNX"))
    opset = int(options["opset"])
    with warnings.catch_warnings(), free_sizes():  # it traces once more, to take operators apart
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.CRITICAL)
        made = torch.onnx.export(
            program,
            dynamo=True,
            opset_version=opset,
            optimize=not options["editable"],
            verbose=False,
            custom_translation_table={
                **recurrent.onnx_translations(),
                **projected_lstm.onnx_translations(),
                **adaptive_pooling.onnx_translations(),
                **random_layers.onnx_translations(),
            },
        )
    assert made is not None
    model: Any = made.model_proto
    written = {entry.domain: entry.version for entry in model.opset_import}.get("")
    if written != opset:
        raise Refusal(
            tr("This network needs ONNX opset {have}; opset {want} was asked for.", have=written, want=opset)
        )
    _strip(model)
    for key, text in exportable.metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = f"nndesigner.{key}", text
    _name_values(model, exportable)
    _name_axes(model, exportable)
    progress(0.8, tr("Writing the file"))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, folder / f"{stem}.onnx")


def _strip(model: Any) -> None:
    """Takes out stack traces and every other record of where the code lay."""

    def clean(entries: Any) -> None:
        kept = [(e.key, e.value) for e in entries if e.key in _KEPT]
        del entries[:]
        for key, value in kept:
            entry = entries.add()
            entry.key, entry.value = key, value

    for graph in (model.graph, *model.functions):
        clean(graph.metadata_props)
        graph.doc_string = ""
        for node in graph.node:
            clean(node.metadata_props)
            node.doc_string = ""
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer):
        clean(value.metadata_props)
        value.doc_string = ""
    clean(model.metadata_props)
    model.doc_string = ""
    model.producer_name = "nndesigner"


def _name_values(model: Any, exportable: Exportable) -> None:
    """Inputs and outputs carry the names of their layers. torch.onnx would let them collide with values inside, and
    gives two outputs of one value, or an input that is passed straight on, a single name."""
    from onnx import helper

    graph = model.graph
    ends = {*exportable.input_names, *exportable.output_names}
    names = {value.name: name for value, name in zip(graph.input, exportable.input_names, strict=True)}
    copies = []
    for value, name in zip(graph.output, exportable.output_names, strict=True):
        if value.name in names:
            copies.append((names[value.name], name))
        else:
            names[value.name] = name
    inside = set(_inner_names(graph)) - names.keys()
    for name in sorted(inside & ends):
        fresh = f"{name}_inside"
        while fresh in inside or fresh in ends:
            fresh += "_"
        names[name] = fresh
    _rename(graph, names)
    for value, name in zip(graph.output, exportable.output_names, strict=True):
        value.name = name
    graph.node.extend(helper.make_node("Identity", [of], [name]) for of, name in copies)


def _inner_names(graph: Any) -> Iterator[str]:
    """Names of everything that is computed or kept in a graph and in the graphs inside it."""
    yield from (value.name for value in graph.initializer)
    for node in graph.node:
        yield from node.output
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from (value.name for value in inner.input)
                yield from _inner_names(inner)


def _rename(graph: Any, names: Mapping[str, str]) -> None:
    for value in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
        value.name = names.get(value.name, value.name)
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                _rename(inner, names)


def _name_axes(model: Any, exportable: Exportable) -> None:
    """Free axes carry the names that the user gave them, the batch is N."""
    names: dict[str, str] = {}
    for value, free in zip(model.graph.input, exportable.free, strict=True):
        for axis, name in free.items():
            dimension = value.type.tensor_type.shape.dim[axis]
            if dimension.dim_param:
                names[dimension.dim_param] = name
                dimension.dim_param = name
    for value in (*model.graph.output, *model.graph.value_info):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param in names:
                dimension.dim_param = names[dimension.dim_param]


def _run(path: Path, inputs: Arrays) -> Arrays:
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    outputs: Arrays = session.run(None, dict(zip(names, inputs, strict=True)))
    return outputs


ONNX = Exporter(
    format="onnx",
    label="ONNX",
    suffix=".onnx",
    help="Runs in onnxruntime, browsers, phones and most other tools. Takes raw values of the data.",
    write=_write,
    run=_run,
    options=(
        ChoiceField(
            name="opset", label="Opset", default="20", choices={"18": "18", "20": "20"},
            help="Version of the operator set; older runtimes may need 18.",
        ),
        BoolField(
            name="editable", label="Keep layers apart", default=False,
            help="Do not fuse batch normalization into convolutions, so that the file can be trained on.",
        ),
    ),
)  # fmt: skip
