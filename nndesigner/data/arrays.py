"""Arrays of inputs and targets as data, whatever file they come from, and whether or not they fit into memory.

What an array holds (images, rows, series) is guessed from its shape; every guess can be overruled. Each kind of file is
declared in a file of its own. Arrays are gone through a block of samples at a time (`sliced.py`), and what is made of
them is put where the `Room` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import BoolField, ChoiceField, Field, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.array_room import Room
from nndesigner.data.preparation import FILL, PREPARATION, TARGET_PREPARATION
from nndesigner.data.sliced import Sliced, joined, of_memory
from nndesigner.data.source import TEST, TRAIN, VALIDATION, Array, Loaded
from nndesigner.data.splits import SPLIT_FIELDS

INPUT_NAMES = ("x", "X", "inputs", "input", "images", "data", "features", "arr_0")
TARGET_NAMES = ("y", "Y", "targets", "target", "labels", "label", "classes", "arr_1")
PART_SUFFIXES = {
    "train": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "test": TEST,
}
MOST_CLASSES = 10_000
MOST_TOKENS = 100_000
FEW_CLASSES = 1000
"""Whole numbers of at most so many kinds are read as classes."""


def arrays_loaded(
    x: Sliced, y: Sliced, parts: npt.NDArray[np.int8] | None, values: Values, file: str, room: Room
) -> Loaded:
    """Inputs (N, …) and targets (N, …), and the part of each sample where that is known. `values` are ARRAY_FIELDS'.

    Raises `Refusal` where they do not belong together.
    """
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise Refusal(
            tr(
                "The inputs have the shape {x} and the targets {y}: the first number, the samples, must be the same.",
                x=_shape(x.shape),
                y=_shape(y.shape),
            )
        )
    if len(x) == 0:
        raise Refusal(tr("The arrays in {name} hold no samples.", name=file))
    room.reserve(bytes_of_input(x, values) + bytes_of_target(y))
    remarks: list[str] = []
    input_field, inputs = input_from(x, values, remarks, room)
    target_field, targets = target_from(y, values["task"], remarks, room)
    if input_field.kind == "table":
        kept = _complete(inputs, values["fill"], remarks, room)
        if kept is not None:
            inputs, targets = room.only(inputs, kept), room.only(targets, kept)
            parts = None if parts is None else parts[kept]
    return Loaded(
        fields=(input_field, target_field),
        arrays={input_field.name: inputs, target_field.name: targets},
        parts=parts,
        remarks=tuple(remarks),
        in_order=values["in_order"],
    )


def from_archive(
    archive: Mapping[str, Sliced], values: Values, file: str
) -> tuple[Sliced, Sliced, npt.NDArray[np.int8] | None]:
    """Inputs, targets and, where the arrays are called x_train, x_test …, the part of each sample."""
    wanted_x, wanted_y = values["x"].strip(), values["y"].strip()
    stems_x = (wanted_x,) if wanted_x else INPUT_NAMES
    stems_y = (wanted_y,) if wanted_y else TARGET_NAMES
    for x, y in ((x, y) for x in stems_x for y in stems_y):
        pairs = {}
        for suffix, code in PART_SUFFIXES.items():
            for form in (f"{{}}_{suffix}", f"{suffix}_{{}}"):
                if form.format(x) in archive and form.format(y) in archive:
                    pairs[code] = (form.format(x), form.format(y))
        if TRAIN in pairs and x not in archive:
            return _joined(archive, pairs, file)
    name_x = array_name(archive, stems_x, wanted_x, tr("inputs"), file)
    name_y = array_name(archive, stems_y, wanted_y, tr("targets"), file)
    return archive[name_x], archive[name_y], None


def _joined(
    archive: Mapping[str, Sliced], pairs: Mapping[int, tuple[str, str]], file: str
) -> tuple[Sliced, Sliced, npt.NDArray[np.int8]]:
    xs, ys, parts = [], [], []
    for code, (name_x, name_y) in sorted(pairs.items()):
        x, y = archive[name_x], archive[name_y]
        if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
            raise Refusal(
                tr(
                    "In {file}, “{x}” has the shape {xs} and “{y}” {ys}: the first number must be the same.",
                    file=file,
                    x=name_x,
                    y=name_y,
                    xs=_shape(x.shape),
                    ys=_shape(y.shape),
                )
            )
        xs.append(x)
        ys.append(y)
        parts.append(np.full(len(x), code, np.int8))
    if len({x.shape[1:] for x in xs}) > 1 or len({y.shape[1:] for y in ys}) > 1:
        raise Refusal(
            tr("The arrays for training and test in {file} have samples of different shapes.", file=file)
        )
    return joined(xs), joined(ys), np.concatenate(parts)


def array_name(
    archive: Mapping[str, object], stems: tuple[str, ...], wanted: str, what: str, file: str
) -> str:
    for name in stems:
        if name in archive:
            return name
    known = ", ".join(list(archive)[:20])
    if wanted:
        raise Refusal(
            tr("{file} has no array “{name}”. It has: {known}.", file=file, name=wanted, known=known)
        )
    raise Refusal(
        tr("Which array of {file} holds the {what}? Name one of: {known}.", file=file, what=what, known=known)
    )


def bytes_of_input(x: Sliced, values: Values) -> int:
    """How much `input_from` makes of it. Raises `Refusal` as that does."""
    holds = _holds(x, values)
    return x.size * (8 if holds == "tokens" else 1 if holds == "image" and x.dtype == np.uint8 else 4)


def bytes_of_target(y: Sliced) -> int:
    """How much is made of a target, at most."""
    return y.size * (4 if y.dtype.kind == "f" and y.ndim > 1 else 8)


def _holds(x: Sliced, values: Values) -> str:
    if x.dtype.kind not in "buif":
        raise Refusal(tr("The inputs hold texts; numbers are needed."))
    return str(values["holds"]) if values["holds"] != "auto" else _guess(x)


def input_from(x: Sliced, values: Values, remarks: list[str], room: Room) -> tuple[DataField, Array]:
    """An input field and its array, as `values` (ARRAY_FIELDS) or the shape say. Raises `Refusal`."""
    holds = _holds(x, values)
    if x.ndim == 1:
        x = x.each(lambda block: block[:, None])
    if holds == "tokens":
        return _tokens(x, room)
    if holds == "table":
        if x.ndim > 2:
            remarks.append(tr("Each input of shape {shape} is read as one row.", shape=_shape(x.shape[1:])))
        width = math.prod(x.shape[1:])
        rows = x.each(lambda block: block.reshape(len(block), width))
        table = floats(rows, tr("inputs"), room, missing_allowed=True)
        field = DataField(
            name="table",
            role="input",
            kind="table",
            element="float",
            axes=(("feature", table.shape[1]),),
            columns=tuple(f"x{i + 1}" for i in range(table.shape[1])),
        )
        return field, table
    if holds == "series":
        if x.ndim not in (2, 3):
            raise Refusal(_not_so(x, tr("series"), "N × time × feature"))
        steps = x if x.ndim == 3 else x.each(lambda block: block[:, :, None])
        series = floats(steps, tr("inputs"), room)
        axes = (("time", series.shape[1]), ("feature", series.shape[2]))
        return DataField(name="series", role="input", kind="series", element="float", axes=axes), series
    pixels = _channels_first(x, values["layout"])
    images = room.filled(pixels, np.uint8) if x.dtype == np.uint8 else floats(pixels, tr("inputs"), room)
    sizes = images.shape[1:]
    field = DataField(
        name="image",
        role="input",
        kind="image",
        element="float",
        axes=(("channel", sizes[0]), ("height", sizes[1]), ("width", sizes[2])),
    )
    return field, images


def _tokens(x: Sliced, room: Room) -> tuple[DataField, Array]:
    if x.ndim != 2 or x.dtype.kind not in "bui" or x.size == 0:
        raise Refusal(_not_so(x, tr("tokens"), tr("N × time, whole numbers")))
    codes, low, high = whole_numbers(x, tr("inputs"), room)
    if low < 0 or high >= MOST_TOKENS:
        raise Refusal(
            tr(
                "The inputs hold {low} to {high}; numbers of tokens begin at 0 and are below {most:,}.",
                low=low,
                high=high,
                most=MOST_TOKENS,
            )
        )
    names = tuple(map(str, range(max(high + 1, 2))))
    axes = (("time", x.shape[1]),)
    field = DataField(name="tokens", role="input", kind="tokens", element="int", axes=axes, tokens=names)
    return field, codes


def _complete(table: Array, fill: str, remarks: list[str], room: Room) -> npt.NDArray[np.bool_] | None:
    """The rows that stay, None for all, and a remark on what becomes of the values that are missing (NaN)."""
    missing, complete = gaps(table, room)
    if not missing:
        return None
    if fill != "drop":
        remarks.append(
            tr(
                "{n:,} values are missing (NaN); the {fill} of the training samples stands in.",
                n=missing,
                fill=tr(fill),
            )
        )
        return None
    if not complete.any():
        raise Refusal(tr("No sample is complete: fill in missing numbers."))
    remarks.append(
        tr(
            "{n:,} of {all:,} samples are left out because a value is missing (NaN).",
            n=int((~complete).sum()),
            all=len(table),
        )
    )
    return complete


def gaps(table: Array, room: Room) -> tuple[int, npt.NDArray[np.bool_]]:
    """How many values of a table are missing (NaN), and which of its rows are complete."""
    complete = np.ones(len(table), bool)
    missing = 0
    for place, block in room.through(of_memory(table)):
        absent = np.isnan(block)
        missing += int(absent.sum())
        complete[place] = ~absent.any(axis=1)
    return missing, complete


def _guess(x: Sliced) -> str:
    """Rows, series or images, from the shape: two axes are rows, four are images, three are images if they look so."""
    if x.ndim <= 2:
        return "table"
    if x.ndim == 3:
        return "image" if x.dtype == np.uint8 or (x.shape[1] == x.shape[2] and x.shape[1] >= 4) else "series"
    if x.ndim == 4:
        return "image"
    raise Refusal(_not_so(x, tr("rows, series or images"), "N × …"))


def _channels_first(x: Sliced, layout: str) -> Sliced:
    if x.ndim == 3:
        return x.each(lambda block: block[:, None])
    if x.ndim != 4:
        raise Refusal(_not_so(x, tr("images"), "N × height × width or N × channel × height × width"))
    last = layout == "last" or (layout == "auto" and x.shape[3] in (1, 3, 4) and x.shape[1] not in (1, 3, 4))
    return x.each(lambda block: block.transpose(0, 3, 1, 2)) if last else x


def target_from(y: Sliced, task: str, remarks: list[str], room: Room) -> tuple[DataField, Array]:
    """A target field and its array: one class for each sample, or a row of numbers. Raises `Refusal`."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y.each(lambda block: block[:, 0])
    if y.dtype.kind in "SU":
        if y.ndim != 1 or task == "number":
            raise Refusal(tr("The targets hold texts, which can only be classes, one per sample."))
        texts = y.each(lambda block: block.astype(np.str_))
        names = _different(texts, room)
        return _classes(tuple(map(str, names)), texts, _places(names), room)
    if task == "auto" and y.ndim == 2 and y.shape[1] > 1 and _all(_one_hot, y, room):
        remarks.append(tr("The targets are one-hot rows and are read as {n} classes.", n=y.shape[1]))
        return _classes(tuple(map(str, range(y.shape[1]))), y, lambda block: block.argmax(axis=1), room)
    if task == "classes" and (y.ndim != 1 or not _all(_are_whole, y, room)):
        raise Refusal(
            tr("The targets of shape {shape} are not class numbers, one per sample.", shape=_shape(y.shape))
        )
    if y.ndim == 1 and (task == "classes" or (task == "auto" and y.dtype.kind in "bui")):
        whole = y.each(lambda block: block.astype(np.int64))
        numbers = _different(whole, room, enough=0 if task == "classes" else FEW_CLASSES)
        if task == "classes" or len(numbers) <= FEW_CLASSES:
            if numbers[0] >= 0 and numbers[-1] < min(MOST_CLASSES, 4 * len(numbers)):
                # Class numbers: those that no sample has stay, so that 0 … 9 means the digits.
                numbers = np.arange(numbers[-1] + 1)
            return _classes(tuple(map(str, numbers.tolist())), whole, _places(numbers), room)
    if y.ndim > 2:
        raise Refusal(
            tr(
                "Targets of shape {shape} are not read: one row of numbers per sample is.",
                shape=_shape(y.shape),
            )
        )
    amounts = floats(y if y.ndim == 2 else y.each(lambda block: block[:, None]), tr("targets"), room)
    k = amounts.shape[1]
    field = DataField(
        name="target",
        role="target",
        kind="number",
        element="float",
        axes=(("feature", k),),
        columns=tuple(f"y{i + 1}" for i in range(k)),
    )
    return field, amounts


