"""Whether the process that left something behind still runs: a question that each system answers its own way.

A process number means something on one machine (and in one container) only, so it travels with `host_tag()`.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys


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
            return True  # somebody else's
        return True
