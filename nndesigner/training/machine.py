"""How busy the machine is with a run: steps a second, memory, processor, and an NVIDIA device where there is one.

The device is asked by a thread, once a second and only while somebody wants to know: its driver may take its time. It
needs the package `nvidia-ml-py` (`pynvml`); without it, or without such a device, those numbers are left out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import torch

from nndesigner.base.processes import resident_memory

EVERY = 1.0
FORGOTTEN = 5.0
"""seconds without a question after which the device is not asked any more"""


class Machine:
    """`sample(step)` gives the numbers since the sample before."""

    def __init__(self, device: torch.device, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._cuda = device.type == "cuda"
        self._load = _DeviceLoad(device.index or 0) if self._cuda else None
        self._before: tuple[float, float, int] | None = None

    def sample(self, step: int) -> dict[str, float]:
        """ "memory" (bytes that this process occupies); from the second sample on "steps_per_second" and "processor"
        (seconds of processor time per second: 2.0 is two cores at work); on CUDA "device_memory" (bytes of this
        process's tensors) and, where it can be told, "device_load" (0 to 1)."""
        now = self._clock(), time.process_time(), step
        found: dict[str, float] = {}
        if self._before is not None and now[0] > self._before[0]:
            seconds = now[0] - self._before[0]
            found["steps_per_second"] = max(now[2] - self._before[2], 0) / seconds
            found["processor"] = (now[1] - self._before[1]) / seconds
        self._before = now
        if memory := resident_memory():
            found["memory"] = float(memory)
        if self._cuda:
            found["device_memory"] = float(torch.cuda.memory_allocated())
        if self._load is not None and (load := self._load()) is not None:
            found["device_load"] = load
        return found


class _DeviceLoad:
    """The load of an NVIDIA device as last heard; None while it is not known."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._asked = 0.0
        self._load: float | None = None
        self._thread: threading.Thread | None = None

    def __call__(self) -> float | None:
        self._asked = time.monotonic()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._ask, name="device load", daemon=True)
            self._thread.start()
        return self._load

    def _ask(self) -> None:
        try:
            import pynvml

            pynvml.nvmlInit()
            handle = pynvml.nvmlDeviceGetHandleByIndex(self._index)
            while time.monotonic() - self._asked < FORGOTTEN:
                self._load = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
                time.sleep(EVERY)
            pynvml.nvmlShutdown()
        except Exception:  # no package, no driver, a device that has no such number: then it is not known
            self._load = None
            time.sleep(FORGOTTEN)
