"""What was typed becomes one command, the window or a refusal; whatever goes wrong is one sentence and an exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from nndesigner.app import cli, window
from nndesigner.app.command import FAILED, INTERRUPTED, PROBLEMS, WRONG, Command, CommandError
from nndesigner.base.atomic import WriteError
from nndesigner.base.folders import state_folder
from nndesigner.base.problem import Problem, Refusal, Severity, Where

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def command(run: Callable[[Namespace], int]) -> Command:
    def add(parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    return Command(name="planted", help="", add_arguments=add, run=run)


def failing(error: BaseException) -> Command:
    def run(options: Namespace) -> int:
        raise error

    return command(run)


def test_every_file_of_commands_declares_the_command_of_its_name() -> None:
    names = cli.command_names()
    assert {"check", "train", "run-headless", "worker"} <= set(names)
    for name in names:
        found = cli.find_command(name)
        assert found.name == name
        assert found.help.endswith(".")


@pytest.mark.parametrize("name", cli.command_names())
def test_every_command_tells_its_options_and_exit_codes(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    said = capsys.readouterr()
    assert left.value.code == 0
    assert said.out.startswith(f"usage: nndesigner {name}")
    for code in ("0", "1", "2", "3", "130"):
        assert f"\n{code:>5}  " in said.out
    assert said.err == ""


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert left.value.code == 0
    for name in cli.command_names():
        assert f"\n  {name} " in said
    assert "130" in said


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert (left.value.code, capsys.readouterr().out.split()[0]) == (0, "nndesigner")


@pytest.mark.parametrize("arguments", [["check"], ["check", "a", "b"], ["--nonsense"], ["nothing", "such"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    said = capsys.readouterr()
    assert (left.value.code, said.out) == (WRONG, "")
    assert "Traceback" not in said.err


def test_a_word_that_is_neither_command_nor_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["trian"]) == WRONG
    assert "“trian” is neither a command nor a file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], [str(EXAMPLES / "iris-mlp.nnd")]])
def test_nothing_or_a_file_opens_the_window(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[list[str]] = []
    monkeypatch.setattr(window, "main", lambda argv: opened.append(list(argv)) or 7)
    assert cli.main(arguments) == 7
    assert opened == [arguments]


def test_a_file_whose_name_begins_with_a_dash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-x.nnd").touch()
    opened: list[list[str]] = []
    monkeypatch.setattr(window, "main", lambda argv: opened.append(list(argv)) or 0)
    assert cli.main(["--", "-x.nnd"]) == 0
    assert opened == [["-x.nnd"]]


def test_without_a_display_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main([]) == WRONG
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert "no display" in said.err


def test_a_refused_qt_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(window, "probe", lambda: "This Qt would end the program.")
    assert cli.main([]) == WRONG
    assert capsys.readouterr().err == "This Qt would end the program.\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CommandError("It failed."), FAILED),
        (CommandError("It failed.", INTERRUPTED), INTERRUPTED),
        (Refusal("It failed."), WRONG),
        (KeyboardInterrupt(), INTERRUPTED),
    ],
)
def test_an_error_is_a_sentence_and_a_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "find_command", lambda name: failing(error))
    assert cli.main(["check"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == ("" if isinstance(error, KeyboardInterrupt) else "nndesigner: It failed.\n")


def test_what_cannot_be_written_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run_command(failing(WriteError(Path("out.csv"), "the disk is full.")), []) == FAILED
    assert capsys.readouterr().err == "nndesigner: out.csv was not written: the disk is full.\n"


def test_with_json_an_error_is_one_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run_command(failing(CommandError("It failed.")), ["--json"]) == FAILED
    said = capsys.readouterr()
    assert json.loads(said.out) == {"error": "It failed."}
    assert said.err == "nndesigner: It failed.\n"


def test_problems_that_stand_in_the_way_are_all_said(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [
        Problem(severity, "code", Where(), f"{severity} is wrong.")
        for severity in (Severity.ERROR, Severity.ERROR, Severity.HINT)
    ]
    error = CommandError("error is wrong.", PROBLEMS, problems)
    assert cli.run_command(failing(error), ["--json"]) == PROBLEMS
    said = capsys.readouterr()
    assert [p["severity"] for p in json.loads(said.out)["problems"]] == ["error", "error", "hint"]
    assert said.err.count("error: error is wrong.") == 2
    assert "2 problems stand in the way." in said.err


def test_the_unexpected_is_written_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run_command(failing(ZeroDivisionError("planted")), []) == FAILED
    said = capsys.readouterr()
    log = state_folder() / cli.LOG_NAME
    assert said.err.count("\n") == 1
    assert str(log) in said.err
    assert "ZeroDivisionError: planted" in log.read_text()


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    code = (
        "import sys; from nndesigner.app.cli import main\n"
        "code = main(['catalogue'])\n"
        "sys.stdout.flush()\n"
        "sys.exit(code)"
    )
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (FAILED, "")


def test_the_command_line_never_imports_torch(tmp_path: Path) -> None:
    """Every command that does its work in this process, and the beginning of those that hand it to a worker."""
    example, template = EXAMPLES / "digits-mlp.nnd", tmp_path / "own.nnd"
    lines = [
        ["check", str(example)],
        ["summary", str(example), "--json"],
        ["catalogue"],
        ["new", "iris-mlp", "--out", str(template)],
        ["render", str(example), "--out", str(tmp_path / "a.svg")],
        ["train", str(tmp_path / "missing.nnd")],
        ["metrics", str(tmp_path)],
        ["attach", str(tmp_path)],
        ["resume", str(tmp_path)],
        ["predict", str(tmp_path), "--input", str(example)],
        ["export", str(tmp_path), "--format", "onnx", "--out", str(tmp_path / "m")],
    ]
    code = (
        "import sys; from nndesigner.app import cli\n"
        f"codes = [cli.main(line) for line in {lines!r}]\n"
        "for name in cli.command_names(): cli.parser_of(cli.find_command(name)).format_help()\n"
        "heavy = [m for m in ('torch', 'sklearn', 'onnx', 'onnxruntime', 'PIL') if m in sys.modules]\n"
        "print('came', codes, heavy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == f"came {[0] * 5 + [2] * 6} []"


def test_python_m_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nndesigner", "check", str(tmp_path / "no.nnd")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (WRONG, "")
    assert done.stderr == "nndesigner: no.nnd was not opened. There is no such file.\n"
