from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.document.blocks import BLOCK
from nndesigner.gui.canvas.spotlight import Spotlight
from nndesigner.gui.commands import editing, overviews
from nndesigner.gui.find_bar import FindBar

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(window):
    """image1 → stem (conv1 → relu1) → flatten1 → relu2 → output1."""
    types = ("ImageInput", "Conv2d", "ReLU", "Flatten", "ReLU", "Output")
    ids = [editing.append(window.desk, type) for type in types]
    window.session.edit("", "make_block", ids=ids[1:3], name="stem")
    window.activateWindow()
    window.canvas.setFocus()
    QApplication.processEvents()
    return window.desk


@pytest.fixture
def bar(desk) -> FindBar:
    overviews.find(desk)
    return desk.canvas.findChild(FindBar)


def spotlight(desk) -> Spotlight:
    (found,) = [item for item in desk.canvas.scene().items() if isinstance(item, Spotlight)]
    return found


def test_enter_goes_on_into_blocks_and_round_the_end(desk, bar) -> None:
    main = desk.session.network
    QTest.keyClicks(bar.words, "relu")
    assert bar.count.text() == "1 of 2" and desk.session.network == main
    here = desk.session.document.node(next(iter(desk.canvas.selection)))
    assert here.name == "relu2"
    QTest.keyClick(bar.words, Qt.Key.Key_Return)
    assert bar.count.text() == "2 of 2 in block stem"
    inside = desk.session.document.node(next(iter(desk.canvas.selection)))
    assert inside.name == "relu1" and desk.session.network == inside.network != main
    assert spotlight(desk).lit == {inside.id} and spotlight(desk).current == inside.id
    QTest.keyClick(bar.words, Qt.Key.Key_Return)
    assert desk.session.network == main
    QTest.keyClick(bar.words, Qt.Key.Key_Return, SHIFT)
    assert desk.session.network == inside.network
    assert bar.isVisible() and bar.words.hasFocus()


def test_typing_takes_nobody_into_a_block_but_says_where_it_is(desk, bar) -> None:
    main = desk.session.network
    QTest.keyClicks(bar.words, "conv1")
    assert desk.session.network == main and bar.count.text() == "1 found in block stem"
    assert spotlight(desk).isVisible() and not spotlight(desk).lit, "nothing here is it"
    QTest.keyClick(bar.words, Qt.Key.Key_Return)
    assert desk.session.network != main


def test_every_block_is_come_to_and_the_count_goes_on(desk, bar) -> None:
    session = desk.session
    main = session.network
    for name in ("second", "third"):
        session.edit("", "make_block", ids=[editing.append(desk, "ReLU")], name=name)
        session.editing.show_network(main)
    networks = [network.id for network in session.document.networks]
    QTest.keyClicks(bar.words, "relu")
    total, seen, counts = len(bar.matches), set(), []
    for _ in range(total):
        QTest.keyClick(bar.words, Qt.Key.Key_Return)
        seen.add(session.network)
        counts.append(int(bar.count.text().split()[0]))
        QTest.qWait(150)  # what was found is looked for anew
    assert sorted(counts) == [*range(1, total + 1)] and len(seen & set(networks[1:])) == 3


def test_what_is_not_there_is_said(desk, bar) -> None:
    QTest.keyClicks(bar.words, "lstm")
    assert bar.count.text() == "not found" and not spotlight(desk).isVisible()
    assert not bar.after.isEnabled()
    QTest.keyClick(bar.words, Qt.Key.Key_Return)
    bar.words.clear()
    assert bar.count.text() == ""


def test_an_edit_is_followed(desk, bar, qtbot) -> None:
    QTest.keyClicks(bar.words, "relu2")
    node = desk.session.document.node_named("relu2")
    desk.session.edit("", "rename", node=node.id, name="last")
    qtbot.waitUntil(lambda: bar.count.text() == "not found")
    desk.session.undo()
    qtbot.waitUntil(lambda: len(bar.matches) == 1)


def test_esc_closes_and_the_search_is_as_it_was_when_it_is_opened_again(desk, bar) -> None:
    QTest.keyClicks(bar.words, "relu")
    QTest.keyClick(bar.words, Qt.Key.Key_Escape)
    assert not bar.isVisible() and not spotlight(desk).isVisible() and desk.canvas.hasFocus()
    overviews.find(desk)
    assert desk.canvas.findChildren(FindBar) == [bar] and bar.words.selectedText() == "relu"
    assert spotlight(desk).isVisible()


def test_it_stays_at_the_top_right_of_the_canvas(desk, bar) -> None:
    for width in (900, 360):
        desk.canvas.resize(width, 500)
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        assert bar.x() >= 0 and bar.geometry().right() < width


def test_the_veil_is_painted_around_what_was_found(desk, bar) -> None:
    desk.canvas.fit()
    before = desk.canvas.grab().toImage()
    block = next(n for n in desk.session.document.nodes() if n.type == BLOCK)
    QTest.keyClicks(bar.words, "stem1")
    assert spotlight(desk).lit == {block.id}
    desk.canvas.select([])
    after = desk.canvas.grab().toImage()
    image, stem = desk.session.document.node_named("image1"), block

    def pixel(picture, node):
        place = desk.canvas.mapFromScene(node.x + 30, node.y + 15)
        return picture.pixelColor(place).name()

    assert pixel(before, stem) == pixel(after, stem)
    assert pixel(before, image) != pixel(after, image)
