"""Diabetes progression: ten measurements of a patient, one number to predict."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.data.bundled import NUMBER_FIELDS, number_table, read_bundled
from nndesigner.data.source import Loaded, Source

COLUMNS = (
    "age",
    "sex",
    "body mass index",
    "blood pressure",
    "total cholesterol",
    "LDL",
    "HDL",
    "cholesterol / HDL",
    "log triglycerides",
    "blood sugar",
)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    rows = read_bundled("diabetes", "diabetes_data_raw.csv.gz", "diabetes_target.csv.gz", delimiter=None)
    return number_table(rows, COLUMNS, "progression")


DIABETES = Source(
    type="diabetes",
    label="Diabetes",
    group="Classic data sets",
    summary="442 patients with ten measurements; predict how far the disease has gone a year later.",
    help="Age in years, sex (1 or 2), body mass index, average blood pressure and six blood values, all in their own"
    " units. The target is a number from 25 to 346. About half of its variance can be explained: a small network"
    " does no better than a straight line, which is worth seeing."
    " Source: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least Angle Regression (2004).",
    synonyms=("regression", "medicine", "table"),
    parameters=NUMBER_FIELDS,
    load=_load,
)
