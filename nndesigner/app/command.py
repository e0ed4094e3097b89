"""The form of a command of the command line, its exit codes, and how it says that it cannot go on."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nndesigner.base.problem import Problem
from nndesigner.base.text import tr

OK = 0
FAILED = 1
"""the work itself failed"""
WRONG = 2
"""wrong usage, or a file that cannot be used"""
PROBLEMS = 3
"""the check found errors in the project"""
INTERRUPTED = 130
"""stopped by Ctrl-C, as shells have it (128 + SIGINT)"""

CODES = (
    (OK, "all went well"),
    (FAILED, "the work failed"),
    (WRONG, "wrong usage, or a file that cannot be used"),
    (PROBLEMS, "the check found errors in the project"),
    (INTERRUPTED, "interrupted, by Ctrl-C or because a run was stopped"),
)


class CommandError(Exception):
    """A command cannot go on: one sentence, the exit code, and the problems of the project where they are why."""

    def __init__(self, sentence: str, code: int = FAILED, problems: Sequence[Problem] = ()) -> None:
        super().__init__(sentence)
        self.code = code
        self.problems = tuple(problems)


def wrong(sentence: str) -> CommandError:
    """What was typed, or a file that was named, cannot be used."""
    return CommandError(sentence, WRONG)


def refuse_problems(problems: Sequence[Problem]) -> None:
    """Raises CommandError where there are errors among the problems."""
    errors = [problem for problem in problems if problem.in_the_way]
    if errors:
        more = tr(" (and {n} more)", n=len(errors) - 1) if len(errors) > 1 else ""
        raise CommandError(errors[0].message + more, PROBLEMS, problems)


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command. `run` returns the exit code, or raises CommandError, Refusal or WriteError.

    The options that `run` is handed also hold `argv`, everything after the command's name as it was typed.
    """

    name: str
    help: str
    """one sentence, for the list of commands"""
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    more: str = ""
    """what stands below the options in its own --help"""
