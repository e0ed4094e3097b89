"""The training loop. It reads like the algorithm; feeding, counting, looking, writing and talking are next door.

A run is a function of project, data, plan and seed: what is watched, when checkpoints are written, when it is paused,
killed or resumed changes no bit of it (same machine, same versions, same number of threads).
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from nndesigner.base.atomic import WriteError
from nndesigner.base.progress import Cancelled
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import CompiledNetwork
from nndesigner.data.dataset import Dataset
from nndesigner.document.metrics import METRICS
from nndesigner.objectives.objective import Outcome
from nndesigner.protocol import controls
from nndesigner.protocol.messages import Clock, State
from nndesigner.runs.store import RunFolder
from nndesigner.training import blame, checkpoints
from nndesigner.training.checkpoints import Snapshot
from nndesigner.training.metrics import Parts, tallies
from nndesigner.training.monitor import Judged
from nndesigner.training.running import Ended, Link, Rollback, Running
from nndesigner.training.task_metrics import further

LARGEST_JUDGED = 1 << 24
"""values of answers that are kept over an evaluation for those who look at them"""
EVALUATION_SEED = 0
"""of what is drawn while evaluating: codes, noise"""


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
    renames: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Train a network and write its run folder; what came out of it, as `Done.result`.

    `compiled` has fresh weights for a new run (seed torch before building it). With `resume` the run goes on from its
    newest whole checkpoint, bit for bit as if it had never stopped; with `continue_from` (the folder of a checkpoint)
    a new run starts from those weights, as far as they fit; `renames` are modules that have another name now. Raises
    Refusal, Cancelled, WriteError.

    The result: run, state ("finished", "early", "stopped", "diverged", "orphaned"), sentence, epochs, steps, seconds,
    samples_per_second, metrics (split → name → value), monitoring (the share of the time spent looking),
    blamed (key of the node at which values were first not finite, "" where it is none), compiled (what came of
    compiling the steps, in a sentence, "" where it was not asked for).
    """
    trainer = Trainer(compiled, dataset, plan, run, link, checked=checked, objective=objective)
    if resume:
        trainer.resume()
    elif continue_from is not None:
        trainer.continue_from(continue_from, renames)
    else:
        trainer.start()
    return trainer.train()


