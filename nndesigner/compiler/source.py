"""Checked network → the Python that a person would have written: one class per block, and one for the whole.

Torch-free: the live code view needs it. The code is built as `ast` nodes from the same calls that the compiler runs,
never pasted together from text: names are checked identifiers, everything else is a constant. After printing, it is
parsed again and compared with what was meant.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence

from nndesigner.base.expressions import FUNCTIONS
from nndesigner.base.names import NAME
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.compiler.class_parameters import Made
from nndesigner.compiler.class_source import ClassSource
from nndesigner.compiler.code import assign, call, constant, expression, function, uses
from nndesigner.compiler.custom_source import Custom, custom_of, with_custom
from nndesigner.compiler.forms import form_of, forms
from nndesigner.compiler.layout import Printed, is_standard, layout
from nndesigner.layers import extensions
from nndesigner.layers.declaration import Layer

_ALLOWED = re.compile(r"torch(\.[A-Za-z_]\w*)+|nn(\.[A-Za-z_]\w*)+|F\.\w+|super|load_file|range|[A-Z]\w*")


_IMPORTED = ("F", "OrderedDict")
"""names with a capital that a file imports"""


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
    return printed(checked, name, weights, note).text


def printed(
    checked: CheckedNetwork, name: str = "", weights: str = "weights.safetensors", note: str = ""
) -> Printed:
    """The same with the lines of every layer. Raises Refusal while the check finds errors."""
    if not checked.ok:
        raise Refusal(checked.errors[0].message)
    checked = checked.as_answered()
    title = free_name(class_name(name or checked.name), set())
    custom = custom_of(checked, title)
    made = Made(custom=custom.names)
    blocks = block_classes(checked, made, {title, *custom.defined})
    body = [*blocks, network_class(checked, made, title)]
    head = tr("{name}, exported from nndesigner.", name=title) + (f"\n\n{note}\n" if note else "")
    tree = ast.Module(
        body=[
            expression(constant(head)),
            *_imports(body, custom),
            *body,
            _loader(title, weights),
            *made.kept_statements,
        ],
        type_ignores=[],
    )
    tree = ast.fix_missing_locations(tree)
    found = layout(tree)
    if ast.dump(ast.parse(found.text)) != ast.dump(tree):
        raise AssertionError("the printed source does not read back as it was meant")
    check_calls(tree, frozenset(custom.names.values()))
    return with_custom(found, tree, custom)


def block_classes(checked: CheckedNetwork, made: Made, taken: set[str]) -> list[ast.stmt]:
    """A class for each block; `taken` are names that others have in the file."""
    classes: list[ast.stmt] = []
    for declared, insides in _blocks(checked):
        for form in forms(insides, made.calls):
            block_title = free_name(class_name(declared.label), taken)
            classes.append(ClassSource(form, block_title, made, declared).block())
    return classes


def network_class(
    checked: CheckedNetwork, made: Made, title: str, *, docstring: str = "", prepared: bool = False
) -> ast.stmt:
    """The class of the whole, once those of its blocks are made. With `prepared` it takes what is prepared already and
    gives what its outputs read, as it is."""
    whole = ClassSource(form_of((checked,), made.calls), title, made)
    return whole.network(docstring or _docstring(checked), _facts(checked, whole), prepared=prepared)


def _blocks(checked: CheckedNetwork) -> Iterator[tuple[Layer, list[CheckedNetwork]]]:
    """Each block with the networks that it is in its uses, alike ones once; what is inside a block comes before it."""
    found: dict[str, tuple[Layer, dict[int, CheckedNetwork]]] = {}
    depth: dict[str, int] = {}
    seen: dict[int, int] = {}

    def look(network: CheckedNetwork) -> int:
        """How deep blocks are nested in the network."""
        if id(network) in seen:
            return seen[id(network)]
        deepest = 0
        for node in network.compiled:
            for inside in node.rounds if not node.passes else ():
                below = look(inside) + 1
                deepest = max(deepest, below)
                assert node.layer is not None
                found.setdefault(inside.network, (node.layer, {}))[1][id(inside)] = inside
                depth[inside.network] = max(depth.get(inside.network, 0), below)
        seen[id(network)] = deepest
        return deepest

    look(checked)
    for network in sorted(found, key=lambda network: depth[network]):
        declared, insides = found[network]
        yield declared, list(insides.values())


def free_name(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where somebody has it; it is taken then."""
    found, number = name, 2
    while found in taken or found in _IMPORTED:
        found, number = f"{name}{number}", number + 1
    taken.add(found)
    return found


