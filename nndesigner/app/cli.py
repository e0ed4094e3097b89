"""The command `nndesigner`: without arguments or with a file the window, else one command of `app/commands/`.

It reads what was typed, runs one command and turns whatever happens into an exit code and at most one sentence on
error output. What the commands do it does not know; torch is never imported here.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import sys
import traceback
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import nndesigner
from nndesigner.app import commands
from nndesigner.app.command import CODES, FAILED, INTERRUPTED, WRONG, Command, CommandError
from nndesigner.base.atomic import WriteError
from nndesigner.base.folders import state_folder
from nndesigner.base.problem import Problem, Refusal
from nndesigner.base.text import tr

LOG_NAME = "crash.log"


def main(argv: Sequence[str] | None = None) -> int:
    """Does what the arguments say; the exit code. argparse leaves by SystemExit for --help and wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _mend_output()
    try:
        if not arguments or (arguments[0] not in command_names() and not arguments[0].startswith("-")):
            return _window(arguments)
        if arguments[0].startswith("-"):
            return _window(_whole_parser().parse_args(arguments).words)
        return run_command(find_command(arguments[0]), arguments[1:])
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`); nothing may complain about it at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def command_names() -> tuple[str, ...]:
    """The commands there are, by their files; none is imported."""
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__)))


def find_command(name: str) -> Command:
    """The command of a name from `command_names`."""
    module = importlib.import_module(f"{commands.__name__}.{name.replace('-', '_')}")
    command = module.COMMAND
    assert isinstance(command, Command) and command.name == name
    return command


def parser_of(command: Command) -> ArgumentParser:
    """The options of one command."""
    parser = ArgumentParser(
        prog=f"nndesigner {command.name}",
        description=command.help,
        epilog="\n\n".join(part for part in (command.more, _exit_codes()) if part),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def run_command(command: Command, arguments: Sequence[str]) -> int:
    """Runs one command; whatever goes wrong is said in one sentence. Returns the exit code."""
    parser = parser_of(command)
    options = parser.parse_args(arguments)
    options.argv = list(arguments)
    try:
        return command.run(options)
    except CommandError as error:
        return _fail(options, str(error), error.code, error.problems)
    except Refusal as refusal:
        return _fail(options, str(refusal), WRONG)
    except WriteError as error:
        return _fail(options, str(error), FAILED)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        return _fail(options, _write_down(error), FAILED)


def _window(arguments: list[str]) -> int:
    """The window, on the file named if one is."""
    if len(arguments) > 1:
        _whole_parser().error(tr("“{word}” is no command. To open a file, name it alone.", word=arguments[0]))
    if arguments and not Path(arguments[0]).exists():
        _say_wrong(
            tr(
                "“{word}” is neither a command nor a file. “nndesigner --help” lists the commands.",
                word=arguments[0],
            )
        )
        return WRONG
    # Hundreds of modules come and none goes: nothing to collect until the window does it from a timer of its own.
    gc.disable()
    try:
        from nndesigner.app import window

        return window.main(arguments)
    finally:
        gc.enable()


def _fail(options: Namespace, sentence: str, code: int, problems: Sequence[Problem] = ()) -> int:
    from nndesigner.app import terminal

    if getattr(options, "json", False):
        said: dict[str, object] = {"error": sentence}
        if problems:
            said["problems"] = [terminal.plain_problem(problem) for problem in problems]
        terminal.say_json(said)
    errors = [problem for problem in problems if problem.in_the_way]
    for problem in errors if len(errors) > 1 else ():
        terminal.note(terminal.problem_lines(problem))
    if len(errors) > 1:
        sentence = tr("{n} problems stand in the way.", n=len(errors))
    _say_wrong(sentence)
    return code


def _say_wrong(sentence: str) -> None:
    print(f"nndesigner: {sentence}", file=sys.stderr, flush=True)


def _write_down(error: Exception) -> str:
    """The sentence for a failure of the program itself, after its details went into a file."""
    detail = "".join(traceback.format_exception(error))
    try:
        path = state_folder() / LOG_NAME
        with open(path, "a", encoding="utf-8", errors="replace") as log:
            log.write(f"\n=== {datetime.now().isoformat(timespec='seconds')}\n{detail.rstrip()}\n")
    except (OSError, WriteError):
        return tr("Something went wrong inside nndesigner: {what}", what=repr(error)[:300])
    return tr("Something went wrong inside nndesigner. What happened is written in {path}.", path=path)


def _whole_parser() -> ArgumentParser:
    """The help of the program: every command with its sentence."""
    found = [find_command(name) for name in command_names()]
    width = max(len(command.name) for command in found)
    listed = "\n".join(f"  {command.name.ljust(width)}  {command.help}" for command in found)
    parser = ArgumentParser(
        prog="nndesigner",
        usage="nndesigner [FILE]\n       nndesigner COMMAND …",
        description=tr(
            "Draw a neural network, train it, watch it learn, and save a model that runs elsewhere."
        )
        + "\n"
        + tr("Without a command it opens the window, on FILE if one is named."),
        epilog=f"{tr('commands:')}\n{listed}\n\n"
        + tr("“nndesigner COMMAND --help” says more about a command.")
        + f"\n\n{_exit_codes()}",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"nndesigner {nndesigner.__version__}")
    parser.add_argument("words", nargs="*", metavar="FILE", help=tr("a project to open in the window"))
    return parser


def _exit_codes() -> str:
    lines = "\n".join(f"  {code:>3}  {tr(sentence)}" for code, sentence in CODES)
    return f"{tr('exit codes:')}\n{lines}"


def _mend_output() -> None:
    """Output that cannot say a character says “?” in its place instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            with contextlib.suppress(OSError, ValueError):
                reconfigure(errors="replace")