def _classes(
    names: tuple[str, ...], y: Sliced, code: Callable[[Array], Array], room: Room
) -> tuple[DataField, Array]:
    if not 2 <= len(names) <= MOST_CLASSES:
        raise Refusal(
            tr(
                "The targets have {n:,} classes; between 2 and {most:,} can be told apart.",
                n=len(names),
                most=MOST_CLASSES,
            )
        )
    field = DataField(name="class", role="target", kind="class", element="int", classes=names)
    codes = room.empty((len(y),), np.int64)
    for place, block in room.through(y, codes):
        codes[place] = code(block)
    return field, codes


def _different(y: Sliced, room: Room, enough: int = 0) -> Array:
    """The values that occur, sorted; no more than it takes where more than `enough` are not asked for."""
    found = None
    for _, block in room.through(y):
        there = np.unique(block)
        found = there if found is None else np.unique(np.concatenate([found, there]))
        if enough and len(found) > enough:
            break
    assert found is not None  # there are samples
    return found


def _places(names: Array) -> Callable[[Array], Array]:
    """What turns values into their places among all of them, sorted."""
    return lambda block: np.searchsorted(names, block)


def _all(say: Callable[[Array], bool], y: Sliced, room: Room) -> bool:
    return all(say(block) for _, block in room.through(y))


