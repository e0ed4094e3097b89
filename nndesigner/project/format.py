"""The words of the file format, shared by reader and writer.

A project file is one JSON object: `format`, `version`, and `records`, each an object with its `kind` and `id`. Other
keys are not ours: they are kept in one record of kind Unknown under the id that no file can give a record.
"""

from __future__ import annotations

from nndesigner.document.records import KINDS, Unknown

FORMAT = "nndesigner"
VERSION = 1
SUFFIX = ".nnd"

KIND_ORDER = {kind: position for position, kind in enumerate(KINDS)}
"""The groups of the file in order; unknown kinds come last."""

PROJECT = ""
"""Id of the Unknown record that holds what the file says beside its records."""

LONGEST_ID = 64


def is_record_id(id: object) -> bool:
    return isinstance(id, str) and 0 < len(id) <= LONGEST_ID and id.isprintable()


def is_project_extra(record: object) -> bool:
    return isinstance(record, Unknown) and record.id == PROJECT
