"""Pairs of pictures: from one the other is to be made, such as colour from grey or sharp from blurred."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import PathField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.files import chosen_folder
from nndesigner.data.partners import pairs
from nndesigner.data.pictures import PICTURE_FIELDS, image_axes, read_pictures
from nndesigner.data.preparation import PREPARATION, TARGET_PREPARATION
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SHUFFLED_SPLIT_FIELDS


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    root = chosen_folder(values["path"], folder, tr("the folder of pictures"))
    beside = chosen_folder(values["targets"], folder, tr("the folder of target pictures"))
    if root == beside:
        raise Refusal(tr("Pictures and targets are in two folders; the same one is chosen for both."))
    remarks: list[str] = []
    found = pairs(root, beside, tr("target picture"), values["bad_files"], remarks)
    inputs, first = read_pictures([a for a, _ in found], root, values, span(progress, 0.0, 0.5), remarks)
    found = [found[i] for i in first]
    targets, second = read_pictures([b for _, b in found], beside, values, span(progress, 0.5, 1.0), remarks)
    return Loaded(
        fields=(
            DataField(name="image", role="input", kind="image", element="float", axes=image_axes(inputs)),
            DataField(name="target", role="target", kind="image", element="float", axes=image_axes(targets)),
        ),
        arrays={"image": inputs if len(second) == len(found) else inputs[second], "target": targets},
        remarks=tuple(remarks),
    )


IMAGE_PAIRS = Source(
    type="image_pairs",
    label="Image pairs",
    group="Images and sounds",
    summary="Two pictures of the same name; make the second from the first.",
    help="For every picture in one folder there is one of the same name in the other (cat.png and cat.png or"
    " cat_target.png). The network reads the first and learns to make the second. Both are brought to the chosen size;"
    " without one, each side takes that of its first picture.",
    synonyms=(
        "image to image",
        "denoising",
        "super resolution",
        "colourize",
        "translation",
        "pix2pix",
        "autoencoder",
    ),
    parameters=(
        PathField(name="path", label="Pictures", folder=True, help="The folder of what the network reads."),
        PathField(
            name="targets", label="Target pictures", folder=True, help="The folder of what it is to make."
        ),
        *PICTURE_FIELDS,
        *SHUFFLED_SPLIT_FIELDS,
        PREPARATION,
        TARGET_PREPARATION,
    ),
    load=_load,
)