def _are_whole(y: Array) -> bool:
    return y.dtype.kind in "bui" or bool(np.all(np.isfinite(y)) and np.all(y % 1 == 0))


def _one_hot(y: Array) -> bool:
    return bool(np.all((y == 0) | (y == 1)) and np.all(y.sum(axis=1) == 1))


def floats(x: Sliced, what: str, room: Room, missing_allowed: bool = False) -> Array:
    """A fresh float32 array. Raises `Refusal` naming the first sample with a value that is not finite."""
    _expect_values(x, what)
    made = room.empty(x.shape, np.float32)
    bad, first = 0, 0
    for place, block in room.through(x, made):
        with np.errstate(over="ignore"):
            made[place] = block
        if x.dtype.kind == "f":
            wrong = np.isinf(made[place]) if missing_allowed else ~np.isfinite(made[place])
            if wrong.any():
                if not bad:
                    first = place.start + int(np.flatnonzero(wrong.reshape(len(block), -1).any(axis=1))[0])
                bad += int(wrong.sum())
    if bad:
        raise Refusal(
            tr(
                "Among the {what}, {n:,} values are no finite numbers; the first is in sample {sample}.",
                what=what,
                n=bad,
                sample=first,
            )
        )
    return made


def whole_numbers(x: Sliced, what: str, room: Room) -> tuple[Array, int, int]:
    """A fresh int64 array, and the smallest and largest of its values. Raises `Refusal` where there are none."""
    _expect_values(x, what)
    made = room.empty(x.shape, np.int64)
    low, high = [], []
    for place, block in room.through(x, made):
        low.append(int(block.min()))
        high.append(int(block.max()))
        made[place] = block
    return made, min(low), max(high)


