"""The sections of a report, from the material of a run: what is said, in which order, with which tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import nndesigner
from nndesigner.base.fields import Field, resolve
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.check.analysis.writing import field_words, grouped, size_value, totals
from nndesigner.data.catalogue import source as find_source
from nndesigner.document.metrics import LARGER_IS_BETTER
from nndesigner.document.plan import PLAN_FIELDS, plan_values
from nndesigner.gui.evaluation.page import said
from nndesigner.gui.evaluation.samples import sample_of
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.previews import image_of
from nndesigner.gui.report import figures
from nndesigner.gui.report.blocks import (
    Block,
    Facts,
    Figure,
    Grid,
    Heading,
    Paragraph,
    Report,
    Row,
    Section,
    Thumbnail,
    Thumbnails,
)
from nndesigner.runs.evaluations import Evaluation, OutputResult, SampleLine
from nndesigner.runs.metric_table import (
    average_rows,
    class_rows,
    group_rows,
    how_asked,
    mistaken_rows,
    number_rows,
    summary_rows,
)
from nndesigner.session.reporting import Material

MOST_NETWORKS = 12
MOST_ROWS = 60
"""of tables of classes and groups; a report is no database"""
MOST_SAMPLES = 16
PART_TITLES = {"test": "Test samples", "validation": "Validation samples", "train": "Training samples"}
STATES = {
    "finished": "finished",
    "early": "ended early, because nothing got better",
    "stopped": "stopped",
    "diverged": "diverged",
    "failed": "failed",
    "running": "still going on",
    "paused": "paused",
    "interrupted": "interrupted",
    "created": "not begun",
}


def report_of(material: Material) -> Report:
    """The report of a run; figures are drawn when it is written."""
    lead = " · ".join(
        part
        for part in (
            tr("run {name}", name=material.name),
            _date(material.record.created),
            tr(STATES.get(material.state, material.state)),
            _headline(material),
        )
        if part
    )
    return Report(
        material.document.main.name or tr("Network"),
        lead,
        (
            Section("network", tr("Network"), lambda: _network(material)),
            Section("data", tr("Data"), lambda: _data(material)),
            Section("settings", tr("Settings"), lambda: _settings(material)),
            Section("curves", tr("Training"), lambda: _training(material)),
            Section("results", tr("Results"), lambda: _results(material)),
            Section("environment", tr("Environment"), lambda: _environment(material)),
        ),
    )


def _headline(material: Material) -> str:
    for evaluation in material.evaluations:
        for output in evaluation.outputs:
            if output.sequences is not None and output.sequences.exact is not None:
                value = f"{100 * output.sequences.exact:.1f} %"
                return tr("{part}: {value} right", part=tr(PART_TITLES[evaluation.part]), value=value)
            if output.classes is not None and output.classes.accuracy is not None:
                value = f"{100 * output.classes.accuracy:.1f} %"
                return tr("{part}: {value} right", part=tr(PART_TITLES[evaluation.part]), value=value)
            if output.numbers is not None and output.numbers.overall.r2 is not None:
                value = short(output.numbers.overall.r2)
                return tr("{part}: R² {value}", part=tr(PART_TITLES[evaluation.part]), value=value)
    return ""


# -- network and data ------------------------------------------------------------------------------------------------
def _network(material: Material) -> Iterator[Block]:
    document, analysis = material.document, material.analysis
    try:
        yield figures.network(material, document.main.id, document.main.name)
    except Refusal as refusal:
        yield Paragraph(str(refusal))
    plan, _ = plan_values(document)
    memory = analysis.memory(plan["batch_size"], plan)
    optimizer = next(f for f in PLAN_FIELDS if f.name == "optimizer").describe(plan["optimizer"])
    for sentence in totals(analysis, memory, plan["batch_size"], optimizer):
        yield Paragraph(sentence)
    windows = bool(analysis.reaches)
    header = [tr("layer"), tr("type"), tr("output"), tr("parameters"), tr("multiply-adds")]
    rows = [
        [
            "\u2003" * row.depth + row.name,
            row.type,
            row.shape,
            grouped(row.weights or ""),
            grouped(size_value(row.macs) or ""),
            *([field_words(row.reaches)] if windows else []),
        ]
        for row in analysis.rows
    ]
    sums = ["", "", "", grouped(analysis.weights), grouped(size_value(analysis.macs)), *([""] * windows)]
    sums[0] = tr("all together")
    yield Grid(header + [tr("receptive field")] * windows, [*rows, sums], frozenset({3, 4, 5}), 1)
    blocks = [network for network in document.networks if network.id != document.main.id]
    for network in blocks[:MOST_NETWORKS]:
        try:
            yield figures.network(material, network.id, tr("Block {name}", name=network.name))
        except Refusal:
            continue


def _data(material: Material) -> Iterator[Block]:
    record = material.document.data
    if record is None:
        yield Paragraph(tr("The run has no data."))
        return
    source = find_source(record.type)
    facts = [(tr("Source"), tr(source.label) if source is not None else record.type)]
    parts = [
        f"{tr(PART_TITLES[part])}: {record.counts[part]:,}"
        for part in ("train", "validation", "test")
        if record.counts.get(part)
    ]
    facts.append((tr("Samples"), f"{record.counts.get('all', 0):,}"))
    facts.append((tr("Parts"), " · ".join(parts)))
    if source is not None:
        facts += _described(source.fields(record.parameters), record.parameters)
    facts.append((tr("Fingerprint"), record.fingerprint or tr("not known")))
    yield Facts(facts)
    rows = []
    for field in record.fields:
        shape = " × ".join(f"{name} {size}" for name, size in field.axes) or "–"
        rows.append([field.name, tr(field.role), tr(field.kind), shape, _classes(field.classes)])
    yield Grid([tr("field"), tr("role"), tr("kind"), tr("shape"), tr("classes")], rows)
    for remark in record.remarks:
        yield Paragraph(remark)
    for field in record.fields:
        images = [image for shown in field.thumbnails if (image := image_of(shown)) is not None]
        if images:
            words = [
                str(shown.get("label", ""))
                for other in record.fields
                if other.kind == "class"
                for shown in other.thumbnails
            ]
            words += [""] * len(images)
            yield Heading(tr("Some samples of “{name}”", name=field.name))
            yield Thumbnails([Thumbnail(w, "", i) for w, i in zip(words, images, strict=False)])


def _classes(names: Sequence[str]) -> str:
    if not names:
        return "–"
    few = ", ".join(names[:12])
    return few if len(names) <= 12 else tr("{few} and {n} more", few=few, n=len(names) - 12)


def _described(fields: tuple[Field, ...], values: object) -> list[tuple[str, str]]:
    """Settings by their labels, in words."""
    known, _ = resolve(fields, values if isinstance(values, dict) else {})
    found = []
    for field in fields:
        if field.shown(known):
            unit = getattr(field, "unit", "")
            words = field.describe(known[field.name])
            found.append((tr(field.label), words if not unit or unit in words else f"{words} {tr(unit)}"))
    return found


# -- settings and training -------------------------------------------------------------------------------------------
def _settings(material: Material) -> Iterator[Block]:
    yield Facts(_described(PLAN_FIELDS, dict(material.record.plan)))
    rows = [
        [
            head.node.name,
            head.target.name if head.target is not None else "–",
            tr(head.loss.label) if head.loss is not None else "–",
            f"{head.weight:g}",
        ]
        for head in material.checked.heads
    ]
    if rows:
        yield Grid([tr("output"), tr("target"), tr("loss"), tr("weight")], rows, frozenset({3}))


def _training(material: Material) -> Iterator[Block]:
    drawn = figures.curves(material)
    if not drawn:
        yield Paragraph(tr("The run has no curves: it ended before its first epoch."))
    yield from drawn
    rows = []
    for split, name in material.history.curves():
        values = material.history.series(split, name).values
        finite = [float(v) for v in values if v == v and abs(v) != float("inf")]
        if not finite or not split:
            continue
        largest = name.startswith(LARGER_IS_BETTER)
        best = max(finite) if largest else min(finite)
        rows.append([tr(split), name, said(finite[-1]), said(best), f"{len(values):,}"])
    if rows:
        header = [tr("part"), tr("number"), tr("last"), tr("best"), tr("points")]
        yield Grid(header, rows, frozenset({2, 3, 4}))
    for sentence in material.events[-12:]:
        yield Paragraph(sentence)


# -- results ---------------------------------------------------------------------------------------------------------
def _results(material: Material) -> Iterator[Block]:
    if not material.evaluations:
        yield Paragraph(tr("The run has not been evaluated."), "remark")
    for evaluation in material.evaluations:
        yield from _evaluated(evaluation, material.remarks.get(evaluation.part, ()))


def _evaluated(evaluation: Evaluation, remarks: Sequence[str]) -> Iterator[Block]:
    yield Heading(tr(PART_TITLES[evaluation.part]))
    yield Paragraph(
        tr(
            "{n}, with the weights of step {step} (epoch {epoch}{best}), evaluated {when}.",
            n=count(evaluation.samples, "sample", "samples"),
            step=f"{evaluation.step:,}",
            epoch=f"{evaluation.epoch:g}",
            best=tr(", the best") if evaluation.best else "",
            when=_date(evaluation.created),
        )
    )
    for remark in remarks:
        yield Paragraph(remark, "remark")
    for output in evaluation.outputs:
        if len(evaluation.outputs) > 1:
            yield Heading(tr("Output {name}", name=output.name))
        if how := how_asked(output):
            yield Paragraph(how)
        yield Facts([(str(name), said(value)) for name, value in summary_rows(output)])
        yield from _of_classes(output)
        yield from _of_numbers(output)
        if output.groups:
            yield Heading(tr("By {what}", what=evaluation.group_label))
            yield _grid(*group_rows(output, evaluation.group_label))
        for title, lines in (
            (tr("Largest losses"), output.worst),
            (tr("Wrong, and most certain"), output.confident),
        ):
            if lines:
                yield Heading(title)
                yield from _samples(lines)


def _of_classes(output: OutputResult) -> Iterator[Block]:
    scores = output.classes
    if scores is None or not scores.judged:
        return
    if scores.lines and output.kind == "class":
        header, rows = class_rows(scores)
        means = [[*row, *[""] * (len(header) - len(row))] for row in average_rows(scores)]
        yield Heading(tr("By class"))
        yield _grid(header, rows, means)
    if scores.confusion:
        yield Heading(tr("Confusion matrix"))
        yield figures.confusion(scores)
    elif scores.mistaken:
        yield Heading(tr("Most often confused"))
        yield _grid(*mistaken_rows(scores))
    if output.kind == "class":
        yield Row(figures.class_curves(scores))


def _of_numbers(output: OutputResult) -> Iterator[Block]:
    scores = output.numbers
    if scores is None or not scores.judged:
        return
    if len(scores.lines) > 1:
        yield _grid(*number_rows(scores))
    for column in range(len(scores.points)):
        if len(scores.points) > 1:
            yield Heading(scores.lines[column].name if column < len(scores.lines) else output.target)
        if column < len(scores.forecast):
            yield figures.forecast(scores, column)
        drawn: list[Figure] = figures.residuals(scores, column)
        yield Row(drawn[:2])
        yield Row(drawn[2:])


def _grid(
    header: Sequence[str], rows: Sequence[Sequence[object]], below: Sequence[Sequence[object]] = ()
) -> Grid:
    """Values as words, numbers to the right; of very many rows the first ones."""
    shown = list(rows[:MOST_ROWS])
    right = {
        i for i in range(len(header)) if any(isinstance(row[i], int | float) for row in shown if i < len(row))
    }
    words = [[said(value) for value in row] for row in (*shown, *below)]
    if len(rows) > MOST_ROWS:
        words.insert(len(shown), [tr("and {n} more", n=len(rows) - MOST_ROWS), *[""] * (len(header) - 1)])
    return Grid(header, words, frozenset(right), len(below))


def _samples(lines: Sequence[SampleLine]) -> Iterator[Block]:
    samples = [sample_of(line) for line in lines[:MOST_SAMPLES]]
    if any(sample.image is not None for sample in samples):
        yield Thumbnails(
            [
                Thumbnail(
                    f"{s.truth} → {s.answer}" if s.truth != s.answer else s.truth,
                    tr("no. {n}", n=f"{s.index:,}"),
                    s.image,
                    s.wrong,
                )
                for s in samples
            ]
        )
        return
    columns = [
        (tr("sample"), [f"{s.index:,}" for s in samples]),
        (tr("truth"), [s.truth for s in samples]),
        (tr("answer"), [s.answer for s in samples]),
        (tr("certainty"), [f"{100 * s.certain:.0f} %" if s.certain == s.certain else "" for s in samples]),
        (tr("loss"), [short(s.loss) for s in samples]),
        (tr("input"), [_short_words(s.words) for s in samples]),
    ]
    told = [(name, words) for name, words in columns if any(words)]
    right = {i for i, (name, _) in enumerate(told) if name in (tr("sample"), tr("certainty"), tr("loss"))}
    rows = [list(row) for row in zip(*(words for _, words in told), strict=True)]
    yield Grid([name for name, _ in told], rows, frozenset(right))


def _short_words(words: str) -> str:
    return words if len(words) <= 70 else words[:69] + "…"


# -- environment -----------------------------------------------------------------------------------------------------
def _environment(material: Material) -> Iterator[Block]:
    record = material.record
    seconds = max(
        (
            float(series.seconds[-1])
            for key in material.history.curves()
            if len(series := material.history.series(*key))
        ),
        default=0.0,
    )
    facts = [
        (tr("Run"), material.name),
        (tr("Begun"), _date(record.created)),
        (tr("State"), tr(STATES.get(material.state, material.state))),
        (tr("Time of training"), _duration(seconds)),
        (tr("Epochs"), _epochs(record.first_epoch, record.last_epoch)),
        (tr("Checkpoints"), f"{material.checkpoints:,}"),
        (tr("Seed"), str(record.seed)),
        (tr("Device"), record.device or tr("not known")),
        (tr("Threads"), str(record.threads) if record.threads else tr("chosen by itself")),
        (tr("Objective"), record.objective),
        (tr("Project (SHA-256)"), record.project),
        *((name, version) for name, version in sorted(record.versions.items())),
        (tr("Report written by"), f"nndesigner {nndesigner.__version__}"),
    ]
    if record.origin.get("run"):
        facts.insert(1, (tr("Goes on from"), str(record.origin["run"])))
    if record.beginning.get("source"):
        taken, fresh = (len(record.beginning.get(kind, ())) for kind in ("taken", "fresh"))
        other = fresh + len(record.beginning.get("size", ()))
        words = tr(
            "{source}: {taken} taken",
            source=record.beginning["source"],
            taken=count(taken, "tensor", "tensors"),
        )
        facts.insert(
            1, (tr("Begins with"), f"{words}, {tr('{n} from the seed', n=other)}" if other else words)
        )
    yield Facts(facts)


def _epochs(first: int, last: int) -> str:
    if not first:
        return f"{last:,}" if last else "–"
    return tr("{first} to {last}", first=f"{first:,}", last=f"{last:,}")


def _date(text: str) -> str:
    """ "2026-03-01 12:30 UTC" of a time as run folders have it."""
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return text


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {left:02d} s"
