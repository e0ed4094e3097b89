"""`check FILE`: what is wrong with a project, by what its file says alone. No data is read, nothing is computed; a
worker is asked what leaves a custom layer whose code the user has trusted."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, PROBLEMS, Command
from nndesigner.app.project import open_file
from nndesigner.app.terminal import note, plain_problem, problem_lines, say, say_json
from nndesigner.base.text import count, tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object: problems"))


def _run(options: Namespace) -> int:
    from nndesigner.app import work
    from nndesigner.check.check import check
    from nndesigner.document.plan import plan_values
    from nndesigner.objectives.catalogue import augmentation_problems
    from nndesigner.session.trust import code_in

    opened = open_file(options.file)
    document = opened.document
    if any(found.trusted for found in code_in(document)):
        work.describe(document)
    checked = check(document)
    told = (*plan_values(document)[1], *augmentation_problems(document, checked))
    problems = (*checked.problems, *told)
    errors = sum(problem.in_the_way for problem in problems)
    if options.json:
        say_json({"problems": [plain_problem(problem, document) for problem in problems]})
        return PROBLEMS if errors else OK
    for problem in problems:
        say(problem_lines(problem, document))
    if errors:
        note(tr("{name} cannot be trained: {n}.", name=options.file, n=count(errors, "error", "errors")))
        return PROBLEMS
    say(tr("{name} can be trained.", name=options.file) if problems else tr("No problems."))
    return OK


COMMAND = Command(
    name="check",
    help=tr("Say what is wrong with a project, and what would mend it."),
    add_arguments=_add_arguments,
    run=_run,
)
