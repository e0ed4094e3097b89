"""Which keys every action has: the table's own, those of a preset, and what this user changed, the later winning.

What a user changed is kept in the user's state folder, beside the state of the window. A file that cannot be read is
as if it had never been.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.folders import state_folder
from nndesigner.gui.key_presets import PRESETS, USUAL, Keys

if TYPE_CHECKING:
    from nndesigner.gui.actions import Action

_FILE = "keys.json"
_ALONE = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_unknown)
"""No keys of their own."""


class Bindings(msgspec.Struct, frozen=True, kw_only=True):
    """A preset by its name, and the actions to which the user gave other keys; () for none."""

    version: int = 1
    preset: str = USUAL
    keys: dict[str, tuple[str, ...]] = {}

    def given(self, id: str, keys: Iterable[str]) -> Bindings:
        """The same with other keys for an action."""
        return msgspec.structs.replace(self, keys={**self.keys, id: tuple(keys)})

    def without(self, id: str) -> Bindings:
        """The same with the preset's keys for an action."""
        return msgspec.structs.replace(self, keys={k: keys for k, keys in self.keys.items() if k != id})


def read() -> Bindings:
    try:
        found = msgspec.json.decode((state_folder() / _FILE).read_bytes()[: 1 << 20], type=Bindings)
    except (OSError, WriteError, msgspec.DecodeError, UnicodeError):
        return Bindings()
    return found if found.version == 1 else Bindings()


def keep(bindings: Bindings) -> None:
    with contextlib.suppress(OSError, WriteError):
        write_atomically(state_folder() / _FILE, msgspec.json.encode(bindings))


def canonical(key: str) -> str:
    """A key as Qt writes it in every language, "Ctrl+D"; "" for what is no key."""
    sequence = QKeySequence.fromString(key, QKeySequence.SequenceFormat.PortableText)
    known = sequence.count() == 1 and sequence[0].key() not in _ALONE  # type: ignore[index]
    return sequence.toString(QKeySequence.SequenceFormat.PortableText) if known else ""


def native(key: str) -> str:
    """A key as this system writes it on its menus."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def settled(table: Iterable[Action], bindings: Bindings) -> dict[str, tuple[str, ...]]:
    """The keys of every action. None means two things: the user's win over the preset's, those over the table's."""
    preset: Keys = PRESETS.get(bindings.preset, {})
    wanted: list[tuple[int, int, str, tuple[str, ...]]] = []
    for position, action in enumerate(table):
        layers = (bindings.keys, preset)
        rank = next((rank for rank, keys in enumerate(layers) if action.id in keys), len(layers))
        keys = layers[rank][action.id] if rank < len(layers) else action.keys
        wanted.append((rank, position, action.id, keys))
    taken: set[str] = set()
    found: dict[str, tuple[str, ...]] = {}
    for _, _, id, keys in sorted(wanted):
        free = [key for key in dict.fromkeys(map(canonical, keys)) if key and key not in taken]
        taken.update(free)
        found[id] = tuple(free)
    return found


def own_letters(table: Iterable[Action], bindings: Bindings) -> frozenset[str]:
    """Single letters that a preset or the user gave to actions: the canvas does not search with them."""
    if not bindings.keys and not PRESETS.get(bindings.preset):
        return frozenset()
    table = tuple(table)
    usual = {(action.id, canonical(key)) for action in table for key in action.keys}
    given = {(id, key) for id, keys in settled(table, bindings).items() for key in keys} - usual
    return frozenset(key for _, key in given if len(key) == 1 and key.isalpha())
