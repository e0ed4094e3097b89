"""Arrays of inputs and targets as data, whatever file they come from.

What an array holds (images, rows, series) is guessed from its shape; every guess can be overruled. Each kind of file is
declared in a file of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import BoolField, ChoiceField, Field, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.preparation import FILL, PREPARATION, TARGET_PREPARATION
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
    x: Array, y: Array, parts: npt.NDArray[np.int8] | None, values: Values, file: str
) -> Loaded:
    """Inputs (N, …) and targets (N, …), and the part of each sample where that is known. `values` are ARRAY_FIELDS'.

    Raises `Refusal` where they do not belong together.
    """
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise Refusal(
            tr(
                "The inputs have the shape {x} and the targets {y}: the first number, the samples, must be the same.",
                x=_shape(x),
                y=_shape(y),
            )
        )
    if len(x) == 0:
        raise Refusal(tr("The arrays in {name} hold no samples.", name=file))
    remarks: list[str] = []
    input_field, inputs = input_from(x, values, remarks)
    target_field, targets = target_from(y, values["task"], remarks)
    if input_field.kind == "table" and np.isnan(inputs).any():
        kept = _tell_missing(inputs, values["fill"], remarks)
        inputs, targets = inputs[kept], targets[kept]
        parts = None if parts is None else parts[kept]
    return Loaded(
        fields=(input_field, target_field),
        arrays={input_field.name: inputs, target_field.name: targets},
        parts=parts,
        remarks=tuple(remarks),
        in_order=values["in_order"],
    )


def from_archive(
    archive: Mapping[str, Array], values: Values, file: str
) -> tuple[Array, Array, npt.NDArray[np.int8] | None]:
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
    archive: Mapping[str, Array], pairs: Mapping[int, tuple[str, str]], file: str
) -> tuple[Array, Array, npt.NDArray[np.int8]]:
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
                    xs=_shape(x),
                    ys=_shape(y),
                )
            )
        xs.append(x)
        ys.append(y)
        parts.append(np.full(len(x), code, np.int8))
    if len({x.shape[1:] for x in xs}) > 1 or len({y.shape[1:] for y in ys}) > 1:
        raise Refusal(
            tr("The arrays for training and test in {file} have samples of different shapes.", file=file)
        )
    return np.concatenate(xs), np.concatenate(ys), np.concatenate(parts)


def array_name(
    archive: Mapping[str, Array], stems: tuple[str, ...], wanted: str, what: str, file: str
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


def input_from(x: Array, values: Values, remarks: list[str]) -> tuple[DataField, Array]:
    """An input field and its array, as `values` (ARRAY_FIELDS) or the shape say. Raises `Refusal`."""
    if x.dtype.kind not in "buif":
        raise Refusal(tr("The inputs hold texts; numbers are needed."))
    holds = values["holds"] if values["holds"] != "auto" else _guess(x)
    if x.ndim == 1:
        x = x[:, None]
    if holds == "tokens":
        return _tokens(x)
    if holds == "table":
        if x.ndim > 2:
            remarks.append(tr("Each input of shape {shape} is read as one row.", shape=_shape(x[0])))
        table = floats(x.reshape(len(x), -1), tr("inputs"), missing_allowed=True)
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
        series = floats(x if x.ndim == 3 else x[:, :, None], tr("inputs"), missing_allowed=False)
        axes = (("time", series.shape[1]), ("feature", series.shape[2]))
        return DataField(name="series", role="input", kind="series", element="float", axes=axes), series
    images = _channels_first(x, values["layout"])
    if images.dtype != np.uint8:
        images = floats(images, tr("inputs"), missing_allowed=False)
    sizes = images.shape[1:]
    field = DataField(
        name="image",
        role="input",
        kind="image",
        element="float",
        axes=(("channel", sizes[0]), ("height", sizes[1]), ("width", sizes[2])),
    )
    return field, np.array(images, order="C")


def _tokens(x: Array) -> tuple[DataField, Array]:
    if x.ndim != 2 or x.dtype.kind not in "bui" or x.size == 0:
        raise Refusal(_not_so(x, tr("tokens"), tr("N × time, whole numbers")))
    low, high = int(x.min()), int(x.max())
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
    return field, x.astype(np.int64)


def _tell_missing(table: Array, fill: str, remarks: list[str]) -> npt.NDArray[np.bool_]:
    """The rows that stay, and a remark on what becomes of the values that are missing (NaN)."""
    complete = ~np.isnan(table).any(axis=1)
    if fill != "drop":
        remarks.append(
            tr(
                "{n:,} values are missing (NaN); the {fill} of the training samples stands in.",
                n=int(np.isnan(table).sum()),
                fill=tr(fill),
            )
        )
        return np.ones(len(table), bool)
    if not complete.any():
        raise Refusal(tr("No sample is complete: fill in missing numbers."))
    remarks.append(
        tr(
            "{n:,} of {all:,} samples are left out because a value is missing (NaN).",
            n=int((~complete).sum()),
            all=len(table),
        )
    )
    return np.asarray(complete, np.bool_)


def _guess(x: Array) -> str:
    """Rows, series or images, from the shape: two axes are rows, four are images, three are images if they look so."""
    if x.ndim <= 2:
        return "table"
    if x.ndim == 3:
        return "image" if x.dtype == np.uint8 or (x.shape[1] == x.shape[2] and x.shape[1] >= 4) else "series"
    if x.ndim == 4:
        return "image"
    raise Refusal(_not_so(x, tr("rows, series or images"), "N × …"))


def _channels_first(x: Array, layout: str) -> Array:
    if x.ndim == 3:
        return x[:, None]
    if x.ndim != 4:
        raise Refusal(_not_so(x, tr("images"), "N × height × width or N × channel × height × width"))
    last = layout == "last" or (layout == "auto" and x.shape[3] in (1, 3, 4) and x.shape[1] not in (1, 3, 4))
    return x.transpose(0, 3, 1, 2) if last else x


def target_from(y: Array, task: str, remarks: list[str]) -> tuple[DataField, Array]:
    """A target field and its array: one class for each sample, or a row of numbers. Raises `Refusal`."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.dtype.kind in "SU":
        if y.ndim != 1 or task == "number":
            raise Refusal(tr("The targets hold texts, which can only be classes, one per sample."))
        names, codes = np.unique(y.astype(np.str_), return_inverse=True)
        return _classes(tuple(str(name) for name in names), codes)
    if task == "auto" and y.ndim == 2 and _one_hot(y):
        remarks.append(tr("The targets are one-hot rows and are read as {n} classes.", n=y.shape[1]))
        return _classes(tuple(map(str, range(y.shape[1]))), y.argmax(axis=1))
    whole = y.dtype.kind in "bui" or (
        y.dtype.kind == "f" and bool(np.all(np.isfinite(y)) and np.all(y % 1 == 0))
    )
    if task == "classes" and (y.ndim != 1 or not whole):
        raise Refusal(
            tr("The targets of shape {shape} are not class numbers, one per sample.", shape=_shape(y))
        )
    if y.ndim == 1 and (task == "classes" or (task == "auto" and y.dtype.kind in "bui")):
        names, codes = np.unique(y.astype(np.int64), return_inverse=True)
        if task == "classes" or len(names) <= FEW_CLASSES:
            if names[0] >= 0 and names[-1] < min(MOST_CLASSES, 4 * len(names)):
                # Class numbers: those that no sample has stay, so that 0 … 9 means the digits.
                names, codes = np.arange(names[-1] + 1), y.astype(np.int64)
            return _classes(tuple(map(str, names.tolist())), codes)
    if y.ndim > 2:
        raise Refusal(
            tr("Targets of shape {shape} are not read: one row of numbers per sample is.", shape=_shape(y))
        )
    numbers = floats(y if y.ndim == 2 else y[:, None], tr("targets"), missing_allowed=False)
    k = numbers.shape[1]
    field = DataField(
        name="target",
        role="target",
        kind="number",
        element="float",
        axes=(("feature", k),),
        columns=tuple(f"y{i + 1}" for i in range(k)),
    )
    return field, numbers


