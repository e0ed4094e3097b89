"""The supported triples, and what the installed one has to stand: the gate for each release of a binding."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from nndesigner.app import support
from nndesigner.app.support import SUPPORTED, check_versions, none_references_dropped, probe

ROOT = Path(__file__).parents[2]


def run_qt(code: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a process of its own: a binding that aborts must not take the tests with it."""
    return subprocess.run(
        [sys.executable, "-I", "-X", "faulthandler", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_installed_triple_is_supported() -> None:
    assert probe() is None


@pytest.mark.parametrize("triple", SUPPORTED, ids=str)
def test_every_listed_triple_passes_with_any_patch_release(triple: support.Triple) -> None:
    versions = [f"{major}.{minor}.7" for major, minor in triple]
    assert check_versions(*versions) is None


@pytest.mark.parametrize(
    ("python", "pyside6", "pyqtgraph", "way_out"),
    [
        ("3.11.7", "6.12.0", "0.14.0", "PySide6-Essentials==6.11.*"),
        ("3.11.7", "6.10.2", "0.14.0", "PySide6-Essentials==6.11.*"),
        ("3.12.1", "6.9.1", "0.14.0", "PySide6-Essentials==6.12.*"),
        ("3.13.0", "6.12.0", "0.13.7", "pyqtgraph==0.14.*"),
        ("3.13.0", "6.12.0", "0.15.0rc1", "pyqtgraph==0.14.*"),
        ("3.10.13", "6.11.3", "0.14.0", "Use Python 3.11, 3.12 or 3.13."),
        ("4.0.0", "6.11.3", "0.14.0", "Use Python 3.11, 3.12 or 3.13."),
    ],
)
def test_another_triple_is_refused_with_a_way_out(
    python: str, pyside6: str, pyqtgraph: str, way_out: str
) -> None:
    sentence = check_versions(python, pyside6, pyqtgraph)
    assert sentence is not None
    for part in (python, pyside6, pyqtgraph, way_out):
        assert part in sentence


def test_probe_refuses_what_is_installed_when_it_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "SUPPORTED", (support.Triple((3, 99), (6, 11), (0, 14)),))
    assert "Use Python 3.99." in str(probe())


def test_probe_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    there = support.find_spec
    monkeypatch.setattr(support, "find_spec", lambda name: None if name == "pyqtgraph" else there(name))
    assert "needs pyqtgraph, which is not installed" in str(probe())


@pytest.mark.parametrize(
    "notes", [(), ("thing-1.2.3.dist-info", "thing-1.3.0.dist-info")], ids=["none", "two"]
)
def test_a_version_that_no_folder_tells_is_asked_of_the_installer(
    notes: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "__init__.py").touch()
    for name in notes:
        (tmp_path / name).mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(metadata, "version", lambda name: f"{name} as installed")
    assert support._version("thing", "thing") == "thing as installed"


def test_the_version_read_from_the_folder_is_the_installed_one() -> None:
    assert support._version("pyqtgraph", "pyqtgraph") == metadata.version("pyqtgraph")
    assert support._version("no_such_package", "numpy") is None


def test_dropped_references_are_counted_and_the_probe_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def faulty() -> None:
        nonlocal calls
        calls += 1

    # The count that a binding which drops one reference for each call would show.
    monkeypatch.setattr(sys, "getrefcount", lambda _: 10_000 - calls)
    assert none_references_dropped([faulty]) > 20
    assert calls <= 100, "thousands of such calls abort the interpreter"


def test_probe_refuses_a_binding_that_drops_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "NONE_IS_COUNTED", True)
    monkeypatch.setattr(support, "none_references_dropped", lambda calls: 2_000)
    assert "releases None once too often" in str(probe())


def test_two_thousand_void_calls_keep_the_count_of_none() -> None:
    done = run_qt("""
        from nndesigner.app import support
        print(support.none_references_dropped(support._void_qt_calls(), 2_000))
    """)
    assert done.returncode == 0, done.stderr
    assert abs(int(done.stdout)) <= 2


