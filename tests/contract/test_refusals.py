"""What the check refuses, torch refuses too, or `docs/refusals.md` says why it is refused all the same."""

from __future__ import annotations

import random
import re
import warnings
from collections import Counter
from pathlib import Path

import pytest
import torch

from nndesigner.base.fields import resolve
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.compiler.build import _Emitter
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Layer, Lowering, ShapeError, Use
from tests.contract.random_networks import _parameters

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "refusals.md"
REASONS = [
    row.split("|")[1].strip()
    for row in DOCUMENT.read_text(encoding="utf-8").splitlines()
    if row.startswith("| ") and not row.startswith("| The")
]
ENTRIES = [entry for entry in layers().values() if entry.role == "layer" and entry.type != "Custom"]
"""What a layer of the user's own takes, its code says."""
DTYPES = {"int": torch.int64, "bool": torch.bool}


def arriving(rng: random.Random) -> TensorType:
    def n() -> int:
        return rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 12))

    axes = rng.choice(
        (
            ("feature",), ("channel", "height", "width"), ("channel", "length"), ("time", "feature"), ("time",),
            ("channel", "depth", "height", "width"), (),
        )
    )  # fmt: skip
    element = rng.choice(("float", "float", "float", "int", "bool"))
    return tensor(element, **{axis: n() for axis in axes})


def refused(rng: random.Random) -> tuple[Layer, Use, str] | None:
    """A random layer with random parameters and inputs that its rule refuses, and the sentence."""
    entry = rng.choice(ENTRIES)
    values, bad = resolve(entry.parameters, _parameters(rng, entry))
    ports = entry.input_ports(values)
    inputs = {p.name: arriving(rng) for p in ports if not p.optional or rng.random() < 0.5}
    if bad:
        return None
    try:
        entry.infer(Use(inputs=inputs, values=values))
    except ShapeError as error:
        return entry, Use(inputs=inputs, values=values), str(error)
    return None


def torch_takes(lowering: Lowering, inputs: dict[str, TensorType]) -> bool:
    """Whether torch runs the calls on tensors of these types, with a gradient, and what it gives is not empty."""
    torch.manual_seed(0)
    given = [
        torch.randn(type.shape({"N": 2}))
        if type.element == "float"
        else torch.randint(0, 2, type.shape({"N": 2})).to(DTYPES[type.element])
        for type in inputs.values()
    ]
    emitter = _Emitter(torch.nn.Module())
    try:
        arriving = {port: emitter.graph.placeholder(port) for port in inputs}
        emitter.graph.output(tuple(emitter.lowering("layer", lowering, arriving).values()))
        made = torch.fx.GraphModule(emitter.root, emitter.graph)(*given)
        total = sum(value.float().sum() for value in made)
        if total.requires_grad:
            total.backward()
    except Exception:  # whatever torch says: it does not take it
        return False
    return all(value.numel() for value in made)


def ask(seeds: range) -> tuple[Counter[str], list[str]]:
    """How often each documented reason was met, and sentences that no reason covers though torch takes the layer."""
    met: Counter[str] = Counter()
    missing: list[str] = []
    for seed in seeds:
        found = refused(random.Random(seed))
        if found is None:
            continue
        entry, use, sentence = found
        try:
            lowering = entry.lower(use)
        except (ShapeError, LookupError, ValueError, TypeError, ArithmeticError, AssertionError):
            met["the layer has no form for it"] += 1
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not torch_takes(lowering, dict(use.inputs)):
                met["torch refuses"] += 1
                continue
        reason = next((r for r in REASONS if re.search(re.escape(r), sentence)), None)
        if reason is None:
            missing.append(f"{entry.type} {dict(use.values)}: {sentence}")
        else:
            met[reason] += 1
    return met, missing


def test_refusals_are_shared_by_torch_or_documented(capfd: pytest.CaptureFixture[str]) -> None:
    met, missing = ask(range(2_000))
    assert not missing, "\n".join(sorted(set(missing))[:20])
    assert met["torch refuses"] > 300


@pytest.mark.long
@pytest.mark.parametrize("start", range(100_000, 120_000, 5_000))
def test_refusals_are_shared_by_torch_or_documented_many_times(
    start: int, capfd: pytest.CaptureFixture[str]
) -> None:
    _, missing = ask(range(start, start + 5_000))
    assert not missing, "\n".join(sorted(set(missing))[:20])


def test_every_documented_reason_is_one_that_some_layer_gives() -> None:
    package = Path(__file__).resolve().parents[2] / "nndesigner" / "layers"
    said = " ".join(path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py")))
    plain = re.sub(r'"\s*"', "", said)  # sentences that go over several lines
    begun = [
        reason.removesuffix(" N").removesuffix(" batch ×") for reason in REASONS
    ]  # before what is filled in
    assert not [reason for reason in begun if reason not in plain]
