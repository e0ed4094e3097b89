"""The examples of the ways of learning, shortened for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.reader import open_project
from nndesigner.session.data_paths import inside_settings

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def example(name: str, **plan: Any) -> Document:
    """An example's project with other settings of its plan; runs of it may lie anywhere."""
    document = open_project(EXAMPLES / f"{name}.nnd").document
    plan = {name: str(EXAMPLES / path) for name, path in inside_settings(document).items()} | plan
    return document.apply(edits.set_plan(document, plan))
