"""What is odd about data that was read and split: classes that are rare or absent, constant columns, and samples that
stand both in training and in validation or test. It reads no file and changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.text import listing, tr
from nndesigner.data.source import Array, Loaded
from nndesigner.data.stored import Held

IMBALANCE = 10
"""times as many samples in the largest class as in the smallest"""
MOST_BYTES = 4 << 30
"""of inputs that are compared; larger data is not searched for samples that occur twice"""
MOST_SAMPLES = 1_000_000
_BLOCK_BYTES = 8 << 20

Indices = npt.NDArray[np.int64]


def warnings(
    fields: Mapping[str, DataField],
    loaded: Loaded,
    arrays: Mapping[str, Array],
    indices: Mapping[str, Indices],
) -> list[str]:
    """One sentence for each thing that the user should know before training. `fields` have their statistics."""
    found: list[str] = []
    for field in fields.values():
        if field.kind == "class" and field.role == "target":
            found += _classes(field)
        elif field.kind == "table" and field.role == "input":
            found += _constant(field)
    if not loaded.in_order:  # windows of one series, which are cut in time, may well look alike
        found += _in_two_parts([f for f in fields.values() if f.role != "target"], arrays, indices)
    return found


def _classes(target: DataField) -> list[str]:
    counts = target.statistics["counts"]
    absent = [f"“{name}”" for name, number in zip(target.classes, counts, strict=True) if number == 0]
    if absent:
        return [tr("No training sample belongs to {names}: it cannot be learned.", names=listing(absent[:5]))]
    most, fewest = max(counts), min(counts)
    if most < IMBALANCE * fewest:
        return []
    large, small = target.classes[counts.index(most)], target.classes[counts.index(fewest)]
    if target.axes:
        return [
            tr(
                "The classes are unlike in size: “{large}” fills {times:,.0f} times as much as “{small}”. Class weights"
                " or a Dice loss help the rare ones.",
                large=large,
                small=small,
                times=most / fewest,
            )
        ]
    return [
        tr(
            "The classes are unlike in size: {most:,} training samples are “{large}”, {fewest:,} “{small}”. A network"
            " that always says “{large}” is right in {share:.0%}: look at more than accuracy, or let rare classes weigh"
            " more.",
            most=most,
            large=large,
            fewest=fewest,
            small=small,
            share=most / sum(counts),
        )
    ]


def _constant(field: DataField) -> list[str]:
    names = []
    for column in field.statistics.get("columns", ()):
        one = (
            column["categories"] == 1 and not column["missing"]
            if column["kind"] == "category"
            else column["minimum"] == column["maximum"] and not column["missing"]
        )
        if one:
            names.append(f"“{column['name']}”")
    if not names:
        return []
    if len(names) == 1:
        return [
            tr(
                "The column {name} holds one and the same value in all training samples: it tells nothing.",
                name=names[0],
            )
        ]
    return [
        tr(
            "{n} columns hold one and the same value in all training samples and tell nothing: {names}.",
            n=len(names),
            names=listing(names[:5] + ([tr("others")] if len(names) > 5 else [])),
        )
    ]


def _in_two_parts(
    inputs: list[DataField], arrays: Mapping[str, Array], indices: Mapping[str, Indices]
) -> list[str]:
    """A sentence for each part that holds samples whose inputs also stand in the training part, value for value."""
    if not inputs or sum(arrays[f.name].nbytes for f in inputs) > MOST_BYTES:
        return []
    if sum(map(len, indices.values())) > MOST_SAMPLES:
        return []
    if not any(len(rows) for part, rows in indices.items() if part != "train"):
        return []
    trained = set(_marks(inputs, arrays, indices["train"]))
    found = []
    for part, words in (("validation", tr("validation")), ("test", tr("test"))):
        rows = indices[part]
        again = sum(mark in trained for mark in _marks(inputs, arrays, rows))
        if again:
            found.append(
                tr(
                    "{n:,} of {all:,} {part} samples also stand in the training part, value for value: what is measured"
                    " on them looks better than it is.",
                    n=again,
                    all=len(rows),
                    part=words,
                )
            )
    return found


def _marks(inputs: list[DataField], arrays: Mapping[str, Array], rows: Indices) -> Iterator[bytes]:
    """A hash of the inputs of each row, a block of rows at a time."""
    step = max(1, _BLOCK_BYTES // max(sum(arrays[f.name][:1].nbytes for f in inputs), 1))
    held = [Held(arrays[f.name]) for f in inputs]
    for start in range(0, len(rows), step):
        block = [np.ascontiguousarray(arrays[f.name][rows[start : start + step]]) for f in inputs]
        for row in range(len(block[0])):
            digest = hashlib.blake2b(digest_size=16)
            for values in block:
                digest.update(values[row].data)
            yield digest.digest()
        for each in held:
            each.read(step)
