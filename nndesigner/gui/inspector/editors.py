"""Which editor for which kind of field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import (
    AxisField,
    BoolField,
    ChoiceField,
    CodeField,
    DataFieldField,
    Field,
    FloatField,
    IntField,
    PathField,
    SizesField,
    TextField,
)
from nndesigner.base.text import tr
from nndesigner.gui.inspector.choice_editors import BoolEditor, ChoiceEditor
from nndesigner.gui.inspector.code_editor import CodeEditor
from nndesigner.gui.inspector.field_editor import Editor
from nndesigner.gui.inspector.line_editors import (
    AxisEditor,
    NumberEditor,
    PathEditor,
    SizesEditor,
    TextEditor,
)


def data_field_choices(field: DataFieldField, fields: Mapping[str, DataField]) -> dict[str, str]:
    """What a data-field editor offers: automatic, then every field of its role; for a target, what enters the network
    too, which an autoencoder gives back."""
    fitting = {
        name: f"{name} ({found.kind})"
        for name, found in fields.items()
        if found.role in (field.role, "either")
    }
    given_back = {
        name: tr("{name} ({kind}, as it enters)", name=name, kind=found.kind)
        for name, found in fields.items()
        if field.role == "target" and name not in fitting
    }
    return {"": tr("automatic"), **fitting, **given_back}


def editor(
    field: Field,
    fields: Mapping[str, DataField] | None = None,
    folder: Callable[[], Path | None] = lambda: None,
) -> Editor:
    """The editor for a field. `fields` are those of the project's data, `folder` is the project's."""
    match field:
        case IntField() | FloatField():
            return NumberEditor(field)
        case BoolField():
            return BoolEditor(field)
        case ChoiceField():
            return ChoiceEditor(field, field.choices)
        case DataFieldField():
            return ChoiceEditor(field, data_field_choices(field, fields or {}))
        case SizesField():
            return SizesEditor(field)
        case AxisField():
            return AxisEditor(field)
        case PathField():
            return PathEditor(field, folder)
        case CodeField():
            return CodeEditor(field)
        case TextField():
            return TextEditor(field)
    raise TypeError(f"no editor for a field of the kind “{field.kind}”")
