"""Painting on pictures: nothing raises, nothing is blank, and each detail appears at its scale."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPathStroker

from nndesigner.check.carrying import Fit
from nndesigner.document.diff import Diff
from nndesigner.document.records import Frame, Node
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.cards import Pictures
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.geometry import INPUT, wire_lines
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.canvas.painter import draw_background, paint
from nndesigner.gui.canvas.state import NO_STATE, Overlay, PaintState
from nndesigner.gui.canvas.wires import wire_path
from nndesigner.gui.theme import DARK, LIGHT, THEMES

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
SCALES = pytest.mark.parametrize("scale", [0.05, 0.25, 0.35, 0.5, 0.8, 1.0, 2.3])
VIEW = QRectF(-40, -60, 900, 420)


def picture(editor, theme=LIGHT, scale=1.0, state=NO_STATE, ratio=1.0, vectors=False, network=None) -> QImage:
    arrays = NetworkArrays.rebuild(editor.document, network or editor.network)
    faces = Faces(editor.document, editor.network, editor.checked)
    image = QImage(
        round(VIEW.width() * scale * ratio) + 1,
        round(VIEW.height() * scale * ratio) + 1,
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(theme.canvas))
    painter = QPainter(image)
    painter.scale(scale, scale)
    painter.translate(-VIEW.topLeft())
    draw_background(painter, VIEW, scale, theme)
    pictures = None if vectors else Pictures()
    paint(painter, arrays, faces, theme, VIEW, scale, state, ratio=ratio, pictures=pictures)
    painter.end()
    return image


def colors(image: QImage) -> set[str]:
    step = max(2, image.width() // 200)
    return {
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), step)
        for y in range(0, image.height(), step)
    }


def at(image: QImage, x: float, y: float, scale=1.0) -> QColor:
    ratio = image.devicePixelRatio()
    return image.pixelColor(round((x - VIEW.left()) * scale * ratio), round((y - VIEW.top()) * scale * ratio))


@pytest.fixture
def full(qapp, editor):
    """One of everything: notes, frames, rows of ports, an unknown layer, problems."""
    editor.edit("Note", "add_note", text="a note that is long enough to need two lines", x=600, y=200)
    add = editor.add("MultiheadAttention", 600, 40)
    editor.add("Linear", 400, 200)
    editor.wire(editor.named("relu1"), editor.named("linear1"))
    editor.wire(editor.named("relu1"), add, in_port="key")
    frame = Frame(id="frame", network=editor.network, title="stem", x=-20, y=-50, width=560, height=140)
    stranger = Node(id="stranger", network=editor.network, type="acme.Twist", name="twist1", x=0, y=200)
    editor._apply(Diff(added={"frame": frame, "stranger": stranger}))
    return editor


def busy_state(editor) -> PaintState:
    conv = editor.named("conv1")
    return PaintState(
        selection=frozenset({conv, editor.document.edges[0].id, "frame"}),
        hovered=Hit("port", editor.named("relu1"), INPUT, "x"),
        raised=frozenset({editor.named("flatten1")}),
        dimmed=frozenset({(editor.named("image1"), 1, "y")}),
        target=Hit("edge", editor.document.edges[1].id),
        overlays={
            conv: Overlay("0.31", (1, 2, 3), "good"),
            "stranger": Overlay(muted=True),
            "gone": Overlay("x"),
        },
        flashes={conv: 0.5, "gone": 1.0},
    )


@BOTH
@SCALES
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_everything_at_every_scale(full, theme, scale, ratio):
    plain = picture(full, theme, scale, ratio=ratio)
    busy = picture(full, theme, scale, busy_state(full), ratio=ratio)
    assert len(colors(plain)) >= 5
    assert plain != busy


@BOTH
def test_vectors_and_pictures_look_alike(full, theme):
    """Two ways to the same drawing: a body's middle, a group's tile and a wire have the same colour."""
    one, other = picture(full, theme), picture(full, theme, vectors=True)
    for x, y in ((330, 12), (216, 12), (370, 22), (800, 300), (605, 205)):
        assert at(one, x, y) == at(other, x, y)


def test_from_afar_a_node_is_a_rectangle_of_its_groups_colour(qapp, editor):
    image = picture(editor, LIGHT, 0.2)
    assert at(image, 270, 20, 0.2).name() == LIGHT.group("Convolution")
    assert at(image, 470, 20, 0.2).name() == LIGHT.group("Activation")


def test_a_wrong_node_and_its_wire_are_red(full):
    image = picture(full, LIGHT)
    line = NetworkArrays.rebuild(full.document, full.network).lines
    wire = full.document.wire_into(full.named("linear1"), "x").id
    row = NetworkArrays.rebuild(full.document, full.network).edge_index[wire]
    x, y = line[row][3]
    seen = at(image, x, y)
    assert seen.red() > seen.blue() + 60 and seen.red() > seen.green() + 60


def test_a_hidden_wire_is_not_drawn(qapp, editor):
    wire = editor.document.wire_into(editor.named("relu1"), "x").id
    image = picture(editor, LIGHT, state=PaintState(hidden_edge=wire))
    assert at(image, 370, 22).name() == LIGHT.canvas
    assert at(picture(editor, LIGHT), 370, 22).name() == LIGHT.wire


def test_what_is_dragged_lies_on_top(qapp, editor):
    editor.edit("Move", "move", places={editor.named("flatten1"): (200, 0)})
    raised = PaintState(raised=frozenset({editor.named("conv1")}))
    # the footer of conv1 is below flatten1's body; its title, being on top, hides flatten1's
    assert picture(editor, LIGHT) != picture(editor, LIGHT, state=raised)


def test_a_muted_node_is_fainter(qapp, editor):
    conv = editor.named("conv1")
    muted = picture(editor, DARK, state=PaintState(overlays={conv: Overlay(muted=True)}))
    full_color, faint = at(picture(editor, DARK), 330, 12), at(muted, 330, 12)
    assert faint.lightness() < full_color.lightness()


def test_in_motion_it_is_the_same_drawing_without_antialiasing(qapp, editor):
    for i in range(30):
        editor.add("ReLU", -20 + (i % 6) * 150, 120 + (i // 6) * 50)
    for i in range(2, 31):
        editor.wire(editor.named(f"relu{i}"), editor.named(f"relu{i + 1}"))
    moving, still = picture(editor, state=PaintState(fast=True)), picture(editor)
    assert moving != still
    assert at(moving, 370, 22) == at(still, 370, 22)


def test_an_empty_network_is_the_dotted_canvas(qapp, editor):
    image = picture(editor, LIGHT, network="no such network")
    assert colors(image) <= {LIGHT.canvas, LIGHT.grid}


@SCALES
def test_the_dots_are_never_closer_than_the_eye_likes(qapp, scale):
    image = QImage(200, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    painter = QPainter(image)
    painter.scale(scale, scale)
    draw_background(painter, QRectF(0, 0, 200 / scale, 40 / scale), scale, LIGHT)
    painter.end()
    most = max(sum(image.pixelColor(x, y).name() == LIGHT.grid for x in range(200)) for y in range(40))
    assert 0 < most <= 2 * (200 / 16 + 2)


@BOTH
@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0])
def test_a_heavy_node_is_tinted_and_says_its_share(qapp, editor, theme, scale):
    conv, relu = editor.named("conv1"), editor.named("relu1")
    plain = picture(editor, theme, scale)
    little = picture(editor, theme, scale, PaintState(shares={conv: 0.1}))
    most = picture(editor, theme, scale, PaintState(shares={conv: 0.9, "gone": 0.5}))
    row = NetworkArrays.rebuild(editor.document, editor.network).index
    assert row[conv] != row[relu]
    inside = (270, 24)
    assert len({at(image, *inside, scale).name() for image in (plain, little, most)}) == 3
    x, y = NetworkArrays.rebuild(editor.document, editor.network).place[row[relu]].tolist()
    assert at(plain, x + 20, y + 24, scale) == at(most, x + 20, y + 24, scale)


def test_a_port_that_takes_what_is_dragged_is_not_red_because_nothing_is_wired_to_it(qapp, editor):
    linear = editor.add("Linear", 400, 200)
    arrays = NetworkArrays.rebuild(editor.document, editor.network)
    place = arrays.port_place(linear, INPUT, "x")
    under = Hit("port", linear, INPUT, "x")
    bad = picture(editor, state=PaintState(target=under))
    fits = picture(editor, state=PaintState(target=under, lit=frozenset({(linear, INPUT, "x")})))
    assert at(bad, *place).name() == LIGHT.error and at(fits, *place).name() == LIGHT.accent


def test_the_bar_of_a_heavy_node_is_as_long_as_its_share(qapp, editor):
    conv = editor.named("conv1")
    arrays = NetworkArrays.rebuild(editor.document, editor.network)
    (x, y), (wide, tall) = (part[arrays.index[conv]].tolist() for part in (arrays.place, arrays.size))
    image = picture(editor, LIGHT, 2.0, PaintState(shares={conv: 0.5}))
    left, right = (at(image, x + share * wide, y + tall - 3.0, 2.0).name() for share in (0.4, 0.6))
    assert left == LIGHT.warning and right != LIGHT.warning


@BOTH
@pytest.mark.parametrize("scale", [0.35, 1.0])
def test_what_a_layer_keeps_is_seen_near_and_far_and_each_state_differs(editor, theme, scale):
    conv = editor.named("conv1")
    fits = [Fit(kept=1), Fit(resized=1), Fit(fresh=1), Fit(kept=1, frozen=1)]
    seen = [picture(editor, theme, scale, PaintState(fits={conv: fit})) for fit in fits]
    plain = picture(editor, theme, scale)
    assert all(image != plain for image in seen)
    assert seen[0] != seen[1] != seen[2] != seen[0]
    if scale == 1.0:
        assert seen[3] != seen[0]
    assert picture(editor, theme, 0.1, PaintState(fits={conv: fits[0]})) == picture(editor, theme, 0.1)


# -- looks that people give ------------------------------------------------------------------------------------------
@BOTH
@pytest.mark.parametrize("vectors", [False, True])
def test_a_colour_shows_as_a_stripe_and_from_afar(qapp, editor, theme, vectors):
    conv = editor.named("conv1")
    editor.edit("Colour", "set_look", ids=[conv], color="purple")
    near = picture(editor, theme, vectors=vectors)
    assert at(near, 260, 2).name() == theme.tints["purple"]
    assert at(near, 260, 40).name() not in (theme.node, at(near, 260, 60).name()), "the title has a shade"
    assert at(near, 260, 60).name() == theme.node
    afar = picture(editor, theme, scale=0.2)
    assert theme.tints["purple"] in colors(afar)
    assert at(afar, 270, 30, 0.2).name() == theme.tints["purple"]


def test_a_folded_node_ends_below_its_title(qapp, editor):
    before = picture(editor)
    editor.edit("Fold", "set_look", ids=[editor.named("conv1")], collapsed=True)
    after = picture(editor)
    assert at(before, 270, 62).name() == LIGHT.node
    assert at(after, 270, 62).name() != LIGHT.node
    assert at(after, 210, 40).name() == LIGHT.node


@pytest.mark.parametrize("vectors", [False, True])
def test_a_wire_is_drawn_through_its_bends(qapp, editor, vectors):
    wire = next(e.id for e in editor.document.edges if e.target == editor.named("relu1"))
    editor.edit("Bend", "set_bends", edge=wire, bends=[(370, 120)])
    image = picture(editor, vectors=vectors)
    assert at(image, 370, 120).lightness() < 170
    assert at(image, 370, 22).lightness() > 200
    if not vectors:
        assert LIGHT.wire in {at(picture(editor, scale=0.2), 370, 120 + d, 0.2).name() for d in (-5, 0, 5)}


def test_bends_are_dots_on_a_wire_that_is_looked_at(qapp, editor):
    wire = next(e.id for e in editor.document.edges if e.target == editor.named("relu1"))
    editor.edit("Bend", "set_bends", edge=wire, bends=[(370, 120)])
    dot = LIGHT.accent
    assert at(picture(editor), 371, 120).name() != dot
    for state in (PaintState(selection=frozenset({wire})), PaintState(hovered=Hit("bend", wire, bend=0))):
        assert at(picture(editor, state=state), 371, 120).name() == dot


@BOTH
@pytest.mark.parametrize("scale", [0.25, 0.5, 1.0, 2.3])
def test_frames_and_notes_in_their_colours_with_handles_where_selected(full, theme, scale):
    (note,) = (r.id for r in full.document if r.kind == "note")
    before = picture(full, theme, scale)
    full.edit("Colour", "set_look", ids=["frame", note], color="green")
    after = picture(full, theme, scale)
    assert after != before
    chosen = picture(full, theme, scale, PaintState(selection=frozenset({"frame", note})))
    assert theme.node == at(chosen, -20, -50, scale).name(), "a handle on the corner of the frame"
    assert at(after, -20, -50, scale).name() != theme.node


def test_a_frames_title_is_read_from_afar(qapp, editor):
    editor.edit("Frame", "add_frame", title="stem", x=-20, y=-50, width=700, height=340, id="f")
    named = picture(editor, scale=0.2)
    editor.edit("Frame", "set_frame", frame="f", title="")
    assert named != picture(editor, scale=0.2)


def test_a_wire_that_goes_around_is_one_smooth_path_along_its_line(qapp):
    start, end = (400.0, 22.0), (0.0, 222.0)
    line = wire_lines(np.array([start]), np.array([end]))[0]
    path = wire_path(start, end)
    assert (path.elementAt(0).x, path.elementAt(0).y) == start
    assert path.currentPosition().toTuple() == end
    stroke = QPainterPathStroker()
    stroke.setWidth(1.0)
    wide = stroke.createStroke(path)
    assert all(wide.contains(QPointF(*point)) for point in line[1:-1].tolist())


@BOTH
def test_between_titles_and_rectangles_the_type_shows_by_colour(qapp, editor, theme):
    node = LIGHT.node if theme is LIGHT else DARK.node
    assert at(picture(editor, theme, scale=0.5), 330, 36, 0.5).name() == node
    small = at(picture(editor, theme, scale=0.35), 330, 36, 0.35)
    assert small.hslSaturation() > at(picture(editor, theme, scale=0.5), 330, 36, 0.5).hslSaturation()
    assert small.name() != node
