"""Which device to compute on, and what must hold there for a run to be repeatable bit for bit.

The list with names and reasons for people is `worker/devices.py`; here a wish becomes a torch device or a refusal.
"""

from __future__ import annotations

import os

import torch

from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr

ACCELERATORS = ("cuda", "xpu", "mps")
"""in the order in which "auto" prefers them"""


def choose(wish: str) -> torch.device:
    """The device for "auto", "cpu", "cuda", "cuda:1" …. Raises Refusal with what there is instead."""
    name = (wish or "auto").strip().lower()
    if name == "auto":
        name = next((kind for kind in ACCELERATORS if _count(kind)), "cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", *ACCELERATORS) or (number and not number.isdigit()):
        raise Refusal(
            tr("There is no device “{name}”. This machine has {known}.", name=wish, known=listing(usable()))
        )
    if kind == "cpu":
        return torch.device("cpu")
    if int(number or 0) >= _count(kind):
        raise Refusal(
            tr(
                "The device “{name}” cannot be used here: {why} This machine has {known}.",
                name=wish,
                why=_why_not(kind),
                known=listing(usable()),
            )
        )
    return torch.device(kind, int(number or 0)) if kind != "mps" else torch.device("mps")


def usable() -> list[str]:
    """The names of the devices that can be computed on."""
    found = ["cpu"]
    for kind in ACCELERATORS:
        found += [kind if kind == "mps" else f"{kind}:{i}" for i in range(_count(kind))]
    return found


def free_memory(device: torch.device) -> int | None:
    """Bytes free on an accelerator; None for the processor and where it cannot be told."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return None


SMALL_STEP = 200_000_000
"""multiply-accumulates of one step (about ten milliseconds) below which a second thread brings little, and costs a
lot while other programs keep the cores busy: the threads then wait for each other after every operation"""


def thread_count(wish: int, macs_per_step: int) -> int:
    """Threads for the processor: as wished; else one for a small network, and as many as torch was given for others."""
    if wish:
        return wish
    return 1 if macs_per_step < SMALL_STEP else torch.get_num_threads()


def make_repeatable(device: torch.device, threads: int, *, deterministic: bool = True) -> None:
    """Pin what the bits of a result depend on; on an accelerator only where it is to be `deterministic`.

    Operations that have no repeatable form on an accelerator warn and run all the same.
    """
    if threads != torch.get_num_threads():
        torch.set_num_threads(threads)
    if device.type == "cuda" and not deterministic:
        torch.backends.cudnn.benchmark = True
        torch.use_deterministic_algorithms(False)
    elif device.type == "cuda":
        # Read when the first matrix product opens the library: before it, this is the documented switch.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = False
        torch.use_deterministic_algorithms(True, warn_only=True)


def versions() -> dict[str, str]:
    """What the bits of a result depend on besides seed, threads and device."""
    import platform

    import numpy

    import nndesigner

    found = {
        "nndesigner": nndesigner.__version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "system": f"{platform.system()} {platform.machine()}",
    }
    if torch.version.cuda is not None:
        found["cuda"] = torch.version.cuda
    return found


def _count(kind: str) -> int:
    if kind == "cuda":
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "xpu":
        return torch.xpu.device_count() if hasattr(torch, "xpu") and torch.xpu.is_available() else 0
    return int(torch.backends.mps.is_available())


def _why_not(kind: str) -> str:
    if _count(kind):
        return tr("there are only {count} of that kind.", count=_count(kind))
    if kind == "cuda" and torch.version.cuda is None and torch.version.hip is None:
        return tr("the installed PyTorch {version} was built without CUDA.", version=str(torch.__version__))
    return tr("PyTorch {version} finds no such device.", version=str(torch.__version__))
