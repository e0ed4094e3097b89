"""What is said of a table on its way in: remarks, and refusals that name the place; in memory and in files alike."""

from __future__ import annotations

from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.data.csv_rows import Rows

MOST_CLASSES = 10_000


def wrong_cells(
    name: str,
    kind: str,
    number: int,
    first: tuple[int, str],
    rows: Rows,
    how: str,
    file: str,
    advice: str,
    remarks: list[str],
) -> None:
    """Refuses or tells the cells of a column that are not of its kind: so many, the first in that row, of that text.

    `how` is the parameter “wrong_cells”.
    """
    row, cell = first
    place = {
        "name": name,
        "cell": cell[:60],
        "kind": tr("number") if kind == "number" else tr("date"),
    }
    if how == "stop":
        raise Refusal(
            tr(
                "{where} of {file}, column “{name}”: “{cell}” is not a {kind}, as nearly all others there are."
                " Correct it, {advice}, or let wrong cells count as missing.",
                where=rows.where(row),
                advice=advice,
                file=file,
                **place,
            )
        )
    remarks.append(
        tr(
            "Column “{name}”: {n} cells are not a {kind} and count as missing; the first is “{cell}” {at}.",
            n=number,
            at=rows.at(row),
            **place,
        )
    )


def marks_left_out(marks: list[str]) -> str:
    """`marks` are the quoted names of columns."""
    return tr(
        "Left out, because they only tell rows apart: {names}. Name them under “Keep” to use them.",
        names=listing(marks[:10]) if len(marks) <= 10 else tr("{n} columns", n=len(marks)),
    )


def empty_left_out(name: str) -> str:
    return tr("The column “{name}” is empty and left out.", name=name)


def dates_as_days(name: str) -> str:
    return tr("The dates in “{name}” are read as days since 1 January 2000.", name=name)


def nothing_left(file: str, remarks: list[str]) -> Refusal:
    return Refusal(
        tr(
            "Of {file} no column is left to learn from. {why}",
            file=file,
            why=" ".join(remarks) or tr("All but the target are left out."),
        )
    )


def empty_target(name: str) -> Refusal:
    return Refusal(tr("The target column “{name}” is empty: choose another target.", name=name))


def target_of_texts(name: str, text: str) -> Refusal:
    return Refusal(
        tr(
            "The target “{name}” holds texts such as “{text}”, not numbers: set the task to “tell classes apart”.",
            name=name,
            text=text[:60],
        )
    )


def target_and_parts(name: str) -> Refusal:
    return Refusal(tr("The column “{name}” cannot be the target and say the parts as well.", name=name))


def without_target(n: int, all: int, name: str) -> str:
    return tr(
        "{n} of {all} rows are left out because the target “{name}” is missing there.",
        n=n,
        all=all,
        name=name,
    )


def incomplete(n: int, all: int) -> str:
    return tr("{n} of {all} rows are left out because a cell is missing.", n=n, all=all)


def none_complete() -> Refusal:
    return Refusal(
        tr("No row is complete: fill in missing numbers, or leave out the columns that lack them.")
    )


def missing(name: str, kind: str, n: int, all: int, fill: str) -> str:
    """`n` of `all` values of a column are missing; `fill` is the parameter."""
    if kind == "category":
        return tr(
            "Column “{name}”: {n} of {all} values are missing and count as none of its categories.",
            name=name,
            n=n,
            all=all,
        )
    return tr(
        "Column “{name}”: {n} of {all} values are missing; the {fill} of the training samples stands in.",
        name=name,
        n=n,
        all=all,
        fill=tr(fill),
    )


def whole_numbers_as_classes(name: str, different: int) -> str:
    return tr(
        "The target “{name}” holds {n} different whole numbers and is read as classes; if they are amounts,"
        " set the task to “predict a number”.",
        name=name,
        n=different,
    )


def check_classes(classes: tuple[str, ...], rows: int, name: str) -> None:
    """Refuses a target that has too many classes for so many rows, or only one."""
    if len(classes) > MOST_CLASSES or (rows >= 10 and len(classes) > rows / 2):
        raise Refusal(
            tr(
                "The target “{name}” has {n:,} different values in {rows:,} rows, too many for classes: choose"
                " another target, or set the task to “predict a number”.",
                name=name,
                n=len(classes),
                rows=rows,
            )
        )
    if len(classes) < 2:
        raise Refusal(
            tr(
                "The target “{name}” is “{only}” in every row: there is nothing to learn.",
                name=name,
                only=classes[0][:60],
            )
        )


def some(names: list[str]) -> str:
    return ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
