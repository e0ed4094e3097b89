from __future__ import annotations

from typing import Any

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Network, Node
from tests.session.projects import chain

DOCUMENT = chain("TableInput", "Linear", "ReLU", "Linear", "Output")


def do(document: Document, verb: str, **arguments: Any) -> Document:
    return document.apply(edits.VERBS[verb](document, **arguments))


def names(document: Document, network: str = "") -> list[str]:
    return sorted(node.name for node in document.nodes(network or None))


def wires(document: Document) -> set[tuple[str, str, str, str]]:
    def name(id: str) -> str:
        return document.node(id).name

    return {(name(e.source), e.out_port, name(e.target), e.in_port) for e in document.edges}


def blocked(*ids: str) -> tuple[Document, Node]:
    document = do(DOCUMENT, "make_block", ids=ids or ("n1", "n2"), name="hidden")
    return document, next(node for node in document.nodes() if node.type == "Block")


def test_a_selection_becomes_a_block_wired_as_it_was() -> None:
    document, block = blocked()
    assert names(document) == ["hidden1", "linear2", "output1", "table1"]
    assert names(document, block.block) == ["linear1", "relu1", "x", "y"]
    assert document.node("n1").network == block.block, "the layers themselves move, with their ids"
    assert wires(document) >= {
        ("table1", "y", "hidden1", "x"), ("hidden1", "y", "linear2", "x"),
        ("x", "y", "linear1", "x"), ("linear1", "y", "relu1", "x"), ("relu1", "y", "y", "x"),
    }  # fmt: skip


def test_dissolving_gives_back_what_was_there() -> None:
    document, block = blocked()
    back = do(document, "dissolve_block", node=block.id)
    assert names(back) == names(DOCUMENT) and wires(back) == wires(DOCUMENT)
    assert len(back.networks) == 1
    assert {node.id for node in back.nodes()} == {node.id for node in DOCUMENT.nodes()}


def test_a_repeated_block_dissolves_into_copies_one_after_the_other() -> None:
    document, block = blocked("n2")
    document = do(document, "set_parameter", node=block.id, parameter="repeat", value=3)
    back = do(document, "dissolve_block", node=block.id)
    relus = {node.name for node in back.nodes() if node.type == "ReLU"}
    assert relus == {"relu1", "relu2", "relu3"}
    assert wires(back) >= {
        ("relu1", "y", "relu2", "x"),
        ("relu2", "y", "relu3", "x"),
        ("relu3", "y", "linear2", "x"),
    }


def test_dissolving_one_of_several_uses_leaves_the_block() -> None:
    document, block = blocked()
    document = do(document, "use_block", block=block.block)
    back = do(document, "dissolve_block", node=block.id)
    assert len(back.networks) == 2
    assert names(back, block.block) == ["linear1", "relu1", "x", "y"]
    assert "linear1" in names(back) and "hidden2" in names(back)


