"""A project file to a document: plain records first, then what holds them together, and on with what is left.

One bad record costs itself alone: it is mended or left out, and a sentence says so. Records and keys of no known kind
are kept and written back; layers of no known type keep all they have. Nothing in a file is ever run, and no other
file is looked at.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.document.records import KINDS, AnyRecord, Record, Unknown
from nndesigner.project import mending
from nndesigner.project.format import PROJECT, VERSION, is_record_id
from nndesigner.project.migrations import STEPS, Step, upgrade, version_of
from nndesigner.project.plain import DEFAULT, Limits, parse

MOST_WARNINGS = 100


class Opened(msgspec.Struct, frozen=True):
    """What reading a file gave."""

    document: Document
    warnings: tuple[str, ...] = ()
    """what was mended or left out, one sentence each"""
    upgraded_from: int | None = None
    """the file's version where it is older than the present one"""
    sha256: str = ""
    """of the bytes that were read, in hex"""


def open_project(path: Path, limits: Limits = DEFAULT, *, steps: Mapping[int, Step] = STEPS) -> Opened:
    """Reads a project file. Raises Refusal with a sentence that names the file; the file is only read."""
    try:
        return decode(read_bytes(path, limits), limits, steps=steps)
    except Refusal as refusal:
        raise Refusal(
            tr("{name} was not opened. {reason}", name=path.name, reason=refusal), refusal.remedies
        ) from None


def read_bytes(path: Path, limits: Limits = DEFAULT) -> bytes:
    """The content of a regular file within the size limit. Raises Refusal."""
    try:
        # Without O_NONBLOCK a pipe of that name would be waited for before it can be refused.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(fd, "rb") as file:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise Refusal(tr("It is a folder or a device, not a file."))
            return file.read(limits.size + 1)
    except FileNotFoundError:
        raise Refusal(tr("There is no such file.")) from None
    except PermissionError:
        raise Refusal(tr("You may not read it: change its permissions.")) from None
    except IsADirectoryError:
        raise Refusal(tr("It is a folder, not a file.")) from None
    except OSError as error:
        raise Refusal(tr("It cannot be read: {reason}.", reason=error.strerror or error)) from None
    except ValueError:
        raise Refusal(tr("Its name holds a character that no file name may hold.")) from None


def decode(data: bytes, limits: Limits = DEFAULT, *, steps: Mapping[int, Step] = STEPS) -> Opened:
    """The document in the bytes of a project file. Raises Refusal with one sentence where there is none."""
    content = parse(data, limits)
    version = version_of(content)
    content = upgrade(content, steps)
    plain = content.get("records", [])
    if not isinstance(plain, list):
        raise Refusal(tr("The project’s records are not a list."))
    if len(plain) > limits.records:
        raise Refusal(
            tr(
                "The project has {have:,} records; the most is {most:,}.",
                have=len(plain),
                most=limits.records,
            )
        )
    warnings = _Warnings()
    beside = {key: value for key, value in content.items() if key not in ("format", "version", "records")}
    records = _records(plain, warnings)
    if beside:
        records[PROJECT] = Unknown(id=PROJECT, content=beside)
    mended = mending.mend(records, warnings.add)
    return Opened(
        Document(mended),
        warnings.sentences(),
        version if version != VERSION else None,
        hashlib.sha256(data).hexdigest(),
    )


class _Warnings:
    """Sentences, as many as a person would read; the rest is counted."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._more = 0

    def add(self, sentence: str) -> None:
        if len(self._kept) < MOST_WARNINGS:
            self._kept.append(sentence)
        else:
            self._more += 1

    def sentences(self) -> tuple[str, ...]:
        if self._more:
            return (*self._kept, tr("And {number:,} more of the like.", number=self._more))
        return tuple(self._kept)


def _records(plain: list[Any], warnings: _Warnings) -> dict[str, AnyRecord]:
    records: dict[str, AnyRecord] = {}
    for content in plain:
        if not isinstance(content, dict):
            warnings.add(tr("A record that is no object was left out."))
            continue
        record = record_from_plain(content, warnings)
        if record is None:
            continue
        if record.id in records:
            if isinstance(record, Unknown) and not is_record_id(content.get("id")):
                record = msgspec.structs.replace(record, id=_free_id(record.id, records))
            else:
                warnings.add(
                    tr("Two records have the id {id}; the second was left out.", id=_short(record.id))
                )
                continue
        records[record.id] = record
    return records


def record_from_plain(content: dict[str, Any], warnings: _Warnings | None = None) -> AnyRecord | None:
    """The record that a JSON object says, fields of the wrong type mended; None where nothing could be made of it."""
    warnings = warnings or _Warnings()
    kind = content.get("kind")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    id = content.get("id")
    if cls is None or cls is Unknown:
        if is_record_id(id):
            return Unknown(id=str(id), content=content)
        digest = hashlib.sha256(msgspec.json.encode(content)).hexdigest()
        return Unknown(id=f"unknown-{digest[:16]}", content=content)
    if not is_record_id(id):
        warnings.add(tr("A {kind} without a usable id was left out.", kind=kind))
        return None
    known = _fields(cls)
    values = {key: value for key, value in content.items() if key in known}
    extra = {key: value for key, value in content.items() if key not in known and key != "kind"}
    if extra:
        values["extra"] = extra
    try:
        record: Any = msgspec.convert(values, cls)
    except msgspec.ValidationError:
        record = _mended(cls, values, warnings)
    return record  # type: ignore[no-any-return]


@cache
def _fields(cls: type[Record]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a record that the file names; `extra` is not one of them."""
    return {field.name: field for field in msgspec.structs.fields(cls) if field.name != "extra"}


def _mended(cls: type[Record], values: dict[str, Any], warnings: _Warnings) -> Record | None:
    """The record without its fields of the wrong type, if it can do without them."""
    bad = []
    for name, field in _fields(cls).items():
        if name not in values:
            if field.required:
                bad.append(name)
            continue
        try:
            msgspec.convert(values[name], field.type)
        except msgspec.ValidationError:
            bad.append(name)
    id, kind = _short(values["id"]), cls.kind
    if any(_fields(cls)[name].required for name in bad):
        warnings.add(
            tr("The {kind} {id} was left out: its {what} is not usable.", kind=kind, id=id, what=bad[0])
        )
        return None
    for name in bad:
        warnings.add(
            tr("The {what} of the {kind} {id} was not usable and was reset.", what=name, kind=kind, id=id)
        )
    return msgspec.convert({key: value for key, value in values.items() if key not in bad}, cls)


def _free_id(id: str, taken: Mapping[str, Any]) -> str:
    number = len(taken) + 1  # not from 2: a file may hold a million of the same
    while f"{id}-{number}" in taken:
        number += 1
    return f"{id}-{number}"


def _short(text: object) -> str:
    return str(text) if len(str(text)) <= 60 else str(text)[:59] + "…"
