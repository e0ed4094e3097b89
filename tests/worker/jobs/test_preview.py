"""The preview job: the chosen sample goes first, what is subscribed comes back, and what is wrong is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.writer import encode
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.jobs import Preview
from nndesigner.protocol.messages import Frame
from nndesigner.worker import datasets, previews
from nndesigner.worker.dispatch import describe
from nndesigner.worker.jobs.preview import MACS, MOST_SAMPLES, preview
from nndesigner.worker.link import Link
from tests.training.small import Recorder, chain, dataset, mlp


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    previews.forget()
    yield
    previews.forget()


def ask(
    document: Document, *wanted: tuple[str, str], **options: object
) -> tuple[dict[str, object], list[Frame]]:
    recorder = Recorder()
    ids = {node.name: node.id for node in document.nodes()}
    subscriptions = tuple(Subscription(ids.get(name, ""), what, {"sample": 0}) for name, what in wanted)
    job = Preview(encode(document), "", subscriptions, **options)  # type: ignore[arg-type]
    return preview(job, Link(recorder, job)), recorder.of(Frame)


def digits(*more: tuple[str, dict[str, object]], channels: int = 4) -> Document:
    layers = [("ImageInput", {}), ("Conv2d", {"out_channels": channels}), ("ReLU", {}), *more]
    return chain("digits", [*layers, ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})])


def test_the_chosen_sample_is_the_one_that_is_shown() -> None:
    document = digits()
    data = dataset(document)
    found, frames = ask(
        document, ("image1", "feature_maps"), ("conv1", "feature_maps"), split="test", index=5
    )
    number = int(data.indices["test"][5])
    assert found["number"] == number and found["samples"] == len(data.indices["test"])
    picture, maps = frames
    raw = data.arrays["image"][number, 0].astype(np.float32)
    grey = np.round((raw - raw.min()) / (raw.max() - raw.min()) * 255)
    assert np.abs(picture.arrays["maps"][0].astype(np.float32) - grey).max() <= 1
    assert picture.meta["index"] == maps.meta["index"] == number
    assert maps.arrays["maps"].shape[0] == 4


def test_it_goes_with_others_so_that_dead_units_can_be_told() -> None:
    found, (health,) = ask(digits(), ("", "health"))
    assert found["batch"] == MOST_SAMPLES
    names = health.meta["names"]
    assert np.isfinite(health.arrays["dead"][names.index("relu1")])
    assert np.isnan(health.arrays["gradient_norm"]).all(), "nothing has been learned"


def test_a_large_network_takes_fewer_samples_along() -> None:
    document = digits(("Conv2d", {"out_channels": 512, "kernel_size": 3}), channels=256)
    found, _ = ask(document)
    checked = previews.network(encode(document), None).checked
    assert found["batch"] == max(MACS // checked.macs.at(checked.example), 4) < MOST_SAMPLES


def test_threads_and_what_is_not_had_before_training_are_left_alone() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        _, frames = ask(
            mlp(), ("linear1", "gradient_magnitudes"), ("", "confusion_matrix"), ("", "update_ratio")
        )
        assert frames == [] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_what_cannot_be_previewed_is_a_sentence() -> None:
    with pytest.raises(Refusal, match="no samples in the part “future”"):
        ask(mlp(), split="future")
    broken = digits()
    linear = next(node for node in broken.nodes() if node.type == "Linear")
    broken = broken.apply(edits.set_parameters(broken, linear.id, {"out_features": 3}))
    with pytest.raises(Refusal, match="10 classes"):
        ask(broken)


def test_a_position_beyond_the_end_is_the_last_one() -> None:
    document = mlp()
    found, _ = ask(document, split="test", index=10**6)
    assert found["number"] == int(dataset(document).indices["test"][-1])


def test_a_layer_that_cannot_be_computed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an embedding that meets a token beyond its table."""
    document = mlp()

    def fails(self: object, x: torch.Tensor) -> torch.Tensor:
        raise IndexError("index out of range in self\nmore")

    monkeypatch.setattr(torch.nn.Tanh, "forward", fails)
    with pytest.raises(
        Refusal, match=r"^“tanh1” cannot be computed for this sample: index out of range in self$"
    ):
        ask(document, ("tanh1", "node_output"))


def test_too_little_memory_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: object, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(torch.nn.Tanh, "forward", fails)
    with pytest.raises(RuntimeError) as raised:
        ask(mlp())
    told = describe(raised.value, Preview(b"", ""))
    assert told.code == "memory" and "one sample" in told.sentence


def test_the_data_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(mlp())
    monkeypatch.setattr(datasets.dataset, "read", lambda *_: pytest.fail("read again"))
    ask(mlp(), index=3)
