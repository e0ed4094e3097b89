"""Going on with a text: from the probabilities of the next token, one is drawn, appended, and asked about in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.asking import goes_on
from nndesigner.training.predict import Predictor


def generate(
    predictor: Predictor,
    prompt: Sequence[int],
    length: int,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    seed: int = 0,
) -> Iterator[tuple[int, float]]:
    """`length` further tokens after `prompt` (codes): each with the probability that the network gave it.

    Probabilities are taken to the power 1 / `temperature` (0: always the likeliest) and cut to the `top_k` likeliest
    (0: all); equal seeds draw equal tokens. The network sees as much of the end as its window holds. A prompt shorter
    than a fixed window is filled up behind, and read at its last place: a network that looks only backwards answers as
    if there were nothing. Raises Refusal for a network that tells no next token.
    """
    found = goes_on(predictor.checked)
    if found is None:
        raise Refusal(tr("This network does not say which token comes next: it cannot go on with a text."))
    if not len(prompt):
        raise Refusal(tr("There is nothing to go on from: begin with one character at least."))
    field, head = found
    node = predictor.checked.inputs[0]
    size = node.outputs["y"].axes[1].size.value
    window = size if size is not None else (field.sizes[0] if field.sizes else len(prompt) + length)
    generator = torch.Generator().manual_seed(seed)
    text = [int(code) for code in prompt]
    if min(text) < 0 or max(text) >= len(field.tokens):
        raise Refusal(tr("The text holds tokens that the network does not know."))
    for _ in range(length):
        seen = text[-window:]
        given = seen + [0] * (size - len(seen) if size is not None else 0)
        said = predictor.answers({field.name: np.array([given], np.int64)})[head.node.name]["values"][0]
        shares = said if head.class_axis == 2 else np.moveaxis(said, 0, -1)
        chances = torch.from_numpy(np.ascontiguousarray(shares[len(seen) - 1], np.float64))
        code = _draw(chances, temperature, top_k, generator)
        text.append(code)
        yield code, float(chances[code])


def _draw(chances: torch.Tensor, temperature: float, top_k: int, generator: torch.Generator) -> int:
    if temperature <= 0:
        return int(chances.argmax())
    scores = chances.clamp_min(1e-300).log() / temperature
    if 0 < top_k < len(scores):
        limit = scores.topk(top_k).values[-1]
        scores = scores.masked_fill(scores < limit, -torch.inf)
    weights = torch.softmax(scores, dim=0)
    return int(torch.multinomial(weights, 1, generator=generator))
