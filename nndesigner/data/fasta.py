"""FASTA files: sequences of DNA, RNA or protein, each behind a line that begins with “>”.

The format is that of Pearson and Lipman (1988); codes are those of IUPAC-IUB. The class of a sequence is a word of its
heading, or the file that it stands in.

Not read by Biopython, whose `SimpleFastaParser` and `FastaIterator` take any text of any length and name no wrong line.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, IntField, PathField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.files import chosen_file, readable
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS
from nndesigner.data.tokens import PAD, padded

MOST_BYTES = 2 << 30
MOST_UNPACKED = 4 << 30
MOST_TOKENS = 200_000_000
MOST_CLASSES = 10_000
_LONGEST_LINE = 64 << 20
DNA, PROTEIN = "ACGTN", "ACDEFGHIKLMNPQRSTVWYBZXUOJ*"
_IUPAC = frozenset("RYSWKMBDHV")
_OTHERS = re.compile(r"[^A-Z*\-.]")


class Record(NamedTuple):
    """One sequence: its heading without “>”, the line on which that stands, and its letters, capital."""

    heading: str
    line: int
    letters: str


def read_fasta(path: Path) -> Iterator[Record]:
    """The sequences of a file, plain or gzip, one after the other. Raises `Refusal` naming the line that is wrong."""
    with readable(path), path.open("rb") as binary:
        packed = binary.read(2) == b"\x1f\x8b"
        binary.seek(0)
        try:
            if packed:
                with gzip.open(binary) as file:
                    yield from _records(file, path.name)  # type: ignore[arg-type]
            else:
                yield from _records(binary, path.name)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Refusal(tr("{name} cannot be unpacked: {detail}.", name=path.name, detail=error)) from error


def _records(file: IO[bytes], name: str) -> Iterator[Record]:
    heading, start = "", 0
    parts: list[str] = []
    number = total = 0
    while line := file.readline(_LONGEST_LINE + 1):
        number += 1
        total += len(line)
        if len(line) > _LONGEST_LINE or total > MOST_UNPACKED:
            raise Refusal(
                tr("{name} is too long at line {n:,}: this is more than is read.", name=name, n=number)
            )
        text = line.decode("utf-8", "replace").strip()
        if text.startswith(">"):
            if start:
                yield _record(heading, start, parts, name)
            heading, start, parts = text[1:].strip(), number, []
        elif text and not text.startswith(";"):
            if not start:
                raise Refusal(
                    tr(
                        "Line {n:,} of {name} comes before any heading: a FASTA file begins with “>”.",
                        n=number,
                        name=name,
                    )
                )
            letters = text.upper()
            if wrong := _OTHERS.search(letters):
                raise Refusal(
                    tr(
                        "Line {n:,} of {name} holds “{sign}”, which is no letter of a sequence.",
                        n=number,
                        name=name,
                        sign=wrong[0],
                    )
                )
            parts.append(letters)
    if not start:
        raise Refusal(tr("{name} holds no sequence: a FASTA file begins with “>”.", name=name))
    yield _record(heading, start, parts, name)


def _record(heading: str, line: int, parts: list[str], name: str) -> Record:
    letters = "".join(parts).replace("-", "").replace(".", "")
    if not letters:
        raise Refusal(
            tr(
                "The sequence “{heading}” at line {n:,} of {name} is empty.",
                heading=heading[:60],
                n=line,
                name=name,
            )
        )
    return Record(heading, line, letters)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    paths = [chosen_file(values["path"], folder, tr("the FASTA file"), MOST_BYTES)]
    two = bool(values["second"].strip())
    if two:
        paths.append(chosen_file(values["second"], folder, tr("the second FASTA file"), MOST_BYTES))
    records: list[Record] = []
    labels: list[str] = []
    for i, path in enumerate(paths):
        for record in read_fasta(path):
            if len(records) % 4096 == 0:
                progress(0.6 * i / len(paths), tr("{n:,} sequences", n=len(records)))
            records.append(record)
            labels.append(path.stem if two else _label(record, values, path.name))
    classes = tuple(sorted(set(labels)))
    if two and len({path.stem for path in paths}) < 2:
        raise Refusal(tr("The two files have the same name, which is to be their class: rename one of them."))
    if not 2 <= len(classes) <= MOST_CLASSES or (len(records) >= 10 and len(classes) > len(records) / 2):
        raise Refusal(
            tr(
                "{n:,} sequences have {classes:,} different classes by {how}: choose another place for the class, or a"
                " second file.",
                n=len(records),
                classes=len(classes),
                how=tr("file") if two else tr("heading"),
            )
        )
    remarks: list[str] = []
    alphabet = _alphabet(records, values["letters"], paths[0].name)
    lengths = np.array([len(record.letters) for record in records])
    length = values["length"] or int(lengths.max())
    if len(records) * length > MOST_TOKENS:
        raise Refusal(
            tr(
                "{n:,} sequences of {length:,} letters do not fit into memory: take a shorter length.",
                n=len(records),
                length=length,
            )
        )
    cut = int((lengths > length).sum())
    if cut:
        remarks.append(
            tr(
                "{n:,} of {all:,} sequences are longer than {length:,} and are cut.",
                n=cut,
                all=len(records),
                length=length,
            )
        )
    tokens = (PAD, *alphabet)
    table = np.full(
        128, tokens.index("N" if "N" in alphabet and len(alphabet) == len(DNA) else alphabet[0]), np.int64
    )
    for code, letter in enumerate(tokens[1:], 1):
        table[ord(letter)] = code
    if len(alphabet) == len(DNA):
        table[ord("U")] = tokens.index("T")
    rows = [table[np.frombuffer(record.letters[:length].encode("ascii"), np.uint8)] for record in records]
    code_of = {name: code for code, name in enumerate(classes)}
    return Loaded(
        fields=(
            DataField(
                name="sequence",
                role="input",
                kind="tokens",
                element="int",
                axes=(("time", length),),
                tokens=tokens,
                tokenizer={"unit": "character", "lower": False, "padded": True},
            ),
            DataField(name="class", role="target", kind="class", element="int", classes=classes),
        ),
        arrays={
            "sequence": padded(rows, length, 0),
            "class": np.array([code_of[label] for label in labels], np.int64),
        },
        remarks=tuple(remarks),
    )


def _label(record: Record, values: Values, file: str) -> str:
    """The class that the heading says. Raises `Refusal` naming its line where it says none."""
    words = re.split(r"[|\s]+" if values["label"] in ("last", "second") else r"\s+", record.heading)
    key = values["key"].strip()
    if values["label"] == "key":
        found = (
            re.search(rf"(?:^|[\s|;\[]){re.escape(key)}\s*=\s*([^\s|;\]]+)", record.heading) if key else None
        )
        if found:
            return found[1]
    elif values["label"] == "last" and len(words) > 1:
        return words[-1]
    elif values["label"] == "second" and len(words) > 1:
        return words[1]
    raise Refusal(
        tr(
            "The heading “{heading}” at line {n:,} of {file} does not say a class in this place.",
            heading=record.heading[:60],
            n=record.line,
            file=file,
        )
    )


def _alphabet(records: list[Record], letters: str, file: str) -> str:
    """The letters that count. Raises `Refusal` naming a sequence that has others."""
    nucleotides = frozenset(DNA) | {"U"} | _IUPAC
    if letters == "auto":
        sample = "".join(record.letters[:1000] for record in records[:200])
        plain = sum(sample.count(base) for base in "ACGTUN") / len(sample)
        # Nearly all of the plain bases: then another letter is a mistake, and no protein.
        letters = "dna" if plain > 0.85 or (plain > 0.5 and set(sample) <= nucleotides) else "protein"
    allowed = nucleotides if letters == "dna" else frozenset(PROTEIN)
    for record in records:
        if strange := set(record.letters) - allowed:
            raise Refusal(
                tr(
                    "The sequence “{heading}” at line {n:,} of {file} holds “{sign}”, which is no {kind}.",
                    heading=record.heading[:60],
                    n=record.line,
                    file=file,
                    sign=min(strange),
                    kind=tr("nucleotide") if letters == "dna" else tr("amino acid"),
                )
            )
    return DNA if letters == "dna" else PROTEIN


FASTA = Source(
    type="fasta",
    label="FASTA sequences",
    group="Texts and sequences",
    summary="Sequences of DNA, RNA or protein; predict the class of each.",
    help="Each letter of a sequence is a token. The class stands in the heading behind “>”, as its second or last"
    " word or as class=…, or there are two files, one per class (promoters.fa and others.fa). RNA is read as DNA (U"
    " as T), and the letters for several bases (R, Y, …) as N. Sequences are brought to one length. gzip files are"
    " unpacked.",
    synonyms=("dna", "rna", "protein", "genome", "biology", "bioinformatics", "biopython"),
    parameters=(
        PathField(
            name="path",
            label="File",
            filters="FASTA (*.fa *.fasta *.fna *.faa *.ffn *.gz)",
            help="The FASTA file, plain or packed with gzip.",
        ),
        PathField(
            name="second",
            label="Second file",
            filters="FASTA (*.fa *.fasta *.fna *.faa *.ffn *.gz)",
            help="The sequences of the other class, where each file is a class; empty takes the class from headings.",
        ),
        ChoiceField(
            name="label",
            label="Class in the heading",
            default="last",
            choices={
                "last": "its last word",
                "second": "its second word",
                "key": "behind a key, such as class=…",
            },
            help="Where the heading says the class. Words end at blanks and upright strokes.",
            shown_when=lambda values: not values.get("second"),
        ),
        TextField(
            name="key",
            label="Key",
            default="class",
            longest=100,
            help="The word before the equals sign.",
            shown_when=lambda values: values.get("label") == "key" and not values.get("second"),
        ),
        ChoiceField(
            name="letters",
            label="Letters",
            default="auto",
            choices={"auto": "automatic", "dna": "DNA or RNA", "protein": "protein"},
            help="What the letters stand for.",
        ),
        IntField(
            name="length",
            label="Length",
            default=0,
            minimum=0,
            maximum=1_000_000,
            unit="letters",
            help="Longer sequences are cut, shorter ones filled up with <pad>. 0 takes the longest.",
        ),
        *SPLIT_FIELDS,
    ),
    load=_load,
)
