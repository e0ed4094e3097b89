"""Describing code in a worker of its own: answers, hostile texts, and code without an end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nndesigner.base import trust
from nndesigner.base.description import Description, PortType, Question
from nndesigner.base.shapes import tensor
from nndesigner.layers.custom_code import read_code
from nndesigner.protocol.jobs import Describe
from nndesigner.protocol.messages import Described, Done, Failed, Message
from nndesigner.runs.blocking import run_job
from tests.custom_texts import GATE, layer


def describe(
    *texts: str, trusted: bool = True, patience: float = 20.0
) -> tuple[list[Description], Done | Failed]:
    questions = []
    for text in texts:
        if trusted:
            trust.trust(text)
        values = {field.name: field.default for field in read_code(text).fields}
        questions.append(Question(text, values, {"x": PortType.of(tensor(feature=5))}))
    said: list[Message] = []
    outcome = run_job(Describe(tuple(questions), patience), said.append)
    found = [message for message in said if isinstance(message, Described)]
    assert [message.question for message in found] == list(range(len(found)))
    return [message.description for message in found], outcome


def test_answers_come_in_order_and_an_untrusted_text_is_not_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    hostile = layer("", before=f"open({str(marker)!r}, 'w')")
    (refused,), outcome = describe(hostile, trusted=False)
    assert isinstance(outcome, Done) and "not trusted" in refused.error and not marker.exists()
    (found,), outcome = describe(GATE)
    assert isinstance(outcome, Done)
    assert (found.weights, found.macs, found.error) == (93, "80", "")
    assert found.outputs["y"].type() == tensor(feature=5)


def test_hostile_texts_are_refused_with_a_sentence(tmp_path: Path) -> None:
    secret, out = tmp_path / "secret.txt", tmp_path / "out.txt"
    secret.write_text("secret", encoding="utf-8")
    bodies = {
        f"open({str(secret)!r}).read()": "read the file",
        f"try:\n    open({str(out)!r}, 'w')\nexcept Exception:\n    pass": "write the file",
        "while True:\n    os.fork()": "start a process",
        "os.system('touch here')": "start a program",
        "import subprocess; subprocess.run(['ls'])": "start a program",
        "import socket; socket.create_connection(('127.0.0.1', 9))": "use the network",
        "os.kill(os.getppid(), 9)": "signal a process",
        "import ctypes; ctypes.CDLL('libc.so.6')": "load a library",
        "torch.zeros(10**11, device='cpu')": "memory",
        "raise SystemExit": "SystemExit",
        "open('mine.txt', 'w').write('in its own folder')": "",
    }
    texts = [layer(body, before="import os") for body in bodies]
    found, outcome = describe(*texts)
    assert isinstance(outcome, Done)
    for description, (body, words) in zip(found, bodies.items(), strict=True):
        assert words in description.error, f"{body}: {description.error}"
        assert bool(description.error) == bool(words), body
    assert not out.exists()


def test_code_without_an_end_is_ended_and_said() -> None:
    found, outcome = describe(GATE, layer("while True:\n    pass", "Endless"), GATE, patience=6.0)
    assert isinstance(outcome, Failed) and outcome.code == "ended"
    assert len(found) == 2 and not found[0].error
    assert "Endless did not come to an end within 6 seconds" in found[1].error


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of POSIX systems")
def test_the_systems_limits_hold_in_a_process() -> None:
    import subprocess
    import sys

    script = (
        "import resource\nfrom nndesigner.base.processes import limit_use\n"
        "print(limit_use(seconds=1, file_bytes=1000, files=32))\n"
        "print(resource.getrlimit(resource.RLIMIT_FSIZE), resource.getrlimit(resource.RLIMIT_NOFILE))\n"
        "while True: pass\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert ran.stdout.split("\n")[:2] == ["True", "(1000, 1000) (32, 32)"]
    assert ran.returncode < 0, "its time was over"
