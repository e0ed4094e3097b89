"""Everything slow, done before the first job: loading torch, its optimizers, and one training step.

The first `torch.optim.Adam` of a process loads `torch._dynamo`, which takes as long as torch itself; the first
backward pass starts threads. A job that finds all this done starts within milliseconds.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch

from nndesigner.base.processes import lift_memory_limit


def warm_up() -> None:
    """One step of a tiny network on the processor. Leaves no random state behind."""
    if torch.cuda.is_available():
        lift_memory_limit()
    # Whoever set the variable has a reason; torch's own choice counts cores that a container may not use.
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(usable_cores())
    generator_state = torch.get_rng_state()
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8, 2)
    )
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    loss = torch.nn.functional.cross_entropy(model(torch.zeros(2, 1, 4, 4)), torch.tensor([0, 1]))
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    torch.set_rng_state(generator_state)


def usable_cores() -> int:
    """The processor cores that this process may use: its affinity, and a container's quota where one is set."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        cores = min(cores, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass  # no container, or no quota
    return cores
