"""Checked network → the Python class that a person would have written. Torch-free: the live code view needs it.

The code is built as `ast` nodes from the same calls that the compiler runs, never pasted together from text: names are
checked identifiers, everything else is a constant. After printing, it is parsed again and compared with what was meant.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nndesigner.base.names import NAME
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Place
from nndesigner.compiler import preparation
from nndesigner.layers.declaration import (
    Attribute,
    Buffer,
    Call,
    Constant,
    Learnable,
    Lowering,
    Ref,
    Slices,
)

WIDTH = 110
_OPERATORS: dict[str, type[ast.operator]] = {
    "operator.add": ast.Add, "operator.sub": ast.Sub, "operator.mul": ast.Mult, "operator.truediv": ast.Div,
    "operator.matmul": ast.MatMult,
}  # fmt: skip
_ELEMENTS = {"float": "torch.float32", "int": "torch.int64", "bool": "torch.bool"}
_ALLOWED = re.compile(r"torch(\.[A-Za-z_]\w*)+|nn(\.[A-Za-z_]\w*)+|F\.\w+|super|load_file|[A-Z]\w*")


def class_name(name: str) -> str:
    """A class name from any text: "digits-cnn" → DigitsCnn."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    made = "".join(word[:1].upper() + word[1:] for word in words)[:60]
    return made if NAME.fullmatch(made) else f"Network{made}"[:60]


def source(
    checked: CheckedNetwork, name: str = "", weights: str = "weights.safetensors", note: str = ""
) -> str:
    """A module file with the class, its preparation inside, and a `load` function for the saved weights.

    Raises Refusal while the check finds errors.
    """
    if not checked.ok:
        raise Refusal(checked.errors[0].message)
    printer = _Printer(checked, class_name(name or checked.name))
    body = printer.module(weights, note)
    tree = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
    text = _layout(tree)
    if ast.dump(ast.parse(text)) != ast.dump(tree):
        raise AssertionError("the printed source does not read back as it was meant")
    _check_calls(tree)
    return text


