"""The help page of a layer: what it does, its formula, its settings, its ports with shapes, and where it comes from.

`layer_page` writes it from the declaration alone; `HelpPage` is the window that shows it. Neither knows a layer by
name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QTextBrowser, QVBoxLayout, QWidget

from nndesigner.base.fields import Field, resolve
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import listing, tr
from nndesigner.gui.formula import FAMILY, formula_lines
from nndesigner.gui.theme import Theme, current_theme, theme_changed
from nndesigner.layers.catalogue import grouped, layer
from nndesigner.layers.declaration import Layer, Port, Sample, ShapeError, Use

MOST_EXAMPLES = 4
"""Rows of what goes in and what comes out."""
_LINK = "layer:"


class HelpPage(QDialog):
    """A window that stays open beside the canvas; another layer's help takes the place of the one that is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.resize(620, 720)
        self.layer: Layer | None = None
        self.view = QTextBrowser()
        self.view.setOpenLinks(False)
        self.view.setAccessibleName(tr("Help"))
        self.view.setStyleSheet("QTextBrowser { border: none; border-radius: 0; }")
        self.view.document().setDocumentMargin(18)
        self.view.anchorClicked.connect(self._follow)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.view)
        self._leave = theme_changed.connect(lambda _: self._show())

    def show_layer(self, shown: Layer) -> None:
        """Opens on a layer's page, or turns to it."""
        if shown is not self.layer:
            self.layer = shown
            self._show()
            self.view.verticalScrollBar().setValue(0)
        self.show()
        self.raise_()
        self.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The key that opened it closes it again, as Esc does."""
        if event.key() == Qt.Key.Key_F1:
            self.close()
            return
        super().keyPressEvent(event)

    def close_down(self) -> None:
        """Stops listening to the theme, before the window goes."""
        self._leave()
        self.hide()

    def _show(self) -> None:
        app = QApplication.instance()
        if self.layer is not None and isinstance(app, QApplication):
            self.setWindowTitle(tr("{layer} – help", layer=tr(self.layer.label)))
            self.view.setHtml(layer_page(self.layer, current_theme(app)))

    def _follow(self, link: QUrl) -> None:
        other = layer(link.toString().removeprefix(_LINK))
        if other is not None:
            self.show_layer(other)


def layer_page(shown: Layer, theme: Theme) -> str:
    """The page as rich text for a Qt view, in the colours of a theme."""
    return f"<html><head>{_style(theme)}</head><body>{''.join(_parts(shown, theme))}</body></html>"


def _style(theme: Theme) -> str:
    return (
        "<style>"
        f"body {{ color: {theme.text}; }}"
        f"h1 {{ color: {theme.text}; font-size: 20px; font-weight: 600; margin-bottom: 0; }}"
        f"h2 {{ color: {theme.text}; font-size: 14px; font-weight: 600; margin-top: 18px; margin-bottom: 4px; }}"
        "p { margin-top: 6px; margin-bottom: 6px; line-height: 130%; }"
        f".muted {{ color: {theme.muted}; }}"
        f"th {{ color: {theme.muted}; font-weight: 400; text-align: left; }}"
        f"a {{ color: {theme.accent}; text-decoration: none; }}"
        "</style>"
    )


def _parts(shown: Layer, theme: Theme) -> Iterator[str]:
    yield f"<h1>{escape(tr(shown.label))}</h1>"
    color = theme.group(shown.group)
    made_of = _torch(shown)
    yield (
        f"<p><span style='color:{color}'>■</span> <span class='muted'>{escape(tr(shown.group))}"
        + (f" &nbsp;·&nbsp; {escape(made_of)}" if made_of else "")
        + "</span></p>"
    )
    yield f"<p>{escape(tr(shown.summary))}</p>"
    if shown.help:
        yield f"<p>{escape(tr(shown.help))}</p>"
    if shown.formula:
        rows = "".join(f"<p style='margin:3px 0'>{line}</p>" for line in formula_lines(shown.formula))
        yield (
            f"<table width='100%' cellpadding='12' style='margin-top:8px' bgcolor='{theme.canvas}'><tr><td>"
            f'<div style="font-family:{FAMILY}; font-size:17px">{rows}</div></td></tr></table>'
        )
    if shown.parameters:
        yield _heading(tr("Settings"))
        yield _table(
            (tr("Setting"), tr("What it means"), tr("Default"), tr("Limits")),
            [_setting(field) for field in shown.parameters],
            theme,
            (25, 37, 15, 23),
        )
    yield from _ports(shown, theme)
    if shown.reference:
        yield _heading(tr("Where it comes from"))
        yield f"<p>{escape(shown.reference)}</p>"
    if shown.synonyms:
        yield _heading(tr("Also found as"))
        yield f"<p class='muted'>{escape(', '.join(shown.synonyms))}</p>"
    others = [entry for entry in grouped().get(shown.group, ()) if entry.type != shown.type]
    if others:
        yield _heading(tr("Others of its kind"))
        links = (f"<a href='{_LINK}{entry.type}'>{escape(tr(entry.label))}</a>" for entry in others)
        yield f"<p>{' &nbsp; '.join(links)}</p>"


def _heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def _table(
    heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], theme: Theme, widths: tuple[int, ...] = ()
) -> str:
    """Cells are HTML already; widths are shares of the table in percent."""
    shares = [f" width='{width}%'" for width in widths] or [""] * len(heads)
    top = "".join(f"<th{share}>{escape(head)}</th>" for head, share in zip(heads, shares, strict=True))
    line = f"style='border-top: 1px solid {theme.border}'"
    body = "".join("<tr>" + "".join(f"<td {line}>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table width='100%' cellspacing='0' cellpadding='5'><tr>{top}</tr>{body}</table>"


def _setting(field: Field) -> tuple[str, ...]:
    default = field.describe(field.default)
    unit = f" {field.unit}" if field.unit and default else ""
    return (
        f"<b>{escape(tr(field.label))}</b><br><span class='muted'>{escape(field.name)}</span>",
        escape(tr(field.help)),
        escape((default + unit) or tr("none")),
        f"<span class='muted'>{escape(field.limits()) or '–'}</span>",
    )


# -- ports -----------------------------------------------------------------------------------------------------------
def _ports(shown: Layer, theme: Theme) -> Iterator[str]:
    values = shown.defaults()
    inputs, outputs = shown.input_ports(values), shown.output_ports(values)
    yield _heading(tr("Inputs and outputs"))
    said = [words for port in inputs if (words := _port(port, tr("input")))]
    said += [words for port in outputs if (words := _port(port, tr("output")))]
    if not inputs:
        said.append(escape(tr("Data enters the network here: no wire leads to it.")))
    if shown.role == "output":
        said.append(escape(tr("The network ends here: what arrives is compared with the data.")))
    yield "".join(f"<p>{words}</p>" for words in said)
    rows = list(_examples(shown))
    if rows:
        heads = (tr("What goes in"), tr("What comes out"), tr("With"))
        yield _table(heads if any(row[2] for row in rows) else heads[:2], rows, theme)


def _port(port: Port, side: str) -> str:
    """A port that has something to say: its name, whether it may stay free, its help."""
    if not (port.help or port.optional or port.label):
        return ""
    name = f"<b>{escape(tr(port.label) or port.name)}</b> <span class='muted'>({escape(side)}"
    name += f", {escape(tr('may stay unwired'))})</span>" if port.optional else ")</span>"
    return f"{name} {escape(tr(port.help))}"


def _examples(shown: Layer) -> Iterator[tuple[str, str, str]]:
    """What goes in and comes out in the samples of the declaration: one for each kind of input."""
    seen: set[tuple[tuple[str, ...], ...]] = set()
    for sample in shown.samples if shown.role == "layer" else ():
        kinds = tuple(type.meanings for type in sample.inputs.values())
        if kinds in seen or len(seen) >= MOST_EXAMPLES:
            continue
        values, _ = resolve(shown.parameters, sample.values)
        try:
            outputs = shown.infer(Use(inputs=sample.inputs, values=values))
        except ShapeError:
            continue
        seen.add(kinds)
        yield _types(dict(sample.inputs)), _types(dict(outputs)), _with(shown, sample)


def _types(types: dict[str, TensorType]) -> str:
    """Shapes with what their axes mean, a line for each port; the ports' names where there are several."""
    return "<br>".join(
        (f"<span class='muted'>{escape(port)}</span> " if len(types) > 1 else "")
        + f"{escape(str(type))}<br><span class='muted'>{escape(' × '.join(type.meanings))}</span>"
        for port, type in types.items()
    )


def _with(shown: Layer, sample: Sample) -> str:
    said = []
    for name, value in sample.values.items():
        field = shown.field(name)
        if field is not None and field.check(value) != field.default:
            said.append(f"{tr(field.label)} {field.describe(field.check(value))}")
    return f"<span class='muted'>{escape(', '.join(said))}</span>"


def _torch(shown: Layer) -> str:
    """The torch names that it is made of, from its own lowering."""
    if not shown.samples or shown.role != "layer":
        return ""
    sample = shown.samples[0]
    values, _ = resolve(shown.parameters, sample.values)
    calls = shown.lower(Use(inputs=sample.inputs, values=values)).calls
    modules = [call.target for call in calls if call.is_module]
    named = modules or [call.target for call in calls if call.target.startswith("torch.")]
    return listing(list(dict.fromkeys(named))[:3])
