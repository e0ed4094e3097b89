from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.base.data_field import DataField
from nndesigner.data.preparation import prepare
from nndesigner.training import feed as feeding
from nndesigner.training.feed import Feed, evaluation_batch
from nndesigner.training.prepared_later import PreparedLater

IMAGE = DataField(
    name="x",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 3), ("height", 5), ("width", 4)),
    preparation={"kind": "affine", "axis": 0, "offset": [1.0, 2.0, 3.0], "scale": [7.0, 3.0, 9.0]},
)
LABEL = DataField(name="y", role="target", kind="class", element="int", classes=("a", "b"))
ROWS = np.array([3, 1, 8, 19, 6, 11])


@pytest.fixture
def pixels(tmp_path: Path) -> np.memmap:
    made = np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=(20, 3, 5, 4))
    made[:] = np.random.RandomState(0).randint(0, 255, made.shape)
    return made


def test_it_stands_for_the_whole(pixels: np.memmap) -> None:
    later = PreparedLater(IMAGE, pixels, ROWS)
    whole = torch.from_numpy(prepare(IMAGE, np.asarray(pixels)[ROWS]))
    assert (later.shape, later.ndim, later.dtype, len(later)) == ((6, 3, 5, 4), 4, torch.float32, 6)
    assert later.numel() * later.element_size() == whole.numel() * whole.element_size()
    assert torch.equal(later[1:4], whole[1:4]) and torch.equal(later[2], whole[2])
    chosen = torch.tensor([5, 0, 0, 3])
    assert torch.equal(later.index_select(0, chosen), whole.index_select(0, chosen))
    with pytest.raises(ValueError, match="first axis"):
        later.index_select(1, chosen)


def test_batches_are_the_same_bit_for_bit(pixels: np.memmap, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {"x": pixels, "y": np.arange(20) % 2}
    indices = {"train": np.arange(14), "validation": np.arange(14, 20)}

    def batches() -> list[torch.Tensor]:
        feed = Feed({"x": IMAGE, "y": LABEL}, arrays, indices, ("x",), ("y",), torch.device("cpu"))
        seen = [*feed.epoch(1, 2, 4, False), *feed.evaluation("validation", 4)]
        sizes.append(evaluation_batch(feed.split("train"), 4))
        kinds.append(type(feed.split("train").inputs[0]))
        return [tensor for pair in seen for side in pair for tensor in side]

    sizes: list[int] = []
    kinds: list[type] = []
    at_once = batches()
    monkeypatch.setattr(feeding, "STORED_WHOLE", 100)
    monkeypatch.setattr(feeding, "SHUFFLED_WHOLE", 100)
    later = batches()
    assert kinds == [torch.Tensor, PreparedLater] and sizes[0] == sizes[1]
    assert len(at_once) == len(later)
    for a, b in zip(at_once, later, strict=True):
        assert torch.equal(a, b)


def test_an_epoch_that_is_left_leaves_nothing_running(
    pixels: np.memmap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "STORED_WHOLE", 100)
    monkeypatch.setattr(feeding, "SHUFFLED_WHOLE", 100)
    arrays = {"x": pixels, "y": np.arange(20) % 2}
    feed = Feed(
        {"x": IMAGE, "y": LABEL}, arrays, {"train": np.arange(20)}, ("x",), ("y",), torch.device("cpu")
    )
    batches = feed.epoch(1, 0, 2, False)
    next(batches)
    assert any(thread.name.startswith("feed") for thread in threading.enumerate())
    batches.close()
    assert not any(thread.name.startswith("feed") for thread in threading.enumerate())


def test_what_fails_ahead_fails_at_the_step(pixels: np.memmap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "STORED_WHOLE", 100)
    monkeypatch.setattr(feeding, "SHUFFLED_WHOLE", 100)
    arrays = {"x": pixels, "y": np.arange(20) % 2}
    feed = Feed(
        {"x": IMAGE, "y": LABEL}, arrays, {"train": np.arange(20)}, ("x",), ("y",), torch.device("cpu")
    )
    feed.split("train")

    def broken(self: PreparedLater, dimension: int, positions: torch.Tensor) -> torch.Tensor:
        raise OSError("the disk is gone")

    monkeypatch.setattr(PreparedLater, "index_select", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        list(feed.epoch(1, 0, 2, False))
