"""The 40 networks that newcomers build: each trains two steps on data of its kind through the job that the window and
the command line give a worker, and leaves as a file from that run.

Most are projects of `examples/networks/`; those whose data does not come along get made data in files of the kind that
a person would bring.
"""

from __future__ import annotations

import math
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.data.dataset import read
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.objectives.catalogue import whole_plan
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode
from nndesigner.protocol.controls import Control, Stop
from nndesigner.protocol.jobs import Export, Train
from nndesigner.protocol.messages import Message, Scalars
from nndesigner.runs.store import RunFolder, open_run
from nndesigner.worker.jobs.export import export
from nndesigner.worker.jobs.train import train

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Made = Callable[[Path], Document]
TWO = {"batch_size": 4, "threads": 1, "device": "cpu", "epochs": 1}


class Link:
    """Ends a run after two steps, and keeps the losses."""

    cancelled = orphaned = False

    def __init__(self) -> None:
        self.left = 2
        self.losses: list[float] = []
        self.log = None

    def send(self, message: Message) -> None:
        if isinstance(message, Scalars):
            self.losses += [row.value for row in message.rows if row.name.startswith("loss")]

    def progress(self, fraction: float, sentence: str) -> None:
        pass

    def controls(self) -> list[Control]:
        self.left -= 1
        return [Stop()] if self.left < 0 else []

    def wait_control(self, timeout: float) -> Control | None:
        return None

    def log_to(self, path: Path) -> None:
        pass


# -- data -----------------------------------------------------------------------------------------------------------
def project(name: str, **plan: Any) -> Document:
    document = open_project(EXAMPLES / f"{name}.nnd").document
    return document.apply(edits.set_plan(document, plan)) if plan else document


def with_data(
    document: Document,
    type: str,
    values: dict[str, Any],
    nodes: Mapping[str, dict[str, Any]] = MappingProxyType({}),
    way: str = "",
) -> Document:
    """The project with this data, read as the data page does it, and these parameters of its layers."""
    document = document.apply(edits.set_data(document, type, values))
    assert document.data is not None
    found = read(document.data, EXAMPLES)
    told = (tuple(found.fields.values()), found.counts, found.fingerprint, found.remarks)
    document = document.apply(edits.set_found(document, *told))
    for name, parameters in nodes.items():
        node = document.node_named(name)
        assert node is not None, name
        document = document.apply(edits.set_parameters(document, node.id, parameters))
    return document.apply(edits.set_plan(document, {}, way)) if way else document


def archive(folder: Path, **arrays: Any) -> str:
    np.savez(folder / "data.npz", **arrays)
    return str(folder / "data.npz")


