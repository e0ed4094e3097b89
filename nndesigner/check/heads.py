"""Outputs: which field each is compared with, which loss judges it, and whether the two fit.

A softmax or sigmoid drawn before an output is recognised: the loss then reads the value before it (see
`layers/losses/`), so that it is computed stably and never applied twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf, prod
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.own_functions import OWN
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.shapes import BATCH_NAME, Size, TensorType
from nndesigner.base.text import listing, tr
from nndesigner.check import own_code
from nndesigner.check.checked import CheckedNode, Head, Place
from nndesigner.check.free_sizes import follow_data
from nndesigner.check.steps import too_few_steps
from nndesigner.document.document import Document
from nndesigner.layers.losses import own
from nndesigner.layers.losses.catalogue import LOSSES, NONE, default_loss
from nndesigner.layers.losses.loss import Loss, OptionError, written_classes


def head(
    document: Document,
    output: CheckedNode,
    nodes: Mapping[str, CheckedNode],
    types: Mapping[Place, TensorType],
    fields: Mapping[str, DataField],
    in_data: Mapping[str, int],
) -> tuple[Head | None, list[Problem]]:
    """The head of an Output node whose input type is known, and what is wrong with it.

    `in_data` gives the lengths that free sizes (such as T) have in the data at hand.
    """
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
    loss: Loss | None = None
    if chosen == NONE:
        pass  # learned elsewhere
    elif chosen == OWN:
        loss = own.own_loss(own.code_of(output.use.values))
    elif chosen != "auto":
        loss = LOSSES[chosen]
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
        beside={port.name: output.sources[port.name] for port in loss.beside} if loss is not None else {},
    )
    if target is None or loss is None:
        return made, []
    return made, _fit(document, made, nodes, where, in_data) or own_code.at_output(
        made, where.network, in_data
    )


def _last_activation(source: Place, nodes: Mapping[str, CheckedNode]) -> CheckedNode | None:
    """The activation that the output draws, if there is one: nothing but Identity lies between."""
    node = nodes.get(source[0])
    while node is not None and (node.record.type == "Identity" or node.passes) and "x" in node.sources:
        node = nodes.get(node.sources["x"][0])
    if node is not None and node.layer is not None and node.layer.activation and "x" in node.sources:
        return node if not node.passes else None
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


def _fit(
    document: Document,
    made: Head,
    nodes: Mapping[str, CheckedNode],
    where: Where,
    in_data: Mapping[str, int],
) -> list[Problem]:
    """Whether what arrives fits loss and target."""
    target, loss = made.target, made.loss
    assert target is not None and loss is not None
    unfit = _unfit(target, loss)
    if unfit:
        return [
            Problem(
                Severity.ERROR,
                "loss-target",
                Where(network=where.network, node=where.node, field="loss"),
                unfit,
                (
                    Remedy(
                        "set_parameter",
                        {"node": where.node, "parameter": "loss", "value": "auto"},
                        tr("Choose the loss automatically"),
                    ),
                ),
            )
        ]
    try:
        made.loss_use()
    except OptionError as error:
        return [
            Problem(
                Severity.ERROR,
                "loss-option",
                Where(network=where.network, node=where.node, field=error.option),
                str(error),
                (
                    Remedy(
                        "reset_parameter",
                        {"node": where.node, "parameter": error.option},
                        tr("Go back to the default"),
                    ),
                ),
            )
        ]
    if made.arriving.sizes[0] != Size.named(BATCH_NAME):
        return [
            Problem(
                Severity.ERROR,
                "output-one",
                where,
                tr("The same answer for every sample arrives here: nothing before it depends on the data."),
            )
        ]
    if made.arriving.element != "float":
        wire = document.wire_into(where.node, "x")
        known = made.arriving.element == "int" and made.arriving.values is not None
        type, sentence = (
            ("Embedding", tr("Insert an Embedding")) if known else ("Cast", tr("Take them as real numbers"))
        )
        kind = tr("whole numbers (tokens)") if made.arriving.element == "int" else tr("truth values")
        arguments = {"edge": wire.id, "type": type, "parameters": {}} if wire is not None else {}
        return [
            Problem(
                Severity.ERROR,
                "output-element",
                where,
                tr("The output needs real numbers, but {kind} arrive.", kind=kind),
                (Remedy("insert_on_wire", arguments, sentence),) if arguments else (),
            )
        ]
    if made.width is None and target.kind in ("class", "tokens", "number"):
        axis = made.arriving.axes[made.class_axis]
        return [
            Problem(
                Severity.ERROR,
                "output-free",
                where,
                tr(
                    "The target “{name}” needs a fixed number of outputs, but the {axis} ({size}) is free here.",
                    name=target.name,
                    axis=axis.meaning,
                    size=axis.size,
                ),
                follow_data(nodes, axis.size),
            )
        ]
    arrived = [size.bind(in_data).value for size in made.arriving.sizes[1:]]
    if not loss.aligned:
        return _fit_steps(document, made, nodes, where, arrived)
    expected = _expected(made)
    if arrived == expected:
        return []
    wanted = " × ".join(["N", *map(str, expected)])
    what = tr("{count} classes", count=len(target.classes)) if target.classes else wanted
    return [
        Problem(
            Severity.ERROR,
            "output-shape",
            where,
            tr(
                "The target “{name}” has {what}, so the output must be {want}; {have} arrives.",
                name=target.name,
                what=what,
                want=wanted,
                have=made.arriving,
            ),
            _remedies(document, made, nodes, arrived, expected),
        )
    ]


def _fit_steps(
    document: Document,
    made: Head,
    nodes: Mapping[str, CheckedNode],
    where: Where,
    arrived: list[int | None],
) -> list[Problem]:
    """Whether scores at each step, of every token and the blank, arrive, and at enough steps for the target."""
    assert made.target is not None
    classes = len(written_classes(made.target))
    time = 2 if made.class_axis == 1 else 1
    fits = made.arriving.rank == 3
    if fits and made.width == classes:
        return too_few_steps(made, arrived[time - 1], where)
    expected = [*made.target.sizes, classes]
    if fits:
        expected = [classes if i == made.class_axis - 1 else size or 0 for i, size in enumerate(arrived)]
    return [
        Problem(
            Severity.ERROR,
            "output-shape",
            where,
            tr(
                "CTC reads a score at every step for each token of “{name}” and for the blank, N × steps × {classes};"
                " {have} arrives.",
                name=made.target.name,
                classes=classes,
                have=made.arriving,
            ),
            _remedies(document, made, nodes, arrived, expected),
        )
    ]


def _unfit(target: DataField, loss: Loss) -> str:
    """Why the loss is not for this target, as a sentence; "" where it is."""
    words = {"loss": tr(loss.label), "name": target.name}
    if target.kind not in loss.targets:
        return tr("{loss} is not meant for the target “{name}” ({kind} values).", kind=target.kind, **words)
    if target.kind == "class" and target.sizes and not loss.dense:
        return tr("{loss} judges one class per sample, but “{name}” has one at every position.", **words)
    if loss.holds == (-inf, inf) or target.kind == "class":
        return ""
    least, most = prepared_range(target)
    slack = 1e-4  # statistics are rounded
    if least is None or most is None or (least >= loss.holds[0] - slack and most <= loss.holds[1] + slack):
        return ""
    taken = tr("from {low:g} on", low=loss.holds[0])
    if loss.holds[1] != inf:
        taken = tr("from {low:g} to {high:g}", low=loss.holds[0], high=loss.holds[1])
    return tr(
        "{loss} takes numbers {taken}, but “{name}” goes from {least:.3g} to {most:.3g}{prepared}.",
        taken=taken,
        least=least,
        most=most,
        prepared=tr(" as it is prepared; the data can leave it as it is") if target.preparation else "",
        **words,
    )


def prepared_range(field: DataField) -> tuple[float | None, float | None]:
    """The least and the largest value of a field of numbers as the network meets it; None where it is not known."""
    columns = field.statistics.get("columns") or [field.statistics]
    ends = [
        (column.get("minimum"), column.get("maximum")) for column in columns if isinstance(column, Mapping)
    ]
    low = [end for end, _ in ends if isinstance(end, int | float)]
    high = [end for _, end in ends if isinstance(end, int | float)]
    if not low or len(low) != len(columns) or len(high) != len(columns):
        return None, None
    if not field.preparation:
        return min(low), max(high)
    offset, scale = field.preparation.get("offset"), field.preparation.get("scale")
    if field.preparation.get("kind") != "affine" or not offset or not scale or len(offset) != len(low):
        return None, None
    return (
        min((v - o) / s for v, o, s in zip(low, offset, scale, strict=True)),
        max((v - o) / s for v, o, s in zip(high, offset, scale, strict=True)),
    )


def _expected(made: Head) -> list[int]:
    """The shape of one sample that target and loss ask for."""
    target, loss = made.target, made.loss
    assert target is not None and loss is not None
    if target.kind == "class" and target.sizes:
        count = (
            1 if len(target.classes) == 2 and made.width == 1 and _takes_one(loss) else len(target.classes)
        )
        return [count, *target.sizes] if made.class_axis == 1 else [*target.sizes, count]
    if target.kind == "class":
        if loss.predicts == "binary" or (len(target.classes) == 2 and made.width == 1 and _takes_one(loss)):
            return [1] if len(target.classes) == 2 else [len(target.classes)]
        return [len(target.classes)]
    if target.kind == "tokens":
        first = (
            made.class_axis == 1 and made.arriving.rank > 2
        )  # scores in channels: before the steps, not after
        return [len(target.tokens), *target.sizes] if first else [*target.sizes, len(target.tokens)]
    return list(target.sizes)


def _takes_one(loss: Loss) -> bool:
    """Whether one unit can stand for two classes."""
    return loss.predicts == "binary" or (loss.form == "values" and loss.predicts == "value")


# -- ways out ------------------------------------------------------------------------------------------------------
def _remedies(
    document: Document,
    made: Head,
    nodes: Mapping[str, CheckedNode],
    arrived: list[int | None],
    expected: list[int],
) -> tuple[Remedy, ...]:
    """Edits that bring what arrives to the expected shape, or one step nearer."""
    assert made.target is not None
    meanings = made.arriving.meanings[1:]
    last = _last_activation(made.source, nodes)
    wire = document.wire_into(last.id if last is not None else made.node.id, "x")

    def insert(type: str, parameters: dict[str, Any], sentence: str) -> tuple[Remedy, ...]:
        if wire is None:
            return ()
        arguments = {"edge": wire.id, "type": type, "parameters": parameters}
        return (Remedy("insert_on_wire", arguments, sentence),)

    if len(arrived) == len(expected):
        differs = [i for i, (a, e) in enumerate(zip(arrived, expected, strict=True)) if a != e]
        if differs != [made.class_axis - 1]:
            return ()
        width = expected[differs[0]]
        change = _width_remedy(made, nodes, width)
        if change is not None:
            return (change,)
        if made.class_axis < made.arriving.rank - 1:
            return ()
        return insert(
            "Linear", {"out_features": width}, tr("Insert a Linear layer with {width} units", width=width)
        )
    if len(expected) == 1 and len(arrived) > 1:
        if len(arrived) == 2 and "time" in meanings:
            return (
                *insert("Select", {}, tr("Use the last step only")),
                *insert("Mean", {}, tr("Average over all steps")),
            )
        if meanings[0] == "channel" and arrived[0] == expected[0]:
            return insert("Mean", {}, tr("Average over all positions"))
        return insert("Flatten", {}, tr("Insert a Flatten"))
    if len(arrived) == 1:
        whole = prod(expected)
        back = _sequence_remedy(made, nodes) if made.arriving.meanings[-1] == "feature" else None
        if back is not None and len(expected) == 2:
            return (back,)
        if arrived[0] == whole:
            to = {2: "sequence", 3: "image"}.get(len(expected))
            sizes = ", ".join(map(str, expected))
            if to is not None:
                return insert(
                    "Reshape", {"to": to, "sizes": sizes}, tr("Insert a Reshape to {sizes}", sizes=sizes)
                )
            return ()
        change = _width_remedy(made, nodes, whole)
        sentence = tr("Insert a Linear layer with {width} units", width=whole)
        return (change,) if change is not None else insert("Linear", {"out_features": whole}, sentence)
    return ()


def _upstream(made: Head, nodes: Mapping[str, CheckedNode]) -> Iterator[CheckedNode]:
    """The nodes that lead to the output one after the other, last first, as long as each has one input."""
    place: Place | None = made.source
    while place is not None and place[0] in nodes:
        node = nodes[place[0]]
        yield node
        place = node.sources.get("x")


def _width_remedy(made: Head, nodes: Mapping[str, CheckedNode], width: int) -> Remedy | None:
    """Set the width of the last layer that decides it; None where none can be set without changing more than that."""
    for node in _upstream(made, nodes):
        if node.layer is None or node.use is None:
            return None
        if node.layer.linear and node.layer.width:
            arguments = {"node": node.id, "parameter": node.layer.width, "value": width}
            return Remedy(
                "set_parameter", arguments, tr("Give {name} {width} outputs", name=node.name, width=width)
            )
        keeps = node.layer.activation or node.layer.preserves or node.layer.group == "Normalization"
        if not keeps or "y" not in node.outputs or node.outputs["y"].sizes != node.use.x.sizes:
            return None
    return None


def _sequence_remedy(made: Head, nodes: Mapping[str, CheckedNode]) -> Remedy | None:
    """Have the last recurrent layer give every step, where only its last state arrives."""
    for node in _upstream(made, nodes):
        if node.use is not None and node.use.values.get("returns") in ("hidden", "last"):
            arguments = {"node": node.id, "parameter": "returns", "value": "sequence"}
            return Remedy("set_parameter", arguments, tr("Let {name} give every step", name=node.name))
    return None
