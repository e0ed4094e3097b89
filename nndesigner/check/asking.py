"""What a trained network can be asked, told by its shape alone: whether it goes on with texts, where it holds maps."""

from __future__ import annotations

from nndesigner.base.data_field import DataField
from nndesigner.check.checked import CheckedNetwork, Head, Inner

START = "<start>"
MAPS = ("channel", "height", "width")


def goes_on(checked: CheckedNetwork) -> tuple[DataField, Head] | None:
    """The field and the head of a network that tells for every place of a text which token comes next; else None."""
    fields = [node.field for node in checked.inputs if node.field is not None]
    if len(fields) != 1 or len(checked.inputs) != 1 or fields[0].kind != "tokens":
        return None
    for head in checked.heads:
        target = head.target
        if target is None or target.name == fields[0].name:
            continue  # a text that is compared with itself says nothing of what comes next
        if target.kind == "tokens" and target.tokens == fields[0].tokens and head.aligned:
            return (fields[0], head) if head.arriving.rank == 3 else None
    return None


def writes(checked: CheckedNetwork) -> tuple[int, Head] | None:
    """Which input of a network reads what is written so far, and the head that tells the next token of it; else None.

    It is a field of tokens that <start> is one of, over the tokens of the head's target and as long as it; something
    else is read besides.
    """
    if len(checked.inputs) < 2:
        return None
    for head in checked.heads:
        target = head.target
        if target is None or target.kind != "tokens" or head.arriving.rank != 3 or not head.aligned:
            continue
        for place, node in enumerate(checked.inputs):
            field = node.field
            if field is None or START not in field.tokens or field.sizes != target.sizes:
                continue
            if field.tokens[: len(target.tokens)] == target.tokens:
                return place, head
    return None


def reads_off(checked: CheckedNetwork) -> Head | None:
    """The head whose best path over the steps is a text (CTC); else None."""
    return next((head for head in checked.heads if not head.aligned and head.target is not None), None)


def layers_with_maps(checked: CheckedNetwork) -> list[Inner]:
    """Layers whose output is a stack of maps (channel, height, width) and that an answer depends on."""
    found = []
    for inner in checked.walk():
        made = inner.node.outputs.get("y")
        if inner.node.role != "layer" or made is None:
            continue
        if tuple(axis.meaning for axis in made.axes[1:]) == MAPS:
            found.append(inner)
    return found
