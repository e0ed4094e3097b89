"""A table of texts and answers: predict the class or number that goes with a text."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, IntField, PathField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.csv_columns import MISSING
from nndesigner.data.csv_rows import MOST_BYTES, Cells, Rows
from nndesigner.data.files import chosen_file
from nndesigner.data.preparation import TARGET_PREPARATION
from nndesigner.data.row_parts import SPLIT_BY, SPLIT_COLUMN, split_of, splitting_column
from nndesigner.data.source import Array, Indices, Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS
from nndesigner.data.table_files import FILTERS, read_table
from nndesigner.data.tables import column_target, target_position
from nndesigner.data.tokens import PAD, TOKEN_FIELDS, UNKNOWN, Encoder, learned, padded

MOST_TOKENS = 200_000_000
LONGEST = 512
"""tokens of a sample where nothing else is said"""

LENGTH = IntField(
    name="length",
    label="Length",
    default=0,
    minimum=0,
    maximum=100_000,
    unit="tokens",
    help="Tokens per sample: longer texts are cut, shorter ones filled up with <pad>. 0 takes the longest text of the"
    " training part, at most 512.",
)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the table of texts"), MOST_BYTES)
    rows = read_table(path, "auto", span(progress, 0.0, 0.6))
    return texts_from(rows, values, path.name, span(progress, 0.6, 1.0))


def texts_from(rows: Rows, values: Values, file: str, progress: Progress) -> Loaded:
    """The rows as texts and answers; `file` names them in sentences. Raises `Refusal` naming what is wrong."""
    remarks = list(rows.remarks)
    names = [cells.name for cells in rows.columns]
    splitting = splitting_column(rows, values, file)
    text = text_column(rows, values["text"], file, (values["target"].strip(),))
    if values["target"].strip():
        target = target_position(names, values["target"], file)
    else:
        free = [i for i in range(len(names)) if i != text and rows.columns[i] is not splitting]
        if not free:
            raise Refusal(tr("{file} has no column with answers beside the texts.", file=file))
        target = free[-1]
    if target == text:
        raise Refusal(tr("The texts and the answers cannot be the same column “{name}”.", name=names[text]))
    present, answer_for = column_target(rows, target, values, file, remarks)
    cells = rows.columns[text]
    kept = np.flatnonzero(present & written(cells, remarks)).astype(np.int64)
    if not len(kept):
        raise Refusal(tr("No row of {file} has both a text and an answer.", file=file))
    answer, answers = answer_for(kept)
    name = "text" if answer.name != "text" else "words"
    texts, place = cells.texts, cells.codes[kept]

    def settle(train: Indices) -> Loaded:
        """The texts as numbers, over the vocabulary of the training part."""
        tokens, spec = learned(
            (texts[code] for code in place[train]),
            values["unit"],
            values["vocabulary"],
            values["lower_case"],
            (PAD, UNKNOWN),
        )
        codes, length = tokenized(
            [texts[code] for code in place], train, tokens, spec, values["length"], told := list(remarks)
        )
        field = DataField(
            name=name,
            role="input",
            kind="tokens",
            element="int",
            axes=(("time", length),),
            tokens=tokens,
            tokenizer={**spec, "padded": True},
        )
        return replace(
            loaded, fields=(field, answer), arrays={name: codes, answer.name: answers}, remarks=tuple(told)
        )

    loaded = Loaded(
        fields=(answer,),
        arrays={answer.name: answers},
        remarks=tuple(remarks),
        settle=settle,
        mark=marked([texts[code] for code in place]),
        **split_of(splitting, rows, kept, values["split_by"], file),
    )
    progress(1.0, tr("{n:,} texts", n=len(kept)))
    return loaded


def text_column(rows: Rows, wanted: str, file: str, others: tuple[str, ...] = ()) -> int:
    """The named column, or the one whose different texts are longest; `others` are not meant."""
    names = [cells.name for cells in rows.columns]
    if wanted.strip():
        return target_position(names, wanted, file)
    free = [i for i, name in enumerate(names) if name not in others]
    if not free:
        raise Refusal(tr("{file} has no column of texts.", file=file))
    return max(free, key=lambda i: float(np.mean([len(text) for text in rows.columns[i].texts[:1000]])))


def written(cells: Cells, remarks: list[str]) -> np.ndarray:
    """The rows that have a text; a remark on the others."""
    present: np.ndarray = np.array([text.casefold() not in MISSING for text in cells.texts], bool)[
        cells.codes
    ]
    if not present.all():
        remarks.append(
            tr(
                "{n:,} of {all:,} rows are left out because “{name}” is empty there.",
                n=int((~present).sum()),
                all=len(present),
                name=cells.name,
            )
        )
    return present


def tokenized(
    texts: list[str],
    train: Indices,
    tokens: tuple[str, ...],
    spec: dict[str, object],
    length: int,
    remarks: list[str],
) -> tuple[Array, int]:
    """The texts as token numbers (texts, length), padded at the end, and the length. Raises `Refusal`."""
    encode = Encoder(tokens, spec)
    rows = [encode(text) for text in texts]
    lengths = np.array([len(row) for row in rows], np.int64)
    length = length or max(min(int(lengths[train].max(initial=1)), LONGEST), 1)
    if len(rows) * length > MOST_TOKENS:
        raise Refusal(
            tr(
                "{n:,} texts of {length:,} tokens do not fit into memory: take a shorter length.",
                n=len(rows),
                length=length,
            )
        )
    cut = int((lengths > length).sum())
    if cut:
        remarks.append(
            tr(
                "{n:,} of {all:,} texts are longer than {length:,} tokens and are cut.",
                n=cut,
                all=len(rows),
                length=length,
            )
        )
    codes = padded(rows, length, tokens.index(PAD))
    if UNKNOWN in tokens:
        unknown = int((codes == tokens.index(UNKNOWN)).sum())
        if unknown:
            remarks.append(
                tr(
                    "{share:.1%} of the tokens are not in the vocabulary of {n:,} and count as {unknown}.",
                    share=unknown / max(int(np.minimum(lengths, length).sum()), 1),
                    n=len(tokens),
                    unknown=UNKNOWN,
                )
            )
    return codes, length


def marked(texts: list[str]) -> str:
    """SHA-256 (hex) of texts in their order."""
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


TEXT_TABLE = Source(
    type="text_table",
    label="Texts and labels",
    group="Texts and sequences",
    summary="A table with a column of texts; predict the class or number that goes with each.",
    help="Each row is a sample: one column holds the text, another its class (or a number). Texts are cut into words,"
    " characters or byte pairs; the vocabulary is learned from the training part alone. The table is a CSV, TSV,"
    " Parquet or Excel file. Byte pairs need the package tokenizers.",
    synonyms=("sentiment", "text classification", "reviews", "nlp", "bpe", "tokenizer", "words", "spam"),
    parameters=(
        PathField(name="path", label="File", filters=FILTERS, help="The table of texts and answers."),
        TextField(
            name="text",
            label="Text column",
            longest=200,
            help="The column with the texts; empty takes the one with the longest texts.",
        ),
        TextField(
            name="target",
            label="Target column",
            longest=200,
            help="The column with the answer; empty takes the last one that is left.",
        ),
        ChoiceField(
            name="task",
            label="Task",
            default="auto",
            choices={"auto": "automatic", "classes": "tell classes apart", "number": "predict a number"},
            help="Whether the target names classes or is an amount.",
        ),
        *TOKEN_FIELDS,
        LENGTH,
        SPLIT_BY,
        SPLIT_COLUMN,
        *SPLIT_FIELDS,
        TARGET_PREPARATION,
    ),
    load=_load,
)
