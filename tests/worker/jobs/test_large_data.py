"""Data larger than memory is meant to be: a real worker inspects it and trains on it, and its memory stays bounded.

What is measured is the most that the worker ever occupied (VmHWM of Linux, pages of mapped files included) beyond that
of an interpreter that has done nothing but import torch.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Inspect, Job, Train
from nndesigner.protocol.messages import DataFound, Done, Failed, Message
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.tasks import Task, Worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

GB = 1 << 30
MOST = 2 * GB
BLOCK = 50_000
"""lines that are written again and again: drawing hundreds of millions of numbers takes long"""
COLUMNS = 20
SIDE = 256
"""of the pictures, in pixels"""
OF_PICTURES: list[tuple[str, dict[str, object]]] = [
    ("ImageInput", {}),
    ("Conv2d", {"out_channels": 4, "kernel_size": [8, 8], "stride": [8, 8], "padding": "valid"}),
    ("AdaptiveAvgPool2d", {"output_size": [1, 1]}), ("Flatten", {}), ("Linear", {"out_features": 2}),
    ("Output", {}),
]  # fmt: skip
"""layers, in a chain, that tell pictures apart by how light they are"""
SMALL = 64
"""of the pictures in an array"""


def peak(process: int | str) -> int:
    """The most bytes that a process ever occupied."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.fixture(scope="module")
def bare() -> int:
    """What an interpreter occupies that imports torch."""
    says = "import torch; print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    done = subprocess.run([sys.executable, "-I", "-c", says], capture_output=True, check=True, timeout=120)
    return int(done.stdout) * 1024


@dataclass
class Running:
    driver: BlockingDriver
    worker: Worker
    peak: int = 0
    """of the worker when its last job was done: one that has trained ends at once"""

    def do(self, job: Job) -> tuple[list[Message], Done | Failed]:
        messages: list[Message] = []
        outcomes: list[Done | Failed] = []

        def ended(outcome: Done | Failed) -> None:
            self.peak = peak(self.worker.child.pid)
            outcomes.append(outcome)

        Task(job, messages.append, ended).begin(self.worker)
        assert self.driver.run_until(lambda: bool(outcomes), 7200)
        return messages, outcomes[0]


@pytest.fixture
def running(user_folders: Path) -> Iterator[Running]:
    driver = BlockingDriver()
    worker = driver.start()
    try:
        assert driver.run_until(lambda: worker.process.warm, 120), worker.child.log_tail()
        yield Running(driver, worker)
    finally:
        worker.close()
        driver.run_until(lambda: worker.process.ended is not None, 60)
        driver.close()
        shutil.rmtree(user_folders / "nndesigner" / "cache", ignore_errors=True)