def _expect_values(x: Sliced, what: str) -> None:
    if x.size == 0:
        raise Refusal(
            tr(
                "The {what} have the shape {shape}: there are no values in it.",
                what=what,
                shape=_shape(x.shape),
            )
        )


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or tr("a single value")


def _not_so(x: Sliced, what: str, form: str) -> str:
    return tr(
        "Inputs of shape {shape} cannot be read as {what} ({form}).",
        shape=_shape(x.shape),
        what=what,
        form=form,
    )


NAME_FIELDS: tuple[Field, ...] = (
    TextField(
        name="x",
        label="Inputs",
        longest=200,
        help="Name of the input array in the file; empty finds it. Several names, with commas between, are several"
        " inputs of the network.",
    ),
    TextField(
        name="y",
        label="Targets",
        longest=200,
        help="Name of the target array in the file; empty finds it. Several names, with commas between, are several"
        " targets: whole numbers are classes (of each step or pixel, where there are more axes), others amounts.",
    ),
)
"""Which arrays of a file with several are meant."""
ARRAY_FIELDS: tuple[Field, ...] = (
    ChoiceField(
        name="holds",
        label="Each input is",
        default="auto",
        choices={
            "auto": "automatic",
            "table": "a row of numbers",
            "image": "an image",
            "series": "a series",
            "tokens": "a row of token numbers",
        },
        help="How the axes after the first are meant. Images are N × height × width or N × channel × height ×"
        " width; series are N × time × feature; token numbers are N × time and begin at 0.",
    ),
    ChoiceField(
        name="layout",
        label="Channels",
        default="auto",
        choices={
            "auto": "automatic",
            "first": "before height and width",
            "last": "after height and width",
        },
        advanced=True,
        help="Where the channel axis of images stands.",
    ),
    ChoiceField(
        name="task",
        label="Task",
        default="auto",
        choices={"auto": "automatic", "classes": "tell classes apart", "number": "predict numbers"},
        help="Whether the targets are classes or amounts. “Automatic” takes whole numbers and texts for classes.",
    ),
    BoolField(
        name="in_order",
        label="Samples follow in time",
        advanced=True,
        help="The parts are then cut in time, training first and test last, instead of being drawn at random.",
    ),
    FILL,
    *SPLIT_FIELDS,
    PREPARATION,
    TARGET_PREPARATION,
)
"""What arrays of any file ask."""


def what_counts(values: Values) -> dict[str, object]:
    """The parameters that decide what is made of the arrays of a file; neither split nor preparation change it."""
    return {f.name: values[f.name] for f in (*NAME_FIELDS, *ARRAY_FIELDS[:5])}
