"""“What fits here?”: one question to the whole catalogue, as a dropped wire asks it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from harness import Part, Result

ROUNDS = 200


def run(absent: list[str]) -> Sequence[Result]:
    from nndesigner.base.shapes import tensor
    from nndesigner.layers.catalogue import layers
    from nndesigner.layers.fitting import accepts

    kinds = {
        "an image": tensor(channel=16, height=32, width=32),
        "a sequence": tensor(time="T", feature=96),
        "a row": tensor(feature=64),
    }
    results = []
    for what, arriving in kinds.items():
        took = []
        for _ in range(ROUNDS):
            began = time.process_time()
            accepts([arriving])
            took.append(1000 * (time.process_time() - began))
        name = f"what fits after {what}, {len(layers())} layers"
        results.append(Result(name, statistics.median(took), "ms (CPU)", bar=20, better="lower"))
    return results


PART = Part("fitting", run)
