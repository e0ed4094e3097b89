"""A fault at every system call of a piece of work: killed there, or told that the disk is full or broken.

`sweep` runs a script under strace and counts the calls between its two marks, then runs it again once for every
one of those calls and every fault, and lets `check` look at what each run left on the disk.

The script marks the work by `os.access(BEGIN, os.F_OK)` and `os.access(END, os.F_OK)`: calls that change
nothing and that the trace shows. What it says by `os.writev(1, [...])`, a call that no sweep breaks, reaches
`check` as `Run.output`. Only calls of the thread that sets the marks are counted. Linux, with leave to trace
one's own children.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BEGIN = "sweep: begin"
END = "sweep: end"

# Every call by which a save or a checkpoint changes the disk; several have more than one name, by platform.
FILE_CALLS = (
    "openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fchmod", "fchown", "mkdir", "mkdirat",
    "rename", "renameat", "renameat2", "close", "unlink", "unlinkat", "rmdir",
)  # fmt: skip
FAULTS = ("SIGKILL", "ENOSPC", "EIO")

_ATTEMPTS = 3


@dataclass(frozen=True)
class Run:
    """One run of the script: the call that was broken ("write 2": the second one of the work) and how."""

    call: str
    fault: str
    status: int  # the exit status; negative: the signal that ended it
    output: str  # standard output and error

    @property
    def killed(self) -> bool:
        return self.status == -9


@dataclass
class SweepResult:
    """How often each call was hit, and what `check` objected to, in words."""

    hits: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n\n".join([f"{len(self.problems)} of {self.hits.total()} runs", *self.problems])


def sweep(
    script_argv: Sequence[str],
    syscalls: Iterable[str],
    faults: Iterable[str],
    check: Callable[[Run], None],
    *,
    prepare: Callable[[], object] = lambda: None,
    always: Sequence[str] = (),
) -> SweepResult:
    """Run `script_argv` with each of `faults` at each of its calls of `syscalls` between the marks.

    `faults` are "SIGKILL" (killed as it enters the call) or the name of an errno (the call fails, undone).
    `prepare` restores the starting state before every run. `check` raises AssertionError where the state left
    behind is wrong; it also sees the run without a fault. `always` adds strace injections to every run, such
    as "fsync:error=EIO", to reach the calls by which the script cleans up.
    """
    names, faults = tuple(dict.fromkeys(syscalls)), tuple(faults)
    result = SweepResult()

    def examine(run: Run) -> None:
        try:
            check(run)
        except AssertionError as objection:
            result.problems.append(f"{run.call} {run.fault}: {objection}\n{run.output}".strip())

    def unbroken() -> _Trace:
        prepare()
        completed, trace = _traced(script_argv, names, always)
        assert trace.ended, f"the script did not reach its marks:\n{completed.stdout[-2000:]}"
        examine(Run("no call", "no fault", completed.returncode, completed.stdout))
        return trace

    def broken(name: str, index: int, fault: str) -> None:
        nonlocal counted
        effect = "signal=SIGKILL" if fault == "SIGKILL" else f"error={fault}"
        for _ in range(_ATTEMPTS):
            number = counted.work[name][index]
            prepare()
            completed, trace = _traced(script_argv, names, [*always, f"{name}:{effect}:when={number}"])
            if number in trace.work.get(name, ()):
                landed = (
                    completed.returncode == -9 if fault == "SIGKILL" else (name, number) in trace.injected
                )
                assert landed, f"strace did not inject {fault} at {name} {index + 1}"
                result.hits[name] += 1
                return examine(Run(f"{name} {index + 1}", fault, completed.returncode, completed.stdout))
            counted = unbroken()  # start-up made a call more or less than when it was counted
        raise AssertionError(f"{fault} at {name} {index + 1} missed the work {_ATTEMPTS} times")

    unbroken()  # the first run may also compile modules
    counted = unbroken()
    for name in names:
        for index in range(len(counted.work.get(name, ()))):
            for fault in faults:
                broken(name, index, fault)
    return result


class _Trace:
    """What strace wrote. `work`: for each call, at which numbers (from the start of its thread) it was made
    between the marks. `injected`: the calls (name, number) that strace let fail."""

    def __init__(self, text: str) -> None:
        self.ended = False
        self.work: dict[str, list[int]] = {}
        self.injected: set[tuple[str, int]] = set()
        calls = re.findall(r"^(\d+) +(\w+)\((.*)", text, re.MULTILINE)
        thread = next((thread for thread, _, arguments in calls if f'"{BEGIN}"' in arguments), None)
        made: Counter[str] = Counter()
        began = False
        for caller, name, arguments in calls:
            if caller != thread:
                continue
            made[name] += 1
            if arguments.endswith(("(INJECTED)", "<unfinished ...>")):  # the latter where threads interleave
                self.injected.add((name, made[name]))
            began = began or f'"{BEGIN}"' in arguments
            self.ended = self.ended or f'"{END}"' in arguments
            if began and not self.ended:
                self.work.setdefault(name, []).append(made[name])


def _traced(
    argv: Sequence[str], names: Sequence[str], injections: Sequence[str]
) -> tuple[subprocess.CompletedProcess[str], _Trace]:
    strace = shutil.which("strace")
    assert strace, "this test needs strace. On Debian and Ubuntu: sudo apt-get install strace"
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch, "log")
        # A question mark: not every platform has every one of these calls.
        traced = ",".join(["/^f?access(at2?)?$", *(f"?{name}" for name in names)])
        injected = [word for injection in injections for word in ("-e", f"inject={injection}")]
        completed = subprocess.run(
            # Not --seccomp-bpf, fast as it is: strace then forgets to deliver injected signals.
            [strace, "-f", "-qq", "-o", str(log), "-e", f"trace={traced}", *injected, *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        trace = _Trace(log.read_text(errors="replace"))
    assert trace.work or "ptrace" not in completed.stdout, (
        "this test needs leave to trace its own child processes (ptrace); in a container start it with"
        f" --cap-add=SYS_PTRACE. strace says: {completed.stdout.strip()}"
    )
    return completed, trace
