from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.exporters import gate
from nndesigner.exporters.catalogue import exporters
from nndesigner.exporters.exporter import Exportable
from tests.networks import chain, digits_cnn


@pytest.fixture(scope="module")
def digits() -> Iterator[Exportable]:
    torch.manual_seed(0)
    checked = check(digits_cnn())
    yield exportable(build(checked), checked, "digits", b'{"format": "nndesigner"}')


@pytest.mark.parametrize("format", sorted(name for name, each in exporters().items() if not each.trains))
def test_every_format_agrees_with_the_live_model(format: str, digits: Exportable, tmp_path: Path) -> None:
    result = gate.export(digits, format, tmp_path / "digits")
    assert result.path.is_file() and result.path.suffix == exporters()[format].suffix
    assert result.max_abs_difference < 1e-5
    assert result.bytes == sum(file.stat().st_size for file in result.files)
    assert sorted(result.files) == sorted(tmp_path.iterdir())


def test_onnx_takes_raw_pixels_any_batch_and_tells_its_classes(digits: Exportable, tmp_path: Path) -> None:
    import onnx
    import onnxruntime

    path = gate.export(digits, "onnx", tmp_path / "digits.onnx").path
    raw = np.random.default_rng(0).integers(0, 17, (7, 1, 8, 8)).astype(np.float32)
    (answers,) = onnxruntime.InferenceSession(path).run(None, {"image1": raw})
    with torch.no_grad():
        assert np.array_equal(answers.argmax(1), digits.model(torch.from_numpy(raw)).argmax(1).numpy())
    model = onnx.load(path)
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(metadata["nndesigner.outputs"])["output1"]["classes"] == list("0123456789")
    assert json.loads(metadata["nndesigner.inputs"])["image1"]["preparation"]["scale"] == [16.0]
    assert metadata["nndesigner.project"] == '{"format": "nndesigner"}'


def test_free_axes_stay_free_in_every_runnable_format(tmp_path: Path) -> None:
    steps = [
        ("ImageInput", {"channels": 1, "height": "H", "width": "W"}),
        ("Conv2d", {"out_channels": 2, "padding": "valid"}),
        ("MaxPool2d", {}),
        ("AdaptiveAvgPool2d", {}),
        ("Flatten", {}),
        ("Linear", {"out_features": 3}),
        ("Output", {}),
    ]
    checked = check(chain(steps))
    made = exportable(build(checked), checked, "free")
    assert made.sizes[0]["H"] != made.sizes[1]["H"]
    for format in ("onnx", "pt2"):
        assert gate.export(made, format, tmp_path / format).max_abs_difference < 1e-5


def test_a_model_that_does_not_agree_leaves_no_file(digits: Exportable, tmp_path: Path) -> None:
    other = build(check(digits_cnn())).eval()
    lying = dataclasses.replace(digits, model=_Alternating(digits.model, other))
    with pytest.raises(Refusal, match="differs from the model"):
        gate.export(lying, "safetensors", tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


class _Alternating(torch.nn.Module):
    """Saves the weights of one model and answers with another."""

    def __init__(self, saved: torch.nn.Module, answering: torch.nn.Module) -> None:
        super().__init__()
        self._saved, self._answering = [saved], [answering]

    def state_dict(self, *args: object, **kwargs: object) -> dict[str, torch.Tensor]:  # type: ignore[override]
        return self._saved[0].state_dict()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self._answering[0](x)
        return answer


def test_a_file_that_cannot_be_run_leaves_no_file(digits: Exportable, tmp_path: Path) -> None:
    broken = dataclasses.replace(digits, source=lambda weights: "raise ValueError('no')")
    with pytest.raises(Refusal, match="could not be run by a fresh program"):
        gate.export(broken, "python", tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_path_of_this_computer_in_the_file_is_refused(digits: Exportable, tmp_path: Path) -> None:
    telling = dataclasses.replace(digits, metadata={"note": f"made in {Path.cwd()}"})
    for format in ("safetensors", "pt2"):
        with pytest.raises(Refusal, match="path of this computer"):
            gate.export(telling, format, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_no_path_or_source_line_is_in_the_files(digits: Exportable, tmp_path: Path) -> None:
    for format in ("onnx", "pt2"):
        path = gate.export(digits, format, tmp_path / "model").path
        contents = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                contents = [archive.read(name) for name in archive.namelist()]
        for content in contents:
            assert b"site-packages" not in content
            assert b"stack_trace" not in content
            assert b"/nndesigner/" not in content


def test_bad_requests_give_a_sentence(digits: Exportable, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no export format"):
        gate.export(digits, "pickle", tmp_path / "x")
    with pytest.raises(Refusal, match="no folder"):
        gate.export(digits, "onnx", tmp_path / "none" / "x")
    with pytest.raises(Refusal, match="Opset is one of"):
        gate.export(digits, "onnx", tmp_path / "x", {"opset": "7"})


def test_equal_infinities_do_not_differ_and_others_do() -> None:
    """A mask leaves minus infinity in scores."""
    want = np.array([-np.inf, 1.0, 2.0], dtype=np.float32)
    assert gate._difference("y", {"N": 2}, want, want.copy()) == 0.0
    for other in ([0.0, 1.0, 2.0], [np.inf, 1.0, 2.0], [-np.inf, np.nan, 2.0], [-np.inf, -np.inf, 2.0]):
        with pytest.raises(Refusal, match="was not kept"):
            gate._difference("y", {"N": 2}, want, np.array(other, dtype=np.float32))
