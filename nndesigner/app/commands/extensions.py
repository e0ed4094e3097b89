"""`extensions`: which installed packages bring layers, and which of them are used."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from nndesigner.app.command import OK, Command
from nndesigner.app.terminal import note, say, say_json, table
from nndesigner.base.text import tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--enable", metavar="NAME", default="", help=tr("use the layers of this package"))
    parser.add_argument("--disable", metavar="NAME", default="", help=tr("use them no more"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object: extensions"))


def _run(options: Namespace) -> int:
    from nndesigner.layers import catalogue, extensions

    if options.enable:
        extensions.enable(options.enable)
    if options.disable:
        extensions.disable(options.disable)
    catalogue.layers()  # what is enabled is loaded: it may fail
    found = extensions.installed()
    if options.json:
        say_json(
            {
                "extensions": [
                    {
                        "name": e.name,
                        "version": e.version,
                        "types": list(e.types),
                        "enabled": e.enabled,
                        "failure": e.failure,
                    }
                    for e in found
                ]
            }
        )
        return OK
    if not found:
        say(tr("No installed package brings layers (entry point “{group}”).", group=extensions.GROUP))
        return OK
    rows = [
        [e.name, e.version, tr("enabled") if e.enabled else tr("not enabled"), ", ".join(e.types)]
        for e in found
    ]
    say(table([tr("package"), tr("version"), "", tr("layers")], rows))
    for e in found:
        if e.failure:
            note(e.failure)
    return OK


COMMAND = Command(
    name="extensions",
    help=tr("Show the installed packages that bring layers, and say which may be used."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr("A package is run only once it was enabled; enable only what you trust: it has all your rights."),
)
