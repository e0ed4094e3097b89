"""What a trained network can be asked besides answers: explanations, nearest samples, texts, whole files."""

from __future__ import annotations

import csv
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.document.document import Document
from nndesigner.protocol.channel import message_reader, write_message
from nndesigner.protocol.jobs import (
    Explain,
    Generate,
    Job,
    Nearest,
    Predict,
    PredictFile,
    ReadInputs,
)
from nndesigner.protocol.messages import Done, Frame
from nndesigner.worker import neighbours
from nndesigner.worker.dispatch import find
from nndesigner.worker.link import Link
from tests.data.test_audio_folder import tone
from tests.data.test_wav import pcm
from tests.training.small import Recorder, chain, dataset, mlp, trained


def do(job: Job, recorder: Recorder | None = None) -> dict[str, Any]:
    result = find(job).run(job, Link(recorder or Recorder(), job))
    (back,) = message_reader().feed(write_message(Done(result or {})))
    assert isinstance(back, Done)  # it can travel
    return back.result


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document]:
    document = mlp(epochs=8, learning_rate=0.03)
    it, _ = trained(document, tmp_path_factory.mktemp("points"))
    return it.run.path, document


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document]:
    layers: list[tuple[str, dict[str, Any]]] = [
        ("ImageInput", {}),
        ("Conv2d", {"out_channels": 4}),
        ("ReLU", {}),
        ("Flatten", {}),
        ("Linear", {"out_features": 10}),
        ("Output", {}),
    ]
    document = chain("digits", layers, epochs=2, learning_rate=0.01)
    it, _ = trained(document, tmp_path_factory.mktemp("digits"))
    return it.run.path, document


def first(document: Document, part: str = "test") -> dict[str, Any]:
    data = dataset(document)
    field = next(f for f in data.fields.values() if f.role == "input")
    return {field.name: data.arrays[field.name][data.indices[part][:1]]}


# -- explanations ------------------------------------------------------------------------------------------------------
def test_an_explanation_comes_in_the_shape_of_the_sample(digits: tuple[Path, Document]) -> None:
    path, document = digits
    for method in ("saliency", "integrated_gradients", "occlusion", "grad_cam"):
        found = do(Explain(str(path), method, first(document)))
        assert found["numbers"]["image"].shape == (8, 8)
        assert np.isfinite(found["numbers"]["image"]).all()
        assert found["step"] > 0 and found["checkpoint"].startswith("step-")
    with pytest.raises(Refusal, match="no output “other”"):
        do(Explain(str(path), "saliency", first(document), output="other"))


# -- nearest samples ---------------------------------------------------------------------------------------------------
def test_a_training_sample_is_nearest_to_itself(points: tuple[Path, Document]) -> None:
    path, document = points
    data = dataset(document)
    neighbours.forget()
    given = first(document, "train")
    found = do(Nearest(str(path), given, most=5))
    assert found["indices"][0] == data.indices["train"][0] and found["distances"][0] == 0.0
    assert (np.diff(found["distances"]) >= 0).all() and len(found["indices"]) == 5
    assert set(found["indices"].tolist()) <= set(data.indices["train"].tolist())
    (field,) = given
    assert (found["inputs"][field] == data.arrays[field][found["indices"]]).all()
    (target,) = (f.name for f in data.fields.values() if f.role == "target")
    assert (found["targets"]["output1"] == data.arrays[target][found["indices"]]).all()
    assert found["compared"] == found["training"] == len(data.indices["train"])
    assert found["layer"].startswith("tanh")


def test_what_the_layer_sees_decides_what_is_near(points: tuple[Path, Document]) -> None:
    path, document = points
    data = dataset(document)
    given = first(document)
    (field,) = given
    entry = next(node.id for node in document.nodes() if node.type == "TableInput")
    found = do(Nearest(str(path), given, node=entry, most=1))
    from nndesigner.data.preparation import prepare

    train = data.indices["train"]
    table = data.fields[field]
    seen = prepare(table, data.arrays[field][train]) - prepare(table, given[field])
    assert found["indices"][0] == train[np.square(seen).sum(axis=1).argmin()]


