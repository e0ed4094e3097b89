"""`run-headless FILE --out DIR`: the whole way without a window: train, export, curves and drawing, each file named."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, Command, refuse_problems, wrong
from nndesigner.app.project import open_file
from nndesigner.app.terminal import figure, say, say_json
from nndesigner.base.text import tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help=tr("the folder to write into"))
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help=tr("colours of the pictures")
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print one JSON object: the train's, and files")
    )


def _run(options: Namespace) -> int:
    from nndesigner.app import pictures, work
    from nndesigner.app.checkpoint_option import checkpoint_of
    from nndesigner.app.commands.metrics import COLUMNS
    from nndesigner.base.atomic import write_atomically
    from nndesigner.base.csv_text import csv_text
    from nndesigner.check.check import check
    from nndesigner.project.writer import encode
    from nndesigner.protocol.jobs import Export, Train
    from nndesigner.runs.history import RunHistory

    file, out = options.file.absolute(), options.out.absolute()
    tell = (lambda sentence: None) if options.json else say
    document = open_file(options.file).document
    _make(out)
    tell(tr("Without a window: training {name}, then exporting and drawing it.", name=options.file))
    document = work.with_data(document, file.parent)
    work.describe(document)
    refuse_problems(check(document).problems)
    run_path = _free(out)
    result = work.train(Train(encode(document), str(file.parent), str(run_path)))
    if code := work.exit_code(result):
        if options.json:
            say_json(work.plain_result(result, str(run_path)))
        else:
            work.say_result(result, str(run_path))
        return code
    if not options.json:
        work.say_result(result, str(run_path))
        say()
    run = work.run_at(run_path)
    export = work.do(
        Export(str(run_path), "onnx", str(out / f"{file.stem}.onnx"), checkpoint_of(run, "best"))
    )
    history = RunHistory.from_folder(run)
    numbers = write_atomically(out / f"{file.stem}-curves.csv", csv_text(COLUMNS, run.rows()).encode()).path
    dark = options.theme == "dark"
    curves = pictures.curves(history, out / f"{file.stem}-curves.png", file.stem, dark=dark)
    drawing = pictures.drawing(document, out / f"{file.stem}-network.png", dark=dark)
    files = {
        "model": Path(export["path"]),
        "curves": curves,
        "numbers": numbers,
        "network": drawing,
        "run": run_path,
    }
    if options.json:
        said = work.plain_result(result, str(run_path))
        said["files"] = {name: str(path) for name, path in files.items()}
        say_json(said | {"max_abs_difference": export["max_abs_difference"]})
        return OK
    words = {
        "model": tr(
            "the trained model, ONNX (differs by {most} at most)", most=figure(export["max_abs_difference"])
        ),
        "curves": tr("the curves"),
        "numbers": tr("the curves as numbers"),
        "network": tr("the picture of the network"),
        "run": tr("the run, with its checkpoints"),
    }
    width = max(len(_near(path)) for path in files.values())
    for name, path in files.items():
        say(f"{_near(path).ljust(width)}  {words[name]}")
    return OK


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise wrong(tr("{path} cannot be made: {why}.", path=folder, why=error.strerror or error)) from None


def _free(out: Path) -> Path:
    """`run`, `run-2` …: the first that is not there yet."""
    number = 1
    while (path := out / ("run" if number == 1 else f"run-{number}")).exists():
        number += 1
    return path


def _near(path: Path) -> str:
    """The path from the present folder, where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


COMMAND = Command(
    name="run-headless",
    help=tr("Train a project, export it to ONNX and draw its curves and network, without a window."),
    add_arguments=_add_arguments,
    run=_run,
)
