"""Drawable = checkable = trainable = exportable: what the check lets through is built, trains, prints and leaves."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nndesigner.check.batch_of_one import fewest_samples
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.free_sizes import sizes_in_data
from nndesigner.compiler.build import CompiledNetwork, build, example_inputs
from nndesigner.compiler.deploy import exportable
from nndesigner.compiler.source import source
from nndesigner.document.document import Document
from nndesigner.exporters.exporter import Exportable
from nndesigner.exporters.program import PROGRAM
from tests.contract.random_networks import describe, draw

pytestmark = [  # what torch says of its own ways, not of the network
    pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning"),
    pytest.mark.filterwarnings("ignore:.*_flat_weights.*:UserWarning"),
    pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning"),
]
TOGETHER = 25
NOT_EVERYWHERE = {"Operation", "Power", "Divide", "Reduce"}
"""Layers that have no value for some of what may arrive: the root of a negative number, a division by 0."""
LEAPS = {"Step", "ArgMax", "TopK", "Compare", "Hardshrink", "Threshold"}
"""Layers in which a last bit decides between two answers, and two ways to compute may differ in it."""
LEAPING = {"floor", "ceil", "round", "trunc", "sign"}
UNBOUNDED = {
    "Operation",
    "Reparameterize",
    "Power",
    "Divide",
    "Reduce",
    "ScaleShift",
    "Clamp",
    "MaskedFill",
    "Where",
    "ChannelScale",
}
"""Layers after which a value may be infinite or no number: the logarithm of a negative one, a division by 0."""


def types(checked: CheckedNetwork) -> set[str]:
    return {node.record.type for node in checked.compiled}


def leaps(checked: CheckedNetwork) -> bool:
    rounds = any(node.record.parameters.get("function") in LEAPING for node in checked.compiled)
    return rounds or bool(types(checked) & LEAPS)


def drawn(seeds: range) -> list[tuple[Document, CheckedNetwork]]:
    made = [draw(random.Random(seed)) for seed in seeds]
    checked = [(document, check(document)) for document in made]
    sound = [(document, network) for document, network in checked if not network.obstacles]
    assert len(sound) > 0.6 * len(made), "remedies mend nearly everything that is drawn"
    return sound


def as_tuple(answer: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def assert_shapes_as_checked(checked: CheckedNetwork, module: CompiledNetwork) -> None:
    in_data, _ = sizes_in_data({node.id: node for node in checked.nodes})
    module.eval()
    for names in (checked.example, {**checked.example, **in_data}):
        with torch.no_grad():
            values = module.probe(*example_inputs(checked, names))
        for place, value in values.items():
            assert tuple(value.shape) == checked.types[place].shape(names)
    assert checked.weights == sum(p.numel() for p in module.parameters())


def assert_trains(document: Document, checked: CheckedNetwork, module: CompiledNetwork) -> None:
    """A step with a whole batch, and one with what is left at the end of an epoch."""
    assert document.plan is not None and document.data is not None
    samples, batch = document.data.counts["train"], document.plan.parameters["batch_size"]
    drop_last = document.plan.parameters.get("drop_last", False)
    in_data, _ = sizes_in_data({node.id: node for node in checked.nodes})
    module.train()
    rest = 0 if drop_last else samples % batch
    if rest < fewest_samples(checked):
        rest += batch  # too few for a normalization: they join the batch before them
    for size in {min(batch, samples), rest}:
        names = {**checked.example, **in_data, "N": min(size, samples)}
        outputs = module.for_loss(*example_inputs(checked, names))
        loss = torch.stack(module.losses(outputs, targets(checked, names["N"]))).sum()
        # A random text may have more repeats than there are steps to write it in: a run refuses such data (CTC).
        unwritable = any(head.loss is not None and head.loss.name == "ctc" for head in checked.heads)
        assert torch.isfinite(loss) or types(checked) & UNBOUNDED or is_extreme(document) or unwritable
        if loss.requires_grad:
            loss.backward()


def is_extreme(document: Document) -> bool:
    """Whether a typed number is so large (a threshold, a border) that what is made of it may be infinite."""
    values = [value for node in document.nodes() for value in node.parameters.values()]
    return any(isinstance(value, float) and abs(value) > 1e4 for value in values)


def targets(checked: CheckedNetwork, samples: int) -> list[Tensor]:
    made = []
    for head in checked.heads:
        assert head.target is not None
        kinds = len(head.target.classes or head.target.tokens)
        shape = (samples, *head.target.sizes)
        numbers = torch.rand if head.loss is not None and head.loss.holds[0] == 0 else torch.randn
        made.append(torch.randint(kinds, shape) if kinds else numbers(shape))
    return made


def assert_source_computes_the_same(checked: CheckedNetwork, made: Exportable) -> None:
    # Not from a file: byte code kept of one network would pass for that of the next, written within the same second.
    generated: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source(checked, "net"), "generated", "exec"), generated)
    copy = generated["Net"]().eval()
    copy.load_state_dict(made.model.state_dict())
    for sizes in made.sizes:
        inputs = made.example(sizes)
        with torch.no_grad():
            pairs = zip(as_tuple(made.model(*inputs)), as_tuple(copy(*inputs)), strict=True)
        for want, have in pairs:
            # Sums of squares may be added up in another order where values lie otherwise in memory.
            torch.testing.assert_close(have, want, rtol=1e-4, atol=1e-5, equal_nan=True)


def assert_leaves(made: Exportable, folder: Path) -> None:
    PROGRAM.write(made, folder, "net", {}, lambda fraction, sentence: None)
    for sizes in made.sizes:
        inputs = made.example(sizes)
        with torch.no_grad():
            live = as_tuple(made.model(*inputs))
        for want, have in zip(
            live, PROGRAM.run(folder / "net.pt2", [x.numpy() for x in inputs]), strict=True
        ):
            np.testing.assert_allclose(want.numpy(), have, rtol=1e-3, atol=1e-4)


def hold(seeds: range, folder: Path, program: bool, printed: bool = True) -> None:
    for document, checked in drawn(seeds):
        torch.manual_seed(0)
        try:
            module = build(checked)
            assert_shapes_as_checked(checked, module)
            assert_trains(document, checked, module)
            if not printed or leaps(checked):
                continue
            made = exportable(module, checked, "net")
            assert_source_computes_the_same(checked, made)
            if program:
                assert_leaves(made, folder)
        except Exception as error:
            raise AssertionError(describe(document)) from error


@pytest.mark.parametrize("start", range(0, 150, TOGETHER))
def test_what_is_checked_builds_trains_and_prints(start: int, tmp_path: Path) -> None:
    hold(range(start, start + TOGETHER), tmp_path, program=False)


def test_what_is_checked_leaves_as_a_program(tmp_path: Path) -> None:
    hold(range(100_000, 100_000 + TOGETHER), tmp_path, program=True)


@pytest.mark.long
@pytest.mark.parametrize("start", range(200_000, 202_000, TOGETHER))
def test_what_is_checked_does_so_thousands_of_times(start: int, tmp_path: Path) -> None:
    hold(range(start, start + TOGETHER), tmp_path, program=start % 250 == 0)


@pytest.mark.long
@pytest.mark.parametrize("start", range(300_000, 308_000, 500))
def test_what_is_checked_builds_and_trains_ten_thousand_times(start: int, tmp_path: Path) -> None:
    hold(range(start, start + 500), tmp_path, program=False, printed=False)
