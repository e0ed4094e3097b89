"""What is found on the bus, and the way out for what cannot be used."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from nndesigner.worker import devices
from nndesigner.worker.devices import NvidiaCard


def bus(folder: Path, *cards: tuple[str, str]) -> Path:
    for number, (vendor, kind) in enumerate(cards):
        device = folder / f"0000:0{number}:00.0"
        device.mkdir(parents=True)
        (device / "vendor").write_text(vendor + "\n")
        (device / "class").write_text(kind + "\n")
    return folder


def test_the_bus_names_makers_of_what_computes(tmp_path: Path) -> None:
    found = bus(
        tmp_path / "bus",
        ("0x10de", "0x030000"),
        ("0x10de", "0x040300"),  # its sound
        ("0x1002", "0x038000"),
        ("0x8086", "0x030000"),  # inside the processor
        ("0x8086", "0x038000"),
        ("0x1af4", "0x030000"),  # a virtual screen
    )
    assert devices.bus_accelerators(found) == ["NVIDIA", "AMD", "Intel"]
    assert devices.bus_accelerators(tmp_path / "none") == []


def test_a_card_that_this_build_cannot_use_says_how_to_get_one_that_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = NvidiaCard("GPU-1", "GeForce", 3 << 30, 4 << 30)
    monkeypatch.setattr(devices, "nvidia_cards", lambda: (card,))
    monkeypatch.setattr(devices, "bus_accelerators", lambda: ["NVIDIA", "AMD"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", None)
    nvidia, amd, processor = devices.devices()
    assert (nvidia.name, nvidia.label, nvidia.usable) == ("cuda:0", "GeForce", False)
    assert (nvidia.free_memory, nvidia.total_memory) == (3 << 30, 4 << 30)
    assert "built without CUDA" in nvidia.reason and devices.INSTALL_PAGE in nvidia.reason
    assert "ROCm" in amd.reason
    assert processor.name == "cpu"
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert "driver is too old for CUDA 13.0" in devices.devices()[0].reason


def test_a_card_without_a_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "nvidia_cards", tuple)
    monkeypatch.setattr(devices, "bus_accelerators", lambda: ["NVIDIA"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    first, _ = devices.devices()
    assert "driver is not installed" in first.reason


def test_a_usable_card_is_listed_with_its_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    new = SimpleNamespace(name="H200", uuid="abc", major=9, minor=0, total_memory=141 << 30)
    old = SimpleNamespace(name="K80", uuid="def", major=3, minor=7, total_memory=12 << 30)
    cards = (
        NvidiaCard("GPU-def", "K80", 11 << 30, 12 << 30),
        NvidiaCard("GPU-abc", "H200", 100 << 30, 141 << 30),
    )
    monkeypatch.setattr(devices, "nvidia_cards", lambda: cards)
    monkeypatch.setattr(devices, "bus_accelerators", lambda: ["NVIDIA"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: (new, old)[number])
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_90", "sm_100a", "compute_120"])
    first, second, _ = devices.devices()
    assert (first.name, first.free_memory, first.usable) == ("cuda:0", 100 << 30, True)
    assert (second.name, second.free_memory, second.usable) == ("cuda:1", 11 << 30, False)
    assert "generation 3.7" in second.reason
