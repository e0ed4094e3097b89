"""A trained network as exporters receive it: the model that takes raw units, its sizes, its source and its metadata."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.compiler.build import CompiledNetwork, raw_inputs, with_preparation
from nndesigner.compiler.source import source
from nndesigner.exporters.exporter import Exportable, Training
from nndesigner.layers.losses.loss import written_classes


def exportable(
    compiled: CompiledNetwork,
    checked: CheckedNetwork,
    name: str,
    project: bytes = b"",
    training: Training | None = None,
) -> Exportable:
    """`compiled` with trained weights. `project` is the project file, kept inside so that it can be opened again."""
    checked = checked.as_answered()
    model = with_preparation(compiled, checked).eval().cpu()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    free = tuple(
        {i: str(axis.size) for i, axis in enumerate(node.outputs["y"].axes) if axis.size.value is None}
        for node in checked.inputs
    )

    def example(sizes: Mapping[str, int]) -> tuple[Tensor, ...]:
        generator = torch.Generator().manual_seed(sum(sizes.values()))
        return raw_inputs(checked, dict(sizes), generator)

    first = {**checked.example, "N": 3}
    return Exportable(
        name=name,
        model=model,
        input_names=tuple(node.name for node in checked.inputs),
        output_names=compiled.output_names,
        free=free,
        example=example,
        sizes=(first, _other_sizes(model, example, first)),
        source=lambda weights: source(checked, name, weights),
        metadata=metadata(checked, project),
        training=training,
    )


def _other_sizes(
    model: nn.Module, example: Callable[[Mapping[str, int]], tuple[Tensor, ...]], first: Mapping[str, int]
) -> dict[str, int]:
    """Sizes unlike `first` that the model takes: a learned position table, for one, has a longest length."""
    for more in (5, 1, -1):
        sizes = {key: value + (2 if key == "N" else more) for key, value in first.items()}
        try:
            with torch.no_grad():
                model(*example(sizes))
        except (IndexError, RuntimeError, ValueError):
            continue
        return sizes
    return {**first, "N": first["N"] + 2}


def _kind(head: Head) -> str:
    """What leaves an output that draws no activation: "logits", "logarithms" or "values"."""
    if head.loss is not None and head.loss.form == "logits":
        return "logits"
    return "logarithms" if head.link == "exp" else "values"


def metadata(checked: CheckedNetwork, project: bytes) -> dict[str, str]:
    """What travels with the file as text: inputs, class names, preparation, and the project itself."""
    inputs = {}
    for node in checked.inputs:
        field = node.field
        inputs[node.name] = {
            "axes": [[axis.meaning, str(axis.size)] for axis in node.outputs["y"].axes],
            "field": field.name if field else "",
            "columns": list(field.columns) if field else [],
            "tokens": list(field.tokens) if field else [],
            "preparation": field.preparation if field else {},
        }
    outputs: dict[str, dict[str, Any]] = {
        head.node.name: {
            "target": head.target.name if head.target else "",
            "classes": list(head.told.classes) if head.told else [],
            "loss": head.loss.name if head.loss else "",
            "values": head.activation or _kind(head),
        }
        for head in checked.heads
    }
    for head in checked.heads:
        if head.told is not None and head.told.kind == "tokens":
            outputs[head.node.name]["tokens"] = list(head.told.tokens)
        if head.told is not None and not head.aligned:
            outputs[head.node.name] |= {
                "tokens": list(written_classes(head.told)),
                "blank": head.blank,
                "decoding": "best path: the largest class of each step, repeats made one, blanks left out",
            }
    found = {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs)}
    if project:
        found["project"] = project.decode("utf-8")
    return found
