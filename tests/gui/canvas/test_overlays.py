"""What a run says on the canvas: plates near by, strips further away, whole nodes from afar; signal along wires."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from nndesigner.gui.canvas.heat import heat
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.canvas.state import Overlay, PaintState
from nndesigner.gui.canvas.tips import tip
from nndesigner.gui.canvas.wires import STRONGEST
from nndesigner.gui.theme import LIGHT
from tests.gui.canvas.test_painter import BOTH, at, picture


@BOTH
@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0])
def test_small_and_large_are_told_apart_at_every_scale(qapp, editor, theme, scale) -> None:
    conv = editor.named("conv1")
    small, large = (
        picture(editor, theme, scale, PaintState(overlays={conv: Overlay("x", heat=position)}))
        for position in (0.0, 1.0)
    )
    plain = picture(editor, theme, scale)
    assert small != large and plain not in (small, large)


def test_from_afar_the_node_has_the_colour_and_others_are_grey(qapp, editor) -> None:
    conv = editor.named("conv1")
    image = picture(editor, LIGHT, 0.2, PaintState(overlays={conv: Overlay("x", heat=1.0)}))
    assert at(image, 270, 20, 0.2) == heat(LIGHT, 1.0)
    assert at(image, 470, 20, 0.2).name() == LIGHT.node_border, (
        "no colour of a group beside those of the scale"
    )
    muted = picture(editor, LIGHT, 0.2, PaintState(overlays={conv: Overlay("gone", muted=True)}))
    assert at(muted, 470, 20, 0.2).name() == LIGHT.group("Activation")


@BOTH
@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("alarm", ["warning", "error"])
def test_an_alarm_is_seen_at_every_scale(qapp, editor, theme, scale, alarm) -> None:
    conv = editor.named("conv1")
    calm, loud = (
        picture(editor, theme, scale, PaintState(overlays={conv: Overlay("x", heat=0.5, alarm=words)}))
        for words in ("", alarm)
    )
    color = {"warning": theme.warning, "error": theme.error}[alarm]
    assert _pixels(loud, color) > _pixels(calm, color) + 4


def _pixels(image: QImage, color: str) -> int:
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(image.pixelColor(x, y).name() == color for x, y in places)


@BOTH
def test_a_wire_has_the_colour_and_the_width_of_its_signal(qapp, editor, theme) -> None:
    wire = next(e.id for e in editor.document.edges if e.target == editor.named("relu1"))
    weak = picture(editor, theme, state=PaintState(flows={wire: 0.0}))
    strong = picture(editor, theme, state=PaintState(flows={wire: 1.0}))
    assert at(strong, 370, 22) == heat(theme, 1.0) == at(strong, 370, 22 + STRONGEST / 2 - 1.5)
    assert at(weak, 370, 22 + STRONGEST / 2 - 1.5) != heat(theme, 0.0)
    assert weak != strong


def test_a_wire_that_is_selected_or_wrong_stays_as_it_is(qapp, editor) -> None:
    wire = next(e.id for e in editor.document.edges if e.target == editor.named("relu1"))
    chosen = PaintState(flows={wire: 1.0}, selection=frozenset({wire}))
    assert at(picture(editor, LIGHT, state=chosen), 371, 22).name() == LIGHT.accent


@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0])
def test_signal_is_seen_at_every_scale_and_shapes_stay(qapp, editor, scale) -> None:
    flows = {edge.id: 1.0 for edge in editor.document.edges}
    assert picture(editor, LIGHT, scale, PaintState(flows=flows)) != picture(editor, LIGHT, scale)


def test_the_view_takes_and_forgets_flows(editor, view) -> None:
    wire = editor.document.edges[0].id
    view.set_flows({wire: 0.25})
    assert view.state.flows == {wire: 0.25}
    view.reload()
    assert view.state.flows == {}


def test_a_tooltip_says_what_the_alarm_says(qapp, editor, view) -> None:
    conv = editor.named("conv1")
    overlays = {conv: Overlay("x", alarm="warning", words="It <b>fades</b>.\nAnd more.")}
    words = tip(view.faces, Hit("node", conv), {}, overlays)
    assert "It &lt;b&gt;fades&lt;/b&gt;.<br>And more." in words
