"""The real worker, with torch: introduced, warm, isolated, without a socket. One process serves all of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nndesigner.document.document import Document
from nndesigner.document.records import DataSource, Network
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Inspect
from nndesigner.protocol.messages import DataFound, Done, Failed, Message
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.child import worker_command
from nndesigner.runs.tasks import Task, Worker

# What somebody may leave beside a project: each leaves a mark if it is ever loaded.
HOSTILE = (
    *("torch", "json", "numpy", "msgspec", "sitecustomize", "usercustomize", "nndesigner", "subprocess"),
    *("logging", "argparse", "queue", "typing_extensions"),
)


@dataclass
class Running:
    driver: BlockingDriver
    worker: Worker
    folder: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A warm worker, started from inside a folder of hostile files."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in HOSTILE:
        (folder / f"{name}.py").write_text(
            f"open({str(folder / 'loaded')!r}, 'a').write({name!r} + chr(10))\n"
        )
    driver = BlockingDriver()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNDESIGNER_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("PYTHONSTARTUP", str(folder / "sitecustomize.py"))
        patch.chdir(folder)
        worker = driver.start()
    try:
        assert driver.run_until(lambda: worker.process.warm, 120), worker.child.log_tail()
        yield Running(driver, worker, folder)
    finally:
        worker.close()
        driver.run_until(lambda: worker.process.ended is not None, 20)
        driver.close()
        assert worker.process.ended is not None and worker.process.ended.code == 0


def inspect(running: Running) -> tuple[list[Message], Done | Failed, float]:
    project = encode(Document([Network(id="n" * 12), DataSource(id="d" * 12, type="digits")]))
    messages: list[Message] = []
    outcomes: list[Done | Failed] = []
    started = time.monotonic()
    Task(Inspect(project, str(running.folder)), messages.append, outcomes.append).begin(running.worker)
    assert running.driver.run_until(lambda: bool(outcomes), 60)
    return messages, outcomes[0], time.monotonic() - started


def test_it_introduces_itself(running: Running) -> None:
    ready = running.worker.process.ready
    assert ready is not None
    assert ready.process == running.worker.child.pid
    assert {"nndesigner", "python", "torch", "numpy"} <= set(ready.versions)
    processor = ready.devices[-1]
    assert (processor.name, processor.usable, processor.reason) == ("cpu", True, "")
    assert 2**28 < processor.free_memory <= processor.total_memory
    for device in ready.devices:
        assert device.usable or device.reason.endswith(".")


def test_nothing_that_lies_beside_a_project_was_loaded(running: Running) -> None:
    assert not (running.folder / "loaded").exists()
    assert Path(os.readlink(f"/proc/{running.worker.child.pid}/cwd")) != running.folder
    # The trap works: without isolation it springs.
    subprocess.run([sys.executable, "-c", "import json"], cwd=running.folder, check=True)
    assert (running.folder / "loaded").exists()
    (running.folder / "loaded").unlink()


def test_it_reads_data_and_has_it_at_hand_the_second_time(running: Running) -> None:
    messages, outcome, _ = inspect(running)
    assert isinstance(outcome, Done)
    found = [message for message in messages if isinstance(message, DataFound)]
    assert [field.name for field in found[0].fields] == ["image", "digit"] or len(found[0].fields) == 2
    assert found[0].counts["all"] == 1797
    _, _, seconds = inspect(running)
    assert seconds < 1.0


def test_no_process_of_the_worker_listens_or_has_a_socket_at_all(running: Running) -> None:
    family = processes_of_session(running.worker.child.pid)
    assert running.worker.child.pid in family
    listening = listening_inodes()
    for pid in family:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(descriptor)
            assert not target.startswith("socket:"), f"{pid} has {target}"
            assert target not in listening
    # The look-out sees one where there is one.
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert os.readlink(f"/proc/self/fd/{server.fileno()}") in listening_inodes()


def test_a_worker_that_warms_up_ends_when_nobody_waits_any_more() -> None:
    """Closed at once after its start, in the middle of loading torch."""
    started = time.monotonic()
    pipe = subprocess.PIPE
    with subprocess.Popen(worker_command(), stdin=pipe, stdout=pipe, stderr=pipe) as process:
        time.sleep(0.6)
        closed = time.monotonic()
        _, printed = process.communicate(timeout=20)
    assert (process.returncode, printed) == (0, b"")
    assert time.monotonic() - closed < 1.5, "at once, not when it is warm"
    assert time.monotonic() - started < 10


def processes_of_session(leader: int) -> set[int]:
    """Every process whose session `leader` began."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == leader:
                    found.add(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def listening_inodes() -> set[str]:
    """The sockets of this network that wait for anybody: listening TCP, any UDP, listening or abstract Unix."""
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if table.startswith("udp") or columns[3] == "0A":
                found.add(f"socket:[{columns[9]}]")
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        columns = line.split()
        listens, abstract = int(columns[3], 16) & 0x10000, len(columns) > 7 and columns[7].startswith("@")
        if listens or abstract:
            found.add(f"socket:[{columns[6]}]")
    return found