def test_pyproject_and_pins_stay_inside_the_table() -> None:
    """What pip may pick for a supported Python is a listed triple, and so is what the tests run with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for line in project["dependencies"] if line.startswith(("PySide6", "pyqtgraph"))]
    assert len(lines) == 3
    for python in sorted({triple.python for triple in SUPPORTED}):
        allowed: dict[str, set[tuple[int, int]]] = {}
        for line in lines:
            requirement, _, marker = line.partition(";")
            condition = re.search(r"(<|>=) '3\.(\d+)'", marker)
            if condition and (condition[1] == "<") != (python < (3, int(condition[2]))):
                continue
            found = re.fullmatch(r"([\w-]+)>=(\d+)\.(\d+),<(\d+)\.(\d+)", requirement.strip())
            assert found is not None, line
            major = int(found[2])
            allowed[found[1]] = {(major, minor) for minor in range(int(found[3]), int(found[5]))}
        pairs = {(qt, plots) for qt in allowed["PySide6-Essentials"] for plots in allowed["pyqtgraph"]}
        assert pairs == {(t.pyside6, t.pyqtgraph) for t in SUPPORTED if t.python == python}
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    )
    assert check_versions("3.11.0", pins["PySide6-Essentials"], pins["pyqtgraph"]) is None


def test_two_hundred_thousand_mixed_calls() -> None:
    """Void and valued calls, objects made and dropped, items, painting, signals: no abort, no lost None."""
    done = run_qt("""
        import os, sys
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
        from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
        from PySide6.QtWidgets import QApplication, QGraphicsRectItem, QGraphicsScene, QLabel

        app = QApplication([])

        class Sender(QObject):
            sent = Signal(object)

        sender, received = Sender(), []
        sender.sent.connect(received.append)
        scene, label, image = QGraphicsScene(), QLabel(), QImage(64, 64, QImage.Format.Format_ARGB32)
        item = scene.addRect(0, 0, 10, 10)
        painter = QPainter(image)
        label.setTextFormat(Qt.TextFormat.PlainText)
        before, calls = sys.getrefcount(None), 0
        for number in range(10_000):
            item.setPos(number % 100, 5)
            item.setRect(QRectF(0, 0, 10 + number % 7, 10))
            item.setZValue(number % 3)
            item.setToolTip("node")
            item.setVisible(number % 2 == 0)
            item.sceneBoundingRect()
            item.pos().x()
            other = QGraphicsRectItem(0, 0, 4, 4)
            scene.addItem(other)
            scene.removeItem(other)
            path = QPainterPath(QPointF(0, 0))
            path.lineTo(10, 10)
            painter.setPen(QPen(QColor(number % 255, 0, 0), 1.5))
            painter.drawPath(path)
            painter.drawText(QPointF(2, 9), "conv1")
            label.setText(str(number))
            label.text()
            sender.setObjectName("sender")
            sender.objectName()
            sender.sent.emit(number)
            calls += 20
        painter.end()
        assert calls == 200_000 and received == list(range(10_000)), (calls, len(received))
        if sys.version_info < (3, 12):
            # Gaining references is harmless (removeItem gains one); losing them ends in an abort.
            lost = before - sys.getrefcount(None)
            assert lost <= 100, f"{lost} references to None were lost"
        print("done")
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "done"


def test_exceptions_in_slots_paints_and_events_reach_the_hook() -> None:
    done = run_qt("""
        import os, sys
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from PySide6.QtCore import QEvent, QObject, QTimer, Signal
        from PySide6.QtWidgets import QApplication, QPushButton, QWidget

        app = QApplication([])
        reached = []
        # In an override the text is "Error calling Python override of …: paint".
        sys.excepthook = lambda kind, error, trace: reached.append(str(error).split()[-1])

        def fail(where):
            raise ValueError(where)

        class Sender(QObject):
            sent = Signal(object)

        class Canvas(QWidget):
            def paintEvent(self, event):
                fail("paint")

            def event(self, event):
                if event.type() == QEvent.Type.User:
                    fail("event")
                return super().event(event)

        sender, button, canvas = Sender(), QPushButton(), Canvas()
        sender.sent.connect(lambda value: fail("slot"))
        button.clicked.connect(lambda: fail("click"))
        QTimer.singleShot(0, lambda: fail("timer"))
        sender.sent.emit(1)
        button.click()
        app.postEvent(canvas, QEvent(QEvent.Type.User))
        canvas.show()
        QTimer.singleShot(50, app.quit)
        app.exec()
        print(*sorted(set(reached)))
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["click", "event", "paint", "slot", "timer"]


def test_values_pass_through_signals_unchanged() -> None:
    """Signal(object) hands on the very object: at once and through the event queue."""
    done = run_qt("""
        from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

        app = QCoreApplication([])

        class Sender(QObject):
            sent = Signal(object)

        for kind in (Qt.ConnectionType.DirectConnection, Qt.ConnectionType.QueuedConnection):
            sender, received = Sender(), []
            sender.sent.connect(received.append, kind)
            values = [{1: "a", 2: {"b": 3}}, 2**31, 2**40, -(2**70), None, (1, 2.5, "x"), b"bytes"]
            for value in values:
                sender.sent.emit(value)
            app.processEvents()
            assert received == values, received
            assert [type(value) for value in received] == [type(value) for value in values]
        print("same")
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "same"
