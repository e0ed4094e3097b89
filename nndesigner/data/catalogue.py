"""All data sources there are, found by walking this package. It lists them; it reads no data."""

from __future__ import annotations

from functools import cache

import nndesigner.data
from nndesigner.base.discovery import discover
from nndesigner.data.source import Source

FILES = ("Tables and series", "Images and sounds", "Texts and sequences", "Arrays")
"""The groups of what the user has on disk."""
GROUPS = (*FILES, "Classic data sets", "Points in the plane", "Made to measure")
"""The order in which groups are offered; a group that is not named here comes after these."""


@cache
def sources() -> dict[str, Source]:
    """Every declared source by type. Raises ValueError where two files declare one type."""
    found: dict[str, Source] = {}
    for entry in discover(nndesigner.data, Source):
        if entry.type in found:
            raise ValueError(f"two declarations of the data source {entry.type}")
        found[entry.type] = entry
    return found


def source(type: str) -> Source | None:
    """The source of that type, or None: a project from elsewhere may name one that is not here."""
    return sources().get(type)


def grouped() -> dict[str, tuple[Source, ...]]:
    """Sources by group, groups in the order in which they are offered."""
    by_group: dict[str, list[Source]] = {group: [] for group in GROUPS}
    for entry in sources().values():
        by_group.setdefault(entry.group, []).append(entry)
    return {group: tuple(entries) for group, entries in by_group.items() if entries}
