"""The page of the data: made when it is first asked for, joined to the session, which does what it asks for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.gui.augmentation.view import AugmentationView
    from nndesigner.gui.data_view import DataView
    from nndesigner.session.session import Session


class DataPage:
    """`place` is what stands among the pages; the view comes into it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.augmentation: AugmentationView | None = None
        """made when it is first looked at"""
        self.place = QWidget()
        QVBoxLayout(self.place).setContentsMargins(0, 0, 0, 0)

    @property
    def made(self) -> DataView | None:
        """The view, where it is there already."""
        found: DataView | None = vars(self).get("view")
        return found

    @cached_property
    def view(self) -> DataView:
        from nndesigner.gui.data_view import DataView

        made = DataView(lambda: self._session.files.folder, self._augmentation)
        made.chosen.connect(self._choose)
        made.entered.connect(self._enter)
        made.reset.connect(lambda name: self._enter(name, None))
        made.read.connect(self._read)
        made.cancelled.connect(self._session.data.cancel)
        made.trusted.connect(self._trust)
        made.read_wanted.connect(self._ask_about_code)
        self._session.trust.changed.connect(made.show_trust)
        layout = self.place.layout()
        assert layout is not None
        layout.addWidget(made)
        made.show()
        self._show(made)
        return made

    def _augmentation(self) -> QWidget:
        from nndesigner.gui.augmentation.view import AugmentationView

        self.augmentation = AugmentationView(self._session)
        return self.augmentation

    def close_down(self) -> None:
        if self.augmentation is not None:
            self.augmentation.close_down()

    def _choose(self, type: str) -> None:
        self._session.edit(tr("Choose data"), "set_data", type=type)

    def _enter(self, name: str, value: Any) -> None:
        """A setting of the data source; None goes back to the default."""
        data = self._session.document.data
        if data is None:
            return
        values = {key: old for key, old in data.parameters.items() if key != name}
        if value is not None:
            values[name] = value
        self._session.edit(tr("Change the data"), "set_data", type=data.type, parameters=values)

    def _trust(self, text: str) -> None:
        """Code that the user wrote here, and lets run."""
        try:
            self._session.trust.trust(text)
        except WriteError as error:
            self.view.show_idle(str(error))

    def _ask_about_code(self) -> None:
        if self._session.document.data is not None:
            self._session.trust.asked.tell(self._session.document.data.id)

    def _read(self) -> None:
        try:
            self._session.data.inspect()
        except Refusal as error:
            self.view.show_idle(str(error))

    def show_progress(self) -> None:
        if self.made is not None:
            self._show(self.made)

    def _show(self, page: DataView) -> None:
        data = self._session.data
        if data.progress is not None:
            page.show_reading(data.progress.fraction, data.progress.sentence)
        else:
            page.show_idle(data.failure)
        page.show_document(self._session.document)

    def show_document(self) -> None:
        if self.made is not None:
            self.made.show_document(self._session.document)

    def flush(self) -> None:
        """Enters what is being typed."""
        if self.made is not None:
            self.made.flush()
        if self.augmentation is not None:
            self.augmentation.flush()
