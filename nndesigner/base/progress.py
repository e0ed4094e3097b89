"""Telling how far slow work is, and being told to end it. It knows neither the work nor who listens."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Called with a fraction between 0 and 1 and a sentence; it raises `Cancelled` when the work is no longer wanted."""


class Cancelled(Exception):
    """The user no longer wants what was being done. Nothing is wrong: whoever started the work ends it quietly."""


def quiet(fraction: float, sentence: str) -> None:
    """A `Progress` that tells nobody."""


def span(progress: Progress, start: float, end: float) -> Progress:
    """A `Progress` for one part of the work: its 0 to 1 is `start` to `end` of the whole."""

    def report(fraction: float, sentence: str) -> None:
        progress(start + (end - start) * min(max(fraction, 0.0), 1.0), sentence)

    return report