def digits28(few: int = 80) -> tuple[Any, Any]:
    """Digits of scikit-learn, 28 × 28: each pixel three times as large, with a border."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    large = np.kron(bunch.images[:few], np.ones((3, 3)))
    return np.pad(large, ((0, 0), (2, 2), (2, 2)))[:, None] * (255 / 16), bunch.target[:few]


def again(name: str, way: str) -> Made:
    """An autoencoder on digits of 28 × 28."""

    def make(folder: Path) -> Document:
        images, digit = digits28()
        values = {"path": archive(folder, x=images.astype(np.uint8), y=digit), "holds": "image"}
        return with_data(project(name), "numpy", values, {"output": {"target": "image"}}, way)

    return make


def pairs_of_digits(folder: Path) -> Document:
    images, digit = digits28(160)
    other = np.random.default_rng(0).permutation(len(images))
    path = archive(folder, first=images, second=images[other], same=(digit == digit[other]).astype(np.int64))
    values = {"path": path, "x": "first, second", "y": "same", "holds": "image"}
    fields = {"first": {"field": "first"}, "second": {"field": "second"}}
    return with_data(project("networks/22a-siamese"), "numpy", values, fields)


def distances(folder: Path) -> Document:
    """Pairs side by side; that both are the same enters while it learns."""
    images, digit = digits28(160)
    other = np.random.default_rng(0).permutation(len(images))
    same = digit == digit[other]
    arrays = {"first": images, "second": images[other], "same": same[:, None].astype(np.float32)}
    path = archive(folder, **arrays, kind=same.astype(np.int64))
    values = {"path": path, "x": "first, second, same", "y": "kind", "preparation": "rescale"}
    nodes = {name: {"field": name} for name in ("first", "second", "same")}
    nodes["distance_out"] = {"loss": "none"}
    return with_data(project("networks/22b-siamese-distance"), "numpy", values, nodes, "drawn")


def triplets(folder: Path) -> Document:
    """An anchor, a digit of its kind and one of another kind."""
    images, digit = digits28(120)
    near = [int(np.flatnonzero((digit == kind) & (np.arange(120) != i))[0]) for i, kind in enumerate(digit)]
    far = [int(np.flatnonzero(digit != kind)[0]) for kind in digit]
    path = archive(folder, anchor=images, positive=images[near], negative=images[far], y=digit)
    values = {"path": path, "x": "anchor, positive, negative", "y": "y", "holds": "image"}
    nodes = {name: {"field": name} for name in ("anchor", "positive", "negative")}
    nodes["features"] = {"loss": "none"}
    return with_data(project("networks/22c-triplet"), "numpy", values, nodes, "drawn")


def picture_and_style(folder: Path) -> Document:
    """The content is a photo that comes with scikit-learn, the style made stripes; the same two in every sample."""
    from sklearn.datasets import load_sample_image

    photo = load_sample_image("china.jpg")[:416:13, :416:13].transpose(2, 0, 1)
    stripes = np.broadcast_to(127 + 127 * np.sin(np.arange(32) * 1.5), (3, 32, 32))
    content, style = (np.repeat(x[None].astype(np.uint8), 20, axis=0) for x in (photo, stripes))
    path = archive(folder, content=content, style=style, y=np.arange(20) % 2)
    values = {"path": path, "x": "content, style", "y": "y", "holds": "image"}
    nodes: dict[str, dict[str, Any]] = {name: {"field": name} for name in ("content", "style")}
    nodes["result"] = {"loss": "none"}
    return with_data(project("networks/24-style-transfer"), "numpy", values, nodes, "drawn")


def names_of_speakers(folder: Path) -> Document:
    """WAV files of five speakers: voices of five heights."""
    draw = np.random.default_rng(0)
    for speaker in range(5):
        place = folder / "sounds" / f"speaker {speaker}"
        place.mkdir(parents=True)
        for number in range(8):
            time = np.arange(512) / 8000
            voice = sum(
                np.sin(2 * np.pi * (140 + 60 * speaker) * k * time + draw.uniform(0, 6)) / k
                for k in (1, 2, 3)
            )
            with wave.open(str(place / f"{number}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes((9000 * voice).astype("<i2").tobytes())
    values = {"path": str(folder / "sounds"), "hears": "waveform"}
    return with_data(project("networks/37c-speaker-recognition"), "audio_folder", values)


def clouds(folder: Path) -> Document:
    """Clouds of 64 points on ten bodies: ellipsoids of ten forms."""
    draw = np.random.default_rng(0)
    kind = np.arange(100) % 10
    points = draw.normal(size=(100, 64, 3))
    points /= np.linalg.norm(points, axis=2, keepdims=True)
    form = np.stack([np.linspace(0.4, 1.6, 10), np.linspace(1.5, 0.5, 10), np.ones(10)], axis=1)
    values = {"path": archive(folder, x=points * form[kind][:, None], y=kind), "holds": "series"}
    return with_data(project("networks/39-pointnet"), "numpy", values)


def hidden_words(folder: Path) -> Document:
    """Two sentences in a row, some words hidden; what was hidden, and whether the second follows the first."""
    draw = np.random.default_rng(0)
    tokens = draw.integers(5, 500, (64, 32))
    tokens[:, 0], tokens[:, 16], tokens[:, 28:] = 1, 2, 0
    follows = np.arange(64) % 2
    tokens[follows == 1, 17:27] = tokens[follows == 1, 1:11]
    hide = (draw.random(tokens.shape) < 0.15) & (tokens > 4)
    tokens[0, 1], hide[0, 1] = 499, True  # so that the last word is a target
    path = archive(
        folder,
        tokens=np.where(hide, 3, tokens),
        segments=(np.arange(32) >= 17).astype(np.int64)[None].repeat(64, 0),
        masked=np.where(hide, tokens, 0),
        follows=follows,
    )
    values = {"path": path, "x": "tokens, segments", "y": "masked, follows", "holds": "tokens"}
    nodes = {
        "tokens": {"field": "tokens", "vocabulary": 500},
        "segments": {"field": "segments"},
        "masked_word": {"target": "masked"},
        "follows": {"target": "follows"},
    }
    return with_data(project("networks/33-bert"), "numpy", values, nodes)


def anchors(sides: tuple[int, ...], forms: tuple[tuple[float, float], ...]) -> Any:
    """Boxes (x, y, width, height) in shares of the image at every place of square maps, in the order of the heads."""
    boxes = []
    for side in sides:
        for row in range(side):
            for column in range(side):
                size = 1.5 / side
                boxes += [((column + 0.5) / side, (row + 0.5) / side, size * w, size * h) for w, h in forms]
    return np.array(boxes)


def matched(box: Any, anchor: Any) -> tuple[Any, Any]:
    """Which anchors a box (x0, y0, x1, y1) belongs to, by an overlap of a half or as the best one, and the offsets from
    each to it: Liu et al., SSD: single shot multibox detector, 2016, equations 2 and section 2.2."""
    low, high = anchor[:, :2] - anchor[:, 2:] / 2, anchor[:, :2] + anchor[:, 2:] / 2
    inside = np.clip(np.minimum(high, box[2:]) - np.maximum(low, box[:2]), 0, None).prod(axis=1)
    area = (box[2:] - box[:2]).prod()
    overlap = inside / (anchor[:, 2:].prod(axis=1) + area - inside)
    place, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    offsets = np.concatenate([(place - anchor[:, :2]) / anchor[:, 2:], np.log(size / anchor[:, 2:])], axis=1)
    own = (overlap >= 0.5) | (overlap == overlap.max())
    return own, np.where(own[:, None], offsets, 0.0)


def detector(name: str, sides: tuple[int, ...], forms: tuple[tuple[float, float], ...], classes: int) -> Made:
    """Made shapes of 64 × 64 with the targets of each anchor: nothing in the program matches boxes and anchors, so that
    it is done before, as a part of making the data."""

    def make(folder: Path) -> Document:
        from nndesigner.data.catalogue import source

        shapes = source("shapes")
        assert shapes is not None
        given = {each.name: each.default for each in shapes.parameters}
        loaded = shapes.load({**given, "samples": 60, "size": 64, "colour": True}, folder, lambda *_: None)
        places = anchors(sides, forms)
        found = [matched(box / 64, places) for box in loaded.arrays["box"]]
        own = np.stack([each[0] for each in found])
        offsets = np.stack([each[1] for each in found])
        kinds = own.astype(np.int64)
        if classes > 2:  # yes or no for each class
            one = np.zeros((*own.shape, classes), np.float32)
            one[..., :3] = own[..., None] * np.eye(3)[loaded.arrays["shape"]][:, None]
            kinds = one
        path = archive(folder, image=loaded.arrays["image"], kinds=kinds, offsets=offsets)
        values = {"path": path, "x": "image", "y": "kinds, offsets", "target_preparation": "none"}
        return with_data(
            project(name),
            "numpy",
            values,
            {"kinds": {"target": "kinds"}, "offsets": {"target": "offsets"}},
        )

    return make


def metric(loss: str) -> Made:
    return lambda folder: project("digits-embedding", metric_loss=loss)


# -- the table ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Entry:
    """One network: its number in the list, a name, how it is made; `still` are learnable numbers that need not move."""

    number: int
    name: str
    make: Made | None = None
    plan: dict[str, Any] = field(default_factory=dict)
    still: tuple[str, ...] = ()

    def document(self, folder: Path) -> Document:
        made = self.make(folder) if self.make is not None else project(f"networks/{self.name}")
        return made.apply(edits.set_plan(made, {**TWO, **self.plan}))


FORTY = (
    Entry(1, "01a-linear-regression"),
    Entry(1, "01b-polynomial-regression"),
    Entry(2, "02-softmax-regression"),
    Entry(3, "03-mlp"),
    Entry(4, "04-house-prices"),
    Entry(5, "05-fraud"),
    Entry(6, "06-lenet5"),
    Entry(7, "07-convnet"),
    Entry(8, "08a-alexnet"),
    Entry(8, "08b-vgg"),
    Entry(9, "09-nin"),
    Entry(10, "10-googlenet"),
    Entry(11, "11-resnet"),
    Entry(12, "12-densenet"),
    Entry(13, "13a-xception"),
    Entry(13, "13b-mobilenet"),
    Entry(14, "14-transfer-learning"),
    Entry(15, "15-denoising-autoencoder", again("networks/15-denoising-autoencoder", "autoencoder")),
    Entry(16, "16a-vae", again("networks/16a-vae", "variational")),
    Entry(16, "16b-conv-vae", again("networks/16b-conv-vae", "variational")),
    Entry(17, "17c-dcgan"),
    Entry(18, "18e-conditional-gan"),
    Entry(18, "18f-wgan-gp", plan={"discriminator_steps": 1}, still=("discriminator.score.bias",)),
    Entry(19, "19a-unet"),
    Entry(19, "19b-unet-residual"),
    Entry(20, "20-fcn"),
    Entry(21, "21a-espcn"),
    Entry(21, "21b-edsr"),
    Entry(22, "22a-siamese", pairs_of_digits),
    Entry(22, "22b-siamese-distance", distances, still=("tower.embed.bias",)),
    Entry(22, "22c-triplet", triplets, still=("tower.embed.bias",)),
    Entry(22, "contrastive", metric("contrastive"), {"batch_size": 64}, ("place.bias",)),
    Entry(22, "triplet", metric("triplet"), {"batch_size": 64}, ("place.bias",)),
    Entry(
        23,
        "23a-ssd",
        detector("networks/23a-ssd", (8, 4, 2, 1), ((1, 1), (0.7, 0.7), (1.4, 0.7), (0.7, 1.4)), 2),
    ),
    Entry(
        23,
        "23b-retinanet",
        detector("networks/23b-retinanet", (8, 4, 2), ((1, 1), (1.4, 0.7), (0.7, 1.4)), 5),
    ),
    Entry(24, "24-style-transfer", picture_and_style),
    Entry(25, "25-char-rnn-classifier"),
    Entry(26, "26a-char-language-model"),
    Entry(26, "26b-gru-language-model"),
    Entry(26, "26c-word-language-model"),
    Entry(27, "27a-bilstm-sentiment"),
    Entry(27, "27b-bilstm-first-and-last"),
    Entry(28, "28-text-cnn"),
    Entry(29, "29a-bahdanau-translator"),
    Entry(29, "29b-lstm-addition"),
    Entry(30, "30a-text-transformer"),
    Entry(30, "30b-series-transformer"),
    Entry(31, "31-transformer-translator"),
    Entry(32, "32-mini-gpt"),
    Entry(33, "33-bert", hidden_words),
    Entry(34, "34a-vision-transformer"),
    Entry(34, "34b-patch-transformer"),
    Entry(35, "35a-mlp-mixer"),
    Entry(35, "35b-conv-mixer"),
    Entry(36, "36a-lstm-forecaster"),
    Entry(36, "36b-gru-several-steps"),
    Entry(37, "37a-series-classifier"),
    Entry(37, "37b-series-autoencoder"),
    Entry(37, "37c-speaker-recognition", names_of_speakers),
    Entry(38, "38a-matrix-factorization"),
    Entry(38, "38b-neumf"),
    Entry(38, "38c-wide-and-deep"),
    Entry(39, "39-pointnet", clouds),
    Entry(40, "digits-ctc", lambda folder: project("digits-ctc")),
)


def run_of(entry: Entry, folder: Path) -> tuple[RunFolder, Document, Link]:
    """Two steps by the worker's own job."""
    document, link = entry.document(folder), Link()
    result = train(Train(encode(document), str(EXAMPLES / "networks"), str(folder / "run")), link)  # type: ignore[arg-type]
    assert result["steps"] == 2 and result["state"] == "stopped"
    return open_run(Path(result["path"])), document, link


