from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset
from nndesigner.data.inputs import read_inputs
from nndesigner.data.tokens import PAD, UNKNOWN, text_of

Load = Callable[..., Dataset]
GOOD, BAD = ("fine", "great", "lovely"), ("dull", "poor", "awful")


@pytest.fixture
def reviews(tmp_path: Path) -> Callable[..., str]:
    def write(rows: int = 60, extra: tuple[str, ...] = ()) -> str:
        lines = ["id,review,stars,mood"]
        for i in range(rows):
            words = BAD if i % 2 else GOOD
            lines.append(
                f'{i},"A {words[i % 3]} film, number {i}.",{1 + 2 * (i % 2)}.5,{("happy", "sad")[i % 2]}'
            )
        (tmp_path / "r.csv").write_text("\n".join([*lines, *extra]))
        return "r.csv"

    return write


@pytest.mark.parametrize("unit", ["word", "character", "byte-pair"])
def test_texts_are_read_in_every_unit(
    unit: str, load: Load, reviews: Callable[..., str], learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("text_table", path=reviews(), unit=unit, vocabulary=300)
    text, mood = data.fields["text"], data.fields["mood"]
    assert (text.kind, mood.classes) == ("tokens", ("happy", "sad"))
    assert text.tokens[:2] == (PAD, UNKNOWN) and text.tokenizer["unit"] == unit
    assert data.arrays["text"].shape == (60, text.sizes[0])
    if unit != "word":
        assert text_of(text, data.arrays["text"][0]) == "A fine film, number 0."
    assert text.thumbnails[0]["text"].startswith("A ")
    learns(data)


def test_the_vocabulary_is_that_of_the_training_part(load: Load, reviews: Callable[..., str]) -> None:
    data = load("text_table", path=reviews())
    text = data.fields["text"]
    known = {str(i) for i in data.indices["train"]}
    assert {token for token in text.tokens if token.isdigit()} == known
    unknown = text.tokens.index(UNKNOWN)
    assert not np.any(data.arrays["text"][data.indices["train"]] == unknown)
    assert np.all((data.arrays["text"][data.indices["test"]] == unknown).sum(axis=1) == 1)
    assert "are not in the vocabulary" in " ".join(data.remarks)
    other = load("text_table", path="r.csv", split_seed=5, unit="character")
    assert other.fingerprint == data.fingerprint, "of the data, not of its split or its tokens"


def test_lengths_are_chosen_or_found(load: Load, reviews: Callable[..., str]) -> None:
    path = reviews(extra=(f'99,"{"very " * 900}long",1.5,sad',))
    data = load("text_table", path=path, length=3)
    assert data.arrays["text"].shape == (61, 3) and "longer than 3 tokens and are cut" in " ".join(
        data.remarks
    )
    assert load("text_table", path=path, test_share=0.0, validation_share=0.0).arrays["text"].shape == (
        61,
        512,
    )


def test_a_number_may_be_the_answer(
    load: Load, reviews: Callable[..., str], learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("text_table", path=reviews(), target="stars", task="number")
    assert data.fields["stars"].kind == "number" and data.fields["stars"].preparation
    learns(data)


def test_rows_without_text_or_answer_are_left_out(load: Load, reviews: Callable[..., str]) -> None:
    data = load("text_table", path=reviews(extra=("98,,1.5,sad", '97,"A film.",1.5,')))
    assert data.counts["all"] == 60
    told = " ".join(data.remarks)
    assert (
        "1 of 62 rows are left out because “review” is empty" in told and "target “mood” is missing" in told
    )


def test_refusals(refused: Callable[..., str], reviews: Callable[..., str], tmp_path: Path) -> None:
    path = reviews()
    assert "no column “text”" in refused("text_table", path=path, text="text")
    assert "cannot be the same column" in refused("text_table", path=path, text="mood", target="mood")
    (tmp_path / "one.csv").write_text("text\nhello there\nyou\n")
    assert "no column with answers" in refused("text_table", path="one.csv")
    (tmp_path / "empty.csv").write_text("text,y\nhello there,\n,1\n,2\n")
    assert "No row of empty.csv has both" in refused("text_table", path="empty.csv")


def test_new_texts_are_read_as_the_network_learned_them(
    load: Load, reviews: Callable[..., str], tmp_path: Path
) -> None:
    data = load("text_table", path=reviews())
    (tmp_path / "new.txt").write_text("A great film.\n\nAn awful zebra.\n")
    codes = read_inputs(tmp_path / "new.txt", [data.fields["text"]]).arrays["text"]
    assert codes.shape == (2, data.fields["text"].sizes[0])
    assert text_of(data.fields["text"], codes[0]) == "A great film."
    assert text_of(data.fields["text"], codes[1]) == "<unknown> awful <unknown>."
