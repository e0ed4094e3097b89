"""`resume RUN`: goes on with a run that was stopped or interrupted, as if it never had been."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, Command
from nndesigner.app.terminal import say, say_json
from nndesigner.base.text import tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help=tr("the run's folder"))
    parser.add_argument(
        "--device", metavar="WORD", default="", help=tr("such as cpu or cuda:1; else the one it began on")
    )
    parser.add_argument(
        "--detach", action="store_true", help=tr("do not wait; follow it with “nndesigner attach”")
    )
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object, as train does"))


def _run(options: Namespace) -> int:
    from nndesigner.app import work
    from nndesigner.app.command import wrong
    from nndesigner.protocol.jobs import Train
    from nndesigner.runs.listing import state

    run = work.run_at(options.run)
    if state(run.record) in ("running", "paused"):
        raise wrong(tr("The run {name} is going on: follow it with “nndesigner attach”.", name=run.name))
    job = Train(
        run.project_bytes(),
        str(run.project_folder()),
        str(run.path),
        "resume",
        device=options.device,
        detached=options.detach,
    )
    if options.detach:
        work.start_detached(job)
        if options.json:
            say_json({"run": str(run.path), "detached": True})
        else:
            say(tr("It trains by itself. Follow it with: nndesigner attach {run}", run=run.path))
        return OK
    result = work.train(job)
    if options.json:
        say_json(work.plain_result(result, str(run.path)))
    else:
        work.say_result(result, str(run.path))
    return work.exit_code(result)


COMMAND = Command(
    name="resume",
    help=tr("Go on with a run that was stopped or interrupted."),
    add_arguments=_add_arguments,
    run=_run,
)
