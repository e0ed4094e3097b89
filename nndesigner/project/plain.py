"""Bytes to plain JSON values, with every limit held before anything is built from them.

A project file may come from anybody. Its size, depth and number of values are counted on the bytes; what JSON leaves
open (repeated keys, NaN, numbers without bound, lone surrogates) is refused. Nothing here knows what a project is.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a file may hold at most."""

    size: int = 50 * 2**20
    """bytes"""
    depth: int = 64
    """lists and objects inside one another"""
    values: int = 1_000_000
    """keys, numbers, texts, lists and objects, as the commas, colons and brackets give them away"""
    text: int = 1_000_000
    """characters of one text"""
    records: int = 100_000
    integer: int = 2**63 - 1


DEFAULT = Limits()

# Possessive, and an open text runs to the end: one pass whatever the bytes are.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def parse(data: bytes, limits: Limits = DEFAULT) -> Any:
    """The JSON value that `data` says. Raises Refusal with one sentence, within the limits in time and memory."""
    if len(data) > limits.size:
        raise Refusal(
            tr(
                "The file has {have:.0f} MB; a project has at most {most:.0f} MB.",
                have=len(data) / 2**20,
                most=limits.size / 2**20,
            )
        )
    data = data.removeprefix(b"\xef\xbb\xbf")
    keys = _survey(data, limits)
    try:
        value = msgspec.json.decode(data)
    except UnicodeDecodeError:
        raise Refusal(tr("The file is not text in UTF-8.")) from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Refusal(tr("The file is not JSON: {reason}.", reason=_first_line(error))) from None
    if _count_keys(value, limits) != keys:
        raise Refusal(tr("The file says “{key}” twice in one place.", key=_repeated_key(data)[:60]))
    return value


def _survey(data: bytes, limits: Limits) -> int:
    """Holds depth and number of values against the limits, on the bytes alone; gives the number of keys."""
    too_many = Refusal(tr("The file holds more than {most:,} values.", most=limits.values))
    bare, texts = _TEXT.subn(b"", data, count=limits.values + 1)
    if texts > limits.values:
        raise too_many
    brackets = bare.translate(None, _NOT_BRACKETS)
    keys = bare.count(b":")
    if bare.count(b",") + keys + len(brackets) > limits.values:
        raise too_many
    depth = 0
    for bracket in brackets:
        if bracket in b"[{":
            depth += 1
            if depth > limits.depth:
                raise Refusal(tr("The file is nested more than {most} levels deep.", most=limits.depth))
        else:
            depth -= 1
    return keys


def _count_keys(value: Any, limits: Limits) -> int:
    """Keys of all objects in `value`; refuses integers and texts beyond the limits on the way."""
    keys = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            keys += len(item)
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str):
            if len(item) > limits.text:
                raise Refusal(tr("A text in the file is longer than {most:,} characters.", most=limits.text))
        elif isinstance(item, int) and not -limits.integer <= item <= limits.integer:
            raise Refusal(tr("The file holds a whole number that is too large."))
    return keys


class _Repeated(Exception):
    pass


def _repeated_key(data: bytes) -> str:
    """Which key: looked for only once it is known that there is one."""

    def look(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Repeated(key)
            seen.add(key)

    try:
        json.loads(data, object_pairs_hook=look)
    except _Repeated as found:
        return str(found)
    return "?"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".")[:120]
