"""The whole way by keyboard alone: from the welcome page to an exported model, and what a screen reader is told of it.

Every key goes to whatever has the keyboard, as a person's would: nothing is clicked, no verb, session call or signal is
used to act, and no widget is given the focus by hand. What came of it is read from the session and the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from nndesigner.document.records import Edge, Node
from nndesigner.gui.data_cards import SourceCard
from nndesigner.gui.export_dialog import ExportDialog
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.spoken_tree import spoken_tree
from nndesigner.gui.theme import choose_theme
from nndesigner.gui.worker_driver import QtDriver
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session

Key = Qt.Key
NONE, CTRL, ALT, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
PATIENCE = 90_000
"""milliseconds that a worker may take on a busy machine"""
MOST_TABS = 60
"""Nothing on a page is further away than this."""


class Keyboard:
    """Somebody who has nothing else."""

    def __init__(self, window: MainWindow, app: QApplication) -> None:
        self.window, self.app = window, app

    @property
    def at(self) -> QWidget:
        """What has the keyboard: in the list that is open, else in the window that is active."""
        popup = QApplication.activePopupWidget()
        found = (popup.focusWidget() or popup) if popup is not None else QApplication.focusWidget()
        assert found is not None, "the keyboard is nowhere"
        return found

    def press(self, key: Key, keys: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        for _ in range(times):
            QTest.keyClick(self.at, key, keys)
            self.app.processEvents()

    def type(self, text: str) -> None:
        for letter in text:
            QTest.keyClicks(self.at, letter)
            self.app.processEvents()

    def enter(self, text: str) -> None:
        """Replaces what a field holds, and presses Return."""
        self.press(Key.Key_A, CTRL)
        self.type(text)
        self.press(Key.Key_Return)

    def tab_to(self, wanted: Callable[[QWidget], bool]) -> None:
        for _ in range(MOST_TABS):
            if wanted(self.at):
                return
            self.press(Key.Key_Tab)
        raise AssertionError(f"Tab does not lead there; it ends at {self.at!r}")

    def within(self, name: str) -> Callable[[QWidget], bool]:
        """Whether a widget is the named one, or the part of it that takes the keyboard."""

        def found(widget: QWidget) -> bool:
            named = self.window.findChild(QWidget, name)
            return named is not None and widget in (named, named.focusProxy())

        return found

    def append(self, words: str) -> str:
        """Searches a layer in the palette and appends it after the selected one; its name."""
        before = {node.id for node in self.window.session.document.nodes()}
        self.press(Key.Key_1, ALT)
        for _ in range(200):
            if self.at is self.window.palette_panel.search_field:
                break
            QTest.qWait(10)
        self.enter(words)
        return self._new(before)

    def search(self, words: str) -> str:
        """Types a layer's name on the canvas with nothing selected: it is added, and wired to nothing."""
        before = {node.id for node in self.window.session.document.nodes()}
        self.to_canvas()
        self.type(words)
        assert self.window.asking.popup.isVisible()
        self.press(Key.Key_Return)
        return self._new(before)

    def to_canvas(self) -> None:
        """Esc leads back to the canvas, and there gives up the selection."""
        for _ in range(4):
            if self.at is self.window.canvas and not self.window.canvas.selection:
                return
            self.press(Key.Key_Escape)
        raise AssertionError("Esc does not lead to the canvas")

    def _new(self, before: set[str]) -> str:
        (made,) = [node for node in self.window.session.document.nodes() if node.id not in before]
        return made.name


@pytest.fixture
def keyboard(qapp: QApplication) -> Iterator[Keyboard]:
    choose_theme(qapp, "light")
    driver = QtDriver()
    pool = WorkerPool(driver)
    window = MainWindow(Session(pool), devices=lambda: pool.devices)
    window.resize(1440, 900)
    window.show()
    pool.open()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, 5000)
    yield Keyboard(window, qapp)
    window.session.editing.history.saved()  # nobody is there to answer
    window.close()
    window.close_down()
    pool.close()
    driver.close()
    driver.deleteLater()
    window.deleteLater()
    qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _wires(window: MainWindow) -> set[tuple[str, str]]:
    document = window.session.document
    return {(document.node(e.source).name, document.node(e.target).name) for e in document.edges}


