"""Checked network, plan and fitted preparation → a training script of the whole project, in plain PyTorch.

The script repeats the run: the same first weights, the same batches in the same order, the same losses. What differs
between projects is built as `ast` nodes, from the calls that the compiler runs; what is the same in all of them is the
fixed text of `compiler/script_text.py`. Torch-free.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.own_functions import LOSS, OWN, read_own
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, ends_at_penalties
from nndesigner.compiler import script_augmentation, script_steps, script_text
from nndesigner.compiler.class_parameters import Made
from nndesigner.compiler.code import (
    assign,
    call,
    constant,
    dotted,
    expression,
    function,
    uses,
)
from nndesigner.compiler.custom_source import Custom, gathered
from nndesigner.compiler.layout import layout
from nndesigner.compiler.script_functions import (
    COUNTERS,
    count_functions,
    judge_functions,
    prepare_functions,
)
from nndesigner.compiler.source import (
    axes_words,
    block_classes,
    check_calls,
    class_name,
    free_name,
    network_class,
)
from nndesigner.document.metrics import METRICS
from nndesigner.document.optimizers import OPTIMIZERS, Optimizer, spares
from nndesigner.layers import extensions
from nndesigner.layers.custom import CUSTOM_TYPE
from nndesigner.layers.losses.own import code_of as loss_code
from nndesigner.objectives.catalogue import objective
from nndesigner.objectives.objective import WHOLE, Score

RESERVED = (
    "Accuracy",
    "Written",
    "Errors",
    "Means",
    "Path",
    "Preparation",
    "Loss",
    "OrderedDict",
    "Together",
)
"""class names that the script has besides those of the network"""
SCRIPT = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "math": "math", "csv": "csv",
    "argparse": "argparse", "Path": "pathlib.Path", "load_file": "safetensors.torch.load_file",
    "save_file": "safetensors.torch.save_file", "OrderedDict": "collections.OrderedDict",
}  # fmt: skip
"""what names mean in every script that imports them"""
BEGIN = "begin/"
"""before the names of first weights in the file with the samples"""
_CALLS = frozenset(
    {
        "Accuracy",
        "Written",
        "Errors",
        "Preparation",
        "Loss",
        "model",
        "prepare",
        "criterion",
        "dict",
        "Together",
        "lay_channels_last",
    }
)


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What is known of a run besides its network and its plan.

    `begin` are the calls that draw weights otherwise than torch does: (parameter, function of `torch.nn.init`,
    keywords), in order. `frozen_modules`, `frozen`, `rates` and `thaws` are as in `compiler.learning.Learning`.
    `transferred` says whether the file with the samples holds first weights too, named `BEGIN…`. `whole` says
    whether an epoch is put in order at once; `joined` whether samples left over join the batch before. An epoch has so
    many `batches`, none of them with less than `fewest` samples.
    """

    title: str
    run: str
    device: str = "cpu"
    threads: int = 1
    whole: bool = True
    joined: bool = False
    batches: int = 1
    fewest: int = 1
    evaluation_batch: int = 1024
    begin: Sequence[tuple[str, str, Mapping[str, Any]]] = ()
    frozen_modules: Sequence[str] = ()
    frozen: Sequence[str] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    spared: Sequence[str] = ()
    """names of what weight decay may leave out though it has several dimensions"""
    matrices: Sequence[str] = ()
    """names of what an optimizer of matrices moves"""
    thaws: Mapping[str, int] = field(default_factory=dict)
    transferred: bool = False
    remarks: Sequence[str] = ()
    """sentences for whoever reads the script: what a run did that no script can repeat"""


def fields_of(checked: CheckedNetwork) -> tuple[list[DataField], list[DataField]]:
    """The data fields that the inputs read and those that the outputs are compared with, in their order.

    Raises Refusal where an input or an output has none.
    """
    inputs = [node.field for node in checked.inputs]
    targets = [head.target for head in checked.heads]
    if any(each is None for each in (*inputs, *targets)):
        raise Refusal(
            tr("A training script needs data: every input and every output has to belong to a field.")
        )
    return [f for f in inputs if f is not None], [t for t in targets if t is not None]


