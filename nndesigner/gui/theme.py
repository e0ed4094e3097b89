"""The two colour themes of the window, which of them is on, and how it is put on the application.

A `Theme` is plain text values (`#rrggbb`): pens, plots, the style sheet and drawings in files read the same ones.
It knows no widget by name; the style sheet is in `gui/stylesheet.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from nndesigner.base.observer import Event
from nndesigner.base.problem import Severity
from nndesigner.gui.stylesheet import style_sheet

CHOICES = ("system", "light", "dark")
_CHOICE = "nndesigner_theme"
_APPLIED = "nndesigner_theme_applied"
TEXT_SCALE = "nndesigner_text_scale"
"""of the application: how many times as large as the desktop's its text is (`comfort.py`)"""
STYLE = "Fusion"
"""the one style that follows a palette everywhere"""
_STYLED = "nndesigner_styled"


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """One set of colours, all as `#rrggbb`.

    `window` is behind everything, `panel` behind docks and lists, `raised` fills buttons and text fields; `canvas` and
    `node` are the drawing's. `groups` has a colour per layer group: any two of a theme stay apart for protanopia and
    deuteranopia too, and never carry a meaning alone (each group also has a symbol). `plots` are line colours in order.
    """

    name: str
    dark: bool
    window: str
    panel: str
    raised: str
    border: str
    canvas: str
    grid: str
    node: str
    node_border: str
    wire: str
    text: str
    muted: str
    accent: str
    accent_text: str
    """text on the accent colour"""
    selection: str
    """behind selected rows and text"""
    hover: str
    error: str
    warning: str
    hint: str
    good: str
    shadow: str
    groups: Mapping[str, str] = msgspec.field(default_factory=dict)
    tints: Mapping[str, str] = msgspec.field(default_factory=dict)
    """what people colour nodes, notes and frames with, by the names in document/records.py; apart like the groups"""
    plots: tuple[str, ...] = ()

    def group(self, name: str) -> str:
        """The colour of a layer group; a group without one (a package's own) gets the muted text colour."""
        return self.groups.get(name, self.muted)

    def tint(self, name: str, usual: str) -> str:
        """A colour by the name that a record holds; `usual` for "" and for a name of another version."""
        return self.tints.get(name, usual)

    def severity(self, severity: Severity) -> str:
        return {Severity.ERROR: self.error, Severity.WARNING: self.warning}.get(severity, self.hint)

    def plot(self, index: int) -> str:
        """The colour of the index-th line; colours come round again."""
        return self.plots[index % len(self.plots)]


