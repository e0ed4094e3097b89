"""How a training script takes its steps: the text of the loop over an epoch, and of what the plan adds to it.

What a plan does not ask for is not in the text: without a schedule nobody sets a rate, without a bound nobody clips.
Operation for operation it is what `training/loop.py` does. Torch-free.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nndesigner.compiler import script_text
from nndesigner.document import schedules
from nndesigner.document.optimizers import OPTIMIZERS

Plan = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a plan asks for besides the plain loop."""

    moves: bool
    """whether the learning rate follows a schedule from step to step"""
    plateau: bool
    clips: bool
    pieces: bool
    again: bool
    """whether the optimizer takes the loss of a batch several times"""
    mixed: bool
    scaled: bool
    averages: bool

    @classmethod
    def by(cls, plan: Plan) -> Asked:
        return cls(
            moves=schedules.moves(plan),
            plateau=plan["schedule"] == "plateau",
            clips=bool(plan["clip_norm"] or plan["clip_value"]),
            pieces=plan["pieces"] > 1,
            again=OPTIMIZERS[plan["optimizer"]].again,
            mixed=plan["precision"] != "float32",
            scaled=plan["precision"] == "float16",
            averages=plan["average_decay"] > 0,
        )

    @property
    def own_gradients(self) -> bool:
        """Whether gradients are made by a function of their own."""
        return self.pieces or self.again or self.mixed


def functions(plan: Plan, batches: int, fewest: int, *, mixed: bool = False) -> list[str]:
    """What stands before the loop: the schedule, the bounds, the gradients, the averages. `mixed` says whether samples
    are mixed."""
    asked = Asked.by(plan)
    found = []
    if asked.moves or asked.plateau:
        found.append(_rates(plan, batches))
    if asked.scaled:
        found.append("SCALER = torch.amp.GradScaler(DEVICE.type)\n")
    if asked.own_gradients:
        found.append(_gradients(plan, asked, fewest, _judge(mixed)))
    if asked.clips:
        found.append(_clip(plan))
    if asked.averages:
        found.append(_AVERAGES.replace("DECAY", repr(plan["average_decay"])))
    return found


def _judge(mixed: bool) -> str:
    return "judge_mixed" if mixed else "judge"


def epoch_text(
    plan: Plan, *, frozen: bool, augmented: bool = False, mixed: bool = False, thaws: bool = False
) -> str:
    """`train_epoch`; batches are `augmented` there, and perhaps `mixed`."""
    asked = Asked.by(plan)
    follows = asked.moves or asked.plateau
    numbered = follows or augmented
    loop = "for number, (given, wanted) in enumerate(batches(inputs, targets, epoch)):"
    lines = [
        "losses, scores = Means(PARTS), make_scores()",
        "loss_sum, samples = 0.0, 0",
        loop if numbered else "for given, wanted in batches(inputs, targets, epoch):",
    ]
    step: list[str] = []
    if augmented:
        step.append("given, wanted = augmented(given, wanted, epoch, number)")
    if follows:
        step.append("set_rate(optimizer, epoch * BATCHES + number)")
    if asked.own_gradients:
        step += [
            "optimizer.zero_grad(set_to_none=True)",
            "loss, parts, outputs = gradients(model, given, wanted)",
            *_FINITE,
        ]
    else:
        step += [
            f"loss, parts, outputs = {_judge(mixed)}(model, given, wanted)",
            *_FINITE,
            "optimizer.zero_grad(set_to_none=True)",
            "loss.backward()",
        ]
    if asked.scaled:
        step += [
            "SCALER.unscale_(optimizer)",
            "finite = not any(found.item() for found in SCALER._found_inf_per_device(optimizer).values())",
            "SCALER.update()",
        ]
    one = ["clip(optimizer)"] if asked.clips else []
    if asked.again:
        one += ["optimizer.step(again(model, optimizer, given, wanted, loss))"]
    else:
        one += ["optimizer.step()"]
    if asked.averages:
        one += ["averages.add()"]
    step += ["if finite:", *(f"    {line}" for line in one)] if asked.scaled else one
    step += _COUNT
    lines += [f"    {line}" for line in step] + _RESULT
    parameters = "model, optimizer, inputs, targets, epoch, told=None"
    if asked.averages:
        parameters = "model, optimizer, averages, inputs, targets, epoch, told=None"
    head = f"def train_epoch({parameters}):\n"
    told = '"""One pass over the training part; its mean loss and metrics. `told` is called with each step\'s loss."""'
    begin = f"set_training(model{', epoch' if thaws else ''})" if frozen else "model.train()"
    return head + textwrap.indent("\n".join([told, begin, *lines]) + "\n", "    ")


