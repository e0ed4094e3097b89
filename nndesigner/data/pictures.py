"""Reading picture files: Pillow decodes, what may be decoded at all is decided here.

Pictures come from anywhere: only ordinary raster formats are opened, and a picture's claimed size is checked before a
single pixel is decoded.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nndesigner.base.fields import ChoiceField, Field, IntField, Values
from nndesigner.base.folders import cache_folder
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import listing, tr
from nndesigner.data.files import readable
from nndesigner.data.stored import Held, check_room, is_large, scratch

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm"}
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
MOST_PIXELS = 64_000_000
"""of one picture, before it is resized"""
MOST_BYTES = 256 << 30
MOST_THREADS = 4
LARGE = 16_000_000
"""pixels from which on pictures are decoded one at a time, for the memory that it takes"""
GREY_MODES = {"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"}

PICTURE_FIELDS: tuple[Field, ...] = (
    IntField(
        name="width",
        label="Width",
        default=0,
        minimum=0,
        maximum=4096,
        unit="pixels",
        help="Every picture is resized to this width; 0 takes that of the first picture.",
    ),
    IntField(
        name="height",
        label="Height",
        default=0,
        minimum=0,
        maximum=4096,
        unit="pixels",
        help="Every picture is resized to this height; 0 takes that of the first picture.",
    ),
    ChoiceField(
        name="colour",
        label="Colour",
        default="auto",
        choices={"auto": "automatic", "grey": "grey, one channel", "colour": "colour, three channels"},
        help="“Automatic” takes one channel when every picture is grey, else three (red, green, blue).",
    ),
    ChoiceField(
        name="bad_files",
        label="Bad files",
        default="stop",
        choices={"stop": "stop and name the file", "leave_out": "leave them out"},
        help="What happens where a file cannot be read as a picture.",
    ),
)
"""To what size and colour every picture is brought."""


class BadImage(Exception):
    """A file that is no picture nndesigner can read; `str()` is the reason, without the file's name."""


