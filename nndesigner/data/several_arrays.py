"""Several arrays of one file as the inputs and targets of a network that has more than one of either.

Each named array becomes a field of its own, under its name; one name, or none, is read as `arrays.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import Values
from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.data.array_room import Room
from nndesigner.data.arrays import (
    INPUT_NAMES,
    MOST_CLASSES,
    TARGET_NAMES,
    array_name,
    arrays_loaded,
    bytes_of_input,
    bytes_of_target,
    floats,
    from_archive,
    gaps,
    input_from,
    target_from,
    whole_numbers,
)
from nndesigner.data.sliced import Sliced
from nndesigner.data.source import Array, Loaded

AXES = {2: ("feature",), 3: ("time", "feature"), 4: ("channel", "height", "width")}
"""Rank of an array of numbers as the target → what its axes after the first mean."""
PLACES = {1: (), 2: ("time",), 3: ("height", "width")}
"""Rank of an array of classes → what its axes after the first mean: a class for each step, or each pixel."""


def archive_loaded(archive: Mapping[str, Sliced], values: Values, file: str, room: Room) -> Loaded:
    """The arrays that `values` name, or those found by themselves. Raises `Refusal` where they do not fit together."""
    wanted = {side: [name.strip() for name in values[side].split(",") if name.strip()] for side in ("x", "y")}
    if max(map(len, wanted.values())) < 2:
        x, y, parts = from_archive(archive, values, file)
        return arrays_loaded(x, y, parts, values, file, room)
    if not wanted["x"]:
        wanted["x"] = [array_name(archive, INPUT_NAMES, "", tr("inputs"), file)]
    if not wanted["y"]:
        wanted["y"] = [array_name(archive, TARGET_NAMES, "", tr("targets"), file)]
    names = wanted["x"] + wanted["y"]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refusal(tr("{names} is named twice.", names=listing([f"“{name}”" for name in twice])))
    arrays = {name: archive[array_name(archive, (name,), name, "", file)] for name in names}
    counts = {name: len(array) if array.ndim else 0 for name, array in arrays.items()}
    if len(set(counts.values())) > 1 or not all(counts.values()):
        raise Refusal(
            tr(
                "The arrays must hold equally many samples, at least one: {counts}.",
                counts=listing([f"“{name}” {count:,}" for name, count in counts.items()]),
            )
        )
    room.reserve(
        sum(bytes_of_input(arrays[name], values) for name in wanted["x"])
        + sum(bytes_of_target(arrays[name]) for name in wanted["y"])
    )
    remarks: list[str] = []
    fields, found = [], {}
    for name in wanted["x"]:
        field, found[name] = input_from(arrays[name], values, remarks, room)
        if field.kind == "table" and gaps(found[name], room)[0]:
            raise Refusal(
                tr(
                    "“{name}” has missing numbers (NaN): fill them in, or read it as the only input.",
                    name=name,
                )
            )
        fields.append(msgspec.structs.replace(field, name=name))
    for name in wanted["y"]:
        field, found[name] = _target(arrays[name], values, name, remarks, room)
        fields.append(msgspec.structs.replace(field, name=name))
    return Loaded(fields=tuple(fields), arrays=found, remarks=tuple(remarks), in_order=values["in_order"])


def _target(y: Sliced, values: Values, name: str, remarks: list[str], room: Room) -> tuple[DataField, Array]:
    """Whole numbers are classes, one for each sample or for each of its places; others are amounts."""
    if y.ndim < 2 or y.dtype.kind in "SU":
        return target_from(y, values["task"], remarks, room)
    classes = y.dtype.kind in "bui" and values["task"] != "number"
    axes = (PLACES if classes else AXES).get(y.ndim)
    if axes is None:
        raise Refusal(
            tr(
                "“{name}” of shape {shape} cannot be a target: it has too many axes.",
                name=name,
                shape=" × ".join(map(str, y.shape)),
            )
        )
    sizes = tuple(zip(axes, y.shape[1:], strict=True))
    if not classes:
        kinds = {1: "number", 2: "series", 3: "image"}
        field = DataField(name=name, role="target", kind=kinds[len(axes)], element="float", axes=sizes)
        return field, floats(y, tr("targets"), room)
    codes, low, high = whole_numbers(y, tr("targets"), room)
    if low < 0 or high >= MOST_CLASSES:
        raise Refusal(
            tr(
                "“{name}” holds {low} to {high}; class numbers begin at 0 and are below {most:,}.",
                name=name,
                low=low,
                high=high,
                most=MOST_CLASSES,
            )
        )
    names = tuple(map(str, range(max(high + 1, 2))))
    field = DataField(name=name, role="target", kind="class", element="int", axes=sizes, classes=names)
    return field, codes
