"""`attach RUN`: follows a run that goes on by itself, by its folder alone; and stops it where that is wanted."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.app.command import FAILED, INTERRUPTED, OK, Command, CommandError
from nndesigner.app.terminal import ProgressLine, note, say_json
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.protocol.messages import Done, Failed
    from nndesigner.runs.store import RunRecord

LOOK_SECONDS = 0.25


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help=tr("the run's folder"))
    parser.add_argument("--stop", action="store_true", help=tr("have it stop with a checkpoint"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object, as train does"))


def _run(options: Namespace) -> int:
    from nndesigner.app import work
    from nndesigner.protocol.controls import Stop
    from nndesigner.protocol.messages import Failed
    from nndesigner.runs.attach import leave_control

    run = work.run_at(options.run)
    if options.stop:
        leave_control(run.path, Stop())
    try:
        end = _follow(run.path, run.record)
    except KeyboardInterrupt:
        note(tr("The run goes on. Stop it with: nndesigner attach {run} --stop", run=run.path))
        return INTERRUPTED
    if isinstance(end, Failed):
        raise CommandError(end.sentence, FAILED)
    if options.json:
        say_json(work.plain_result(end.result, str(run.path)))
    else:
        work.say_result(end.result, str(run.path))
    return OK if options.stop else work.exit_code(end.result)


def _follow(path: Path, record: RunRecord) -> Done | Failed:
    """Shows the run until it ends; how it ended."""
    from nndesigner.app.work import TrainingLine
    from nndesigner.protocol.messages import Done, Failed, Scalars, State
    from nndesigner.runs.attach import RunFollower

    follower, line = RunFollower(path), ProgressLine()
    shown = TrainingLine(line)
    try:
        while True:
            for message in follower.read():
                if isinstance(message, Done | Failed):
                    return message
                if isinstance(message, State):
                    shown.hear(message)
                elif isinstance(message, Scalars):
                    shown.take_rows(message.rows)
                    epoch = message.rows[-1].epoch
                    line.show(_fraction(epoch, record), _sentence(epoch, record, shown.told()))
            time.sleep(LOOK_SECONDS)
    finally:
        line.clear()


def _fraction(epoch: float, record: RunRecord) -> float:
    epochs = record.last_epoch - record.first_epoch
    return (epoch - record.first_epoch) / epochs if epochs > 0 else 0.0


def _sentence(epoch: float, record: RunRecord, told: str) -> str:
    if record.last_epoch <= 0:
        return told
    now = min(int(epoch) + 1, record.last_epoch)
    return f"{tr('epoch {epoch}/{epochs}', epoch=now, epochs=record.last_epoch)}  {told}"


COMMAND = Command(
    name="attach",
    help=tr("Follow a run that goes on by itself, until it ends."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr("Ctrl-C leaves the run going; --stop stops it and waits for its last checkpoint."),
)
