"""Data that a function of the user's own gives: inputs and targets as NumPy arrays or tensors, made or read.

Its text says its settings. It runs only in a worker, only after the user has trusted it, and then with all of the
user's rights: whatever reads data must be able to. What arrays hold is understood in `arrays.py`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.base import own_functions, starters, trust
from nndesigner.base.fields import CodeField, Field, PathField, Values
from nndesigner.base.own_functions import OWN, PREFIX, OwnFunction, read_own
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled, Progress
from nndesigner.base.text import tr
from nndesigner.base.trusted_code import module_of, what_failed, with_line
from nndesigner.data.array_room import Room
from nndesigner.data.arrays import ARRAY_FIELDS, arrays_loaded, from_archive
from nndesigner.data.plane import SEED
from nndesigner.data.sliced import of_memory
from nndesigner.data.source import Array, Loaded, Source

CODE = CodeField(
    name="code",
    label="Code",
    default=starters.DATA,
    reads=own_functions.DATA,
    help="A Python module with a function data() that gives (inputs, targets): NumPy arrays or tensors whose first axis"
    " counts the samples. Arguments with a default are settings; seed is given the seed below, folder the folder of the"
    " project. It runs in a process of its own, and only after you have trusted it.",
)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    text = values[CODE.name]
    read = read_own(own_functions.DATA, text)
    if not read.ok:
        raise Refusal(tr("Line {line} of the code: {sentence}", line=read.line, sentence=read.sentence))
    (told,) = read.functions
    progress(0.1, tr("Running {name}", name=told.name))
    given = _called(text, told, values, folder)
    progress(0.7, tr("Understanding what {name} gives", name=told.name))
    loaded = _understood(given, told, values)
    settings = msgspec.json.encode(told.changed(values), order="deterministic", enc_hook=str)
    # Another text is other data, even where it happens to give the same numbers.
    return replace(loaded, mark=f"{trust.digest(text)} {settings.decode()}")


def _called(text: str, told: OwnFunction, values: Values, folder: Path) -> Any:
    """What the function gives. Raises Refusal with its name and line for whatever it raises."""
    keywords = told.changed(values)
    for field in told.fields:
        if isinstance(field, PathField):
            keywords[field.name.removeprefix(PREFIX)] = folder / str(values.get(field.name, field.default))
    known = {"seed": values["seed"], "folder": folder}
    keywords |= {name: known[name] for name in told.given}
    if "torch" in text:  # its generator has to be there before it can begin at the seed
        import torch  # noqa: F401
    with _seeded(values["seed"]):
        try:
            # Anew, so that what is drawn or counted outside of the function begins anew as well.
            function = vars(module_of(text, told.name, again=True)).get(told.name)
            if not callable(function):
                raise Refusal(tr("{name} is no function once the code has run.", name=told.name))
            return function(**keywords)
        except (Refusal, Cancelled, MemoryError):
            raise
        except (Exception, SystemExit) as error:
            raise Refusal(with_line(*what_failed(text, told.name, error))) from None


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """The usual generators begin at the seed, and go on afterwards as if nobody had drawn from them."""
    torch = sys.modules.get("torch")
    kept = (
        random.getstate(),
        np.random.get_state(),
        torch.random.get_rng_state() if torch is not None else None,
    )
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if torch is not None:
        torch.random.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
        if torch is not None:
            torch.random.set_rng_state(kept[2])


def _understood(given: Any, told: OwnFunction, values: Values) -> Loaded:
    """(inputs, targets), each an array or arrays by name; or one dict of arrays as an archive has them."""

    def wrong(what: str) -> Refusal:
        sentence = tr(
            "{name} is to give (inputs, targets), arrays whose first axis counts the samples, but it gives {what}.",
            name=told.name,
            what=what,
        )
        return Refusal(with_line(sentence, told.returns))

    parts: npt.NDArray[np.int8] | None = None
    try:
        if isinstance(given, Mapping):
            arrays = {str(name): of_memory(_array(value)) for name, value in given.items()}
            x, y, parts = from_archive(arrays, {"x": "", "y": ""}, told.name)
            return arrays_loaded(x, y, parts, values, told.name, Room())
        if not isinstance(given, tuple | list) or len(given) != 2:
            what = tr("{n} values", n=len(given)) if isinstance(given, tuple | list) else type(given).__name__
            raise wrong(what)
        inputs, targets = given
        if not isinstance(inputs, Mapping) and not isinstance(targets, Mapping):
            return _loaded(_array(inputs), _array(targets), values, told)
        return _by_name(inputs, targets, told, values)
    except _NoArray as error:
        raise wrong(str(error)) from None


def _by_name(inputs: Any, targets: Any, told: OwnFunction, values: Values) -> Loaded:
    """Several fields: each array is understood beside the first of the other side, and takes the name that it has."""
    sides = [
        {str(name): _array(value) for name, value in side.items()}
        if isinstance(side, Mapping)
        else {"": _array(side)}
        for side in (inputs, targets)
    ]
    if not all(sides):
        raise _NoArray(tr("no arrays"))
    if values["fill"] == "drop" and any(np.isnan(x).any() for x in sides[0].values() if x.dtype.kind == "f"):
        raise Refusal(tr("Of several inputs no sample can be left out: fill in missing numbers."))
    first_x, first_y = (next(iter(side.values())) for side in sides)
    fields, arrays, remarks = [], {}, []
    for position, side in enumerate(sides):
        for name, array in side.items():
            pair = (array, first_y) if position == 0 else (first_x, array)
            loaded = _loaded(*pair, values, told)
            field = loaded.fields[position]
            found = loaded.arrays[field.name]
            field = msgspec.structs.replace(field, name=name or field.name)
            if field.name in arrays:
                raise _NoArray(tr("two arrays of the name “{name}”", name=field.name))
            fields.append(field)
            arrays[field.name] = found
            remarks += [remark for remark in loaded.remarks if remark not in remarks]
    return Loaded(fields=tuple(fields), arrays=arrays, remarks=tuple(remarks), in_order=values["in_order"])


def _loaded(x: Array, y: Array, values: Values, told: OwnFunction) -> Loaded:
    return arrays_loaded(of_memory(x), of_memory(y), None, values, told.name, Room())


class _NoArray(Exception):
    """What was given in place of an array, in a few words."""


def _array(value: Any) -> Array:
    if hasattr(value, "detach"):  # a tensor
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        raise _NoArray(tr("something that is no array ({kind})", kind=type(value).__name__)) from None
    if array.dtype.kind not in "buifSU":
        raise _NoArray(
            tr("Python objects in place of numbers")
            if array.dtype.kind == "O"
            else tr("an array of {kind}", kind=array.dtype)
        )
    return array


def _settings(values: Values) -> tuple[Field, ...]:
    text = values.get(CODE.name, CODE.default)
    return read_own(own_functions.DATA, text).fields if isinstance(text, str) else ()


OWN_FUNCTION = Source(
    type=OWN,
    label="Own function (Python)",
    group="Made to measure",
    summary="What a Python function of your own makes or reads.",
    help="The function gives inputs and targets as NumPy arrays or tensors, first axis the samples: (inputs, targets),"
    " each an array or a dict of arrays by name; or one dict with x and y, or with x_train, y_train, x_test and y_test,"
    " whose parts stay as they are. Its arguments with a default are settings here. Where it takes seed, it is given"
    " the seed, and where it takes folder, the project's folder. Text of a project from elsewhere runs only after you"
    " have read and trusted it.",
    synonyms=("python", "code", "script", "custom", "numpy", "generator", "simulation"),
    parameters=(
        CODE,
        replace(SEED, help="Given to the function, and where the usual random generators begin."),
        *ARRAY_FIELDS,
    ),
    load=_load,
    more=_settings,
)
