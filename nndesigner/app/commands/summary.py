"""`summary FILE`: the nodes of a network with what leaves them, weights and operations, and the memory of training."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndesigner.app.command import OK, PROBLEMS, Command
from nndesigner.app.project import open_file
from nndesigner.app.terminal import note, problem_lines, say, say_json, table
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.base.shapes import TensorType
    from nndesigner.check.analysis.memory import TrainingMemory
    from nndesigner.check.analysis.table import Analysis, Row


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument(
        "--batch",
        metavar="N",
        type=_samples,
        help=tr("samples per step for the estimate of memory; the plan's batch size where it is left out"),
    )
    parser.add_argument("--open", action="store_true", help=tr("list what is inside blocks too"))
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=tr("print one JSON object: totals and nodes"))
    form.add_argument("--csv", action="store_true", help=tr("print the table as CSV, blocks opened"))
    form.add_argument(
        "--markdown", action="store_true", help=tr("print the table as Markdown, blocks opened")
    )


def _samples(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10_000_000):
        raise ArgumentTypeError(tr("a batch is a whole number of samples from 1, not “{text}”", text=text))
    return int(text)


def _run(options: Namespace) -> int:
    from nndesigner.app import work
    from nndesigner.check.analysis.table import analyze
    from nndesigner.check.analysis.writing import to_csv, to_markdown, totals
    from nndesigner.check.check import check
    from nndesigner.document.plan import PLAN_FIELDS, plan_values
    from nndesigner.session.trust import code_in

    document = open_file(options.file).document
    if any(found.trusted for found in code_in(document)):
        work.describe(document)
    checked = check(document)
    code = OK if checked.ok else PROBLEMS
    analysis = analyze(checked)
    plan, _ = plan_values(document)
    batch = options.batch or plan["batch_size"]
    memory = analysis.memory(batch, plan)
    optimizer = next(f for f in PLAN_FIELDS if f.name == "optimizer").describe(plan["optimizer"])
    below = totals(analysis, memory, batch, optimizer)
    if options.json:
        nodes = [_plain(row) for row in (analysis.rows if options.open else analysis.top)]
        say_json({"totals": _totals(analysis), "nodes": nodes, **_more(analysis, memory, batch)})
        return code
    if options.csv or options.markdown:
        print(to_csv(analysis) if options.csv else to_markdown(analysis, below), end="")
    else:
        say(_table(analysis, options.open))
        say()
        for line in below:
            say(line)
    for problem in checked.errors:
        note(problem_lines(problem, document))
    return code


def _table(analysis: Analysis, opened: bool) -> str:
    from nndesigner.check.analysis.writing import field_words, grouped, size_value

    windows = bool(analysis.reaches)
    frozen = analysis.trainable != analysis.weights
    rows = []
    for row in analysis.rows if opened else analysis.top:
        line = [
            "  " * row.depth + row.name,
            row.type,
            row.shape or ("" if row.role == "output" else "?"),
            grouped(row.weights),
            grouped(size_value(row.macs)),
        ]
        rows.append(line + [field_words(row.reaches)] * windows + [row.state] * frozen)
    header = [tr("node"), tr("layer"), tr("output"), tr("parameters"), tr("multiply-adds")]
    header += [tr("receptive field")] * windows + [tr("state")] * frozen
    return table(header, rows, right=(3, 4))


def _plain(row: Row) -> dict[str, Any]:
    """One node. Sizes are whole numbers, or text such as "N" or "(T-3)//2+1" where they are free."""
    from nndesigner.check.analysis.writing import plain_row, size_value

    return {
        "id": row.node,
        "name": row.name,
        "type": row.type,
        "role": row.role,
        "shape": row.shape,
        "outputs": {port: _sizes(type) for port, type in row.outputs.items()},
        "parameters": row.weights,
        "macs": size_value(row.macs),
        **plain_row(row),
    }


def _sizes(type: TensorType) -> list[int | str]:
    from nndesigner.check.analysis.writing import size_value

    return [size_value(size) for size in type.sizes]


def _totals(analysis: Analysis) -> dict[str, Any]:
    from nndesigner.check.analysis.writing import size_value

    return {
        "parameters": analysis.weights,
        "trainable": analysis.trainable,
        "macs": size_value(analysis.macs),
    }


def _more(analysis: Analysis, memory: TrainingMemory, batch: int) -> dict[str, Any]:
    """The receptive field, and the memory that training takes, in bytes; `activations` is null where sizes are free."""
    from nndesigner.check.analysis.receptive import number
    from nndesigner.check.analysis.writing import size_value

    return {
        "receptive_field": {
            axis: {"size": number(r.size), "jump": number(r.jump), "start": number(r.start)}
            for axis, r in analysis.reaches.items()
        },
        "memory": {
            "batch": batch,
            "weights": memory.weights,
            "gradients": memory.gradients,
            "optimizer": memory.optimizer,
            "activations": memory.activations,
            "kept_per_sample": size_value(analysis.kept),
            "total": memory.total,
        },
    }


COMMAND = Command(
    name="summary",
    help=tr("List the nodes of a network with output shapes, parameters, multiply-adds and memory."),
    add_arguments=_add_arguments,
    run=_run,
)
