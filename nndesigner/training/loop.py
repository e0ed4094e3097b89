"""The training loop. It reads like the algorithm; feeding, counting, looking, writing and talking are next door.

A run is a function of project, data, plan and seed: what is watched, when checkpoints are written, when it is paused,
killed or resumed changes no bit of it (same machine, same versions, same number of threads).
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

import torch
from torch import Tensor

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.processes import host_tag
from nndesigner.base.progress import Cancelled
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler import weights
from nndesigner.compiler.build import CompiledNetwork
from nndesigner.data.dataset import Dataset
from nndesigner.objectives.catalogue import objective as find_objective
from nndesigner.objectives.objective import Outcome
from nndesigner.protocol import controls
from nndesigner.protocol.controls import Control
from nndesigner.protocol.messages import Clock, Message, State
from nndesigner.runs.store import RunFolder
from nndesigner.training import blame, checkpoints, device, optimizers
from nndesigner.training.checkpoints import Snapshot, Standing
from nndesigner.training.feed import Feed
from nndesigner.training.metrics import tallies
from nndesigner.training.monitor import Judged, Monitor
from nndesigner.training.report import Report
from nndesigner.training.strategy import Single

WRITING_SHARE = 0.02
"""the share of the time that checkpoints at the end of epochs may take"""
LOSSES_HELD = 32
"""losses that stay on an accelerator before they are looked at: each look waits for it"""
LARGEST_JUDGED = 1 << 24
"""values of answers that are kept over an evaluation for those who look at them"""


class Link(Protocol):
    """What the loop asks of its worker: see `worker.link.Link`."""

    cancelled: bool
    orphaned: bool

    def send(self, message: Message) -> None: ...

    def controls(self) -> list[Control]: ...

    def wait_control(self, timeout: float) -> Control | None: ...


class Ended(Exception):
    """The run ends before its last epoch: "early", "stopped", "diverged" or "orphaned"."""

    def __init__(self, state: str, sentence: str = "") -> None:
        super().__init__(sentence or state)
        self.state, self.sentence = state, sentence


def train(
    compiled: CompiledNetwork,
    dataset: Dataset,
    plan: Mapping[str, Any],
    run: RunFolder,
    link: Link,
    *,
    checked: CheckedNetwork,
    objective: str = "supervised",
    resume: bool = False,
    continue_from: Path | None = None,
) -> dict[str, Any]:
    """Train a network and write its run folder; what came out of it, as `Done.result`.

    `compiled` has fresh weights for a new run (seed torch before building it). With `resume` the run goes on from its
    newest whole checkpoint, bit for bit as if it had never stopped; with `continue_from` (the folder of a checkpoint)
    a new run starts from those weights, as far as they fit. Raises Refusal, Cancelled, WriteError.

    The result: run, state ("finished", "early", "stopped", "diverged", "orphaned"), sentence, epochs, steps, seconds,
    samples_per_second, metrics (split → name → value), monitoring (the share of the time spent looking).
    """
    trainer = Trainer(compiled, dataset, plan, run, link, checked=checked, objective=objective)
    if resume:
        trainer.resume()
    elif continue_from is not None:
        trainer.continue_from(continue_from)
    else:
        trainer.start()
    return trainer.train()


class Trainer:
    """One run of the loop."""

    def __init__(
        self,
        compiled: CompiledNetwork,
        dataset: Dataset,
        plan: Mapping[str, Any],
        run: RunFolder,
        link: Link,
        *,
        checked: CheckedNetwork,
        objective: str = "supervised",
        losses_held: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.objective = find_objective(objective)
        if reason := self.objective.why_not(checked):
            raise Refusal(reason)
        self.device = device.choose(plan["device"])
        work = checked.macs.at(checked.example) * plan["batch_size"]
        self.threads = device.thread_count(run.record.threads or plan["threads"], work)
        device.make_repeatable(self.device, self.threads)
        self.compiled = move(compiled, self.device)
        self.checked = checked
        self.plan = plan
        self.run = run
        self.link = link
        self.clock = clock
        self.strategy = Single()
        heads = compiled.heads
        self.feed = Feed(
            dataset.fields,
            dataset.arrays,
            dataset.indices,
            compiled.input_fields,
            self.objective.targets(heads),
            self.device,
        )
        if not self.feed.samples("train"):
            raise Refusal(tr("The training part of the data is empty: lower the validation and test shares."))
        self.batches = self.feed.batches_per_epoch(plan["batch_size"], plan["drop_last"])
        self.optimizer = optimizers.make(plan, self.compiled.parameters(), self.device)
        self.stepper = optimizers.Stepper(self.optimizer)
        self.scores = self.objective.scores(heads)
        self.tallies = tallies(self.scores, self.device)
        self.report = Report(run, link, clock)
        self.monitor = Monitor(self.compiled, checked, self.feed, link.send, clock=clock)
        self.at = Standing(
            last_epoch=plan["epochs"], learning_rate=plan["learning_rate"], optimizer=plan["optimizer"]
        )
        self.paused = False
        self._stepping = False
        self.metrics: dict[str, dict[str, float]] = {}
        self.judged: Judged | None = None
        self.held: Snapshot | None = None
        """the best state so far, while it is not on the disk"""
        self._losses: list[tuple[int, float, Tensor, int]] = []
        self._losses_held = losses_held or (1 if self.device.type == "cpu" else LOSSES_HELD)
        self._since = clock()
        """the clock at the moment at which `at.seconds` was true"""
        self._begun = (0, 0.0)
        self._writing = 0.0
        self._last_written = 0.0

    # -- beginnings ------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """A new run from fresh weights."""
        torch.manual_seed(_seed(self.plan["seed"]))
        self._begin()
        self.write_checkpoint(best=False)

    def resume(self) -> None:
        """Go on from the run's newest whole checkpoint; from the beginning where there is none yet."""
        for name in self.run.set_damaged_aside():
            sentence = tr("The checkpoint {name} is damaged and was set aside.", name=name)
            self.report.event("damaged-checkpoint", sentence, name=name)
            self.report.state("starting", sentence)
        latest = self.run.latest_checkpoint()
        if latest is None:
            if self.run.record.origin:
                raise Refusal(tr("The run {name} has no whole checkpoint to go on from.", name=self.run.name))
            self.report.resumed(-1, 0.0, 0.0)
            return self.start()
        snapshot = checkpoints.read(latest.path)
        if snapshot.standing.epoch >= snapshot.standing.last_epoch:
            raise Refusal(
                tr("The run {name} is finished. Continue it as a new run instead.", name=self.run.name)
            )
        self.restore(snapshot)
        self._begin(resumed=True)
        self.report.resumed(self.at.step, self.epochs, self.at.seconds)
        self.report.event("resumed", tr("Resumed after step {step}.", step=self.at.step), step=self.at.step)

    def continue_from(self, path: Path) -> None:
        """A new run from a checkpoint: its weights, and its optimizer where that and the network are the same."""
        snapshot = checkpoints.read(path)
        torch.manual_seed(_seed(self.plan["seed"]))
        fit = weights.load(self.compiled, snapshot.model)
        if not fit.kept:
            raise Refusal(tr("Nothing of the checkpoint fits this network. Train a new run instead."))
        same = fit.whole and snapshot.standing.optimizer == self.plan["optimizer"]
        if same:
            try:
                optimizers.load_state(self.optimizer, snapshot.optimizer)
            except ValueError:
                same = False
        optimizers.set_learning_rate(self.optimizer, self.plan["learning_rate"])
        self.at.step = snapshot.standing.step
        self.at.epoch = snapshot.standing.epoch + (1 if snapshot.standing.batch else 0)
        self.at.first_epoch = self.at.epoch
        self.at.last_epoch = self.at.epoch + self.plan["epochs"]
        self._begin()
        self.report.event("continued", fit.describe(), step=self.at.step, optimizer_kept=same)
        self.write_checkpoint(best=False)

    def _begin(self, *, resumed: bool = False) -> None:
        record = self.run.record
        self.run.save_record(
            state="running",
            sentence="",
            device=str(self.device),
            threads=self.threads,
            weights=sum(p.numel() for p in self.compiled.parameters()),
            first_epoch=self.at.first_epoch,
            last_epoch=self.at.last_epoch,
            process=os.getpid(),
            host=host_tag(),
            versions=record.versions or device.versions(),
        )
        self._since = self.clock()
        self._begun = (self.at.step, self.at.seconds)
        self._last_written = self._since
        if not resumed:
            rate = self.at.learning_rate
            self.report.number(self.at.step, self.epochs, "train", "learning rate", rate, self.seconds)
        self.report.state("running")

    def restore(self, snapshot: Snapshot) -> None:
        """Everything as it was at the snapshot."""
        weights.load(self.compiled, snapshot.model, strict=True)
        optimizers.load_state(self.optimizer, snapshot.optimizer)
        self.stepper.state_changed()
        checkpoints.restore_random_states(snapshot.loop)
        for i, tally in enumerate(self.tallies):
            if f"tally.{i}" in snapshot.loop:
                tally.restore(snapshot.loop[f"tally.{i}"])
        self.at = snapshot.standing
        self._losses.clear()
        self._since = self.clock()
        optimizers.set_learning_rate(self.optimizer, self.at.learning_rate)

    # -- the algorithm ---------------------------------------------------------------------------------------------
    def train(self) -> dict[str, Any]:
        """All epochs, then the last evaluation; the result."""
        try:
            while self.at.epoch < self.at.last_epoch:
                try:
                    self.train_epoch()
                    self.finish_epoch()
                except _Rollback:
                    continue
        except Ended as ended:
            return self.finish(ended.state, ended.sentence)
        except Cancelled:
            self.run.save_record(state="stopped", sentence=tr("Cancelled."))
            self.run.close()
            raise
        return self.finish("finished")

    def train_epoch(self) -> None:
        """The batches of the present epoch that are still to come."""
        plan = self.plan
        self.compiled.train()
        for inputs, targets in self.feed.epoch(
            plan["seed"], self.at.epoch, plan["batch_size"], plan["drop_last"], first=self.at.batch
        ):
            self.obey()
            outcome = self.objective.judge(self.compiled, inputs, targets)
            self.check_loss(outcome, inputs, targets)
            self.stepper.forget_gradients()
            self.strategy.backward(outcome.loss)
            self.stepper.step()
            self.count(outcome, targets)
            if self.clock() >= self.report.next:
                self.tick()
        self.look_at_losses()

    def finish_epoch(self) -> None:
        """Measure, decide what is best, write, and perhaps stop."""
        self.at.epoch += 1
        self.at.batch = 0
        trained = {"epoch loss": self.at.loss_sum / self.at.loss_samples}
        for tally in self.tallies:
            trained |= tally.results()
        self.at.loss_sum, self.at.loss_samples = 0.0, 0
        self.tallies = tallies(self.scores, self.device)
        self.metrics["train"] = _with_loss(trained)
        self.report.metrics(self.at.step, self.epochs, "train", trained, self.seconds)
        if self.feed.samples("validation"):
            self.metrics["validation"] = self.evaluate("validation")
            self.report.metrics(
                self.at.step, self.epochs, "validation", self.metrics["validation"], self.seconds
            )
        better = self.is_best()
        self.tick()
        self.write_after_epoch(better)
        if self.plan["patience"] and self.at.worse_epochs >= self.plan["patience"]:
            raise Ended(
                "early",
                tr(
                    "Stopped early: no better for {count} epochs.",
                    count=self.at.worse_epochs,
                ),
            )

    def evaluate(self, part: str, *, keep_answers: bool = False) -> dict[str, float]:
        """Loss and metrics over every sample of a part of the data; answers are kept where somebody looks at them."""
        counted = tallies(self.scores, self.device)
        wanted = keep_answers or (part == "validation" and self.monitor.wants_validation)
        keep: Judged | None = [] if wanted and self.answers_fit(part) else None
        sums = torch.zeros(1 + len(self.compiled.heads), dtype=torch.float64)
        samples = 0
        self.compiled.eval()
        with torch.no_grad():
            for inputs, targets in self.feed.evaluation(part, self.plan["batch_size"]):
                outcome = self.objective.judge(self.compiled, inputs, targets)
                n = len(inputs[0])
                sums += torch.stack([outcome.loss, *outcome.parts]).cpu().double() * n
                samples += n
                for tally in counted:
                    tally.add(outcome.values[tally.score.head], targets[tally.score.head])
                if keep is not None:
                    keep.append((outcome.values, targets))
        self.compiled.train()
        if keep is not None and keep_answers:
            self.judged = keep
        elif keep is not None:
            self.monitor.validated(keep, self.at.step, self.epochs)
        means = (sums / samples).tolist()
        found = {"loss": means[0]}
        if len(self.compiled.heads) > 1:
            for head, mean in zip(self.compiled.heads, means[1:], strict=True):
                found[f"loss · {head.node.name}"] = mean
        for tally in counted:
            found |= tally.results()
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def is_best(self) -> bool:
        """Whether this epoch is the best so far; counts those that are not."""
        measured = self.metrics.get("validation") or self.metrics["train"]
        score = -measured["loss"] if "loss" in measured else None
        if self.plan["best_by"] == "score":
            suffix = self.scores[0].suffix
            score = measured.get(f"accuracy{suffix}", measured.get(f"r2{suffix}", score))
        least = self.plan["minimum_change"]
        if score is not None and (self.at.best_score is None or score > self.at.best_score + least):
            self.at.best_score, self.at.best_step, self.at.worse_epochs = score, self.at.step, 0
            return True
        self.at.worse_epochs += 1
        return False

    # -- one step --------------------------------------------------------------------------------------------------
    def count(self, outcome: Outcome, targets: Sequence[Tensor]) -> None:
        """A step is done."""
        for tally in self.tallies:
            tally.add(outcome.values[tally.score.head], targets[tally.score.head])
        self.at.step += 1
        self.at.batch += 1
        if self._losses_held > 1:
            self._losses.append((self.at.step, self.epochs, outcome.loss.detach(), len(targets[0])))
            if len(self._losses) >= self._losses_held:
                self.look_at_losses()
        else:
            self.add_loss(self.at.step, self.epochs, self._loss, len(targets[0]))
        if self.paused:
            self.look_at_losses()

    def check_loss(self, outcome: Outcome, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
        """Before the weights move: is the loss a number? On an accelerator this waits for `look_at_losses`."""
        if self._losses_held > 1:
            return
        self._loss = outcome.loss.item()
        if not math.isfinite(self._loss):
            found = blame.find(self.compiled, self.checked, inputs, targets)
            self.diverged(found.node, found.why, self.at.step + 1)

    def look_at_losses(self) -> None:
        """Fetch the losses that stayed on the accelerator, in one wait."""
        if not self._losses:
            return
        held, self._losses = self._losses, []
        for (step, epoch, _, samples), value in zip(
            held, torch.stack([loss for _, _, loss, _ in held]).tolist(), strict=True
        ):
            if not math.isfinite(value):
                # The weights have moved on since: go back, and come to this step again looking at every loss.
                self._losses_held = 1
                latest = self.run.latest_checkpoint()
                if latest is None:
                    self.diverged("", tr("the loss is no longer a number"), step)
                self.restore(checkpoints.read(latest.path))
                self.report.resumed(self.at.step, self.epochs, self.at.seconds)
                raise _Rollback
            self.add_loss(step, epoch, value, samples)

    def add_loss(self, step: int, epoch: float, value: float, samples: int) -> None:
        self.at.loss_sum += value * samples
        self.at.loss_samples += samples
        self.report.number(step, epoch, "train", "loss", value, self.seconds)

    def diverged(self, node: str, why: str, step: int) -> NoReturn:
        """Raises Ended, with the step, the node and what to do."""
        sentence = tr(
            "Training stopped in step {step}: {why}. The weights are those of the last healthy checkpoint."
            " A smaller learning rate often helps.",
            step=step,
            why=why,
        )
        self.report.event("diverged", sentence, step=step, node=node)
        raise Ended("diverged", sentence)

    # -- between steps ---------------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Twenty times a second: talk, look, and perhaps write a checkpoint."""
        self.patiently(self.report.flush)
        now = self.clock()
        self.report.clock(self._clock_message())
        if now >= self.monitor.next:
            self.monitor.look(self.at.step, self.epochs)
        if now - self._last_written >= self.plan["checkpoint_seconds"] and 0 < self.at.batch < self.batches:
            self.write_checkpoint(best=False)

    def obey(self) -> None:
        """Do what arrived since the last step; stand still while paused."""
        for control in self.link.controls():
            self.do(control)
        if self.link.cancelled:
            raise Cancelled
        if self.link.orphaned:
            raise Ended("orphaned", tr("The designer is gone; the run can be resumed."))
        if self.paused:
            self.stand_still()

    def do(self, control: Control) -> None:
        match control:
            case controls.Pause():
                self.paused = True
            case controls.Resume():
                self.paused = False
            case controls.Stop():
                raise Ended("stopped", tr("Stopped."))
            case controls.SetLearningRate(value=value):
                self.set_learning_rate(value)
            case controls.Subscribe(subscriptions=subscriptions):
                self.monitor.subscribe(subscriptions)
            case _:
                pass  # StepBatch while running; Cancel is a flag of the link; the worker answers Ping

    def stand_still(self) -> None:
        """Until told to go on, or for one step."""
        before = self.seconds
        self.look_at_losses()
        self.tick()
        if not self._stepping:
            self.report.state("paused")
            self.write_checkpoint(best=False)
        self._stepping = False
        self.at.seconds = before
        try:
            while self.paused:
                control = self.link.wait_control(1.0)
                if self.link.cancelled:
                    raise Cancelled
                if self.link.orphaned:
                    raise Ended("orphaned", tr("The designer is gone; the run can be resumed."))
                if isinstance(control, controls.StepBatch):
                    self._stepping = True
                    return
                if control is not None:
                    self.do(control)
                if isinstance(control, controls.Subscribe) and self.monitor.next < math.inf:
                    self.monitor.look(self.at.step, self.epochs)
        finally:
            self._since = self.clock()
        self.report.state("running")

    def set_learning_rate(self, value: float) -> None:
        if not (math.isfinite(value) and value > 0):
            return
        self.at.learning_rate = value
        optimizers.set_learning_rate(self.optimizer, value)
        self.report.number(self.at.step, self.epochs, "train", "learning rate", value, self.seconds)
        self.report.event(
            "learning-rate",
            tr("Learning rate set to {value:g}.", value=value),
            step=self.at.step,
            value=value,
        )

    def answers_fit(self, part: str) -> bool:
        """Whether the answers to every sample of a part are few enough to keep."""
        per_sample = sum(head.arriving.numel().value or 1 << 12 for head in self.compiled.heads)
        return per_sample * self.feed.samples(part) <= LARGEST_JUDGED

    @property
    def seconds(self) -> float:
        """Time spent training, over all resumes, pauses left out."""
        return self.at.seconds + self.clock() - self._since

    @property
    def epochs(self) -> float:
        """Finished epochs, with the share of the present one."""
        return self.at.epoch + self.at.batch / self.batches

    def _clock_message(self) -> Clock:
        steps = self.at.step + (self.at.last_epoch - self.at.epoch) * self.batches - self.at.batch
        done, spent = self.at.step - self._begun[0], self.seconds - self._begun[1]
        rate = done / spent if spent > 0 else 0.0
        left = (steps - self.at.step) / rate if rate else -1.0
        return Clock(
            self.at.step,
            steps,
            self.epochs,
            self.at.last_epoch,
            rate * min(self.plan["batch_size"], self.feed.samples("train")),
            left,
        )

    # -- checkpoints -----------------------------------------------------------------------------------------------
    def snapshot(self) -> Snapshot:
        self.look_at_losses()
        self.at.seconds, self._since = self.seconds, self.clock()
        states = [tally.state() for tally in self.tallies]
        return checkpoints.take(self.compiled, self.optimizer, self.at, self.epochs, states)

    def write_after_epoch(self, better: bool) -> None:
        """A checkpoint where one is due and there was time for it; a better state is at least kept in memory."""
        every = self.plan["checkpoint_every"]
        due = bool(every) and (self.at.epoch - self.at.first_epoch) % every == 0
        time_for_it = self.clock() - self._last_written >= self._writing / WRITING_SHARE
        if due and time_for_it:
            self.write_checkpoint(best=better)
        elif better:
            self.held = self.snapshot()
            self.check_snapshot(self.held)

    def write_checkpoint(self, *, best: bool) -> None:
        """The present state, and before it the best one where that is not on the disk yet."""
        started = self.clock()
        snapshot = self.snapshot()
        self.check_snapshot(snapshot)
        held, self.held = self.held, None
        if held is not None and held.standing.step == snapshot.standing.step:
            best = True
        elif held is not None and not best:
            self.patiently(lambda: checkpoints.write(self.run, held, best=True))
        self.patiently(lambda: checkpoints.write(self.run, snapshot, best=best))
        if self.monitor.frames:
            self.patiently(lambda: self.run.save_frames(self.monitor.frames.values()))
        self._last_written = self.clock()
        self._writing = max(self._last_written - started, 0.5 * self._writing)

    def check_snapshot(self, snapshot: Snapshot) -> None:
        """Weights that are not finite end the run before they can be written."""
        if not snapshot.finite:
            inputs, targets = next(self.feed.evaluation("train", self.plan["batch_size"]))
            found = blame.find(self.compiled, self.checked, inputs, targets)
            self.diverged(found.node, found.why, snapshot.standing.step)

    def patiently(self, write: Callable[[], object]) -> None:
        """Write; where the disk refuses, stand still, say so, and try again until it works or the user stops."""
        wait = 1.0
        while True:
            try:
                write()
            except WriteError as error:
                self.link.send(State("paused", tr("Paused: {why} Trying again.", why=error)))
                give_up = self.clock() + wait
                while (left := give_up - self.clock()) > 0:
                    control = self.link.wait_control(left)
                    if isinstance(control, controls.Stop) or self.link.orphaned:
                        raise Ended("stopped", str(error)) from error
                    if self.link.cancelled:
                        raise Cancelled from error
                    if control is not None:
                        self.do(control)
                wait = min(wait * 2, 30.0)
            else:
                if wait > 1.0:
                    self.link.send(State("running"))
                return

    # -- the end ---------------------------------------------------------------------------------------------------
    def finish(self, state: str, sentence: str = "") -> dict[str, Any]:
        """The last checkpoint, the test part, and the result."""
        self.link.send(State("stopping"))
        if state == "diverged":
            self._go_back()
        else:
            try:
                self.look_at_losses()
                snapshot = self.snapshot()
                if not snapshot.finite:
                    self._go_back()
                else:
                    if self.held is not None and self.held.standing.step != snapshot.standing.step:
                        checkpoints.write(self.run, self.held, best=True)
                    checkpoints.write(self.run, snapshot, best=self._is_best_step(snapshot))
            except WriteError as error:
                sentence = (
                    f"{sentence} {tr('The last checkpoint could not be written: {why}', why=error)}".strip()
                )
        if state != "orphaned" and self.feed.samples("test"):
            self.metrics["test"] = self.evaluate("test")
            self.report.metrics(self.at.step, self.epochs, "test", self.metrics["test"], self.seconds)
        if state != "orphaned":
            if self.feed.samples("validation"):
                self.evaluate("validation", keep_answers=True)
            self.monitor.last_look(self.judged, self.at.step, self.epochs)
        result = self._result(state, sentence)
        try:
            self.report.clock(self._clock_message())
            self.report.flush()
            self.run.save_frames(self.monitor.frames.values())
            self.run.append_event("ended", sentence, state=state, step=self.at.step)
            self.run.save_record(
                state="stopped" if state == "orphaned" else state, sentence=sentence, result=result
            )
            self.run.close()
        except WriteError as error:
            result["sentence"] = f"{sentence} {error}".strip()
        self.report.state(state, result["sentence"])
        return result

    def _go_back(self) -> None:
        """To the last healthy state: the one in memory where there is one, else the newest on the disk."""
        if self.held is not None:
            checkpoints.write(self.run, self.held, best=True)
        latest = self.run.latest_checkpoint()
        if latest is not None:
            self.restore(checkpoints.read(latest.path))

    def _is_best_step(self, snapshot: Snapshot) -> bool:
        return (
            snapshot.standing.best_score is not None and snapshot.standing.best_step == snapshot.standing.step
        )

    def _result(self, state: str, sentence: str) -> dict[str, Any]:
        steps, spent = self.at.step - self._begun[0], self.seconds - self._begun[1]
        samples = steps * min(self.plan["batch_size"], self.feed.samples("train"))
        return {
            "run": str(self.run.path.name),
            "state": state,
            "sentence": sentence,
            "epochs": self.at.epoch - self.at.first_epoch,
            "steps": self.at.step,
            "seconds": self.seconds,
            "samples_per_second": samples / spent if spent > 0 else 0.0,
            "metrics": self.metrics,
            "monitoring": self.monitor.spent / spent if spent > 0 else 0.0,
        }


class _Rollback(Exception):
    """The epoch begins again from where a checkpoint stands."""


def move(compiled: CompiledNetwork, to: torch.device) -> CompiledNetwork:
    """The network on a device, its weights the same objects in all of its graphs."""
    if to.type != "cpu":
        for graph in (compiled, compiled._loss_graph, compiled._probe_graph):
            graph.to(to)  # weights move in place and stay shared; constants are each graph's own
    return compiled


def _seed(seed: int) -> int:
    """For what is drawn while training: apart from the draws that made the first weights."""
    return (seed << 20) + (1 << 52)


def _with_loss(trained: Mapping[str, float]) -> dict[str, float]:
    return {("loss" if name == "epoch loss" else name): value for name, value in trained.items()}
