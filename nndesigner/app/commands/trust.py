"""`trust FILE`: the code that a project brings along is shown, and trusted where the user says so."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, PROBLEMS, Command
from nndesigner.app.project import open_file
from nndesigner.app.terminal import note, say, say_json
from nndesigner.base.text import count, listing, tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument("--yes", action="store_true", help=tr("trust all of it without asking"))
    parser.add_argument("--withdraw", action="store_true", help=tr("trust none of it any more"))
    parser.add_argument("--list", action="store_true", help=tr("only show what there is"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object: code"))


def _run(options: Namespace) -> int:
    from nndesigner.base import trust
    from nndesigner.session.trust import code_in, readable

    document = open_file(options.file).document
    for found in code_in(document):
        if options.withdraw:
            trust.withdraw(found.text)
        elif not found.trusted and not options.list:
            if not options.json:
                say(
                    tr(
                        "{name}, used by {nodes}:",
                        name=found.class_name or tr("Code"),
                        nodes=listing(list(found.nodes)),
                    )
                )
                say()
                say("\n".join(f"    {line}" for line in readable(found.text).splitlines()))
                say()
            if options.yes or (not options.json and _agrees()):
                trust.trust(found.text, found.class_name)
    after = code_in(document)
    if options.json:
        plain = [
            {"class": c.class_name, "sha256": c.digest, "nodes": list(c.nodes), "trusted": c.trusted}
            for c in after
        ]
        say_json({"code": plain})
    elif not after:
        say(tr("{name} has no code of its own.", name=options.file))
    else:
        for c in after:
            state = tr("trusted") if c.trusted else tr("not trusted")
            say(
                tr(
                    "{name} ({nodes}): {state}",
                    name=c.class_name or "?",
                    nodes=listing(list(c.nodes)),
                    state=state,
                )
            )
    left = sum(not c.trusted for c in after)
    if left and not (options.withdraw or options.list or options.json):
        note(
            tr(
                "Nothing of {n} was run; the project cannot be trained with it.",
                n=count(left, "text", "texts"),
            )
        )
    return PROBLEMS if left and not (options.withdraw or options.list) else OK


def _agrees() -> bool:
    """What the user answers; without a terminal to ask at: no."""
    if not sys.stdin.isatty():
        note(tr("There is nobody to ask: with --yes the code is trusted unseen."))
        return False
    print(
        tr("Trust this code? It will run with your rights when the network is trained. [y/N] "),
        end="",
        flush=True,
    )
    return sys.stdin.readline().strip().lower() in ("y", "yes")


COMMAND = Command(
    name="trust",
    help=tr("Show the code that a project brings along, and say whether it may run."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr(
        "Trust is bound to the text, kept on this computer and outside of the project: a changed text is not trusted."
    ),
)
