from __future__ import annotations

from nndesigner.check.check import check
from nndesigner.check.trial import joins, misfit
from nndesigner.document import edits
from nndesigner.document.document import Document


def _network(*types: str) -> tuple[Document, list[str]]:
    """An image of 3 × 16 × 16 and unwired layers beside it."""
    document, ids = edits.new_document(), []
    parameters = {"ImageInput": {"channels": 3, "height": 16, "width": 16}}
    for type in ("ImageInput", *types):
        diff = edits.add_node(document, type, parameters=parameters.get(type, {}))
        ids += list(diff.added)
        document = document.apply(diff)
    return document, ids


def _wired(document: Document, source: str, target: str, in_port: str = "x") -> Document:
    return document.apply(edits.connect(document, source, "y", target, in_port))


def test_a_misfit_is_said_as_the_check_says_it_once_the_wire_is_there() -> None:
    document, (image, conv1d, conv2d) = _network("Conv1d", "Conv2d")
    checked = check(document)
    said = misfit(document, checked, image, "y", conv1d, "x")
    after = check(_wired(document, image, conv1d))
    assert said and said in [p.message for p in after.problems if p.where.node == conv1d]
    assert misfit(document, checked, image, "y", conv2d, "x") == ""


def test_free_inputs_are_taken_to_get_the_same() -> None:
    document, (image, pool, add) = _network("MaxPool2d", "Add")
    assert misfit(document, check(document), image, "y", add, "a") == "", "the other input is free"
    document = _wired(_wired(document, image, pool), pool, add, "a")
    said = misfit(document, check(document), image, "y", add, "b")
    assert "same size" in said, "what is wired to the other input counts"


def test_nothing_is_said_of_what_is_not_known() -> None:
    document, (_, relu, conv) = _network("ReLU", "Conv1d")
    assert misfit(document, check(document), relu, "y", conv, "x") == ""


def test_a_block_is_looked_into() -> None:
    document, (image, conv1d, flatten) = _network("Conv1d", "Flatten")
    document = _wired(document, flatten, conv1d)
    document = document.apply(edits.make_block(document, [conv1d], "inner"))
    block = next(node for node in document.nodes(document.main.id) if node.block)
    port = edits.ports(document, block)[0][0].name
    assert misfit(document, check(document), image, "y", block.id, port)


def test_what_can_join_two_wires() -> None:
    document, (image, first, second, relu, flatten) = _network("Conv2d", "Conv2d", "ReLU", "Flatten")
    for source, target in ((image, first), (image, second), (first, relu), (image, flatten)):
        document = _wired(document, source, target)
    checked = check(document)
    assert [j.type for j in joins(document, checked, second, "y", relu, "x")] == ["Add", "Concatenate"]
    assert joins(document, checked, first, "y", relu, "x") == (), "it is that wire already"
    assert joins(document, checked, flatten, "y", relu, "x") == (), "values in a row and maps"
    assert joins(document, checked, second, "y", second, "gone") == (), "nothing is wired there"


def test_a_join_whose_result_the_target_refuses_is_not_offered() -> None:
    document, (image, first, second, conv, wide) = _network("Conv2d", "Conv2d", "Conv2d", "Conv2d")
    groups = edits.set_parameters(document, wide, {"out_channels": 32, "groups": 32})
    document = document.apply(groups)
    odd = edits.set_parameters(document, conv, {"out_channels": 31})
    document = document.apply(odd)
    for source, target in ((image, first), (image, second), (image, conv), (first, wide)):
        document = _wired(document, source, target)
    checked = check(document)
    assert [j.type for j in joins(document, checked, second, "y", wide, "x")] == ["Add", "Concatenate"]
    assert joins(document, checked, conv, "y", wide, "x") == (), "63 channels do not fall into 32 groups"
