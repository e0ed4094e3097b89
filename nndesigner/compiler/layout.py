"""Code as text: `ast.unparse` with blank lines where a person leaves them, long calls and lists broken, comments.

A statement may carry `comment` (text for the lines above it), `node` (the id of the layer that it belongs to) and
`modules` (what an `nn.Sequential` is made of); the lines of every layer are told with the text.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 110


@dataclass(frozen=True)
class Printed:
    """Source text, and for each layer (by record id) the first and last line, from 1, of each place that is its own."""

    text: str
    lines: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def node_at(self, line: int) -> str:
        """The id of the layer that a line belongs to, "" for none."""
        for id, places in self.lines.items():
            if any(first <= line <= last for first, last in places):
                return id
        return ""


@dataclass(frozen=True)
class Module:
    """One module of an `nn.Sequential` as it is printed: its name, what builds it, its comment, and whose it is."""

    name: str
    value: ast.expr
    comment: str = ""
    node: str = ""


def layout(tree: ast.Module) -> Printed:
    """The text of a module."""
    page = _Page()
    previous: ast.stmt | None = None
    for statement in tree.body:
        imports = isinstance(statement, ast.Import | ast.ImportFrom)
        if isinstance(statement, ast.ClassDef | ast.FunctionDef) or isinstance(
            previous, ast.ClassDef | ast.FunctionDef
        ):
            page.blank(2)
        elif previous is not None and not (
            imports and isinstance(previous, ast.Import | ast.ImportFrom) and not is_standard(previous)
        ):
            page.blank(1)
        page.statement(statement, 0)
        previous = statement
    return Printed("\n".join(page.lines) + "\n", page.places)


def is_standard(statement: ast.stmt) -> bool:
    """Whether an import is of Python's own library, which stands apart."""
    if isinstance(statement, ast.Import):
        return all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in statement.names)
    return isinstance(statement, ast.ImportFrom) and statement.module in sys.stdlib_module_names


def code_text(node: ast.AST) -> str:
    """`ast.unparse` with strings in double quotes, as formatters have them, and no brackets around what is returned."""
    text = _STRING.sub(_double_quoted, ast.unparse(node))
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
        return f"return {text.removeprefix('return (').removesuffix(')')}"
    return text


def _double_quoted(literal: re.Match[str]) -> str:
    text = literal[0]
    return text if text[0] == '"' or '"' in text or "\\" in text else f'"{text[1:-1]}"'


class _Page:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: dict[str, list[tuple[int, int]]] = {}

    def blank(self, number: int) -> None:
        self.lines += [""] * number

    def statement(self, statement: ast.stmt, depth: int) -> None:
        pad, first = "    " * depth, len(self.lines) + 1
        self._comment(getattr(statement, "comment", ""), pad)
        self._body(statement, depth, pad)
        node = getattr(statement, "node", "")
        if node:
            self.places.setdefault(node, []).append((first, len(self.lines)))

    def _modules(self, modules: Sequence[Module], pad: str) -> None:
        """`super().__init__(OrderedDict(name=module, …))`, each module on lines of its own."""
        inner = pad + " " * 8
        self.lines += [f"{pad}super().__init__(", f"{pad}    OrderedDict("]
        for module in modules:
            first = len(self.lines) + 1
            self._comment(module.comment, inner)
            text = f"{module.name}={code_text(module.value)}"
            broken = text if len(inner + text) < WIDTH else _broken(text, inner)
            self.lines += f"{inner}{broken},".split("\n")
            if module.node:
                self.places.setdefault(module.node, []).append((first, len(self.lines)))
        self.lines += [f"{pad}    )", f"{pad})"]

    def _comment(self, text: str, pad: str) -> None:
        for line in _comment_lines(text, WIDTH - len(pad) - 2):
            self.lines.append(f"{pad}# {line}".rstrip())

    def _body(self, statement: ast.stmt, depth: int, pad: str) -> None:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.For | ast.If):
            head = code_text(_headless(statement)).splitlines()[0]
            if len(pad + head) > WIDTH:
                head = _broken(head.removesuffix(":"), pad) + ":"
            self.lines += (pad + head).split("\n")
            for position, inner in enumerate(statement.body):
                is_function = isinstance(inner, ast.FunctionDef)
                after_doc = isinstance(statement, ast.ClassDef) and position == 1
                if position and (is_function or after_doc):
                    self.blank(1)
                self.statement(inner, depth + 1)
            return
        if (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
            and isinstance(statement.value.value, str)
        ):
            self.lines += (pad + _docstring_text(statement.value.value)).split("\n")
            return
        if modules := getattr(statement, "modules", ()):
            self._modules(modules, pad)
            return
        text = code_text(statement)
        if len(pad + text) > WIDTH and isinstance(statement, ast.Return):
            text = _STRING.sub(_double_quoted, ast.unparse(statement))  # brackets, to break lines in
        if len(pad + text) <= WIDTH:
            self.lines.append(pad + text)
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.IfExp):
            self.lines += _choice(statement.targets[0], statement.value, pad)
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
            self.lines += _operation(statement.targets[0], statement.value, pad)
        else:
            self.lines += (pad + _broken(text, pad)).split("\n")


