"""From scores to written tokens: what a decoder writes by itself, and what a path over the steps of an input says.

Torch is imported inside: what is here is called by workers only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def greedy(
    answers: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor], place: int, head: int, axis: int
) -> Tensor:
    """What the network writes by itself: (samples, steps) token codes.

    `answers` is the network: its inputs → a value for each head. The input at `place` reads what is written so far,
    (samples, steps) with the code of <start> first: nothing else of it is used. `head` writes, with its classes along
    `axis`. The network runs once for each step.
    """
    import torch

    given = list(inputs)
    written = given[place][:, :1].repeat(1, given[place].shape[1])
    codes = []
    for step in range(written.shape[1]):
        given[place] = written
        code = answers(*given)[head].movedim(axis, -1)[:, step].argmax(dim=-1)
        codes.append(code)
        if step + 1 < written.shape[1]:
            written = written.clone()
            written[:, step + 1] = code
    return torch.stack(codes, dim=1)


def best_path(scores: Tensor, axis: int, blank: int) -> Tensor:
    """(samples, steps) codes of the best path through scores of three axes, the classes along `axis`: the likeliest
    class of each step, repeats made one and blanks left out, filled up with `blank` at the end (Graves et al.,
    Connectionist temporal classification, 2006, section 3.2)."""
    import torch

    path = scores.movedim(axis, -1).argmax(dim=-1)
    said = path != blank
    said[:, 1:] &= path[:, 1:] != path[:, :-1]
    # What is said goes to the front in its order; everything else to a place behind the end, which is cut off.
    steps = path.shape[1]
    to = torch.where(said, said.cumsum(dim=1) - 1, steps)
    front = path.new_full((len(path), steps + 1), blank)
    return front.scatter_(1, to, path)[:, :steps]


def edit_distances(written: Tensor, wanted: Tensor, blank: int) -> Tensor:
    """(samples,) how many tokens have to be put in, left out or replaced to make one sequence of the other
    (Levenshtein, 1966). Both are (samples, steps) codes, the ends filled up with `blank`."""
    import torch

    length = (wanted != blank).sum(dim=1)
    count = (written != blank).sum(dim=1)
    most = wanted.shape[1]
    places = torch.arange(most + 1, device=wanted.device)
    row = places.expand(len(wanted), -1)
    for step in range(int(count.max()) if len(count) else 0):
        replaced = row[:, :-1] + (written[:, step, None] != wanted)
        best = torch.minimum(row[:, 1:] + 1, replaced)
        best = torch.cat((row[:, :1] + 1, best), dim=1)
        # Tokens that are missing cost one each: the least of best[k] + (j - k) over k ≤ j.
        best = (best - places).cummin(dim=1).values + places
        row = torch.where((step < count)[:, None], best, row)
    return row.gather(1, length[:, None]).squeeze(1)
