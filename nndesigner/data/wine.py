"""Italian wines: thirteen chemical measurements of very different sizes, three cultivars."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.data.bundled import CLASS_FIELDS, class_table, read_bundled
from nndesigner.data.source import Loaded, Source

COLUMNS = (
    "alcohol",
    "malic acid",
    "ash",
    "alcalinity of ash",
    "magnesium",
    "total phenols",
    "flavanoids",
    "nonflavanoid phenols",
    "proanthocyanins",
    "color intensity",
    "hue",
    "OD280/OD315 of diluted wines",
    "proline",
)
CULTIVARS = ("class_0", "class_1", "class_2")


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    return class_table(read_bundled("wine", "wine_data.csv", skip=1), COLUMNS, "cultivar", CULTIVARS)


WINE = Source(
    type="wine",
    label="Wine",
    group="Classic data sets",
    summary="178 wines with thirteen chemical measurements; tell from which of three cultivars each comes.",
    help="The columns have very different sizes (hue is about 1, proline about 750): with the preparation set to “none”"
    " the same network learns far worse, which shows what standardizing is for. The data names its three classes"
    " class_0, class_1 and class_2."
    " Source: M. Forina et al., UCI Machine Learning Repository (1991).",
    synonyms=("chemistry", "table"),
    parameters=CLASS_FIELDS,
    load=_load,
)
