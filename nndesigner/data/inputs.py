"""A user's file as raw inputs for fields that a network already knows: what `predict` is given.

The fields stand as training left them (columns, category names, vocabulary, sizes): nothing is guessed anew, and what
does not fit is refused by name. A file is a table (columns by header or by position), NumPy arrays, pictures, or text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import listing, tr
from nndesigner.data.catalogue import source
from nndesigner.data.csv_columns import MISSING, understand
from nndesigner.data.csv_rows import MOST_BYTES, Cells, Rows
from nndesigner.data.dataset import DataDescription
from nndesigner.data.date_parts import base_of, part_of
from nndesigner.data.files import chosen_file, readable
from nndesigner.data.npy import Archive, read_npy
from nndesigner.data.pictures import SUFFIXES, BadImage, picture_files, read_image
from nndesigner.data.source import Array
from nndesigner.data.table_files import ENDINGS, read_table
from nndesigner.data.tokens import PAD, Encoder, padded

TEXTS = (".txt", ".md")
MOST_PICTURES = 10_000
MOST_CHARACTERS = 1_000_000
PIECE = 256
"""samples at a time, where a file may hold many"""


@dataclass(frozen=True)
class Inputs:
    """Raw arrays by data field, sample axis first, and what was noticed on the way."""

    arrays: Mapping[str, Array]
    remarks: tuple[str, ...] = field(default=())
    waves: Mapping[str, Array] = field(default_factory=dict)
    """what sounds look like, by field: see `data/source.py::Single`"""


def read_like(path: Path, record: DataDescription, folder: Path) -> Inputs | None:
    """A file as one sample, made as those of the data are (a sound); None where the data's source has no such way, or
    not for such a file. `folder` is the project's. Raises Refusal."""
    kind = source(record.type)
    if kind is None or kind.single is None or path.suffix.lower() not in kind.endings:
        return None
    values, bad = resolve(kind.parameters, record.parameters)
    if bad:
        raise Refusal(next(iter(bad.values())))
    chosen = chosen_file(str(path), Path(), tr("the input file"), MOST_BYTES)
    found = kind.single(chosen, values, folder)
    waves = {} if found.wave is None else {found.field: found.wave}
    return Inputs({found.field: found.array[None]}, found.remarks, waves)


def read_recorded(data: bytes, record: DataDescription, folder: Path) -> Inputs:
    """A sound that was recorded, as the bytes of a WAV file: one sample, made as those of the data are. Raises
    Refusal."""
    with tempfile.TemporaryDirectory(prefix="nndesigner-recording-") as place:
        path = Path(place, "recording.wav")
        path.write_bytes(data)
        found = read_like(path, record, folder)
    if found is None:
        raise Refusal(tr("The network of this run hears no sounds: a recording is no sample for it."))
    return found


def is_recorded(data: bytes) -> bool:
    """Whether these are the bytes of a WAV file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def read_inputs(path: Path, fields: Sequence[DataField], progress: Progress = quiet) -> Inputs:
    """What the file gives the `fields`, which are all that a network reads. Raises Refusal where it does not fit.

    CSV, Excel or Parquet for tables (a row is a sample) and series (a row is a time step of one sample), `.npy` for
    one field, `.npz` for several (arrays named as the fields), a picture or a folder of pictures for images, text for
    characters.
    """
    ending = path.suffix.lower()
    if path.is_dir():
        return _images(_pictures(path), _only(fields, "image", tr("pictures")), progress)
    chosen = chosen_file(str(path), Path(), tr("the input file"), MOST_BYTES)
    if ending == ".npz":
        return _archive(Archive(chosen), fields, chosen.name)
    if ending == ".npy":
        only = _only(fields, "", tr("one array"))
        return Inputs({only.name: _shaped(read_npy(chosen), only)})
    if ending in SUFFIXES:
        return _images([chosen], _only(fields, "image", tr("a picture")), progress)
    if ending in TEXTS and any(f.kind == "tokens" for f in fields):
        return _text(chosen, _only(fields, "tokens", tr("text")))
    if ending in (*ENDINGS, *TEXTS):
        return _table(chosen, fields, progress)
    raise Refusal(
        tr(
            "{name} is not a file that inputs are read from: give .csv, .xlsx, .parquet, .npy, .npz, .png, .jpg or"
            " .txt.",
            name=path.name,
        )
    )


@dataclass(frozen=True)
class Piece:
    """Some of the samples of a file: raw arrays by field, and the file that each sample came from ("" for none)."""

    arrays: Mapping[str, Array]
    names: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def read_pieces(path: Path, fields: Sequence[DataField], progress: Progress = quiet) -> Iterator[Piece]:
    """As `read_inputs`, a bounded number of samples at a time; a folder's pictures are read as they are wanted, also
    those in folders below it. `Piece.names` are the pictures' paths within the folder."""
    if not path.is_dir():
        found = read_inputs(path, fields, progress)
        samples = len(next(iter(found.arrays.values())))
        for start in range(0, samples, PIECE):
            arrays = {name: array[start : start + PIECE] for name, array in found.arrays.items()}
            number = min(PIECE, samples - start)
            yield Piece(arrays, ("",) * number, found.remarks if start == 0 else ())
        return
    pictures = _pictures(path, deep=True)
    field = _only(fields, "image", tr("pictures"))
    for start in range(0, len(pictures), PIECE):
        part = pictures[start : start + PIECE]
        progress(start / len(pictures), tr("{n:,} of {all:,} pictures", n=start, all=len(pictures)))
        found = _images(part, field, quiet)
        names = tuple(picture.relative_to(path).as_posix() for picture in part)
        yield Piece(found.arrays, names, found.remarks if start == 0 else ())


