"""Packages with layers: what is installed, what each would bring, and a switch. Nothing is imported before it is on."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.gui.plain import label, menu_text
from nndesigner.layers.extensions import GROUP, Extension
from nndesigner.session.extensions import Extensions


class ExtensionsDialog(QDialog):
    """One row for each package."""

    def __init__(self, parent: QWidget | None, extensions: Extensions) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Packages with layers"))
        self.resize(600, 440)
        self._extensions = extensions
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 22, 24, 20)
        box.setSpacing(14)
        box.addWidget(label(tr("Packages with layers"), "subtitle"))
        box.addWidget(
            label(
                tr(
                    "Installed Python packages can bring layers along. One is run only after you have enabled it, and"
                    " then with all your rights: enable only what you trust."
                ),
                wrap=True,
            )
        )
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setSpacing(12)
        self.rows = [ExtensionRow(found, extensions) for found in extensions.installed]
        for row in self.rows:
            rows.addWidget(row)
        if not self.rows:
            nothing = tr(
                "No installed package brings layers (they are found by the entry point “{group}”).",
                group=GROUP,
            )
            rows.addWidget(label(nothing, "muted", wrap=True))
        rows.addStretch(1)
        scroll.setWidget(inside)
        box.addWidget(scroll, 1)
        close = QPushButton(tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(close)
        box.addLayout(line)


class ExtensionRow(QWidget):
    """One package: its name with a switch, what it brings, and what went wrong."""

    def __init__(self, found: Extension, extensions: Extensions) -> None:
        super().__init__()
        self.name, self._extensions = found.name, extensions
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(3)
        self.switch = QCheckBox(menu_text(f"{found.name} {found.version}".strip()))
        self.switch.setChecked(found.enabled)
        self.switch.toggled.connect(self._toggled)
        box.addWidget(self.switch)
        about = found.summary or tr("It says nothing of itself.")
        if found.types:
            about += "\n" + tr("Layers: {types}.", types=listing(list(found.types)))
        said = label(about, "muted", wrap=True)
        said.setContentsMargins(26, 0, 0, 0)
        box.addWidget(said)
        self.failure = label(found.failure, "error", wrap=True)
        self.failure.setContentsMargins(26, 0, 0, 0)
        self.failure.setVisible(bool(found.failure))
        box.addWidget(self.failure)

    def _toggled(self, on: bool) -> None:
        sentence = ""
        try:
            if on:
                self._extensions.enable(self.name)
            else:
                self._extensions.disable(self.name)
        except (Refusal, WriteError) as error:
            sentence = str(error)
            with QSignalBlocker(self.switch):
                self.switch.setChecked(not on)
        self.failure.setText(sentence)
        self.failure.setVisible(bool(sentence))
