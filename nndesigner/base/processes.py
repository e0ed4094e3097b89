"""Processes, each system's own way: whether one runs, starting one in a group of its own, ending that group, memory.

Nothing else in the package asks which system it is on for any of this. A process number means something on one
machine (and in one container) only, so it travels with `host_tag()`; numbers are used again, so a number that is
kept for later travels with `start_mark()` too. Nothing here knows what the processes do.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any


@functools.cache
def host_tag() -> str:
    """Six hex digits that differ between machines, and between containers that number processes apart."""
    try:
        numbering = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        numbering = 0  # not Linux: one numbering per machine
    return hashlib.sha256(f"{platform.node()} {numbering}".encode()).hexdigest()[:6]


if sys.platform == "win32":

    def is_running(pid: int) -> bool:
        """Whether a process of this number exists on this machine now. In doubt: yes."""
        import ctypes

        query_limited, still_active, access_denied = 0x1000, 259, 5
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = kernel.OpenProcess(query_limited, False, pid)
        if not handle:
            return ctypes.get_last_error() == access_denied
        try:
            code = ctypes.c_ulong()
            answered = kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
            return not answered or code.value == still_active
        finally:
            kernel.CloseHandle(ctypes.c_void_p(handle))

else:

    def is_running(pid: int) -> bool:
        """Whether a process of this number exists on this machine now. In doubt: yes."""
        if pid <= 0:
            return False  # to the system these name groups of processes
        try:
            os.kill(pid, 0)  # sends nothing, only asks
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            pass  # somebody else's
        return not _is_zombie(pid)

    def _is_zombie(pid: int) -> bool:
        """Whether it has ended, and only its number stays until its parent asks. Where that cannot be told: no."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[:1] == ["Z"]


def start_mark(pid: int) -> str:
    """A text that tells this process from a later one of the same number; empty where that cannot be told."""
    try:
        # Field 22, counted after the command, which may itself hold spaces and parentheses: clock ticks since boot.
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if sys.platform == "darwin":
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            said = subprocess.run(
                ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
                capture_output=True,
                text=True,
                timeout=5,
                check=True,
            )
            return said.stdout.strip()
    return ""


def is_same_process(pid: int, mark: str) -> bool:
    """Whether the process that had this number and this `start_mark` still runs. In doubt: yes."""
    return is_running(pid) and (not mark or start_mark(pid) in ("", mark))


# ------------------------------------------------------------------------------------------ a group of its own


def own_group() -> dict[str, Any]:
    """Arguments for `subprocess.Popen` that put the child into a session and group of its own: Ctrl-C in the
    terminal does not reach it, and `end_group` ends it with all its children."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def signal_group(process: subprocess.Popen[bytes], *, kill: bool) -> None:
    """Ask (or with `kill` force) a child from `own_group` and all its children to end. One that ended is fine."""
    if process.returncode is not None:
        return  # its number may already be another's
    if sys.platform == "win32":
        if kill:
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False
            )
        return  # there is no polite signal: the end of its input is the polite one
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)


def reap(process: subprocess.Popen[bytes]) -> int | None:
    """The child's exit code (negative: the signal) once it has ended, None before.

    What it left running in its group is killed first, while its number still names that group.
    """
    if process.returncode is not None:
        return process.returncode
    if sys.platform != "win32" and hasattr(os, "waitid"):
        try:
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return None
        except ChildProcessError:
            return process.poll()
        signal_group(process, kill=True)
    return process.poll()


def lead_own_group() -> None:
    """Make this process the first of a session and group of its own, where it is not."""
    if sys.platform != "win32":
        with contextlib.suppress(PermissionError):  # it already leads one
            os.setsid()


def end_own_children() -> None:
    """Have everything else in the group that this process leads end. From any thread; off the main one, this process
    itself ignores SIGTERM from then on: it is to end as well."""
    if sys.platform == "win32" or os.getpgid(0) != os.getpid():
        return
    if threading.current_thread() is not threading.main_thread():
        import ctypes

        ignore = 1  # Python lets only the main thread say this
        ctypes.CDLL(None).signal(int(signal.SIGTERM), ctypes.c_void_p(ignore))
        os.killpg(0, signal.SIGTERM)
        return
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        os.killpg(0, signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def ask_for_parent_signal(number: int) -> bool:
    """Have the system send `number` to this process when the thread that started it ends; False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    set_parent_death_signal = 1
    answer: int = ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, number, 0, 0, 0)
    return answer == 0


def signal_name(number: int) -> str:
    """9 → "SIGKILL"; the number itself where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


# ------------------------------------------------------------------------------------------------------ memory


def physical_memory() -> int:
    """Bytes of memory that this machine, or the container this runs in, has; 0 where it cannot be told."""
    total = 0
    if sys.platform == "win32":
        import ctypes

        status = (ctypes.c_ulonglong * 8)()
        status[0] = 64  # the length, in the low half of the first field
        if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
            total = int(status[1])
        return total
    with contextlib.suppress(ValueError, OSError, AttributeError):
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):  # "max": no limit
            total = min(total, int(Path(limit).read_text()))
    return max(total, 0)


def resident_memory() -> int:
    """Bytes of memory that this process occupies; 0 where it cannot be told."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def limit_memory(limit: int) -> bool:
    """Let this process have `limit` bytes of data at most: past it, allocations fail politely, in this process only.

    Data, not address space: libraries and files mapped for reading do not count. False where it cannot be done.
    """
    if not sys.platform.startswith("linux"):
        return False  # macOS takes the limit and ignores it
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    return True


def limit_use(*, seconds: int, file_bytes: int, files: int) -> bool:
    """Let this process have so many seconds of processor time, files of at most `file_bytes`, `files` open files, and,
    unless it is the administrator's, start no process. None of it can be taken back. False where it cannot be done.
    """
    if sys.platform == "win32":
        return False
    import resource

    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    for kind, limit in (
        (resource.RLIMIT_CPU, int(used) + seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (limit, limit))
    if hasattr(resource, "RLIMIT_NPROC"):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    return True


def lift_memory_limit() -> None:
    """Undo `limit_memory`: an accelerator's driver reserves far more than it uses."""
    if sys.platform.startswith("linux"):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
