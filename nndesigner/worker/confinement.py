"""Limits around code that came with a project, while a worker finds out what it gives.

Two fences. The system's: memory, processor time, size and number of files, no further process (where the system has
such limits). And Python's own audit hook, which refuses files outside of a few folders, programs, the network and
foreign libraries with a sentence instead of letting them pass in silence. The second one stops mistakes and what is
written in plain Python; it is no wall against code that is built to climb it, and `docs/custom-layers.md` says so. It
is why the user is asked first.
"""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nndesigner
from nndesigner.base import processes
from nndesigner.base.text import tr

MEMORY = 2 * 2**30
"""bytes of data, PyTorch's own among them"""
CPU_SECONDS = 60
FILE_BYTES = 64 * 2**20
OPEN_FILES = 256

_READABLE = ("/usr", "/lib", "/lib64", "/bin", "/opt", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys",
             "/dev/null", "/dev/urandom", "/etc/localtime", "/Library", "/System")  # fmt: skip
_REFUSED = {
    "os.system": "start a program",
    "os.exec": "start a program",
    "os.fork": "start a process",
    "os.forkpty": "start a process",
    "os.spawn": "start a program",
    "os.posix_spawn": "start a program",
    "subprocess.Popen": "start a program",
    "pty.spawn": "start a program",
    "os.kill": "signal a process",
    "os.killpg": "signal a process",
    "socket.connect": "use the network",
    "socket.bind": "use the network",
    "socket.getaddrinfo": "use the network",
    "socket.gethostbyname": "use the network",
    "socket.sendto": "use the network",
    "ctypes.dlopen": "load a library",
    "ctypes.dlsym": "call into a library",
    "webbrowser.open": "open a page",
    "_thread.start_new_thread": "start a thread",
    "os.chmod": "change a file",
    "os.chown": "change a file",
    "os.remove": "remove a file",
    "os.rename": "move a file",
    "os.rmdir": "remove a folder",
    "os.link": "link a file",
    "os.symlink": "link a file",
    "os.truncate": "change a file",
    "shutil.rmtree": "remove a folder",
    "shutil.move": "move a file",
}
_PATHS = frozenset({"os.remove", "os.rename", "os.rmdir", "os.chmod", "os.truncate", "shutil.rmtree", "shutil.move",
                    "os.link", "os.symlink", "os.chown"})  # fmt: skip


class Refused(PermissionError):
    """The code tried something that it may not do."""


class Fence:
    """What the audit hook asks. A hook stays as long as its process; it refuses only while the fence is `up`, and not
    the worker's own threads, which are there already when it is made."""

    def __init__(self, own: Path) -> None:
        self.up = False
        self._free = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}
        self.refused: list[str] = []
        """what was refused, in order: also what the code passed over in silence"""
        folders = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values(), *sys.path]
        folders += nndesigner.__path__
        self._own = os.path.realpath(own)
        self._readable = tuple(
            {os.path.realpath(f) for f in folders if f and os.path.realpath(f) != os.path.realpath("/")}
            | {*_READABLE}
        )

    def look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.up or threading.get_ident() in self._free:
            return
        if event == "open":
            self._open(*arguments[:3])
        elif event in ("os.listdir", "os.scandir"):
            self._allow(
                arguments[0] if arguments[0] is not None else ".", tr("look into the folder"), self._readable
            )
        elif event == "os.mkdir":
            if not os.path.isdir(arguments[0]):
                self._allow(arguments[0], tr("make the folder"))
        elif event in _PATHS:
            for path in arguments[:2]:
                if isinstance(path, str | bytes | os.PathLike):
                    self._allow(path, tr(_REFUSED[event]))
        elif event in _REFUSED:
            raise self._refusal(tr(_REFUSED[event]))

    def _open(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, int):
            return  # a descriptor that is open already
        writes = any(sign in str(mode) for sign in "wax+") if mode else False
        writes |= isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
        self._allow(
            path, tr("write the file") if writes else tr("read the file"), () if writes else self._readable
        )

    def _allow(self, path: Any, what: str, besides: tuple[str, ...] = ()) -> None:
        self.up = False  # resolving the path looks at files itself
        try:
            text = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError, OSError):
            text = repr(path)
        finally:
            self.up = True
        if text == os.devnull or any(
            text == folder or text.startswith(folder + os.sep) for folder in (self._own, *besides)
        ):
            return
        raise self._refusal(f"{what} {text}")

    def _refusal(self, what: str) -> Refused:
        self.refused.append(tr("code of your own may not {what} while it is tried out", what=what))
        return Refused(self.refused[-1])


def confine(own: Path) -> Fence:
    """Limits for the rest of this process, `own` as the folder to be in, and a fence that is still down."""
    os.chdir(own)
    tempfile.tempdir = str(own)
    sys.dont_write_bytecode = True
    processes.limit_memory(MEMORY)
    processes.limit_use(seconds=CPU_SECONDS, file_bytes=FILE_BYTES, files=OPEN_FILES)
    fence = Fence(own)
    sys.addaudithook(fence.look)
    return fence


@contextlib.contextmanager
def inside(fence: Fence) -> Iterator[None]:
    """Runs what follows behind the fence."""
    fence.up = True
    try:
        yield
    finally:
        fence.up = False


class Patience:
    """A thread that ends the process when something takes too long. Started before the limits: past them there is no
    further thread. `too_long` is called first, to say so."""

    def __init__(self, too_long: Callable[[], None], seconds: float) -> None:
        self._too_long, self._seconds = too_long, seconds
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._over = False
        self._thread = threading.Thread(target=self._watch, name="patience", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """The time runs from now on."""
        self._set(time.monotonic() + self._seconds)

    def pause(self) -> None:
        """It is done for now."""
        self._set(None)

    def close(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()

    def _set(self, deadline: float | None) -> None:
        with self._changed:
            self._deadline = deadline
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._over:
                left = None if self._deadline is None else self._deadline - time.monotonic()
                if left is not None and left <= 0:
                    self._too_long()
                    time.sleep(1.0)  # for the words to get out
                    os._exit(3)
                self._changed.wait(left)
