"""What a data source is: a declaration with its parameters, and one function that reads or makes the data.

One file of this package declares one source and is all that there is to adding one. A source gives raw values and
says what they are; it does not split, prepare or measure them (`data/dataset.py` does), and it knows no network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import CodeField, Field, PathField, Values
from nndesigner.base.progress import Progress

Array = npt.NDArray[Any]
Indices = npt.NDArray[np.int64]

TRAIN, VALIDATION, TEST = 0, 1, 2
"""The codes of `Loaded.parts`."""

PARTS = ("train", "validation", "test")
"""The parts by name; the position of a name is its code."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What a source gives: fields, and for each of them an array of raw values, sample axis first.

    Raw arrays by kind, N samples: image (N, channel, height, width) uint8 or float32; table (N, columns) float32, NaN
    where a value is missing; series (N, time, feature) float32; tokens (N, time) int64; class (N,) int64, or
    (N, height, width) where there is one at every position; number (N, k) float32.
    A field's preparation and thumbnails are left empty here, and so are its statistics, but for what only the source
    knows: of sounds `seconds`, how long a sample is.
    """

    fields: tuple[DataField, ...]
    arrays: dict[str, Array]
    parts: npt.NDArray[np.int8] | None = None
    """0 train, 1 validation, 2 test for each sample, where the data itself says"""
    remarks: tuple[str, ...] = ()
    """what the source noticed and did, one sentence each"""
    categories: Mapping[str, Mapping[int, tuple[str, ...]]] = field(default_factory=dict)
    """table field → raw column → the names that its codes 0, 1 … stand for"""
    in_order: bool = False
    """whether samples follow each other in time: such data is cut into parts, never shuffled"""
    gap: int = 0
    """with `in_order`: samples to leave out between two parts, because they share values with both"""
    groups: npt.NDArray[np.int64] | None = None
    """a number per sample: samples of one number stay in one part"""
    times: npt.NDArray[np.float64] | None = None
    """when each sample is from: the earliest train, the latest test, and those of one time stay together"""
    settle: Callable[[Indices], Loaded] | None = None
    """for what can be said only when the training samples are known, such as a vocabulary: from their numbers, the same
    samples with all fields and arrays. Until then `fields` hold what the split needs."""
    samples: int = 0
    """how many there are, where no array says so yet"""
    mark: str = ""
    """with `settle`: a hash of the raw data that stands in no array yet"""
    pinned: Mapping[str, Any] = field(default_factory=dict)
    """parameters that are known by now and are kept in the project, so that it gives the same data from now on"""


@dataclass(frozen=True, kw_only=True)
class Single:
    """One sample that was read from a file of the user's: the raw array of a field without a sample axis, what was
    noticed, and what there is to look at beside it: of a sound (columns, 2) float32, the smallest and the largest
    amplitude of each stretch of time."""

    field: str
    array: Array
    remarks: tuple[str, ...] = ()
    wave: Array | None = None


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file that a source fetches from the net, once, when the user asks for it."""

    name: str
    address: str
    bytes: int
    """its size; more is never taken"""
    sha256: str
    mirrors: tuple[str, ...] = ()
    """other addresses of the same file"""
    git_blob: str = ""
    """where no SHA-256 is stated: git's name of the content, which is the SHA-1 of "blob ", its size, a 0 and itself"""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One way to get data. `load(values, folder, progress)` gets every parameter, checked, and the project's folder.

    It raises `Refusal` with one clear sentence where the data cannot be had, and lets `Cancelled` pass.
    """

    type: str
    """the name in project files; never changes"""
    label: str
    group: str
    summary: str
    """one sentence for lists"""
    parameters: tuple[Field, ...]
    load: Callable[[Values, Path, Progress], Loaded]
    help: str = ""
    synonyms: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    """what it fetches where its parameter "fetch" is switched on"""
    asks: Callable[[Values], tuple[str, ...]] | None = None
    """for what only the values tell, which may be any: the addresses that it asks where "fetch" is switched on"""
    single: Callable[[Path, Values, Path], Single] | None = None
    """a file of the user's as a sample like those of the data, made by the same steps: (file, every parameter, the
    project's folder). For data whose samples are no longer what the files hold, such as sounds. Raises Refusal."""
    endings: tuple[str, ...] = ()
    """of the files that `single` takes, in small letters"""
    sounds: bool = False
    """whether the samples are sounds"""
    more: Callable[[Values], tuple[Field, ...]] = lambda values: ()
    """further parameters, which the values of the declared ones bring along"""

    def fields(self, values: Values) -> tuple[Field, ...]:
        """Every parameter of a source with these values: where they are text, what it brings along stands after it."""
        more = self.more(values)
        if not more:
            return self.parameters
        place = next((i + 1 for i, f in enumerate(self.parameters) if isinstance(f, CodeField)), 0)
        return (*self.parameters[:place], *more, *self.parameters[place:])

    def addresses(self, values: Values) -> tuple[str, ...]:
        """From where it fetches what is not on this computer yet, once its parameter "fetch" is switched on."""
        return (*(d.address for d in self.downloads), *(self.asks(values) if self.asks is not None else ()))

    @property
    def fetches(self) -> bool:
        """Whether what it gives is fetched from the net."""
        return bool(self.downloads) or self.asks is not None

    @property
    def reads_files(self) -> bool:
        """Whether it reads what the user has on disk (rather than data that ships or is made)."""
        return any(isinstance(f, PathField) for f in self.parameters)
