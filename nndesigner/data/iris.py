"""Fisher's iris flowers: four measurements, three species."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.data.bundled import CLASS_FIELDS, class_table, read_bundled
from nndesigner.data.source import Loaded, Source

COLUMNS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
SPECIES = ("setosa", "versicolor", "virginica")


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    return class_table(read_bundled("iris", "iris.csv", skip=1), COLUMNS, "species", SPECIES)


IRIS = Source(
    type="iris",
    label="Iris",
    group="Classic data sets",
    summary="150 flowers with four measurements each; tell which of three species a flower is.",
    help="Length and width of sepals and petals in centimetres, 50 flowers per species. Setosa lies apart; versicolor"
    " and virginica overlap a little, so a perfect score on the test part is luck."
    " Source: R. A. Fisher, The use of multiple measurements in taxonomic problems (1936).",
    synonyms=("flowers", "fisher", "table"),
    parameters=CLASS_FIELDS,
    load=_load,
)
