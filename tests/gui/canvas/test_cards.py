from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from nndesigner.base.problem import Severity
from nndesigner.gui.canvas.cards import MARGIN, Look, Pictures, PortLook
from nndesigner.gui.canvas.geometry import WIDTH, outline
from nndesigner.gui.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("qapp")
FORM = outline(("x",), ("y",), True)


def test_looks_look_different():
    pictures = Pictures()
    looks = [
        Look(),
        Look(selected=True),
        Look(hovered=True),
        Look(known=False),
        Look(faded=True),
        Look(shadow=False),
        *(Look(severity=severity) for severity in Severity),
    ]
    images = [pictures.card(FORM, "Dense", look, LIGHT, 1.0).toImage() for look in looks]
    assert all(images[i] != images[j] for i in range(len(images)) for j in range(i))


def test_port_looks_look_different():
    pictures = Pictures()
    looks = [PortLook(), PortLook(wired=True), PortLook(optional=True), PortLook(bad=True)]
    looks += [PortLook(wired=True, dimmed=True), PortLook(hot=True)]
    images = [pictures.port(look, LIGHT, 2.0).toImage() for look in looks]
    assert all(images[i] != images[j] for i in range(len(images)) for j in range(i))


@pytest.mark.parametrize("resolution", [0.3, 1.0, 1.7, 4.0])
def test_a_picture_has_the_card_in_its_middle(resolution):
    picture = Pictures().card(FORM, "Dense", Look(shadow=False), DARK, resolution).toImage()
    assert picture.width() == pytest.approx((WIDTH + 2 * MARGIN) * resolution, abs=2)
    assert picture.width() % 2 == picture.height() % 2 == 0
    middle = picture.pixelColor(picture.width() // 2 + 8, round(picture.height() / 2 - 12 * resolution))
    assert middle == QColor(DARK.node)
    assert picture.pixelColor(0, 0).alpha() == 0


def test_pictures_are_kept_and_the_least_used_forgotten(monkeypatch):
    pictures = Pictures()
    first = pictures.card(FORM, "Dense", Look(), LIGHT, 1.0)
    assert pictures.card(FORM, "Dense", Look(), LIGHT, 1.0) is first
    monkeypatch.setattr(Pictures, "LIMIT", 3 * first.width() * first.height() * 4)
    for group in ("Pooling", "Merge", "Shape", "Attention"):
        pictures.card(FORM, group, Look(), LIGHT, 1.0)
    assert len(pictures._kept) <= 3
    assert pictures.card(FORM, "Dense", Look(), LIGHT, 1.0) is not first
