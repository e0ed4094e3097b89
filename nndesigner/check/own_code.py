"""Functions of the user's own at an output and in the data: whether they can be read, may run, and do what they should.

None of it stands in the way of building or exporting the network: its answers need none of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.base import starters
from nndesigner.base.data_field import DataField
from nndesigner.base.description import PortType, Question
from nndesigner.base.fields import CodeField, Values, resolve
from nndesigner.base.own_functions import DATA, LOSS, METRIC, OWN, read_own
from nndesigner.base.problem import PENDING, READ_AND_TRUST, Problem, Remedy, Severity, Where
from nndesigner.base.shapes import BATCH, Axis, Size, TensorType
from nndesigner.base.text import tr
from nndesigner.base.trusted_code import may_run, with_line
from nndesigner.check.checked import Head
from nndesigner.document.document import Document
from nndesigner.layers import described, own_metrics
from nndesigner.layers.losses import own

UNTRUSTED = "untrusted"


def at_output(made: Head, network: str, in_data: Mapping[str, int]) -> list[Problem]:
    """What is wrong with the loss and the metrics of an output that fits its target otherwise."""
    found = []
    values = made.node.use.values if made.node.use is not None else {}
    if made.loss is not None and made.loss.name == OWN:
        where = Where(network=network, node=made.node.id, field=own.CODE.name)
        code = own.code_of(made.options)
        problem = obstacle(LOSS, code, where) or _asked(LOSS, code, made, where, in_data, made.options)
        found += [problem] if problem is not None else []
    code = own_metrics.code_of(values)
    if code:
        where = Where(network=network, node=made.node.id, field=own_metrics.CODE.name)
        problem = obstacle(METRIC, code, where) or _asked(METRIC, code, made, where, in_data, {})
        found += [problem] if problem is not None else []
    return found


def obstacle(kind: str, code: str, where: Where) -> Problem | None:
    """What stands in the way of a text wherever it is used: that it is no such text, or that nobody has trusted it."""
    read = read_own(kind, code)
    if not read.ok:
        sentence = tr("Line {line} of the code: {sentence}", line=read.line, sentence=read.sentence)
        return Problem(Severity.ERROR, "own-code", where, sentence, training=True)
    if may_run(code):
        return None
    sentence = tr(
        "The code of {name} comes with the project and does not run before you have read and trusted it.",
        name=read.name,
    )
    remedy = Remedy(READ_AND_TRUST, {"node": where.node}, tr("Read and trust this code…"))
    return Problem(Severity.ERROR, UNTRUSTED, where, sentence, (remedy,), training=True)


def _asked(
    kind: str, code: str, made: Head, where: Where, in_data: Mapping[str, int], options: Values
) -> Problem | None:
    """What a worker says, that tried the function on a few numbers of the right shapes; of our own text it is known."""
    if code in starters.ALL:
        return None
    read = read_own(kind, code)
    values = {field.name: options.get(field.name, field.default) for field in read.fields}
    assert made.target is not None
    inputs = {
        "output": PortType.of(made.arriving.bind(in_data)),
        "target": PortType.of(target_type(made.target)),
    }
    found = described.answer(Question(code, values, inputs, kind))
    if found is None:
        sentence = tr("A worker is trying out {name}.", name=read.name)
        return Problem(Severity.HINT, PENDING, where, sentence, training=True)
    if found.error:
        return Problem(Severity.ERROR, "own-code", where, with_line(found.error, found.line), training=True)
    return None


def target_type(target: DataField) -> TensorType:
    """The type of a prepared target: class numbers, or numbers."""
    axes = (BATCH, *(Axis(meaning, Size.of(size)) for meaning, size in target.axes))
    values = len(target.classes or target.tokens) or None if target.element == "int" else None
    return TensorType(target.element, axes, values)


def in_data(document: Document) -> list[Problem]:
    """What stands in the way of reading data that a function gives."""
    data = document.data
    if data is None or data.type != OWN:
        return []
    from nndesigner.data.catalogue import source

    declared = source(data.type)
    if declared is None:
        return []
    values, _ = resolve(declared.parameters, data.parameters)
    field = next(f for f in declared.parameters if isinstance(f, CodeField))
    problem = obstacle(DATA, values[field.name], Where(node=data.id, field=field.name))
    return [problem] if problem is not None else []
