"""`train FILE`: a new run, from the seed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, Command, refuse_problems, wrong
from nndesigner.app.plan_options import add_plan_options, given_plan
from nndesigner.app.project import open_file
from nndesigner.app.terminal import note, say, say_json
from nndesigner.base.text import tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help=tr("the run's folder; without it the next one in FILE’s .runs"),
    )
    parser.add_argument(
        "--detach", action="store_true", help=tr("do not wait; follow it with “nndesigner attach”")
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help=tr("print one JSON object: run, epochs, seconds, samples_per_second, metrics"),
    )
    add_plan_options(parser)


def _run(options: Namespace) -> int:
    from nndesigner.app import work
    from nndesigner.check.check import check
    from nndesigner.document import edits
    from nndesigner.document.plan import plan_values
    from nndesigner.objectives.catalogue import augmentation_problems
    from nndesigner.project.writer import encode
    from nndesigner.protocol.jobs import Train
    from nndesigner.session.run_folders import free_run_path

    file: Path = options.file.absolute()
    document = open_file(options.file).document
    if given := given_plan(options):
        document = document.apply(edits.set_plan(document, given))
    out: Path = options.out.absolute() if options.out else free_run_path(file.with_suffix(".runs"), document)
    if (out / "run.json").exists():
        raise wrong(tr("{path} already holds a run. Choose another folder.", path=out))
    refuse_problems(plan_values(document)[1])
    if document.data is not None and not document.data.fields:
        document = work.with_data(document, file.parent)
    work.describe(document)
    checked = check(document)
    refuse_problems((*checked.problems, *augmentation_problems(document, checked)))
    if document.data is None:
        raise wrong(tr("{name} has no data to learn from.", name=file.name))
    for remark in document.data.remarks:
        note(remark)
    job = Train(encode(document), str(file.parent), str(out), "fresh", detached=options.detach)
    if options.detach:
        work.start_detached(job)
        if options.json:
            say_json({"run": str(out), "detached": True})
        else:
            say(tr("It trains by itself. Follow it with: nndesigner attach {run}", run=out))
        return OK
    result = work.train(job)
    if options.json:
        say_json(work.plain_result(result, str(out)))
    else:
        work.say_result(result, str(out))
    return work.exit_code(result)


COMMAND = Command(
    name="train",
    help=tr("Train the network of a project; the run and its checkpoints go into a folder."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr("Ctrl-C stops it with a checkpoint (go on with “nndesigner resume”); once more ends it at once."),
)
