"""The samples that the page of the augmentation shows are those that training would see, and the words say what they
are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Augment
from nndesigner.worker.jobs.augment import augment
from nndesigner.worker.link import Link
from tests.training.small import Recorder, chain, dataset, mlp
from tests.training.test_augmenting import digits


def ask(document: Document, **options: Any) -> dict[str, Any]:
    job = Augment(encode(document), "", **options)
    return augment(job, Link(Recorder(), job))


def test_the_first_column_is_the_data_and_the_others_are_drawn_from_the_seed() -> None:
    document = digits([{"type": "horizontal_flip", "parameters": {"probability": 1.0}}])
    data = dataset(document)
    found = ask(document, first=3, samples=3, draws=2)
    assert found["numbers"] == data.indices["train"][3:6].tolist()
    assert found["kind"] == "image" and found["steps"] == [0]
    raw = data.arrays["image"][found["numbers"]].astype(np.float32)
    assert np.abs(found["pictures"][:, 0] - raw / 16 * 255).max() <= 1
    for draw in (1, 2):
        assert np.array_equal(found["pictures"][:, draw], found["pictures"][:, 0, ..., ::-1])
    names = [str(data.arrays["digit"][n]) for n in found["numbers"]]
    assert [row[1] for row in found["words"]] == [row[0] for row in found["words"]]
    assert len(names) == len(found["words"]) and all(len(row) == 3 for row in found["words"])
    noisy = digits([{"type": "noise"}])
    first, again, other = (ask(noisy, seed=seed)["pictures"] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.array_equal(first[:, 0], other[:, 0])


def test_words_of_mixed_samples_name_both() -> None:
    found = ask(
        digits([{"type": "mixup", "parameters": {"probability": 1.0, "alpha": 50.0}}]), samples=4, draws=1
    )
    for row in found["words"]:
        assert row[1].startswith(f"{row[0]} (") and " + " in row[1] and row[1].endswith("%)")


def test_masks_come_along_and_belong_to_their_pictures() -> None:
    layers = [
        ("ImageInput", {}),
        ("Conv2d", {"out_channels": 4, "kernel_size": [1, 1]}),
        ("Output", {"target": "mask"}),
    ]
    document = chain("shapes", layers, {"samples": 30, "noise": 0.0})
    flip = {"type": "vertical_flip", "parameters": {"probability": 1.0}}
    found = ask(document.apply(edits.set_augmentation(document, [flip])))
    assert np.array_equal(found["masks"][:, 1], found["masks"][:, 0, ::-1])
    shape = found["masks"][:, 1] > 0
    bright = found["pictures"][:, 1, 0]
    assert bright[shape].min() > bright[~shape].max()


def test_series_are_shown_in_the_units_of_the_data() -> None:
    layers = [("SequenceInput", {}), ("Flatten", {}), ("Linear", {"out_features": 1}), ("Output", {})]
    document = chain("sine", layers, {"length": 300})
    document = document.apply(edits.set_augmentation(document, [{"type": "window_mask"}]))
    found = ask(document, samples=2)
    data = dataset(document)
    name = found["field"]
    assert found["kind"] == "series"
    np.testing.assert_allclose(found["series"][:, 0], data.arrays[name][found["numbers"]], atol=1e-5)


def test_a_project_without_a_network_shows_its_data_and_steps_that_do_not_fit_are_left_out() -> None:
    document = chain("digits", [])
    entries = [{"type": "hue"}, {"type": "rotation"}, {"type": "nothing"}]
    found = ask(document.apply(edits.set_augmentation(document, entries)), samples=1, draws=1)
    assert found["steps"] == [1] and not np.array_equal(found["pictures"][0, 0], found["pictures"][0, 1])


def test_what_cannot_be_shown_is_refused_in_a_sentence() -> None:
    with pytest.raises(Refusal, match="Only pictures and series"):
        ask(mlp())
    with pytest.raises(Refusal, match="no data yet"):
        ask(edits.new_document())


def test_large_pictures_are_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nndesigner.worker.jobs.augment.LARGEST", 4)
    found = ask(digits([]), samples=2, draws=1)
    assert found["pictures"].shape == (2, 2, 1, 4, 4)
    assert torch.from_numpy(found["pictures"]).float().mean() > 0
