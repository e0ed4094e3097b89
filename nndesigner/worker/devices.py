"""What there is to compute on, how much memory is free there, and why something is not usable.

It asks the drivers rather than opening the devices: looking must not occupy an accelerator's memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
from pathlib import Path
from typing import Any, NamedTuple

import torch

from nndesigner.base.processes import physical_memory
from nndesigner.base.text import tr
from nndesigner.protocol.messages import Device

INSTALL_PAGE = "https://pytorch.org/get-started/locally/"
"""Where PyTorch's makers say which build is for which accelerator."""

_VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
_DISCRETE = {
    "0x030200",
    "0x038000",
    "0x120000",
}  # 3-D controller, other display, accelerator: never a plain screen


class NvidiaCard(NamedTuple):
    """What NVIDIA's own library says of a card."""

    uuid: str
    name: str
    free: int
    total: int


def devices() -> tuple[Device, ...]:
    """Every device, the ones to prefer first; the processor, which is always usable, last."""
    found: list[Device] = []
    cards = nvidia_cards()
    found += _cuda(cards)
    found += _xpu()
    found += _mps()
    found += _unreachable({device.label for device in found}, bool(cards))
    return (*found, _processor())


def _processor() -> Device:
    name = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip() or name
                break
    total = physical_memory()
    free = total
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                free = min(total, int(line.split()[1]) * 1024)
    return Device("cpu", tr("Processor ({name})", name=name), free, True, "", total)


def _cuda(cards: tuple[NvidiaCard, ...]) -> list[Device]:
    if not torch.cuda.is_available():
        reason = _why_no_cuda()
        return [
            Device(f"cuda:{number}", card.name, card.free, False, reason, card.total)
            for number, card in enumerate(cards)
        ]
    by_uuid = {card.uuid.removeprefix("GPU-"): card for card in cards}
    found = []
    for number in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(number)
        card = by_uuid.get(str(getattr(properties, "uuid", "")))
        found.append(
            Device(
                f"cuda:{number}",
                properties.name,
                card.free if card else 0,
                not (reason := _why_not_this_card(properties)),
                reason,
                properties.total_memory,
            )
        )
    return found


def _why_no_cuda() -> str:
    if torch.version.cuda is None:
        return tr(
            "The installed PyTorch {version} was built without CUDA. Install its CUDA build, as {page} says.",
            version=torch.__version__,
            page=INSTALL_PAGE,
        )
    return tr(
        "The driver is too old for CUDA {version}, which the installed PyTorch needs, or hides the card."
        " Update the NVIDIA driver, or install a PyTorch for an older CUDA as {page} says.",
        version=torch.version.cuda,
        page=INSTALL_PAGE,
    )


def _why_not_this_card(properties: Any) -> str:
    """Empty where the installed build has code for a card of this generation."""
    if torch.version.hip is not None:
        return ""
    built_for = [
        int(name.split("_")[1].rstrip("af")) for name in torch.cuda.get_arch_list() if name.startswith("sm_")
    ]
    capability = properties.major * 10 + properties.minor
    # Code for 8.0 runs on 8.6; and what a build carries for later cards (PTX) is translated when it is loaded.
    if not built_for or capability >= min(built_for):
        return ""
    return tr(
        "The installed PyTorch {version} no longer has code for cards of generation {major}.{minor}."
        " Install an older PyTorch, as {page} says.",
        version=torch.__version__,
        major=properties.major,
        minor=properties.minor,
        page=INSTALL_PAGE,
    )


def _xpu() -> list[Device]:
    if not (hasattr(torch, "xpu") and torch.xpu.is_available()):
        return []
    found = []
    for number in range(torch.xpu.device_count()):
        properties = torch.xpu.get_device_properties(number)
        found.append(Device(f"xpu:{number}", properties.name, 0, True, "", properties.total_memory))
    return found


def _mps() -> list[Device]:
    if (platform.system(), platform.machine()) != ("Darwin", "arm64"):
        return []
    total = physical_memory()  # shared with the processor
    if torch.backends.mps.is_available():
        return [Device("mps", tr("Apple graphics"), total, True, "", total)]
    if torch.backends.mps.is_built():
        reason = tr("Metal needs macOS 14 or newer. Update macOS.")
    else:
        reason = tr(
            "The installed PyTorch was built without Metal. Install the one that {page} names.",
            page=INSTALL_PAGE,
        )
    return [Device("mps", tr("Apple graphics"), total, False, reason, total)]


def _unreachable(known: set[str], nvidia_driver: bool) -> list[Device]:
    """Accelerators that the machine has, as the bus tells, and that nothing above could reach."""
    found: list[Device] = []
    for vendor in sorted(set(bus_accelerators())):
        if vendor == "NVIDIA" and not nvidia_driver and not torch.cuda.is_available():
            reason = tr("The NVIDIA driver is not installed or not running. Install it, then restart.")
            found.append(Device("cuda", tr("NVIDIA graphics"), 0, False, reason))
        elif vendor == "AMD" and torch.version.hip is None:
            reason = tr(
                "It needs the ROCm build of PyTorch (Linux). Install that, as {page} says.", page=INSTALL_PAGE
            )
            found.append(Device("cuda", tr("AMD graphics"), 0, False, reason))
        elif vendor == "Intel" and not any("Intel" in label for label in known):
            reason = tr("It needs the XPU build of PyTorch. Install that, as {page} says.", page=INSTALL_PAGE)
            found.append(Device("xpu", tr("Intel graphics"), 0, False, reason))
    return found


def bus_accelerators(root: Path = Path("/sys/bus/pci/devices")) -> list[str]:
    """The makers of the graphics cards and accelerators on the bus (Linux), one entry each.

    Intel's graphics inside a processor are left out, and so are plain screens: class 0x030000 counts only for
    makers whose every such card computes.
    """
    makers = []
    for device in sorted(root.glob("*")):
        try:
            vendor = _VENDORS.get((device / "vendor").read_text().strip())
            kind = (device / "class").read_text().strip()
        except OSError:
            continue
        if vendor and (kind in _DISCRETE or (kind == "0x030000" and vendor != "Intel")):
            makers.append(vendor)
    return makers


class _NvidiaMemory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def nvidia_cards() -> tuple[NvidiaCard, ...]:
    """The cards that NVIDIA's management library lists, which comes with the driver; none where it is absent.

    Functions and structs: the library's own reference (NVML, "Device Queries").
    """
    name = "nvml.dll" if os.name == "nt" else "libnvidia-ml.so.1"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return ()
    if library.nvmlInit_v2() != 0:
        return ()
    cards = []
    try:
        count = ctypes.c_uint()
        library.nvmlDeviceGetCount_v2(ctypes.byref(count))
        for number in range(count.value):
            handle, memory = ctypes.c_void_p(), _NvidiaMemory()
            label, uuid = ctypes.create_string_buffer(96), ctypes.create_string_buffer(96)
            if library.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(handle)) != 0:
                continue
            library.nvmlDeviceGetName(handle, label, 96)
            library.nvmlDeviceGetUUID(handle, uuid, 96)
            library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory))
            cards.append(NvidiaCard(uuid.value.decode(), label.value.decode(), memory.free, memory.total))
    finally:
        library.nvmlShutdown()
    return tuple(cards)
