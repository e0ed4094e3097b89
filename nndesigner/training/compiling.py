"""Steps of a network compiled by `torch.compile`, where that pays: measured on its first batch, both ways.

A copy of the network is compiled and measured, on a thread, so that it can be waited for, watched and given up; then
the weights of the copy are replaced by those that learn. No name in `state_dict()` changes, and what looks at the
network, evaluates it and saves it never meets the compiled one.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, fx

from nndesigner.base.text import tr
from nndesigner.compiler.build import CompiledNetwork
from nndesigner.training.precision import Precision

BACKEND = "inductor"
SHORT_RUN = 60.0
"""seconds that a run takes as it is, below which nothing is compiled: compiling takes about as long"""
PAYS_FROM = 1.05
"""how many times faster steps have to be"""
MEASURED_STEPS = 5
MEASURED_SECONDS = 2.0
"""no further step is measured after so many"""


@dataclass(frozen=True)
class Verdict:
    """What came of it: whether steps are compiled, why in a sentence, and how many times faster they are, 0.0 where it
    was not measured."""

    compiled: bool
    sentence: str
    ratio: float = 0.0
    seconds: float = 0.0
    """of compiling"""


class Attempt:
    """Compiling the network of `compiled`, which is in training mode, for batches as large as this one.

    `always` takes the compiled steps whatever was measured; otherwise they are taken where they are faster and the
    `steps` that are left take long enough.
    """

    def __init__(
        self,
        compiled: CompiledNetwork,
        inputs: Sequence[Tensor],
        targets: Sequence[Tensor],
        precision: Precision,
        *,
        steps: int,
        always: bool,
    ) -> None:
        self._compiled, self._inputs, self._targets = compiled, list(inputs), targets
        self._precision, self._steps, self._always = precision, steps, always
        self._threads = torch.get_num_threads()
        self._fast: Callable[..., tuple[Tensor, ...]] | None = None
        self._verdict: Verdict | None = None
        self._copy: fx.GraphModule = copy.deepcopy(compiled._loss_graph)
        self._thread = threading.Thread(target=self._work, name="compiling", daemon=True)

    def run(self, waiting: Callable[[float], None], every: float = 0.1) -> Verdict:
        """Compiles, measures, and puts the compiled steps in the place of the plain ones where they are taken.

        `waiting` is told the seconds so far, again and again; what it raises gives the attempt up.
        """
        began = time.perf_counter()
        self._thread.start()
        while self._thread.is_alive():
            self._thread.join(every)
            waiting(time.perf_counter() - began)
        assert self._verdict is not None
        if self._verdict.compiled and self._fast is not None:
            self._join()
            self._compiled.step_by(self._fast, [tuple(tensor.shape) for tensor in self._inputs])
        return self._verdict

    # -- on the thread -----------------------------------------------------------------------------------------------
    def _work(self) -> None:
        try:
            self._verdict = self._measured()
        except Exception as error:  # whatever a compiler stumbles over, the run goes on without it
            self._verdict = Verdict(False, why_not(error))

    def _measured(self) -> Verdict:
        if self._threads != torch.get_num_threads():
            torch.set_num_threads(self._threads)  # each thread has a number of its own
        plain = self._time(self._copy)
        whole = plain * self._steps
        if whole < SHORT_RUN and not self._always:
            return Verdict(
                False,
                tr(
                    "Not compiled: the steps that are left take about {seconds} s as they are, and compiling takes"
                    " longer.",
                    seconds=max(round(whole), 1),
                ),
            )
        import torch._inductor.config as settings

        settings.compile_threads = 1  # no processes that outlive the run
        began = time.perf_counter()
        fast: Callable[..., tuple[Tensor, ...]] = torch.compile(self._copy, dynamic=False, backend=BACKEND)
        self._step(fast)
        seconds = time.perf_counter() - began
        ratio = plain / max(self._time(fast), 1e-9)
        told = {"ratio": f"{ratio:.2f}", "seconds": f"{seconds:.0f}"}
        if ratio < PAYS_FROM and not self._always:
            return Verdict(
                False,
                tr("Not compiled: steps would be {ratio} × as fast, which is not worth it.", **told),
                ratio,
                seconds,
            )
        self._fast = fast
        if ratio < 1.0:
            sentence = tr(
                "Compiled as the plan asks, though steps are only {ratio} × as fast; compiling took {seconds} s.",
                **told,
            )
        else:
            sentence = tr("Compiled: steps are {ratio} × as fast after {seconds} s of compiling.", **told)
        return Verdict(True, sentence, ratio, seconds)

    def _time(self, graph: Callable[..., tuple[Tensor, ...]]) -> float:
        """Seconds of a step at its fastest, after one that is not counted."""
        self._step(graph)
        found: list[float] = []
        while len(found) < MEASURED_STEPS and sum(found) < MEASURED_SECONDS:
            began = time.perf_counter()
            self._step(graph)
            found.append(time.perf_counter() - began)
        return min(found)

    def _step(self, graph: Callable[..., tuple[Tensor, ...]]) -> None:
        """Forward and backward, without moving a weight."""
        for weight in self._copy.parameters():
            weight.grad = None
        with self._precision.forward():
            parts = self._compiled.losses(graph(*self._inputs), self._targets)
            loss = torch.stack([part.float() for part in parts]).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        device = loss.device
        if device.type in ("cuda", "xpu", "mps"):
            getattr(torch, device.type).synchronize()

    # -- afterwards --------------------------------------------------------------------------------------------------
    def _join(self) -> None:
        """The copy gets the weights and buffers of the network itself."""
        own = dict(self._compiled._loss_graph.named_modules(remove_duplicate=False))
        for name, module in self._copy.named_modules(remove_duplicate=False):
            module._parameters.update(own[name]._parameters)
            module._buffers.update(own[name]._buffers)


def why_not(error: BaseException) -> str:
    """A sentence for what a compiler stumbled over."""
    seen: BaseException | None = error
    while seen is not None:
        if type(seen).__name__ == "InvalidCxxCompiler":
            return tr(
                "Not compiled: torch.compile needs a C++ compiler, and this machine has none (g++, clang++ or cl)."
                " Install one, or turn compiling off in the training plan."
            )
        seen = getattr(seen, "inner_exception", None) or seen.__cause__
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return tr(
        "Not compiled: torch.compile cannot do this network ({why}). The run goes on without it.",
        why=line[:160],
    )
