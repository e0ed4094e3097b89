"""Packages with layers, as the window shows them: enabled and disabled by the user, the network checked again."""

from __future__ import annotations

from nndesigner.base.observer import Event
from nndesigner.layers import extensions
from nndesigner.layers.extensions import Extension
from nndesigner.session.editing import Editing


class Extensions:
    """What is installed, and the user's word on it."""

    def __init__(self, editing: Editing) -> None:
        self.changed: Event[[]] = Event()
        """the catalogue has other layers now"""
        self._editing = editing

    @property
    def installed(self) -> tuple[Extension, ...]:
        return extensions.installed()

    def enable(self, name: str) -> None:
        """Its layers are used from now on. Raises Refusal with the reason, or WriteError."""
        extensions.enable(name)
        self._look_again()

    def disable(self, name: str) -> None:
        """Its layers are not used any more. Raises Refusal or WriteError."""
        extensions.disable(name)
        self._look_again()

    def _look_again(self) -> None:
        self._editing.check_again()
        self.changed.tell()
