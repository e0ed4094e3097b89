"""Pairs of texts: write the second from the first, as in translation or summaries.

The answer is learned one token after the other: the network reads the first text and what the answer says so far, and
at every place predicts what comes next (Sutskever, Vinyals, Le 2014, arXiv:1409.3215).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import IntField, PathField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.csv_rows import MOST_BYTES
from nndesigner.data.files import chosen_file
from nndesigner.data.row_parts import SPLIT_BY, SPLIT_COLUMN, split_of, splitting_column
from nndesigner.data.source import Array, Indices, Loaded, Source
from nndesigner.data.splits import SHUFFLED_SPLIT_FIELDS
from nndesigner.data.table_files import FILTERS, read_table
from nndesigner.data.tables import target_position
from nndesigner.data.text_table import LONGEST, MOST_TOKENS, marked, text_column, written
from nndesigner.data.tokens import END, PAD, START, TOKEN_FIELDS, UNKNOWN, Encoder, learned, padded


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the table of text pairs"), MOST_BYTES)
    rows = read_table(path, "auto", span(progress, 0.0, 0.6))
    remarks = list(rows.remarks)
    names = [cells.name for cells in rows.columns]
    splitting = splitting_column(rows, values, path.name)
    if len(names) < 2:
        raise Refusal(tr("{file} has one column only; pairs of texts are two.", file=path.name))
    first = target_position(names, values["source"], path.name) if values["source"].strip() else 0
    aside = (names[first], splitting.name if splitting is not None else "")
    second = text_column(rows, values["target"], path.name, aside)
    if first == second:
        raise Refusal(tr("The two texts of a pair cannot be the same column “{name}”.", name=names[first]))
    given, wanted = rows.columns[first], rows.columns[second]
    kept = np.flatnonzero(written(given, remarks) & written(wanted, remarks)).astype(np.int64)
    if not len(kept):
        raise Refusal(tr("No row of {file} has both texts.", file=path.name))
    sides = [[cells.texts[code] for code in cells.codes[kept]] for cells in (given, wanted)]

    def settle(train: Indices) -> Loaded:
        return pairs_loaded(sides[0], sides[1], train, values, loaded)

    loaded = Loaded(
        fields=(),
        arrays={},
        samples=len(kept),
        remarks=tuple(remarks),
        settle=settle,
        mark=marked([text for side in sides for text in side]),
        **split_of(splitting, rows, kept, values["split_by"], path.name),
    )
    progress(1.0, tr("{n:,} pairs", n=len(kept)))
    return loaded


def pairs_loaded(
    given: list[str], wanted: list[str], train: Indices, values: Values, loaded: Loaded
) -> Loaded:
    """The three fields of pairs of texts, over the vocabularies of the training part: “source” and “so far” are read,
    “target” is learned; the last two share a vocabulary, and “target” is “so far” one token further.
    """
    remarks = list(loaded.remarks)
    unit, most, lower = values["unit"], values["vocabulary"], values["lower_case"]
    source_tokens, source_spec = learned((given[i] for i in train), unit, most, lower, (PAD, UNKNOWN))
    target_tokens, target_spec = learned(
        (wanted[i] for i in train), unit, most, lower, (PAD, UNKNOWN, START, END)
    )
    encode, encode_target = Encoder(source_tokens, source_spec), Encoder(target_tokens, target_spec)
    sources, targets = [encode(text) for text in given], [encode_target(text) for text in wanted]
    start, end = target_tokens.index(START), target_tokens.index(END)
    longest = _length(sources, train, values["source_length"])
    answer = _length(targets, train, values["target_length"]) + 1  # for the end
    if len(sources) * (longest + 2 * answer) > MOST_TOKENS:
        raise Refusal(
            tr("{n:,} pairs of these lengths do not fit into memory: take shorter ones.", n=len(sources))
        )
    cut = sum(len(a) > longest or len(b) >= answer for a, b in zip(sources, targets, strict=True))
    if cut:
        remarks.append(
            tr("{n:,} of {all:,} pairs have a text that is too long and is cut.", n=cut, all=len(sources))
        )
    arrays: dict[str, Array] = {
        "source": padded(sources, longest, source_tokens.index(PAD)),
        "so far": padded([np.r_[start, row] for row in targets], answer, target_tokens.index(PAD)),
        "target": padded([np.r_[row, end] for row in targets], answer, target_tokens.index(PAD)),
    }
    remarks.append(
        tr(
            "“source” and “so far” enter the network, “target” is “so far” one token further. Let the loss ignore"
            " {pad}, which only fills up.",
            pad=PAD,
        )
    )

    def field(name: str, role: str, length: int, of_target: bool) -> DataField:
        return DataField(
            name=name,
            role=role,
            kind="tokens",
            element="int",
            axes=(("time", length),),
            tokens=target_tokens if of_target else source_tokens,
            tokenizer={**(target_spec if of_target else source_spec), "padded": True},
        )

    return replace(
        loaded,
        fields=(
            field("source", "input", longest, False),
            field("so far", "input", answer, True),
            field("target", "target", answer, True),
        ),
        arrays=arrays,
        remarks=tuple(remarks),
    )


def _length(rows: list[Array], train: Indices, chosen: int) -> int:
    return chosen or max(min(max((len(rows[i]) for i in train), default=1), LONGEST), 1)


def _of(name: str, label: str, help: str) -> IntField:
    return IntField(
        name=name, label=label, default=0, minimum=0, maximum=100_000, unit="tokens", advanced=True, help=help
    )


TEXT_PAIRS = Source(
    type="text_pairs",
    label="Text pairs",
    group="Texts and sequences",
    summary="A table of two texts per row; write the second from the first.",
    help="For translation, summaries, questions and answers. The network has two inputs: “source”, and “so far”, which"
    " is the answer behind a <start>; its target is the answer followed by <end>. Vocabularies are learned from the"
    " training part alone. The table is a CSV, TSV, Parquet or Excel file. Byte pairs need the package tokenizers.",
    synonyms=(
        "translation",
        "seq2seq",
        "encoder decoder",
        "summary",
        "question answering",
        "parallel corpus",
    ),
    parameters=(
        PathField(name="path", label="File", filters=FILTERS, help="The table of pairs."),
        TextField(
            name="source",
            label="First text",
            longest=200,
            help="The column of the texts that are read; empty takes the first column.",
        ),
        TextField(
            name="target",
            label="Second text",
            longest=200,
            help="The column of the texts that are written; empty takes the one of the others with the longest texts.",
        ),
        *TOKEN_FIELDS,
        _of(
            "source_length",
            "Length of the first",
            "Longer texts are cut. 0 takes the longest of the training part.",
        ),
        _of(
            "target_length",
            "Length of the second",
            "Longer texts are cut. 0 takes the longest of the training part.",
        ),
        SPLIT_BY,
        SPLIT_COLUMN,
        *SHUFFLED_SPLIT_FIELDS,
    ),
    load=_load,
)