def script(checked: CheckedNetwork, plan: Mapping[str, Any], known: Rehearsed, data: str) -> str:
    """The text of the script, which finds its samples in the file `data` beside it. Raises Refusal."""
    if not checked.ok:
        raise Refusal(checked.errors[0].message)
    _refuse_foreign(checked)
    inputs, targets = fields_of(checked)
    changes = script_augmentation.recipe_of(plan, inputs, targets, checked)
    mixed = changes is not None and changes.mixes
    scores = objective("supervised").scores(checked.heads)
    _refuse_metric(plan, scores)
    trained = as_trained(checked)
    taken = set(RESERVED)
    title = free_name(class_name(known.title), taken)
    made = Made()
    network = [
        *block_classes(trained, made, taken),
        network_class(trained, made, title, docstring=_docstring(trained), prepared=True),
    ]
    scored = sorted({COUNTERS.get(score.rule, "Accuracy") for score in scores})
    prepare = prepare_functions(inputs, targets, made)
    losses = _own_losses(checked, [*network, *prepare], plan, known)
    made.custom = losses.names
    judge = judge_functions(trained, made)
    pieces: list[ast.stmt | str] = [
        *_settings(checked, plan, known, data, inputs, targets),
        *made.kept_statements,
        *network,
        *prepare,
        script_text.DATA,
        _batches(plan, known),
        *losses.texts.values(),
        *judge,
        *(script_augmentation.texts(changes) if changes is not None else ()),
        script_text.MEANS,
        *(getattr(script_text, name.upper()) for name in scored),
        *count_functions(scores),
        *([script_text.CHANNELS_LAST] if plan["channels_last"] else []),
        _make_model(title, known, bool(plan["channels_last"])),
        *([script_text.TOGETHER] if OPTIMIZERS[plan["optimizer"]].rest else []),
        _make_optimizer(checked, plan, known),
        *_set_training(known),
        _score_of(plan, scores),
        script_text.EVALUATE,
        *script_steps.functions(plan, known.batches, known.fewest, mixed=mixed),
        script_steps.epoch_text(
            plan,
            frozen=bool(known.frozen_modules or known.thaws),
            augmented=changes is not None,
            mixed=mixed,
            thaws=bool(known.thaws),
        ),
        script_steps.train_text(plan),
        script_steps.main_text(plan),
    ]
    head = "\n".join([*_head(title, known), *_imports(network, pieces, known, losses)])
    classes = {each.name for each in network if isinstance(each, ast.ClassDef)}
    return _joined(head, pieces, frozenset({*classes, *losses.names.values()}))


