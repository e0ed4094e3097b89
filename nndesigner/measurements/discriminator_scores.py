"""The scores that a discriminator gives to data and to samples: two heaps that meet as the generator learns."""

from __future__ import annotations

import numpy as np

from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.sections import discriminators
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement

SAMPLES = 512
BINS = 40


def _applies(checked: CheckedNetwork) -> bool:
    return checked.ok and discriminators(checked) is not None


def _measure(values: None, context: Context) -> Measured:
    """{"real", "fake": (bins,) int64, "edges": (bins + 1,) float32}: how often each score is given. meta: "mean_real",
    "mean_fake", "kind" of the loss."""
    import torch

    found = discriminators(context.checked)
    assert found is not None and context.rows is not None
    loss = found[0]
    gathered: dict[str, list[torch.Tensor]] = {"real": [], "fake": []}
    for rows in context.rows(SAMPLES):
        for port, scores in gathered.items():
            scores.append(rows.activations[loss.sources[port]].detach().float().reshape(-1).cpu())
    both = {port: torch.nan_to_num(torch.cat(scores)) for port, scores in gathered.items()}
    low = min(float(scores.min()) for scores in both.values())
    high = max(float(scores.max()) for scores in both.values())
    if low == high:
        low, high = low - 1e-3, high + 1e-3
    arrays: Arrays = {
        port: torch.histc(scores, BINS, min=low, max=high).to(torch.int64).numpy()
        for port, scores in both.items()
    }
    arrays["edges"] = np.linspace(low, high, BINS + 1, dtype=np.float32)
    return arrays, {
        "mean_real": float(both["real"].mean()),
        "mean_fake": float(both["fake"].mean()),
        "kind": str(loss.use["kind"]) if loss.use is not None else "",
    }


DISCRIMINATOR_SCORES = Measurement(
    name="discriminator_scores",
    label="Discriminator",
    help="The scores that the discriminator gives to validation samples and to made ones.",
    reads="network",
    applies_to=_applies,
    measure=_measure,
    needs_probe=False,
)
