"""Warming up loads what is slow and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys

import torch

from nndesigner.worker.warmup import usable_cores, warm_up


def test_it_leaves_the_random_state_as_it_was() -> None:
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    try:
        warm_up()
        assert torch.equal(torch.get_rng_state(), before)
        assert torch.get_num_threads() == usable_cores() >= 1
    finally:
        torch.set_num_threads(threads)


def test_the_first_training_step_afterwards_loads_nothing_more() -> None:
    program = """
import sys, time
from nndesigner.worker.warmup import warm_up
warm_up()
import torch
before = set(sys.modules)
started = time.process_time()
model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
for optimizer in (torch.optim.AdamW(model.parameters(), fused=True), torch.optim.SGD(model.parameters())):
    loss = torch.nn.functional.cross_entropy(model(torch.zeros(4, 64)), torch.zeros(4, dtype=torch.long))
    loss.backward()
    optimizer.step()
print(time.process_time() - started, sorted(set(sys.modules) - before))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    seconds, _, modules = done.stdout.strip().partition(" ")
    assert modules == "[]"
    assert float(seconds) < 0.5
