"""Outputs: which field each is compared with, which loss judges it, and whether the two fit.

A softmax or sigmoid drawn before an output is recognised: the loss then reads the value before it (see
`layers/losses.py`), so that it is computed stably and never applied twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import listing, tr
from nndesigner.check.checked import CheckedNode, Head, Place
from nndesigner.document.document import Document
from nndesigner.layers.losses import LOSSES, Loss, default_loss

WIDTH_PARAMETERS = {"Linear": "out_features", "Conv1d": "out_channels", "Conv2d": "out_channels"}


def head(
    document: Document,
    output: CheckedNode,
    nodes: Mapping[str, CheckedNode],
    types: Mapping[Place, TensorType],
    fields: Mapping[str, DataField],
) -> tuple[Head | None, list[Problem]]:
    """The head of an Output node whose input type is known, and what is wrong with it."""
    source = output.sources.get("x")
    if source is None or source not in types or output.use is None:
        return None, []
    where = Where(network=output.record.network, node=output.id)
    arriving = types[source]
    last = _last_activation(source, nodes)
    activation = last.record.type if last is not None else ""
    target, problem = _target(output, fields, where)
    if problem is not None:
        return None, [problem]
    width = Head(
        node=output, target=target, loss=None, source=source, stable=source, activation="", arriving=arriving
    ).width
    chosen = output.use["loss"]
    if chosen != "auto":
        loss: Loss | None = LOSSES[chosen]
    else:
        loss = default_loss(target, activation, width) if target is not None else None
    stable, absorbed = source, ""
    if loss is not None and last is not None and activation in loss.stable_after:
        stable, absorbed = last.sources["x"], activation
    made = Head(
        node=output,
        target=target,
        loss=loss,
        source=source,
        stable=stable,
        activation=absorbed,
        arriving=arriving,
    )
    if target is None or loss is None:
        return made, []
    return made, list(_fit(document, made, nodes, where))


def _last_activation(source: Place, nodes: Mapping[str, CheckedNode]) -> CheckedNode | None:
    """The activation wired straight into the output, if there is one."""
    node = nodes.get(source[0])
    if node is not None and node.layer is not None and node.layer.activation and "x" in node.sources:
        return node
    return None


def _target(
    output: CheckedNode, fields: Mapping[str, DataField], where: Where
) -> tuple[DataField | None, Problem | None]:
    assert output.use is not None
    wanted = output.use["target"]
    known = [f for f in fields.values() if f.role in ("target", "either")]
    if wanted and fields:
        found = fields.get(wanted)
        if found is None:
            return None, Problem(
                Severity.ERROR,
                "target-missing",
                Where(network=where.network, node=where.node, field="target"),
                tr(
                    "The data has no field “{name}” to compare with. It has: {known}.",
                    name=wanted,
                    known=listing([f.name for f in known]) or tr("none"),
                ),
                (
                    Remedy(
                        "set_parameter",
                        {"node": output.id, "parameter": "target", "value": ""},
                        tr("Use the first target"),
                    ),
                ),
            )
        return found, None
    if fields and not known:
        return None, Problem(
            Severity.ERROR,
            "target-missing",
            where,
            tr("The data has nothing to compare the output with: choose a target column in the data."),
        )
    return (known[0] if known else None), None


def _fit(document: Document, made: Head, nodes: Mapping[str, CheckedNode], where: Where) -> list[Problem]:
    """Whether what arrives fits loss and target."""
    target, loss = made.target, made.loss
    assert target is not None and loss is not None
    if target.kind not in loss.targets:
        return [
            Problem(
                Severity.ERROR,
                "loss-target",
                Where(network=where.network, node=where.node, field="loss"),
                tr(
                    "{loss} is not meant for the target “{name}” ({kind} values).",
                    loss=loss.label,
                    name=target.name,
                    kind=target.kind,
                ),
                (
                    Remedy(
                        "set_parameter",
                        {"node": where.node, "parameter": "loss", "value": "auto"},
                        tr("Choose the loss automatically"),
                    ),
                ),
            )
        ]
    expected = _expected(made)
    arrived = [axis.size for i, axis in enumerate(made.arriving.axes) if i > 0]
    if made.arriving.element != "float":
        return [
            Problem(
                Severity.ERROR,
                "output-element",
                where,
                tr("The output needs real numbers, but whole numbers arrive."),
            )
        ]
    if len(arrived) == len(expected) and all(a == e for a, e in zip(arrived, expected, strict=True)):
        return []
    wanted_text = " × ".join(["N", *map(str, expected)])
    remedies = []
    width = expected[made.class_axis - 1] if len(arrived) == len(expected) else None
    differs = [i for i, (a, e) in enumerate(zip(arrived, expected, strict=False)) if a != e]
    if width is not None and differs == [made.class_axis - 1]:
        change = _width_remedy(made, nodes, width)
        if change is not None:
            remedies.append(change)
    elif len(arrived) > len(expected):
        wire = document.wire_into(where.node, "x")
        if wire is not None:
            remedies.append(
                Remedy(
                    "insert_on_wire",
                    {"edge": wire.id, "type": "Flatten", "parameters": {}},
                    tr("Insert a Flatten"),
                )
            )
    what = tr("{count} classes", count=len(target.classes)) if target.classes else wanted_text
    return [
        Problem(
            Severity.ERROR,
            "output-shape",
            where,
            tr(
                "The target “{name}” has {what}, so the output must be {want}; {have} arrives.",
                name=target.name,
                what=what,
                want=wanted_text,
                have=made.arriving,
            ),
            tuple(remedies),
        )
    ]


def _expected(made: Head) -> list[int]:
    """The shape of one sample that target and loss ask for."""
    target, loss = made.target, made.loss
    assert target is not None and loss is not None
    if target.kind == "class":
        if loss.predicts == "binary" or (
            len(target.classes) == 2 and made.width == 1 and loss.form == "values"
        ):
            return [1] if len(target.classes) == 2 else [len(target.classes)]
        return [len(target.classes)]
    if target.kind == "tokens":
        return [*target.sizes, len(target.tokens)]
    return list(target.sizes)


def _width_remedy(made: Head, nodes: Mapping[str, CheckedNode], width: int) -> Remedy | None:
    """Set the width of the last layer that decides it."""
    place: Place | None = made.stable
    while place is not None and place[0] in nodes:
        node = nodes[place[0]]
        parameter = WIDTH_PARAMETERS.get(node.record.type)
        if parameter is not None:
            sentence = tr("Give {name} {width} outputs", name=node.name, width=width)
            return Remedy(
                "set_parameter", {"node": node.id, "parameter": parameter, "value": width}, sentence
            )
        if node.layer is None or not (node.layer.activation or node.layer.preserves):
            return None
        place = node.sources.get("x")
    return None