def test_features_are_computed_once_for_a_checkpoint(
    points: tuple[Path, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, document = points
    neighbours.forget()
    asked: list[int] = []
    before = neighbours.features_of

    def counted(predictor: Any, arrays: Any, place: Any) -> Any:
        asked.append(len(next(iter(arrays.values()))))
        return before(predictor, arrays, place)

    monkeypatch.setattr(neighbours, "features_of", counted)
    monkeypatch.setattr(neighbours, "MOST_SAMPLES", 40)
    found = do(Nearest(str(path), first(document)))
    assert found["compared"] == 40 and sum(asked) == 42
    asked.clear()
    do(Nearest(str(path), first(document, "validation")))
    assert asked == [1]


def test_comparing_can_be_cancelled(points: tuple[Path, Document]) -> None:
    path, document = points
    neighbours.forget()
    job = Nearest(str(path), first(document))
    link = Link(Recorder(), job)
    link.cancelled = True
    with pytest.raises(Cancelled):
        find(job).run(job, link)
    assert do(job)["compared"] > 0


# -- texts -------------------------------------------------------------------------------------------------------------
def test_a_text_is_streamed_and_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("abc" * 300)
    layers: list[tuple[str, dict[str, Any]]] = [
        ("TokensInput", {}),
        ("Embedding", {"embedding_dim": 4}),
        ("Linear", {"out_features": 3}),
        ("Output", {}),
    ]
    it, _ = trained(
        chain("text", layers, {"path": str(tmp_path / "text.txt"), "window": 6}, epochs=1), tmp_path
    )
    recorder = Recorder()
    job = Generate(str(it.run.path), (0, 1), 7, temperature=1.0, seed=1)
    found = do(job, recorder)
    frames = recorder.of(Frame)
    assert [len(frame.arrays["codes"]) for frame in frames] == [1, 2, 3, 4, 5, 6, 7]
    assert (frames[-1].arrays["codes"] == found["codes"]).all() and len(found["chances"]) == 7
    assert (frames[2].arrays["codes"] == found["codes"][:3]).all()

    class Stopping(Recorder):
        def send(self, message: Any) -> None:
            super().send(message)
            if isinstance(message, Frame) and message.step == 3:
                link.cancelled = True

    stopping = Stopping()
    link = Link(stopping, job)
    with pytest.raises(Cancelled):
        find(job).run(job, link)
    assert len(stopping.of(Frame)) == 3


# -- a user's file -----------------------------------------------------------------------------------------------------
def test_a_picture_from_a_file_or_from_bytes_is_read_as_the_data_counts(
    digits: tuple[Path, Document], tmp_path: Path
) -> None:
    path, _ = digits
    picture = Image.new("L", (16, 16), 0)
    picture.paste(255, (0, 0, 8, 16))
    picture.save(tmp_path / "half.png")
    data = BytesIO()
    picture.save(data, "PNG")
    file = do(ReadInputs(str(path), ("image",), str(tmp_path / "half.png")))
    pasted = do(ReadInputs(str(path), ("image",), data=data.getvalue()))
    image = file["inputs"]["image"]
    assert image.shape == (1, 1, 8, 8) and (image == pasted["inputs"]["image"]).all()
    assert image[0, 0, 0, 0] == 16.0 and image[0, 0, 0, 7] == 0.0
    assert any("from 0 to 16" in remark for remark in file["remarks"])
    with pytest.raises(Refusal, match="pasted"):
        do(ReadInputs(str(path), ("image",), data=b"no picture"))
    with pytest.raises(Refusal, match="no field “sound”"):
        do(ReadInputs(str(path), ("sound",), data=data.getvalue()))


def test_of_a_table_the_first_row_is_read(points: tuple[Path, Document], tmp_path: Path) -> None:
    path, document = points
    field = next(f for f in dataset(document).fields.values() if f.role == "input")
    (tmp_path / "a.csv").write_text(",".join(field.columns) + "\n0.5,1.5\n2,3\n")
    found = do(ReadInputs(str(path), (field.name,), str(tmp_path / "a.csv")))
    assert found["inputs"][field.name].tolist() == [[0.5, 1.5]]
    assert "The first of 2 samples is shown." in found["remarks"]


def test_a_sound_is_read_as_the_data_heard_it_and_answered(tmp_path: Path) -> None:
    for i in range(8):
        for name, frequency in (("low", 300), ("high", 2500)):
            file = tmp_path / "sounds" / name / f"{i}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(pcm(tone(frequency + 10 * i, 0.1)))
    layers: list[tuple[str, dict[str, Any]]] = [("ImageInput", {}), ("Flatten", {})]
    layers += [("Linear", {"out_features": 2}), ("Output", {})]
    parameters = {"path": str(tmp_path / "sounds"), "bands": 20}
    document = chain("audio_folder", layers, parameters, epochs=12, learning_rate=0.02)
    it, _ = trained(document, tmp_path / "run")
    path, new = str(it.run.path), tmp_path / "new.wav"
    new.write_bytes(pcm(tone(2600, 0.2, 16000), 16000))
    found = do(ReadInputs(path, ("spectrogram",), str(new)))
    assert found["inputs"]["spectrogram"].shape == (1, 1, 20, 8)
    assert found["waves"]["spectrogram"].shape == (400, 2)
    assert found["remarks"] == ["Brought from 16,000 to 8,000 Hz.", "Cut from 0.20 to 0.10 s."]
    recorded = do(ReadInputs(path, ("spectrogram",), data=new.read_bytes()))
    for part in ("inputs", "waves"):
        assert np.array_equal(recorded[part]["spectrogram"], found[part]["spectrogram"])
    assert recorded["remarks"] == found["remarks"]
    for said in (do(Predict(path, inputs=found["inputs"])), do(Predict(path, file=str(new)))):
        answer = said["answers"]["output1"]
        assert answer["classes"][int(answer["class"][0])] == "high"


# -- whole files -------------------------------------------------------------------------------------------------------
def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_table_of_answers_is_what_single_samples_are_answered(
    points: tuple[Path, Document], tmp_path: Path
) -> None:
    path, document = points
    field = next(f for f in dataset(document).fields.values() if f.role == "input")
    values = np.random.default_rng(0).normal(size=(700, 2)).astype(np.float32)
    np.savetxt(tmp_path / "in.csv", values, delimiter=",", header=",".join(field.columns), comments="")
    found = do(PredictFile(str(path), str(tmp_path / "in.csv"), str(tmp_path / "out.csv")))
    rows = rows_of(tmp_path / "out.csv")
    assert found["samples"] == len(rows) == 700
    assert [row["sample"] for row in rows] == [str(i) for i in range(700)]
    said = do(Predict(str(path), inputs={field.name: values}))["answers"]["output1"]
    assert [row["output1"] for row in rows] == [said["classes"][i] for i in said["class"]]
    shares = [[float(row[f"output1: {name}"]) for name in said["classes"]] for row in rows]
    assert np.allclose(shares, said["values"], atol=1e-6)


def test_pictures_in_folders_are_named(digits: tuple[Path, Document], tmp_path: Path) -> None:
    path, _ = digits
    for name in ("a/one.png", "b/two.png", "three.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 90).save(tmp_path / "in" / name)
    do(PredictFile(str(path), str(tmp_path / "in"), str(tmp_path / "out.csv")))
    assert [row["file"] for row in rows_of(tmp_path / "out.csv")] == ["a/one.png", "b/two.png", "three.png"]


def test_what_goes_wrong_is_named_and_leaves_the_older_table(
    digits: tuple[Path, Document], points: tuple[Path, Document], tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("as it was")
    (tmp_path / "in").mkdir()
    Image.new("L", (8, 8), 90).save(tmp_path / "in" / "good.png")
    (tmp_path / "in" / "torn.png").write_bytes(b"no picture")
    with pytest.raises(Refusal, match=r"torn\.png"):
        do(PredictFile(str(digits[0]), str(tmp_path / "in"), str(out)))
    field = next(f for f in dataset(points[1]).fields.values() if f.role == "input")
    (tmp_path / "in.csv").write_text(",".join(field.columns) + "\n0.5,1.5\n2,three\n")
    with pytest.raises(Refusal, match=r"Line 3 of in\.csv"):
        do(PredictFile(str(points[0]), str(tmp_path / "in.csv"), str(out)))
    with pytest.raises(Refusal, match="take the place"):
        do(PredictFile(str(points[0]), str(tmp_path / "in.csv"), str(tmp_path / "in.csv")))
    assert out.read_text() == "as it was"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_cancelled_table_is_none(points: tuple[Path, Document], tmp_path: Path) -> None:
    np.save(tmp_path / "in.npy", np.zeros((600, 2), np.float32))
    job = PredictFile(str(points[0]), str(tmp_path / "in.npy"), str(tmp_path / "out.csv"))

    class Stopping(Recorder):
        def send(self, message: Any) -> None:
            super().send(message)
            link.cancelled = True

    link = Link(Stopping(), job)
    with pytest.raises(Cancelled):
        find(job).run(job, link)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.npy"]
