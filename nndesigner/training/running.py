"""A run between two steps: how it begins, where it stands, what it keeps, and what it does when told.

The loop in `loop.py` adds the algorithm. This module knows neither batches nor epochs' ends.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

import torch
from torch import Tensor, nn

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.processes import host_tag, start_mark
from nndesigner.base.progress import Cancelled
from nndesigner.base.text import count, listing, tr
from nndesigner.check.batch_of_one import fewest_samples
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.noise import noise_inputs
from nndesigner.compiler import weights
from nndesigner.compiler.build import CompiledNetwork
from nndesigner.compiler.learning import follow
from nndesigner.data.dataset import Dataset
from nndesigner.document.metrics import measures_more
from nndesigner.document.optimizers import OPTIMIZERS
from nndesigner.objectives.catalogue import objective as find_objective
from nndesigner.protocol import controls
from nndesigner.protocol.controls import Control
from nndesigner.protocol.messages import Message, State
from nndesigner.protocol.watched import budget_of, watch_of
from nndesigner.runs.history import recorded_bytes
from nndesigner.runs.store import RunFolder
from nndesigner.training import beginning, blame, checkpoints, device, players
from nndesigner.training.augmenting import augmented
from nndesigner.training.averages import Averages
from nndesigner.training.checkpoints import Snapshot, Standing
from nndesigner.training.companion import settled
from nndesigner.training.compiling import Attempt, Verdict
from nndesigner.training.feed import Feed
from nndesigner.training.keeping import Keeping
from nndesigner.training.metrics import Parts, tallies
from nndesigner.training.monitor import Judged, Monitor
from nndesigner.training.own_metrics import OwnScores
from nndesigner.training.rate import Rate
from nndesigner.training.report import Report
from nndesigner.training.strategy import Single
from nndesigner.training.task_metrics import best_names, further
from nndesigner.training.unwritable import refuse_unwritable

LOSSES_HELD = 32
"""losses that stay on an accelerator before they are looked at: each look waits for it"""


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


class Rollback(Exception):
    """The epoch begins again from where a checkpoint stands."""


class Running:
    """Everything of a run but the algorithm."""

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
        if plan["channels_last"] and OPTIMIZERS[plan["optimizer"]].again:
            raise Refusal(
                tr(
                    "L-BFGS cannot move weights that lie channels last: turn one of the two off in the training plan."
                )
            )
        self.device = device.choose(plan["device"])
        work = checked.macs.at(checked.example) * plan["batch_size"]
        self.threads = device.thread_count(run.record.threads or plan["threads"], work)
        device.make_repeatable(self.device, self.threads, deterministic=plan["deterministic"])
        self.compiled = move(compiled, self.device, channels_last=plan["channels_last"])
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
            fewest_samples(checked),
            noise_inputs(checked),
            augmented(
                plan,
                dataset.fields,
                compiled.input_fields,
                self.objective.targets(heads),
                mixes=self.objective.mixes,
            ),
        )
        if not self.feed.samples("train"):
            raise Refusal(tr("The training part of the data is empty: lower the validation and test shares."))
        refuse_unwritable(heads, dataset)
        self.batches = self.feed.batches_per_epoch(plan["batch_size"], plan["drop_last"])
        self.way = self.objective.begin(
            self.compiled, checked, settled(self.objective, plan, run.project_folder(), self.device)
        )
        self.players = players.players(self.way, self.compiled, plan, self.device, fewest_samples(checked))
        self.learning = self.compiled.learning
        """what is frozen when the run begins, and until when"""
        self.averages = Averages(self.compiled, plan["average_decay"], self.learning.thaws)
        self.scores = self.objective.scores(heads)
        self.tallies = tallies(self.scores, self.device)
        self.measures_more = measures_more(plan) and self.objective.type == "supervised"
        self.best_names: list[str] = []
        if self.way.ranked:
            more = further(heads, self.scores) if self.measures_more else []
            validated = bool(self.feed.samples("validation"))
            self.best_names = best_names(plan["best_by"], self.scores, more, validated)
        self.parts = self.fresh_parts()
        self.report = Report(run, link, clock)
        self.own = OwnScores(heads, self.scores, self._metric_failed)
        recorded = recorded_bytes(self.plan)
        self.monitor = Monitor(
            self.compiled,
            checked,
            self.feed,
            link.send,
            way=self.way,
            budget=budget_of(plan).share,
            recorded=recorded,
            in_turn=True,
            clock=clock,
        )
        self.monitor.watch(watch_of(plan))
        self.feed.lap = self.monitor.laps.lap
        for player in self.players:
            player.lap = self.monitor.laps.lap
        self.at = Standing(
            last_epoch=plan["epochs"], learning_rate=plan["learning_rate"], optimizer=plan["optimizer"]
        )
        self.rate = Rate(plan, self.players, self.batches, self._tell_rate)
        self.paused = False
        self.stopping = False
        self._stepping = False
        self.metrics: dict[str, dict[str, float]] = {}
        self.judged: Judged | None = None
        self.blamed = ""
        """key of the node at which values were first not finite, where the run diverged"""
        self._losses: list[tuple[int, float, str, Tensor, int]] = []
        self._losses_held = losses_held or (1 if self.device.type == "cpu" else LOSSES_HELD)
        self._since = clock()
        """the clock at the moment at which `at.seconds` was true"""
        self._begun = (0, 0.0)
        self._told_compiling = 0.0
        self.compiled_words = ""
        """what came of compiling the steps"""
        self.keeping = Keeping(run, plan, self.monitor, self.patiently, clock)

    # -- beginnings ------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """A new run from fresh weights, or from those that the plan names."""
        fit = None
        if self.plan["begin_with"]:
            path = beginning.place(self.plan["begin_with"], self.run.project_folder())
            fit = beginning.take(self.compiled, self.checked, path)
        torch.manual_seed(_seed(self.plan["seed"]))
        if fit is not None:
            self.run.save_record(beginning=fit.plain())
            self.report.event("began-with", fit.describe(), **fit.plain())
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
        if self.run.record.state in ("finished", "early"):
            raise Refusal(
                tr("The run {name} is finished. Continue it as a new run instead.", name=self.run.name)
            )
        self.restore(snapshot)
        self.monitor.trails.add(self.run.trail())
        self.monitor.trails.cut_after(self.at.step)
        self._begin(resumed=True)
        self.report.resumed(self.at.step, self.epochs, self.at.seconds)
        self.report.event("resumed", tr("Resumed after step {step}.", step=self.at.step), step=self.at.step)
        if not self.at.batch:
            self.metrics = self.measured()

    def measured(self) -> dict[str, dict[str, float]]:
        """What the epoch that ended at this step was measured at, from the curves: the run may have broken off between
        its last epoch and its end."""
        found: dict[str, dict[str, float]] = {}
        rows = [row for row in self.run.rows() if row.step == self.at.step]
        for row in rows:
            if row.split == "validation":
                found.setdefault(row.split, {})[row.name] = row.value
        names = {"epoch loss"} | {name for name in found.get("validation", {}) if name != "loss"}
        for row in rows:
            if row.split == "train" and row.name in names:
                found.setdefault(row.split, {})["loss" if row.name == "epoch loss" else row.name] = row.value
        return found

    def continue_from(self, path: Path, renames: Mapping[str, str] = MappingProxyType({})) -> None:
        """A new run from a checkpoint: its weights, and its optimizer where that and the network are the same.

        `renames` are modules of the checkpoint that have another name now.
        """
        snapshot = checkpoints.read(path)
        torch.manual_seed(_seed(self.plan["seed"]))
        fit = weights.load(self.compiled, weights.renamed(snapshot.model, renames), resize=True)
        if not fit.kept:
            raise Refusal(tr("Nothing of the checkpoint fits this network. Train a new run instead."))
        same = fit.whole and snapshot.standing.optimizer == self.plan["optimizer"]
        if same:
            try:
                players.load_state(self.players, snapshot.optimizer)
            except ValueError:
                same = False
        self.at.step = self.at.first_step = snapshot.standing.step
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
            mark=start_mark(os.getpid()),
            host=host_tag(),
            versions=record.versions or device.versions(),
        )
        self._since = self.clock()
        self._begun = (self.at.step, self.at.seconds)
        self.keeping.begin()
        if not resumed:
            self.averages.begin()
            self.rate.begin(self.at)
        self.report.state("running")

    def restore(self, snapshot: Snapshot) -> None:
        """Everything as it was at the snapshot."""
        weights.load(self.compiled, {**snapshot.model, **snapshot.learning}, strict=True)
        self.averages.restore(snapshot.model)
        players.restore_scales(self.players, snapshot.loop)
        players.load_state(self.players, snapshot.optimizer)
        checkpoints.restore_random_states(snapshot.loop)
        for i, tally in enumerate(self.tallies):
            if f"tally.{i}" in snapshot.loop:
                tally.restore(snapshot.loop[f"tally.{i}"])
        if "parts" in snapshot.loop:
            self.parts.restore(snapshot.loop["parts"])
        decided = self.at.compiled or snapshot.standing.compiled
        self.at = snapshot.standing
        self.at.compiled = decided
        self._losses.clear()
        self._since = self.clock()
        self.rate.set(self.at)

    # -- compiled steps --------------------------------------------------------------------------------------------
    def compile_steps(self) -> None:
        """Before the first step: compiles the network where the plan says so, and says what came of it. A run that is
        resumed does what was decided when it began: compiled steps differ in the last digits.

        Raises Ended and Cancelled as a step does.
        """
        wish, decided = self.plan["compile"], self.at.compiled
        if wish == "off" or decided == "no":
            return
        if self.objective.type != "supervised":
            self._tell_compiled(Verdict(False, tr("Not compiled: only supervised learning can be.")))
            return
        samples = min(self.plan["batch_size"], self.feed.samples("train"))
        pieces = max(min(self.plan["pieces"], samples // fewest_samples(self.checked)), 1)
        inputs, targets = next(self.feed.evaluation("train", self.plan["batch_size"]))
        generators = checkpoints.random_states()
        self.compiled.train()
        steps = (self.at.last_epoch - self.at.epoch) * self.batches - self.at.batch
        try:
            verdict = Attempt(
                self.compiled,
                [tensor[:samples].tensor_split(pieces)[0] for tensor in inputs],
                [tensor[:samples].tensor_split(pieces)[0] for tensor in targets],
                self.players[0].precision,
                steps=steps * pieces,
                always=wish == "on" or decided == "yes",
            ).run(self._while_compiling)
        finally:
            checkpoints.restore_random_states(generators)
            self._since = self.clock()
            self._begun = (self.at.step, self.at.seconds)
        if decided == "yes" and not verdict.compiled:
            more = tr("Its steps were compiled before: from here on it differs in the last digits.")
            verdict = replace(verdict, sentence=f"{verdict.sentence} {more}")
        self._tell_compiled(verdict)

    def _tell_compiled(self, verdict: Verdict) -> None:
        self.at.compiled = "yes" if verdict.compiled else "no"
        self.compiled_words = verdict.sentence
        self.report.event(
            "compiled",
            verdict.sentence,
            compiled=verdict.compiled,
            ratio=verdict.ratio,
            seconds=verdict.seconds,
        )
        self.report.state("running", verdict.sentence)

    def _while_compiling(self, seconds: float) -> None:
        for control in self.link.controls():
            self.do(control)
        if self.link.cancelled:
            raise Cancelled
        if self.link.orphaned:
            raise Ended("orphaned", tr("The designer is gone; the run can be resumed."))
        if seconds >= self._told_compiling:
            self._told_compiling = seconds + 1.0
            sentence = tr("Measuring and compiling the steps: {seconds} s.", seconds=round(seconds))
            self.report.state("running", sentence)

    # -- losses ----------------------------------------------------------------------------------------------------
    def look_at_losses(self) -> None:
        """Fetch the losses that stayed on the accelerator, in one wait."""
        if not self._losses:
            return
        held, self._losses = self._losses, []
        for (step, epoch, name, _, samples), value in zip(
            held, torch.stack([loss for *_, loss, _ in held]).tolist(), strict=True
        ):
            if not math.isfinite(value):
                # The weights have moved on since: go back, and come to this step again looking at every loss.
                self._losses_held = 1
                latest = self.run.latest_checkpoint()
                if latest is None:
                    self.diverged("", tr("the loss is no longer a number"), step)
                self.restore(checkpoints.read(latest.path))
                self.monitor.trails.cut_after(self.at.step)
                self.report.resumed(self.at.step, self.epochs, self.at.seconds)
                raise Rollback
            self.add_loss(step, epoch, name, value, samples)

    def add_loss(self, step: int, epoch: float, name: str, value: float, samples: int) -> None:
        self.at.loss_sum += value * samples
        if name == self.players[0].loss_name:
            self.at.loss_samples += samples
        self.report.number(step, epoch, "train", name, value, self.seconds)

    def fresh_parts(self) -> Parts:
        """Nothing counted yet of an epoch. Of turns each loss is told step by step."""
        names = self.way.parts if len(self.players) == 1 else ()
        return Parts(names, self.device, self.way.means)

    def _metric_failed(self, sentence: str) -> None:
        """A metric of the user's own could not be measured: the run goes on without it."""
        self.report.event("own-metric", sentence)
        self.report.state("stopping" if self.stopping else "running", sentence)

    def diverged(self, node: str, why: str, step: int) -> NoReturn:
        """Raises Ended, with the step, the node and what to do."""
        sentence = tr(
            "Training stopped in step {step}: {why}. The weights are those of the last healthy checkpoint."
            " A smaller learning rate often helps.",
            step=step,
            why=why,
        )
        self.report.event("diverged", sentence, step=step, node=node)
        self.blamed = node
        raise Ended("diverged", sentence)

    # -- being told ------------------------------------------------------------------------------------------------
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
            case controls.Watch():
                self.monitor.watch(control)
            case controls.SetBudget(share=share):
                self.monitor.set_budget(share)
            case _:
                pass  # StepBatch while running; Cancel is a flag of the link; the worker answers Ping

    def set_learning_rate(self, value: float) -> None:
        """From the next step on."""
        if not (math.isfinite(value) and value > 0):
            return
        self.rate.wish(self.at, value)
        self.report.event(
            "learning-rate",
            tr("Learning rate set to {value:g}.", value=value),
            step=self.at.step,
            value=value,
        )

    def _tell_rate(self, step: int, rate: float) -> None:
        self.report.number(step, self.epochs, "train", "learning rate", rate, self.seconds)

    # -- freezing --------------------------------------------------------------------------------------------------
    def follow_thaw(self) -> None:
        """What learns in the epoch that comes."""
        if not self.learning.thaws:
            return
        done = self.at.epoch - self.at.first_epoch
        now = self.learning.after(done)
        self.compiled.resting = now.frozen_modules
        changed = follow(self.compiled, now)
        if not changed:
            return
        players.weights_changed(self.players)
        begun = [name for name in changed if self.learning.thaws[name] == done]
        if begun and not self.at.batch:
            layers = tuple(dict.fromkeys(name.rpartition(".")[0] or name for name in begun))
            self.report.event(
                "unfrozen",
                tr(
                    "After {n} they learn too: {layers}.",
                    n=count(done, "epoch", "epochs"),
                    layers=listing(list(layers)),
                ),
                step=self.at.step,
                layers=list(layers),
            )

    # -- where it stands -------------------------------------------------------------------------------------------
    @property
    def seconds(self) -> float:
        """Time spent training, over all resumes, pauses left out."""
        return self.at.seconds + self.clock() - self._since

    @property
    def epochs(self) -> float:
        """Finished epochs, with the share of the present one."""
        return self.at.epoch + self.at.batch / self.batches

    # -- checkpoints -----------------------------------------------------------------------------------------------
    def snapshot(self) -> Snapshot:
        self.look_at_losses()
        self.at.seconds, self._since = self.seconds, self.clock()
        counted = {f"tally.{i}": tally.state() for i, tally in enumerate(self.tallies)}
        if self.parts.told:
            counted["parts"] = self.parts.state()
        counted |= players.scales(self.players)
        remembered = players.state_tensors(self.players)
        averages = self.averages.tensors
        return checkpoints.take(self.compiled, remembered, self.at, self.epochs, counted, averages)

    def write_after_epoch(self, better: bool) -> None:
        """A checkpoint where one is due and there was time for it; a better state is at least kept in memory."""
        if self.keeping.due_after_epoch(self.at):
            self.write_checkpoint(best=better)
        elif better:
            self.keeping.held = self.snapshot()
            self.check_snapshot(self.keeping.held)

    def write_checkpoint(self, *, best: bool) -> None:
        """The present state, where it is healthy."""
        started = self.clock()
        snapshot = self.snapshot()
        self.check_snapshot(snapshot)
        self.keeping.write(snapshot, best=best, started=started)

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


def move(compiled: CompiledNetwork, to: torch.device, *, channels_last: bool = False) -> CompiledNetwork:
    """The network on a device, its weights the same objects in all of its graphs. With `channels_last` kernels of 2-d
    convolutions lie so in memory; torch then lays what they are given and what they give in the same way."""
    if to.type != "cpu":
        for graph in (compiled, compiled._loss_graph, compiled._probe_graph, *compiled._loss_modules):
            graph.to(to)  # weights move in place and stay shared; constants are each graph's own
    for module in compiled.modules() if channels_last else ():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return compiled


def _seed(seed: int) -> int:
    """For what is drawn while training: apart from the draws that made the first weights."""
    return (seed << 20) + (1 << 52)
