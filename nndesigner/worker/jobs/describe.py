"""Find out what leaves pieces of trusted code: each built and run behind limits, in a process that ends with the job.

`Done.result` is empty; the answers are `Described` messages, in the order of the questions.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import msgspec
import torch

from nndesigner.base.description import Description, PortType, Question
from nndesigner.base.own_functions import read_own
from nndesigner.base.shapes import tensor
from nndesigner.base.text import tr
from nndesigner.base.trust import grants
from nndesigner.compiler.describing import describe
from nndesigner.layers.custom import STARTER
from nndesigner.layers.custom_code import read_code
from nndesigner.protocol.jobs import Describe
from nndesigner.protocol.messages import Described
from nndesigner.worker import confinement
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def _run(job: Describe, link: Link) -> None:
    torch.set_num_threads(1)
    # Our own text first: it loads and starts whatever is loaded and started once.
    describe(Question(STARTER, {"start": 1.0}, {"x": PortType.of(tensor(feature=2))}))
    home, own = os.getcwd(), Path(tempfile.mkdtemp(prefix="nndesigner-custom-"))
    at_work = 0

    def too_long() -> None:
        sentence = tr(
            "The code of {name} did not come to an end within {n} seconds. Is there a loop without an end?",
            name=_called(job.questions[at_work]),
            n=round(job.patience),
        )
        link.send(Described(at_work, Description(error=sentence)))
        shutil.rmtree(own, ignore_errors=True)

    patience = confinement.Patience(too_long, job.patience)
    try:
        grants()  # read now: behind the fence nothing of the user's can be
        fence = confinement.confine(own)
        for at_work, question in enumerate(job.questions):
            link.progress(at_work / len(job.questions), tr("Asking what leaves a custom layer"))
            patience.begin()
            with confinement.inside(fence):
                found = describe(question)
            patience.pause()
            if fence.refused and not found.error:
                name = _called(question)
                sentence = tr("{name} failed: {what}.", name=name, what=fence.refused[0])
                found = msgspec.structs.replace(found, error=sentence)
            fence.refused.clear()
            link.send(Described(at_work, found))
    finally:
        patience.close()
        os.chdir(home)
        shutil.rmtree(own, ignore_errors=True)


def _called(question: Question) -> str:
    if question.kind:
        return read_own(question.kind, question.code).name
    return read_code(question.code).class_name


JOB = Handler(Describe, _run)
