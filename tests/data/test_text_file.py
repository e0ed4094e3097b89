from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.data import sliced, stored, text_file
from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]
EXAMPLES = Path(__file__).parents[2] / "examples" / "data"


def written(data: Dataset, name: str) -> list[str]:
    return ["".join(data.fields[name].tokens[code] for code in row) for row in data.arrays[name]]


@pytest.fixture
def text(tmp_path: Path) -> Callable[[str | bytes], str]:
    def write(content: str | bytes) -> str:
        (tmp_path / "t.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
        return "t.txt"

    return write


def test_the_target_is_the_text_one_further(load: Load, text: Callable[[str | bytes], str]) -> None:
    data = load("text", path=text("abcdefghij" * 5 + "k"), window=10, validation_share=0.2, test_share=0.0)
    assert written(data, "text") == ["abcdefghij"] * 5
    assert written(data, "next") == ["bcdefghija"] * 4 + ["bcdefghijk"]
    assert data.fields["text"].tokens == tuple("abcdefghijk")
    assert (data.fields["text"].role, data.fields["next"].role) == ("input", "target")
    assert data.fields["next"].axes == (("time", 10),)
    assert data.arrays["text"].dtype == np.int64


@pytest.mark.parametrize("step", [0, 1, 5, 16, 40])
def test_no_character_is_in_two_parts(step: int, load: Load) -> None:
    window = 16
    data = load("text", path=str(EXAMPLES / "stories.txt"), window=window, step=step)
    stride = step or window
    parts = [data.indices[name] for name in ("train", "validation", "test")]
    for earlier, later in pairwise(parts):
        assert earlier[-1] * stride + window < later[0] * stride


def test_smaller_steps_give_more_windows(load: Load, text: Callable[[str | bytes], str]) -> None:
    path = text("".join(chr(97 + i % 26) for i in range(200)))
    for step, samples in ((1, 196), (2, 98), (4, 49), (0, 49)):
        data = load("text", path=path, window=4, step=step)
        assert data.counts["all"] == samples
        assert all(b[:3] == a[1:] for a, b in zip(written(data, "text"), written(data, "next"), strict=True))


def test_line_ends_marks_and_case(load: Load, text: Callable[[str | bytes], str]) -> None:
    content = "\ufeffÜber A\u0308\r\nb\rc" + " xyz" * 40
    plain = load("text", path=text(content), window=4)
    assert "\r" not in plain.fields["text"].tokens and "\ufeff" not in plain.fields["text"].tokens
    assert "Ä" in plain.fields["text"].tokens  # composed of two in the file
    small = load("text", path="t.txt", window=4, lower_case=True)
    assert "ü" in small.fields["text"].tokens and "Ü" not in small.fields["text"].tokens
    assert load("text", path=text(content.encode("utf-16")), window=4).fields["text"].tokens


@pytest.mark.parametrize(
    ("content", "more", "sentence"),
    [
        (b"short", {}, "5 tokens, too few for a window of 64"),
        (b"abc\xff\xfe" * 100, {}, "is not UTF-8 text (byte 3)"),
        (b"\x7fELF\0\0" * 100, {}, "is not a text file"),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 6000))), {}, "6,000 different characters"),
        ("ab" * 100_000, {"window": 60_000, "step": 1}, "take a larger step"),
    ],
)
def test_refusals(
    content: str | bytes,
    more: dict[str, int],
    sentence: str,
    refused: Callable[..., str],
    text: Callable[[str | bytes], str],
) -> None:
    assert sentence in refused("text", path=text(content), **more)


def test_the_example_text_is_enough_to_learn_from(load: Load) -> None:
    data = load("text", path=str(EXAMPLES / "stories.txt"))
    assert 30 <= len(data.fields["text"].tokens) <= 80
    assert data.counts["train"] > 300 and data.counts["test"] > 30
    assert data.remarks == ()
    assert load("text", path=str(EXAMPLES / "stories.txt"), lower_case=True).fingerprint != data.fingerprint


@pytest.mark.parametrize("unit", ["word", "byte-pair"])
def test_words_and_byte_pairs_are_learned_from_the_beginning(
    unit: str,
    load: Load,
    text: Callable[[str | bytes], str],
    learns: Callable[[Dataset], list[float]],
) -> None:
    path = text("the cat sat on the mat. " * 80 + "Zebras never. " * 50)
    data = load("text", path=path, unit=unit, window=8, vocabulary=300)
    field = data.fields["text"]
    if unit == "word":
        assert field.tokens[0] == "<unknown>" and "cat" in field.tokens and "Zebras" not in field.tokens
        assert 0 in data.arrays["text"][data.indices["test"]] and 0 not in data.arrays["text"][:40]
    assert np.array_equal(data.arrays["text"][5, 1:], data.arrays["next"][5, :-1])
    learns(data)


@pytest.mark.parametrize(
    "parameters",
    [{"window": 16}, {"window": 12, "step": 5, "lower_case": True}, {"window": 8, "unit": "word"}],
)
def test_windows_through_files_are_those_in_memory(
    parameters: dict[str, Any],
    load: Load,
    text: Callable[[str | bytes], str],
    refused: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = text("The quick fox jumps over the lazy dog, and the dog sleeps on. " * 30)
    whole = load("text", path=path, **parameters)
    monkeypatch.setattr(stored, "IN_MEMORY", 0)
    monkeypatch.setattr(sliced, "BLOCK_BYTES", 200)
    for through in (load("text", path=path, **parameters), load("text", path=path, **parameters)):
        assert (through.fingerprint, through.fields) == (whole.fingerprint, whole.fields)
        for part in whole.indices:
            assert np.array_equal(through.indices[part], whole.indices[part])
        for name, array in whole.arrays.items():
            assert isinstance(through.arrays[name], np.memmap) and not isinstance(array, np.memmap)
            assert np.array_equal(through.arrays[name], array)
    monkeypatch.setattr(text_file, "LARGEST", 1000)
    assert refused("text", path=path, **parameters | {"window": 9}).endswith(
        "windows of 9 tokens take 0 GB: take a larger step."
    )
