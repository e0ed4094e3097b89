"""`explore WHAT PLACE`: finds something out about a project's network, or about a run's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from nndesigner.app.command import OK, Command, refuse_problems, wrong
from nndesigner.app.project import open_file
from nndesigner.app.terminal import figure, say, say_json, table
from nndesigner.base.fields import BadValue
from nndesigner.base.text import tr
from nndesigner.explorations.exploration import Exploration, explorations

MOST_ROWS = 20
"""numbers of a list that a person is shown; --json gives all"""


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", metavar="WHAT", help=tr("one of {names}", names=", ".join(explorations())))
    parser.add_argument("place", metavar="PLACE", type=Path, help=tr("a project file, or a run's folder"))
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help=tr("a setting of the exploration, such as samples=512; may be given several times"),
    )
    parser.add_argument("--device", metavar="WORD", default="", help=tr("such as cuda; else the plan's"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object with all numbers"))


def _run(options: Namespace) -> int:
    from nndesigner.app import work
    from nndesigner.check.check import check
    from nndesigner.project.writer import encode
    from nndesigner.protocol.jobs import Explore
    from nndesigner.protocol.messages import Frame, Message

    exploration = explorations().get(options.what)
    if exploration is None:
        raise wrong(
            tr(
                "There is no exploration “{name}”. There are: {known}.",
                name=options.what,
                known=", ".join(explorations()),
            )
        )
    given = _given(exploration, options.set)
    if options.place.is_dir():
        run = work.run_at(options.place)
        job = Explore(exploration.name, run=str(run.path), options=given, device=options.device)
    else:
        file: Path = options.place.absolute()
        document = work.with_data(open_file(options.place).document, file.parent)
        work.describe(document)
        refuse_problems(check(document).problems)
        job = Explore(
            exploration.name, encode(document), str(file.parent), options=given, device=options.device
        )
    frames: list[Frame] = []

    def heard(message: Message) -> None:
        if isinstance(message, Frame):
            frames[:] = [message]

    work.do(job, on_message=heard)
    frame = frames[-1]
    numbers = {name: value for name, value in frame.meta.items() if name != "options"}
    if options.json:
        say_json({"step": frame.step, **numbers, **frame.arrays})
        return OK
    say(
        table(
            [tr("number"), tr("value")],
            [[name, _shown(value)] for name, value in numbers.items()],
            right=(1,),
        )
    )
    return OK


def _given(exploration: Exploration, settings: list[str]) -> dict[str, Any]:
    """The settings by name, checked. Raises CommandError."""
    fields = {field.name: field for field in exploration.options}
    found = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or name not in fields:
            raise wrong(
                tr("“{setting}” is no setting: there are {names}.", setting=setting, names=", ".join(fields))
            )
        try:
            found[name] = fields[name].parse(text)
        except BadValue as error:
            raise wrong(str(error)) from None
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, int | float):
        return figure(value)
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one) for one in value[:MOST_ROWS])
    return str(value)


COMMAND = Command(
    name="explore",
    help=tr("Find the learning rate, gradient noise, sharpness or loss landscape of a network."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr("Of a run the newest weights are explored and the result is kept in its folder."),
)
