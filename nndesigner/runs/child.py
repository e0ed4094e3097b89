"""A worker as the operating system sees it: started, read, written, signalled, waited for. It knows no message."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nndesigner.base import processes
from nndesigner.base.folders import state_folder
from nndesigner.runs.pipes import THREADED, Pipes, SelectablePipes, ThreadedPipes

KEPT_LOGS = 20

_SHARE_OF_MEMORY = 0.8

_let_go: list[
    subprocess.Popen[bytes]
] = []  # detached children: no longer ours to end, still ours to wait for


def worker_command() -> tuple[str, ...]:
    """How a worker is started: isolated from the environment and from the current folder."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "worker")
    return (sys.executable, "-I", "-m", "nndesigner.worker")


def memory_cap() -> int:
    """Bytes that a worker may use: what leaves the designer and the system room to live; 0 where unknown."""
    return int(processes.physical_memory() * _SHARE_OF_MEMORY)


class Child:
    """One child process. `arrived` is called, perhaps from another thread, where the system cannot be asked."""

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        cold: bool = False,
        memory: int | None = None,
        arrived: Callable[[], None] = lambda: None,
        threaded: bool = THREADED,
    ) -> None:
        """Raises OSError where it cannot be started. `memory` None is `memory_cap()`, 0 no limit."""
        folder = state_folder() / "workers"
        folder.mkdir(mode=0o700, exist_ok=True)
        _sweep(folder)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        self.log = folder / f"{stamp}-{os.getpid()}-{os.urandom(3).hex()}.log"
        arguments = [*(command or worker_command()), "--parent", str(os.getpid()), "--log", str(self.log)]
        arguments += ["--memory", str(memory_cap() if memory is None else memory)]
        arguments += ["--cold"] if cold else []
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                cwd=folder,  # never the project's: what lies there must not be found
                **processes.own_group(),
            )
        finally:
            os.close(log)
        assert self._process.stdin is not None and self._process.stdout is not None
        incoming, outgoing = self._process.stdout, self._process.stdin
        self.pipes: Pipes = (
            ThreadedPipes(incoming, outgoing, arrived) if threaded else SelectablePipes(incoming, outgoing)
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def signal(self, *, kill: bool) -> None:
        """Ask or force it, and every child of its own, to end."""
        processes.signal_group(self._process, kill=kill)

    def reap(self) -> int | None:
        """The exit code, negative for a signal, once it has ended."""
        return processes.reap(self._process)

    def log_tail(self, length: int = 4000) -> str:
        """The end of what it printed."""
        try:
            with open(self.log, "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - length))
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def let_go(self) -> None:
        """Leave it running on its own."""
        self.pipes.close()
        _let_go[:] = [process for process in _let_go if process.poll() is None]
        _let_go.append(self._process)


def _sweep(folder: Path) -> None:
    """Keep the newest logs only."""
    with contextlib.suppress(OSError):
        for log in sorted(folder.glob("*.log"))[: -KEPT_LOGS + 1]:
            with contextlib.suppress(OSError):
                log.unlink()
