"""A worker process: framed messages over the standard input and output that it was given, one job at a time.

`python -I -m nndesigner.worker`; `nndesigner worker` is the same. First of all it takes descriptors 0 and 1 for
itself and lets everything that libraries print go to the log (descriptor 2), so that no stray print can break a
frame. Then it says `Ready`, does what is slow, says `Warm`, and waits for jobs.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import importlib.metadata
import logging
import os
import platform
import queue
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from nndesigner import __version__
from nndesigner.base import processes
from nndesigner.base.disk import write_fully
from nndesigner.base.text import tr
from nndesigner.protocol.channel import worker_reader
from nndesigner.protocol.controls import Ping
from nndesigner.protocol.framing import ProtocolError
from nndesigner.protocol.jobs import Job
from nndesigner.protocol.messages import Device, Done, Failed, Ready, Warm
from nndesigner.worker import dispatch
from nndesigner.worker.link import Link
from nndesigner.worker.remote_controls import follow_controls
from nndesigner.worker.sender import Sender

ORPHAN_SECONDS = 10
"""What a job has, after the end of input, to save what matters."""

LAST_WORDS_SECONDS = 1.0
"""What the reader has, after the designer's end, to come to the end of input by itself."""

_READ_BYTES = 1 << 20

_log = logging.getLogger("nndesigner.worker")


class Worker:
    """The process's parts: a thread that reads, a thread that speaks, and the main thread, which does the jobs."""

    def __init__(
        self, incoming: int, outgoing: int, find: dispatch.Find, parent: int = 0, log: Path | None = None
    ) -> None:
        self._incoming = incoming
        self._log = log
        self._parent = parent
        self._find = find
        self._sender = Sender(lambda data: write_fully(outgoing, data))
        self._jobs: queue.SimpleQueue[Link | None] = queue.SimpleQueue()
        self._newest: Link | None = None
        self._at_work = threading.Lock()
        self._ended = False
        self._reading = threading.Thread(target=self._read, name="reader", daemon=True)

    def start(self, cold: bool) -> None:
        """Read, introduce itself and warm up. `cold` loads no torch, for jobs that need none."""
        started = time.monotonic()
        self._reading.start()
        found: tuple[Device, ...] = ()
        if not cold:
            from nndesigner.worker.devices import devices  # loads torch

            found = devices()
        self._sender.send(Ready(_versions(), found, process=os.getpid()))
        if not cold:
            from nndesigner.worker.warmup import warm_up

            warm_up()
            for name in dispatch.kinds():
                dispatch.load(name)
        self._sender.send(Warm(time.monotonic() - started))

    def work(self) -> int:
        """Do jobs until there is nobody to do them for."""
        while (link := self._jobs.get()) is not None:
            assert link.job is not None
            with self._at_work:
                if self._ended and not link.detached:
                    break
                outcome: Done | Failed
                with follow_controls(link):
                    outcome = dispatch.perform(link.job, link, self._find)
                self._sender.send(outcome)
        return 0

    def fail(self, failed: Failed) -> None:
        """The worker cannot go on at all."""
        self._sender.send(failed)

    def close(self) -> None:
        """Say what is left to say."""
        self._sender.close()

    def terminate(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM: a job gets the time to save; without one, end."""
        if self._newest is not None and self._at_work.locked():
            self._newest.terminate()
            self._set_deadline()
            self._jobs.put(None)
        else:
            _leave(0)

    def parent_ended(self, number: int, frame: FrameType | None) -> None:
        """SIGHUP, asked for from the system: what the end of input says too, unless somebody holds the pipe open."""
        # The system also sends it when only the thread that started this process ends.
        if os.getppid() != self._parent:
            # What the designer said last, perhaps that the run is to go on, may still wait in the pipe.
            later = threading.Timer(LAST_WORDS_SECONDS, self._end_of_input)
            later.daemon = True
            later.start()

    def _read(self) -> None:
        reader = worker_reader()
        try:
            while data := os.read(self._incoming, _READ_BYTES):
                for said in reader.feed(data):
                    if isinstance(said, Job):
                        self._newest = Link(self._sender, said, self._log)
                        self._jobs.put(self._newest)
                    elif isinstance(said, Ping):
                        self._sender.beat()
                    elif self._newest is not None:
                        self._newest.deliver(said)
        except ProtocolError as error:
            _log.error("%s", error)
            self._sender.send(Failed(str(error), "", "protocol"))
        except OSError as error:
            _log.error("reading: %s", error)
        self._end_of_input()

    def _end_of_input(self) -> None:
        if self._ended:
            return
        self._ended = True
        newest = self._newest
        self._jobs.put(None)
        if newest is not None and newest.detached:
            self._sender.lossy = True
            newest.end_of_input()
        elif newest is not None and self._at_work.locked():
            self._set_deadline()
            newest.end_of_input()
        else:
            # Without a job it may be in the middle of warming up, which nothing else would interrupt.
            self._sender.close(1.0)
            _leave(0)

    def _set_deadline(self) -> None:
        # In C, so that it also ends a process whose interpreter is stuck; it leaves a trace of where in the log.
        faulthandler.dump_traceback_later(ORPHAN_SECONDS, exit=True)


def _versions() -> dict[str, str]:
    found = {"nndesigner": __version__, "python": platform.python_version()}
    for name in ("torch", "numpy", "safetensors", "onnx"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _leave(code: int) -> None:
    """End at once: no thread of a library may hold up the end of the process."""
    processes.end_own_children()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
        sys.stdout.flush()
    os._exit(code)


def take_standard_streams() -> tuple[int, int]:
    """Private descriptors for what was standard input and output; 0 then reads nothing, 1 writes to the log."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return incoming, outgoing


def main(arguments: Sequence[str] | None = None, find: dispatch.Find = dispatch.find) -> int:
    """Run until the end of input. Returns the exit code where it returns at all."""
    incoming, outgoing = take_standard_streams()
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    options = _parse(arguments)
    processes.lead_own_group()
    if options.memory and not processes.limit_memory(options.memory):
        _log.info("this system has no memory limit for a process")
    worker = Worker(incoming, outgoing, find, options.parent, options.log)
    signal.signal(signal.SIGTERM, worker.terminate)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, worker.parent_ended)
        if (
            options.parent
            and processes.ask_for_parent_signal(signal.SIGHUP)
            and os.getppid() != options.parent
        ):
            return 0  # it ended before it could be asked for
    code = 0
    try:
        worker.start(options.cold)
        code = worker.work()
    except Exception as error:
        _log.exception("the worker cannot go on")
        worker.fail(Failed(_no_start(error, options.log), "", "start"))
        code = 1
    worker.close()
    _leave(code)
    return code


def _no_start(error: Exception, log: Path | None) -> str:
    why = str(error).strip() or type(error).__name__
    sentence = tr("A worker could not start: {why}", why=why)
    return sentence + " " + tr("More stands at the end of {log}.", log=log) if log is not None else sentence


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nndesigner worker", description=tr("Does jobs for a designer process.")
    )
    add_arguments(parser)
    return parser.parse_args(arguments)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a worker, for its own parser and for that of the command `nndesigner worker`."""
    parser.add_argument("--cold", action="store_true", help=tr("load PyTorch only when a job needs it"))
    parser.add_argument("--memory", type=int, default=0, help=tr("bytes of memory to use at most"))
    parser.add_argument("--parent", type=int, default=0, help=tr("the process to end with"))
    parser.add_argument(
        "--log", type=Path, help=tr("the file that what it prints goes to, to be named in messages")
    )


if __name__ == "__main__":
    sys.exit(main())
