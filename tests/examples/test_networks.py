"""The networks that newcomers build, in examples/networks/: each opens, checks, builds, runs forward and backward, has
source that computes the same. Their training is looked at in `tests/e2e/test_forty_networks.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nndesigner.base.problem import Severity
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.free_sizes import sizes_in_data
from nndesigner.compiler.build import CompiledNetwork, build, example_inputs, with_preparation
from nndesigner.compiler.deploy import exportable
from nndesigner.compiler.source import class_name, source
from nndesigner.data.dataset import Dataset, read
from nndesigner.document.document import Document
from nndesigner.exporters import gate
from nndesigner.objectives.catalogue import whole_plan
from nndesigner.objectives.supervised import SUPERVISED, judge
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode
from nndesigner.runs.store import create_run
from nndesigner.training.loop import train
from tests.examples.generated import with_data
from tests.examples.test_examples import Steps

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "networks"
FILES = sorted(FOLDER.glob("*.nnd"))
FEW = 16
"""Samples of each part that the training loop gets here."""
HINTS = {"no-data", "many-weights"}
"""What may be said of a file: it has no data yet, or few samples for its size."""
NO_GRADIENT = {
    "18d-wgan-gp-critic": {"critic.linear.bias"},  # a difference of two scores: a constant in both falls out
    "22b-siamese-distance": {"tower.embed.bias"},  # as it does of two rows of features
    "22c-triplet": {"tower.embed.bias"},
}
"""Learnable numbers whose gradient is 0 by their nature, but for rounding."""
PENALTIES_ALONE = {"22b-siamese-distance", "22c-triplet", "24-style-transfer"}
"""Networks whose outputs have no target: their penalties are all that they learn from."""
PAIRS = {"17c-dcgan", "18e-conditional-gan", "18f-wgan-gp"}
"""Networks that learn against each other: they train in `tests/e2e/test_forty_networks.py`, as all with data do."""
ONE_SIDE = ("17a", "17b", "18a", "18b", "18c", "18d")
"""One side of such a pair, drawn alone."""
NO_LOSS_YET = {"40-crnn"}
"""Networks whose loss is not there yet."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks are slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def opened(path: Path) -> tuple[Document, Dataset]:
    """The project with its data, the first samples of each part; generated data where it has none."""
    document = open_project(path).document
    if path.stem in PENALTIES_ALONE | NO_LOSS_YET:
        return document, Dataset(fields={}, arrays={}, indices={}, counts={}, fingerprint="", remarks=())
    if document.data is None:
        return with_data(document)
    found = read(document.data, FOLDER)
    assert found.fingerprint == document.data.fingerprint, "the data is not what the file says"
    assert tuple(found.fields) == tuple(field.name for field in document.data.fields)
    return document, replace(found, indices={part: rows[:FEW] for part, rows in found.indices.items()})


@cache
def built(path: Path) -> tuple[CompiledNetwork, CheckedNetwork]:
    """The network of the project with the data of `opened`."""
    checked = check(opened(path)[0])
    assert not [p.message for p in checked.problems if p.severity is not Severity.HINT]
    torch.manual_seed(0)
    return build(checked), checked


def batch_of(checked: CheckedNetwork, samples: int) -> tuple[Tensor, ...]:
    """Generated inputs, as long as the data is where their length is free."""
    in_data, _ = sizes_in_data({node.id: node for node in checked.nodes})
    return example_inputs(checked, {**in_data, "N": samples}, torch.Generator().manual_seed(1))


