"""Custom layers in exported source: the user's own text, put in word for word before the classes that use it.

Its imports go to the top of the file, where a person has them, and a name that already means something else in the
file is changed; nothing else is touched, comments included. Torch-free: nothing is run here.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nndesigner.base.problem import Refusal
from nndesigner.base.python_text import parse
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.layout import Printed
from nndesigner.layers.custom import CUSTOM_TYPE, code_of
from nndesigner.layers.custom_code import read_code

USUAL = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "OrderedDict": "collections.OrderedDict",
    "load_file": "safetensors.torch.load_file",
    "load": "this file's own function",
}
"""What names mean in every exported file."""


@dataclass(frozen=True)
class Custom:
    """The texts of a network as they stand in its file. `names` gives the class of each text, `nodes` the ids of the
    records that use it."""

    texts: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    imports: Sequence[ast.stmt] = ()
    future: Sequence[str] = ()

    @property
    def statements(self) -> list[ast.stmt]:
        return [statement for text in self.texts.values() for statement in parse(text).body]

    @property
    def defined(self) -> set[str]:
        """Names that the texts define at their top."""
        return {name for statement in self.statements for name in _bound(statement)}


def custom_of(checked: CheckedNetwork, title: str) -> Custom:
    """The custom layers that are compiled. Raises Refusal for a text that cannot stand in another file."""
    nodes: dict[str, list[str]] = {}
    for inner in checked.walk():
        node = inner.node
        if node.layer is not None and node.layer.type == CUSTOM_TYPE and not node.passes:
            ids = nodes.setdefault(code_of(node.record.parameters), [])
            if node.id not in ids:
                ids.append(node.id)
    return gathered(nodes, {**USUAL, title: "the network"}, lambda code: read_code(code).class_name)


def gathered(
    nodes: Mapping[str, Sequence[str]], meanings: dict[str, str], called: Callable[[str], str]
) -> Custom:
    """The texts (the keys of `nodes`) as they can stand in a file in which names have `meanings`, which grow; `called`
    gives the name that is used of each. Raises Refusal as `custom_of` does."""
    texts: dict[str, str] = {}
    names: dict[str, str] = {}
    imports: dict[str, ast.stmt] = {}
    future: list[str] = []
    for code in nodes:
        body, found = _without_imports(code, called(code))
        for statement in found:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                future += [alias.name for alias in statement.names if alias.name not in future]
        found = [s for s in found if not (isinstance(s, ast.ImportFrom) and s.module == "__future__")]
        renamed: dict[str, str] = {}
        kept: list[ast.stmt] = []
        for statement in (*found, *parse(body).body):
            for name, meaning in _meanings(statement).items():
                if meanings.get(name, meaning) == meaning:
                    meanings[name] = meaning
                    continue
                renamed[name] = _free(name, meanings)
                meanings[renamed[name]] = meaning
        for statement in found:
            told = _renamed_import(statement, renamed)
            if any(USUAL.get(name) != meaning for name, meaning in _meanings(told).items()):
                kept.append(told)
        imports |= {ast.unparse(statement): statement for statement in kept}
        texts[code] = _renamed(body, renamed).strip("\n") + "\n"
        name = called(code)
        names[code] = renamed.get(name, name)
    return Custom(texts, names, nodes, tuple(imports.values()), tuple(future))


def with_custom(printed: Printed, tree: ast.Module, custom: Custom) -> Printed:
    """The printed file of `tree` with the texts before its first class. Raises AssertionError where the result does not
    read back as it was meant."""
    if not custom.texts:
        return printed
    lines = printed.text.split("\n")
    first = next(s.lineno for s in parse(printed.text).body if isinstance(s, ast.ClassDef | ast.FunctionDef))
    inserted: list[str] = []
    places: dict[str, list[tuple[int, int]]] = {}
    for code, text in custom.texts.items():
        begin = first + len(inserted)
        inserted += text.rstrip("\n").split("\n")
        for node in custom.nodes[code]:
            places.setdefault(node, []).append((begin, first + len(inserted) - 1))
        inserted += ["", ""]
    for node, old in printed.lines.items():
        moved = [(a + len(inserted), b + len(inserted)) if a >= first else (a, b) for a, b in old]
        places.setdefault(node, []).extend(moved)
    lines[first - 1 : first - 1] = inserted
    text = "\n".join(lines)
    position = next(i for i, s in enumerate(tree.body) if isinstance(s, ast.ClassDef | ast.FunctionDef))
    whole = ast.Module([*tree.body[:position], *custom.statements, *tree.body[position:]], [])
    if ast.dump(parse(text)) != ast.dump(whole):
        raise AssertionError("the printed source does not read back as it was meant")
    return Printed(text, places)


# -- names ---------------------------------------------------------------------------------------------------------
def _free(name: str, taken: Mapping[str, str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}{number}", number + 1
    return found


def _meanings(statement: ast.stmt) -> dict[str, str]:
    """What the names that a statement binds stand for: equal texts mean the same."""
    if isinstance(statement, ast.Import):
        return {
            a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
            for a in statement.names
        }
    if isinstance(statement, ast.ImportFrom):
        origin = "." * statement.level + (statement.module or "")
        return {a.asname or a.name: f"{origin}.{a.name}" for a in statement.names if a.name != "*"}
    return {name: ast.dump(statement) for name in _bound(statement)}


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds at the top of its module."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return set(_meanings(statement))
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {statement.name}
    inner = [s for s in ast.walk(statement) if isinstance(s, ast.Import | ast.ImportFrom)]
    stored = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored.union(*(set(_meanings(s)) for s in inner))


def _renamed_import(statement: ast.stmt, renamed: Mapping[str, str]) -> ast.stmt:
    assert isinstance(statement, ast.Import | ast.ImportFrom)
    aliases = []
    for alias in statement.names:
        bound = alias.asname or (
            alias.name if isinstance(statement, ast.ImportFrom) else alias.name.split(".")[0]
        )
        aliases.append(ast.alias(alias.name, renamed[bound]) if bound in renamed else alias)
    if isinstance(statement, ast.Import):
        return ast.Import(aliases)
    return ast.ImportFrom(statement.module, aliases, statement.level)


def _renamed(text: str, renamed: Mapping[str, str]) -> str:
    """The text with some of its own names changed, wherever they stand for themselves."""
    if not renamed:
        return text
    lines = text.splitlines(keepends=True)
    found: list[tuple[int, int, str]] = []
    previous, depth = "", 0
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type != tokenize.COMMENT]
    for token, after in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
        keyword = depth > 0 and after.string == "=" and previous in ("(", ",")
        if token.type == tokenize.NAME and token.string in renamed and previous != "." and not keyword:
            found.append((token.start[0], token.start[1], token.string))
        if token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            previous = token.string
    for row, column, name in reversed(found):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + renamed[name] + line[column + len(name) :]
    return "".join(lines)


def _without_imports(code: str, called: str) -> tuple[str, list[ast.stmt]]:
    """The text without the imports at its top level, and these; one that shares its line with other code stays."""
    tree = parse(code)
    lines = code.splitlines(keepends=True)
    taken: list[ast.stmt] = []
    gone: set[int] = set()
    for position, statement in enumerate(tree.body):
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        if isinstance(statement, ast.ImportFrom) and (statement.level or _is_star(statement.names)):
            raise Refusal(
                tr(
                    "{name} imports in a way that only works in its own file: name what is imported, and from where.",
                    name=called,
                )
            )
        rows = set(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
        others = [s for i, s in enumerate(tree.body) if i != position]
        if any(rows & set(range(s.lineno, (s.end_lineno or s.lineno) + 1)) for s in others):
            continue
        taken.append(statement)
        gone |= rows
    kept = [line for number, line in enumerate(lines, 1) if number not in gone]
    return "".join(kept), taken


def _is_star(names: Iterable[ast.alias]) -> bool:
    return any(alias.name == "*" for alias in names)
