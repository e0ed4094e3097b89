"""The main window: assembles canvas, pages, panels, actions and status line around one session, and joins them.

It decides nothing: what can be done stands in the table of actions, what is done in `gui/commands/`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.problem import Problem, Remedy
from nndesigner.base.text import tr
from nndesigner.gui import window_state
from nndesigner.gui.action_table import MENUS, TABLE
from nndesigner.gui.action_tables.access import SUBMENUS
from nndesigner.gui.actions import Actions
from nndesigner.gui.asking import Asking
from nndesigner.gui.breadcrumb import Breadcrumb
from nndesigner.gui.canvas.hit import with_inside
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.comfort import text_scale
from nndesigner.gui.commands import (
    adding,
    blocks,
    editing,
    filing,
    looks,
    overviews,
    trusting,
    viewing,
    wiring,
)
from nndesigner.gui.context_menus import show_canvas_menu, show_palette_menu
from nndesigner.gui.data_page import DataPage
from nndesigner.gui.desk import Desk
from nndesigner.gui.docking import Docking
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.inspector import Inspector
from nndesigner.gui.kept_looks import KeptLooks
from nndesigner.gui.later import Later
from nndesigner.gui.news import News
from nndesigner.gui.palette import Palette
from nndesigner.gui.problems import ProblemsPanel
from nndesigner.gui.status_line import StatusLine
from nndesigner.gui.theme import current_theme
from nndesigner.protocol.messages import Device
from nndesigner.session.session import Session

if TYPE_CHECKING:
    from nndesigner.gui.empty_hint import EmptyHint
    from nndesigner.gui.fitting_marks import FittingMarks
    from nndesigner.gui.help_page import HelpPage
    from nndesigner.gui.welcome import Welcome


class MainWindow(QMainWindow):
    """One window on one session. `versions` tells what the workers are; `devices` what they can compute on."""

    def __init__(
        self,
        session: Session,
        *,
        versions: Callable[[], dict[str, str]] = dict,
        devices: Callable[[], tuple[Device, ...]] = tuple,
    ) -> None:
        super().__init__()
        self.session, self._versions, self.devices = session, versions, devices
        self.painted = False
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.canvas = CanvasView(session, current_theme(app))
        self.canvas.natural = text_scale(app)
        self.inspector = Inspector(session, session.editing, lambda: session.files.folder)
        self.palette_panel: Palette = Palette()
        self.problems_panel: ProblemsPanel = ProblemsPanel()
        self.status = StatusLine()
        self.desk = Desk(session, self, self.canvas, self.inspector)
        self.asking = Asking(self.desk)
        self.kept_looks = KeptLooks(session)
        self.news = News(self)
        self._leave: list[Callable[[], None]] = []
        self._closed = False
        self.later = Later(self)
        self._build_middle()
        self.setStatusBar(self.status)
        self.actions_ = Actions(TABLE, self.desk, self, self.canvas)
        self.docking = Docking(self, self.desk)
        self.docks = self.docking.docks
        self._build_bars()
        self._connect()
        self.docking.restore()
        self.docking.show(False)
        self.retitle()
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(session.tick)
        self._tick.start()

    # -- building ------------------------------------------------------------------------------------------------------
    def _build_middle(self) -> None:
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.breadcrumb = Breadcrumb()
        self._network_place = QWidget()
        network = QVBoxLayout(self._network_place)
        network.setContentsMargins(0, 0, 0, 0)
        network.setSpacing(0)
        network.addWidget(self.breadcrumb)
        network.addWidget(self.canvas, 1)
        self.pages.addTab(self._network_place, icon("network"), tr("Network"))
        self.data_page = DataPage(self.session)
        self.pages.addTab(self.data_page.place, icon("data"), tr("Data"))
        self.pages.currentChanged.connect(self._page_changed)
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())  # until it is known whether there is a project, or the welcome page
        self.stack.addWidget(self.pages)
        self.setCentralWidget(self.stack)

    def _build_bars(self) -> None:
        menus = self.actions_.fill_menus(self.menuBar(), MENUS)
        panels = QMenu(tr("Panels"), self)
        for dock in self.docks.values():
            panels.addAction(dock.toggleViewAction())
        before = self.actions_.made["theme-system"]
        menus["View"].insertMenu(before, panels)
        panels.addSeparator()
        texts = QMenu(tr("Text size"), self)
        menus["View"].insertMenu(before, texts)
        for name, menu in zip(SUBMENUS, (panels, texts), strict=True):
            self.actions_.fill_menu(menu, (a for a in TABLE if a.menu == name))
        self.toolbar = QToolBar(tr("Toolbar"))
        self.toolbar.setObjectName("toolbar")
        self.toolbar.setMovable(False)
        self.toolbar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.actions_.fill_toolbar(self.toolbar)
        self.addToolBar(self.toolbar)

    # -- parts that come with their first use, or right after the first paint ---------------------------------------
    @cached_property
    def welcome(self) -> Welcome:
        from nndesigner.gui.welcome import Welcome

        made = Welcome(window_state.recent_files)
        made.new_wanted.connect(lambda: filing.new(self.desk))
        made.open_wanted.connect(lambda: filing.choose_and_open(self.desk))
        made.template_chosen.connect(lambda path: filing.open_template(self.desk, path))
        made.recent_chosen.connect(lambda path: filing.open_file(self.desk, path))
        made.tour_wanted.connect(lambda: viewing.show_tour(self.desk))
        self.stack.addWidget(made)
        if not self.shows_project:
            self.stack.setCurrentWidget(made)
        return made

    @cached_property
    def help_page(self) -> HelpPage:
        from nndesigner.gui.help_page import HelpPage

        return HelpPage(self)

    @cached_property
    def hint(self) -> EmptyHint:
        from nndesigner.gui.empty_hint import EmptyHint

        return EmptyHint(self.canvas)

    @cached_property
    def fitting_marks(self) -> FittingMarks:
        from nndesigner.gui.commands.training import last_run
        from nndesigner.gui.fitting_marks import FittingMarks

        return FittingMarks(
            self.session, self.canvas, lambda: run.path if (run := last_run(self.desk)) else None
        )

    def made(self, part: str) -> Any:
        """One of the parts above where it is there already, else None."""
        return vars(self).get(part)

    def _connect(self) -> None:
        session, canvas = self.session, self.canvas
        self._leave += [
            *self.news.follow(),
            *self.status.follow(session.training),
        ]
        canvas.own_letters = self.actions_.letters
        self.actions_.rebound.connect(lambda: setattr(canvas, "own_letters", self.actions_.letters))
        canvas.selectionChanged.connect(self._selected)
        canvas.nodeActivated.connect(lambda id: viewing.open_node(self.desk, id))
        canvas.blockDropped.connect(
            lambda type, place, wire: blocks.drop(self.desk, type, place.x(), place.y(), wire)
        )
        canvas.targetsRequested.connect(lambda at: wiring.ask(self.desk, at))
        canvas.focusSaid.connect(self.say)
        self.breadcrumb.chosen.connect(lambda depth: blocks.go_to(self.desk, depth))
        self.breadcrumb.left.connect(lambda: blocks.leave(self.desk))
        canvas.noteActivated.connect(lambda id: looks.edit_words(self.desk, id))
        canvas.addRequested.connect(self.asking.for_layer)
        canvas.searchRequested.connect(
            lambda text: self.asking.for_layer(viewing.place_by_key(self.desk), text)
        )
        canvas.wireDropped.connect(lambda *where: adding.wire_dropped(self.desk, *where))
        canvas.inputWireDropped.connect(lambda *where: adding.input_wire_dropped(self.desk, *where))
        canvas.contextMenu.connect(lambda under, place: show_canvas_menu(self, under, place))
        canvas.pinRequested.connect(lambda id: viewing.pin_preview(self.desk, id))
        self.palette_panel.chosen.connect(self._append)
        self.palette_panel.packages_wanted.connect(lambda: trusting.show_extensions(self.desk))
        for part in (self.palette_panel, self.inspector):
            part.help_wanted.connect(lambda shown: self.help_page.show_layer(shown))
        self.palette_panel.menu_wanted.connect(lambda type, place: show_palette_menu(self, type, place))
        self.inspector.read_wanted.connect(lambda node: trusting.read_and_trust(self.desk, node))
        self.inspector.trusted.connect(lambda text: trusting.trust(self.desk, text))
        self.problems_panel.opened.connect(lambda problem: viewing.show_problem(self.desk, problem))
        self.problems_panel.remedied.connect(self._run_remedy)
        self.status.check.clicked.connect(lambda: self.raise_panel("problems"))
        self.status.cost.clicked.connect(lambda: viewing.show_plan_field(self.desk, "monitor_budget"))
        QApplication.clipboard().dataChanged.connect(self.actions_.refresh)

    # -- what is shown -------------------------------------------------------------------------------------------------
    @property
    def shows_project(self) -> bool:
        return self.stack.currentWidget() is self.pages

    def show_welcome(self) -> None:
        self.welcome.refresh()
        self.stack.setCurrentWidget(self.welcome)
        self.docking.show(False)
        self.retitle()
        self.actions_.refresh()

    def refresh_welcome(self) -> None:
        if not self.shows_project:
            self.welcome.refresh()

    def show_project(self) -> None:
        """A project was opened or begun: the canvas, with everything in sight."""
        self.stack.setCurrentWidget(self.pages)
        self.docking.show(True)
        self.show_page("network")
        self.kept_looks.read()
        self.kept_looks.show(self.canvas)
        self.canvas.setFocus()
        self.retitle()
        self.actions_.refresh()

    def keep_view(self) -> None:
        """Remembers how the project was looked at, for the next time it is opened."""
        if self.shows_project:
            self.kept_looks.write(self.canvas)

    def use_canvas(self, canvas: CanvasView, network: str) -> None:
        """Of two canvases side by side: the one that commands are about, and the network that it shows."""
        self.canvas = self.desk.canvas = canvas
        self.desk.select(canvas.selection)
        self.kept_looks.network = network

    def show_page(self, name: str) -> None:
        if not self.shows_project:
            return
        self.pages.setCurrentWidget(self.data_page.place if name == "data" else self._network_place)

    def _page_changed(self, _: int) -> None:
        if self.pages.currentWidget() is self.data_page.place:
            self.data_page.place.setFocusProxy(self.data_page.view)  # made when it is first asked for

    def raise_panel(self, name: str) -> None:
        """Brings a panel to the front; one that does not exist is no reason to fail."""
        if self.shows_project:
            self.docking.bring(name)

    def show_monitors(self) -> None:
        """Training begins: its curves and its panel come into sight, with room to be read."""
        self.raise_panel("monitors")
        self.raise_panel("training")
        self.docking.make_room("monitors")

    def reset_layout(self) -> None:
        self.docking.reset(self.shows_project)

    def say(self, sentence: str) -> None:
        self.status.say(sentence)

    def flush(self) -> None:
        """Enters what is being typed."""
        self.inspector.flush()
        self.data_page.flush()
        for dock in self.docks.values():
            flush = getattr(dock.content, "flush", None)
            if flush is not None and dock.content is not self.inspector:
                flush()

    def worker_versions(self) -> dict[str, str]:
        return self._versions()

    def retitle(self) -> None:
        """Says what is open, and whether it is saved."""
        if not self.shows_project:
            self.setWindowTitle("nndesigner")
            return
        files = self.session.files
        name = files.name.replace("[*]", "[*][*]")
        extra = tr(" (read only)") if files.read_only else ""
        self.setWindowTitle(f"{name}[*]{extra} – nndesigner")
        self.setWindowModified(files.dirty)

    # -- what the parts ask for ----------------------------------------------------------------------------------------
    def _selected(self, _: frozenset[str]) -> None:
        ids = self.canvas.selection  # of two canvases side by side, that of the one in use
        self.desk.select(ids)
        self.inspector.show_selection(sorted(with_inside(self.canvas.arrays, ids)))
        self.actions_.refresh()

    def _run_remedy(self, problem: Problem, remedy: Remedy) -> None:
        self.flush()
        done = self.session.run_remedy(remedy)
        if done is not None:
            self.say(remedy.sentence)
            added = [id for id in done.added if id in self.canvas.arrays.index]
            self.canvas.select(added or [problem.where.node])
            for id in added:
                self.canvas.flash(id)
            # The button is gone with its problem: keys are for the canvas, not for the next field that is there.
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- adding layers -------------------------------------------------------------------------------------------------
    def _append(self, type: str) -> None:
        if not self.shows_project:
            filing.new(self.desk)
        self.show_page("network")
        if blocks.is_block_type(type):
            blocks.append(self.desk, type)
        else:
            editing.append(self.desk, type)

    # -- coming and going ----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.shows_project:
            self.stack.setCurrentWidget(self.welcome)
        self.docking.window_shown(self.shows_project)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.painted:
            self.painted = True
            QTimer.singleShot(0, self, self._after_first_paint)

    def _after_first_paint(self) -> None:
        self.later.add(self.news.show_blocks, *(dock.window_painted for dock in self.docks.values()))
        self.later.add(
            lambda: self.data_page.view, lambda: self.asking.popup, lambda: overviews.restore(self.desk)
        )
        self.later.begin()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closed:
            event.accept()
            return
        if self.session.files.waiting or not filing.may_leave(self.desk):
            event.ignore()
            return
        self.keep_view()
        self.docking.keep()
        self.close_down()
        event.accept()

    def close_down(self) -> None:
        """Stops every timer and listens to nothing any more; the session is closed too."""
        if self._closed:
            return
        self._closed = True
        self._tick.stop()
        self.data_page.close_down()
        self.docking.close_down()
        self.later.close_down()
        self.asking.close_down()
        for part in ("help_page", "fitting_marks"):
            if (made := self.made(part)) is not None:
                made.close_down()
        if (welcome := self.made("welcome")) is not None:
            welcome.close_down()
        with contextlib.suppress(RuntimeError, TypeError):
            QApplication.clipboard().dataChanged.disconnect(self.actions_.refresh)
        for leave in self._leave:
            leave()
        self.inspector.close_down()
        self.status.close_down()
        for dock in self.docks.values():
            close_down = getattr(dock.content, "close_down", None)
            if close_down is not None and dock.content is not self.inspector:
                close_down()
        self.session.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.shows_project:
            if not self.canvas.hasFocus():
                self.canvas.setFocus()
            else:
                blocks.leave(self.desk)  # the last level that Esc unwinds
            return
        super().keyPressEvent(event)


def show_path(window: MainWindow, path: Path | None) -> None:
    """What the program was started on: a project, or the welcome page."""
    if path is not None:
        filing.open_file(window.desk, path)
