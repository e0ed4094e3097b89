"""`worker`: the process that does jobs, over its standard input and output; also at the far end of `ssh`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from nndesigner.app.command import Command
from nndesigner.base.text import tr


def _add_arguments(parser: ArgumentParser) -> None:
    from nndesigner.worker.__main__ import add_arguments

    add_arguments(parser)


def _run(options: Namespace) -> int:
    from nndesigner.worker.__main__ import main

    return main(options.argv)


COMMAND = Command(
    name="worker",
    help=tr("Do jobs for a designer elsewhere: framed messages on standard input and output."),
    add_arguments=_add_arguments,
    run=_run,
)
