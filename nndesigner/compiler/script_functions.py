"""The functions of a training script that no layer belongs to: preparation, loss and what is counted, as `ast` nodes.

They are printed from the same calls that the compiler runs. Torch-free.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from nndesigner.base.data_field import DataField
from nndesigner.base.names import is_name
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.compiler import preparation
from nndesigner.compiler.class_parameters import Made
from nndesigner.compiler.class_source import ClassSource
from nndesigner.compiler.code import (
    assign,
    assign_several,
    call,
    class_definition,
    constant,
    dotted,
    expression,
    function,
)
from nndesigner.compiler.forms import Form
from nndesigner.layers.declaration import Lowering
from nndesigner.objectives.objective import Score


class _Steps:
    """Prints calls that belong to no layer: as a function, or as a module where they have numbers of their own."""

    def __init__(self, names: Sequence[str], made: Made) -> None:
        nothing = CheckedNetwork(
            network="", name="", nodes=(), types={}, heads=(), problems=(), used=frozenset(), fields={}
        )
        self.printer = ClassSource(Form((nothing,), ()), "", made)
        self.names = [self.printer.variable(_identifier(name)) for name in names]

    def value(self, name: str, lowering: Lowering, arriving: Mapping[str, ast.expr], out: str) -> ast.expr:
        return self.printer.expressions(name, lowering, arriving)[out]

    def put(self, target: str, value: ast.expr) -> ast.expr:
        self.printer.forward.append(assign(target, value))
        return ast.Name(target, ast.Load())

    def finished(
        self, name: str, title: str, parameters: list[str], docstring: str, answer: ast.expr
    ) -> list[ast.stmt]:
        told, end = expression(constant(docstring)), ast.Return(answer)
        forward = [*self.printer.forward, end]
        if not self.printer.construct:
            return [function(name, parameters, [told, *forward])]
        begin = expression(call("super().__init__"))
        methods = [
            function("__init__", ["self"], [begin, *self.printer.construct]),
            function("forward", ["self", *parameters], forward),
        ]
        moved = ast.Attribute(call(title), "to", ast.Load())
        made = assign(name, ast.Call(moved, [dotted("DEVICE")], []))
        return [class_definition(title, "nn.Module", [told, *methods]), made]


def _identifier(name: str) -> str:
    """A name for a variable: the field's own where it can be one (`class` becomes `class_value`)."""
    return next((text for text in (name, f"{name}_value") if is_name(text)), "value")


def prepare_functions(
    inputs: Sequence[DataField], targets: Sequence[DataField], made: Made
) -> list[ast.stmt]:
    """`prepare(*fields)`: raw values as the network takes them, on the processor."""
    fields = [*inputs, *targets]
    steps = _Steps([each.name for each in fields], made)
    answers: list[ast.expr] = []
    for each, name in zip(fields, steps.names, strict=True):
        lowering = preparation.prepare(each)
        value: ast.expr = ast.Name(name, ast.Load())
        if lowering is not None:
            value = steps.value(name, lowering, {"x": value}, "y")
        answers.append(value)
    docstring = tr("Raw values as the network takes them; the numbers were measured on the training part.")
    statements = steps.finished(
        "prepare", "Preparation", steps.names, docstring, ast.List(answers, ast.Load())
    )
    if isinstance(statements[-1], ast.Assign):  # samples are prepared before they go to a device
        statements[-1] = assign("prepare", call("Preparation"))
    return statements


def judge_functions(trained: CheckedNetwork, made: Made) -> list[ast.stmt]:
    """`judge(model, inputs, targets)`: the loss, its parts, and what the outputs gave."""
    heads, shares = trained.heads, trained.shares
    besides = [(head, port, place) for head in heads for port, place in head.beside.items()]
    fixed = {"model", "inputs", "targets", "parts", "loss", "criterion"}
    steps = _Steps([*fixed, *(head.node.name for head in heads)], made)
    printer = steps.printer
    outputs = steps.names[len(fixed) :]
    extra = [printer.variable(f"{head.node.name}_{port}") for head, port, _ in besides]
    targets = [printer.variable(_target_name(head)) for head in heads]
    given = ast.Call(dotted("model"), [ast.Starred(dotted("inputs"), ast.Load())], [])
    received = [*outputs, *extra]
    printer.forward.append(
        assign(received[0], given) if len(received) == 1 else assign_several(received, given)
    )
    if len(targets) == 1:
        printer.forward.append(assign(targets[0], ast.Subscript(dotted("targets"), constant(0), ast.Load())))
    else:
        printer.forward.append(assign_several(targets, dotted("targets")))
    parts: list[ast.expr] = []
    for position, head in enumerate(heads):
        assert head.loss is not None
        arriving: dict[str, ast.expr] = {"x": dotted(outputs[position]), "target": dotted(targets[position])}
        for (owner, port, _), name in zip(besides, extra, strict=True):
            if owner is head:
                arriving[port] = dotted(name)
        parts.append(steps.value(head.node.name, head.loss.lower(head.loss_use()), arriving, "loss"))
    parts += [_penalty(inner.name) for inner in trained.penalties]
    if len(parts) == 1 and shares == (1.0,):
        loss = steps.put("loss", parts[0])
        every: ast.expr = ast.List([loss], ast.Load())
    else:
        every = steps.put("parts", ast.List(parts, ast.Load()))
        loss = steps.put("loss", _sum(shares))
    answers = ast.List([dotted(name) for name in outputs], ast.Load())
    docstring = tr("The loss of a batch, the parts that it is the sum of, and what the network gave.")
    answer = ast.Tuple([loss, every, answers], ast.Load())
    return steps.finished("judge", "Loss", ["model", "inputs", "targets"], docstring, answer)


