"""The classic data sets that scikit-learn ships, read from its own data files without importing it.

Importing scikit-learn costs a second and more; its data files are plain CSV. Where a version of it keeps them
elsewhere, its loader is asked instead. Each set is declared in a file of its own; this one only reads.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import Field
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.preparation import PREPARATION, TARGET_PREPARATION
from nndesigner.data.source import Loaded
from nndesigner.data.splits import SHUFFLED_SPLIT_FIELDS, SPLIT_FIELDS

CLASS_FIELDS: tuple[Field, ...] = (*SPLIT_FIELDS, PREPARATION)
NUMBER_FIELDS: tuple[Field, ...] = (*SHUFFLED_SPLIT_FIELDS, PREPARATION, TARGET_PREPARATION)

Floats = npt.NDArray[np.float64]


def read_bundled(name: str, *files: str, skip: int = 0, delimiter: str | None = ",") -> Floats:
    """The set `name` as (samples, columns), the target last; `files` are joined side by side.

    Raises `Refusal` where scikit-learn is not installed.
    """
    folder = data_folder()
    try:
        if folder is None or not all((folder / file).is_file() for file in files):
            return _from_loader(name)
        return np.hstack([_read(folder / file, skip, delimiter) for file in files])
    except (ImportError, OSError, ValueError, AttributeError) as error:
        raise Refusal(
            tr(
                "The data set “{name}” comes with scikit-learn, which cannot be read here ({reason}):"
                " install it again.",
                name=name,
                reason=error,
            )
        ) from error


def data_folder() -> Path | None:
    """Where scikit-learn keeps its data files, or None where it is not to be found. Does not import it."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data"


def class_table(rows: Floats, columns: tuple[str, ...], target: str, classes: tuple[str, ...]) -> Loaded:
    """A table whose last column holds class codes 0 … len(classes) - 1."""
    return Loaded(
        fields=(
            DataField(
                name="table",
                role="input",
                kind="table",
                element="float",
                axes=(("feature", len(columns)),),
                columns=columns,
            ),
            DataField(name=target, role="target", kind="class", element="int", classes=classes),
        ),
        arrays={"table": rows[:, :-1].astype(np.float32), target: rows[:, -1].astype(np.int64)},
    )


def number_table(rows: Floats, columns: tuple[str, ...], target: str) -> Loaded:
    """A table whose last column holds a number to predict."""
    return Loaded(
        fields=(
            DataField(
                name="table",
                role="input",
                kind="table",
                element="float",
                axes=(("feature", len(columns)),),
                columns=columns,
            ),
            DataField(
                name=target,
                role="target",
                kind="number",
                element="float",
                axes=(("feature", 1),),
                columns=(target,),
            ),
        ),
        arrays={"table": rows[:, :-1].astype(np.float32), target: rows[:, -1:].astype(np.float32)},
    )


def _read(path: Path, skip: int, delimiter: str | None) -> Floats:
    """A CSV file of numbers, gzip or plain, as (rows, columns)."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return np.loadtxt(text.splitlines()[skip:], delimiter=delimiter, ndmin=2)


def _from_loader(name: str) -> Floats:
    load = getattr(importlib.import_module("sklearn.datasets"), f"load_{name}")
    options = {"scaled": False} if name == "diabetes" else {}
    inputs, target = load(return_X_y=True, **options)
    return np.hstack([inputs, np.asarray(target, np.float64)[:, None]])
