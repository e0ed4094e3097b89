from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data.dataset import Dataset, read

Reader = Callable[..., Dataset]


@pytest.fixture
def load(tmp_path: Path) -> Reader:
    """`load("csv", path="a.csv", …)`: the data of a source, its paths starting in the test's own folder."""

    def load(type: str, **parameters: Any) -> Dataset:
        return read(SimpleNamespace(type=type, parameters=parameters), tmp_path)

    return load


@pytest.fixture
def refused(load: Reader) -> Callable[..., str]:
    """`refused("csv", …)`: the sentence with which the source refuses; one sentence for a person, no traceback."""

    def refused(type: str, **parameters: Any) -> str:
        with pytest.raises(Refusal) as caught:
            load(type, **parameters)
        sentence = str(caught.value)
        assert len(sentence) < 500
        assert "\n" not in sentence and "Traceback" not in sentence
        assert sentence.endswith((".", "?"))
        return sentence

    return refused
