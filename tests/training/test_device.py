"""A wish becomes a device, or a sentence that says what there is instead."""

from __future__ import annotations

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.training import device


def test_auto_takes_an_accelerator_where_there_is_one_and_else_the_processor() -> None:
    assert str(device.choose("auto")) == (device.usable()[1] if len(device.usable()) > 1 else "cpu")
    assert device.choose("cpu") == torch.device("cpu")
    assert device.choose("") == device.choose("auto")


def test_an_accelerator_that_is_not_there_is_refused_with_what_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_count", lambda kind: 0)
    with pytest.raises(Refusal, match=r"“cuda:0” cannot be used here: .* This machine has cpu\."):
        device.choose("cuda:0")
    with pytest.raises(Refusal, match="There is no device “abacus”"):
        device.choose("abacus")


def test_the_number_of_a_card_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_count", lambda kind: 2 if kind == "cuda" else 0)
    assert device.choose("auto") == torch.device("cuda", 0)
    assert device.choose("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(Refusal, match="there are only 2 of that kind"):
        device.choose("cuda:2")


def test_a_small_network_gets_one_thread_unless_the_plan_says_otherwise() -> None:
    assert device.thread_count(0, 1000) == 1
    assert device.thread_count(3, 1000) == 3
    assert device.thread_count(0, 10**9) == torch.get_num_threads()


def test_versions_name_what_decides_the_bits_and_nobody() -> None:
    found = device.versions()
    assert {"nndesigner", "python", "torch", "numpy", "system"} <= set(found)
    assert all(isinstance(value, str) for value in found.values())


def test_an_accelerator_is_made_repeatable_or_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", torch.backends.cudnn.benchmark)
    card = torch.device("cuda", 0)
    threads = torch.get_num_threads()
    try:
        device.make_repeatable(card, threads, deterministic=False)
        assert torch.backends.cudnn.benchmark and not torch.are_deterministic_algorithms_enabled()
        device.make_repeatable(card, threads)
        assert not torch.backends.cudnn.benchmark and torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(False)