def read_picture(data: bytes, field: DataField) -> Inputs:
    """The bytes of a picture file for an image field. Raises Refusal."""
    return _images([BytesIO(data)], field, quiet)


def _only(fields: Sequence[DataField], kind: str, what: str) -> DataField:
    """The one field that the network reads. Raises Refusal where there are several, or it is of another kind."""
    if len(fields) != 1:
        names = listing([f"“{f.name}”" for f in fields])
        raise Refusal(
            tr("The network reads {names}: give them as a .npz file with arrays of these names.", names=names)
        )
    if kind and fields[0].kind != kind:
        raise Refusal(
            tr(
                "The network reads {kind} (“{name}”), not {what}.",
                kind=_kind(fields[0]),
                name=fields[0].name,
                what=what,
            )
        )
    return fields[0]


def _kind(field: DataField) -> str:
    words = {
        "image": tr("images"),
        "table": tr("rows of a table"),
        "series": tr("series"),
        "tokens": tr("text"),
        "number": tr("numbers"),
    }
    return words.get(field.kind, field.kind)


# -- NumPy -------------------------------------------------------------------------------------------------------------
def _archive(archive: Archive, fields: Sequence[DataField], file: str) -> Inputs:
    if len(fields) == 1 and len(archive) == 1:
        return Inputs({fields[0].name: _shaped(archive[next(iter(archive))].whole(), fields[0])})
    missing = [f"“{f.name}”" for f in fields if f.name not in archive]
    if missing:
        raise Refusal(
            tr(
                "{file} has no array {missing}. It has: {known}.",
                file=file,
                missing=listing(missing, joint="or"),
                known=", ".join(list(archive)[:20]),
            )
        )
    return Inputs({f.name: _shaped(archive[f.name].whole(), f) for f in fields})


def _shaped(array: Array, field: DataField) -> Array:
    """Images without their channel axis, with it last, or as rows of pixels, as the field has them; others as is."""
    if field.kind != "image" or len(field.sizes) != 3:
        return array
    channels, height, width = field.sizes
    wanted = (channels, height, width)
    if channels == 1 and array.shape == (height, width):
        return array[None, None]
    if channels == 1 and array.ndim == 3 and array.shape[1:] == (height, width):
        return array[:, None]
    if array.ndim == 4 and array.shape[1:] == (height, width, channels) != wanted:
        return np.ascontiguousarray(array.transpose(0, 3, 1, 2))
    if array.ndim == 2 and array.shape[1] == channels * height * width:
        return array.reshape(-1, *wanted)
    return array


# -- pictures ----------------------------------------------------------------------------------------------------------
def _pictures(folder: Path, *, deep: bool = False) -> list[Path]:
    """The pictures of a folder; with `deep` also those of the folders in it, as many as there are."""
    if deep:
        found = picture_files(folder)
    else:
        with readable(folder):
            found = sorted(
                p
                for p in folder.iterdir()
                if p.suffix.lower() in SUFFIXES and p.is_file() and p.name[0] != "."
            )
    if not found:
        raise Refusal(tr("{folder} holds no pictures.", folder=folder))
    if len(found) > MOST_PICTURES and not deep:
        raise Refusal(
            tr("{folder} holds more than {most:,} pictures: give fewer.", folder=folder, most=MOST_PICTURES)
        )
    return found