_FINITE = [
    "value = loss.item()",
    "if not math.isfinite(value):",
    '    raise SystemExit(f"The loss is no longer a number in epoch {epoch + 1}: try a smaller learning rate.")',
]
_COUNT = [
    "if PARTS:",
    "    losses.add(parts, len(wanted[0]))",
    "count(scores, outputs, wanted)",
    "loss_sum += value * len(wanted[0])",
    "samples += len(wanted[0])",
    "if told is not None:",
    "    told(value)",
]
_RESULT = [
    'found = {"loss": loss_sum / samples}',
    "for score in scores:",
    "    found |= score.results()",
    "return found | (losses.results() if PARTS else {})",
]


def _rates(plan: Plan, batches: int) -> str:
    """The schedule: the very function that the run asked, and what is set from it."""
    chosen = schedules.SCHEDULES[plan["schedule"]]
    name = "schedule"
    source = _source(chosen.factor, name)
    given = "".join(f", {key}={value!r}" for key, value in chosen.arguments(plan).items())
    warm = plan["warmup"]
    plateau = " * optimizer.plateau" if plan["schedule"] == "plateau" else ""
    body = f"""\
BATCHES = {batches}
STEPS = EPOCHS * BATCHES
WARM_UP = {f"min({warm}, max(STEPS - 1, 0))" if warm else 0}


{source}

def set_rate(optimizer, step):
    \"\"\"The learning rate of a step, counted from 0.\"\"\"
    factor = {name}(max(step - WARM_UP, 0), max(STEPS - WARM_UP, 1), BATCHES{given})
    if step < WARM_UP:
        factor *= {plan["warmup_first"]!r} + (1.0 - {plan["warmup_first"]!r}) * step / WARM_UP
    for group in optimizer.param_groups:
        group["lr"] = LEARNING_RATE * (factor{plateau}) * group.get("factor", 1.0)
"""
    if plateau:
        body += f"""

class Plateau:
    \"\"\"Lowers the rate where the validation loss has not become better for some epochs.\"\"\"

    def __init__(self, optimizer):
        self.optimizer, self.best, self.worse = optimizer, None, 0
        optimizer.plateau = 1.0

    def see(self, loss):
        if self.best is None or loss < self.best - abs(self.best) * {plan["plateau_threshold"]!r}:
            self.best, self.worse = loss, 0
            return
        self.worse += 1
        if self.worse > {plan["plateau_patience"]!r}:
            lower = self.optimizer.plateau * {plan["schedule_gamma"]!r}
            self.optimizer.plateau, self.worse = max(lower, {plan["schedule_last"]!r}), 0
"""
    return body


