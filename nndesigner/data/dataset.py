"""From a data record to data that is ready to learn from: read, check, split, measure, prepare, in this order.

Everything measured is measured on the training part alone. Raw values stay raw: the preparation is described in each
field, and whoever feeds a network applies it. This module knows no single source, no network and no torch.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet, span
from nndesigner.base.text import listing, tr
from nndesigner.data.catalogue import source as find_source
from nndesigner.data.preparation import fit
from nndesigner.data.preview import choose, scatter, thumbnails
from nndesigner.data.source import PARTS, Array, Loaded
from nndesigner.data.splits import split
from nndesigner.data.statistics import seen_codes, summarize
from nndesigner.data.stored import is_stored, release, scratch
from nndesigner.data.warnings import warnings

_HASH_BYTES = 1 << 24
_RECODED = 1 << 16
"""rows at a time"""


class DataDescription(Protocol):
    """What is needed of a data record: the type of its source and the values of that source's parameters."""

    @property
    def type(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """All of the data in memory. Sample axis first; `arrays` and `indices` belong together by sample number."""

    fields: dict[str, DataField]
    """by name; statistics and preparation are fitted on the training part, axes are those after the preparation"""
    arrays: dict[str, Array]
    """raw values by field name, as the source gave them"""
    indices: dict[str, npt.NDArray[np.int64]]
    """"train", "validation", "test" → ascending sample numbers"""
    counts: dict[str, int]
    """"all" and each part → number of samples; with data in time order a few samples are in no part"""
    fingerprint: str
    """SHA-256 (hex) of the raw data: equal for equal data, whatever the split and the preparation"""
    remarks: tuple[str, ...]
    pinned: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """parameters of the source that are known by now; with them it gives the same data from now on"""


def read(record: DataDescription, folder: Path, progress: Progress = quiet) -> Dataset:
    """The data that `record` describes; relative paths in it start at `folder`, the project's folder.

    Raises `Refusal` with one sentence for whatever cannot be read, and `Cancelled` when `progress` does.
    """
    source = find_source(record.type)
    if source is None:
        raise Refusal(tr("This version knows no data source “{type}”.", type=record.type))
    values, bad = resolve(source.fields(record.parameters), record.parameters)
    if bad:
        raise Refusal(" ".join(bad.values()))
    progress(0.0, tr("Reading {label}", label=tr(source.label)))
    try:
        loaded = source.load(values, folder, span(progress, 0.0, 0.8))
        if loaded.fields:
            _check(loaded, record.type)
        return _finish(loaded, record.type, values, span(progress, 0.8, 1.0))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refusal(tr("The data cannot be read: {reason}.", reason=reason)) from error
    except MemoryError:
        raise Refusal(
            tr("The data does not fit into memory: take fewer samples, or a smaller image size.")
        ) from None


def fingerprint(
    fields: tuple[DataField, ...],
    arrays: Mapping[str, Array],
    categories: Mapping[str, Mapping[int, tuple[str, ...]]] | None = None,
    mark: str = "",
) -> str:
    """SHA-256 over each field's name, what its codes stand for, element type, shape and bytes (little-endian), and over
    the `mark` of data that is not in arrays."""
    digest = hashlib.sha256(mark.encode())
    for field in fields:
        array = arrays[field.name]
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        codes = sorted((categories or {}).get(field.name, {}).items())
        names = (field.name, field.kind, field.classes, field.tokens, field.columns, codes)
        digest.update(msgspec.json.encode((names, array.dtype.str, array.shape)))
        flat = array.reshape(-1).view(np.uint8)
        for start in range(0, len(flat), _HASH_BYTES):
            digest.update(flat[start : start + _HASH_BYTES].data)
            release(flat)
    return digest.hexdigest()


def _finish(loaded: Loaded, type: str, values: Mapping[str, Any], progress: Progress) -> Dataset:
    n = len(loaded.arrays[loaded.fields[0].name]) if loaded.fields else loaded.samples
    target = next((f for f in loaded.fields if f.kind == "class" and f.role == "target"), None)
    labels = loaded.arrays[target.name] if target is not None and not target.axes else None
    indices = split(n, values, labels, loaded.parts, loaded.in_order, loaded.gap, loaded.groups, loaded.times)
    train = indices["train"]
    progress(0.1, tr("Measuring the training samples"))
    mark = fingerprint(loaded.fields, loaded.arrays, loaded.categories, loaded.mark)
    pinned = loaded.pinned
    if loaded.settle is not None:
        loaded = loaded.settle(train)
        _check(loaded, type)
    # As torch takes them without a copy: in C order, and not a view that may not be written.
    arrays = {name: np.require(array, None, ["C", "W"]) for name, array in loaded.arrays.items()}
    remarks = list(loaded.remarks)
    chosen = choose(train, labels)
    fields: dict[str, DataField] = {}
    for position, field in enumerate(loaded.fields):
        progress(0.2 + 0.8 * position / len(loaded.fields), tr("Measuring “{name}”", name=field.name))
        categories = loaded.categories.get(field.name, {})
        if categories:
            arrays[field.name], categories, unseen = _known_categories(
                field, arrays[field.name], train, categories
            )
            remarks += unseen
        array = arrays[field.name]
        field = fit(field, array, train, values, categories)
        statistics = field.statistics | summarize(field, array, train, categories)
        if field.kind == "table" and array.shape[1] == 2 and not categories:
            statistics["scatter"] = scatter(array, labels, train)
        field = msgspec.structs.replace(field, statistics=statistics)
        fields[field.name] = msgspec.structs.replace(
            field, thumbnails=thumbnails(field, array, chosen, categories)
        )
    remarks += warnings(fields, loaded, arrays, indices)
    progress(1.0, tr("{n} samples", n=n))
    return Dataset(
        fields=fields,
        arrays=arrays,
        indices=indices,
        counts={"all": n, **{name: len(indices[name]) for name in PARTS}},
        fingerprint=mark,
        remarks=tuple(remarks),
        pinned=pinned,
    )


def _known_categories(
    field: DataField,
    array: Array,
    train: npt.NDArray[np.int64],
    categories: Mapping[int, tuple[str, ...]],
) -> tuple[Array, dict[int, tuple[str, ...]], list[str]]:
    """The table with its category codes counted anew over what the training part holds; others become missing.

    So the width of the network's input never depends on a row that only validates or tests.
    """
    kept: dict[int, tuple[str, ...]] = {}
    remarks: list[str] = []
    new_codes: dict[int, npt.NDArray[np.float32]] = {}
    for column, there in seen_codes(array, train, {c: len(names) for c, names in categories.items()}).items():
        names, seen = categories[column], np.flatnonzero(there)
        new_codes[column] = np.full(len(names), np.nan, np.float32)
        new_codes[column][seen] = np.arange(len(seen))
        kept[column] = tuple(names[code] for code in seen)
        unseen = sorted(set(names) - set(kept[column]))
        if unseen:
            remarks.append(
                tr(
                    "Column “{column}”: {names} is not among the training samples and counts as missing.",
                    column=field.columns[column],
                    names=listing([f"“{name}”" for name in unseen[:5]])
                    if len(unseen) <= 5
                    else tr("{n} categories together", n=len(unseen)),
                )
            )
    if all(len(kept[column]) == len(names) for column, names in categories.items()):
        return array, kept, remarks
    recoded = scratch(array.shape, np.float32) if is_stored(array) else np.empty_like(array)
    for start in range(0, len(array), _RECODED):
        part = array[start : start + _RECODED].copy()
        for column, new_code in new_codes.items():
            known = ~np.isnan(part[:, column])
            part[known, column] = new_code[part[known, column].astype(np.int64)]
        recoded[start : start + _RECODED] = part
        release(array)
        release(recoded)
    return recoded, kept, remarks


def _check(loaded: Loaded, type: str) -> None:
    """Holds a source to its word. Raises ValueError, which is a fault in the source and not in the data."""
    lengths = {len(loaded.arrays[field.name]) for field in loaded.fields}
    if len(lengths) != 1 or set(loaded.arrays) != {field.name for field in loaded.fields}:
        raise ValueError(f"the source “{type}” gives fields and arrays that do not belong together")
    if lengths == {0}:
        raise Refusal(tr("The data holds no samples."))
    for field in loaded.fields:
        array = loaded.arrays[field.name]
        kinds = {"image": 4, "table": 2, "series": 3, "tokens": 2, "class": 1 + len(field.axes), "number": 2}
        wanted = kinds[field.kind]
        integer = field.kind in ("class", "tokens")
        allowed = (
            ((np.uint8, np.int64) if field.axes and field.kind == "class" else (np.int64,))
            if integer
            else (np.float32, np.uint8)
            if field.kind == "image"
            else (np.float32,)
        )
        if array.ndim != wanted or array.dtype not in allowed or (field.element == "int") != integer:
            raise ValueError(
                f"the source “{type}” gives “{field.name}” as {array.dtype} with {array.ndim} axes"
            )
        if field.kind != "table" and array.shape[1:] != field.sizes:
            raise ValueError(f"the source “{type}” gives “{field.name}” other axes than it says")