def _images(paths: Sequence[Path | BytesIO], field: DataField, progress: Progress) -> Inputs:
    channels, height, width = field.sizes
    if channels not in (1, 3):
        raise Refusal(
            tr(
                "The network reads images of {n} channels, which no picture file has: give a .npy file.",
                n=channels,
            )
        )
    pixels = np.empty((len(paths), channels, height, width), np.uint8)
    for i, path in enumerate(paths):
        name = path.name if isinstance(path, Path) else tr("What was pasted")
        progress(i / len(paths), tr("Reading {name}", name=name))
        try:
            pixels[i] = read_image(path, channels, height, width)
        except BadImage as error:
            raise Refusal(
                tr("{name} cannot be read as a picture ({reason}).", name=name, reason=error)
            ) from error
    bounds = _own_range(field)
    if bounds is None:
        return Inputs({field.name: pixels})
    low, high = bounds
    remark = tr(
        "The data that the network learned from counts brightness from {low:g} to {high:g}: black is read as the one,"
        " white as the other.",
        low=low,
        high=high,
    )
    scaled = (np.float32(low) + pixels.astype(np.float32) * np.float32((high - low) / 255.0)).astype(
        np.float32
    )
    return Inputs({field.name: scaled}, (remark,))


def _own_range(field: DataField) -> tuple[float, float] | None:
    """From where to where the data counts brightness, None where it is bytes as in picture files."""
    preparation = field.preparation
    if preparation.get("kind") == "affine" and set(preparation["scale"]) == {255.0}:
        return None
    low, high = field.statistics.get("minimum"), field.statistics.get("maximum")
    if low is None or high is None or not low < high or (low >= 0 and 128 <= high <= 255):
        return None
    return float(low), float(high)


# -- text --------------------------------------------------------------------------------------------------------------
def _text(path: Path, field: DataField) -> Inputs:
    with readable(path):
        data = path.read_bytes()[: 4 * MOST_CHARACTERS + 4]
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise Refusal(tr("{name} is not UTF-8 text.", name=path.name)) from error
    if field.tokenizer:
        return _tokenized(text, field, path.name)
    remarks = []
    code = {token: i for i, token in enumerate(field.tokens)}
    if any(c not in code for c in text) and all(c in code for c in text.lower()):
        text = text.lower()  # the data was read so
    if text.endswith("\n") and (len(text) - 1) >= 1 and "\n" not in code:
        text = text[:-1]  # editors end every file so
    unknown = sorted({c for c in text if c not in code})
    if unknown:
        shown = listing([f"“{c}”" for c in unknown[:10]])
        raise Refusal(
            tr(
                "{name} holds characters that the network has never seen: {shown}. Remove them.",
                name=path.name,
                shown=shown,
            )
        )
    window = field.sizes[0] if field.sizes else len(text)
    if len(text) > window:
        remarks.append(tr("The last {n} characters are read.", n=window))
        text = text[-window:]
    if not text:
        raise Refusal(tr("{name} holds no text.", name=path.name))
    return Inputs({field.name: np.array([[code[c] for c in text]], np.int64)}, tuple(remarks))


def _tokenized(text: str, field: DataField, name: str) -> Inputs:
    """Texts in words or byte pairs: where the network reads padded texts every line is a sample, else all is one."""
    encode = Encoder(field.tokens, field.tokenizer)
    filled = bool(field.tokenizer.get("padded"))
    lines = [line for line in (text.splitlines() if filled else [text]) if line.strip()]
    rows = [encode(line) for line in lines]
    if not rows or not all(len(row) for row in rows):
        raise Refusal(tr("{name} holds no text.", name=name))
    if any((row < 0).any() for row in rows):
        raise Refusal(tr("{name} holds tokens that the network has never seen.", name=name))
    if filled:
        length = field.sizes[0] if field.sizes else max(map(len, rows))
        return Inputs({field.name: padded(rows, length, field.tokens.index(PAD))})
    window = field.sizes[0] if field.sizes else len(rows[0])
    return Inputs({field.name: rows[0][None, -window:]})


