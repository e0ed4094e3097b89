"""Fashion-MNIST: 70,000 pieces of clothing, 28 × 28 pixels. Xiao, Rasul, Vollgraf (2017), arXiv:1708.07747."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.fetching import FETCH, fetch_field, fetched
from nndesigner.data.mnist import digits_from
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import Download, Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

CLASSES = (
    *("T-shirt", "trousers", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)


def _at(name: str, size: int, sha256: str) -> Download:
    return Download(
        name=f"{name}.gz",
        address=f"https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/{name}.gz",
        bytes=size,
        sha256=sha256,
    )


DOWNLOADS = (
    _at(
        "train-images-idx3-ubyte",
        26_421_880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    _at(
        "train-labels-idx1-ubyte", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    _at(
        "t10k-images-idx3-ubyte",
        4_422_102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    _at("t10k-labels-idx1-ubyte", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    files = fetched(FASHION_MNIST.downloads, "Fashion-MNIST", values[FETCH], span(progress, 0.0, 0.9))
    progress(0.9, tr("Reading {name}", name="Fashion-MNIST"))
    return digits_from(files, CLASSES)


FASHION_MNIST = Source(
    type="fashion_mnist",
    label="Fashion-MNIST",
    group="Classic data sets",
    summary="70,000 pictures of clothing, 28 × 28 pixels; fetched from the net when you ask.",
    help="Made to take the place of MNIST where digits are too easy: ten kinds of clothing in grey, 60,000 to train on"
    " and 10,000 to test. It is fetched once, 31 MB, when “Fetch from the net” is switched on, checked against its"
    " checksums and kept in this computer's cache.",
    synonyms=("clothes", "zalando", "image", "28"),
    parameters=(fetch_field(DOWNLOADS), *SPLIT_FIELDS, PREPARATION),
    downloads=DOWNLOADS,
    load=_load,
)