class _Printer:
    """Statements of `__init__` and `forward`, gathered node by node."""

    def __init__(self, checked: CheckedNetwork, name: str) -> None:
        self.checked, self.name = checked, name
        self.construct: list[ast.stmt] = []
        self.forward: list[ast.stmt] = []
        self.values: dict[Place, ast.expr] = {}
        self.functional = False
        self._uses = self._count_uses()
        self._x: Place | None = None  # whose value the variable x holds
        self._taken = {node.name for node in checked.nodes} | {"torch", "nn", "F", "self"}

    # -- the file --------------------------------------------------------------------------------------------
    def module(self, weights: str, note: str) -> list[ast.stmt]:
        self._body()
        methods: list[ast.stmt] = [
            _expression(_constant(self._docstring())),
            *self._facts(),
            _function("__init__", ["self"], [_expression(_call("super().__init__")), *self.construct]),
            _function("forward", ["self", *(node.name for node in self.checked.inputs)], self.forward),
        ]
        imports: list[ast.stmt] = [
            ast.Import([ast.alias("torch")]), ast.ImportFrom("safetensors.torch", [ast.alias("load_file")], 0),
            ast.ImportFrom("torch", [ast.alias("nn")], 0),
        ]  # fmt: skip
        if self.functional:
            imports.append(ast.ImportFrom("torch.nn", [ast.alias("functional", "F")], 0))
        if not self._needs_torch():
            imports = imports[1:]
        head = tr("{name}, exported from nndesigner.", name=self.name) + (f"\n\n{note}" if note else "")
        return [
            _expression(_constant(head + "\n" if note else head)),
            *imports,
            ast.ClassDef(self.name, [_dotted("nn.Module")], [], methods, [], **_no_type_params(ast.ClassDef)),
            self._loader(weights),
        ]

    def _docstring(self) -> str:
        lines = [tr("Takes and gives batches (N samples):"), ""]
        for node in self.checked.inputs:
            lines.append(
                f"{node.name}: {_axes(node.outputs['y'])}"
                + (tr(", raw values") if self._prepared(node) else "")
            )
        for head in self.checked.heads:
            lines.append(f"{head.node.name}: {_axes(head.arriving)}")
        return textwrap.indent("\n".join(lines), "    ").strip() + "\n    "

    def _facts(self) -> list[ast.stmt]:
        alone = len(self.checked.heads) == 1
        return [
            _assign(
                "classes" if alone else self._variable(f"{head.node.name}_classes"),
                _constant(head.target.classes),
            )
            for head in self.checked.heads
            if head.target is not None and head.target.classes
        ]

    def _loader(self, weights: str) -> ast.stmt:
        body: list[ast.stmt] = [
            _expression(_constant(tr("The trained model, ready to predict."))),
            _assign("model", _call(self.name)),
            _expression(_call("model.load_state_dict", _call("load_file", ast.Name("path", ast.Load())))),
            ast.Return(_call("model.eval")),
        ]
        return _function("load", ["path"], body, defaults=[_constant(weights)])

    def _needs_torch(self) -> bool:
        return any(
            isinstance(n, ast.Name) and n.id == "torch"
            for s in (*self.construct, *self.forward)
            for n in ast.walk(s)
        )

    # -- the network -----------------------------------------------------------------------------------------
    def _body(self) -> None:
        for node in self.checked.inputs:
            self.values[node.id, "y"] = ast.Name(node.name, ast.Load())
            first = self._prepared(node)
            if first is not None:
                self._lowering(
                    f"prepare_{node.name}",
                    node,
                    first,
                    {"x": self.values[node.id, "y"]},
                    variable=f"{node.name}_prepared",
                )
        for node in self.checked.compiled:
            if node.role == "layer" and node.layer is not None and node.use is not None:
                arriving = {
                    port: self.values[place]
                    for port, place in node.sources.items()
                    if port in node.use.inputs
                }
                for place in node.sources.values():
                    self._uses[place] -= 1
                self._lowering(node.name, node, node.layer.lower(node.use), arriving)
        answers = []
        for head in self.checked.heads:
            value = self.values[head.source]
            numbers = (
                head.loss is not None
                and head.loss.form == "values"
                and head.target is not None
                and head.target.kind != "class"
            )
            back = preparation.restore(head.target) if numbers and head.target is not None else None
            if back is not None:
                value = self._expressions(f"restore_{head.node.name}", back, {"x": value})["y"]
            answers.append(value)
        self.forward.append(ast.Return(answers[0] if len(answers) == 1 else ast.Tuple(answers, ast.Load())))

    def _prepared(self, node: CheckedNode) -> Lowering | None:
        return preparation.prepare(node.field) if node.field is not None else None

    def _lowering(
        self,
        name: str,
        node: CheckedNode,
        lowering: Lowering,
        arriving: Mapping[str, ast.expr],
        variable: str = "",
    ) -> None:
        made = self._expressions(name, lowering, arriving)
        for port, value in made.items():
            place = (node.id, port)
            if isinstance(value, ast.Name):
                self.values[place] = value
                continue
            if self._uses[place] == 0 and len(made) > 1:
                continue
            if self._uses[place] == 1 and self._x_is_free():
                target = "x"
            elif variable or len(made) > 1:
                target = self._variable(variable or f"{node.name}_{port}")
            else:
                target = node.name
            if target == "x":
                self._x = place
            self.forward.append(_assign(target, value))
            self.values[place] = ast.Name(target, ast.Load())

    def _x_is_free(self) -> bool:
        return "x" not in self._taken and (self._x is None or self._uses[self._x] <= 0)

    def _variable(self, stem: str) -> str:
        """A local name that no layer and no other step has; it begins with the layer's name."""
        name, number = stem, 2
        while name in self._taken or not NAME.fullmatch(name):
            name, number = f"{stem[:58]}_{number}", number + 1
        self._taken.add(name)
        return name

    def _count_uses(self) -> Counter[Place]:
        uses: Counter[Place] = Counter()
        for node in self.checked.compiled:
            uses.update(node.sources.values())
        return uses

    # -- calls ---------------------------------------------------------------------------------------------------
    def _expressions(
        self, name: str, lowering: Lowering, arriving: Mapping[str, ast.expr]
    ) -> dict[str, ast.expr]:
        known: dict[str, ast.expr] = dict(arriving)
        for key, buffer in lowering.buffers.items():
            self.construct.append(_register(f"{name}_{key}", buffer))
            known[f"@{key}"] = _dotted(f"self.{name}_{key}")
        for key, numbers in lowering.learnable.items():
            target = f"self.{name}_{key}" if key else f"self.{name}"
            self.construct += _learnable(target, numbers)
            known[f"@{key}"] = _dotted(target)
        reads = Counter(
            ref.name for call in lowering.calls for ref in _refs([*call.args, *call.keywords.values()])
        )
        reads.update(ref.name for ref in lowering.outputs.values() if isinstance(ref, Ref))
        last: ast.expr | None = next(iter(arriving.values()), None)
        for position, call in enumerate(lowering.calls):
            value = self._call(name, call, known)
            step = call.step or ""
            if reads[step] > 1 and not isinstance(value, ast.Name):
                variable = self._variable(f"{name}_{step or 'value'}")
                self.forward.append(_assign(variable, value))
                value = ast.Name(variable, ast.Load())
            if call.step:
                known[call.step] = value
            last = value
            if position == len(lowering.calls) - 1:
                known[""] = value
        if last is not None:
            known.setdefault("", last)
        return {port: self._argument(name, ref, known) for port, ref in lowering.outputs.items()}

    def _call(self, name: str, call: Call, known: Mapping[str, ast.expr]) -> ast.expr:
        args = [self._argument(name, a, known) for a in call.args]
        keywords = {k: self._argument(name, v, known) for k, v in call.keywords.items()}
        if call.construct is not None:
            built = {k: self._argument(name, v, known) for k, v in call.construct.items()}
            self.construct.append(_assign(f"self.{name}", _call(_short(call.target), **built)))
            return _call(f"self.{name}", *args, **keywords)
        if call.target in _OPERATORS:
            return ast.BinOp(args[0], _OPERATORS[call.target](), args[1])
        if call.is_method:
            function = ast.Attribute(args[0], call.target[1:], ast.Load())
            return ast.Call(function, args[1:], [ast.keyword(k, v) for k, v in keywords.items()])
        self.functional = self.functional or call.target.startswith("torch.nn.functional.")
        return _call(_short(call.target), *args, **keywords)

    def _argument(self, name: str, value: Any, known: Mapping[str, ast.expr]) -> ast.expr:
        if isinstance(value, Ref):
            return self._read(value, known)
        if isinstance(value, Constant):
            return _dotted(value.name)
        if isinstance(value, Attribute):
            return _dotted(f"self.{name}.{value.name}")
        if isinstance(value, tuple):
            return ast.Tuple([self._argument(name, v, known) for v in value], ast.Load())
        if isinstance(value, list):
            return ast.List([self._argument(name, v, known) for v in value], ast.Load())
        return _constant(value)

    def _read(self, ref: Ref, known: Mapping[str, ast.expr]) -> ast.expr:
        value = known[ref.name]
        for step in ref.path:
            if isinstance(step, Slices):
                items: list[ast.expr] = [
                    ast.Slice() if item is None else _constant(item) for item in step.items
                ]
                index: ast.expr = ast.Tuple(items, ast.Load()) if len(items) > 1 else items[0]
            else:
                index = _constant(step)
            value = ast.Subscript(value, index, ast.Load())
        return value


