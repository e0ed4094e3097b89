from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtSvg import QSvgRenderer

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Severity
from nndesigner.gui import icons
from nndesigner.gui.theme import DARK, LIGHT, choose_theme
from nndesigner.layers.catalogue import GROUPS, grouped


@pytest.mark.parametrize("name", icons.icon_names())
def test_drawings_are_one_family(name: str) -> None:
    text = icons.drawing(name)
    renderer = QSvgRenderer(text.encode())
    assert renderer.isValid()
    if name == "app":
        return
    assert 'viewBox="0 0 24 24"' in text and 'stroke-width="1.75"' in text and 'stroke="currentColor"' in text
    # Coloured by the theme alone: no colour of its own.
    assert not re.search(r"#[0-9a-fA-F]{3,6}", text)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0, 3.0])
def test_an_icon_is_drawn_for_the_density_it_is_shown_at(app, ratio: float) -> None:
    picture = icons.icon("save").pixmap(QSize(20, 20), ratio)
    assert picture.width() == round(20 * ratio)
    assert picture.devicePixelRatio() == pytest.approx(ratio)


def _ink(icon: QIcon) -> set[str]:
    image = icon.pixmap(QSize(48, 48), 1.0).toImage()
    pixels = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
    return {p.name() for p in pixels if p.alpha() == 255}


def test_an_icon_follows_the_theme(app) -> None:
    icon = icons.icon("stop")
    assert QColor(LIGHT.text).name() in _ink(icon)
    choose_theme(app, "dark")
    assert QColor(DARK.text).name() in _ink(icon)
    assert QColor(LIGHT.text).name() not in _ink(icon)


def test_a_given_theme_is_kept(app) -> None:
    choose_theme(app, "dark")
    assert QColor(LIGHT.error).name() in _ink(icons.icon("stop", LIGHT, "error"))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(KeyError):
        icons.icon("no-such-icon")


def test_every_group_severity_and_kind_of_data_has_one() -> None:
    names = icons.icon_names()
    for group in (*GROUPS, *grouped()):
        assert icons.group_icon_name(group) != "group-other", group
        assert icons.group_icon_name(group) in names
    assert icons.group_icon_name("Somebody's own") == "group-other"
    for severity in Severity:
        assert icons.severity_icon_name(severity) in names
    for kind in ("image", "table", "series", "tokens", "class", "number", "strange"):
        field = DataField(name="f", role="input", kind=kind, element="float")
        assert icons.field_icon_name(field) in names
