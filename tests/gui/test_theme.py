from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette

from nndesigner.base.problem import Severity
from nndesigner.document.records import COLORS
from nndesigner.gui import theme
from nndesigner.gui.canvas.cards import SHADE
from nndesigner.gui.stylesheet import mixed
from nndesigner.gui.theme import DARK, LIGHT, THEMES
from nndesigner.layers.catalogue import GROUPS, grouped

BOTH = pytest.mark.parametrize("shown", THEMES.values(), ids=lambda t: t.name)

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def linear(color: str) -> np.ndarray:
    rgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio."""
    a, b = sorted(float(linear(color) @ (0.2126, 0.7152, 0.0722)) for color in (first, second))
    return (b + 0.05) / (a + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson 2020."""
    to_lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return to_lab @ np.cbrt(to_lms @ np.clip(rgb, 0, 1))


@BOTH
def test_text_can_be_read_on_every_background(shown):
    for back in (shown.window, shown.panel, shown.raised, shown.canvas, shown.node):
        assert contrast(shown.text, back) >= 7
        assert contrast(shown.muted, back) >= 4.5
    for word in (shown.error, shown.warning, shown.hint, shown.good):
        assert contrast(word, shown.panel) >= 3.9
    assert contrast(shown.accent_text, shown.accent) >= 4.5
    assert contrast(shown.text, shown.selection) >= 4.5


@BOTH
def test_every_group_has_a_colour_that_shows_on_a_node(shown):
    for group in {*GROUPS, *grouped()}:
        assert group in shown.groups, group
        assert contrast(shown.group(group), shown.node) >= 3, group
    assert shown.group("of somebody's package") == shown.muted


@BOTH
@pytest.mark.parametrize("eye", EYES)
def test_group_colours_stay_apart_for_colour_blind_eyes(shown, eye):
    seen = {name: oklab(EYES[eye] @ linear(color)) for name, color in shown.groups.items()}
    for first, second in combinations(seen, 2):
        assert np.linalg.norm(seen[first] - seen[second]) > 0.07, (first, second)


@BOTH
@pytest.mark.parametrize("eye", EYES)
def test_the_colours_that_people_give_stay_apart_and_show(shown, eye):
    assert set(shown.tints) == set(COLORS)
    seen = {name: oklab(EYES[eye] @ linear(color)) for name, color in shown.tints.items()}
    for first, second in combinations(seen, 2):
        assert np.linalg.norm(seen[first] - seen[second]) > 0.07, (first, second)
    for color in shown.tints.values():
        assert contrast(color, shown.node) >= 3
        note, frame = mixed(shown.node, color, 0.16), mixed(shown.canvas, color, 0.3)
        assert contrast(shown.text, note) >= 6
        assert contrast(shown.text, frame) >= 5.5
        assert contrast(shown.muted, mixed(shown.node, color, SHADE)) >= 3.9
    assert shown.tint("", "#123456") == shown.tint("mauve", "#123456") == "#123456"


@BOTH
def test_plot_lines_show_and_come_round_again(shown):
    assert len(set(shown.plots)) == len(shown.plots) >= 8
    assert all(contrast(color, shown.raised) >= 3 for color in shown.plots)
    assert shown.plot(len(shown.plots)) == shown.plot(0)


@BOTH
def test_severities_have_colours(shown):
    assert [shown.severity(s) for s in (Severity.ERROR, Severity.WARNING, Severity.HINT)] == [
        shown.error,
        shown.warning,
        shown.hint,
    ]


@pytest.fixture
def app(qapp):
    """An application that no theme was chosen for, whatever tests before this one chose."""
    _unchosen(qapp)
    yield qapp
    _unchosen(qapp)


def _unchosen(qapp):
    qapp.setProperty("nndesigner_theme", None)
    qapp.setProperty("nndesigner_theme_applied", None)
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())


def test_a_theme_becomes_the_palette_and_tells_it(app):
    told = []
    end = theme.theme_changed.connect(told.append)
    try:
        theme.apply_theme(app, DARK)
        assert app.palette().color(QPalette.ColorRole.Window).name() == DARK.panel
        assert app.palette().color(QPalette.ColorRole.Highlight).name() == DARK.accent
        assert DARK.accent in app.styleSheet()
        theme.apply_theme(app, DARK)
        theme.apply_theme(app, LIGHT)
        assert app.palette().color(QPalette.ColorRole.WindowText).name() == LIGHT.text
    finally:
        end()
    assert told == [DARK, LIGHT]


def test_the_user_overrides_the_desktop(app):
    assert theme.theme_choice(app) == "system"
    assert theme.current_theme(app) == theme.system_theme(app)
    theme.choose_theme(app, "dark")
    assert (theme.theme_choice(app), theme.current_theme(app)) == ("dark", DARK)
    theme.choose_theme(app, "light")
    assert theme.current_theme(app) == LIGHT
    theme.choose_theme(app, "system")
    assert theme.theme_choice(app) == "system"
    with pytest.raises(ValueError, match="blue"):
        theme.choose_theme(app, "blue")


def test_it_follows_the_desktop(app, monkeypatch):
    """The offscreen platform has one colour scheme, so the desktop's answer is stood in for; the signal is Qt's."""
    answer = [LIGHT]
    monkeypatch.setattr(theme, "system_theme", lambda app: answer[0])

    def desktop_changes(to, scheme):
        answer[0] = to
        app.styleHints().colorSchemeChanged.emit(scheme)
        return app.palette().color(QPalette.ColorRole.Window).name()

    end = theme.follow_system(app)
    try:
        assert app.palette().color(QPalette.ColorRole.Window).name() == LIGHT.panel
        assert desktop_changes(DARK, Qt.ColorScheme.Dark) == DARK.panel
        assert desktop_changes(LIGHT, Qt.ColorScheme.Light) == LIGHT.panel
    finally:
        end()
    assert desktop_changes(DARK, Qt.ColorScheme.Dark) == LIGHT.panel