# -- small ast makers --------------------------------------------------------------------------------------------
def _refs(values: Sequence[Any]) -> list[Ref]:
    found: list[Ref] = []
    for value in values:
        if isinstance(value, Ref):
            found.append(value)
        elif isinstance(value, tuple | list):
            found += _refs(value)
    return found


def _axes(type: Any) -> str:
    return " × ".join(str(axis.size) for axis in type.axes) + f" ({', '.join(type.meanings)})"


def _short(target: str) -> str:
    for long, short in (("torch.nn.functional.", "F."), ("torch.nn.", "nn.")):
        if target.startswith(long):
            return short + target.removeprefix(long)
    return target


def _dotted(name: str) -> ast.expr:
    first, *rest = name.split(".")
    value: ast.expr = _call("super") if first == "super()" else ast.Name(first, ast.Load())
    for part in rest:
        value = ast.Attribute(value, part, ast.Load())
    return value


def _call(function: str, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
    return ast.Call(_dotted(function), list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def _constant(value: Any) -> ast.expr:
    if isinstance(value, tuple | list):
        made = [_constant(v) for v in value]
        return ast.Tuple(made, ast.Load()) if isinstance(value, tuple) else ast.List(made, ast.Load())
    if isinstance(value, bool | str) or value is None:
        return ast.Constant(value)
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError("source holds finite numbers only")
        return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)
    raise TypeError(f"no constant for {type(value).__name__}")


def _register(name: str, buffer: Buffer) -> ast.stmt:
    values = json.loads(json.dumps(buffer.values))  # nested lists
    tensor = _call("torch.tensor", _constant(values), dtype=_dotted(_ELEMENTS[buffer.element]))
    return _expression(_call("self.register_buffer", _constant(name), tensor))


def _learnable(target: str, numbers: Learnable) -> list[ast.stmt]:
    """`self.token = nn.Parameter(torch.zeros(1, 1, 64))`, and the line that gives it other first values."""
    shape = [_constant(size) for size in numbers.shape]
    made = _call("torch.ones" if numbers.begin == "ones" else "torch.zeros", *shape)
    statements = [_assign(target, _call("nn.Parameter", made))]
    if numbers.begin == "normal":
        statements.append(
            _expression(_call("nn.init.normal_", _dotted(target), std=_constant(numbers.scale)))
        )
    elif numbers.begin == "uniform":
        ends = (_constant(-numbers.scale), _constant(numbers.scale))
        statements.append(_expression(_call("nn.init.uniform_", _dotted(target), *ends)))
    elif numbers.begin == "constant":
        statements.append(_expression(_call("nn.init.constant_", _dotted(target), _constant(numbers.scale))))
    return statements


def _expression(value: ast.expr) -> ast.stmt:
    return ast.Expr(value)


def _assign(target: str, value: ast.expr) -> ast.stmt:
    place = _dotted(target)
    place.ctx = ast.Store()  # type: ignore[attr-defined]
    return ast.Assign([place], value)


def _no_type_params(kind: type[ast.AST]) -> dict[str, Any]:
    return {"type_params": []} if "type_params" in kind._fields else {}


def _function(
    name: str, parameters: list[str], body: list[ast.stmt], defaults: Sequence[ast.expr] = ()
) -> ast.stmt:
    arguments = ast.arguments([], [ast.arg(p) for p in parameters], None, [], [], None, list(defaults))
    return ast.FunctionDef(name, arguments, body, [], **_no_type_params(ast.FunctionDef))


# -- printing ----------------------------------------------------------------------------------------------------
def _layout(tree: ast.Module) -> str:
    """ast.unparse with blank lines where a person leaves them, and long calls and lists broken."""
    parts: list[str] = []
    previous: ast.stmt | None = None
    for statement in tree.body:
        imports = isinstance(statement, ast.Import | ast.ImportFrom)
        if isinstance(statement, ast.ClassDef | ast.FunctionDef):
            parts += ["", ""]
        elif previous is not None and not (imports and isinstance(previous, ast.Import | ast.ImportFrom)):
            parts.append("")
        parts.append(_statement(statement, 0))
        previous = statement
    return "\n".join(parts) + "\n"


def _statement(statement: ast.stmt, depth: int) -> str:
    pad = "    " * depth
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        lines = [pad + ast.unparse(_headless(statement)).splitlines()[0]]
        for position, inner in enumerate(statement.body):
            is_function = isinstance(inner, ast.FunctionDef)
            after_doc = isinstance(statement, ast.ClassDef) and position == 1
            if position and (is_function or after_doc):
                lines.append("")
            lines.append(_statement(inner, depth + 1))
        return "\n".join(lines)
    if (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    ):
        return pad + _docstring_text(statement.value.value)
    text = ast.unparse(statement)
    return pad + (text if len(pad + text) <= WIDTH else _broken(text, pad))


def _headless(statement: ast.ClassDef | ast.FunctionDef) -> ast.stmt:
    """The same definition with a body of one `pass`, to print its first line."""
    fields = {name: getattr(statement, name) for name in statement._fields}
    return ast.fix_missing_locations(type(statement)(**{**fields, "body": [ast.Pass()]}))


def _docstring_text(value: str) -> str:
    """The text as a triple-quoted literal over several lines, everything unprintable escaped."""
    text = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    text = "".join(c if c == "\n" or c.isprintable() else repr(c)[1:-1] for c in text)
    if text.endswith('"'):
        text = text[:-1] + '\\"'
    return f'"""{text}"""'


def _broken(text: str, pad: str) -> str:
    """A long statement, broken at the outermost brackets; the pieces are filled up to the width."""
    start = text.find("(")
    if start < 0 or not text.endswith(")"):
        return text
    head, inner, tail = text[: start + 1], text[start + 1 : -1], ")"
    body = textwrap.wrap(inner, WIDTH - len(pad) - 4, break_long_words=False, break_on_hyphens=False)
    if any(quote in inner for quote in ("'", '"')) and len(body) > 1:
        body = _split_commas(inner, WIDTH - len(pad) - 4)
    return "\n".join([head, *(f"{pad}    {line}" for line in body), pad + tail])


def _split_commas(inner: str, width: int) -> list[str]:
    """Lines of whole comma-separated pieces; a comma inside quotes does not split."""
    pieces = re.findall(r"""(?:[^,'"]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")+(?:,\s*|$)""", inner)
    lines: list[str] = []
    for piece in pieces:
        if lines and len(lines[-1]) + len(piece.rstrip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.rstrip() for line in lines]


def _check_calls(tree: ast.Module) -> None:
    """Every call is to torch, to a module of the class itself, or to our own template. Raises AssertionError."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            dotted = re.fullmatch(r"[\w.]+", name) is not None
            of_a_value = isinstance(node.func, ast.Attribute) and not name.startswith(("torch.", "nn.", "F."))
            own = name.startswith(("self.", "super()", "model."))
            if dotted and not (_ALLOWED.fullmatch(name) or own or of_a_value):
                raise AssertionError(f"the exported source would call {name}")
