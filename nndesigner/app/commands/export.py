"""`export RUN --format F --out PATH`: a trained network as a file that runs elsewhere, tried before it counts."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from nndesigner.app.command import OK, Command, wrong
from nndesigner.app.terminal import figure, say, say_json
from nndesigner.base.fields import BadValue
from nndesigner.base.text import tr
from nndesigner.exporters.catalogue import exporters
from nndesigner.exporters.exporter import Exporter


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help=tr("the run's folder"))
    parser.add_argument(
        "--format", metavar="F", choices=tuple(exporters()), required=True, help=", ".join(exporters())
    )
    parser.add_argument("--out", metavar="PATH", type=Path, required=True, help=tr("the file to write"))
    parser.add_argument(
        "--option",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help=tr("a setting of the format, see below"),
    )
    parser.add_argument(
        "--checkpoint",
        metavar="best|last|STEP",
        default="best",
        help=tr("which weights; the best without it"),
    )
    parser.add_argument(
        "--part",
        metavar="PART",
        default="",
        help=tr("a part of the network alone: encoder, decoder, discriminator …; the whole without it"),
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print one JSON object: path, bytes, max_abs_difference")
    )


def _run(options: Namespace) -> int:
    from nndesigner.app.work import do, run_at
    from nndesigner.protocol.jobs import Export

    run = run_at(options.run)
    exporter = exporters()[options.format]
    values = _values(exporter, options.option)
    out: Path = options.out.absolute()
    if out.is_dir():
        raise wrong(tr("{path} is a folder: name the file to write.", path=out))
    if not out.parent.is_dir():
        raise wrong(tr("There is no folder {folder} to export into.", folder=out.parent))
    from nndesigner.app.checkpoint_option import checkpoint_of

    result = do(
        Export(
            str(run.path),
            options.format,
            str(out),
            checkpoint_of(run, options.checkpoint),
            values,
            options.part,
        )
    )
    if options.json:
        say_json({key: result[key] for key in ("path", "files", "bytes", "max_abs_difference")})
        return OK
    for file in result["files"]:
        say(str(file))
    sentence = (
        tr(
            "{size:,} bytes. A fresh process trained {steps} steps: its losses differ from the run’s by {most} at most."
        )
        if exporter.trains
        else tr(
            "{size:,} bytes. A fresh process opened it: its answers differ from the network’s by {most} at most."
        )
    )
    most = figure(float(result["max_abs_difference"]))
    say(sentence.format(size=int(result["bytes"]), most=most, steps=exporter.trains))
    return OK


def _values(exporter: Exporter, given: list[str]) -> dict[str, Any]:
    """The settings typed as KEY=VALUE. Raises CommandError."""
    fields = {field.name: field for field in exporter.options}
    values = {}
    for word in given:
        key, equals, text = word.partition("=")
        if not equals:
            raise wrong(tr("An option is written KEY=VALUE, not “{word}”.", word=word))
        if key not in fields:
            raise wrong(
                tr(
                    "The format {format} has no option “{key}”. It has: {known}.",
                    format=exporter.format,
                    key=key,
                    known=", ".join(fields) or tr("none"),
                )
            )
        try:
            values[key] = fields[key].parse(text)
        except BadValue as error:
            raise wrong(str(error)) from None
    return values


def _formats() -> str:
    lines = [tr("formats:")]
    for exporter in exporters().values():
        lines.append(f"  {exporter.format} ({exporter.suffix}): {exporter.label}")
        lines += [f"    {f.name}={f.describe(f.default)}: {f.help}" for f in exporter.options]
    return "\n".join(lines)


COMMAND = Command(
    name="export",
    help=tr("Write a trained network to a file that runs elsewhere, and try that file."),
    add_arguments=_add_arguments,
    run=_run,
    more=_formats(),
)