def _operation(target: ast.expr, value: ast.BinOp, pad: str) -> list[str]:
    """`target = (left + right)` over several lines, the operator in front of its right side."""
    inner = pad + "    "
    whole = code_text(value)
    left, right = code_text(value.left), code_text(value.right)
    if not whole.startswith(left):
        left = f"({left})"
    operator, *rest = whole[len(left) :].strip().split(" ", 1)
    lines = []
    for text in (left, f"{operator} {rest[0] if rest else right}"):
        broken = text if len(inner + text) <= WIDTH else _broken(text, inner)
        lines += (inner + broken).split("\n")
    return [f"{pad}{code_text(target)} = (", *lines, f"{pad})"]


def _choice(target: ast.expr, value: ast.IfExp, pad: str) -> list[str]:
    """`target = (one if test else other)` over several lines."""
    inner = pad + "    "
    words = [("", value.body), ("if ", value.test), ("else ", value.orelse)]
    lines = []
    for word, part in words:
        text = code_text(part)
        broken = text if len(inner + word + text) <= WIDTH else _broken(text, inner)
        lines += (inner + word + broken).split("\n")
    return [f"{pad}{code_text(target)} = (", *lines, f"{pad})"]


def _comment_lines(text: str, width: int) -> list[str]:
    """Plain lines of a comment: whatever is no printable sign is left out."""
    found: list[str] = []
    for line in text.splitlines():
        plain = "".join(c for c in line if c.isprintable()).strip()
        found += textwrap.wrap(plain, max(40, width)) or ([""] if found else [])
    while found and not found[-1]:
        found.pop()
    return found


def _headless(statement: ast.ClassDef | ast.FunctionDef | ast.For | ast.If) -> ast.stmt:
    """The same statement with a body of one `pass`, to print its first line."""
    fields = {name: getattr(statement, name) for name in statement._fields}
    return ast.fix_missing_locations(type(statement)(**{**fields, "body": [ast.Pass()]}))


def _docstring_text(value: str) -> str:
    """The text as a triple-quoted literal over several lines, everything unprintable escaped."""
    text = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    text = "".join(c if c == "\n" or c.isprintable() else repr(c)[1:-1] for c in text)
    if text.endswith('"'):
        text = text[:-1] + '\\"'
    return f'"""{text}"""'


_OPEN, _CLOSE = "([{", ")]}"


def _broken(text: str, pad: str) -> str:
    """A long piece of code, broken inside the brackets that `_place_to_break` tells: all arguments on a line of their
    own where they fit there, numbers as many to a line as fit, else one argument to a line."""
    start, end = _place_to_break(text)
    if start < 0:
        return text
    head, inner, tail = text[: start + 1], text[start + 1 : end], text[end:]
    room = WIDTH - len(pad) - 4
    pieces = _pieces(inner)
    loop = _outer_loop(inner) if len(pieces) == 1 and head.endswith("[") else -1
    if len(inner) <= room:
        lines = [inner]
    elif loop > 0:
        made, over = inner[:loop], inner[loop + 1 :]
        lines = [made if len(made) <= room else _broken(made, pad + "    "), over]
    elif len(pieces) == 1:
        lines = [_broken(pieces[0], pad + "    ")]
    elif all(len(piece) <= 24 and not set(piece) & set("=([{") for piece in pieces):
        lines = _filled(pieces, room)
    else:
        lines = [
            (piece if len(piece) < room else _broken(piece, pad + "    "))
            + ("" if piece.startswith("**") else ",")
            for piece in pieces
        ]
    return "\n".join([head, *(f"{pad}    {line}" for line in lines), pad + tail])


def _outer_loop(text: str) -> int:
    """The blank before the ` for ` of a comprehension, -1 where there is none."""
    depth = 0
    for position, sign in _signs(text):
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if not depth and sign in _CLOSE and text.startswith(" for ", position + 1):
            return position + 1
    return -1


def _filled(pieces: list[str], room: int) -> list[str]:
    lines: list[str] = []
    for position, piece in enumerate(pieces):
        piece = piece + ("," if position < len(pieces) - 1 else "")
        if lines and len(lines[-1]) + 1 + len(piece) <= room:
            lines[-1] += " " + piece
        else:
            lines.append(piece)
    return lines


def _place_to_break(text: str) -> tuple[int, int]:
    """The pair of outermost brackets inside of which to break: the last, unless another holds far more, as in
    `f(many, arguments)[0]`; (-1, -1) where the text does not end with a bracket."""
    pairs: list[tuple[int, int]] = []
    depth = 0
    for position, sign in _signs(text):
        if sign in _OPEN:
            if not depth:
                start = position
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
            if not depth:
                pairs.append((start, position))
    if not pairs or pairs[-1][1] != len(text) - 1:
        return -1, -1
    longest = max(pairs, key=lambda pair: pair[1] - pair[0])
    return longest if longest[1] - longest[0] > 3 * (pairs[-1][1] - pairs[-1][0]) else pairs[-1]


def _pieces(text: str) -> list[str]:
    """What stands between the outermost commas."""
    pieces, depth, start = [], 0, 0
    for position, sign in _signs(text):
        if sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
        elif sign == "," and not depth:
            pieces.append(text[start:position].strip())
            start = position + 1
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]


_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")


def _signs(text: str) -> list[tuple[int, str]]:
    """Brackets and commas with their positions, those inside of strings left out."""
    bare = _STRING.sub(lambda match: "_" * len(match[0]), text)
    return [(position, sign) for position, sign in enumerate(bare) if sign in "()[]{},"]
