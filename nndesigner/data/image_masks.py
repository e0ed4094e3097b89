"""Pictures and masks: a mask is a picture of the same size whose colour says the class of every pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import PathField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.files import chosen_folder
from nndesigner.data.partners import pairs
from nndesigner.data.pictures import PICTURE_FIELDS, BadImage, image_axes, look, read_mask, read_pictures
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SHUFFLED_SPLIT_FIELDS

MOST_CLASSES = 256


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    root = chosen_folder(values["path"], folder, tr("the folder of pictures"))
    beside = chosen_folder(values["masks"], folder, tr("the folder of masks"))
    if root == beside:
        raise Refusal(tr("Pictures and masks are in two folders; the same one is chosen for both."))
    remarks: list[str] = []
    found = pairs(root, beside, tr("mask"), values["bad_files"], remarks)
    pixels, kept = read_pictures([path for path, _ in found], root, values, span(progress, 0.0, 0.6), remarks)
    masks, colours = _read_masks(
        [found[i] for i in kept], root, beside, pixels.shape[2:], span(progress, 0.6, 1.0)
    )
    names = _names(values["names"], colours, remarks)
    return Loaded(
        fields=(
            DataField(name="image", role="input", kind="image", element="float", axes=image_axes(pixels)),
            DataField(
                name="mask",
                role="target",
                kind="class",
                element="int",
                axes=image_axes(pixels)[1:],
                classes=names,
            ),
        ),
        arrays={"image": pixels, "mask": masks},
        remarks=tuple(remarks),
    )


def _read_masks(
    found: list[tuple[Path, Path]], root: Path, beside: Path, size: tuple[int, ...], progress: Progress
) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """Masks as class codes (n, height, width), and the colour of each class: a grey level, a palette's number, or red,
    green and blue in one number. Raises `Refusal` naming the mask that is none.
    """
    height, width = size
    codes = np.empty((len(found), height, width), np.uint8)
    known: dict[int, int] = {}
    for i, (picture, path) in enumerate(found):
        if i % 16 == 0:
            progress(i / len(found), tr("Reading {n:,} masks", n=len(found)))
        name = path.relative_to(beside)
        try:
            values, own_size = read_mask(path, height, width)
        except BadImage as error:
            raise Refusal(
                tr("{file} cannot be read as a mask ({reason}).", file=name, reason=error)
            ) from error
        first = look(picture)[0]
        if own_size != first:
            raise Refusal(
                tr(
                    "The mask {file} has {w} × {h} pixels, its picture {pw} × {ph}: they must be of one size.",
                    file=name,
                    w=own_size[0],
                    h=own_size[1],
                    pw=first[0],
                    ph=first[1],
                )
            )
        colours, place = np.unique(values, return_inverse=True)
        for colour in colours.tolist():
            known.setdefault(colour, len(known))
        if len(known) > MOST_CLASSES:
            raise Refusal(
                tr(
                    "By {file} the masks have more than {most} different colours, too many for classes. Masks are to be"
                    " saved without loss (PNG, not JPEG).",
                    file=name,
                    most=MOST_CLASSES,
                )
            )
        codes[i] = np.array([known[colour] for colour in colours.tolist()], np.uint8)[place].reshape(
            values.shape
        )
    if len(known) < 2:
        raise Refusal(tr("All pixels of all masks are of one colour: there is nothing to tell apart."))
    order = sorted(known)
    rank = np.empty(len(known), np.uint8)
    rank[[known[colour] for colour in order]] = np.arange(len(order), dtype=np.uint8)
    return rank[codes], order


def _names(text: str, colours: list[int], remarks: list[str]) -> tuple[str, ...]:
    given = tuple(" ".join(word.split()) for word in text.split(",") if word.strip())
    shown = [f"#{c - (1 << 24):06x}" if c >= 1 << 24 else str(c) for c in colours]
    if given:
        if len(given) != len(colours) or len(set(given)) < len(given):
            raise Refusal(
                tr(
                    "The masks have {n} classes ({colours}), so “Class names” takes as many different names; here are"
                    " {have}.",
                    n=len(colours),
                    colours=", ".join(shown[:12]),
                    have=len(given),
                )
            )
        return given
    remarks.append(
        tr(
            "The classes are the colours of the masks, from dark to light: {colours}.",
            colours=", ".join(shown[:12]) + (" …" if len(shown) > 12 else ""),
        )
    )
    return tuple(shown)


IMAGE_MASKS = Source(
    type="image_masks",
    label="Images and masks",
    group="Images and sounds",
    summary="Pictures and masks of the same names; predict the class of every pixel.",
    help="For every picture in one folder there is a mask of the same name in the other (cat.jpg and cat.png or"
    " cat_mask.png). Each colour of the masks is a class: the grey level, the number in the palette, or the mixture of"
    " red, green and blue. Pictures are resized smoothly, masks by taking the nearest pixel, so that no colour is"
    " mixed.",
    synonyms=("segmentation", "semantic", "u-net", "pixel labels", "pictures"),
    parameters=(
        PathField(name="path", label="Pictures", folder=True, help="The folder of the pictures."),
        PathField(name="masks", label="Masks", folder=True, help="The folder of the masks."),
        TextField(
            name="names",
            label="Class names",
            help="Names for the colours of the masks, from dark to light, separated by commas; empty names them by"
            " their colour.",
        ),
        *PICTURE_FIELDS,
        *SHUFFLED_SPLIT_FIELDS,
        PREPARATION,
    ),
    load=_load,
)
