"""`catalogue`: every layer by group, with its parameters."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from nndesigner.app.command import OK, Command, wrong
from nndesigner.app.terminal import say, say_json
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.base.fields import Field
    from nndesigner.layers.declaration import Layer


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", metavar="WORD", nargs="*", help=tr("only layers that these words describe"))
    parser.add_argument(
        "--json",
        action="store_true",
        help=tr("print one JSON object: layers, each with the tests that hold it"),
    )


def _run(options: Namespace) -> int:
    from nndesigner.layers.catalogue import grouped, search

    groups = grouped()
    if options.words:
        found = search(" ".join(options.words))
        if not found:
            raise wrong(tr("No layer is described by “{words}”.", words=" ".join(options.words)))
        groups = {
            group: kept
            for group, layers in groups.items()
            if (kept := tuple(e for e in layers if e in found))
        }
    if options.json:
        say_json({"layers": [_plain(layer) for layers in groups.values() for layer in layers]})
        return OK
    for position, (group, layers) in enumerate(groups.items()):
        if position:
            say()
        say(tr(group))
        width = max(len(layer.type) for layer in layers)
        for layer in layers:
            say(f"  {layer.type.ljust(width)}  {layer.summary}")
            for field in layer.parameters:
                say(f"  {' ' * width}    {_described(field)}")
    return OK


def _described(field: Field) -> str:
    text = f"{field.name}: {field.label}"
    if (choices := getattr(field, "choices", None)) is not None:
        text += " (" + ", ".join(choices) + ")"
    default = field.describe(field.default)
    return text + (f" = {default}" if default != "" else "")


def _plain(layer: Layer) -> dict[str, Any]:
    from nndesigner.layers.contract import contract_tests

    values = layer.defaults()
    return {
        "type": layer.type,
        "label": layer.label,
        "group": layer.group,
        "common": layer.common,
        "summary": layer.summary,
        "synonyms": list(layer.synonyms),
        "inputs": [port.name for port in layer.input_ports(values)],
        "optional": [port.name for port in layer.input_ports(values) if port.optional],
        "outputs": [port.name for port in layer.output_ports(values)],
        "parameters": [
            {
                "name": field.name,
                "label": field.label,
                "kind": field.kind,
                "default": field.default,
                "limits": field.limits(),
                "help": field.help,
                **({"choices": list(field.choices)} if hasattr(field, "choices") else {}),
            }
            for field in layer.parameters
        ],
        "contract": list(contract_tests(layer)),
    }


COMMAND = Command(
    name="catalogue",
    help=tr("List the layers by group, with their parameters."),
    add_arguments=_add_arguments,
    run=_run,
)
