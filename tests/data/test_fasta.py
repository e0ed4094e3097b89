from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data.dataset import Dataset
from nndesigner.data.fasta import read_fasta
from nndesigner.data.tokens import text_of

Load = Callable[..., Dataset]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str, name: str = "s.fa") -> str:
        (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
        return name

    return write


def genes(n: int = 40) -> str:
    draw = np.random.RandomState(0)
    lines = []
    for i in range(n):
        bases = "".join(draw.choice(list("AACGT" if i % 2 else "ACGGT"), 10 + i % 5))
        lines += [f">gene{i}|chr1 {('rich', 'poor')[i % 2]}", bases[:8], bases[8:].lower()]
    return "\n".join(lines)


@pytest.mark.parametrize("name", ["s.fa", "s.fa.gz"])
def test_headings_say_the_class(
    name: str, load: Load, write: Callable[..., str], learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("fasta", path=write(genes(), name))
    field = data.fields["sequence"]
    assert data.fields["class"].classes == ("poor", "rich") and data.arrays["class"][:2].tolist() == [1, 0]
    assert field.tokens == ("<pad>", *"ACGTN") and field.sizes == (14,)
    assert len(text_of(field, data.arrays["sequence"][0])) == 10
    learns(data)


def test_other_places_of_the_class(load: Load, write: Callable[..., str]) -> None:
    text = "".join(f">s{i}|{'ab'[i % 2]}|x class={'uv'[i % 2]}; k\nACGT\n" for i in range(20))
    path = write(text)
    assert load("fasta", path=path, label="second").fields["class"].classes == ("a", "b")
    assert load("fasta", path=path, label="key").fields["class"].classes == ("u", "v")
    other = write(">p\nACGTAC\n>q\nGGG\n", "other.fa")
    data = load("fasta", path=path, second=other, test_share=0.0, validation_share=0.0)
    assert data.fields["class"].classes == ("other", "s") and data.counts["all"] == 22


def test_rna_gaps_and_mixed_bases(load: Load, write: Callable[..., str]) -> None:
    data = load("fasta", path=write(">a x\nAC-GU.\nRY\n>b y\nACGTACGTAC\n" * 6), length=7)
    assert text_of(data.fields["sequence"], data.arrays["sequence"][0]) == "ACGTNN"
    assert "longer than 7 and are cut" in " ".join(data.remarks)


def test_proteins_are_known_by_their_letters(load: Load, write: Callable[..., str]) -> None:
    data = load("fasta", path=write(">a x\nMKVLAAGIE*\n>b y\nWWKLMPQRST\n" * 6))
    assert text_of(data.fields["sequence"], data.arrays["sequence"][0]) == "MKVLAAGIE*"


@pytest.mark.parametrize(
    ("text", "more", "sentence"),
    [
        ("ACGT\n", {}, "Line 1 of s.fa comes before any heading"),
        ("\n;note\n", {}, "holds no sequence"),
        (">a x\nACGT\nAC1T\n", {}, "Line 3 of s.fa holds “1”"),
        (">a x\nACGT\n>b y\n>c z\nA\n", {}, "“b y” at line 3 of s.fa is empty"),
        (">a x\nACGT\n>b\nACGT\n", {}, "“b” at line 3 of s.fa does not say a class"),
        (">a x\nACGT\n>b x\nACGT\n", {}, "have 1 different classes"),
        (
            ">a x\nACGT\n>b y\nACEL\n",
            {"letters": "dna"},
            "“b y” at line 3 of s.fa holds “E”, which is no nucleotide",
        ),
    ],
)
def test_refusals_name_the_line(
    text: str, more: dict[str, str], sentence: str, refused: Callable[..., str], write: Callable[..., str]
) -> None:
    assert sentence in refused("fasta", path=write(text), **more)


def test_damaged_archives_are_told(write: Callable[..., str], tmp_path: Path) -> None:
    good = gzip.compress(genes().encode())
    for data in (good[:-20], good[:30] + bytes(20) + good[50:]):
        (tmp_path / "bad.gz").write_bytes(data)
        with pytest.raises(Refusal, match=r"bad\.gz"):
            list(read_fasta(tmp_path / "bad.gz"))