class Trainer(Running):
    """One run of the loop."""

    # -- the algorithm ---------------------------------------------------------------------------------------------
    def train(self) -> dict[str, Any]:
        """All epochs, then the last evaluation; the result."""
        try:
            self.stop_early()  # a resumed run may have broken off just before it would have stopped
            if self.at.epoch < self.at.last_epoch:
                self.compile_steps()
            while self.at.epoch < self.at.last_epoch:
                try:
                    self.train_epoch()
                    self.finish_epoch()
                except Rollback:
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
        plan, laps = self.plan, self.monitor.laps
        self.follow_thaw()
        self.compiled.train()
        laps.drop()
        for inputs, targets in self.feed.epoch(
            plan["seed"], self.at.epoch, plan["batch_size"], plan["drop_last"], first=self.at.batch
        ):
            laps.lap("to_device")
            self.obey()
            self.rate.follow(self.at)
            laps.lap("other")
            watched = self.monitor.step_due
            outcomes: list[Outcome] = []
            for player in self.players:  # one, or those that learn against each other, each in its turn
                if self.at.step % player.turn.every:
                    continue
                outcome = player.gradients(self.strategy, inputs, targets)
                self.check_loss(outcome, inputs, targets)
                laps.lap("other")
                if watched and not outcomes:
                    self.monitor.before_step()
                    laps.lap("monitoring")
                player.step(self.strategy, outcome, inputs, targets)
                laps.lap("optimizer")
                self.count_loss(player.loss_name, outcome, len(targets[0]))
                outcomes.append(outcome)
            self.averages.add(self.at.step + 1 - self.at.first_step)
            if watched:
                laps.lap("other")
                self.monitor.after_step(self.at.step + 1, self.epochs)
                laps.lap("monitoring")
            self.count(outcomes, targets)
            laps.end()
            if self.clock() >= self.report.next:
                self.tick()
        self.look_at_losses()

    def finish_epoch(self) -> None:
        """Measure, decide what is best, write, and perhaps stop."""
        self.at.epoch += 1
        self.at.batch = 0
        # The sum of losses that pull against each other says nothing: each is told for itself.
        trained = {"epoch loss": self.at.loss_sum / self.at.loss_samples} if self.way.ranked else {}
        for tally in self.tallies:
            trained |= tally.results()
        trained |= self.parts.results()
        self.parts = self.fresh_parts()
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
        self.rate.see_plateau(self.at, self.measured_last().get("loss"))
        self.tick()
        self.write_after_epoch(better)
        self.stop_early()

    def stop_early(self) -> None:
        """Ends the run where it has not become better for as many epochs as the plan allows."""
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
        more = further(self.compiled.heads, self.scores) if self.measures_more else []
        wanted = keep_answers or (part == "validation" and self.monitor.wants_validation)
        keep = wanted and self.answers_fit(part)
        parts = Parts(("", *self.way.parts), self.device, (*self.way.means, *self.way.evaluated))
        own = self.own.wanted(self.feed.samples(part))
        answers: Judged = []
        self.compiled.eval()
        with torch.no_grad(), self.averages.answering(), always_the_same(self.device):
            for inputs, targets in self.feed.evaluation(part, self.plan["batch_size"]):
                outcome = self.way.judge(inputs, targets)
                parts.add([outcome.loss, *outcome.parts, *outcome.means], len(inputs[0]))
                for tally in counted:
                    tally.add(outcome.values[tally.score.head], targets[tally.score.head])
                for each in more:
                    each.add(outcome.values[each.score.head], targets[each.score.head])
                if keep or own or self.way.whole is not None:
                    answers.append((outcome.values, targets))
            found = parts.results()
            if not self.way.ranked:
                del found["loss"]
            if self.way.whole is not None:
                found |= self.way.whole(answers)
        self.compiled.train()
        if keep and keep_answers:
            self.judged = answers
        elif keep:
            self.monitor.validated(answers, self.at.step, self.epochs)
        for tally in counted:
            found |= tally.results()
        for each in more:
            found |= each.results()
        if own:
            found |= self.own.results(answers)
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def is_best(self) -> bool:
        """Whether this epoch is the best so far; counts those that are not."""
        measured = self.measured_last()
        score = -measured["loss"] if "loss" in measured else None
        if not self.way.ranked:  # the newest is the best
            self.at.best_score, self.at.best_step, self.at.worse_epochs = None, self.at.step, 0
            return True
        if self.plan["best_by"] == "score":
            suffix = self.scores[0].suffix if self.scores else ""
            told = (self.way.score, *(kind + suffix for kind in ("iou", "accuracy", "r2")))
            score = next((measured[name] for name in told if name in measured), score)
        elif self.plan["best_by"] in METRICS:
            score = self.named_score(self.plan["best_by"], measured)
        least = self.plan["minimum_change"]
        if score is not None and (self.at.best_score is None or score > self.at.best_score + least):
            self.at.best_score, self.at.best_step, self.at.worse_epochs = score, self.at.step, 0
            return True
        self.at.worse_epochs += 1
        return False

    def measured_last(self) -> dict[str, float]:
        """What an epoch is judged by: its validation, or what was measured while it trained."""
        return self.metrics.get("validation") or self.metrics["train"]

    def named_score(self, metric: str, measured: Mapping[str, float]) -> float | None:
        """That metric of the first head that has it, the larger the better; None where it could not be told."""
        found = next((measured[name] for name in self.best_names if name in measured), None)
        return found if found is None or METRICS[metric].larger else -found

    # -- one step --------------------------------------------------------------------------------------------------
    def count_loss(self, name: str, outcome: Outcome, samples: int) -> None:
        """The loss that one turn of the step after this one came to."""
        step, epoch = self.at.step + 1, self.at.epoch + (self.at.batch + 1) / self.batches
        if self._losses_held > 1:
            self._losses.append((step, epoch, name, outcome.loss.detach(), samples))
        else:
            self.add_loss(step, epoch, name, self._loss, samples)

    def count(self, outcomes: Sequence[Outcome], targets: Sequence[Tensor]) -> None:
        """A step is done."""
        for tally in self.tallies:
            tally.add(outcomes[0].values[tally.score.head], targets[tally.score.head])
        if self.parts.told:
            parts = outcomes[0].parts if self.parts.names else ()
            self.parts.add([*parts, *outcomes[0].means], len(targets[0]))
        self.at.step += 1
        self.at.batch += 1
        if len(self._losses) >= self._losses_held > 1 or self.paused:
            self.look_at_losses()

    def check_loss(self, outcome: Outcome, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
        """Before the weights move: is the loss a number? On an accelerator this waits for `look_at_losses`."""
        if self._losses_held > 1:
            return
        self._loss = outcome.loss.item()
        if not math.isfinite(self._loss):
            found = blame.find(self.compiled, self.checked, inputs, targets)
            self.diverged(found.node, found.why, self.at.step + 1)

    # -- between steps ---------------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Twenty times a second: talk, look, and perhaps write a checkpoint."""
        self.patiently(self.report.flush)
        now = self.clock()
        self.report.clock(self._clock_message())
        if now >= self.monitor.next:
            self.monitor.look(self.at.step, self.epochs)
        if self.keeping.due_within_epoch() and 0 < self.at.batch < self.batches:
            self.write_checkpoint(best=False)
        self.monitor.laps.drop()

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
                if isinstance(control, controls.Subscribe | controls.Watch) and self.monitor.next < math.inf:
                    self.monitor.look(self.at.step, self.epochs)
        finally:
            self._since = self.clock()
            self.monitor.laps.drop()  # a pause is no part of a step
        self.report.state("running")

    def answers_fit(self, part: str) -> bool:
        """Whether the answers to every sample of a part are few enough to keep."""
        per_sample = sum(head.arriving.numel().value or 1 << 12 for head in self.compiled.heads)
        return per_sample * self.feed.samples(part) <= LARGEST_JUDGED

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
            self._monitoring(spent),
        )

    # -- the end ---------------------------------------------------------------------------------------------------
    def finish(self, state: str, sentence: str = "") -> dict[str, Any]:
        """The last checkpoint, the test part, and the result."""
        self.stopping = True
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
                    self.keeping.put_last(snapshot, best=self._is_best_step(snapshot))
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
            self.run.save_frames(self.monitor.frames.values(), self.monitor.trails)
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
        if self.keeping.held is not None:
            self.keeping.put(self.keeping.held, best=True)
        latest = self.run.latest_checkpoint()
        if latest is not None:
            self.restore(checkpoints.read(latest.path))

    def _is_best_step(self, snapshot: Snapshot) -> bool:
        scored = snapshot.standing.best_score is not None or not self.way.ranked
        return scored and snapshot.standing.best_step == snapshot.standing.step

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
            "monitoring": self._monitoring(spent),
            "blamed": self.blamed,
            "compiled": self.compiled_words,
        }

    def _monitoring(self, spent: float) -> float:
        """The share of the time that looking took."""
        return self.monitor.spent / spent if spent > 0 else 0.0


@contextlib.contextmanager
def always_the_same(device: torch.device) -> Iterator[None]:
    """Random draws begin anew and leave no trace: two evaluations of the same weights give the same numbers."""
    forked = device.type in ("cuda", "xpu")
    kind = device.type if forked else "cuda"
    with torch.random.fork_rng([device] if forked else [], device_type=kind):
        if forked:
            torch.manual_seed(EVALUATION_SEED)
        else:
            torch.default_generator.manual_seed(EVALUATION_SEED)
        yield


def _with_loss(trained: Mapping[str, float]) -> dict[str, float]:
    return {("loss" if name == "epoch loss" else name): value for name, value in trained.items()}
