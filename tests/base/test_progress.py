from __future__ import annotations

import pytest

from nndesigner.base.progress import Cancelled, quiet, span


def test_a_span_maps_its_part_into_the_whole() -> None:
    seen: list[tuple[float, str]] = []
    part = span(lambda fraction, sentence: seen.append((fraction, sentence)), 0.5, 0.75)
    for fraction in (0.0, 0.5, 1.0, 7.0, -1.0):
        part(fraction, "reading")
    assert seen == [
        (0.5, "reading"),
        (0.625, "reading"),
        (0.75, "reading"),
        (0.75, "reading"),
        (0.5, "reading"),
    ]


def test_cancelling_passes_through_a_span() -> None:
    def cancel(fraction: float, sentence: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        span(span(cancel, 0, 0.5), 0, 0.5)(0.1, "")
    quiet(0.5, "nobody listens")
