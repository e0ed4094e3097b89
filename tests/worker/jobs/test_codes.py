"""Jobs that go from codes to samples: one picture, the codes of the data, a whole data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.document import edits
from nndesigner.project.reader import open_project
from nndesigner.protocol.jobs import Decode, Encode, SaveSamples
from nndesigner.protocol.messages import Progress
from nndesigner.worker.dispatch import find
from nndesigner.worker.link import Link
from tests.training.small import Recorder, trained
from tests.worker.jobs.test_asked import do

EXAMPLES = Path(__file__).parents[3] / "examples"


def run(name: str, folder: Path) -> str:
    document = open_project(EXAMPLES / f"{name}.nnd").document
    it, _ = trained(document.apply(edits.set_plan(document, {"epochs": 1})), folder)
    return str(it.run.path)


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run("digits-vae", tmp_path_factory.mktemp("vae"))


@pytest.fixture(scope="module")
def gan(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run("digits-gan-conditional", tmp_path_factory.mktemp("gan"))


def test_a_code_becomes_a_picture_and_samples_have_codes(vae: str) -> None:
    made = do(Decode(vae, np.array([[0.0, 0.0], [2.0, -2.0]], np.float32)))
    assert made["values"].shape == (2, 1, 8, 8) and made["step"] > 0
    assert not np.allclose(made["values"][0], made["values"][1])
    codes = do(Encode(vae, split="train", most=50))["codes"]
    assert codes.shape == (50, 2) and codes.std() > 0
    one = do(Encode(vae, {"image": np.zeros((1, 1, 8, 8), np.float32)}))["codes"]
    assert one.shape == (1, 2)
    with pytest.raises(Refusal, match="no samples in the part"):
        do(Encode(vae, split="elsewhere"))


def test_samples_are_saved_as_pictures_in_folders_of_their_class(gan: str, tmp_path: Path) -> None:
    out = tmp_path / "made"
    found = do(SaveSamples(gan, str(out), 25, 3))
    assert found["samples"] == 25
    folders = sorted(p.name for p in out.iterdir())
    assert folders == list("0123456789") and len(list(out.rglob("*.png"))) == 25
    assert [len(list((out / name).iterdir())) for name in folders] == [3] * 5 + [2] * 5
    with Image.open(next((out / "3").iterdir())) as picture:
        assert picture.size == (8, 8) and picture.mode == "L"
    with pytest.raises(Refusal, match="holds something already"):
        do(SaveSamples(gan, str(out), 5))


def test_samples_are_saved_as_arrays_and_are_the_same_for_a_seed(gan: str, vae: str, tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        do(SaveSamples(gan, str(tmp_path / name), 12, 5))
    with np.load(tmp_path / "a.npz") as a, np.load(tmp_path / "b.npz") as b:
        assert a["image"].shape == (12, 1, 8, 8) and np.array_equal(a["image"], b["image"])
        assert a["class"].tolist() == [*range(10), 0, 1] and a["classes"].tolist() == list("0123456789")
    do(SaveSamples(vae, str(tmp_path / "c.npz"), 4))
    with np.load(tmp_path / "c.npz") as c:
        assert set(c.files) == {"image"} and c["image"].shape == (4, 1, 8, 8)


def test_what_is_cancelled_leaves_nothing_behind(gan: str, tmp_path: Path) -> None:
    out = tmp_path / "made"
    job = SaveSamples(gan, str(out), 500)
    recorder = Recorder()

    class Impatient(Link):
        def progress(self, fraction: float, sentence: str) -> None:
            super().progress(fraction, sentence)
            if fraction > 0.2:
                raise Cancelled

    with pytest.raises(Cancelled):
        find(job).run(job, Impatient(recorder, job))
    assert not out.exists()
    assert recorder.of(Progress)
    mine: Any = tmp_path / "mine"
    mine.mkdir()
    with pytest.raises(Cancelled):
        job = SaveSamples(gan, str(mine), 500)
        find(job).run(job, Impatient(recorder, job))
    assert mine.is_dir() and not any(mine.iterdir()), "the folder was there before"
    with pytest.raises(Refusal, match="Between 1 and"):
        do(SaveSamples(gan, str(out), 0))
