"""Every job has a file that does it, and everything that a job raises becomes one sentence."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.protocol.jobs import JOBS, Job, Train, kind
from nndesigner.protocol.messages import Done, Failed, Message
from nndesigner.worker import dispatch
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link

TRAIN = Train(b"", "", "")
LOG = Path("/logs/worker.log")


class Notes:
    def send(self, message: Message) -> None: ...


def perform(run: Callable[[Any, Link], dict[str, Any] | None], job: Job = TRAIN) -> Done | Failed:
    return dispatch.perform(job, Link(Notes(), job, LOG), lambda _: Handler(type(job), run))


def raising(error: BaseException) -> Callable[[Any, Link], None]:
    def run(job: Job, link: Link) -> None:
        raise error

    return run


def test_a_result_is_handed_on() -> None:
    outcomes = perform(lambda job, link: {"a": 1}), perform(lambda job, link: None)
    assert [outcome.result for outcome in outcomes if isinstance(outcome, Done)] == [{"a": 1}, {}]


class OutOfMemoryError(RuntimeError):
    """As torch's is called."""


class AcceleratorError(RuntimeError):
    """As torch's is called."""


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (Refusal("Do this instead."), "refused", "Do this instead."),
        (Cancelled(), "cancelled", "Cancelled."),
        (WriteError(Path("/x"), "the disk is full."), "refused", "/x was not written: the disk is full."),
        (PermissionError(13, "Permission denied", "/data/a.csv"), "refused", "/data/a.csv"),
        (MemoryError(), "memory", "smaller one"),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"), "memory", "smaller one"),
        (
            RuntimeError(
                "[enforce fail at alloc_cpu.cpp] . DefaultCPUAllocator: can't allocate memory: you tried"
            ),
            "memory",
            "smaller one",
        ),
        (AcceleratorError("CUDA error: an illegal memory access"), "device", "accelerator"),
        (RuntimeError("CUDA error: device-side assert triggered"), "device", "accelerator"),
        (
            ValueError("bad shape\nmore"),
            "internal",
            "Resume the run from its last checkpoint, or train again",
        ),
        (AttributeError("readonly attribute"), "internal", "Training failed through a fault in nndesigner"),
        (ZeroDivisionError(), "internal", "fault"),
        (SystemExit(2), "internal", "fault"),
        (KeyboardInterrupt(), "internal", "fault"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_what_a_job_raises_becomes_a_sentence(
    error: BaseException, code: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = perform(raising(error))
    assert isinstance(outcome, Failed)
    assert outcome.code == code
    assert words in outcome.sentence
    assert "\n" not in outcome.sentence and "Traceback" not in outcome.sentence
    if code == "internal":
        assert "/logs/worker.log" in outcome.sentence
        said = str(error).partition("\n")[0]
        assert not said or said not in outcome.sentence.replace("/logs/worker.log", "")
    expected = code not in ("refused", "cancelled")
    assert ("Traceback" in caplog.text) == expected == ("Traceback" in outcome.detail and bool(caplog.text))
    caplog.clear()


def test_the_memory_of_a_failed_job_is_free_when_it_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    class Tensor:
        pass

    kept: list[weakref.ref[Tensor]] = []

    def run(job: Job, link: Link) -> None:
        large = Tensor()
        large.itself = large  # type: ignore[attr-defined]
        kept.append(weakref.ref(large))
        raise MemoryError

    gc.disable()
    try:
        perform(run)
    finally:
        gc.enable()
    assert kept[0]() is None
    caplog.clear()


def test_each_kind_of_job_has_a_file_of_its_name() -> None:
    assert set(dispatch.kinds()) == {kind(job) for job in JOBS}
    for job in JOBS:
        assert dispatch.load(kind(job)).kind is job


def test_an_unknown_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "kinds", lambda: ("preload",))
    outcome = dispatch.perform(TRAIN, Link(Notes(), TRAIN))
    assert isinstance(outcome, Failed)
    assert (outcome.code, "“train”" in outcome.sentence) == ("refused", True)
