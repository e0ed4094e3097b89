"""Training and exporting: the rules that say when they can be done, and the calls that do them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, listing, tr
from nndesigner.gui import dialogs
from nndesigner.gui.dialogs import Choice
from nndesigner.objectives.catalogue import unfit
from nndesigner.runs.listing import RunSummary
from nndesigner.session.fitting import WhatFits
from nndesigner.session.running import NotReady

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


# -- rules ---------------------------------------------------------------------------------------------------------
def why_not_train(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    if desk.session.training.busy:
        return tr("A run is going on: stop it first.")
    document = desk.session.document
    if document.data is None:
        return tr("The project has no data to learn from: choose some on the data page.")
    if not document.data.fields:
        return (
            tr("The data is being read: wait until it is there.")
            if desk.session.data.busy
            else tr("The data has not been read yet: read it on the data page.")
        )
    whole = desk.session.whole
    if whole is None:
        return ""
    errors = whole.obstacles or unfit(document, whole)
    return tr("First mend: {problem}", problem=errors[0].message) if errors else ""


def last_run(desk: Desk) -> RunSummary | None:
    """The newest run that has a checkpoint."""
    return next((run for run in reversed(desk.runs) if run.checkpoints), None)


def why_not_continue(desk: Desk) -> str:
    return why_not_train(desk) or ("" if last_run(desk) else tr("No run has a checkpoint yet: train first."))


def why_not_pause(desk: Desk) -> str:
    return "" if desk.session.training.busy else tr("Nothing is being trained: start a run first.")


def why_not_step(desk: Desk) -> str:
    return why_not_pause(desk)


def why_not_stop(desk: Desk) -> str:
    if desk.session.training.state == "stopping":
        return tr("The run is stopping: wait until its checkpoint is written.")
    return why_not_pause(desk)


def is_paused(desk: Desk) -> bool:
    return desk.session.training.paused


def why_no_export(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    return "" if last_run(desk) else tr("There is no trained model yet: train first.")


# -- doing ---------------------------------------------------------------------------------------------------------
def train(desk: Desk, device: str = "") -> None:
    """Starts a new run and brings its curves into sight."""
    _start(desk, lambda: desk.session.training.train(device=device))


def continue_run(desk: Desk, device: str = "", run: RunSummary | None = None) -> None:
    """Goes on from the newest checkpoint of a run, the last one if none is named; says first what has changed since."""
    run = run or last_run(desk)
    if run is None:
        return
    desk.session.training.ask_what_fits(
        run.path,
        lambda fits: _continue(desk, run, fits, device),
        lambda error: dialogs.tell(desk.window, tr("The run cannot be continued"), str(error)),
    )


def _continue(desk: Desk, run: RunSummary, fits: WhatFits, device: str) -> None:
    if not fits.all:
        words = [tr("With the weights of the run: {what}.", what=_layers(fits.kept))]
        if fits.resized:
            words.append(
                tr("Of another size, with the weights that both have: {what}.", what=_layers(fits.resized))
            )
        if fits.fresh:
            words.append(tr("New or changed, from the seed: {what}.", what=_layers(fits.fresh)))
        if frozen := tuple(layer.name for layer in fits.layers if layer.frozen):
            words.append(tr("Frozen, will not learn: {what}.", what=_layers(frozen)))
        if fits.unused:
            words.append(tr("Not in the network any more: {what}.", what=_layers(fits.unused)))
        with desk.window.fitting_marks.asking(run.path):
            answer = dialogs.ask(
                desk.window,
                tr("The network has changed since “{name}”", name=run.name),
                "\n".join(words),
                (
                    Choice("", tr("Cancel")),
                    Choice("fresh", tr("Train anew")),
                    Choice("go", tr("Continue"), main=True),
                ),
                icon_name="training",
            )
        if answer == "fresh":
            train(desk, device)
        if answer != "go":
            return
    _start(desk, lambda: desk.session.training.go_on(run.path, device=device))


def _layers(names: tuple[str, ...]) -> str:
    if len(names) > 4:
        return count(len(names), "layer", "layers")
    return listing(list(names)) or tr("No layers")


def _start(desk: Desk, act: object) -> None:
    desk.flush()
    try:
        act()  # type: ignore[operator]
    except NotReady as error:
        desk.say(str(error))
        desk.window.raise_panel("problems")
    except (Refusal, WriteError) as error:
        dialogs.tell(desk.window, tr("Training could not start"), str(error))
    else:
        desk.window.show_monitors()


def pause(desk: Desk) -> None:
    """Pause, or go on after a pause."""
    if desk.session.training.paused:
        desk.session.training.carry_on()
    else:
        desk.session.training.pause()


def step(desk: Desk) -> None:
    desk.session.training.step()


def stop(desk: Desk) -> None:
    desk.session.training.stop()


def export(desk: Desk, run: RunSummary | None = None) -> None:
    """Opens the export dialog on a run, the newest trained one if none is named."""
    from nndesigner.gui.export_dialog import ExportDialog

    run = run or last_run(desk)
    if run is None:
        return
    others = [other for other in reversed(desk.runs) if other.checkpoints and other.path != run.path]
    dialog = ExportDialog(desk.window, desk.session, [run, *others])
    dialog.open()
