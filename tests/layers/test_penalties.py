"""Penalties against torch's own losses and the formulas: values, gradients, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import resolve
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import CompiledNetwork, build
from nndesigner.layers.catalogue import layer, layers, search
from nndesigner.layers.declaration import ShapeError, Use
from tests.networks import Step, drawn

PENALTIES = [entry for entry in layers().values() if entry.role == "penalty"]
ROW = DataField(name="row", role="input", kind="table", element="float", axes=(("feature", 6),))
PRICE = DataField(name="price", role="target", kind="number", element="float", axes=(("feature", 3),))


def network(type: str, values: dict[str, Any], widths: dict[str, int], *shape: int) -> CheckedNetwork:
    """A tower for each port (a linear layer, reshaped where a shape is given), the penalty, and an output."""
    nodes: dict[str, Step] = {"row1": ("TableInput", {}), "the": (type, values), "output1": ("Output", {})}
    wires = []
    for port, width in widths.items():
        nodes[port + "_tower"] = ("Linear", {"out_features": width})
        wires.append(("row1", port + "_tower"))
        end = port + "_tower"
        if shape and port != "label":
            sizes = ", ".join(map(str, shape))
            nodes[port + "_shaped"] = ("Reshape", {"to": "sequence", "sizes": sizes})
            wires.append((end, port + "_shaped"))
            end = port + "_shaped"
        wires.append((end, f"the.{port}"))
    nodes["answer"] = ("Linear", {"out_features": 3})
    wires += [("row1", "answer"), ("answer", "output1")]
    return check(drawn(nodes, wires, [ROW, PRICE]))


def built(*args: Any) -> CompiledNetwork:
    checked = network(*args)
    assert checked.ok, checked.errors
    assert [node.name for node in checked.penalties] == ["the"]
    torch.manual_seed(0)
    return build(checked)


def kl(mean: Tensor, log_var: Tensor) -> Tensor:
    return -0.5 * (1 + log_var - mean**2 - log_var.exp()).flatten(1).sum(1).mean()


def yes(label: Tensor) -> Tensor:
    return label.flatten() > 0.5


def contrastive(a: Tensor, b: Tensor, label: Tensor) -> Tensor:
    d = (a - b + 1e-6).flatten(1).norm(dim=1)
    return torch.where(yes(label), d**2, (1.5 - d).clamp(min=0) ** 2).mean() / 2


def info_nce(a: Tensor, b: Tensor) -> Tensor:
    scores = F.cosine_similarity(a[:, None], b[None], dim=2) / 0.5
    return F.cross_entropy(scores, torch.arange(len(a)))


def flat(loss: nn.Module) -> Callable[..., Tensor]:
    def flattened(*values: Tensor) -> Tensor:
        result: Tensor = loss(*(value.flatten(1) for value in values))
        return result

    return flattened


def signed(loss: nn.Module) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    def labelled(a: Tensor, b: Tensor, label: Tensor) -> Tensor:
        two = isinstance(loss, nn.CosineEmbeddingLoss)
        sides = (a.flatten(1), b.flatten(1)) if two else (a.flatten(), b.flatten())
        result: Tensor = loss(*sides, yes(label) * 2.0 - 1.0)
        return result

    return labelled


def cosine_distance(a: Tensor, b: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(a, b)


def adversarial(real: Tensor, fake: Tensor) -> Tensor:
    """Cross-entropy against ones and zeros."""
    loss = F.binary_cross_entropy_with_logits
    return loss(real, torch.ones_like(real)) + loss(fake, torch.zeros_like(fake))


THREE = dict.fromkeys(("anchor", "positive", "negative"), 4)
PAIR, LABELLED = {"a": 4, "b": 4}, {"a": 4, "b": 4, "label": 1}
CASES: list[tuple[str, dict[str, Any], dict[str, int], tuple[int, ...], Callable[..., Tensor]]] = [
    ("Penalty", {}, {"x": 4}, (), torch.mean),
    ("Penalty", {}, {"x": 4}, (2, 2), torch.mean),
    ("ActivityRegularizer", {}, {"x": 4}, (), lambda x: x.abs().sum(1).mean()),
    ("ActivityRegularizer", {"norm": "l2"}, {"x": 4}, (2, 2), lambda x: x.square().sum((1, 2)).mean()),
    ("KLDivergence", {}, {"mean": 4, "log_var": 4}, (), kl),
    ("KLDivergence", {}, {"mean": 4, "log_var": 4}, (2, 2), kl),
    ("TripletLoss", {}, THREE, (), nn.TripletMarginLoss()),
    ("TripletLoss", {"margin": 0.3, "swap": True}, THREE, (2, 2), flat(nn.TripletMarginLoss(0.3, swap=True))),
    ("TripletLoss", {"distance": "cosine"}, THREE, (),
     nn.TripletMarginWithDistanceLoss(distance_function=cosine_distance)),
    ("TripletLoss", {"distance": "cosine", "swap": True, "margin": 0.4}, THREE, (2, 2),
     flat(nn.TripletMarginWithDistanceLoss(distance_function=cosine_distance, swap=True, margin=0.4))),
    ("ContrastiveLoss", {"margin": 1.5}, LABELLED, (), contrastive),
    ("ContrastiveLoss", {"margin": 1.5}, LABELLED, (2, 2), contrastive),
    ("InfoNCE", {"temperature": 0.5}, PAIR, (), info_nce),
    ("CosineEmbedding", {}, PAIR, (), lambda a, b: cosine_distance(a, b).mean()),
    ("CosineEmbedding", {}, LABELLED, (), signed(nn.CosineEmbeddingLoss())),
    ("CosineEmbedding", {"margin": 0.2}, LABELLED, (2, 2), signed(nn.CosineEmbeddingLoss(0.2))),
    ("MarginRanking", {"margin": 0.5}, {"a": 4, "b": 4}, (),
     lambda a, b: nn.MarginRankingLoss(0.5)(a, b, torch.ones_like(a))),
    ("MarginRanking", {}, {"a": 1, "b": 1, "label": 1}, (), signed(nn.MarginRankingLoss())),
    ("MarginRanking", {"margin": 0.5}, {"a": 1, "b": 1, "label": 1}, (), signed(nn.MarginRankingLoss(0.5))),
    ("AdversarialLoss", {}, {"real": 1, "fake": 1}, (), adversarial),
    ("AdversarialLoss", {"kind": "least_squares"}, {"real": 2, "fake": 2}, (),
     lambda real, fake: (F.mse_loss(real, torch.ones_like(real)) + F.mse_loss(fake, torch.zeros_like(fake))) / 2),
    ("AdversarialLoss", {"kind": "hinge"}, {"real": 1, "fake": 1}, (),
     lambda real, fake: (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean()),
    ("AdversarialLoss", {"kind": "wasserstein"}, {"real": 1, "fake": 1}, (),
     lambda real, fake: fake.mean() - real.mean()),
    ("WassersteinCritic", {}, {"real": 1, "fake": 1}, (), lambda real, fake: fake.mean() - real.mean()),
]  # fmt: skip


def test_every_penalty_is_compared() -> None:
    assert {case[0] for case in CASES} == {entry.type for entry in PENALTIES}


@pytest.mark.parametrize(
    ("type", "values", "widths", "shape", "formula"),
    CASES,
    ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)],
)
def test_values_and_gradients_are_those_of_the_formula(
    type: str, values: dict[str, Any], widths: dict[str, int], shape: tuple[int, ...], formula: Any
) -> None:
    module = built(type, values, widths, *shape)
    x = torch.randn(9, 6, generator=torch.Generator().manual_seed(5))
    answer, value = module.for_loss(x)
    _, penalty = module.losses((answer, value), [torch.zeros(9, 3)])
    assert penalty.shape == () and penalty is value
    arriving = []
    for port in widths:
        y = module.get_submodule(f"{port}_tower")(x)
        arriving.append(y.reshape(9, *shape) if shape and port != "label" else y)
    expected = formula(*arriving)
    torch.testing.assert_close(penalty, expected)
    towers = [p for name, p in module.named_parameters() if "tower" in name and not name.startswith("label")]
    ours, theirs = torch.autograd.grad(penalty, towers), torch.autograd.grad(expected, towers)
    assert max(float(g.abs().max()) for g in theirs) > 0
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("entry", PENALTIES, ids=lambda entry: entry.type)
def test_a_penalty_has_a_weight_and_no_outputs(entry: Any) -> None:
    assert entry.field("weight").default == 1.0
    assert entry.output_ports(entry.defaults()) == ()
    assert entry.formula
    for sample in entry.samples:
        values, bad = resolve(entry.parameters, sample.values)
        use = Use(inputs=sample.inputs, values=values)
        assert not bad and entry.infer(use) == {}
        assert set(entry.lower(use).outputs) == {"y"}


@pytest.mark.parametrize("entry", PENALTIES, ids=lambda entry: entry.type)
@pytest.mark.parametrize(
    "arriving",
    [tensor(), tensor(feature=5), tensor(feature="F"), tensor("int", time="T"), tensor(time=1, feature="F")],
    ids=str,
)
def test_whatever_arrives_a_rule_answers_or_says_what_is_wrong(entry: Any, arriving: TensorType) -> None:
    ports = [port.name for port in entry.input_ports(entry.defaults())]
    use = Use(inputs=dict.fromkeys(ports, arriving), values=entry.defaults())
    try:
        entry.infer(use)
    except ShapeError as error:
        assert str(error).endswith(".") and "{" not in str(error) and error.port in ports
    else:
        entry.lower(use)


@pytest.mark.parametrize(
    ("type", "widths", "sentence"),
    [
        ("KLDivergence", {"mean": 4, "log_var": 3}, "KL divergence compares values of one shape"),
        ("TripletLoss", {"anchor": 4, "positive": 4, "negative": 5}, "at “anchor” and"),
        ("ContrastiveLoss", {"a": 4, "b": 4, "label": 2}, "takes one label per sample"),
        ("MarginRanking", {"a": 2, "b": 2, "label": 1}, "compares one score per sample"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(type: str, widths: dict[str, int], sentence: str) -> None:
    checked = network(type, {}, widths)
    assert [sentence in problem.message for problem in checked.errors] == [True]


def test_a_penalty_alone_is_no_network() -> None:
    document = drawn(
        {"row1": ("TableInput", {}), "linear1": ("Linear", {}), "penalty1": ("Penalty", {})},
        [("row1", "linear1"), ("linear1", "penalty1")],
        [ROW, PRICE],
    )
    assert [problem.code for problem in check(document).errors] == ["no-output"]


def test_search_finds_penalties_by_what_people_call_them() -> None:
    assert layer("KLDivergence") in search("vae")
    assert layer("WassersteinCritic") in search("wgan")
    assert layer("TripletLoss") in search("facenet")