def read_pictures(
    paths: Sequence[Path], root: Path, values: Values, progress: Progress, remarks: list[str]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """All pictures as (n, channel, height, width) uint8, and which of the paths they are.

    `values` are those of PICTURE_FIELDS; `root` is the folder that names in sentences start from. Raises `Refusal`
    naming a file that is no picture, unless such are to be left out.
    """
    refused: list[tuple[Path, str]] = []
    found: list[tuple[int, tuple[int, int], bool]] = []
    for i, path in enumerate(paths):
        if i % 64 == 0:
            progress(0.3 * i / len(paths), tr("Looking at {n:,} pictures", n=len(paths)))
        try:
            size, grey = look(path)
        except BadImage as error:
            _refuse(path, root, str(error), values["bad_files"], refused)
        else:
            found.append((i, size, grey))
    if not found:
        raise Refusal(_none_left(root, refused))
    width, height = _size(values, [size for _, size, _ in found], remarks)
    channels = {"grey": 1, "colour": 3}.get(values["colour"]) or (1 if all(grey for *_, grey in found) else 3)
    pixels = room(len(found), channels, height, width)
    good = np.ones(len(found), bool)
    held = Held(pixels)
    largest = max(w * h for _, (w, h), _ in found)
    threads = 1 if largest > LARGE else min(os.cpu_count() or 1, MOST_THREADS)
    chosen = [paths[i] for i, _, _ in found]
    with warnings.catch_warnings(), closing(_decoded(chosen, channels, height, width, threads)) as read:
        warnings.simplefilter("ignore")  # here, because a thread would change what others are told
        for position, picture in enumerate(read):
            if position % 16 == 0:
                progress(0.3 + 0.7 * position / len(found), tr("Reading {n:,} pictures", n=len(found)))
            if isinstance(picture, BadImage):
                _refuse(chosen[position], root, str(picture), values["bad_files"], refused)
                good[position] = False
            else:
                pixels[position] = picture
                held.read(1)
    if not good.any():
        raise Refusal(_none_left(root, refused))
    if refused:
        shown = [f"{path.relative_to(root)} ({reason})" for path, reason in refused[:5]]
        if len(refused) > 5:
            shown.append(tr("{n} more", n=len(refused) - 5))
        remarks.append(tr("Left out, because they cannot be read: {files}.", files=listing(shown)))
    kept = np.array([i for i, _, _ in found], np.int64)
    if not good.all():
        # Moved up, so that a large file is not copied.
        for place, stays in enumerate(np.flatnonzero(good)):
            pixels[place] = pixels[stays]
            held.read(2)
        pixels, kept = pixels[: int(good.sum())], kept[good]
    return pixels, kept


def _decoded(
    paths: Sequence[Path], channels: int, height: int, width: int, threads: int
) -> Generator[npt.NDArray[np.uint8] | BadImage]:
    """Each picture or what is wrong with it, in their order; so many are decoded at a time, ahead of who asks."""

    def one(path: Path) -> npt.NDArray[np.uint8] | BadImage:
        try:
            return _read_image(path, channels, height, width)
        except BadImage as error:
            return error

    if threads == 1:
        yield from map(one, paths)
        return
    with ThreadPoolExecutor(threads, "pictures") as pool:
        waiting: deque[Future[npt.NDArray[np.uint8] | BadImage]] = deque()
        try:
            for path in paths:
                waiting.append(pool.submit(one, path))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def room(n: int, channels: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """Room for so many pictures: in memory, or from half a gigabyte on in a file of the cache that nobody else sees,
    of which the system keeps in memory what fits. Raises `Refusal` where there are too many for the disk.
    """
    needed = n * channels * height * width
    if not is_large(needed):
        return np.empty((n, channels, height, width), np.uint8)
    check_room(
        needed,
        cache_folder(),
        tr("{n:,} pictures of {width} × {height} pixels", n=n, width=width, height=height),
        tr("choose a smaller width and height"),
        MOST_BYTES,
    )
    return scratch((n, channels, height, width), np.uint8)


def image_axes(pixels: npt.NDArray[np.uint8]) -> tuple[tuple[str, int], ...]:
    """The axes of a field for pictures (n, channel, height, width)."""
    channels, height, width = pixels.shape[1:]
    return (("channel", channels), ("height", height), ("width", width))


def look(path: Path | BytesIO) -> tuple[tuple[int, int], bool]:
    """A picture's (width, height) as it is seen, and whether it is grey, from its header alone. Raises `BadImage`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(path)
    with image:
        width, height = image.size
        try:
            # Not for PNG, whose Exif block may stand behind the pixels: asking for it would decode them.
            exif = image.getexif() if image.format in ("JPEG", "TIFF", "WEBP") else {}
            turned = exif.get(0x0112, 1) in (5, 6, 7, 8)  # the camera was held upright
        except Exception:  # a broken Exif block says nothing about the pixels
            turned = False
        return ((height, width) if turned else (width, height)), image.mode in GREY_MODES


def read_image(path: Path | BytesIO, channels: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """A picture as (channels, height, width) uint8, turned as its camera says, resized, white where it is clear.

    `channels` is 1 (grey) or 3 (red, green, blue). Raises `BadImage` with the reason.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which is not used
        return _read_image(path, channels, height, width)


def _read_image(path: Path | BytesIO, channels: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    from PIL import Image, ImageOps

    image = _open(path)
    with image:
        try:
            upright = ImageOps.exif_transpose(image)
            flat = _flatten(upright, "L" if channels == 1 else "RGB")
            if flat.size != (width, height):
                flat = flat.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
        except MemoryError:
            raise
        except Exception as error:  # decoders meet hostile bytes with every kind of exception
            raise BadImage(_reason(error)) from error
    array = np.asarray(flat, np.uint8)
    return array[None] if channels == 1 else np.ascontiguousarray(array.transpose(2, 0, 1))


def read_mask(path: Path, height: int, width: int) -> tuple[npt.NDArray[np.int64], tuple[int, int]]:
    """A mask as one number per pixel (height, width), and its own (width, height) before it was resized.

    A number is a palette's index or a grey level; for other colours 2²⁴ + red · 2¹⁶ + green · 2⁸ + blue. Pixels are
    taken, never mixed. Raises `BadImage` with the reason.
    """
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(path)
    with image, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            upright = ImageOps.exif_transpose(image)
            own = upright.size
            if own != (width, height):
                upright = upright.resize((width, height), Image.Resampling.NEAREST)
            if upright.mode in ("P", "L", "1") or upright.mode.startswith("I"):
                return np.asarray(upright).astype(np.int64), own
            rgb = np.asarray(upright.convert("RGB"), np.int64)
        except MemoryError:
            raise
        except Exception as error:
            raise BadImage(_reason(error)) from error
    red, green, blue = np.moveaxis(rgb, -1, 0)
    grey = (red == green) & (red == blue)
    return np.where(grey, red, (1 << 24) + (red << 16) + (green << 8) + blue), own


def _open(path: Path | BytesIO) -> Image:
    """The picture with its header read, no pixel yet, and its claimed size within the limit. Pillow may warn of the
    size, with a limit of its own."""
    from PIL import Image

    try:
        image = Image.open(path, formats=FORMATS)
    except FileNotFoundError as error:
        raise BadImage(tr("it is gone")) from error
    except PermissionError as error:
        raise BadImage(tr("reading it is not allowed")) from error
    except Image.DecompressionBombError as error:
        raise BadImage(tr("it claims more than {most:,} pixels", most=MOST_PIXELS)) from error
    except MemoryError:
        raise
    except Exception as error:
        raise BadImage(_reason(error)) from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        image.close()
        raise BadImage(
            tr(
                "{width} × {height} pixels are more than {most:,}",
                width=width,
                height=height,
                most=MOST_PIXELS,
            )
        )
    return image


def _flatten(image: Image, mode: str) -> Image:
    """The picture in mode L or RGB. Sixteen-bit grey keeps its upper eight bits; what is clear becomes white."""
    from PIL import Image

    if image.mode.startswith("I"):
        # Sixteen bits per pixel, or up to thirty-two of which mostly sixteen are used.
        wide = np.asarray(image.convert("I"), np.int64)
        shift = 8 if image.mode.startswith("I;16") or wide.max(initial=0) > 255 else 0
        image = Image.fromarray(np.clip(wide >> shift, 0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        clear = image.convert("RGBA")
        image = Image.new("RGBA", clear.size, "white")
        image.alpha_composite(clear)
    return image.convert(mode)


def picture_files(folder: Path) -> list[Path]:
    """Pictures in a folder and the folders below it, links to other folders not followed."""
    if not folder.is_dir():
        return []
    found: list[Path] = []
    with readable(folder):
        for place, _, names in os.walk(folder):
            for name in names:
                path = Path(place, name)
                # A pipe or device of that name would never end.
                if not name.startswith(".") and path.suffix.lower() in SUFFIXES and path.is_file():
                    found.append(path)
    return sorted(found)


def _size(values: Values, sizes: list[tuple[int, int]], remarks: list[str]) -> tuple[int, int]:
    width, height = values["width"] or sizes[0][0], values["height"] or sizes[0][1]
    other = sum(size != (width, height) for size in sizes)
    if other:
        remarks.append(
            tr(
                "{n:,} of {all:,} pictures had another size and are resized to {width} × {height}.",
                n=other,
                all=len(sizes),
                width=width,
                height=height,
            )
        )
    return width, height


def _refuse(path: Path, root: Path, reason: str, bad_files: str, refused: list[tuple[Path, str]]) -> None:
    if bad_files == "stop":
        raise Refusal(
            tr(
                "{file} cannot be read as a picture ({reason}): mend or remove it, or let bad files be left out.",
                file=path.relative_to(root),
                reason=reason,
            )
        )
    refused.append((path, reason))


def _none_left(root: Path, refused: list[tuple[Path, str]]) -> str:
    path, reason = refused[0]
    return tr(
        "None of {n:,} pictures can be read; the first is {file} ({reason}).",
        n=len(refused),
        file=path.relative_to(root),
        reason=reason,
    )


def _reason(error: Exception) -> str:
    from PIL import UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return tr("it is not a picture of a known format")
    text = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return tr("it is damaged: {detail}", detail=text)
