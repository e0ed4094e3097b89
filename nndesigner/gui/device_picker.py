"""The choice of a device: each one by name with its free memory, and for one that is not used the reason why.

It shows what workers have told; it asks no driver itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.fields import Field
from nndesigner.base.text import tr
from nndesigner.gui.inspector.choice_editors import Combo
from nndesigner.gui.inspector.facts import bytes_words
from nndesigner.gui.inspector.field_editor import Editor
from nndesigner.gui.plain import label, tip
from nndesigner.protocol.messages import Device

AUTOMATIC = "auto"


def device_words(device: Device) -> str:
    """`NVIDIA H200 · 138 GB free`."""
    if not device.free_memory:
        return device.label
    return tr("{device} · {memory} free", device=device.label, memory=bytes_words(device.free_memory))


def chosen_device(value: str, devices: Sequence[Device]) -> Device | None:
    """The device that a plan's word means: the first usable one for "auto", "cuda" for "cuda:0"."""
    if value == AUTOMATIC:
        return next((device for device in devices if device.usable), None)
    return next((d for d in devices if d.name == value or d.name == f"{value}:0"), None)


class DeviceEditor(Editor):
    """A combo box of devices; below it, what is chosen and why others cannot be used."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.devices: tuple[Device, ...] = ()
        column = QWidget()
        box = QVBoxLayout(column)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        self.combo = Combo()
        self._watch(self.combo)
        self.combo.came.connect(self.focused)
        self.combo.currentIndexChanged.connect(self._chosen)
        box.addWidget(self.combo)
        self.reasons = label(role="muted", wrap=True)
        self.reasons.hide()
        box.addWidget(self.reasons)
        self._row.addWidget(column, 1)
        self._value = AUTOMATIC
        self._fill()

    def show_devices(self, devices: Sequence[Device]) -> None:
        """What there is to compute on, as a worker told."""
        if tuple(devices) != self.devices:
            self.devices = tuple(devices)
            self._fill()

    def show_value(self, value: Any) -> None:
        if value != self._value:
            self._value = value
            self._fill()

    def _fill(self) -> None:
        model = QStandardItemModel(self.combo)  # the combo box deletes the one before: it is its child
        automatic = chosen_device(AUTOMATIC, self.devices)
        words = tr("Automatic")
        if automatic is not None:
            words = tr("Automatic ({device})", device=automatic.name)
        model.appendRow(self._item(AUTOMATIC, words, True, device_words(automatic) if automatic else ""))
        known = chosen_device(self._value, self.devices) if self._value != AUTOMATIC else None
        current = 0
        for device in self.devices:
            shown = (
                device_words(device) if device.usable else tr("{device} (not usable)", device=device.label)
            )
            model.appendRow(self._item(device.name, shown, device.usable, device.reason))
            if device is known:
                current = model.rowCount() - 1
        if self._value != AUTOMATIC and known is None:
            here = tr("{device} (not on this machine)", device=self._value) if self.devices else self._value
            model.appendRow(self._item(str(self._value), here, True, ""))
            current = model.rowCount() - 1
        with QSignalBlocker(self.combo):
            self.combo.setModel(model)
            self.combo.setCurrentIndex(current)
        chosen = chosen_device(str(self._value), self.devices)
        lines = [device_words(chosen)] if chosen is not None else []
        lines += [
            tr("Not used: {device}. {reason}", device=device.label, reason=device.reason)
            for device in self.devices
            if not device.usable
        ]
        self.reasons.setText("\n".join(lines))
        self.reasons.setVisible(bool(lines))

    @staticmethod
    def _item(word: str, shown: str, usable: bool, reason: str) -> QStandardItem:
        item = QStandardItem(shown)
        item.setData(word, Qt.ItemDataRole.UserRole)
        item.setEnabled(usable)
        item.setToolTip(tip(reason or shown))
        return item

    def _chosen(self, index: int) -> None:
        value = self.combo.itemData(index)
        if index >= 0 and value != self._value:
            self._value = value
            self.entered.emit(value)
