"""The same against a hand-written loop on a CUDA device, where there is one."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench_training import BATCH, DIGITS, EVERYTHING
from harness import Part, Result, ratio, take_turns
from training_side import hand_written, ours


def run(absent: list[str]) -> Sequence[Result]:
    import torch

    if not torch.cuda.is_available():
        absent.append("gpu: not measured, PyTorch finds no CUDA device here.")
        return []
    plan = {"batch_size": BATCH, "optimizer": "adam", "learning_rate": 0.001, "device": "cuda"}
    times = take_turns(
        {
            "hand": hand_written("mlp", device="cuda"),
            "best": hand_written("mlp", "index+fused", device="cuda"),
            "watched": ours(DIGITS, EVERYTHING, **plan),
            "unwatched": ours(DIGITS, **plan),
        },
        chunk=80,
        rounds=30,
    )
    against_loader, spread = ratio(times["hand"], times["watched"])
    cost, cost_spread = ratio(times["watched"], times["unwatched"])
    watched = statistics.median(times["watched"])
    return [
        Result(
            "digits MLP on CUDA, monitoring on / DataLoader loop",
            BATCH / watched,
            "samples/s",
            BATCH / statistics.median(times["hand"]),
            against_loader,
            interval=spread,
        ),
        Result(
            "the same on CUDA, monitoring on / off",
            1e6 * watched,
            "µs/step",
            1e6 * statistics.median(times["unwatched"]),
            cost,
            interval=cost_spread,
        ),
    ]


PART = Part("gpu", run)
