"""Inputs of a network that no field of the data fills: how much noise enters there, and of which kind."""

from __future__ import annotations

from typing import NamedTuple

from nndesigner.check.checked import CheckedNetwork

NOISE_INPUT = "NoiseInput"


class Noise(NamedTuple):
    """Random numbers per sample, "normal" (mean 0, deviation 1) or "uniform" (from -1 to 1)."""

    features: int
    distribution: str


def noise_inputs(checked: CheckedNetwork) -> dict[int, Noise]:
    """Position among the network's inputs → what is drawn for it."""
    return {
        i: Noise(int(node.use["features"]), str(node.use["distribution"]))
        for i, node in enumerate(checked.inputs)
        if node.record.type == NOISE_INPUT and node.use is not None
    }