def _own_losses(
    checked: CheckedNetwork, written: Sequence[ast.stmt], plan: Mapping[str, Any], known: Rehearsed
) -> Custom:
    """The texts of the losses that are the user's own, with names that mean nothing else in the script. Raises
    Refusal for a text that cannot stand in another file."""
    nodes: dict[str, list[str]] = {}
    for head in checked.heads:
        if head.loss is not None and head.loss.name == OWN:
            nodes.setdefault(loss_code(head.options), []).append(head.node.id)
    if not nodes:
        return Custom()
    parts = [
        *(text for name, text in vars(script_text).items() if name.isupper()),
        *script_steps.functions(plan, known.batches, known.fewest),
    ]
    trees = [*written, *(ast.parse(textwrap.dedent(text)) for text in parts if _whole(text))]
    taken = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    taken |= {node.arg for tree in trees for node in ast.walk(tree) if isinstance(node, ast.arg)}
    taken |= {
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    taken |= {
        *RESERVED,
        *_CALLS,
        "loss",
        "parts",
        "outputs",
        "targets",
        "inputs",
        "judge",
        "train_epoch",
        "Loss",
    }
    taken |= {name for each in checked.nodes for name in (each.name, f"{each.name}_target")}
    taken |= {head.target.name for head in checked.heads if head.target is not None}
    meanings = {**dict.fromkeys(sorted(taken), "the script's own"), **SCRIPT}
    return gathered(nodes, meanings, lambda code: read_own(LOSS, code).name)


def _whole(text: str) -> bool:
    try:
        ast.parse(textwrap.dedent(text))
    except SyntaxError:
        return False
    return True


def _refuse_foreign(checked: CheckedNetwork) -> None:
    """Raises Refusal where a layer is the user's own or another package's: its text is not in the script."""
    packages = extensions.packages()
    for inner in checked.walk():
        node = inner.node
        if node.layer is None or node.use is None or node.passes or node.rounds:
            continue
        own = node.layer.type == CUSTOM_TYPE
        if own or any(each.target.split(".")[0] in packages for each in node.layer.lower(node.use).calls):
            raise Refusal(
                tr(
                    "A training script holds no layers of your own or of other packages, and {name} is one. Export the"
                    " Python source instead.",
                    name=inner.name,
                )
            )


def _refuse_metric(plan: Mapping[str, Any], scores: Sequence[Score]) -> None:
    """Raises Refusal where the best state is chosen by what a script does not measure."""
    metric = METRICS.get(plan["best_by"])
    overlap = plan["best_by"] == "score" and any(score.regions for score in scores)
    if overlap or (metric is not None and not metric.usual):
        label = tr(metric.label) if metric is not None else tr("mean IoU")
        raise Refusal(
            tr(
                "A training script does not measure what this run chose its best state by ({metric}). The network"
                " itself can be exported in every other format.",
                metric=label,
            )
        )


def _joined(head: str, pieces: Sequence[ast.stmt | str], classes: frozenset[str]) -> str:
    """The whole file. Raises AssertionError where it does not read back as it was meant."""
    meant = [*ast.parse(head).body]
    text = f"{head}\n"
    built: list[ast.stmt] = []
    was_plain = True
    for piece in pieces:
        plain = not isinstance(piece, str | ast.ClassDef | ast.FunctionDef)
        if isinstance(piece, str):
            printed, statements = piece, ast.parse(piece).body
        else:
            tree = ast.fix_missing_locations(ast.Module([piece], []))
            printed, statements = layout(tree).text.lstrip("\n"), tree.body
            built += statements
        text += ("" if plain and was_plain else "\n\n") + printed
        meant += statements
        was_plain = plain
    if ast.dump(ast.parse(text)) != ast.dump(ast.Module(meant, [])):
        raise AssertionError("the printed script does not read back as it was meant")
    check_calls(ast.Module(built, []), _CALLS | classes)
    return text


def as_trained(checked: CheckedNetwork) -> CheckedNetwork:
    """The network as the losses read it: outputs take the values of the stable form, penalties are kept."""
    stable = {head.node.id: head.stable for head in checked.heads}
    nodes = tuple(
        replace(node, sources={**node.sources, "x": stable[node.id]}) if node.id in stable else node
        for node in checked.nodes
    )
    by_id = {node.id: node for node in nodes}
    used, waiting = set[str](), [*stable, *ends_at_penalties(nodes)]
    while waiting:
        id = waiting.pop()
        if id not in used:
            used.add(id)
            waiting += [place[0] for place in by_id[id].sources.values()]
    heads = tuple(replace(head, node=by_id[head.node.id], source=head.stable) for head in checked.heads)
    return replace(checked, nodes=nodes, used=frozenset(used) & checked.used, heads=heads)


# -- the head of the file ------------------------------------------------------------------------------------------
def _head(title: str, known: Rehearsed) -> list[str]:
    lines = [
        tr(
            "Trains {name} as in the run “{run}”, in plain PyTorch. Written by nndesigner.",
            name=title,
            run=known.run,
        ),
        "",
        tr("Without options it goes through all epochs and writes metrics.csv and best.safetensors."),
        tr(
            "Needs torch and safetensors. Equal numbers need the same versions and the same number of threads."
        ),
        *(("", *known.remarks) if known.remarks else ()),
        "",
    ]
    tree = ast.Module([expression(constant("\n".join(lines)))], [])
    return [layout(ast.fix_missing_locations(tree)).text]


def _imports(
    network: Sequence[ast.stmt], pieces: Sequence[ast.stmt | str], known: Rehearsed, losses: Custom
) -> list[str]:
    built = [*(piece for piece in pieces if not isinstance(piece, str)), *losses.statements]
    own = [f"from __future__ import {name}" for name in losses.future]
    own += ["import argparse", "import csv", "import math"]
    own += ["import os"] if uses(built, "os") else []
    named = uses([*network, *losses.statements], "OrderedDict")
    own += ["from collections import OrderedDict"] if named else []
    torch = ["import torch", "from safetensors.torch import load_file, save_file"]
    torch += ["from torch import nn"] if uses(built, "nn") else []
    torch += ["from torch.nn import functional as F"] if uses(built, "F") else []
    more = [ast.unparse(statement) for statement in losses.imports]
    return [*own, "from pathlib import Path", "", *torch, *more, ""]


def _settings(
    checked: CheckedNetwork,
    plan: Mapping[str, Any],
    known: Rehearsed,
    data: str,
    inputs: Sequence[DataField],
    targets: Sequence[DataField],
) -> list[ast.stmt]:
    parts = tuple(f"loss · {name}" for name in checked.parts) if len(checked.parts) > 1 else ()
    values = {
        "DATA": data,
        "FIELDS": tuple(each.name for each in (*inputs, *targets)),
        "INPUTS": len(inputs),
        "PARTS": parts,
        "SEED": plan["seed"],
        "EPOCHS": plan["epochs"],
        "BATCH_SIZE": plan["batch_size"],
        "EVALUATION_BATCH": known.evaluation_batch,
        "LEARNING_RATE": plan["learning_rate"],
        "PATIENCE": plan["patience"],
        "MINIMUM_CHANGE": plan["minimum_change"],
    }
    comments = {
        "FIELDS": tr("of the data: what the inputs read, then the targets"),
        "INPUTS": tr("how many of the fields are inputs"),
        "PARTS": tr("what the loss is the sum of, where it is a sum"),
        "PATIENCE": tr("epochs without getting better after which training ends; 0 is off"),
    }
    made: list[ast.stmt] = []
    for name, value in values.items():
        one = assign(name, constant(value))
        one.comment = comments.get(name, "")  # type: ignore[attr-defined]
        made.append(one)
    return [*made, *_device(known, bool(plan["deterministic"]))]


def _device(known: Rehearsed, deterministic: bool) -> list[ast.stmt]:
    kind = known.device.partition(":")[0]
    if kind == "cpu":
        threads = expression(call("torch.set_num_threads", constant(known.threads)))
        return [assign("DEVICE", call("torch.device", constant("cpu"))), threads]
    there = call(f"torch.{'backends.mps' if kind == 'mps' else kind}.is_available")
    made = [
        assign("DEVICE", call("torch.device", ast.IfExp(there, constant(kind), constant("cpu")))),
        expression(call("torch.set_num_threads", constant(known.threads))),
    ]
    if kind == "cuda" and not deterministic:
        made += ast.parse("torch.backends.cudnn.benchmark = True").body
    elif kind == "cuda":
        made += ast.parse(
            "os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')\n"
            "torch.backends.cudnn.benchmark = False\n"
            "torch.use_deterministic_algorithms(True, warn_only=True)"
        ).body
    return made


def _docstring(trained: CheckedNetwork) -> str:
    lines = [tr("Takes prepared batches and gives what the loss reads (N samples):"), ""]
    lines += [f"{node.name}: {axes_words(node.outputs['y'])}" for node in trained.inputs]
    lines += [f"{head.node.name}: {axes_words(head.arriving)}" for head in trained.heads]
    return textwrap.indent("\n".join(lines), "    ").strip() + "\n    "


# -- training ------------------------------------------------------------------------------------------------------
def _batches(plan: Mapping[str, Any], known: Rehearsed) -> str:
    if plan["drop_last"]:
        ends = script_text.ENDS_DROPPED
    else:
        ends = script_text.ENDS_JOINED if known.joined else script_text.ENDS_SHORT
    return script_text.ORDER + ends + (script_text.SHUFFLED if known.whole else script_text.GATHERED)


def _make_model(title: str, known: Rehearsed, channels_last: bool) -> ast.stmt:
    body: list[ast.stmt] = [
        expression(constant(tr("The network with its first weights."))),
        expression(call("torch.manual_seed", dotted("SEED"))),
        assign("model", call(title)),
    ]
    for parameter, name, keywords in known.begin:
        given = {key: constant(value) for key, value in keywords.items()}
        tensor = call("model.get_parameter", constant(parameter))
        body.append(expression(call(f"nn.init.{name}", tensor, **given)))
    if known.transferred:
        body += ast.parse(_TRANSFER).body
    frozen = tuple(name for name in known.frozen if name not in known.thaws)
    if frozen:
        loop = expression(
            ast.Call(
                ast.Attribute(call("model.get_parameter", dotted("name")), "requires_grad_", ast.Load()),
                [constant(False)],
                [],
            )
        )
        names = constant(frozen)
        body.append(ast.For(ast.Name("name", ast.Store()), names, [loop], []))
    if channels_last:
        body.append(expression(call("lay_channels_last", dotted("model"))))
    body.append(ast.Return(call("model.to", dotted("DEVICE"))))
    return function("make_model", [], body)


_TRANSFER = f"""
own = model.state_dict()
for name, value in load_file(Path(__file__).with_name(DATA)).items():
    if name.startswith("{BEGIN}"):
        own[name.removeprefix("{BEGIN}")].copy_(value)
"""


def _make_optimizer(checked: CheckedNetwork, plan: Mapping[str, Any], known: Rehearsed) -> ast.stmt:
    """As `training/optimizers.py` makes it."""
    body: list[ast.stmt] = [expression(constant(tr("The optimizer of the plan, for all that learns.")))]
    optimizer = OPTIMIZERS[plan["optimizer"]]
    if spares(plan) or optimizer.rest:
        body += _groups_by_kind(known, spares(plan))
        weights: ast.expr = dotted("groups")
    elif known.rates:
        body += _groups(known.rates)
        weights = dotted("groups")
    elif not checked.weights:  # torch refuses an empty list
        weights = ast.List([call("torch.zeros", constant(0), requires_grad=constant(True))], ast.Load())
    else:
        weights = _learning()
    answer = _optimizer(optimizer, plan, weights)
    if optimizer.rest:
        answer = call("Together", answer, _optimizer(OPTIMIZERS[optimizer.rest], plan, dotted("others")))
    body.append(ast.Return(answer))
    return function("make_optimizer", ["model"], body)


def _optimizer(optimizer: Optimizer, plan: Mapping[str, Any], weights: ast.expr) -> ast.expr:
    given = {"lr": dotted("LEARNING_RATE"), **{k: constant(v) for k, v in optimizer.given(plan).items()}}
    if optimizer.form:
        given[optimizer.form] = constant(True)
    return call(f"torch.optim.{optimizer.kind}", weights, **given)


def _learning() -> ast.expr:
    """`[weight for weight in model.parameters() if weight.requires_grad]`"""
    condition = ast.Attribute(dotted("weight"), "requires_grad", ast.Load())
    over = ast.comprehension(ast.Name("weight", ast.Store()), call("model.parameters"), [condition], 0)
    return ast.ListComp(dotted("weight"), [over])


def _groups(rates: Mapping[str, float]) -> list[ast.stmt]:
    """Groups of weights by learning rate, in the order in which the weights are met."""
    text = (
        "groups = {}\n"
        "for name, weight in model.named_parameters():\n"
        "    if weight.requires_grad:\n"
        "        groups.setdefault(factors.get(name, 1.0), []).append(weight)\n"
        "groups = [{'params': w, 'lr': LEARNING_RATE * f, 'factor': f} for f, w in groups.items()]"
    )
    pairs = ast.Dict([constant(name) for name in rates], [constant(factor) for factor in rates.values()])
    factors = assign("factors", pairs)
    factors.comment = tr("learning rates that are not the plan's, as multiples of it")  # type: ignore[attr-defined]
    return [factors, *ast.parse(text).body]


def _groups_by_kind(known: Rehearsed, spared: bool) -> list[ast.stmt]:
    """Groups of weights by learning rate, and whether they are decayed and by which optimizer they are moved."""
    body: list[ast.stmt] = []
    factor, undecayed, left = "1.0", "False", "False"
    if known.rates:
        body += _groups(known.rates)[:1]
        factor = "factors.get(name, 1.0)"
    if spared:
        undecayed = "weight.ndim < 2"
        if known.spared:
            body.append(assign("spared", constant(tuple(known.spared))))
            undecayed += " or name in spared"
    if known.matrices:
        matrices = assign("matrices", constant(tuple(known.matrices)))
        matrices.comment = tr("of hidden layers; AdamW moves the others")  # type: ignore[attr-defined]
        body.append(matrices)
        left = "name not in matrices"
    text = (
        "alike = {}\n"
        "for name, weight in model.named_parameters():\n"
        "    if weight.requires_grad:\n"
        f"        kind = ({left}, {factor}, {undecayed})\n"
        "        alike.setdefault(kind, []).append(weight)\n"
        "groups, others = [], []\n"
        "for (left, factor, undecayed), weights in alike.items():\n"
        "    group = {'params': weights, 'lr': LEARNING_RATE * factor, 'factor': factor}\n"
        "    if undecayed:\n"
        "        group['weight_decay'] = 0.0\n"
        "    (others if left else groups).append(group)"
    )
    return [*body, *ast.parse(text).body]


def _set_training(known: Rehearsed) -> list[ast.stmt]:
    """`set_training(model)`, where not all of it is put into training mode; with the epoch, where that changes."""
    if known.thaws:
        return [_set_training_by_epoch(known)]
    if not known.frozen_modules:
        return []
    of = ast.Attribute(call("model.get_submodule", dotted("name")), "eval", ast.Load())
    names = constant(tuple(known.frozen_modules))
    body = [
        expression(constant(tr("Training mode for all but the frozen layers."))),
        expression(call("model.train")),
        ast.For(ast.Name("name", ast.Store()), names, [expression(ast.Call(of, [], []))], []),
    ]
    return [function("set_training", ["model"], body)]


def _set_training_by_epoch(known: Rehearsed) -> ast.stmt:
    never = [name for name in known.frozen_modules if name not in known.thaws]
    modules = {name: known.thaws[name] for name in known.frozen_modules if name in known.thaws}
    weights = {name: wait for name, wait in known.thaws.items() if name in known.frozen}

    def table(of: Mapping[str, int]) -> ast.expr:
        return ast.Dict([constant(name) for name in of], [constant(wait) for wait in of.values()])

    text = "model.train()\n"
    if never:
        text += "for name in NEVER:\n    model.get_submodule(name).eval()\n"
    text += (
        "for name, wait in MODULES.items():\n"
        "    model.get_submodule(name).train(epoch >= wait)\n"
        "for name, wait in WEIGHTS.items():\n"
        "    model.get_parameter(name).requires_grad_(epoch >= wait)\n"
    )
    told = tr(
        "Training mode for what is not frozen in this epoch; frozen weights learn after so many epochs."
    )
    body = [expression(constant(told)), *ast.parse(text).body]
    put = {"NEVER": constant(tuple(never)), "MODULES": table(modules), "WEIGHTS": table(weights)}

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return put.get(node.id, node)

    return function("set_training", ["model", "epoch"], [Put().visit(one) for one in body])


def _score_of(plan: Mapping[str, Any], scores: Sequence[Score]) -> ast.stmt:
    """What decides which epoch is the best: the larger the better."""
    answer = ast.parse("-metrics['loss'] if 'loss' in metrics else None", mode="eval").body
    told = expression(constant(tr("How good an epoch was: the larger the better.")))
    metric = METRICS.get(plan["best_by"])
    if metric is not None:
        suffix = next(score.suffix for score in scores if score.rule == "error")
        found = call("metrics.get", constant(f"{plan['best_by']}{suffix}"))
        answer = found if metric.larger else ast.UnaryOp(ast.USub(), found)
    elif plan["best_by"] == "score":
        suffix = scores[0].suffix
        answer = call("metrics.get", constant(f"r2{suffix}"), answer)
        name = WHOLE if scores[0].rule == "path" else "accuracy"
        answer = call("metrics.get", constant(f"{name}{suffix}"), answer)
    return function("score_of", ["metrics"], [told, ast.Return(answer)])
