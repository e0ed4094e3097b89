from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.weights import load, read, renamed
from nndesigner.document import edits
from tests.networks import digits_cnn


def test_what_still_fits_is_kept_after_an_edit() -> None:
    document = digits_cnn()
    trained = build(check(document)).state_dict()
    conv = document.node_named("linear1")
    assert conv is not None
    edited = document.apply(edits.rename(document, conv.id, "head"))
    model = build(check(edited))
    fit = load(model, trained)
    assert fit.kept == ("conv1.weight", "conv1.bias")
    assert set(fit.reinitialized) == {"head.weight", "head.bias"}
    assert set(fit.unused) == {"linear1.weight", "linear1.bias"}
    assert torch.equal(model.conv1.weight, trained["conv1.weight"])


def test_strict_refuses_before_anything_changes() -> None:
    model = build(check(digits_cnn()))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    other = {name: torch.zeros_like(tensor) for name, tensor in before.items()} | {"more": torch.zeros(1)}
    with pytest.raises(Refusal, match="more"):
        load(model, other, strict=True)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_a_file_that_is_no_safetensors_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no weights file"):
        read(tmp_path / "none.safetensors")
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"\x80\x04 not tensors")
    with pytest.raises(Refusal, match="not a readable safetensors file"):
        read(bad)
    good = tmp_path / "good.safetensors"
    save_file({"w": torch.ones(2)}, good)
    good.write_bytes(good.read_bytes()[:-3])
    with pytest.raises(Refusal):
        read(good)


def test_what_has_another_size_is_kept_as_far_as_both_reach() -> None:
    trained = build(check(digits_cnn())).state_dict()
    document = digits_cnn()
    conv = document.node_named("conv1")
    assert conv is not None
    model = build(check(document.apply(edits.set_parameter(document, conv.id, "out_channels", 6))))
    fresh = model.conv1.weight.detach().clone()
    fit = load(model, trained, resize=True)
    assert set(fit.resized) == {"conv1.weight", "conv1.bias", "linear1.weight"}
    assert not fit.reinitialized and not fit.unused and not fit.whole
    assert torch.equal(model.conv1.weight[:4], trained["conv1.weight"])
    assert torch.equal(model.conv1.weight[4:], fresh[4:])


def test_tensors_follow_their_module_to_its_new_name() -> None:
    tensors = {"a.weight": torch.ones(1), "a_table": torch.ones(2), "ab.weight": torch.ones(3)}
    moved = renamed(tensors, {"a": "block.0.a", "ab": "a"})
    assert {name: len(t) for name, t in moved.items()} == {
        "block.0.a.weight": 1,
        "block.0.a_table": 2,
        "a.weight": 3,
    }