def write_csv(path: Path, rows: int) -> None:
    """Rows of numbers and a class that follows from them."""
    draw = np.random.RandomState(0)
    x = draw.randn(min(rows, BLOCK), COLUMNS)
    lines = [
        ",".join(map("{:.6f}".format, row)) + (",yes\n" if row[0] + row[1] > 0.5 else ",no\n") for row in x
    ]
    block = "".join(lines).encode()
    with path.open("wb") as file:
        file.write((",".join(f"x{i}" for i in range(COLUMNS)) + ",bought\n").encode())
        for _ in range(rows // len(lines)):
            file.write(block)


def spoil(path: Path, line: int, cell: bytes) -> bytes:
    """Puts another text in the place of the first cell of a line, and gives what was there."""
    of_block = (line - 2) % BLOCK
    with path.open("r+b") as file:
        file.readline()
        start = file.tell()
        lengths = [len(file.readline()) for _ in range(BLOCK)]
        file.seek(start + (line - 2) // BLOCK * sum(lengths) + sum(lengths[:of_block]))
        place = file.tell()
        before = file.readline().partition(b",")[0]
        file.seek(place)
        file.write(cell.ljust(len(before))[: len(before)])
    return before


def write_pictures(folder: Path, number: int) -> None:
    """Uncompressed pictures of two classes; light ones and dark ones."""
    draw = np.random.RandomState(0)
    header = (
        b"BM" + (54 + 3 * SIDE * SIDE).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
        + (40).to_bytes(4, "little") + 2 * SIDE.to_bytes(4, "little") + b"\1\0\x18\0" + bytes(24)
    )  # fmt: skip
    for k, name in enumerate(("dark", "light")):
        (folder / name).mkdir(parents=True)
        noise = [
            draw.randint(60 * k, 196 + 60 * k, (SIDE, SIDE, 3)).astype(np.uint8).tobytes() for _ in range(8)
        ]
        for i in range(number // 2):
            pixels = noise[i % 8]
            (folder / name / f"{i}.bmp").write_bytes(header + i.to_bytes(6, "little") + pixels[6:])


def write_arrays(folder: Path, number: int) -> None:
    """Pictures as float32 of two classes, light ones and dark ones, and their labels, as .npy files."""
    draw = np.random.RandomState(0)
    with (folder / "x.npy").open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (number, 3, SMALL, SMALL)}
        np.lib.format.write_array_header_1_0(file, header)
        noise = draw.rand(16, 3, SMALL, SMALL).astype("<f4")
        noise[1::2] += 0.3
        for i in range(number):
            noise[i % 16, 0, 0, 0] = i / number
            file.write(noise[i % 16].data)
    np.save(folder / "y.npy", np.arange(number) % 2)


def spoil_array(path: Path, sample: int, value: float) -> float:
    """Puts another value in the place of the last one of a sample, and gives what was there."""
    x = np.lib.format.open_memmap(path, "r+")
    before = float(x[sample, -1, -1, -1])
    x[sample, -1, -1, -1] = value
    return before


def project(
    source: str, path: str, found: DataFound | None, layers: list[tuple[str, dict[str, object]]]
) -> Document:
    document = edits.new_document()
    parameters = {"path": path, "preparation": "standardize"}
    if source == "numpy":
        parameters["targets_path"] = "y.npy"
    document = document.apply(edits.set_data(document, source, parameters))
    if found is None:
        return document
    document = document.apply(
        edits.set_found(document, found.fields, found.counts, found.fingerprint, found.remarks)
    )
    plan = {"epochs": 1, "batch_size": 512 if source == "csv" else 64, "learning_rate": 0.01, "device": "cpu"}
    document = document.apply(edits.set_plan(document, plan))
    before = ""
    for type, values in layers:
        node = (
            edits.append_node(document, type, before, parameters=values)
            if before
            else edits.add_node(document, type, 0.0, 0.0, parameters=values)
        )
        known = {node.id for node in document.nodes()}
        document = document.apply(node)
        before = next(n.id for n in document.nodes() if n.id not in known)
    return document


def table_trains(folder: Path, rows: int, running: Running, bare: int) -> None:
    path = folder / "t.csv"
    write_csv(path, rows)
    empty = encode(project("csv", "t.csv", None, []))
    line = rows - rows // 50 + 7
    before = spoil(path, line, b"12 kg")
    _, refused = running.do(Inspect(empty, str(folder)))
    assert isinstance(refused, Failed)
    assert refused.sentence.startswith(f"Line {line} of t.csv, column “x0”: “12 kg” is not a number")
    spoil(path, line, before)
    messages, done = running.do(Inspect(empty, str(folder)))
    assert isinstance(done, Done), done
    found = next(message for message in messages if isinstance(message, DataFound))
    assert found.counts["all"] == rows
    layers: list[tuple[str, dict[str, object]]] = [
        ("TableInput", {}), ("Linear", {"out_features": 16}), ("ReLU", {}), ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]  # fmt: skip
    trains(project("csv", "t.csv", found, layers), folder, running, bare, path.stat().st_size)


def pictures_train(folder: Path, number: int, running: Running, bare: int) -> None:
    write_pictures(folder / "pictures", number)
    messages, done = running.do(Inspect(encode(project("image_folder", "pictures", None, [])), str(folder)))
    assert isinstance(done, Done), done
    found = next(message for message in messages if isinstance(message, DataFound))
    assert found.counts["all"] == number
    trains(
        project("image_folder", "pictures", found, OF_PICTURES),
        folder,
        running,
        bare,
        number * 3 * SIDE * SIDE,
    )


def arrays_train(folder: Path, number: int, running: Running, bare: int) -> None:
    write_arrays(folder, number)
    path = folder / "x.npy"
    empty = encode(project("numpy", "x.npy", None, []))
    before = spoil_array(path, number - 7, np.inf)
    _, refused = running.do(Inspect(empty, str(folder)))
    assert isinstance(refused, Failed)
    assert refused.sentence.endswith(f"1 values are no finite numbers; the first is in sample {number - 7}.")
    spoil_array(path, number - 7, before)
    messages, done = running.do(Inspect(empty, str(folder)))
    assert isinstance(done, Done), done
    found = next(message for message in messages if isinstance(message, DataFound))
    assert found.counts["all"] == number
    trains(project("numpy", "x.npy", found, OF_PICTURES), folder, running, bare, path.stat().st_size)


def trains(document: Document, folder: Path, running: Running, bare: int, size: int) -> None:
    inspected = running.peak
    _, done = running.do(Train(encode(document), str(folder), str(folder / "run")))
    assert isinstance(done, Done), done
    result = done.result
    assert result["state"] == "finished" and result["metrics"]["validation"]["accuracy"] > 0.9, result
    used = running.peak
    print(
        f"\ndata {size / GB:.2f} GB; torch alone {bare / GB:.2f} GB; beyond it {(inspected - bare) / GB:.2f} GB when"
        f" inspected, {(used - bare) / GB:.2f} GB when trained ({result['seconds']:.0f} s of training)"
    )
    assert used - bare < MOST


@pytest.mark.long
def test_a_table_of_a_million_rows_trains(tmp_path: Path, running: Running, bare: int) -> None:
    table_trains(tmp_path, 1_000_000, running, bare)


@pytest.mark.soak
def test_a_table_of_two_gigabytes_trains(tmp_path: Path, running: Running, bare: int) -> None:
    table_trains(tmp_path, 10_750_000, running, bare)


@pytest.mark.long
def test_pictures_beyond_what_is_kept_in_memory_train(tmp_path: Path, running: Running, bare: int) -> None:
    pictures_train(tmp_path, 3_000, running, bare)


@pytest.mark.soak
def test_five_gigabytes_of_pictures_train(tmp_path: Path, running: Running, bare: int) -> None:
    pictures_train(tmp_path, 27_500, running, bare)


@pytest.mark.long
def test_an_array_beyond_what_is_kept_in_memory_trains(tmp_path: Path, running: Running, bare: int) -> None:
    arrays_train(tmp_path, 12_000, running, bare)


@pytest.mark.soak
def test_an_array_of_three_gigabytes_trains(tmp_path: Path, running: Running, bare: int) -> None:
    arrays_train(tmp_path, 65_000, running, bare)