def _source(function: Any, name: str) -> str:
    """The text of a function without its hints, under another name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    made = tree.body[0]
    assert isinstance(made, ast.FunctionDef)
    made.name, made.returns = name, None
    for argument in made.args.args:
        argument.annotation = None
    return ast.unparse(tree) + "\n"


def _gradients(plan: Plan, asked: Asked, fewest: int, judge: str) -> str:
    judge += "(model, given, wanted)"
    kind = plan["precision"]
    scale = ("SCALER.scale({})" if asked.scaled else "{}").format
    around = f"    with torch.autocast(DEVICE.type, torch.{kind}):\n        " if asked.mixed else "    "
    if not asked.pieces:
        text = (
            "def gradients(model, given, wanted):\n"
            '    """The loss of a batch, its parts and the outputs; the weights have their gradients then."""\n'
            f"{around}loss, parts, outputs = {judge}\n"
            f"    {'SCALER.scale(loss).backward()' if asked.scaled else 'loss.backward()'}\n"
            f"    return loss, parts, {'[output.float() for output in outputs]' if asked.mixed else 'outputs'}\n"
        )
    else:
        inner = around.replace("    ", "        ", 1)
        if asked.mixed:
            inner = f"        with torch.autocast(DEVICE.type, torch.{kind}):\n            "
        text = (
            "def gradients(model, given, wanted):\n"
            '    """As of the whole batch, from pieces of it: each counts with its share of the samples."""\n'
            "    samples = len(wanted[0])\n"
            f"    pieces = max(min({plan['pieces']}, samples // {fewest}), 1)\n"
            "    total, sums, kept = 0.0, None, []\n"
            "    splits = [tensor.tensor_split(pieces) for tensor in (*given, *wanted)]\n"
            "    for piece in zip(*splits):\n"
            "        given, wanted = piece[:INPUTS], piece[INPUTS:]\n"
            "        share = len(wanted[0]) / samples\n"
            f"{inner}loss, parts, outputs = {judge}\n"
            f"        {scale('(loss * share)')}.backward()\n"
            "        total = total + loss.detach() * share\n"
            "        shares = [part.detach() * share for part in parts]\n"
            "        sums = shares if sums is None else [a + b for a, b in zip(sums, shares)]\n"
            f"        kept.append([output.detach(){'.float()' if asked.mixed else ''} for output in outputs])\n"
            "    return total, sums, [torch.cat(outputs) for outputs in zip(*kept)]\n"
        )
    if asked.again:
        clip = "        clip(optimizer)\n" if asked.clips else ""
        text += (
            "\n\n"
            "def again(model, optimizer, given, wanted, loss):\n"
            '    """Gives the loss of the batch anew, with its gradients; the first time that which is known."""\n'
            "    known = [loss]\n\n"
            "    def closure():\n"
            "        if known:\n"
            "            return known.pop()\n"
            "        optimizer.zero_grad(set_to_none=True)\n"
            "        found = gradients(model, given, wanted)[0]\n"
            f"{clip}"
            "        return found\n\n"
            "    return closure\n"
        )
    return text


def _clip(plan: Plan) -> str:
    lines = []
    if plan["clip_value"]:
        lines.append(f"torch.nn.utils.clip_grad_value_(weights, {plan['clip_value']!r})")
    if plan["clip_norm"]:
        lines.append(f"torch.nn.utils.clip_grad_norm_(weights, {plan['clip_norm']!r})")
    return (
        "def clip(optimizer):\n"
        '    """Shortens the gradients to their bounds."""\n'
        '    weights = [weight for group in optimizer.param_groups for weight in group["params"]]\n'
        + "".join(f"    {line}\n" for line in lines)
    )


_AVERAGES = '''\
class Averages:
    """A moving average of the weights: what is validated and saved."""

    def __init__(self, model):
        self.weights = [weight for weight in model.parameters() if weight.requires_grad]
        self.tensors, self.steps = [weight.detach().clone() for weight in self.weights], 0

    def add(self):
        self.steps += 1
        share = 1.0 - min(DECAY, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            torch._foreach_lerp_(self.tensors, self.weights, share)

    def __enter__(self):
        self.kept = [weight.detach().clone() for weight in self.weights]
        with torch.no_grad():
            torch._foreach_copy_(self.weights, self.tensors)

    def __exit__(self, *_):
        with torch.no_grad():
            torch._foreach_copy_(self.weights, self.kept)
'''


def train_text(plan: Plan) -> str:
    """`train`: all epochs."""
    asked, text = Asked.by(plan), script_text.TRAIN
    evaluated = 'evaluate(model, *data["validation"])'
    best = "best = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}"
    test = 'note(epoch + 1, "test", evaluate(model, *data["test"]))'
    changes = []
    if asked.averages:
        changes += [
            ("train_epoch(model, optimizer, ", "train_epoch(model, optimizer, averages, "),
            (
                f"            measured = {evaluated}",
                f"            with averages:\n                measured = {evaluated}",
            ),
            (f"            {best}", f"            with averages:\n                {best}"),
            (f"        {test}", f"        with averages:\n            {test}"),
        ]
    if asked.plateau:
        seen = '        if "loss" in measured:\n            plateau.see(measured["loss"])\n'
        changes.append(("        if PATIENCE and", f"{seen}        if PATIENCE and"))
    if plan["channels_last"]:  # as files hold them
        plain = "value.detach().cpu().clone(memory_format=torch.contiguous_format)"
        changes.append(("value.detach().cpu().clone()", plain))
    return _changed(text, [_beginning(asked), *changes])


def main_text(plan: Plan) -> str:
    """`few_steps` and `main`."""
    asked = Asked.by(plan)
    changes = [_beginning(asked)]
    if asked.averages:
        changes.append(("train_epoch(model, optimizer, ", "train_epoch(model, optimizer, averages, "))
    return _changed(script_text.MAIN, changes)


def _beginning(asked: Asked) -> tuple[str, str]:
    """What stands where the optimizer is made."""
    made = "    optimizer = make_optimizer(model)\n"
    more = "    averages = Averages(model)\n" if asked.averages else ""
    return made, made + more + ("    plateau = Plateau(optimizer)\n" if asked.plateau else "")


def _changed(text: str, changes: Sequence[tuple[str, str]]) -> str:
    for before, after in changes:
        if text.count(before) != 1:
            raise AssertionError(f"the script's text has {text.count(before)} of {before!r}")
        text = text.replace(before, after)
    return text