def test_expressions_are_worked_out_when_a_block_dissolves() -> None:
    document, block = blocked()
    document = do(document, "set_network", network=block.block, parameters=[{"name": "width", "default": 5}])
    document = do(document, "set_parameter", node="n1", parameter="out_features", value="=width * 2")
    document = do(document, "set_bypass", ids=["n2"], bypass="=width > 6")
    document = do(document, "set_parameter", node=block.id, parameter="width", value=7)
    back = do(document, "dissolve_block", node=block.id)
    assert back.node("n1").parameters == {"out_features": 14}
    assert back.node("n2").bypass is True


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([], "Select the layers"),
        (["n0", "n1"], "stays outside"),
        (["n1", "n3"], "feed itself through relu1"),
    ],
)
def test_what_cannot_be_a_block_is_refused(ids: list[str], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        edits.make_block(DOCUMENT, ids)


def test_layers_that_share_weights_stay_together() -> None:
    document = do(DOCUMENT, "share_weights", ids=["n3"], owner="n1")
    with pytest.raises(Refusal, match="select both or neither"):
        edits.make_block(document, ["n1", "n2"])


def test_renaming_a_port_takes_the_wires_of_every_use_along() -> None:
    document, block = blocked()
    document = do(document, "use_block", block=block.block, id="second")
    document = do(document, "connect", source="n3", out_port="y", target="second", in_port="x")
    for old, new in (("x", "features"), ("y", "hidden")):
        port = document.node_named(old, block.block)
        assert port is not None
        document = do(document, "rename", node=port.id, name=new)
    assert wires(document) >= {
        ("table1", "y", "hidden1", "features"), ("linear2", "y", "hidden2", "features"),
        ("hidden1", "hidden", "linear2", "x"),
    }  # fmt: skip


def test_a_block_is_not_put_inside_itself_however_far_in() -> None:
    document, block = blocked()
    outer = do(document, "make_block", ids=[block.id], name="outer")
    user = next(node for node in outer.nodes() if node.type == "Block")
    with pytest.raises(Refusal, match="inside itself"):
        edits.use_block(outer, user.block, network=block.block)
    with pytest.raises(Refusal, match="main network"):
        edits.use_block(outer, outer.main.id, network=block.block)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ({"name": "index"}, "have a meaning already"),
        ({"name": "two words"}, "cannot name"),
        ({"name": "a", "default": "text"}, "does not fit"),
        ({"name": "a", "default": 3, "maximum": 2}, "does not fit"),
        ({"name": "a", "sort": "choice", "default": "b", "choices": ["c"]}, "does not fit"),
        ({"default": 3}, "no parameter"),
    ],
)
def test_parameters_of_a_block_are_checked(parameter: dict[str, Any], said: str) -> None:
    document, block = blocked()
    with pytest.raises(Refusal, match=said):
        edits.set_network(document, block.block, parameters=[parameter])


def test_an_expression_of_names_that_are_not_there_is_refused() -> None:
    document, _ = blocked()
    with pytest.raises(Refusal, match="“width” is not known here"):
        edits.set_parameter(document, "n1", "out_features", "=width")
    with pytest.raises(Refusal, match="is not known here"):
        edits.set_parameter(document, "n3", "out_features", "=in_channels")


def test_a_block_that_is_used_is_not_removed() -> None:
    document, block = blocked()
    with pytest.raises(Refusal, match="used by hidden1"):
        edits.remove_block(document, block.block)
    unused = do(document, "remove", ids=[block.id])
    gone = do(unused, "remove_block", network=block.block)
    assert not any(isinstance(r, Network) and r.id == block.block for r in gone)
    assert all(node.network == gone.main.id for node in gone if isinstance(node, Node))


def test_sharing_goes_to_the_layer_that_has_the_weights() -> None:
    document = chain("TableInput", "Linear", "Linear", "Linear")
    document = do(document, "share_weights", ids=["n2"], owner="n1")
    document = do(document, "share_weights", ids=["n3"], owner="n2")
    assert document.node("n3").shares == "n1"
    with pytest.raises(Refusal, match="different types"):
        edits.share_weights(document, ["n1"], "n0")
    alone = do(document, "share_weights", ids=["n2", "n3"], owner="")
    assert not alone.node("n2").shares and not alone.node("n3").shares


def test_settings_of_learning_are_checked_and_forgotten() -> None:
    document = do(DOCUMENT, "set_learning", ids=["n1"], values={"frozen": True, "rate": 0.5})
    assert document.node("n1").frozen and document.node("n1").learning["rate"] == 0.5
    assert not do(document, "set_learning", ids=["n1"], values={"frozen": None}).node("n1").frozen
    with pytest.raises(Refusal, match="greater than 0"):
        edits.set_learning(DOCUMENT, ["n1"], {"rate": 0.0})
    with pytest.raises(Refusal, match="no setting"):
        edits.set_learning(DOCUMENT, ["n1"], {"speed": 1})


def test_layers_that_nothing_leaves_are_no_block() -> None:
    document = do(DOCUMENT, "add_node", type="WassersteinCritic", x=0.0, y=0.0)
    critic = next(node.id for node in document.nodes() if node.type == "WassersteinCritic")
    with pytest.raises(Refusal, match="nothing leaves these layers"):
        do(document, "make_block", ids=[critic])