def loss_of(path: Path) -> Tensor:
    """What the network learns from, for one batch; of an answer that has no loss yet, its mean square."""
    _, dataset = opened(path)
    compiled, checked = built(path)
    inputs = batch_of(checked, 4)
    if path.stem not in PENALTIES_ALONE | NO_LOSS_YET:
        names = [head.target.name for head in checked.heads if head.target]
        targets = [torch.from_numpy(dataset.arrays[name][:4]) for name in names]
        targets = [codes.long() if codes.dtype == torch.uint8 else codes for codes in targets]
        outcome = judge(compiled, inputs, targets)
        assert len(outcome.parts) == len(checked.parts)
        return outcome.loss
    assert SUPERVISED.why_not(checked)
    values, answers = compiled.for_loss(*inputs), len(checked.heads)
    if path.stem in NO_LOSS_YET:
        return torch.stack([value.square().mean() for value in values]).sum()
    assert len(values) - answers == len(checked.penalties) > 0
    weighted = zip(values[answers:], checked.shares[answers:], strict=True)
    return torch.stack([value * share for value, share in weighted]).sum()


def test_all_forty_are_there() -> None:
    assert {path.stem[:2] for path in FILES} == {f"{number:02}" for number in range(1, 41)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_opens_and_checks(path: Path) -> None:
    project = open_project(path)
    assert project.warnings == () and encode(project.document) == path.read_bytes()
    problems = check(project.document).problems
    assert {p.code for p in problems if p.severity is Severity.HINT} <= HINTS
    assert not [p.message for p in problems if p.severity is not Severity.HINT]


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem not in PAIRS], ids=lambda path: path.stem
)
def test_it_runs_forward_and_backward(path: Path) -> None:
    compiled, checked = built(path)
    assert {p.code for p in checked.problems} <= HINTS
    compiled.train().zero_grad()
    loss = loss_of(path)
    assert torch.isfinite(loss)
    loss.backward()
    for name, numbers in compiled.named_parameters():
        if not numbers.requires_grad:
            assert numbers.grad is None, name
            continue
        assert numbers.grad is not None and torch.isfinite(numbers.grad).all(), name
        if name in NO_GRADIENT.get(path.stem, ()):
            assert numbers.grad.abs().max() < 1e-6, name
        else:
            assert numbers.grad.any(), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_source_computes_the_same(path: Path) -> None:
    compiled, checked = built(path)
    model = with_preparation(compiled, checked).eval()
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(source(checked, path.stem), "source", "exec"), space)
    written = space[class_name(path.stem)]().eval()
    assert set(written.state_dict()) == set(model.state_dict())
    written.load_state_dict(model.state_dict())
    inputs = batch_of(checked.as_answered(), 2)
    with torch.no_grad():
        have, want = (
            made if isinstance(made, tuple) else (made,) for made in (written(*inputs), model(*inputs))
        )
    assert len(have) == len(want)
    assert all(torch.equal(a, b) for a, b in zip(have, want, strict=True))


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.stem.startswith(ONE_SIDE)],
    ids=lambda path: path.stem,
)
def test_one_side_of_a_pair_takes_two_steps_of_the_training_loop(path: Path, tmp_path: Path) -> None:
    document, dataset = opened(path)
    compiled, checked = built(path)
    before = {name: numbers.detach().clone() for name, numbers in compiled.named_parameters()}
    values, _ = whole_plan(document)
    values = {**values, "batch_size": 4, "threads": 1}
    run = create_run(tmp_path, document)
    result = train(compiled, dataset, values, run, Steps(2), checked=checked)
    assert result["steps"] == 2
    moved = {name for name, numbers in compiled.named_parameters() if not torch.equal(numbers, before[name])}
    learns = {name for name, numbers in compiled.named_parameters() if numbers.requires_grad}
    assert moved <= learns and moved >= learns - NO_GRADIENT.get(path.stem, set())


@pytest.mark.long
@pytest.mark.parametrize("format", ["onnx", "pt2"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_leaves_as_a_file(path: Path, format: str, tmp_path: Path) -> None:
    compiled, checked = built(path)
    exported = gate.export(
        exportable(compiled, checked, path.stem, path.read_bytes()), format, tmp_path / path.stem
    )
    assert exported.path.stat().st_size == exported.bytes
