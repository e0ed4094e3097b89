"""Arrays that are read a block at a time: in order, changed on the way, one after the other, never more than said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data import sliced, stored
from nndesigner.data.sliced import Array, Sliced, Tick, gathered, joined, of_memory
from nndesigner.data.stored import is_stored


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliced, "BLOCK_BYTES", 40)


def test_it_is_read_in_blocks_of_the_size_asked_for() -> None:
    array = np.arange(24).reshape(12, 2)
    x = of_memory(array)
    assert (x.shape, x.ndim, x.size, x.nbytes, len(x)) == ((12, 2), 2, 24, 192, 12)
    blocks = list(x.blocks())
    assert [len(block) for block in blocks] == [2] * 6 and np.array_equal(np.concatenate(blocks), array)
    assert [len(block) for block in of_memory(np.zeros((2, 99))).blocks()] == [1, 1]
    assert np.array_equal(x.whole(), array) and of_memory(np.float32(3)).whole() == 3
    assert of_memory(np.array(["a", "longer"] * 4)).whole().tolist() == ["a", "longer"] * 4


def test_blocks_are_changed_on_the_way() -> None:
    array = np.arange(24).reshape(4, 3, 2)
    rows = of_memory(array).each(lambda block: block.reshape(len(block), 6))
    assert rows.shape == (4, 6) and np.array_equal(rows.whole(), array.reshape(4, 6))
    turned = rows.each(lambda block: block[:, ::-1].astype(np.float32))
    assert turned.dtype == np.float32 and np.array_equal(turned.whole(), array.reshape(4, 6)[:, ::-1])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.arange(8).reshape(4, 2), np.arange(6).reshape(3, 2) + 9),
        (np.ones((4, 2)), np.ones((3, 2), np.uint8)),
        (np.ones((4, 2), np.float32), np.ones((3, 2), np.int64)),
        (np.array(["a", "b"]), np.array(["much longer"])),
    ],
)
def test_joined_is_concatenated(first: Array, second: Array) -> None:
    wanted = np.concatenate([first, second])
    found = joined([of_memory(first), of_memory(second)])
    assert found.shape == wanted.shape and found.whole().dtype == wanted.dtype
    assert np.array_equal(found.whole(), wanted)


@pytest.mark.parametrize("given", [np.zeros((2, 2)), np.zeros((4, 2)), np.zeros((3, 1))])
def test_what_is_not_as_it_was_said_is_refused(given: Array) -> None:
    def blocks(step: int, tick: Tick) -> Iterator[Array]:
        yield given

    x = Sliced((3, 2), np.float64, "a.npy", blocks)
    for asked in (x, x.each(np.copy), joined([x, x])):
        with pytest.raises(Refusal, match=r"^a\.npy changed while it was read: read it again\.$"):
            list(asked.blocks())


def test_more_than_fits_is_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliced, "WHOLE_BYTES", 100)
    with pytest.raises(Refusal, match="are read into memory"):
        of_memory(np.zeros((2, 99))).whole()


def test_what_is_gathered_lies_in_memory_or_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_stored(gathered((3, 2), np.float32, "a.npy"))
    monkeypatch.setattr(stored, "IN_MEMORY", 20)
    assert is_stored(gathered((3, 2), np.float32, "a.npy"))
    monkeypatch.setattr(stored, "SPARE", 1 << 60)
    with pytest.raises(Refusal, match=r"^The values of a\.npy take .* make room\.$"):
        gathered((3, 2), np.float32, "a.npy")
