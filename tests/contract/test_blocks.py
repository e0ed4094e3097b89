"""Random networks with random parts of them made into blocks: nothing changes but the names.

A network, the same with blocks, its printed source, and the blocks dissolved again compute the same from the same
weights.
"""

from __future__ import annotations

import random
import re

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import CompiledNetwork, build, example_inputs, with_preparation
from nndesigner.compiler.source import class_name, source
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from tests.contract.random_networks import draw


def with_blocks(document: Document, rng: random.Random) -> Document:
    """The document with up to three parts of its networks made into blocks, blocks inside blocks among them."""
    for _ in range(3):
        network = rng.choice(document.networks).id
        nodes = [node.id for node in document.nodes(network)]
        if not nodes:
            continue
        chosen = rng.sample(nodes, rng.randint(1, min(3, len(nodes))))
        try:
            document = document.apply(edits.make_block(document, chosen, rng.choice(["part", "cell"])))
        except Refusal:
            continue
    return document


def without_blocks(document: Document) -> Document:
    while blocks := [node for node in document.nodes() if node.type == "Block"]:
        document = document.apply(edits.dissolve_block(document, blocks[0].id))
    return document


def answers(checked: CheckedNetwork, model: CompiledNetwork) -> tuple[torch.Tensor, ...]:
    x = example_inputs(checked, {"N": 2}, torch.Generator().manual_seed(5))
    torch.manual_seed(7)
    with torch.no_grad():
        result = model.eval()(*x)
    return result if isinstance(result, tuple) else (result,)


def take_weights(model: CompiledNetwork, checked: CheckedNetwork, other: CompiledNetwork) -> None:
    """Copies all weights of a network without blocks: the names of its layers are those of the innermost layers."""
    theirs = other.state_dict()
    names = {inner.name: inner.node.name for inner in checked.walk() if not inner.node.rounds}
    copied = 0
    for name, value in model.state_dict().items():
        path = max((p for p in names if re.match(rf"{re.escape(p)}([._]|$)", name)), key=len)
        value.copy_(theirs[names[path] + name[len(path) :]])
        copied += 1
    assert copied == len(theirs)


@pytest.mark.parametrize("seed", range(30))
def test_blocks_change_names_only(seed: int) -> None:
    rng = random.Random(seed)
    flat = draw(rng)
    checked = check(flat)
    if not checked.ok or len(checked.used) < len(checked.nodes):
        return  # a dead branch would come to life inside a block that is used
    blocked = with_blocks(flat, rng)
    inside = check(blocked)
    assert inside.ok, [p.message for p in inside.errors]
    assert (inside.weights, inside.macs) == (checked.weights, checked.macs)
    model, same = build(checked), build(inside)
    take_weights(same, inside, model)
    for a, b in zip(answers(checked, model), answers(inside, same), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
    back = without_blocks(blocked)
    again = check(back)
    assert again.ok and len(again.nodes) == len(checked.nodes)
    dissolved = build(again)
    take_weights(dissolved, again, model)
    for a, b in zip(answers(checked, model), answers(again, dissolved), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("seed", range(30))
def test_the_source_of_blocks_computes_the_same(seed: int) -> None:
    rng = random.Random(seed)
    checked = check(with_blocks(draw(rng), rng))
    if not checked.ok:
        return
    model = with_preparation(build(checked), checked).eval()
    space: dict[str, type[torch.nn.Module]] = {}
    exec(compile(source(checked, "whole"), "source", "exec"), space)  # our own text, made above
    copy = space[class_name("whole")]().eval()
    assert list(copy.state_dict()) == list(model.state_dict()) or set(copy.state_dict()) == set(
        model.state_dict()
    )
    copy.load_state_dict(model.state_dict())
    x = example_inputs(checked, {"N": 2}, torch.Generator().manual_seed(5))
    with torch.no_grad():
        torch.manual_seed(7)
        want = model(*x)
        torch.manual_seed(7)
        have = copy(*x)
    torch.testing.assert_close(have, want, rtol=0, atol=0, equal_nan=True)


def test_a_selection_may_hold_blocks() -> None:
    rng = random.Random(4)
    nested = 0
    for seed in range(40):
        document = with_blocks(draw(random.Random(seed)), rng)
        nested += any(
            isinstance(r, Node) and r.type == "Block" and r.network != document.main.id for r in document
        )
    assert nested > 2
