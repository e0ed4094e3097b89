"""How a column of a table decides which rows train, validate and test: by group, by time, or by its own word."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.fields import ChoiceField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.csv_columns import MISSING, exact, understand
from nndesigner.data.csv_rows import Cells, Rows
from nndesigner.data.source import TEST, TRAIN, VALIDATION

SPLIT_BY = ChoiceField(
    name="split_by",
    label="Split",
    default="shares",
    choices={
        "shares": "by shares",
        "group": "by group",
        "time": "by time",
        "column": "by a column",
    },
    help="How rows become training, validation and test. By shares: drawn at random. By group: all rows of a patient,"
    " a customer or a day go into one part, so that the network is judged on ones it has never met. By time: the"
    " earliest rows train and the latest test. By a column: it holds train, validation or test.",
)
SPLIT_COLUMN = TextField(
    name="split_column",
    label="Split by column",
    longest=200,
    help="The column that holds the group, the time, or the part of each row. A group or part is no input.",
    shown_when=lambda values: values.get("split_by", "shares") != "shares",
)
WORDS = {
    **dict.fromkeys(("train", "training", "learn", "fit"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "development"), VALIDATION),
    **dict.fromkeys(("test", "testing", "eval", "evaluation", "holdout"), TEST),
}
"""What a cell may say of the part of its row."""


def splitting_column(rows: Rows, values: Values, file: str) -> Cells | None:
    """The column that decides, or None where shares do. Raises `Refusal` where it is not named or not there."""
    position = splitting_position([cells.name for cells in rows.columns], values, file)
    return None if position is None else rows.columns[position]


def splitting_position(names: list[str], values: Values, file: str) -> int | None:
    """The place of that column among `names`."""
    if values["split_by"] == "shares":
        return None
    wanted = values["split_column"].strip()
    known = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    if not wanted:
        raise Refusal(
            tr(
                "Name the column that decides the parts under “Split by column”. There is: {names}.",
                names=known,
            )
        )
    if wanted not in names:
        raise Refusal(
            tr(
                "“Split by column” names the column “{name}”, which {file} has not. It has: {names}.",
                name=wanted,
                file=file,
                names=known,
            )
        )
    return names.index(wanted)


def split_of(
    cells: Cells | None, rows: Rows, kept: npt.NDArray[np.int64], how: str, file: str
) -> dict[str, Any]:
    """The arguments of `Loaded` that the column decides, for the rows `kept`. Raises `Refusal` naming a bad cell."""
    if cells is None:
        return {}
    missing = np.array([text.casefold() in MISSING for text in cells.texts], bool)[cells.codes[kept]]
    if missing.any():
        row = int(kept[np.flatnonzero(missing)[0]])
        raise Refusal(
            tr(
                "{where} of {file}: “{name}” is empty there, but decides the part of the row. Fill it in.",
                where=rows.where(row),
                file=file,
                name=cells.name,
            )
        )
    if how == "group":
        return {"groups": cells.codes[kept].astype(np.int64)}
    if how == "time":
        return {"times": _times(cells, rows, kept, file)}
    part = np.array([WORDS.get(text.casefold(), -1) for text in cells.texts], np.int8)[cells.codes]
    unknown = np.flatnonzero(part[kept] < 0)
    if len(unknown):
        row = int(kept[unknown[0]])
        raise Refusal(
            tr(
                "{where} of {file}, column “{name}”: “{cell}” is no part; write train, validation or test.",
                where=rows.where(row),
                file=file,
                name=cells.name,
                cell=cells.texts[cells.codes[row]][:60],
            )
        )
    return {"parts": part[kept]}


def _times(cells: Cells, rows: Rows, kept: npt.NDArray[np.int64], file: str) -> npt.NDArray[np.float64]:
    column = understand(cells, rows.delimiter, category=False, keep=True, most_categories=0, first=False)
    wrong = np.isnan(column.values[kept]) if column.kind in ("number", "date") else np.ones(len(kept), bool)
    if wrong.any():
        row = int(kept[np.flatnonzero(wrong)[0]])
        raise Refusal(
            tr(
                "{where} of {file}, column “{name}”: “{cell}” is neither a date nor a number to order the rows by.",
                where=rows.where(row),
                file=file,
                name=cells.name,
                cell=cells.texts[cells.codes[row]][:60],
            )
        )
    return exact(cells, rows.delimiter, column.kind)[kept]