LIGHT = Theme(
    name="light",
    dark=False,
    window="#eceff3",
    panel="#f7f8fa",
    raised="#ffffff",
    border="#d3d9e1",
    canvas="#f3f5f8",
    grid="#d5dbe3",
    node="#ffffff",
    node_border="#cfd6df",
    wire="#8593a6",
    text="#1b2430",
    muted="#5b6879",
    accent="#2f6be0",
    accent_text="#ffffff",
    selection="#d7e4fd",
    hover="#e6ebf2",
    error="#c62f3b",
    warning="#a86400",
    hint="#2f6be0",
    good="#1e7f4f",
    shadow="#000000",
    groups={
        "Input and output": "#29618c",
        "Dense": "#2344c3",
        "Convolution": "#3294e1",
        "Pooling": "#298680",
        "Activation": "#c47f04",
        "Normalization": "#457007",
        "Regularization": "#cf3f56",
        "Shape": "#6061e8",
        "Merge": "#633f00",
        "Arithmetic": "#09026b",
        "Recurrent": "#db5ab5",
        "Attention": "#5a2989",
        "Embedding": "#800a53",
        "Loss": "#500c10",
        "Blocks": "#0c0c12",
        "Custom": "#2f103b",
    },
    tints={
        "red": "#952734",
        "orange": "#d46b05",
        "yellow": "#83630a",
        "green": "#3e9f59",
        "teal": "#0e8f8f",
        "blue": "#296ce9",
        "purple": "#7a3abc",
        "grey": "#5f6671",
    },
    plots=("#0072b2", "#d55e00", "#00856a", "#b0488f", "#8a6d00", "#3b4cc0", "#7a3e00", "#5b6879"),
)
DARK = Theme(
    name="dark",
    dark=True,
    window="#171a20",
    panel="#1e222a",
    raised="#2a303a",
    border="#363d49",
    canvas="#14171c",
    grid="#2a303a",
    node="#262b34",
    node_border="#3b4350",
    wire="#76849a",
    text="#e7ebf1",
    muted="#9ba7b8",
    accent="#6ea0ff",
    accent_text="#0c1424",
    selection="#2c4677",
    hover="#2b323d",
    error="#ff7b80",
    warning="#f0b04a",
    hint="#7fb0ff",
    good="#5fcf98",
    shadow="#000000",
    groups={
        "Input and output": "#5c9bc5",
        "Dense": "#7e8cfc",
        "Convolution": "#99d3f5",
        "Pooling": "#14c5be",
        "Activation": "#aa6a05",
        "Normalization": "#7aaf3e",
        "Regularization": "#be7b7f",
        "Shape": "#8b64cc",
        "Merge": "#f5c257",
        "Arithmetic": "#c8fc0f",
        "Recurrent": "#bd5292",
        "Attention": "#bca2fe",
        "Embedding": "#fe8e9a",
        "Loss": "#f0f7b8",
        "Blocks": "#e2e9ed",
        "Custom": "#cadba9",
    },
    tints={
        "red": "#f2696d",
        "orange": "#f29234",
        "yellow": "#f2cf3e",
        "green": "#57d483",
        "teal": "#53d6ce",
        "blue": "#85b2ef",
        "purple": "#b081fd",
        "grey": "#a2a4ac",
    },
    plots=("#56b4e9", "#f0a04b", "#3fcf9f", "#e78ac3", "#e8dc5a", "#9aa5ff", "#ff8a70", "#9ba7b8"),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

theme_changed: Event[[Theme]] = Event()
"""Told after another theme was put on the application."""


def styled_application(name: str) -> QApplication:
    """The application in its style from the first moment: one that is exchanged is made twice, and read by Python."""
    app = QApplication([name, "-style", STYLE])
    app.setProperty(_STYLED, True)
    return app


# -- which theme ------------------------------------------------------------------------------------------------
def system_theme(app: QGuiApplication) -> Theme:
    """The theme that the desktop asks for; where it asks for none, light."""
    return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def theme_choice(app: QGuiApplication) -> str:
    """What the user chose: "system" (at first), "light" or "dark"."""
    chosen = app.property(_CHOICE)
    return chosen if chosen in CHOICES else "system"


def current_theme(app: QGuiApplication) -> Theme:
    """The theme to show: the user's choice, or the desktop's."""
    return THEMES.get(theme_choice(app)) or system_theme(app)


def choose_theme(app: QApplication, choice: str) -> Theme:
    """Overrides the desktop ("light", "dark") or follows it again ("system"), and applies the theme.

    Raises ValueError for another word.
    """
    if choice not in CHOICES:
        raise ValueError(f"the theme is one of {', '.join(CHOICES)}, not {choice}")
    app.setProperty(_CHOICE, choice)
    hints = app.styleHints()
    if choice == "system":
        hints.unsetColorScheme()
    else:  # native title bars and file dialogs follow as well
        hints.setColorScheme(Qt.ColorScheme.Dark if choice == "dark" else Qt.ColorScheme.Light)
    theme = current_theme(app)
    apply_theme(app, theme)
    return theme


def follow_system(app: QApplication) -> Callable[[], None]:
    """Applies the current theme, now and whenever the desktop changes its mind; returns what ends that."""

    def desktop_changed(*_: object) -> None:
        apply_theme(app, current_theme(app))

    desktop_changed()
    app.styleHints().colorSchemeChanged.connect(desktop_changed)

    def end() -> None:
        app.styleHints().colorSchemeChanged.disconnect(desktop_changed)

    return end


# -- putting it on ----------------------------------------------------------------------------------------------
def apply_theme(app: QApplication, theme: Theme) -> None:
    """Palette and style sheet of the whole application; tells `theme_changed` where that makes a difference."""
    if app.property(_APPLIED) == theme.name:
        return
    first = app.property(_APPLIED) is None
    app.setProperty(_APPLIED, theme.name)
    if first and not app.property(_STYLED) and app.style().name().lower() != STYLE.lower():
        app.setStyle(STYLE)
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet(theme, app.property(TEXT_SCALE) or 1.0))
    theme_changed.tell(theme)


def apply_again(app: QApplication) -> None:
    """The theme that is on, for another size of text."""
    if app.property(_APPLIED) is not None:
        app.setProperty(_APPLIED, "")
        apply_theme(app, current_theme(app))


def palette(theme: Theme) -> QPalette:
    """The theme as Qt's own roles."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.panel,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.raised,
        QPalette.ColorRole.AlternateBase: theme.panel,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.accent_text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.accent_text,
        QPalette.ColorRole.Accent: theme.accent,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.LinkVisited: theme.accent,
        QPalette.ColorRole.Light: theme.raised,
        QPalette.ColorRole.Midlight: theme.hover,
        QPalette.ColorRole.Mid: theme.border,
        QPalette.ColorRole.Dark: theme.border,
        QPalette.ColorRole.Shadow: theme.shadow,
    }
    for role, color in roles.items():
        made.setColor(role, QColor(color))
    faint = QColor(theme.muted)
    faint.setAlphaF(0.6)
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, faint)
    made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(theme.border))
    return made