def _classes(names: tuple[str, ...], codes: Array) -> tuple[DataField, Array]:
    if not 2 <= len(names) <= MOST_CLASSES:
        raise Refusal(
            tr(
                "The targets have {n:,} classes; between 2 and {most:,} can be told apart.",
                n=len(names),
                most=MOST_CLASSES,
            )
        )
    field = DataField(name="class", role="target", kind="class", element="int", classes=names)
    return field, codes.reshape(-1).astype(np.int64)


def _one_hot(y: Array) -> bool:
    return bool(y.shape[1] > 1 and np.all((y == 0) | (y == 1)) and np.all(y.sum(axis=1) == 1))


def floats(x: Array, what: str, missing_allowed: bool) -> Array:
    """A fresh float32 array. Raises `Refusal` naming the first sample with a value that is not finite."""
    if x.size == 0:
        raise Refusal(
            tr("The {what} have the shape {shape}: there are no values in it.", what=what, shape=_shape(x))
        )
    with np.errstate(over="ignore"):
        made = np.array(x, np.float32, order="C")
    if x.dtype.kind == "f":
        bad = np.isinf(made) if missing_allowed else ~np.isfinite(made)
        if bad.any():
            sample = int(np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1))[0])
            raise Refusal(
                tr(
                    "Among the {what}, {n:,} values are no finite numbers; the first is in sample {sample}.",
                    what=what,
                    n=int(bad.sum()),
                    sample=sample,
                )
            )
    return made


def _shape(x: Array) -> str:
    return " × ".join(map(str, x.shape)) or tr("a single value")


def _not_so(x: Array, what: str, form: str) -> str:
    return tr(
        "Inputs of shape {shape} cannot be read as {what} ({form}).", shape=_shape(x), what=what, form=form
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
