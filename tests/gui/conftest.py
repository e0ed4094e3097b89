"""A themed application, a session without workers, and a main window that is closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.theme import choose_theme
from nndesigner.session.session import Session


@pytest.fixture
def app(qapp: QApplication) -> QApplication:
    choose_theme(qapp, "light")
    return qapp


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def make_window(app: QApplication) -> Iterator[Callable[[Session], MainWindow]]:
    made: list[MainWindow] = []

    def make(session: Session) -> MainWindow:
        window = MainWindow(session)
        made.append(window)
        window.resize(1440, 900)
        window.show()
        app.processEvents()
        return window

    yield make
    for window in made:
        window.close_down()
        window.close()
        window.deleteLater()
    app.processEvents()


@pytest.fixture
def window(make_window: Callable[[Session], MainWindow], session: Session, app: QApplication) -> MainWindow:
    """A window on an empty project."""
    made = make_window(session)
    session.files.new()
    made.show_project()
    app.processEvents()
    return made
