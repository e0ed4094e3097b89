"""From a job to the function that does it, and from whatever happens there to one `Done` or `Failed`.

A job's kind names the file in `worker/jobs/` that does it, so that only that file, and what it needs, is loaded.
"""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nndesigner.base.atomic import WriteError
from nndesigner.base.disk import reason
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.base.text import tr
from nndesigner.protocol.jobs import (
    Augment,
    Decode,
    Describe,
    Encode,
    Evaluate,
    Explain,
    Explore,
    Export,
    Generate,
    Inspect,
    Job,
    MatchWeights,
    Nearest,
    Predict,
    PredictFile,
    Preload,
    Preview,
    ReadInputs,
    SaveSamples,
    Train,
    kind,
)
from nndesigner.protocol.messages import Done, Failed
from nndesigner.worker import jobs
from nndesigner.worker.link import Link

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Handler:
    """What a file in `worker/jobs/` declares, as `JOB`: the struct it takes, and what to do with it.

    `run(job, link)` returns what `Done.result` is to hold (None for nothing). It raises `Refusal` with a sentence
    for what cannot be done, and lets `Cancelled` pass.
    """

    kind: type[Job]
    run: Callable[[Any, Link], dict[str, Any] | None]


Find = Callable[[Job], Handler]


def kinds() -> tuple[str, ...]:
    """The kinds of jobs that this worker can do, without loading any of them."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(jobs.__path__)))


def find(job: Job) -> Handler:
    """The handler of a job. Raises Refusal where this version has none."""
    name = kind(job)
    if name not in kinds():
        raise Refusal(tr("This version of nndesigner cannot do the job “{name}”.", name=name))
    return load(name)


def load(name: str) -> Handler:
    """The `JOB` of one file in `worker/jobs/`."""
    handler = importlib.import_module(f"{jobs.__name__}.{name}").JOB
    if not isinstance(handler, Handler) or kind(handler.kind) != name:
        raise TypeError(f"worker/jobs/{name}.py: JOB is no Handler of a job of that kind")
    return handler


def perform(job: Job, link: Link, find: Find = find) -> Done | Failed:
    """Do a job; whatever it raises becomes `Failed`."""
    try:
        result = find(job).run(job, link)
        return Done(result if result is not None else {})
    except BaseException as error:
        failed = describe(error, job, link.log)
        if failed.code not in ("refused", "cancelled"):
            _log.error("%s\n%s", failed.sentence, failed.detail)
    # Only here, past the except block, nothing refers to the failed call's frames and the memory they hold.
    gc.collect()
    _empty_device_caches()
    return failed


def describe(error: BaseException, job: Job, log: Path | None = None) -> Failed:
    """What the user is told, and everything for the log, which lies at `log` as far as is known.

    What nobody foresaw is not told in the words of whoever raised it: they mean nothing to the user and stand in the
    log, with the place where it happened.
    """
    detail = "".join(traceback.format_exception(error))
    match error:
        case Cancelled():
            return Failed(tr("Cancelled."), "", "cancelled")
        case Refusal() | WriteError():
            return Failed(str(error), "", "refused")
        case OSError() if error.filename is not None:
            return Failed(f"{error.filename}: {reason(error)}", detail, "refused")
    if is_memory(error):
        return Failed(_memory_sentence(job), detail, "memory")
    if _is_device(error):
        return Failed(
            tr(
                "The accelerator reported a failure, and nothing more can be computed on it in this process. Try again."
            ),
            detail,
            "device",
        )
    sentence = tr(
        "{doing} failed through a fault in nndesigner, not through anything in your project. {mend}",
        doing=_doing(job),
        mend=_mend(job),
    )
    if log is not None:
        sentence += " " + tr("If it happens again, report it with what stands at the end of {log}.", log=log)
    return Failed(sentence, detail, "internal")


def is_memory(error: BaseException) -> bool:
    """Whether there was not enough memory, in whatever words torch says so."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    # torch's allocator on the processor raises a plain RuntimeError.
    said = str(error)
    return isinstance(error, RuntimeError) and any(
        words in said
        for words in (
            "can't allocate memory",
            "out of memory",
            "std::bad_alloc",
            "not enough memory",
            "OUT_OF_MEMORY",
        )
    )


def _is_device(error: BaseException) -> bool:
    return type(error).__name__ == "AcceleratorError" or (
        isinstance(error, RuntimeError)
        and any(words in str(error) for words in ("CUDA error", "CUDNN_STATUS", "CUBLAS_STATUS", "HIP error"))
    )


def _memory_sentence(job: Job) -> str:
    if isinstance(job, Train):
        return tr(
            "There is not enough memory to train with this batch size. Choose a smaller one and train again."
        )
    if isinstance(job, Predict | PredictFile):
        return tr("There is not enough memory for this many samples at once. Try again with fewer.")
    if isinstance(job, Evaluate):
        return tr("There is not enough memory to evaluate this network. Close other programs and try again.")
    if isinstance(job, Explore):
        return tr("There is not enough memory for this exploration. Try again with fewer samples.")
    if isinstance(job, Augment):
        return tr("There is not enough memory to show changed samples. Close other programs and try again.")
    if isinstance(job, Preview):
        return tr("There is not enough memory to show this network at work on one sample.")
    if isinstance(job, Inspect | Preload):
        return tr(
            "The data does not fit into memory. Use a part of it, or close other programs and try again."
        )
    return tr("There is not enough memory. Close other programs and try again.")


def _doing(job: Job) -> str:
    match job:
        case Train():
            return tr("Training")
        case Export():
            return tr("The export")
        case Predict() | PredictFile():
            return tr("The prediction")
        case Explore():
            return tr("The exploration")
        case Explain():
            return tr("The explanation")
        case Nearest():
            return tr("Comparing with the training samples")
        case Generate():
            return tr("Going on with the text")
        case Decode():
            return tr("Making something out of the code")
        case Encode():
            return tr("Finding the code")
        case SaveSamples():
            return tr("Saving the samples")
        case ReadInputs():
            return tr("Reading the file")
        case Evaluate():
            return tr("The evaluation")
        case MatchWeights():
            return tr("Reading the weights")
        case Preview() | Augment():
            return tr("The preview")
        case Inspect() | Preload():
            return tr("Reading the data")
        case Describe():
            return tr("Asking what leaves a custom layer")


def _mend(job: Job) -> str:
    """What to do after a fault that nobody foresaw."""
    match job:
        case Train():
            return tr("Resume the run from its last checkpoint, or train again.")
        case Inspect() | Preload():
            return tr("Have the data read again.")
        case _:
            return tr("Try again.")


def _empty_device_caches() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
