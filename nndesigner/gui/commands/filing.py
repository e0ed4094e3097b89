"""Files: new, open, save, pictures, and the question about unsaved changes. What can go wrong is said in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.gui import dialogs, window_state
from nndesigner.gui.commands.stopping import wait_for_stop
from nndesigner.gui.dialogs import Choice
from nndesigner.project import start_guard
from nndesigner.project.format import SUFFIX
from nndesigner.project.journal import Recovered
from nndesigner.project.reader import open_project
from nndesigner.protocol.messages import Failed
from nndesigner.session.files import Changed, Files

if TYPE_CHECKING:
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QImage

    from nndesigner.gui.desk import Desk

FILTER = f"nndesigner (*{SUFFIX})"


def home_of(files: Files) -> Path:
    """Where a file dialog starts: beside the project, or the user's home for one that has no file yet."""
    return files.path.parent if files.path is not None else Path.home()


def new(desk: Desk) -> None:
    """An empty project, once the present one may go."""
    if may_leave(desk):
        desk.session.files.new()
        desk.window.show_project()


def choose_and_open(desk: Desk) -> None:
    chosen, _ = QFileDialog.getOpenFileName(
        desk.window, tr("Open a project"), str(home_of(desk.session.files)), FILTER
    )
    if chosen:
        open_file(desk, Path(chosen))


def open_file(desk: Desk, path: Path) -> bool:
    """Opens a project file; False where it could not be opened or the user kept the present one."""
    if not may_leave(desk):
        return False
    try:
        warnings = desk.session.files.open(path)
    except (Refusal, WriteError) as error:
        dialogs.tell(desk.window, tr("“{name}” was not opened", name=path.name), str(error))
        window_state.forget_recent(str(path))
        desk.window.refresh_welcome()
        return False
    window_state.remember_recent(path)
    desk.window.show_project()
    say_unfinished(desk)
    if warnings:
        first = tr("Some of it had to be mended. Saving keeps it as it is shown now.")
        dialogs.tell(desk.window, tr("“{name}” was opened", name=path.name), first, "\n".join(warnings))
    return True


def open_template(desk: Desk, path: Path) -> bool:
    """Starts an unsaved project from a template."""
    if not may_leave(desk):
        return False
    try:
        opened = open_project(path)
    except Refusal as error:
        dialogs.tell(desk.window, tr("The template was not opened"), str(error))
        return False
    desk.session.files.new(opened.document, path.stem, path.parent)
    desk.window.show_project()
    return True


# -- saving --------------------------------------------------------------------------------------------------------
def save(desk: Desk) -> bool:
    """Saves; asks for a name where there is none. False where nothing was saved."""
    desk.flush()
    files = desk.session.files
    if files.path is None or files.read_only:
        return save_as(desk)
    try:
        files.save()
    except Changed as changed:
        answer = dialogs.ask(
            desk.window,
            tr("The file was changed by another program"),
            str(changed),
            (
                Choice("", tr("Cancel")),
                Choice("overwrite", tr("Replace it"), danger=True),
                Choice("as", tr("Save as…"), main=True),
            ),
            icon_name="warning",
            icon_role="warning",
        )
        if answer == "as":
            return save_as(desk)
        return answer == "overwrite" and _saved(desk, lambda: files.save(overwrite=True))
    except (Refusal, WriteError) as error:
        dialogs.tell(desk.window, tr("The project was not saved"), str(error))
        return False
    return _after_save(desk)


def save_as(desk: Desk) -> bool:
    desk.flush()
    files = desk.session.files
    start = str(home_of(files) / files.name)
    chosen, _ = QFileDialog.getSaveFileName(desk.window, tr("Save the project"), start, FILTER)
    return bool(chosen) and _saved(desk, lambda: files.save_as(Path(chosen)))


