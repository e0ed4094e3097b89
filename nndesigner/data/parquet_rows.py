"""Reading a Parquet file into columns of cells, a batch of rows at a time. No understanding of the columns yet.

pyarrow decodes; how much may be decoded is decided here, from the file's own directory, before anything is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import listing, tr
from nndesigner.data.csv_rows import MOST_BYTES, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Cells, Rows
from nndesigner.data.extras import extra
from nndesigner.data.files import readable
from nndesigner.data.stored import TooLarge
from nndesigner.data.streamed_rows import BLOCK_CELLS, StreamedTable

_BATCH = 65_536


def read_parquet(path: Path, header: str, progress: Progress) -> Rows:
    """All rows of the file; columns of lists, bytes and the like are left out and told. With `header` "no" the names
    come as the first row, as `read_rows` gives them. Raises `Refusal` where the file is damaged or too large.
    """
    with _opened(path) as file:
        check_size(file.metadata, path.name)
        names, remarks = _columns(file, path)
        batches = file.iter_batches(batch_size=_BATCH, columns=names)
        return coded_rows(batches, names, file.metadata.num_rows, remarks, path, header, progress)


def fill_parquet(path: Path, table: StreamedTable, progress: Progress) -> tuple[str, ...]:
    """Puts all rows of the file into a table that is kept in a file, and gives remarks. Raises `Refusal` for damage."""
    with _opened(path) as file:
        _check_columns(file.metadata, path.name)
        names, remarks = _columns(file, path)
        total = max(file.metadata.num_rows, 1)
        table.begin([_name(name, i) for i, name in enumerate(names)])
        done = 0
        arrow = extra("pyarrow", tr("Parquet files"))
        try:
            for batch in file.iter_batches(batch_size=max(1, BLOCK_CELLS // len(names)), columns=names):
                cells = []
                for name in names:
                    texts, place = _coded(batch.column(name))
                    cells.append([texts[code] for code in place.tolist()])
                table.add_columns(cells)
                done += batch.num_rows
                progress(done / total, tr("{n:,} rows", n=done))
        except (MemoryError, Refusal):
            raise
        except (arrow.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
            raise _damaged(path, error, done) from error
    if not done:
        raise Refusal(tr("{name} has no rows.", name=path.name))
    return tuple(remarks)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    parquet = extra("pyarrow.parquet", tr("Parquet files"))
    with readable(path), path.open("rb"):  # whatever the system says against it, it says here
        try:
            file = parquet.ParquetFile(path)
        except MemoryError:
            raise
        except Exception as error:  # damaged files meet every kind of exception
            raise _damaged(path, error) from error
    with file:
        yield file


def _columns(file: Any, path: Path) -> tuple[list[str], list[str]]:
    try:
        schema = file.schema_arrow
    except Exception as error:
        raise _damaged(path, error) from error
    return single_columns(schema, path.name)


def _name(name: str, position: int) -> str:
    return " ".join(name.split()) or tr("column {n}", n=position + 1)


def _coded(cells: Any) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The different texts of an Arrow array, and for each of its cells which it is."""
    arrow, compute = extra("pyarrow", tr("Parquet files")), extra("pyarrow.compute", tr("Parquet files"))
    if arrow.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    cells = compute.fill_null(compute.cast(cells, arrow.string()), "")
    coded = compute.dictionary_encode(cells)
    return (
        [text.strip() for text in coded.dictionary.to_pylist()],
        coded.indices.to_numpy(zero_copy_only=False).astype(np.int64),
    )


def check_size(about: Any, name: str) -> None:
    """Refuses a file whose directory (`ParquetFile.metadata`) tells of more than is read into memory."""
    if about.num_rows > MOST_ROWS or about.num_rows * max(about.num_columns, 1) > MOST_CELLS:
        raise TooLarge(
            tr(
                "{name} is too large to be read into memory: at most {rows:,} rows and {cells:,} cells fit.",
                name=name,
                rows=MOST_ROWS,
                cells=MOST_CELLS,
            )
        )
    _check_columns(about, name)
    unpacked = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    if unpacked > MOST_BYTES:
        raise TooLarge(
            tr(
                "{name} would unpack to {size:.1f} GB; at most {most} GB are read into memory.",
                name=name,
                size=unpacked / (1 << 30),
                most=MOST_BYTES >> 30,
            )
        )


def _check_columns(about: Any, name: str) -> None:
    if about.num_columns > MOST_COLUMNS:
        raise Refusal(
            tr(
                "{name} has {n:,} columns; at most {most:,} are read.",
                name=name,
                n=about.num_columns,
                most=MOST_COLUMNS,
            )
        )


def single_columns(schema: Any, name: str) -> tuple[list[str], list[str]]:
    """The columns that hold single values, and a remark on the others. Raises `Refusal` where there are none."""
    types = extra("pyarrow", tr("Parquet files")).types
    single = [
        not (types.is_nested(f.type) or types.is_binary(f.type) or types.is_large_binary(f.type)
             or types.is_fixed_size_binary(f.type) or types.is_null(f.type))
        for f in schema
    ]  # fmt: skip
    good = [f.name for f, is_single in zip(schema, single, strict=True) if is_single]
    odd = [f"“{f.name}”" for f, is_single in zip(schema, single, strict=True) if not is_single]
    if len(set(good)) < len(good):
        raise Refusal(tr("{name} has two columns of one name: rename one of them.", name=name))
    if not good:
        raise Refusal(tr("{name} has no column of single values.", name=name))
    remarks = []
    if odd:
        remarks.append(tr("Left out, because they hold no single values: {names}.", names=listing(odd[:10])))
    return good, remarks


def coded_rows(
    batches: Iterable[Any],
    names: list[str],
    total: int,
    remarks: list[str],
    path: Path,
    header: str,
    progress: Progress,
) -> Rows:
    """Arrow record batches as rows of cells, each different text of a column once. Raises `Refusal` for damage."""
    arrow = extra("pyarrow", tr("Parquet files"))
    texts: list[dict[str, int]] = [{} for _ in names]
    codes = [array("i") for _ in names]
    if header == "no":
        for known, column, name in zip(texts, codes, names, strict=True):
            column.append(known.setdefault(name, 0))
    done, total = 0, max(total, 1)
    try:
        for batch in batches:
            for position, name in enumerate(names):
                different, of_cell = _coded(batch.column(name))
                known = texts[position]
                place = np.array([known.setdefault(text, len(known)) for text in different], np.int32)
                codes[position].frombytes(place[of_cell].tobytes())
            done += batch.num_rows
            progress(done / total, tr("{n:,} rows", n=done))
    except (MemoryError, Refusal):
        raise
    except (arrow.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
        raise _damaged(path, error, done) from error
    if not done:
        raise Refusal(tr("{name} has no rows.", name=path.name))
    n = len(codes[0])
    columns = tuple(
        Cells(_name(name, i), tuple(known), np.frombuffer(column, np.int32))
        for i, (name, known, column) in enumerate(zip(names, texts, codes, strict=True))
    )
    first = 0 if header == "no" else 1
    return Rows(columns, np.arange(first, first + n, dtype=np.int64), "", tuple(remarks), of_lines=False)


def _damaged(path: Path, error: Exception, rows: int = 0) -> Refusal:
    detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
    if rows:
        return Refusal(
            tr(
                "{name} cannot be read beyond row {n:,}: it is damaged ({detail}).",
                name=path.name,
                n=rows,
                detail=detail,
            )
        )
    return Refusal(
        tr("{name} is not a Parquet file that can be read: {detail}.", name=path.name, detail=detail)
    )
