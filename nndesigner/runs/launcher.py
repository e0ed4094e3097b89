"""What a worker process goes through, told by its bytes and by the clock: bytes in, messages out.

`WorkerProcess` starts nothing, reads nothing and waits for nothing. Whoever holds the pipes feeds it, sends what it
wants sent, and carries out what `tick` asks for: the same for the window, for the command line and for tests.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from nndesigner.base.processes import signal_name
from nndesigner.base.text import tr
from nndesigner.protocol.channel import message_reader, write_control, write_job
from nndesigner.protocol.controls import Cancel, Control
from nndesigner.protocol.framing import ProtocolError
from nndesigner.protocol.jobs import Job
from nndesigner.protocol.messages import PROTOCOL, Done, Failed, Heartbeat, Message, Ready, Warm

HUNG_SECONDS = 30.0
"""Without any word for so long, a worker counts as hung (it says something every second)."""

ASK_SECONDS = 5.0
"""What a worker has to follow a request before it is terminated, and then again before it is killed."""

ORPHAN_SECONDS = 10.0
"""What a job has, after the end of its input, to save what matters."""


class WorkerState(StrEnum):
    STARTING = "starting"
    WARM = "warm"
    BUSY = "busy"
    ENDING = "ending"
    ENDED = "ended"


class Step(StrEnum):
    """What has to be done to the process now."""

    CLOSE_INPUT = "close input"
    TERMINATE = "terminate"
    KILL = "kill"


class Ended(msgspec.Struct, frozen=True):
    """How a process ended: its exit code or the signal that ended it, and one sentence."""

    code: int | None
    signal: int | None
    sentence: str


class WorkerProcess:
    """One worker, from its start to its end. `clock` gives seconds that nobody sets (`time.monotonic`)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._reader = message_reader()
        self._outgoing = bytearray()
        self._last_heard = clock()
        self._steps: list[tuple[float, Step]] = []
        self._why_ending: Failed | None = None
        self._last_words: Failed | None = None
        self._ending = False
        self.job: Job | None = None
        self.ready: Ready | None = None
        self.warm = False
        self.hung = False
        """it has been silent for too long: offer to kill it"""
        self.memory = 0
        """bytes that it last said to occupy"""
        self.ended: Ended | None = None

    @property
    def state(self) -> WorkerState:
        if self.ended is not None:
            return WorkerState.ENDED
        if self._ending:
            return WorkerState.ENDING
        if self.job is not None:
            return WorkerState.BUSY
        return WorkerState.WARM if self.warm else WorkerState.STARTING

    @property
    def free(self) -> bool:
        """Whether it can be given a job; one that still starts will do it as soon as it is warm."""
        return self.state in (WorkerState.STARTING, WorkerState.WARM)

    # ------------------------------------------------------------------------------------------ what to tell it

    def submit(self, job: Job) -> None:
        """Give it a job. Raises RuntimeError where it is not free."""
        if not self.free:
            raise RuntimeError(f"a worker that is {self.state} takes no job")
        self._outgoing += write_job(job)
        self.job = job

    def send(self, control: Control) -> None:
        """Say something to the job that runs; without one there is nobody to say it to."""
        if self.job is not None and self.ended is None:
            self._outgoing += write_control(control)

    def cancel(self) -> None:
        """Ask the job to end; what does not answer is terminated, then killed."""
        if self.job is None or self._why_ending is not None:
            return
        self.send(Cancel())
        self._why_ending = Failed(tr("Cancelled."), "", "cancelled")
        self._plan((ASK_SECONDS, Step.TERMINATE), (2 * ASK_SECONDS, Step.KILL))

    def kill(self) -> None:
        """End it now, whatever it is doing."""
        self._why_ending = self._why_ending or Failed(tr("The worker was stopped by force."), "", "killed")
        self._ending = True
        self._plan((0.0, Step.KILL))

    def close(self) -> None:
        """Let it end: nothing more will be asked. A job in progress saves what matters first."""
        if self._ending or self.ended is not None:
            return
        self._ending = True
        patience = (ORPHAN_SECONDS if self.job is not None else 0.0) + ASK_SECONDS
        self._plan((0.0, Step.CLOSE_INPUT), (patience, Step.TERMINATE), (patience + ASK_SECONDS, Step.KILL))

    @property
    def outgoing(self) -> bytes:
        """What is to be written to it."""
        return bytes(self._outgoing)

    def written(self, length: int) -> None:
        """So many bytes of `outgoing` have been taken."""
        del self._outgoing[:length]

    # -------------------------------------------------------------------------------------------- what it tells

    def receive(self, data: bytes) -> list[Message]:
        """What its job says, in order; the job's `Done` or `Failed` comes once and last."""
        self._last_heard = self._clock()
        self.hung = False
        try:
            said = self._reader.feed(data)
        except ProtocolError as error:
            if self._ending:
                return []
            failed = Failed(tr("The worker could not be understood: {why}", why=error), "", "protocol")
            self.kill()
            self._why_ending = failed
            return []
        return [message for each in said for message in self._take(each)]

    def _take(self, message: Message) -> list[Message]:
        match message:
            case Ready():
                self.ready = message
                if message.protocol != PROTOCOL:
                    self.kill()
                    self._why_ending = Failed(_other_version(message), "", "protocol")
            case Warm():
                self.warm = True
            case Heartbeat():
                self.memory = message.memory
            case Done() | Failed() if self.job is not None:
                return [self._finish(message)]
            case Failed():
                self._last_words = message
            case _ if self.job is not None:
                return [message]
        return []

    def _finish(self, outcome: Done | Failed) -> Message:
        assert self.job is not None
        reusable = not self.job.uses_up and (
            isinstance(outcome, Done) or outcome.code in ("refused", "cancelled")
        )
        self.job = None
        self._why_ending = None
        self._steps.clear()
        if not reusable:
            self.close()
        return outcome

    def output_ended(self) -> None:
        """It can say nothing more: it is about to end, or is made to."""
        self._ending = True
        self._plan((ASK_SECONDS, Step.KILL))

    def exited(self, code: int, log: str = "") -> Failed | None:
        """The process has ended (negative: by that signal). The end of its job, where it had not come to one."""
        if self.ended is not None:
            return None
        self._outgoing.clear()
        self._steps.clear()
        self.hung = False
        job, self.job = self.job, None
        if code == 0 and job is None:
            self.ended = Ended(code, None, tr("The worker has ended."))
        else:
            self.ended = _ended(code, self._last_words)
        if job is None:
            return None
        if self._why_ending is not None:
            return self._why_ending
        return Failed(self.ended.sentence, log, self._last_words.code if self._last_words else "ended")

    # ------------------------------------------------------------------------------------------------- the clock

    def tick(self) -> Step | None:
        """What to do to the process now, once each; call again until None. Read what it said before asking."""
        now = self._clock()
        if self.ended is not None:
            return None
        if now - self._last_heard > HUNG_SECONDS:
            self.hung = True
        if self._steps and now >= self._steps[0][0]:
            return self._steps.pop(0)[1]
        return None

    def next_tick(self) -> float:
        """Seconds after which `tick` has something to say, as far as is known now."""
        times = [when for when, _ in self._steps[:1]]
        if not self.hung:
            times.append(self._last_heard + HUNG_SECONDS + 0.1)
        return max(0.0, min(times) - self._clock()) if times else HUNG_SECONDS

    def _plan(self, *steps: tuple[float, Step]) -> None:
        now = self._clock()
        self._steps = [(now + after, step) for after, step in steps]


def _ended(code: int, last_words: Failed | None) -> Ended:
    if code < 0:
        number = -code
        sentence = tr(
            "The worker ended by signal {number} ({name}).", number=number, name=signal_name(number)
        )
        if number == 9:
            sentence += " " + tr("The system may have run out of memory.")
        return Ended(None, number, sentence)
    if last_words is not None:
        return Ended(code, None, last_words.sentence)
    return Ended(code, None, tr("The worker ended unexpectedly, with code {code}.", code=code))


def _other_version(ready: Ready) -> str:
    return tr(
        "The worker is of another version of nndesigner ({there}) and speaks another protocol."
        " Install the same version on both sides.",
        there=ready.versions.get("nndesigner", "?"),
    )
