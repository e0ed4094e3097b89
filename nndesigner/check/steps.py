"""Answers that are not aligned with their target (CTC): whether there are steps enough to write it."""

from __future__ import annotations

from nndesigner.base.problem import Problem, Severity, Where
from nndesigner.base.text import count, tr
from nndesigner.check.checked import Head


def too_few_steps(head: Head, steps: int | None, where: Where) -> list[Problem]:
    """A target of n tokens takes n steps at least, and one more for each token that repeats the one before it: then a
    blank has to stand between. How often that is only the data says (`training/unwritable.py`)."""
    assert head.target is not None
    longest = head.target.sizes[0] if head.target.sizes else 1
    if steps is None or steps >= 2 * longest - 1:
        return []
    words = {
        "name": head.target.name,
        "longest": count(longest, "token", "tokens"),
        "steps": count(steps, "step", "steps"),
    }
    if steps < longest:
        sentence = tr(
            "“{name}” is up to {longest} long, but the answer has only {steps}, each of which writes one token at most:"
            " shorten the input less, with fewer or smaller strides and pools.",
            **words,
        )
        return [Problem(Severity.ERROR, "ctc-steps", where, sentence)]
    sentence = tr(
        "“{name}” is up to {longest} long and the answer has {steps}: a token that repeats the one before it takes two"
        " steps, so a target with many of them cannot be written. Up to {most} steps may be needed.",
        most=2 * longest - 1,
        **words,
    )
    return [Problem(Severity.WARNING, "ctc-steps", where, sentence)]
