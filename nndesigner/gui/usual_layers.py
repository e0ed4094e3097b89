"""What this user reaches for: layers marked as favourites, and those added last. Kept in the user's state folder.

Layer types, and blocks of the library as `library:name`; a project's own blocks mean nothing elsewhere.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from nndesigner.gui import window_state
from nndesigner.layers.catalogue import layer

MOST_USED = 12
"""remembered; how many are shown is for whoever shows them"""
LIBRARY = "library:"


def can_be_kept(type: str) -> bool:
    """Whether a word of the palette means the same in every project."""
    return type.startswith(LIBRARY) or layer(type) is not None


class UsualLayers(QObject):
    """One window's view of them; `changed` is told after every change of its own."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        state = window_state.read()
        self.favourites, self.used = state.favourites, state.used_layers

    def is_favourite(self, type: str) -> bool:
        return type in self.favourites

    def toggle_favourite(self, type: str) -> None:
        """Marks a layer, behind those marked before, or takes its mark away."""
        if not can_be_kept(type):
            return
        known = window_state.read().favourites  # another window may have marked some meanwhile
        others = tuple(other for other in known if other != type)
        self.favourites = others if type in self.favourites else (*others, type)
        window_state.change(favourites=self.favourites)
        self.changed.emit()

    def remember(self, type: str) -> None:
        """A layer was added: it is the one used last."""
        if not can_be_kept(type) or self.used[:1] == (type,):
            return
        known = window_state.read().used_layers
        self.used = (type, *(other for other in known if other != type))[:MOST_USED]
        window_state.change(used_layers=self.used)
        self.changed.emit()

    def rank(self, type: str) -> tuple[int, int]:
        """Sorts favourites before what was used last, newest first, before everything else."""
        if type in self.favourites:
            return 0, self.favourites.index(type)
        return (1, self.used.index(type)) if type in self.used else (2, 0)
