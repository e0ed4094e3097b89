"""A document as the bytes of its project file, and those bytes onto the disk.

Equal documents give equal bytes, whatever edits led to them: records are grouped by kind and sorted by id, one record
to a line where it fits, so that git shows small diffs. It writes user data through `base.atomic` only.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.atomic import WriteError, Written, write_atomically
from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.document.records import AnyRecord, DataSource, Node, Unknown
from nndesigner.layers.catalogue import layer
from nndesigner.project.format import FORMAT, KIND_ORDER, PROJECT, VERSION, is_project_extra
from nndesigner.project.reader import decode

WIDTH = 200
"""Columns: what is longer is broken over lines. Wide, so that a layer or a wire is one line of a diff."""


def encode(document: Document) -> bytes:
    """The canonical bytes of a document: UTF-8 JSON that ends in a newline."""
    beside = document.get(PROJECT)
    content = {
        "format": FORMAT,
        "version": VERSION,
        "records": [plain_record(record) for record in sorted(document, key=_place) if record.id != PROJECT],
        **(beside.content if isinstance(beside, Unknown) else {}),
    }
    return (_lines(content, "", always=True) + "\n").encode()


def save(document: Document, path: Path) -> Written:
    """Makes the document the content of the file, whole or not at all. Raises WriteError; the old file then stands.

    What would not read back as the same document is not written.
    """
    data = encode(document)
    check_reads_back(data, path)
    return write_atomically(path, data)


def check_reads_back(data: bytes, path: Path) -> None:
    """Raises WriteError where opening the bytes would not give them again."""
    if encode(decode(data).document) != data:
        raise WriteError(path, tr("what would be written does not read back as the same project."))


def plain_record(record: AnyRecord) -> dict[str, Any]:
    """A record as its JSON object: `kind` and `id` first, fields that are empty left out, foreign keys at the end."""
    if isinstance(record, Unknown):
        return deepcopy(record.content)
    plain = _without_empties(record)
    extra = plain.pop("extra", {})
    if isinstance(record, Node) and "parameters" in plain and (record.block or layer(record.type)):
        plain["parameters"] = dict(sorted(plain["parameters"].items()))
    if isinstance(record, DataSource) and record.fields:
        plain["fields"] = [_without_empties(field) for field in record.fields]
    return {"kind": record.kind, **plain, **extra}


def _without_empties(value: msgspec.Struct) -> dict[str, Any]:
    """The fields of a record in their order, without those that are empty and may be left out."""
    plain: dict[str, Any] = msgspec.to_builtins(value)
    cls = type(value)
    for key in _floats(cls):
        plain[key] = float(plain[key])  # as a reader gives it back, whoever made the record
    optional = _optional(cls)
    return {key: item for key, item in plain.items() if item or key not in optional}


@cache
def _floats(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(name for name in ("x", "y", "width", "height") if name in cls.__struct_fields__)


@cache
def _optional(cls: type[msgspec.Struct]) -> frozenset[str]:
    """The texts, lists, objects and switches that are empty or off where a file does not name them."""
    made = (dict, list, tuple)
    return frozenset(
        field.name
        for field in msgspec.structs.fields(cls)
        if field.default in ("", ()) or field.default is False or field.default_factory in made
    )


def _place(record: AnyRecord) -> tuple[int, str, str]:
    if isinstance(record, Unknown) and not is_project_extra(record):
        return len(KIND_ORDER), str(record.content.get("kind", "")), record.id
    return KIND_ORDER[record.kind], record.id, ""


def _lines(value: Any, indent: str, always: bool = False) -> str:
    """JSON over as few lines as fit the width; numbers in a list stay together however many they are."""
    text = "" if always else _json(value)
    inner = indent + " "
    if isinstance(value, dict) and value and (always or len(text) + len(indent) > WIDTH):
        parts = [
            f"{inner}{_json(key)}: {_lines(item, inner, always and key == 'records')}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value and (always or len(text) + len(indent) > WIDTH):
        if not always and all(isinstance(item, int | float) or item is None for item in value):
            return text
        return "[\n" + ",\n".join(inner + _lines(item, inner) for item in value) + f"\n{indent}]"
    return text or _json(value)


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:  # a statistic of the data may be NaN or infinite, which JSON cannot say
        return json.dumps(msgspec.json.decode(msgspec.json.encode(value)), ensure_ascii=False)
