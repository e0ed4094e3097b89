"""Names that other versions, saved files and scripts rely on stay as they are.

`frozen_names.json` holds them: area → name → the names within it. A name that is gone or changed breaks somebody's
file or script; a new one is a promise from now on and is added to the file by hand, in the commit that makes it.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from nndesigner.app.cli import command_names, find_command, parser_of
from nndesigner.app.command import CODES
from nndesigner.augmentations.catalogue import augmentations
from nndesigner.base.description import Description, PortType, Question
from nndesigner.layers.catalogue import layers
from nndesigner.objectives.catalogue import objectives
from nndesigner.protocol import controls, framing, jobs, messages

FROZEN: dict[str, dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("frozen_names.json").read_text(encoding="utf-8")
)


def structs(union: object) -> dict[str, list[str]]:
    """The kind of each struct of a tagged union, with its fields."""
    return {
        str(kind.__struct_config__.tag): list(kind.__struct_encode_fields__)
        for kind in typing.get_args(union)
    }


def named(*kinds: type[msgspec.Struct]) -> dict[str, list[str]]:
    return {kind.__name__: list(kind.__struct_encode_fields__) for kind in kinds}


def catalogue() -> dict[str, list[str]]:
    """What project files hold of each layer: its type, its ports, its parameters with what they mean when left out."""
    found = {}
    for layer in layers().values():
        values = layer.defaults()
        parts = [f"in {port.name}" for port in layer.input_ports(values)]
        parts += [f"out {port.name}" for port in layer.output_ports(values)]
        for field in layer.parameters:
            default = list(field.default) if isinstance(field.default, tuple) else field.default
            choices = "|".join(getattr(field, "choices", {}))
            kind = f"{field.kind} {choices}".rstrip()
            parts.append(f"{field.name}: {kind} = {json.dumps(default, ensure_ascii=False)}")
        found[layer.type] = parts
    return found


def commands() -> dict[str, list[str]]:
    """What scripts type: every command's arguments and options ("…": a value follows), and words that may follow."""
    found = {}
    for name in command_names():
        parts = []
        for action in parser_of(find_command(name))._actions:
            if not action.option_strings:
                parts.append(str(action.metavar))
                continue
            option = " ".join(action.option_strings)
            words = [str(c) for c in action.choices or ()] or str(action.metavar or "…").split("|")
            if action.nargs == 0:
                parts.append(option)
            elif len(words) > 1:
                parts += [f"{option} {word}" for word in words]
            else:
                parts.append(f"{option} …")
        found[name] = sorted(parts)
    return found


def ways_of_learning() -> dict[str, list[str]]:
    """What project files hold of each objective: its settings with what they mean when left out."""
    return {
        type: [
            f"{field.name}: {field.kind} {'|'.join(getattr(field, 'choices', {}))}".rstrip()
            + f" = {json.dumps(field.default)}"
            for field in known.parameters
        ]
        for type, known in objectives().items()
    }


def augmentation_kinds() -> dict[str, list[str]]:
    """What project files hold of each augmentation: its settings with what they mean when left out."""
    return {
        type: [
            f"{field.name}: {field.kind} {'|'.join(getattr(field, 'choices', {}))}".rstrip()
            + f" = {json.dumps(field.default)}"
            for field in known.fields
        ]
        for type, known in augmentations().items()
    }


AREAS: dict[str, Callable[[], dict[str, list[str]]]] = {
    "jobs": lambda: structs(jobs.Job),
    "controls": lambda: structs(controls.Control),
    "messages": lambda: structs(messages.Message),
    "parts of messages": lambda: (
        named(messages.Device, controls.Subscription, Question, Description, PortType)
        | {"ScalarRow": list(messages.ScalarRow._fields)}
    ),
    "layers": catalogue,
    "objectives": ways_of_learning,
    "augmentations": augmentation_kinds,
    "commands": commands,
    "exit codes": lambda: {str(code): [sentence] for code, sentence in CODES},
    "frames": lambda: {kind.name: [str(kind.value)] for kind in framing.Kind},
}


@pytest.mark.parametrize("area", AREAS)
def test_names_are_as_they_were(area: str) -> None:
    now, then = AREAS[area](), FROZEN[area]
    gone = [
        f"{name}.{part}" if part else name
        for name, parts in then.items()
        for part in (["", *parts])
        if name not in now or (part and part not in now[name])
    ]
    assert not gone, "these names are gone; files and scripts that use them break"
    assert now == then, "these names are new: add them to frozen_names.json, they are a promise from now on"


def test_every_frozen_area_is_looked_at() -> None:
    assert set(FROZEN) == set(AREAS)


def test_tags_are_used_once() -> None:
    for union in (jobs.Job, controls.Control, messages.Message):
        assert len(structs(union)) == len(typing.get_args(union))
