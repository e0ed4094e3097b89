"""Data is read once, and again when anything about it has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import quiet
from nndesigner.document.document import Document
from nndesigner.document.records import DataSource, Network
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Inspect
from nndesigner.protocol.messages import DataFound
from nndesigner.worker import datasets
from nndesigner.worker.jobs.inspect import JOB
from tests.data.playing_hub import playing_hub
from tests.data.test_hugging_face_hub import films


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "_kept", None)


def record(type: str, **parameters: Any) -> DataSource:
    return DataSource(id="d" * 12, type=type, parameters=parameters)


def test_the_same_description_is_read_once(tmp_path: Path) -> None:
    told: list[float] = []
    first = datasets.read(record("iris", seed=1), tmp_path, lambda fraction, sentence: told.append(fraction))
    assert told
    told.clear()
    assert (
        datasets.read(record("iris", seed=1), tmp_path, lambda fraction, sentence: told.append(fraction))
        is first
    )
    assert not told
    assert datasets.read(record("iris", seed=2), tmp_path, quiet) is not first
    with pytest.raises(ValueError, match="read-only"):
        next(iter(first.arrays.values()))[0] = 0


def test_what_it_pinned_is_the_same_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    with playing_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        hub.put("films", {"train.parquet": films(40)})
        asking = {"name": "films", "fetch": True}
        said = Said()
        project = encode(Document([Network(id="n" * 12, name="net"), record("huggingface_hub", **asking)]))
        JOB.run(Inspect(project, str(tmp_path)), said)  # type: ignore[arg-type]
        (found,) = said.messages
        assert isinstance(found, DataFound) and found.pinned["commit"].startswith("films@newest ")
        first = datasets.read(record("huggingface_hub", **asking, **found.pinned), tmp_path, never)
        assert first.fingerprint == found.fingerprint and len(hub.asked) == 3


class Said:
    def __init__(self) -> None:
        self.messages: list[object] = []

    def send(self, message: object) -> None:
        self.messages.append(message)

    def progress(self, fraction: float, sentence: str) -> None:
        pass


def never(fraction: float, sentence: str) -> None:
    raise AssertionError("it is read again")


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n" + "\n".join(f"{k * k % 17},{k % 3}" for k in range(60)) + "\n")
    source = record("csv", path="table.csv")
    first = datasets.read(source, tmp_path, quiet)
    assert datasets.read(source, tmp_path, quiet) is first
    table.write_text("a,b\n" + "\n".join(f"{k * k % 17},{k % 3}" for k in range(90)) + "\n")
    assert datasets.read(source, tmp_path, quiet).counts["all"] == 90


def test_a_folder_counts_with_all_that_is_in_it(tmp_path: Path) -> None:
    from PIL import Image

    def picture(path: Path, shade: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), shade, np.uint8)).save(path)

    for number in range(8):
        picture(tmp_path / f"pictures/{number % 2}/{number}.png", number * 20)
    shown = record("image_folder", path="pictures")
    first = datasets.read(shown, tmp_path, quiet)
    assert datasets.read(shown, tmp_path, quiet) is first
    picture(tmp_path / "pictures/1/9.png", 99)
    assert datasets.read(shown, tmp_path, quiet).counts["all"] == 9


def test_a_project_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no data yet"):
        datasets.read_project(encode(Document([Network(id="n" * 12)])), str(tmp_path), quiet)
