"""Exports of parts of a network: each leaves through the gate with the weights that it has in the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.check.sections import sections
from nndesigner.protocol.jobs import Export
from nndesigner.worker.jobs.export import export
from tests.objectives.known import example
from tests.training.small import mlp, trained


class Quiet:
    def progress(self, fraction: float, sentence: str) -> None:
        pass


def run_of(document: Any, folder: Path) -> Any:
    it, _ = trained(document, folder)
    return it


def test_the_decoder_leaves_alone_and_answers_as_in_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tqdm

    monkeypatch.setattr(
        tqdm.tqdm, "monitor_interval", 0
    )  # torch's exporter shows a bar, whose thread would stay
    it = run_of(example("digits-vae", epochs=1, batch_size=512), tmp_path)
    job = Export(str(it.run.path), "onnx", str(tmp_path / "decoder.onnx"), part="decoder")
    result = export(job, Quiet())
    assert result["max_abs_difference"] < 1e-4
    import onnxruntime

    file = onnxruntime.InferenceSession(result["path"])
    assert [given.name for given in file.get_inputs()] == ["z"]
    z = np.array([[0.5, -1.0], [0.0, 0.0]], np.float32)
    (ink,) = file.run(None, {"z": z})
    decoder = it.compiled.within(sections(it.checked)["decoder"].checked)
    it.compiled.eval()
    with torch.no_grad():
        expected = (
            decoder(torch.from_numpy(z))[0].numpy() * 16.0
        )  # in the units of the data, ink from 0 to 16
    np.testing.assert_allclose(ink, expected, atol=1e-3)


def test_of_an_adversarial_pair_the_whole_is_the_generator(tmp_path: Path) -> None:
    it = run_of(example("digits-gan-conditional", epochs=1, batch_size=512), tmp_path)
    result = export(Export(str(it.run.path), "safetensors", str(tmp_path / "pair.safetensors")), Quiet())
    from safetensors.numpy import load_file

    assert {name.split(".")[0] for name in load_file(result["path"])} == {"generator"}
    result = export(
        Export(str(it.run.path), "safetensors", str(tmp_path / "d.safetensors"), part="discriminator"),
        Quiet(),
    )
    assert {name.split(".")[0] for name in load_file(result["path"])} == {"discriminator"}


def test_a_part_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    it = run_of(mlp(epochs=1), tmp_path)
    with pytest.raises(Refusal, match="no parts"):
        export(Export(str(it.run.path), "onnx", str(tmp_path / "x.onnx"), part="decoder"), Quiet())
