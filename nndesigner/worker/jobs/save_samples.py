"""Samples that a trained network makes out of random codes, written as a data set that can be learned from again.

Pictures go into a folder of PNG files, with a sub-folder for each class of a conditional network; with the ending .npz
everything goes into one file of arrays: the samples under the name of their data field, and "class" (numbers) with
"classes" (their names). Nothing is left behind where it is cancelled or fails.

`Done.result`: "path", "samples", "checkpoint", "step".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.atomic import write_atomically
from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.compiler.describing import answer_here
from nndesigner.protocol.jobs import SaveSamples
from nndesigner.runs.store import open_run
from nndesigner.training import device
from nndesigner.training.codes import Coded
from nndesigner.worker import predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link

MOST = 1_000_000
MOST_BYTES = 4 << 30
"""of an .npz file"""
AT_ONCE = 64


def save(job: SaveSamples, link: Link) -> dict[str, Any]:
    answer_here()
    run = open_run(Path(job.run))
    predictor = predictors.predictor(
        run, Path(job.checkpoint) if job.checkpoint else None, device.choose(job.device or "cpu")
    )
    coded, out = Coded(predictor), Path(job.out)
    if not 0 < job.number <= MOST:
        raise Refusal(tr("Between 1 and {most:,} samples can be written.", most=MOST))

    def made() -> Iterator[tuple[npt.NDArray[np.float32], list[int]]]:
        done = 0
        for values, classes in coded.samples(job.number, job.seed, AT_ONCE):
            yield values, classes
            done += len(values)
            link.progress(done / job.number, tr("{n:,} of {all:,} samples", n=done, all=job.number))

    if out.suffix.lower() == ".npz":
        _arrays(out, coded, made(), job.number)
    else:
        _pictures(out, coded, made())
    return {
        "path": str(out),
        "samples": job.number,
        "checkpoint": predictor.checkpoint.name,
        "step": predictor.step,
    }


Made = Iterator[tuple[npt.NDArray[np.float32], list[int]]]


def _arrays(out: Path, coded: Coded, made: Made, number: int) -> None:
    values: list[npt.NDArray[np.float32]] = []
    classes: list[int] = []
    for piece, told in made:
        if piece[0].nbytes * number > MOST_BYTES:
            raise Refusal(
                tr("So many samples do not fit into one file of {n} GB: take fewer.", n=MOST_BYTES >> 30)
            )
        values.append(piece)
        classes += told
    field = coded.latent.field
    name = field.name if field is not None else "samples"
    arrays: dict[str, Any] = {name: np.concatenate(values)}
    if classes:
        arrays |= {"class": np.array(classes, np.int64), "classes": np.array(coded.latent.classes)}
    data = BytesIO()
    np.savez_compressed(data, **arrays)
    write_atomically(out, data.getvalue())


def _pictures(out: Path, coded: Coded, made: Made) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refusal(
            tr("{folder} holds something already: choose a new folder, or an empty one.", folder=out.name)
        )
    field, names = coded.latent.field, coded.latent.classes
    plain = [_plain(name, i) for i, name in enumerate(names)]
    folders = [out / (n if plain.count(n) == 1 else f"{n}-{i}") for i, n in enumerate(plain)] or [out]
    written: list[Path] = []
    there = out.exists()
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        for values, classes in made:
            if values.ndim != 4 or values.shape[1] not in (1, 3):
                raise Refusal(
                    tr("What this network makes is no picture: choose a file that ends in .npz instead.")
                )
            for i, pixels in enumerate(_bytes(values, field)):
                folder = folders[classes[i]] if classes else folders[0]
                path = folder / f"{len(written) + 1:06d}.png"
                written.append(path)
                write_atomically(path, _png(pixels))
    except OSError as error:
        _sweep(written, folders, out, there)
        raise Refusal(
            tr("{folder} cannot be written: {why}.", folder=out, why=error.strerror or "")
        ) from error
    except BaseException:
        _sweep(written, folders, out, there)
        raise


def _sweep(written: list[Path], folders: list[Path], out: Path, there: bool) -> None:
    """Half a data set is none. Only what was written here goes."""
    for path in written:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    for folder in [f for f in folders if f != out] + ([] if there else [out]):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _bytes(values: npt.NDArray[np.float32], field: DataField | None) -> Iterator[npt.NDArray[np.uint8]]:
    """(height, width) or (height, width, 3) of each sample, from the smallest to the largest value of the data."""
    known = field.statistics if field is not None else {}
    low, high = float(known.get("minimum", values.min())), float(known.get("maximum", values.max()))
    scaled = np.nan_to_num((values - low) / ((high - low) or 1.0) * 255)
    for each in np.clip(scaled, 0, 255).round().astype(np.uint8):
        yield each[0] if len(each) == 1 else np.ascontiguousarray(np.moveaxis(each, 0, -1))


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    data = BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def _plain(name: str, number: int) -> str:
    """A class as the name of a folder."""
    kept = "".join(c if c.isalnum() or c in " -_" else "_" for c in name).strip()
    return kept or f"class-{number}"


JOB = Handler(SaveSamples, save)
