"""The five classic sets against scikit-learn's own loaders, and the way back when its files have moved."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data import bundled
from nndesigner.data.dataset import Dataset, read

EXPECTED = {
    # type: (shape of the inputs, minimum, maximum, samples per class)
    "digits": ((1797, 1, 8, 8), 0, 16, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
    "iris": ((150, 4), 0.1, 7.9, [50, 50, 50]),
    "wine": ((178, 13), 0.13, 1680, [59, 71, 48]),
    "breast_cancer": ((569, 30), 0, 4254, [212, 357]),
    "diabetes": ((442, 10), 1, 301, None),
}


@pytest.fixture(scope="module")
def sklearn_datasets() -> Any:
    return importlib.import_module("sklearn.datasets")


@pytest.mark.parametrize("type", EXPECTED)
def test_raw_values_and_classes(type: str, load: Callable[..., Dataset]) -> None:
    shape, low, high, counts = EXPECTED[type]
    data = load(type)
    inputs, target = data.arrays.values()
    assert inputs.shape == shape and inputs.dtype == np.float32
    assert inputs.min() == pytest.approx(low) and inputs.max() == pytest.approx(high)
    if counts is None:
        assert target.shape == (442, 1) and (target.min(), target.max()) == (25, 346)
    else:
        assert target.dtype == np.int64 and np.bincount(target).tolist() == counts


@pytest.mark.parametrize("type", EXPECTED)
def test_the_same_as_scikit_learn_says(
    type: str, load: Callable[..., Dataset], sklearn_datasets: Any
) -> None:
    more = {"scaled": False} if type == "diabetes" else {}
    theirs = getattr(sklearn_datasets, f"load_{type}")(**more)
    inputs, target = load(type).arrays.values()
    assert inputs.reshape(len(inputs), -1) == pytest.approx(theirs.data.astype(np.float32))
    assert target.reshape(-1) == pytest.approx(theirs.target)
    names = list(load(type).fields.values())[1].classes
    if type != "diabetes":
        assert names == tuple(str(name) for name in theirs.target_names)


def test_column_names_are_scikit_learns(load: Callable[..., Dataset], sklearn_datasets: Any) -> None:
    for type in ("iris", "wine", "breast_cancer"):
        theirs = getattr(sklearn_datasets, f"load_{type}")().feature_names
        ours = load(type).fields["table"].columns
        assert [name.replace("_", " ").lower() for name in theirs] == [name.lower() for name in ours]


@pytest.mark.parametrize("type", EXPECTED)
def test_files_that_have_moved_are_asked_for(
    type: str, load: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch, sklearn_datasets: Any
) -> None:
    usual = load(type)
    monkeypatch.setattr(bundled, "data_folder", lambda: Path("no such folder"))
    assert load(type).fingerprint == usual.fingerprint


def test_without_scikit_learn_it_says_so(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(f"no module named {name}")

    monkeypatch.setattr(bundled, "data_folder", lambda: None)
    monkeypatch.setattr(bundled.importlib, "import_module", missing)
    assert "comes with scikit-learn" in refused("iris")


def test_reading_does_not_import_scikit_learn() -> None:
    code = (
        "import sys; from pathlib import Path; from types import SimpleNamespace;"
        "from nndesigner.data.dataset import read;"
        "[read(SimpleNamespace(type=t, parameters={}), Path('.')) for t in ('digits', 'diabetes', 'iris')];"
        "print([name for name in ('sklearn', 'scipy', 'torch', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_stratified_parts_hold_every_class(load: Callable[..., Dataset]) -> None:
    for type in ("digits", "iris", "wine", "breast_cancer"):
        data = load(type)
        labels = list(data.arrays.values())[1]
        counts = np.bincount(labels)
        for name, share in (("train", 0.7), ("validation", 0.15), ("test", 0.15)):
            assert np.bincount(labels[data.indices[name]]) == pytest.approx(counts * share, abs=2)


@pytest.mark.parametrize(
    ("words", "chosen"), [("5-9", "56789"), ("3, 1 7", "137"), ("9–8", "89"), ("", "0123456789")]
)
def test_only_some_of_the_digits(words: str, chosen: str) -> None:
    every = read(SimpleNamespace(type="digits", parameters={}), Path("."))
    some = read(SimpleNamespace(type="digits", parameters={"digits": words}), Path("."))
    assert some.fields["digit"].classes == tuple(chosen)
    kept = np.isin(every.arrays["digit"], [int(digit) for digit in chosen])
    assert np.array_equal(some.arrays["image"], every.arrays["image"][kept])
    names = np.array([int(digit) for digit in chosen])
    assert np.array_equal(names[some.arrays["digit"]], every.arrays["digit"][kept])


@pytest.mark.parametrize("words", ["7", "a-b", "1-", "10, 11"])
def test_digits_that_are_none_are_refused(words: str) -> None:
    with pytest.raises(Refusal):
        read(SimpleNamespace(type="digits", parameters={"digits": words}), Path("."))
