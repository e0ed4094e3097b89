"""Pictures in folders, one folder per class. Decoding is Pillow's; what may be decoded at all is decided here.

Pictures come from anywhere: only ordinary raster formats are opened, and a picture's claimed size is checked before a
single pixel is decoded.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, IntField, PathField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import listing, tr
from nndesigner.data.files import chosen_folder, readable
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import TEST, TRAIN, VALIDATION, Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm"}
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
MOST_PIXELS = 64_000_000
"""of one picture, before it is resized"""
MOST_BYTES = 4 << 30
"""of all pictures together, after they are resized"""
MOST_FILES = 2_000_000
PART_FOLDERS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "dev": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
"""Folder names that say to which part their pictures belong."""

GREY_MODES = {"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"}


class BadImage(Exception):
    """A file that is no picture nndesigner can read; `str()` is the reason, without the file's name."""


@dataclass(frozen=True)
class _Picture:
    path: Path
    label: int
    part: int


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    root = chosen_folder(values["path"], folder, tr("the folder of pictures"))
    pictures, classes, has_parts = _find(root)
    remarks: list[str] = []
    refused: list[tuple[Path, str]] = []
    found: list[tuple[_Picture, tuple[int, int], bool]] = []
    for i, picture in enumerate(pictures):
        if i % 64 == 0:
            progress(0.3 * i / len(pictures), tr("Looking at {n:,} pictures", n=len(pictures)))
        try:
            size, grey = look(picture.path)
        except BadImage as error:
            _refuse(picture.path, root, str(error), values["bad_files"], refused)
        else:
            found.append((picture, size, grey))
    if not found:
        raise Refusal(_none_left(root, refused))
    width, height = _size(values, [size for _, size, _ in found], remarks)
    channels = {"grey": 1, "colour": 3}.get(values["colour"]) or (1 if all(grey for *_, grey in found) else 3)
    needed = len(found) * channels * height * width
    if needed > MOST_BYTES:
        raise Refusal(
            tr(
                "{n:,} pictures of {width} × {height} pixels take {size:.1f} GB; at most {most} GB are read into"
                " memory: choose a smaller width and height.",
                n=len(found),
                width=width,
                height=height,
                size=needed / (1 << 30),
                most=MOST_BYTES >> 30,
            )
        )
    pixels = np.empty((len(found), channels, height, width), np.uint8)
    good = np.ones(len(found), bool)
    for i, (picture, _, _) in enumerate(found):
        if i % 16 == 0:
            progress(0.3 + 0.7 * i / len(found), tr("Reading {n:,} pictures", n=len(found)))
        try:
            pixels[i] = read_image(picture.path, channels, height, width)
        except BadImage as error:
            _refuse(picture.path, root, str(error), values["bad_files"], refused)
            good[i] = False
    if not good.any():
        raise Refusal(_none_left(root, refused))
    if refused:
        shown = [f"{path.relative_to(root)} ({reason})" for path, reason in refused[:5]]
        if len(refused) > 5:
            shown.append(tr("{n} more", n=len(refused) - 5))
        remarks.append(tr("Left out, because they cannot be read: {files}.", files=listing(shown)))
    labels = np.array([picture.label for picture, _, _ in found], np.int64)[good]
    parts = np.array([picture.part for picture, _, _ in found], np.int8)[good]
    return Loaded(
        fields=(
            DataField(
                name="image",
                role="input",
                kind="image",
                element="float",
                axes=(("channel", channels), ("height", height), ("width", width)),
            ),
            DataField(name="class", role="target", kind="class", element="int", classes=classes),
        ),
        arrays={"image": pixels if good.all() else pixels[good], "class": labels},
        parts=parts if has_parts else None,
        remarks=tuple(remarks),
    )


def look(path: Path) -> tuple[tuple[int, int], bool]:
    """A picture's (width, height) as it is seen, and whether it is grey, from its header alone. Raises `BadImage`."""
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


def read_image(path: Path | BinaryIO, channels: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """A picture as (channels, height, width) uint8, turned as its camera says, resized, white where it is clear.

    `channels` is 1 (grey) or 3 (red, green, blue). Raises `BadImage` with the reason.
    """
    from PIL import Image, ImageOps

    image = _open(path)
    with image, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which is not used
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


def _open(path: Path | BinaryIO) -> Image:
    """The picture with its header read, no pixel yet, and its claimed size within the limit."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the limit below is an error, and lower than the one Pillow warns of
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


def _find(root: Path) -> tuple[list[_Picture], tuple[str, ...], bool]:
    """All picture files in a stable order, the class names, and whether the folders say the parts."""
    top = _folders(root)
    by_part = {name: PART_FOLDERS[name.casefold()] for name in top if name.casefold() in PART_FOLDERS}
    # Only where no other folder stands beside them: "test" may also be the name of a class.
    has_parts = bool(top) and len(by_part) == len(top) and TRAIN in by_part.values()
    roots = [(root / name, part) for name, part in by_part.items()] if has_parts else [(root, TRAIN)]
    classes = sorted({name for folder, _ in roots for name in _folders(folder)}, key=_natural)
    pictures = [
        _Picture(path, label, part)
        for folder, part in roots
        for label, name in enumerate(classes)
        for path in picture_files(folder / name)
    ]
    filled = {picture.label for picture in pictures}
    if len(filled) < len(classes):  # a folder without pictures is no class
        place = {label: position for position, label in enumerate(sorted(filled))}
        pictures = [_Picture(p.path, place[p.label], p.part) for p in pictures]
        classes = [classes[label] for label in sorted(filled)]
    if not pictures:
        raise Refusal(
            tr(
                "{folder} has no sub-folders with pictures: make one folder per class inside it ({suffixes}).",
                folder=root,
                suffixes=", ".join(sorted(SUFFIXES)),
            )
        )
    if len(classes) < 2:
        raise Refusal(
            tr(
                "{folder} has pictures in one sub-folder only (“{name}”): two classes are the least to tell apart.",
                folder=root,
                name=classes[0],
            )
        )
    if len(pictures) > MOST_FILES:
        raise Refusal(tr("{folder} has more than {most:,} pictures.", folder=root, most=MOST_FILES))
    return pictures, tuple(classes), has_parts


def _folders(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    with readable(folder):
        return sorted(
            entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] not in "._"
        )


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


def _natural(name: str) -> tuple[int, int, str]:
    """Folders named by numbers in the order of the numbers: 2 before 10."""
    return (0, int(name), name) if name.isascii() and name.isdigit() and len(name) < 16 else (1, 0, name)


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


IMAGE_FOLDER = Source(
    type="image_folder",
    label="Image folder",
    group="Your files",
    summary="Pictures in folders, one folder per class.",
    help="The names of the sub-folders are the classes; pictures may lie in folders further down. If the sub-folders"
    " are called train, validation (or val) and test, each with class folders inside, their pictures stay in that part."
    " PNG, JPEG, BMP, GIF (first picture), TIFF, WebP and PPM are read. Everything is held in memory, one byte per"
    " pixel and channel.",
    synonyms=("pictures", "photos", "jpeg", "png", "imagefolder", "image classification"),
    parameters=(
        PathField(
            name="path",
            label="Folder",
            folder=True,
            help="The folder that holds one folder per class.",
        ),
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
        *SPLIT_FIELDS,
        PREPARATION,
    ),
    load=_load,
)
