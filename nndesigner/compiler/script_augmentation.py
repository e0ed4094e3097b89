"""What a training script does to its batches before they are seen: the functions of `augmentations/` as they stand, and
one that calls them in the order of the project. Torch-free.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nndesigner.augmentations.applying import (
    change_places,
    change_values,
    draws,
    in_units,
    mix_samples,
    prepared,
    shaped,
    some,
)
from nndesigner.augmentations.recipe import Operation, Recipe, recipe
from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.layout import layout

WIDTH = 120
_AROUND: dict[str, tuple[Callable[..., Any], ...]] = {
    "values": (shaped, in_units, prepared, some, change_values),
    "places": (shaped, in_units, prepared, some, change_places),
    "samples": (mix_samples,),
}
_JUDGE_MIXED = '''\
def judge_mixed(model, inputs, targets):
    """As `judge`; of two samples that were mixed, what the answer costs against each of them, by their shares."""
    if len(targets) == HEADS:
        return judge(model, inputs, targets)
    outputs = model(*inputs)
    first, parts, answers = judge(lambda *_: outputs, inputs, targets[:HEADS])
    second, others, _ = judge(lambda *_: outputs, inputs, targets[HEADS : 2 * HEADS])
    share = targets[2 * HEADS][0]
    rest = 1.0 - share
    return first * share + second * rest, [a * share + b * rest for a, b in zip(parts, others)], answers
'''


def recipe_of(
    plan: Mapping[str, Any],
    inputs: Sequence[DataField],
    targets: Sequence[DataField],
    checked: CheckedNetwork,
) -> Recipe | None:
    """What happens to batches by this plan; None for nothing. Raises Refusal for what no script does."""
    chosen = plan.get("augmentation", ())
    made = recipe(chosen, inputs, targets)
    if not made.operations:
        return None
    if made.mixes and checked.penalties:
        raise Refusal(
            tr(
                "A training script cannot be written for mixed samples (Mixup, CutMix) together with penalties. Switch"
                " one of them off, or export the Python source instead."
            )
        )
    return made


def texts(made: Recipe) -> list[str]:
    """The functions, those that are called before those that call them."""
    wanted: dict[str, Callable[..., Any]] = {}
    for operation in made.operations:
        kind = operation.step.kind
        for function in (*kind.helpers, kind.change, *_AROUND[kind.works]):
            wanted.setdefault(function.__name__, function)
    found = [plain_source(draws), *map(plain_source, wanted.values()), _augmented(made)]
    return [*found, f"HEADS = {made.heads}\n", _JUDGE_MIXED] if made.mixes else found


def plain_source(function: Callable[..., Any]) -> str:
    """The text of a function without its hints and without importing what every script has imported."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    made = tree.body[0]
    assert isinstance(made, ast.FunctionDef)
    made.returns = None
    arguments = made.args
    for argument in (*arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None:
            argument.annotation = None
    made.body = [statement for statement in made.body if not _is_known_import(statement)]
    return _printed(tree)


def _printed(tree: ast.Module) -> str:
    text = ast.unparse(tree) + "\n"
    if max(map(len, text.splitlines())) <= WIDTH:
        return text
    return layout(ast.fix_missing_locations(tree)).text.lstrip("\n")


def _is_known_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import) and statement.names[0].name in ("torch", "math")


def _augmented(made: Recipe) -> str:
    """`augmented(inputs, targets, epoch, number)`."""
    mixing = [each for each in made.operations if each.step.kind.works == "samples"]
    lines = [line for each in made.operations if each not in mixing for line in _call(each)]
    lines += [f"targets[{target}] = inputs[{source}]" for target, source in made.same]
    for each in mixing:
        step, i = each.step, each.inputs[0]
        given = f"inputs[{i}], targets, {made.heads}, {step.kind.change.__name__}, {_drawn(each)}"
        lines.append(f"inputs[{i}], targets = mix_samples({given}{_settings(step.settings)})")
    text = (
        "def augmented(inputs, targets, epoch, number):\n"
        '    """The batch as it is trained on: changed at random, from the seed and the place of the batch alone."""\n'
        "    inputs, targets, device = list(inputs), list(targets), inputs[0].device\n"
        + "".join(f"    {line}\n" for line in lines)
        + "    return inputs, targets\n"
    )
    return _printed(ast.parse(text))


def _call(operation: Operation) -> list[str]:
    step = operation.step
    name, settings = step.kind.change.__name__, _settings(step.settings)
    if step.kind.works == "values":
        return [
            f"inputs[{i}] = change_values(inputs[{i}], {name}, {_drawn(operation)}, {low!r}, {span!r}{settings})"
            for i, (low, span) in zip(operation.inputs, operation.ranges, strict=True)
        ]
    pictures = _listed(
        [*(f"inputs[{i}]" for i in operation.inputs), *(f"targets[{i}]" for i in operation.targets)]
    )
    masks = _listed(f"targets[{i}]" for i in operation.masks)
    given = f"{pictures}, {masks}, {name}, {_drawn(operation)}, {list(operation.ranges)!r}{settings}"
    return [f"{pictures}, {masks} = change_places({given})"]


def _drawn(operation: Operation) -> str:
    step = operation.step
    return f"draws(SEED, epoch, number, {step.position}, device), {step.probability!r}"


def _settings(values: Mapping[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in values.items())


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(names)}]"
