"""Custom layers in the checker: not trusted, awaited, answered; nothing runs, and nothing can be built before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nndesigner.base import trust
from nndesigner.base.description import Description, PortType
from nndesigner.base.problem import READ_AND_TRUST, Refusal, Severity
from nndesigner.base.shapes import tensor
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.describing import answer_here
from nndesigner.compiler.source import source
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.layers import described
from tests.custom_texts import GATE, SPLIT, layer
from tests.networks import MIXED_TABLE, PRICE, chain


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    described.forget()
    yield
    described.answer_here(None)
    described.forget()


def network(text: str = GATE, **values: object) -> Document:
    return chain(
        [
            ("TableInput", {}),
            ("Custom", {"code": text, **values}),
            ("Linear", {"out_features": 1}),
            ("Output", {}),
        ],
        [MIXED_TABLE, PRICE],
    )


def told(document: Document) -> list[str]:
    return [problem.code for problem in check(document).problems if problem.in_the_way]


def test_an_untrusted_text_is_an_error_with_a_way_out_and_asks_nobody() -> None:
    document = network()
    (problem,) = [p for p in check(document).problems if p.code == "untrusted"]
    assert problem.severity is Severity.ERROR and "read and trusted" in problem.message
    assert [remedy.verb for remedy in problem.remedies] == [READ_AND_TRUST]
    assert described.waiting() == ()


def test_a_trusted_text_is_awaited_then_known() -> None:
    document = network(hidden=3)
    trust.trust(GATE)
    checked = check(document)
    assert told(document) == ["pending"] and not checked.ok
    (pending,) = [p for p in checked.problems if p.code == "pending"]
    assert pending.severity is Severity.HINT
    with pytest.raises(Refusal, match="finding out"):
        build(checked)
    (asked,) = described.waiting()
    assert asked.values == {"hidden": 3, "scale": 1.0} and asked.inputs == {
        "x": PortType.of(tensor(feature=5))
    }
    described.learn(asked, Description({"y": PortType.of(tensor(feature=5))}, 38, "30"))
    assert told(document) == []
    custom = next(node for node in check(document).nodes if node.name == "custom1")
    assert custom.outputs == {"y": tensor(feature=5)} and custom.weights == 38 and custom.macs == 30


def test_another_parameter_or_arrival_is_another_question() -> None:
    trust.trust(GATE)
    document = network()
    check(document)
    (asked,) = described.waiting()
    described.learn(asked, Description({"y": PortType.of(tensor(feature=5))}))
    node = next(n for n in document.nodes() if n.name == "custom1")
    check(document.apply(edits.set_parameter(document, node.id, "hidden", 2)))
    assert [q.values["hidden"] for q in described.waiting()] == [2]


def test_withdrawn_trust_counts_at_once() -> None:
    answer_here()
    trust.trust(GATE)
    document = network()
    assert told(document) == []
    trust.withdraw(GATE)
    assert told(document) == ["untrusted"]


def test_what_a_worker_found_wrong_is_an_error_at_the_code() -> None:
    answer_here()
    text = layer("x = x.nope")
    trust.trust(text)
    (problem,) = [p for p in check(network(text)).problems if p.in_the_way]
    assert problem.where.field == "code" and problem.message.endswith("(line 7 of the code).")


def test_a_text_that_is_no_layer_says_so_and_keeps_its_wires() -> None:
    document = network("class Broken(nn.Module")
    (problem,) = [p for p in check(document).problems if p.code == "shape"]
    assert problem.message.startswith("Line 1 of the code")
    assert len(document.edges_in(document.main.id)) == 3


def test_inside_a_block_it_is_awaited_and_answered_too() -> None:
    trust.trust(GATE)
    document = network()
    node = next(n for n in document.nodes() if n.name == "custom1")
    document = document.apply(edits.make_block(document, [node.id]))
    assert told(document) == ["pending"]
    answer_here()
    described.forget()
    assert told(document) == []
    assert build(check(document)) is not None


def test_two_inputs_two_outputs_and_one_left_open() -> None:
    answer_here()
    trust.trust(SPLIT)
    document = network(SPLIT)
    node = next(n for n in document.nodes() if n.name == "custom1")
    checked = check(document)
    assert checked.node(node.id).outputs["y2"] == tensor(feature=1)
    assert "class Split(nn.Module)" in source(checked) and "[0]" in source(checked)


def test_a_new_custom_layer_needs_no_worker() -> None:
    document = chain([("TableInput", {}), ("Custom", {}), ("Output", {})], [MIXED_TABLE, PRICE])
    check(document)
    assert described.waiting() == ()
    assert next(n for n in check(document).nodes if n.name == "custom1").weights == 5
