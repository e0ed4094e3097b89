"""The answers of a network as rows of a table: a sample each, its class and probabilities, or its numbers.

It knows neither who asks nor where the table goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nndesigner.base.text import tr


def answer_table(
    answers: Mapping[str, Mapping[str, Any]], first: int = 0, names: Sequence[str] = ()
) -> tuple[list[str], list[list[Any]]]:
    """All outputs side by side: the header, and a row per sample, counted from `first`. Where the samples have names,
    they stand behind the number."""
    parts = [answer_rows(name, answer, None) for name, answer in answers.items()]
    named = any(names)
    header = ["sample", *(["file"] if named else []), *(word for words, _ in parts for word in words[1:])]
    rows = [
        [
            first + i,
            *([names[i]] if named else []),
            *(value for line in lines for value in line[1:]),
        ]
        for i, lines in enumerate(zip(*(rows for _, rows in parts), strict=True))
    ]
    return header, rows


def answer_rows(name: str, answer: Mapping[str, Any], most: int | None) -> tuple[list[str], list[list[Any]]]:
    """A header and a row per sample: its number, its text where it is one, its class where there are classes, its
    numbers (`most` of them).

    With more numbers than `most` a class comes with its own probability only.
    """
    values = answer["values"]
    flat = values.reshape(len(values), -1)
    header = ["sample"]
    rows: list[list[Any]] = [[i] for i in range(len(values))]
    if "text" in answer:
        return [*header, name], [[i, text] for i, text in enumerate(answer["text"])]
    if "class" in answer:
        names = class_names(answer["class"], answer["classes"]).reshape(len(values), -1)
        header.append(name)
        for row, said in zip(rows, names, strict=True):
            row.append("".join(said) if said.size > 1 and max(map(len, said)) == 1 else " ".join(said))
        classes = answer["classes"]
        if flat.shape[1] == len(classes) and names.shape[1] == 1:
            if most is None or len(classes) <= most:
                header += [f"{name}: {word}" for word in classes]
                for row, numbers in zip(rows, flat, strict=True):
                    row += numbers.tolist()
            else:
                header.append(tr("probability"))
                for row, numbers in zip(rows, flat, strict=True):
                    row.append(float(numbers.max()))
        elif flat.shape[1] == 1:
            header.append(f"{name}: {classes[-1]}")
            for row, numbers in zip(rows, flat, strict=True):
                row.append(float(numbers[0]))
        return header, rows
    width = flat.shape[1] if most is None else min(flat.shape[1], most)
    header += [name] if flat.shape[1] == 1 else [f"{name} {i + 1}" for i in range(width)]
    for row, numbers in zip(rows, flat, strict=True):
        row += numbers[:width].tolist()
    return header, rows


def class_names(chosen: Any, classes: list[str]) -> Any:
    """The names of an array of class numbers, in its shape."""
    return np.array(classes, dtype=object)[chosen] if classes else chosen.astype(str)
