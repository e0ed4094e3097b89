"""Several edits as one: each sees what the ones before it have done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.diff import Diff, squash
from nndesigner.document.document import Document
from nndesigner.document.verbs import VERBS, verb


@verb
def together(document: Document, steps: Iterable[Mapping[str, Any]]) -> Diff:
    """Runs verbs one after the other; `steps` are {"verb": name, "arguments": by name}. All of them, or none."""
    whole = Diff()
    for step in steps:
        edit = VERBS.get(str(step.get("verb")))
        if edit is None or edit is together:
            raise Refusal(tr("There is no edit “{name}”.", name=step.get("verb")))
        diff = edit(document, **step.get("arguments", {}))
        document = document.apply(diff)
        whole = squash(whole, diff)
    return whole
