from __future__ import annotations

from nndesigner.base.problem import Problem, Severity, Where
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.session.finding import Finder


def project() -> Document:
    document = edits.new_document("net")
    for number, (type, name) in enumerate((("ImageInput", "image"), ("Conv2d", "conv1"), ("ReLU", "relu1"))):
        document = document.apply(
            edits.add_node(document, type, 200.0 * number, 0.0, name=name, id=name, parameters={})
        )
    document = document.apply(edits.connect(document, "image", "y", "conv1", "x"))
    document = document.apply(edits.connect(document, "conv1", "y", "relu1", "x"))
    document = document.apply(edits.set_comment(document, "relu1", "After the first filters"))
    return document.apply(edits.make_block(document, ["conv1", "relu1"], name="stem"))


def names(document: Document, words: str, *, problems: tuple[Problem, ...] = ()) -> list[str]:
    found = Finder().find(document, words, problems)
    return [document.node(match.node).name for match in found]


def test_by_name_type_and_comment_whatever_the_case() -> None:
    document = project()
    assert names(document, "CONV1") == ["conv1"]
    assert names(document, "conv 2-d") == ["conv1"]
    assert names(document, "first filters") == ["relu1"]
    assert names(document, "nothing like it") == names(document, "   ") == []


def test_every_word_must_be_there() -> None:
    document = project()
    assert names(document, "conv relu") == []
    assert names(document, "conv kernel_size") == ["conv1"]


def test_by_a_setting_and_its_value_as_a_whole() -> None:
    document = project()
    document = document.apply(edits.set_parameter(document, "conv1", "out_channels", 24))
    assert names(document, "out_channels=24") == names(document, "out_channels:24") == ["conv1"]
    assert names(document, "out_channels=2") == [], "not a part of the value"
    assert names(document, "kernel_size=3") == names(document, "kernel_size=3,3") == ["conv1"], (
        "the default too"
    )
    assert names(document, "kernel_size=[3,3]") == ["conv1"]
    assert names(document, "24") == ["conv1"]


def test_by_a_problem() -> None:
    document = project()
    where = Where(network=document.main.id, node="image")
    problem = Problem(Severity.ERROR, "channels", where, "“Channels” is not known yet.")
    assert names(document, "not known", problems=(problem,)) == ["image"]
    assert names(document, "problem", problems=(problem,)) == ["image"]
    assert names(document, "not known") == []


def test_blocks_are_looked_into_after_the_main_network() -> None:
    document = project()
    (block,) = document.networks[1:]
    assert names(document, "input") == [
        "image",
        *(n.name for n in document.nodes(block.id) if "Input" in n.type),
    ]


def test_found_in_data_order_wherever_the_layers_stand() -> None:
    document = edits.new_document("net")
    for place, id in enumerate(("d", "b", "c", "a")):  # "a" feeds "b", "b" feeds "c": from right to left
        document = document.apply(edits.add_node(document, "ReLU", -200.0 * place, 0.0, name=id, id=id))
    for one, other in ("ab", "bc", "cd"):
        document = document.apply(edits.connect(document, one, "y", other, "x"))
    assert names(document, "relu") == ["a", "b", "c", "d"]


def test_what_has_changed_is_read_anew_and_what_is_gone_forgotten() -> None:
    document, finder = project(), Finder()
    assert [m.node for m in finder.find(document, "conv1")] == ["conv1"]
    renamed = document.apply(edits.rename(document, "conv1", "first_filters"))
    assert finder.find(renamed, "conv1") == ()
    assert [m.node for m in finder.find(renamed, "first_filters")] == ["conv1"]
    empty = edits.new_document()
    assert finder.find(empty, "conv") == () and not finder._read
