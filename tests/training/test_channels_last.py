"""Kernels that lie channels last: the same network but for its last digits, bit for bit the same after a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.document.document import Document
from nndesigner.runs.store import open_run
from tests.exporters.test_script import measured as of_run
from tests.exporters.test_script import run_script, script_of
from tests.training.small import chain, dataset, trained, trainer


def cnn(**plan: Any) -> Document:
    layers = [
        ("ImageInput", {}),
        ("Conv2d", {"out_channels": 4}),
        ("GroupNorm", {"num_groups": 2}),
        ("ReLU", {}),
        ("Conv2d", {"out_channels": 3}),
        ("Flatten", {}),
        ("Linear", {"out_features": 10}),
        ("Output", {}),
    ]
    values = {"epochs": 1, "batch_size": 200, "channels_last": True, **plan}
    return chain("digits", layers, **values)


def test_kernels_lie_channels_last_and_the_maps_follow(tmp_path: Path) -> None:
    it = trainer(cnn(), tmp_path)
    kernel = it.compiled.get_parameter("conv1.weight")
    assert it.compiled.get_parameter("conv2.weight").is_contiguous(memory_format=torch.channels_last)
    maps = it.compiled.get_submodule("conv1")(torch.rand(2, 1, 8, 8))
    assert maps.stride(1) == 1
    plain = trainer(cnn(channels_last=False), tmp_path / "plain")
    assert torch.equal(plain.compiled.get_parameter("conv1.weight"), kernel)
    it.compiled.eval(), plain.compiled.eval()
    x = torch.rand(5, 1, 8, 8)
    torch.testing.assert_close(it.compiled(x), plain.compiled(x))


@pytest.mark.parametrize("optimizer", ["adam", "adagrad", "sgd"])
def test_a_resumed_run_ends_as_one_that_never_stopped(optimizer: str, tmp_path: Path) -> None:
    document = cnn(epochs=2, optimizer=optimizer, momentum=0.9, average_decay=0.9)
    whole, _ = trained(document, tmp_path / "whole")
    first = trainer(document, tmp_path / "cut")
    first.start()
    first.train_epoch()
    first.finish_epoch()
    first.write_checkpoint(best=False)
    first.run.close()
    again = trainer(document, tmp_path, run=open_run(first.run.path))
    again.resume()
    again.train()
    ours, theirs = again.compiled.state_dict(), whole.compiled.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert ours["conv2.weight"].is_contiguous(memory_format=torch.channels_last)
    saved, wanted = again.snapshot(), whole.snapshot()
    assert all(torch.equal(saved.optimizer[name], wanted.optimizer[name]) for name in wanted.optimizer)


@pytest.mark.long
def test_the_script_lays_them_so_too(tmp_path: Path) -> None:
    document = cnn()
    it, _ = trained(document, tmp_path)
    made = script_of(it, dataset(document), tmp_path)
    assert made.max_abs_difference == 0.0
    assert "channels_last" in made.path.read_text(encoding="utf-8")
    assert run_script(made.path, tmp_path / "out") == of_run(it.run)


def test_an_optimizer_that_needs_them_plain_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="turn one of the two off"):
        trainer(cnn(optimizer="lbfgs"), tmp_path)
