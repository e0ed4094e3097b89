"""Training, seen from the designer: start, steer, follow one run, and the list of all runs of the project.

The worker writes the run folder; what is kept here is a live copy, and can be had from the folder again at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from nndesigner.base.atomic import WriteError
from nndesigner.base.folders import data_folder
from nndesigner.base.names import new_id
from nndesigner.base.observer import Event
from nndesigner.base.problem import Problem, Refusal, Severity
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.objectives.catalogue import unfit, whole_plan
from nndesigner.project.writer import encode
from nndesigner.protocol import controls
from nndesigner.protocol.controls import Control, Subscription
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import DataFound, Done, Failed, Message, State
from nndesigner.protocol.watched import BUDGET, budget_of
from nndesigner.runs.history import RunHistory, recorded_bytes
from nndesigner.runs.listing import RunSummary
from nndesigner.runs.store import open_run
from nndesigner.session.autosave import Autosave
from nndesigner.session.editing import Editing
from nndesigner.session.elsewhere import Elsewhere, Latest, at_once
from nndesigner.session.files import Files
from nndesigner.session.fitting import WhatFits, what_fits
from nndesigner.session.following import FollowedRun
from nndesigner.session.run_folders import Unfinished, find_unfinished, free_run_path, move_runs
from nndesigner.session.run_list import RunList
from nndesigner.session.workers import Task, Workers

T = TypeVar("T")
Start = Literal["fresh", "resume", "continue"]


class NotReady(Refusal):
    """Training cannot start; `problems` are the errors of the check and of the plan."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class Running:
    """The run that goes on now, or the last one; its worker, if any; and the runs of the project."""

    def __init__(
        self,
        editing: Editing,
        files: Files,
        autosave: Autosave,
        workers: Workers,
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self.changed: Event[[]] = Event()
        """begun, paused, ended: whatever buttons depend on"""
        self.said: Event[[Message]] = Event()
        """every message of the worker, after `history` has taken it"""
        self.refused: Event[[str]] = Event()
        """why something that was asked for could not be done, where that turned out later"""
        self.run: Path | None = None
        """folder of the run that goes on now, or of the last one of this session"""
        self.document: Document | None = None
        """the document that this run trains: overlays are drawn for it, matched by node id"""
        self.history = RunHistory()
        self.state = ""
        """as the worker says: "starting", "running", "paused", "stopping"; empty while nothing runs"""
        self.outcome: Done | Failed | None = None
        """how the last run ended"""
        self.budget = BUDGET
        """the share of the time that watching this run may take"""
        self._editing = editing
        self._files = files
        self._autosave = autosave
        self._workers = workers
        self._elsewhere = elsewhere
        self.list = RunList(elsewhere, lambda: self.folder)
        self.listed = self.list.changed
        """the project's runs were listed anew"""
        self._finding = Latest(elsewhere)
        self._preparing = Latest(elsewhere)
        self._comparing = Latest(elsewhere)
        self._task: Task | None = None
        self._subscriptions: tuple[Subscription, ...] = ()
        self._unsaved_home = f"unsaved-{new_id()}"
        self._another_project = False
        editing.replaced.connect(self._replaced)
        files.changed.connect(self._bring_along)
        files.changed.connect(self._find_unfinished)
        files.changed.connect(self.list.look)

    # -- runs ------------------------------------------------------------------------------------------------------
    @property
    def folder(self) -> Path:
        """Where this project's runs lie: beside its file, or for an unsaved one in the user's data folder."""
        path = self._files.path
        if path is None:
            return data_folder() / "runs" / self._unsaved_home
        return path.with_name(f"{path.stem}.runs")

    def runs(self) -> tuple[RunSummary, ...]:
        """Every run of this project as last listed, oldest first."""
        return self.list.runs()

    @property
    def busy(self) -> bool:
        """Whether a run of this session goes on, or what it needs is being read."""
        return self._task is not None or self._preparing.waiting

    @property
    def paused(self) -> bool:
        return self.state == "paused"

    @property
    def followed(self) -> bool:
        """Whether the run that goes on does so by itself, and ends neither with this session nor through it."""
        return isinstance(self._task, FollowedRun)

    @property
    def broke_off(self) -> bool:
        """Whether the last run did not come to its end, and can be resumed."""
        if not isinstance(self.outcome, Failed) or self.outcome.code == "cancelled" or self.run is None:
            return False
        return (self.run / "run.json").exists()

    # -- starting --------------------------------------------------------------------------------------------------
    def problems(self) -> tuple[Problem, ...]:
        """What stands in the way of training, as errors; () where nothing does."""
        checked = self._editing.checking.finish()
        document = self._editing.document
        _, bad = whole_plan(document)
        found = (*checked.obstacles, *(p for p in bad if p.severity is Severity.ERROR))
        return found or tuple(unfit(document, checked))

    def train(self, *, device: str = "") -> Path:
        """Starts a new run from the seed; its folder. Raises NotReady with the problems, Refusal or WriteError."""
        return self._start("fresh", self._free_path(), "", device)

    def train_document(
        self, document: Document, path: Path, group: Mapping[str, Any], *, device: str = ""
    ) -> Path:
        """Starts a new run of the project as `document` has it, one of several that belong together. Raises Refusal."""
        self._check_free()
        project, folder = encode(document), str(self._files.folder)
        job = Train(project, folder, str(path), "fresh", "", device, group=dict(group))
        return self._submit(job, document, _history(document))

    def go_on(self, run: Path, checkpoint: Path | None = None, *, device: str = "") -> Path:
        """Starts a new run from a checkpoint of another one (its newest without an argument), as far as it fits."""
        self.check_ready()
        path = self._free_path()

        def find(progress: Progress) -> Path:
            folder = open_run(run)
            if checkpoint is not None:
                return checkpoint
            newest = folder.latest_checkpoint()
            if newest is None:
                raise Refusal(tr("The run {name} has no checkpoint to go on from.", name=folder.name))
            return newest.path

        self._prepare(find, lambda found: self._start("continue", path, str(found), device))
        return path

    def resume(self, run: Path, *, device: str = "") -> Path:
        """Goes on with a run that was interrupted, with the project as it was then."""
        self._check_free()

        def read(progress: Progress) -> tuple[Train, Document, RunHistory]:
            folder = open_run(run)
            project, place = folder.project_bytes(), str(folder.project_folder())
            job = Train(project, place, str(run), "resume", "", device)
            return job, folder.document(), RunHistory.from_folder(folder, progress)

        self._prepare(read, lambda found: self._submit(*found))
        return run

    def _prepare(self, work: Callable[[Progress], T], then: Callable[[T], object]) -> None:
        """Has read what a run needs before it can begin. What goes wrong is raised, or told where it is found later."""
        now = True

        def failed(error: Exception) -> None:
            if now:
                raise error
            self.refused.tell(str(error))
            self.changed.tell()

        def arrived(found: T) -> None:
            try:
                then(found)
            except (Refusal, WriteError) as error:
                failed(error)

        self._preparing.ask(work, arrived, failed)
        now = False
        if self._preparing.waiting:
            self.changed.tell()

    def _follow(self, run: Path, document: Document) -> None:
        """Looks on at a run that goes on without this designer."""
        followed: FollowedRun | None = None

        def listening(heard: Callable[[], None]) -> None:
            if followed is self._task:
                heard()

        followed = FollowedRun(
            run,
            lambda message: listening(lambda: self._heard(message)),
            lambda outcome: listening(lambda: self._ended(outcome)),
            self._elsewhere,
        )
        self._task = followed
        self.run, self.document, self.history = run, document, _history(document)
        self.budget = budget_of(plan_values(document)[0]).share
        self.state, self.outcome = "running", None
        if self._subscriptions:
            followed.send(controls.Subscribe(self._subscriptions))
        self.changed.tell()
        followed.look()

    def tick(self) -> None:
        """To be called about once a second: hears what a run that goes on by itself has written."""
        if isinstance(self._task, FollowedRun):
            self._task.look()

    def fits(self, run: Path) -> WhatFits:
        """Which layers of the present network could take their weights from a run. Raises Refusal."""
        return what_fits(open_run(run).document(), self._editing.document)

    def ask_what_fits(
        self, run: Path, then: Callable[[WhatFits], object], failed: Callable[[Exception], object]
    ) -> None:
        """`fits`, told now or soon; the run's project is read elsewhere."""

        def compare(before: Document) -> None:
            then(what_fits(before, self._editing.document))

        self._comparing.ask(lambda progress: open_run(run).document(), compare, failed)

    def _start(self, start: Start, run: Path, checkpoint: str, device: str) -> Path:
        self.check_ready()
        document = self._editing.document
        job = Train(encode(document), str(self._files.folder), str(run), start, checkpoint, device)
        return self._submit(job, document, _history(document))

    def check_ready(self) -> None:
        """Raises NotReady or Refusal where no new run of the present network can begin."""
        self._check_free()
        document = self._editing.document
        if document.data is None:
            raise NotReady(tr("The project has no data to learn from: choose some on the data page."))
        problems = self.problems()
        if problems:
            raise NotReady(
                tr("The network cannot be trained yet: {first}", first=problems[0].message), problems
            )
        if not document.data.fields:
            raise NotReady(tr("The data has not been read yet: have it read on the data page."))

    def _check_free(self) -> None:
        if self.busy:
            raise Refusal(tr("A run is going on: stop it first."))

    def _submit(self, job: Train, document: Document, history: RunHistory) -> Path:
        self._autosave.sync()
        task: Task | None = None

        def listening(heard: Callable[[], None]) -> None:
            if task is self._task:
                heard()

        task = self._workers.submit(
            job,
            lambda message: listening(lambda: self._heard(message)),
            lambda outcome: listening(lambda: self._ended(outcome)),
        )
        self._task = task
        self.run, self.document, self.history = Path(job.run), document, history
        self.budget = budget_of(plan_values(document)[0]).share
        self.state, self.outcome = "starting", None
        if self._subscriptions:
            task.send(controls.Subscribe(self._subscriptions))
        self.changed.tell()
        return self.run

    def _free_path(self) -> Path:
        return free_run_path(self.folder, self._editing.document)

    # -- steering --------------------------------------------------------------------------------------------------
    def pause(self) -> None:
        """Stand still after the step in progress."""
        self._send(controls.Pause())

    def carry_on(self) -> None:
        """Go on after a pause."""
        self._send(controls.Resume())

    def step(self) -> None:
        """One batch, then stand still."""
        self._send(controls.StepBatch())

    def stop(self) -> None:
        """End early and keep everything."""
        self._call_off()
        self._send(controls.Stop())

    def kill(self) -> None:
        """End the worker now; the run can be resumed from its newest checkpoint."""
        self._call_off()
        if self._task is not None:
            self._task.kill()

    def set_learning_rate(self, value: float) -> None:
        """From the next step on; the plan in the document stays as it is."""
        self._send(controls.SetLearningRate(value))

    def subscribe(self, subscriptions: tuple[Subscription, ...]) -> None:
        """Everything that is looked at from now on, in this run and later ones."""
        self._subscriptions = subscriptions
        self._send(controls.Subscribe(subscriptions))

    def watch(self, watch: controls.Watch) -> None:
        """Other samples are looked at, in the run that goes on."""
        self._send(watch)

    def set_budget(self, share: float) -> None:
        """What watching the run that goes on may cost: a share of the time."""
        self.budget = share
        self._send(controls.SetBudget(share))

    def detach(self) -> None:
        """The run goes on when this designer closes; any designer finds it in its folder."""
        self._call_off()
        if self._task is not None:
            task, self._task, self.state = self._task, None, ""
            task.detach()
            self.changed.tell()

    def close(self) -> None:
        """Nothing is read any more."""
        self._finding.cancel()
        self._preparing.cancel()
        self._comparing.cancel()
        self.list.cancel()

    def _call_off(self) -> None:
        """A run that has not begun yet does not begin."""
        if self._preparing.waiting:
            self._preparing.cancel()
            self.changed.tell()

    def _send(self, control: Control) -> None:
        if self._task is not None:
            self._task.send(control)

    def _replaced(self) -> None:
        self._another_project = True

    def _find_unfinished(self) -> None:
        """A project was opened: its run that goes on is followed, and one that broke off last can be resumed."""
        if self.busy or not self._another_project:
            return
        self._another_project = False
        self.run, self.document, self.history, self.outcome = None, None, RunHistory(), None
        folder = self.folder
        self._finding.ask(
            lambda progress: find_unfinished(folder, progress),
            self._found_unfinished,
            lambda error: self.changed.tell(),  # a run that cannot be read is left alone
        )
        if self._finding.waiting:
            self.changed.tell()

    def _found_unfinished(self, found: Unfinished | None) -> None:
        if found is not None and not self.busy:
            if found.history is None:
                self._follow(found.run, found.document)
            else:
                self.run, self.document, self.history = found.run, found.document, found.history
                self.outcome = Failed(
                    tr(
                        "The run {name} was going on when the program ended. It can be resumed.",
                        name=found.run.name,
                    ),
                    "",
                    "ended",
                )
        self.changed.tell()

    def _bring_along(self) -> None:
        """The runs of a project that has just got its file move beside it."""
        path = self._files.path
        if path is None or self.busy:
            return
        try:
            before, after = data_folder() / "runs" / self._unsaved_home, self.folder
            if not before.is_dir() or after.exists():
                return
        except (OSError, WriteError):
            return

        def moved(done: bool) -> None:
            if done and self.run is not None and self.run.parent == before:
                self.run = after / self.run.name
            self.changed.tell()
            self.list.look()

        self._prepare(lambda progress: move_runs(before, after, path.parent), moved)

    # -- hearing ---------------------------------------------------------------------------------------------------
    def _heard(self, message: Message) -> None:
        self.history.take(message)
        if isinstance(message, DataFound):
            self._found(message)
        self.said.tell(message)
        if isinstance(message, State) and message.state != self.state:
            self.list.look()
            self.state = message.state
            self.changed.tell()

    def _found(self, message: DataFound) -> None:
        """The data is not as the document says: it says so from now on, if it still means the same data."""
        ours, theirs = self._editing.document.data, self.document.data if self.document is not None else None
        if ours and theirs and (ours.type, ours.parameters) == (theirs.type, theirs.parameters):
            found = {
                field: getattr(message, field)
                for field in ("fields", "counts", "fingerprint", "remarks", "pinned")
            }
            self._editing.amend("set_found", **found)

    def _ended(self, outcome: Done | Failed) -> None:
        self._task, self.state, self.outcome = None, "", outcome
        self.said.tell(outcome)
        self.changed.tell()
        self.list.look()
        self._bring_along()


def _history(document: Document) -> RunHistory:
    """An empty one for a run of the document, which keeps as much as its plan says."""
    return RunHistory(recorded_bytes(plan_values(document)[0]))
