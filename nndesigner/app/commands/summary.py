"""`summary FILE`: the nodes of a network with what leaves them, their weights and operations."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndesigner.app.command import OK, PROBLEMS, Command
from nndesigner.app.project import open_file
from nndesigner.app.terminal import note, problem_lines, say, say_json, table
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.base.shapes import Size
    from nndesigner.check.checked import CheckedNode


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object: totals and nodes"))


def _run(options: Namespace) -> int:
    from nndesigner.check.check import check

    checked = check(open_file(options.file).document)
    code = OK if checked.ok else PROBLEMS
    nodes = [_plain(node) for node in checked.nodes]
    totals = {
        "parameters": checked.weights,
        "trainable": checked.weights,
        "macs": _size(checked.macs),
    }
    if options.json:
        say_json({"totals": totals, "nodes": nodes})
        return code
    rows = [
        [
            node["name"],
            node["type"],
            node["shape"] or ("" if node["role"] == "output" else "?"),
            _grouped(node["parameters"]),
            _grouped(node["macs"]),
        ]
        for node in nodes
    ]
    header = [tr("node"), tr("layer"), tr("output"), tr("parameters"), tr("multiply-adds")]
    say(table(header, rows, right=(3, 4)))
    say()
    say(tr("{n} parameters, all of them trainable", n=_grouped(totals["parameters"])))
    say(tr("{n} multiply-adds per sample", n=_grouped(totals["macs"])))
    for problem in checked.errors:
        note(problem_lines(problem))
    return code


def _plain(node: CheckedNode) -> dict[str, Any]:
    """One node. Sizes are whole numbers, or text such as "N" or "(T-3)//2+1" where they are free."""
    return {
        "id": node.id,
        "name": node.name,
        "type": node.record.type,
        "role": node.role,
        "shape": ", ".join(str(type) for type in node.outputs.values()),
        "outputs": {port: [_size(size) for size in type.sizes] for port, type in node.outputs.items()},
        "parameters": node.weights,
        "macs": _size(node.macs),
    }


def _size(size: Size) -> int | str:
    return str(size) if size.value is None else size.value


def _grouped(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value


COMMAND = Command(
    name="summary",
    help=tr("List the nodes of a network with output shapes, parameters and multiply-adds."),
    add_arguments=_add_arguments,
    run=_run,
)