def _target_name(head: Head) -> str:
    name = head.target.name if head.target is not None else ""
    return name if is_name(name) else f"{head.node.name}_target"


def _penalty(name: str) -> ast.expr:
    """The value that a penalty keeps in the module around it."""
    around, _, own = name.rpartition(".")
    return dotted(f"model.{own}") if not around else ast.Attribute(
        call("model.get_submodule", constant(around)), own, ast.Load()
    )  # fmt: skip


def _sum(shares: Sequence[float]) -> ast.expr:
    """`parts[0] + parts[1] * 0.5`"""
    total: ast.expr | None = None
    for position, share in enumerate(shares):
        part: ast.expr = ast.Subscript(dotted("parts"), constant(position), ast.Load())
        counted = part if share == 1.0 else ast.BinOp(part, ast.Mult(), constant(share))
        total = counted if total is None else ast.BinOp(total, ast.Add(), counted)
    assert total is not None
    return total


COUNTERS = {"error": "Errors", "path": "Written"}
"""the class of `script_text` that counts by a rule; for other rules it is "Accuracy" """


def count_functions(scores: Sequence[Score]) -> list[ast.stmt]:
    """`make_scores()` and `count(scores, outputs, targets)`."""
    made: list[ast.expr] = []
    counted: list[ast.stmt] = []
    for score in scores:
        told: list[str | int] = [score.suffix] if score.suffix else []
        if score.rule == "path":
            told = [score.axis, score.blank, score.unit, *told]
        made.append(call(COUNTERS.get(score.rule, "Accuracy"), *map(constant, told)))
        output = ast.Subscript(dotted("outputs"), constant(score.head), ast.Load())
        target = ast.Subscript(dotted("targets"), constant(score.head), ast.Load())
        add = ast.Attribute(
            ast.Subscript(dotted("scores"), constant(len(counted)), ast.Load()), "add", ast.Load()
        )
        counted.append(expression(ast.Call(add, _counted(score, output, target), [])))
    make = ast.Return(ast.List(made, ast.Load()))
    return [
        function("make_scores", [], [expression(constant(tr("What is counted, from zero."))), make]),
        function(
            "count",
            ["scores", "outputs", "targets"],
            [expression(constant(tr("Adds the answers to a batch to what is counted."))), *counted],
        ),
    ]


def _counted(score: Score, output: ast.expr, target: ast.expr) -> list[ast.expr]:
    def method(value: ast.expr, name: str, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
        return ast.Call(
            ast.Attribute(value, name, ast.Load()),
            list(args),
            [ast.keyword(k, v) for k, v in keywords.items()],
        )

    if score.rule == "error":
        answer = method(output, "detach")
        if score.link == "softmax":
            answer = call("torch.softmax", answer, dim=constant(score.axis))
        elif score.link:
            answer = call(f"torch.{score.link}", answer)
        error: ast.expr = ast.BinOp(answer, ast.Sub(), target)
        if score.scale == (1.0,):
            return [error, target]
        if len(score.scale) == 1:
            scale: ast.expr = constant(score.scale[0])
        else:
            scale = call("torch.tensor", constant(score.scale), device=dotted("DEVICE"))
        return [ast.BinOp(error, ast.Mult(), scale), ast.BinOp(target, ast.Mult(), scale)]
    if score.rule == "path":
        return [output, target]
    if score.rule == "threshold":
        shaped = method(output, "reshape", ast.Attribute(target, "shape", ast.Load()))
        yes = ast.Compare(shaped, [ast.Gt()], [constant(score.threshold)])
        return [ast.Compare(yes, [ast.Eq()], [target])]
    right: ast.expr = ast.Compare(method(output, "argmax", dim=constant(score.axis)), [ast.Eq()], [target])
    if score.ignore is not None:
        right = ast.Subscript(right, ast.Compare(target, [ast.NotEq()], [constant(score.ignore)]), ast.Load())
    return [right]
