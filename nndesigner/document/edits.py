"""Every way to change a document, one verb each: each takes the document and values, and gives a Diff.

Menus, gestures, paste, quick fixes and scripts all come through here, so all of them can be undone and journalled.
A verb that cannot be done raises Refusal with the sentence to show; the document is never half changed. The verbs
themselves stand in `node_edits`, `wire_edits`, `chain_edits`, `look_edits` and others; this is the one door to them.
"""

from __future__ import annotations

import re

from nndesigner.base.names import new_id
from nndesigner.base.text import count, tr
from nndesigner.document.block_declaring import order_ports, rename_block_parameter
from nndesigner.document.block_edits import (
    dissolve_block,
    make_block,
    new_block,
    remove_block,
    set_network,
    use_block,
)
from nndesigner.document.bringing import bring_block
from nndesigner.document.chain_edits import bend_wires, move_wires, pull_out, splice
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.join_edits import join
from nndesigner.document.look_edits import (
    add_frame,
    add_note,
    arrange,
    resize,
    set_bends,
    set_frame,
    set_look,
    set_note,
)
from nndesigner.document.node_edits import (
    add_node,
    move,
    place,
    remove,
    remove_and_reconnect,
    rename,
    replace,
    reset_parameter,
    set_comment,
    set_parameter,
    set_parameters,
)
from nndesigner.document.other_edits import (
    copy,
    paste,
    relocate_data,
    set_augmentation,
    set_data,
    set_found,
    set_plan,
)
from nndesigner.document.records import DataSource, Edge, Frame, Network, Node, Note, TrainingPlan
from nndesigner.document.several_edits import reset_in_several, set_in_several
from nndesigner.document.together import together
from nndesigner.document.use_edits import set_bypass, set_learning, share_weights
from nndesigner.document.verbs import COLUMN, FARTHEST, GRID, VERBS, verb
from nndesigner.document.wire_edits import (
    append_node,
    connect,
    disconnect,
    downstream,
    free_input,
    insert_on_wire,
    rewire,
    why_not,
)
from nndesigner.document.wiring import ports

__all__ = [
    "COLUMN",
    "FARTHEST",
    "GRID",
    "VERBS",
    "Diff",
    "add_frame",
    "add_node",
    "add_note",
    "append_node",
    "arrange",
    "bend_wires",
    "bring_block",
    "connect",
    "copy",
    "disconnect",
    "dissolve_block",
    "downstream",
    "free_input",
    "insert_on_wire",
    "join",
    "make_block",
    "move",
    "move_wires",
    "new_block",
    "new_document",
    "order_ports",
    "paste",
    "place",
    "ports",
    "pull_out",
    "relocate_data",
    "remove",
    "remove_and_reconnect",
    "remove_block",
    "rename",
    "rename_block_parameter",
    "replace",
    "reset_in_several",
    "reset_parameter",
    "resize",
    "rewire",
    "say",
    "set_augmentation",
    "set_bends",
    "set_bypass",
    "set_comment",
    "set_data",
    "set_found",
    "set_frame",
    "set_in_several",
    "set_learning",
    "set_look",
    "set_network",
    "set_note",
    "set_parameter",
    "set_parameters",
    "set_plan",
    "share_weights",
    "splice",
    "together",
    "use_block",
    "verb",
    "why_not",
]


def new_document(name: str = "network") -> Document:
    """An empty project: one network and a training plan."""
    return Document([Network(id=new_id(), name=name), TrainingPlan(id=new_id())])


def say(diff: Diff) -> str:
    """A short name for an edit, as the undo menu shows it."""
    nodes = [r for r in diff.added.values() if isinstance(r, Node)]
    gone = [r for r in diff.removed.values() if isinstance(r, Node)]
    if len(nodes) == 1 and not gone:
        return tr("Add {name}", name=nodes[0].name)
    if nodes and not gone:
        return tr("Add {what}", what=count(len(nodes), "layer", "layers"))
    if len(gone) == 1:
        return tr("Remove {name}", name=gone[0].name)
    if gone:
        return tr("Remove {what}", what=count(len(gone), "layer", "layers"))
    if any(isinstance(r, DataSource) for r in diff.added.values()):
        return tr("Choose the data")
    if any(isinstance(r, TrainingPlan) for r in diff.added.values()):
        return tr("Change the training settings")
    if any(isinstance(r, Note) for r in diff.added.values()):
        return tr("Add a note")
    if any(isinstance(r, Frame) for r in diff.added.values()):
        return tr("Add a frame")
    if any(isinstance(r, Edge) for r in diff.added.values()):
        return tr("Connect")
    if any(isinstance(r, Edge) for r in diff.removed.values()) and not diff.changed:
        return tr("Disconnect")
    for before, after in diff.changed.values():
        if isinstance(before, Node) and isinstance(after, Node):
            if before.type != after.type:
                return tr("Replace {name}", name=before.name)
            if before.name != after.name:
                return tr("Rename {name}", name=after.name)
            changed = [k for k in after.parameters if before.parameters.get(k) != after.parameters[k]]
            if before.parameters != after.parameters:
                what = re.sub("_", " ", changed[0]) if changed else tr("parameter")
                return tr("Set {what} of {name}", what=what, name=after.name)
            if before.comment != after.comment:
                return tr("Comment on {name}", name=after.name)
            if before.color != after.color:
                return tr("Colour {what}", what=count(len(diff.changed), "layer", "layers"))
            if before.collapsed != after.collapsed:
                word = tr("Fold {what}") if after.collapsed else tr("Unfold {what}")
                return word.format(what=count(len(diff.changed), "layer", "layers"))
            return tr("Move {what}", what=count(len(diff.changed), "layer", "layers"))
        if isinstance(after, Edge):
            bent = isinstance(before, Edge) and before.bends != after.bends
            return tr("Bend a wire") if bent else tr("Move a wire")
        if isinstance(after, Note):
            return tr("Change a note")
        if isinstance(after, Frame):
            return tr("Change a frame")
        if isinstance(after, DataSource):
            return tr("Change the data")
        if isinstance(after, TrainingPlan):
            augmented = isinstance(before, TrainingPlan) and before.augmentation != after.augmentation
            return tr("Change the augmentation") if augmented else tr("Change the training settings")
    return tr("Edit")
