"""Custom layers on the command line, from a file of somebody else's to an exported model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nndesigner.app.cli import main
from nndesigner.base import trust
from nndesigner.document import edits
from nndesigner.layers import described
from nndesigner.project.writer import encode
from tests.custom_texts import GATE
from tests.networks import chain


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    described.forget()
    yield
    described.forget()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    steps = [
        ("TableInput", {}),
        ("Custom", {"code": GATE, "hidden": 3}),
        ("Custom", {}),
        ("Linear", {"out_features": 3}),
        ("Output", {}),
    ]
    document = chain(steps)
    document = document.apply(edits.set_data(document, "iris"))
    path = tmp_path / "gate.nnd"
    path.write_bytes(encode(document))
    return path


def test_untrusted_code_is_neither_trained_nor_trusted_in_silence(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(file)]) != 0
    assert "before you have read and trusted it" in capsys.readouterr().err
    assert not (file.parent / "gate.runs").exists()
    assert main(["trust", str(file)]) != 0
    said = capsys.readouterr()
    assert "class Gate(nn.Module)" in said.out and "nobody to ask" in said.err
    assert not trust.is_trusted(GATE)


@pytest.mark.long
def test_from_trust_to_an_exported_model(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trust", "--yes", str(file)]) == 0
    assert "Gate (custom1): trusted" in capsys.readouterr().out
    run = file.parent / "run"
    assert main(["train", str(file), "--epochs", "1", "--out", str(run), "--json"]) == 0
    capsys.readouterr()
    for format, name in (("python", "gate.py"), ("onnx", "gate.onnx"), ("pt2", "gate.pt2")):
        assert main(["export", str(run), "--format", format, "--out", str(file.parent / name)]) == 0
    assert "class Gate(nn.Module)" in (file.parent / "gate.py").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["trust", "--withdraw", str(file)]) == 0
    assert main(["export", str(run), "--format", "python", "--out", str(file.parent / "again.py")]) != 0
    assert "read and trusted" in capsys.readouterr().err, "a run folder carries no trust"
    assert not (file.parent / "again.py").exists()


def test_the_list_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trust", "--list", "--json", str(file)]) == 0
    found = json.loads(capsys.readouterr().out)["code"]
    assert [(c["class"], c["trusted"]) for c in found] == [("Gate", False), ("ScaledTanh", True)]
    assert found[0]["sha256"] == trust.digest(GATE)