def test_every_number_of_the_list_is_here() -> None:
    assert {entry.number for entry in FORTY} == set(range(1, 41))


LARGE = ("10-googlenet", "19a-unet", "24-style-transfer", "26b-gru-language-model")
"""of which two steps take longer than of all others"""


@pytest.mark.parametrize(
    "entry",
    [pytest.param(e, marks=pytest.mark.long) if e.name in LARGE else e for e in FORTY],
    ids=lambda entry: entry.name,
)
def test_it_trains_two_steps(entry: Entry, tmp_path: Path) -> None:
    run, document, link = run_of(entry, tmp_path)
    assert link.losses and all(map(math.isfinite, link.losses))
    torch.manual_seed(whole_plan(document)[0]["seed"])
    before = build(check(run.document()))
    learns = {name for name, numbers in before.named_parameters() if numbers.requires_grad}
    best = run.best_checkpoint()
    assert best is not None
    after = load_file(best.path / "model.safetensors")
    first = before.state_dict()
    moved = {name for name in learns if not torch.equal(after[name], first[name])}
    assert learns - moved <= set(entry.still)


@pytest.mark.long
@pytest.mark.parametrize("entry", FORTY, ids=lambda entry: entry.name)
def test_what_was_trained_leaves_as_a_file(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate runs each file in a fresh process and compares its answers; the figure is the largest difference."""
    import tqdm

    monkeypatch.setattr(
        tqdm.tqdm, "monitor_interval", 0
    )  # the bar of torch's exporter has a thread that would stay
    run, _, _ = run_of(entry, tmp_path)
    for format, ending in (("onnx", "onnx"), ("safetensors", "safetensors")):
        job = Export(str(run.path), format, str(tmp_path / f"{entry.name}.{ending}"))
        result = export(job, Link())  # type: ignore[arg-type]
        assert Path(result["path"]).stat().st_size > 0
        assert result["max_abs_difference"] is None or result["max_abs_difference"] < 1e-3