def _saved(desk: Desk, act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except (Refusal, WriteError) as error:
        dialogs.tell(desk.window, tr("The project was not saved"), str(error))
        return False
    return _after_save(desk)


def _after_save(desk: Desk) -> bool:
    path = desk.session.files.path
    if path is not None:
        window_state.remember_recent(path)
        desk.window.keep_view()
        desk.say(tr("Saved as {name}", name=path.name))
    return True


def save_picture(desk: Desk) -> None:
    """Asks how a picture of the network should look, and draws it into a file."""
    from nndesigner.gui.canvas.render import picture
    from nndesigner.gui.picture_dialog import PictureDialog

    session = desk.session

    def drawn(style: str, size: QSize) -> QImage:
        return picture(session.document, session.checked, session.network, style, desk.canvas.theme, size)

    dialog = PictureDialog(desk.window, drawn)

    def save(style: str, ending: str) -> None:
        if _save_picture(desk, style, ending):
            dialog.accept()

    dialog.wanted.connect(save)
    dialog.open()


def _save_picture(desk: Desk, style: str, ending: str) -> bool:
    """Asks for a file and draws into it; False where nothing was saved."""
    from nndesigner.gui.canvas.render import render

    session = desk.session
    start = home_of(session.files) / f"{Path(session.files.name).stem}{ending}"
    words = {
        ".png": tr("PNG picture (*.png)"),
        ".svg": tr("SVG drawing (*.svg)"),
        ".pdf": tr("PDF page (*.pdf)"),
    }[ending]
    chosen, _ = QFileDialog.getSaveFileName(desk.window, tr("Save a picture"), str(start), words)
    if not chosen:
        return False
    path = Path(chosen) if Path(chosen).suffix else Path(chosen + ending)
    try:
        render(
            session.document,
            session.checked,
            path,
            style=style,
            theme=desk.canvas.theme,
            network=session.network,
        )
    except Refusal as error:
        dialogs.tell(desk.window, tr("The picture was not saved"), str(error))
        return False
    desk.say(tr("Saved as {name}", name=path.name))
    return True


# -- leaving a project ---------------------------------------------------------------------------------------------
def may_leave(desk: Desk) -> bool:
    """Whether the present project may be replaced: asks about training first, then about unsaved changes."""
    desk.flush()
    if desk.session.training.busy and not leave_training(desk):
        return False
    if not desk.session.files.dirty:
        return True
    answer = dialogs.ask_unsaved(desk.window, desk.session.files.name)
    return answer == "discard" or (answer == "save" and save(desk))


def leave_training(desk: Desk) -> bool:
    """Training goes on: asks what becomes of it; False to stay. “Stop” waits until the checkpoint is written."""
    if desk.session.training.followed:  # it goes on without the window anyway
        desk.session.training.detach()
        return True
    run = desk.session.training.run
    answer = dialogs.ask_running(
        desk.window, tr("The run “{name}”", name=run.name if run is not None else "?")
    )
    if answer == "detach":
        desk.session.training.detach()
        return True
    return answer == "stop" and wait_for_stop(desk)


def say_unfinished(desk: Desk) -> None:
    """A project was opened: brings into sight a run of it that goes on, or that broke off and can be resumed."""
    training = desk.session.training
    if training.followed and training.run is not None:
        desk.say(tr("The run {name} goes on: it is shown as it is written.", name=training.run.name))
        desk.window.raise_panel("monitors")
    elif isinstance(training.outcome, Failed) and training.broke_off:
        desk.say(training.outcome.sentence)
    else:
        return
    desk.window.raise_panel("training")


def offer_recovery(desk: Desk, path: Path | None = None) -> bool:
    """After a crash: offers unsaved work, the newest first, or only that of the project at `path`; whether it is shown.

    What ended the program twice while it was restored is left on the disk, and where it lies is said.
    """
    for recovered in desk.session.files.recoverable():
        if path is not None and (recovered.path is None or not same_file(recovered.path, path)):
            continue
        name = _name(recovered)
        answer = dialogs.ask_recovered(desk.window, name, count(recovered.edits, "edit", "edits"))
        if answer == "restore":
            if not start_guard.opening(str(recovered.folder)):
                dialogs.tell(desk.window, *_brought_down(name, recovered.folder))
                continue
            desk.session.files.recover(recovered)
            desk.window.show_project()
            say_unfinished(desk)
            desk.canvas.viewport().repaint()  # now, for drawing it may be what fails
            start_guard.opened(str(recovered.folder))
            return True
        if answer != "discard":
            return False
        desk.session.files.discard(recovered)
    return False


def _brought_down(name: str, folder: Path) -> tuple[str, str]:
    """Unsaved work that ended the program twice while it was restored is not restored a third time; it stays."""
    return (
        tr("The unsaved work on “{name}” was not restored", name=name),
        tr("The program ended twice while restoring it. It is kept as it was, in {path}.", path=folder),
    )


def same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()


def _name(recovered: Recovered) -> str:
    return recovered.path.name if recovered.path is not None else tr("an unsaved project")
