"""What a command says: sentences and tables on standard output, or one JSON object; notes and progress on error output.

It knows no command. With JSON nothing but the object goes to standard output.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import msgspec

from nndesigner.base.problem import Problem
from nndesigner.base.text import tr
from nndesigner.document.blocks import place_words
from nndesigner.document.document import Document

BAR = 16
"""characters of a progress bar"""
QUIET_SECONDS = 10.0
"""between two lines of progress where nobody watches"""
FRAME_SECONDS = 0.1
_ANSI_CLEAR = "\r\x1b[2K"


def say(text: str = "") -> None:
    """A line on standard output."""
    print(text)


def note(sentence: str) -> None:
    """A line on error output: what a person should know and no program reads."""
    print(sentence, file=sys.stderr, flush=True)


def say_json(value: dict[str, Any]) -> None:
    """The one object that a command gives with --json. Numbers that JSON cannot say become null."""
    print(msgspec.json.encode(value, enc_hook=_plain).decode(), flush=True)


def _plain(value: Any) -> Any:
    """Numbers and arrays of NumPy as plain ones."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Aligned columns with a line under the header; the columns `right` are aligned to the right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]

    def joined(line: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([joined(lines[0]), "─" * (sum(widths) + 2 * len(widths) - 2), *map(joined, lines[1:])])


def problem_lines(problem: Problem, document: Document | None = None) -> str:
    """A problem and its ways out, as a person reads them; one inside a block begins with the way to it."""
    way = place_words(document, problem.where) if document is not None else ""
    lines = [": ".join(part for part in (tr(problem.severity.value), way, problem.message) if part)]
    lines += [f"    → {remedy.sentence}" for remedy in problem.remedies]
    return "\n".join(lines)


def plain_problem(problem: Problem, document: Document | None = None) -> dict[str, Any]:
    """A problem for JSON; `name` is the node's, for whoever does not know its id."""
    where = msgspec.to_builtins(problem.where)
    record = document.get(problem.where.node) if document is not None else None
    where["name"] = getattr(record, "name", "")
    return {
        "severity": problem.severity.value,
        "code": problem.code,
        "where": where,
        "message": problem.message,
        "remedies": [msgspec.to_builtins(remedy) for remedy in problem.remedies],
    }


def figure(value: float | None) -> str:
    """A measured number in four digits or so."""
    if value is None or value != value:
        return "–"
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.3e}"
    return f"{value:.4f}"


def duration(seconds: float) -> str:
    """ "1:05 min", "12 s", "2:03:10 h"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d} h"


class ProgressLine:
    """How far the work is: a bar that moves on a terminal, else a line every so often. Goes to error output."""

    def __init__(
        self,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        quiet_seconds: float = QUIET_SECONDS,
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._quiet_seconds = quiet_seconds
        self._moves = self._stream.isatty()
        self._next = 0.0 if self._moves else clock() + quiet_seconds
        self._drawn = False

    def show(self, fraction: float, text: str) -> None:
        """`text` and a bar filled to `fraction` (0 to 1); cheap when it was shown just now."""
        now = self._clock()
        if now < self._next:
            return
        fraction = min(max(fraction, 0.0), 1.0)
        percent = f"{int(100 * fraction):3d} %"
        if self._moves:
            self._next = now + FRAME_SECONDS
            full = round(BAR * fraction)
            line = f"{percent} {'█' * full}{'░' * (BAR - full)} {text}"
            self._write(_ANSI_CLEAR + line[: _columns() - 1])
            self._drawn = True
        else:
            self._next = now + self._quiet_seconds
            self._write(f"{percent}  {text}\n")

    def clear(self) -> None:
        """Makes room for other lines."""
        if self._drawn:
            self._write(_ANSI_CLEAR)
            self._drawn = False

    def note(self, sentence: str) -> None:
        """A sentence that stays, above the bar."""
        self.clear()
        self._write(sentence + "\n")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody listens any more: the work goes on
            self._stream.write(text)
            self._stream.flush()


def _columns() -> int:
    import shutil

    return max(40, shutil.get_terminal_size().columns)
