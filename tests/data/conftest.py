from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal, Severity
from nndesigner.data.dataset import Dataset, read
from tests.data.playing_hub import Hub, playing_hub

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


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub of the test's own, which is asked instead of the real one; the cache is empty."""
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    with playing_hub() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address + "/")
        yield found


@pytest.fixture
def learns() -> Callable[[Dataset], list[float]]:
    """`learns(data)`: the losses of two training steps of a small network that reads the first input field."""

    def learns(data: Dataset, target: str = "") -> list[float]:
        from nndesigner.check.check import check
        from nndesigner.document.plan import plan_values
        from nndesigner.training.rehearsal import first_losses
        from tests.networks import chain

        fields = list(data.fields.values())
        source = next(field for field in fields if field.role == "input")
        goal = next(f for f in fields if f.role == "target" and (not target or f.name == target))
        document = chain([*_layers(source, goal), ("Output", {"target": goal.name})], fields)
        checked = check(document)
        assert [p.message for p in checked.problems if p.severity is Severity.ERROR] == []
        plan = {**plan_values(document)[0], "device": "cpu", "batch_size": 4, "threads": 1}
        losses = first_losses(document, checked, plan, data, 2)
        assert len(losses) == 2 and all(math.isfinite(loss) for loss in losses)
        return list(losses)

    return learns


def _layers(source: DataField, goal: DataField) -> list[tuple[str, dict[str, Any]]]:
    entry = {"image": "ImageInput", "table": "TableInput", "series": "SequenceInput", "tokens": "TokensInput"}
    layers: list[tuple[str, dict[str, Any]]] = [(entry[source.kind], {"field": source.name})]
    if source.kind == "tokens":
        layers.append(("Embedding", {"embedding_dim": 4}))
    if goal.kind == "tokens":
        return [*layers, ("Linear", {"out_features": len(goal.tokens)})]
    if goal.kind == "image" or (goal.kind == "class" and goal.axes):
        channels = goal.sizes[0] if goal.kind == "image" else len(goal.classes)
        return [*layers, ("Conv2d", {"out_channels": channels, "kernel_size": [1, 1]})]
    if source.kind != "table":
        layers.append(("Flatten", {}))
    return [*layers, ("Linear", {"out_features": len(goal.classes) or math.prod(goal.sizes)})]