# -- tables ------------------------------------------------------------------------------------------------------------
def _table(path: Path, fields: Sequence[DataField], progress: Progress) -> Inputs:
    unfit = next((f for f in fields if f.kind not in ("table", "series")), None)
    if unfit is not None:
        raise Refusal(
            tr(
                "{name} is a table, but the network reads {kind} (“{field}”): give a .npy or .npz file.",
                name=path.name,
                kind=_kind(unfit),
                field=unfit.name,
            )
        )
    rows = read_table(path, "no", progress)
    wanted = list(dict.fromkeys(base_of(column) for f in fields for column in _columns(f)))
    header = _header(rows, wanted, path.name)
    if header is None:
        _expect_columns(len(rows.columns), wanted, path.name)
        places = {name: i for i, name in enumerate(wanted)}
        start = 0
    else:
        places = {name: header.index(name) for name in wanted}
        start = 1
    if len(rows.lines) == start:
        raise Refusal(tr("{name} has no rows below its header.", name=path.name))
    remarks = list(rows.remarks)
    arrays: dict[str, Array] = {}
    for f in fields:
        prepared: list[dict[str, Any]] = f.preparation.get("columns", [])
        columns = []
        for i, name in enumerate(_columns(f)):
            names = prepared[i].get("names") if i < len(prepared) else None
            base = base_of(name)
            cells = _below(rows.columns[places[base]], base, start)
            if names is None:
                columns.append(part_of(name, _numbers(cells, rows, start, path.name)))
            else:
                columns.append(_codes(cells, names, remarks))
        table = np.stack(columns, axis=1)
        arrays[f.name] = table if f.kind == "table" else table[None]
        if f.kind == "series" and np.isnan(table).any():
            raise Refusal(tr("{name} has empty cells: a series has a value at every step.", name=path.name))
    return Inputs(arrays, tuple(remarks))


def _columns(field: DataField) -> tuple[str, ...]:
    """The raw columns of a table or series, by name, or by number where nobody named them."""
    prepared = field.preparation.get("columns")
    n = len(prepared) if prepared is not None else (field.sizes[-1] if field.sizes else len(field.columns))
    if len(field.columns) == n:
        return field.columns
    return tuple(tr("column {n}", n=i + 1) for i in range(n))


def _header(rows: Rows, wanted: Sequence[str], file: str) -> list[str] | None:
    """The first row, where it names the columns; None where it is data already. Raises Refusal for missing ones."""
    first = [" ".join(cells.texts[cells.codes[0]].split()) for cells in rows.columns]
    missing = [name for name in wanted if name not in first]
    if not missing:
        return first
    if len(missing) < len(wanted) or not (any(map(_says_a_value, first)) or len(first) == len(wanted)):
        shown = listing([f"“{name}”" for name in missing[:10]])
        raise Refusal(
            tr(
                "{file} has no column {missing}, which the network reads. It has: {known}.",
                file=file,
                missing=shown,
                known=", ".join(first[:12]) + (" …" if len(first) > 12 else ""),
            )
        )
    return None


def _says_a_value(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return text.casefold() in MISSING
    return True


def _expect_columns(have: int, wanted: Sequence[str], file: str) -> None:
    if have != len(wanted):
        raise Refusal(
            tr(
                "{file} has {have} columns and no header that names them; the network reads {want}: {names}.",
                file=file,
                have=have,
                want=len(wanted),
                names=", ".join(wanted[:12]) + (" …" if len(wanted) > 12 else ""),
            )
        )


def _below(cells: Cells, name: str, start: int) -> Cells:
    """The column from row `start` on, with only the texts that occur there."""
    used, codes = np.unique(cells.codes[start:], return_inverse=True)
    return Cells(name, tuple(cells.texts[code] for code in used), codes.astype(np.int32))


def _numbers(cells: Cells, rows: Rows, start: int, file: str) -> npt.NDArray[np.float32]:
    """The column as numbers, or dates as days, NaN where missing. Raises Refusal naming a cell that is neither."""
    column = understand(cells, rows.delimiter, category=False, keep=True, most_categories=0, first=False)
    if column.kind in ("number", "date", "empty") and not column.wrong:
        return column.values
    row = column.wrong[0] if column.wrong else _first_text(cells)
    raise Refusal(
        tr(
            "{where} of {file}, column “{name}”: “{cell}” is not a number.",
            where=rows.where(start + row),
            file=file,
            name=cells.name,
            cell=cells.texts[cells.codes[row]][:60],
        )
    )


def _first_text(cells: Cells) -> int:
    """The first row whose cell is neither missing nor a number."""
    texts = [cells.texts[code] for code in cells.codes]
    return next((i for i, text in enumerate(texts) if not _says_a_value(text)), 0)


def _codes(cells: Cells, names: Sequence[str], remarks: list[str]) -> npt.NDArray[np.float32]:
    """The column as codes of the categories that training knew, NaN for others and where missing."""
    place = {name: code for code, name in enumerate(names)}
    unknown = [text for text in cells.texts if text not in place and text.casefold() not in MISSING]
    if unknown:
        remarks.append(
            tr(
                "Column “{name}”: {shown} did not occur in training and counts as none of its categories.",
                name=cells.name,
                shown=listing([f"“{text[:40]}”" for text in unknown[:5]]),
            )
        )
    return np.array([place.get(text, np.nan) for text in cells.texts], np.float32)[cells.codes]