def test_build_train_and_export_the_digits_cnn_by_keyboard_alone(
    keyboard: Keyboard, qtbot, tmp_path: Path, monkeypatch
) -> None:
    window, session, press = keyboard.window, keyboard.window.session, keyboard.press
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    keyboard.tab_to(keyboard.within("welcome-new"))
    press(Key.Key_Space)
    assert window.shows_project and session.document.nodes() == ()

    # -- the first layers from the palette, each after the one before
    assert [keyboard.append(words) for words in ("image input", "conv 2-d", "relu")] == [
        "image1", "conv1", "relu1",
    ]  # fmt: skip
    assert _wires(window) == {("image1", "conv1"), ("conv1", "relu1")}

    # -- one that is searched on the canvas, and wired from its own input port
    assert keyboard.search("max pool 2-d") == "pool1"
    press(Key.Key_Down, ALT)
    press(Key.Key_Left)
    press(Key.Key_Return)
    assert window.asking.target_popup.isVisible()
    keyboard.type("relu1")
    press(Key.Key_Return)
    assert ("relu1", "pool1") in _wires(window)

    # -- the rest of the chain, and an output that is connected by the outline's selection and C
    assert [keyboard.append(words) for words in ("flatten", "linear")] == ["flatten1", "linear1"]
    assert keyboard.search("output") == "output1"
    press(Key.Key_2, ALT)  # the outline
    qtbot.waitUntil(lambda: keyboard.at.accessibleName() == "Outline of the network")
    press(Key.Key_Home)
    press(Key.Key_Down, times=5)
    press(Key.Key_Down, SHIFT)
    chosen = {session.document.node(id).name for id in window.canvas.selection}
    assert chosen == {"linear1", "output1"}
    press(Key.Key_Escape)
    assert keyboard.at is window.canvas
    press(Key.Key_C)
    assert ("linear1", "output1") in _wires(window) and len(session.document.edges) == 6

    # -- settings: from the outline by the first letters of a name, Return, and a number
    for name, value in (("conv1", "8"), ("linear1", "10")):
        press(Key.Key_2, ALT)
        qtbot.waitUntil(lambda: keyboard.at.accessibleName() == "Outline of the network")
        QTest.qWait(QApplication.keyboardInputInterval() + 50)
        keyboard.type(name)
        assert [session.document.node(id).name for id in window.canvas.selection] == [name]
        press(Key.Key_Return)
        keyboard.enter(value)
        press(Key.Key_Escape)
    conv = session.document.node_named("conv1")
    assert conv is not None and conv.parameters == {"out_channels": 8}

    # -- walking: Tab through the layers in data order, and out of the canvas after the last
    keyboard.to_canvas()
    press(Key.Key_Right, ALT)
    walked = []
    while keyboard.at is window.canvas:
        walked += [session.document.node(id).name for id in window.canvas.selection]
        press(Key.Key_Tab)
    assert walked == ["image1", "conv1", "relu1", "pool1", "flatten1", "linear1", "output1"]

    # -- data
    press(Key.Key_2, CTRL)
    qtbot.wait(50)
    keyboard.tab_to(lambda widget: isinstance(widget, SourceCard) and widget.type == "digits")
    press(Key.Key_Space)
    qtbot.waitUntil(lambda: session.data.known, timeout=PATIENCE)
    press(Key.Key_1, CTRL)
    assert keyboard.at is window.canvas
    assert [p.message for p in session.problems if p.severity == "error"] == []

    # -- a few epochs, set on the training panel
    press(Key.Key_4, ALT)
    qtbot.waitUntil(lambda: window.docks["training"].isAncestorOf(keyboard.at), timeout=5000)
    keyboard.tab_to(keyboard.within("field:epochs"))
    keyboard.enter("3")
    assert session.document.plan.parameters == {"epochs": 3}
    press(Key.Key_F5)
    assert session.training.busy
    qtbot.waitUntil(lambda: not session.training.busy, timeout=PATIENCE)
    losses = session.training.history.series("validation", "loss").values
    assert len(losses) == 3 and losses[-1] < losses[0]

    # -- export
    press(Key.Key_E, CTRL)
    dialog = QApplication.activeWindow()
    assert isinstance(dialog, ExportDialog)
    keyboard.tab_to(lambda widget: widget is dialog.path)
    out = tmp_path / "digits.onnx"
    keyboard.enter(str(out))
    qtbot.waitUntil(lambda: out.is_file() and not session.exporting.busy, timeout=PATIENCE)
    assert session.exporting.failure == ""
    press(Key.Key_Escape)

    # -- and back: every edit can be taken back by key
    window.activateWindow()  # as every desktop does when a dialog is closed
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    press(Key.Key_1, CTRL)
    press(Key.Key_Z, CTRL, times=session.editing.history.depth)
    assert not any(isinstance(record, Node | Edge) for record in session.document)