# -- the file ------------------------------------------------------------------------------------------------------
def _imports(body: Sequence[ast.stmt], custom: Custom) -> list[ast.stmt]:
    imports: list[ast.stmt] = []
    if custom.future:
        imports.append(ast.ImportFrom("__future__", [ast.alias(name) for name in custom.future], 0))
    own = [statement for statement in custom.imports if is_standard(statement)]
    imports += own
    body = [*body, *custom.statements]
    foreign = sorted({module for statement in body for module in _foreign(statement)})
    if uses(body, "OrderedDict"):
        imports.append(ast.ImportFrom("collections", [ast.alias("OrderedDict")], 0))
    if uses(body, "torch"):
        imports.append(ast.Import([ast.alias("torch")]))
    imports.append(ast.ImportFrom("safetensors.torch", [ast.alias("load_file")], 0))
    imports.append(ast.ImportFrom("torch", [ast.alias("nn")], 0))
    if uses(body, "F"):
        imports.append(ast.ImportFrom("torch.nn", [ast.alias("functional", "F")], 0))
    imports += [ast.Import([ast.alias(module)]) for module in foreign]
    return [*imports, *(statement for statement in custom.imports if statement not in own)]


def _foreign(statement: ast.stmt) -> Iterator[str]:
    """The modules of enabled packages that a statement names: `package.module` of `package.module.Layer(…)`."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            module, _, _ = ast.unparse(node.func).rpartition(".")
            if module.split(".")[0] in extensions.packages():
                yield module


def _docstring(checked: CheckedNetwork) -> str:
    lines = [tr("Takes and gives batches (N samples):"), ""]
    for node in checked.inputs:
        raw = tr(", raw values") if ClassSource.prepared(node) else ""
        lines.append(f"{node.name}: {axes_words(node.outputs['y'])}{raw}")
    for head in checked.heads:
        lines.append(f"{head.node.name}: {axes_words(head.arriving)}")
        if not head.aligned:
            lines += _how_to_read(head)
    return textwrap.indent("\n".join(lines), "    ").strip() + "\n    "


def _how_to_read(head: Head) -> list[str]:
    """The best path in words, for an output that is a path over steps."""
    return [
        tr("    the text: the class with the largest value at each step, repeats made one,"),
        tr("    class {blank} (the blank) left out", blank=head.blank),
    ]


def axes_words(type: object) -> str:
    return " × ".join(str(axis.size) for axis in type.axes) + f" ({', '.join(type.meanings)})"  # type: ignore[attr-defined]


def _facts(checked: CheckedNetwork, whole: ClassSource) -> list[ast.stmt]:
    """The names of the classes, as class attributes."""
    alone = len(checked.heads) == 1

    def name(head: Head) -> str:
        return "classes" if alone else whole.variable(f"{head.node.name}_classes")

    return [
        assign(name(head), constant(head.told.classes))
        for head in checked.heads
        if head.told is not None and head.told.classes
    ]


def _loader(name: str, weights: str) -> ast.stmt:
    body: list[ast.stmt] = [
        expression(constant(tr("The trained model, ready to predict."))),
        assign("model", call(name)),
        expression(call("model.load_state_dict", call("load_file", ast.Name("path", ast.Load())))),
        ast.Return(call("model.eval")),
    ]
    return function("load", ["path"], body, defaults=[constant(weights)])


def check_calls(tree: ast.Module, also: frozenset[str] = frozenset()) -> None:
    """Every call is to torch, to a module of the class itself, to our own template or the class of a custom layer
    (their names in `also`). Raises AssertionError."""
    loops = _loop_variables(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            dotted = re.fullmatch(r"[\w.]+", name) is not None
            of_a_value = isinstance(node.func, ast.Attribute) and not name.startswith(("torch.", "nn.", "F."))
            own = name.startswith(("self.", "super()", "model.")) or name in loops or name in FUNCTIONS
            if name.split(".")[0] in extensions.packages():
                continue
            if dotted and name not in also and not (_ALLOWED.fullmatch(name) or own or of_a_value):
                raise AssertionError(f"the exported source would call {name}")


def _loop_variables(tree: ast.Module) -> set[str]:
    """The names that go through a list of modules of the class."""
    return {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name)
    }
