"""Breast cancer (Wisconsin): thirty measurements of cell nuclei, malignant or benign."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.data.bundled import CLASS_FIELDS, class_table, read_bundled
from nndesigner.data.source import Loaded, Source

MEASURED = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
COLUMNS = (
    *(f"mean {name}" for name in MEASURED),
    *(f"{name} error" for name in MEASURED),
    *(f"worst {name}" for name in MEASURED),
)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    rows = read_bundled("breast_cancer", "breast_cancer.csv", skip=1)
    return class_table(rows, COLUMNS, "diagnosis", ("malignant", "benign"))


BREAST_CANCER = Source(
    type="breast_cancer",
    label="Breast cancer",
    group="Classic data sets",
    summary="569 biopsies with thirty measurements of cell nuclei; tell malignant from benign.",
    help="Ten properties of the cell nuclei in a microscope image, each as mean, standard error and mean of the three"
    " largest. Two classes: one output unit with a sigmoid is enough; class 1 is benign (357 of 569)."
    " Source: W. Street, W. Wolberg and O. Mangasarian, Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning"
    " Repository (1995). For learning, not for diagnosis.",
    synonyms=("wisconsin", "binary", "medicine", "table"),
    parameters=CLASS_FIELDS,
    load=_load,
)