def test_a_person_can_follow_the_network_by_ear(qtbot, app, tmp_path: Path) -> None:
    """The tree that a screen reader walks tells names, types, shapes, wires and problems; no control is nameless."""
    from nndesigner.gui.commands import filing

    source = Path(__file__).parents[2] / "examples" / "digits-cnn.nnd"
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes())
    window = MainWindow(Session())
    window.resize(1440, 900)
    window.show()
    assert filing.open_file(window.desk, path)
    app.processEvents()
    try:
        told = spoken_tree(window)
        lines = [line.strip() for line in told.splitlines()]
        canvas = lines.index(next(line for line in lines if line.startswith("tree: Network canvas")))
        assert lines[canvas].startswith("tree: Network canvas — 15 layers, 14 wires.")
        heads = [
            line for line in told.splitlines()[canvas:] if " gives " in line or "output1, Output" in line
        ]
        names = [line.split("item: ")[1].split(",")[0] for line in heads]
        assert names == [
            "image1", "conv1", "norm1", "relu1", "conv2", "norm2", "relu2", "pool1", "dropout1", "flatten1",
            "linear1", "relu3", "dropout2", "linear2", "output1",
        ]  # fmt: skip
        conv = next(line for line in heads if "conv1, Conv 2-D" in line)
        for said in (
            "gives channel 16 × height 8 × width 8",
            "160 parameters",
            "Input x from image1, channel 1 × height 8 × width 8",
            "Output y to norm1",
        ):
            assert said in conv, conv
        assert "tree item: Wire from dropout1 to flatten1, channel 32 × height 4 × width 4" in lines
        assert "static text: No problems: the network fits together." in lines
        assert "menu item: File" in lines and any(line.startswith("button: Train — Start") for line in lines)
        for role in ("button", "check box", "combo box", "editable text", "spin box", "tree", "tool bar"):
            nameless = [line for line in lines if line.startswith(f"{role}: (no name)")]
            assert not nameless, (role, nameless, told)
        assert "<p" not in told and "style=" not in told

        # a wire is taken away: what is wrong now is said where it is, and in the list of problems
        wire = next(
            e for e in window.session.document.edges if window.session.document.node(e.target).name == "conv2"
        )
        window.session.edit("", "disconnect", edge=wire.id)
        app.processEvents()
        told = spoken_tree(window)
        broken = next(line for line in told.splitlines() if "item: conv2, Conv 2-D" in line)
        assert "error" in broken and "Input x, not wired yet" in broken
        (message,) = [p.message for p in window.session.problems if p.where.node == wire.target][:1]
        assert f"Error: {message}" in broken
        assert any(message in line for line in told.splitlines() if "item:" not in line), "in the panel too"
        assert "Wire from relu1 to conv2" not in told
    finally:
        window.session.editing.history.saved()
        window.close_down()
        window.close()
        window.deleteLater()
        app.processEvents()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
