from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from nndesigner.document.records import Node
from nndesigner.gui.commands import editing, ordering


@pytest.fixture
def desk(window):
    return window.desk


def _types(desk) -> list[str]:
    return [node.type for node in desk.session.document.nodes()]


def _wires(desk) -> list[tuple[str, str]]:
    document = desk.session.document
    return sorted((document.node(e.source).type, document.node(e.target).type) for e in document.edges)


def test_appending_builds_a_chain(desk) -> None:
    for type in ("ImageInput", "Flatten", "Linear", "ReLU", "Output"):
        id = editing.append(desk, type)
        assert desk.canvas.selection == {id}
    assert _types(desk) == ["ImageInput", "Flatten", "Linear", "ReLU", "Output"]
    assert _wires(desk) == sorted(
        [("ImageInput", "Flatten"), ("Flatten", "Linear"), ("Linear", "ReLU"), ("ReLU", "Output")]
    )
    depth = desk.session.editing.history.depth
    assert depth == 5, "one step each"


def test_appending_with_nothing_selected_takes_the_open_end(desk) -> None:
    editing.append(desk, "TableInput")
    desk.canvas.select([])
    editing.append(desk, "Linear")
    assert _wires(desk) == [("TableInput", "Linear")]


def test_after_an_output_or_beside_several_ends_a_layer_stands_alone(desk) -> None:
    editing.append(desk, "TableInput")
    editing.append(desk, "Output")
    editing.append(desk, "Linear")
    assert _wires(desk) == [("TableInput", "Output")]
    places = {(node.x, node.y) for node in desk.session.document.nodes()}
    assert len(places) == 3, "nothing lies on top of another"


def test_a_dropped_wire_and_its_layer_are_one_step(desk) -> None:
    start = editing.append(desk, "TableInput")
    depth = desk.session.editing.history.depth
    new = editing.add_after(desk, "Linear", start, "y", QPointF(300, 100))
    assert _wires(desk) == [("TableInput", "Linear")] and desk.session.editing.history.depth == depth + 1
    desk.session.undo()
    assert _types(desk) == ["TableInput"] and new not in desk.session.document


def test_a_wire_dropped_backwards_feeds_the_input(desk) -> None:
    end = editing.append(desk, "Linear")
    editing.add_before(desk, "TableInput", end, "x", QPointF(-200, 0))
    assert _wires(desk) == [("TableInput", "Linear")]
    desk.session.undo()
    assert _types(desk) == ["Linear"]


def test_copy_and_paste_bring_the_wires_among_them(desk) -> None:
    first, second = editing.append(desk, "Linear"), editing.append(desk, "ReLU")
    desk.canvas.select([first, second])
    assert editing.copy_selection(desk)
    editing.paste(desk)
    assert sorted(_types(desk)) == ["Linear", "Linear", "ReLU", "ReLU"]
    assert _wires(desk) == [("Linear", "ReLU")] * 2
    pasted = [n for n in desk.session.document.nodes() if n.id not in (first, second)]
    assert desk.canvas.selection >= {n.id for n in pasted}
    editing.paste(desk)
    xs = sorted(n.x for n in desk.session.document.nodes() if n.type == "Linear")
    assert len(set(xs)) == 3, "a second paste does not cover the first"
    names = [n.name for n in desk.session.document.nodes()]
    assert len(set(names)) == len(names)


def test_cut_is_copy_and_delete(desk) -> None:
    editing.append(desk, "Linear")
    editing.cut_selection(desk)
    assert _types(desk) == []
    editing.paste(desk)
    assert _types(desk) == ["Linear"]


@pytest.mark.parametrize("text", ["hello", "[1, 2]", '{"kind": "node"}', "[" * 5000])
def test_other_things_on_the_clipboard_are_no_piece(desk, text: str) -> None:
    from PySide6.QtCore import QByteArray, QMimeData

    data = QMimeData()
    data.setData(editing.PIECE_MIME, QByteArray(text.encode()))
    QApplication.clipboard().setMimeData(data)
    assert editing.clipboard_piece() is None
    editing.paste(desk)
    assert _types(desk) == []


def test_a_damaged_piece_is_refused_in_a_sentence(desk) -> None:
    from PySide6.QtCore import QByteArray, QMimeData

    data = QMimeData()
    data.setData(editing.PIECE_MIME, QByteArray(b'[{"kind": "node", "id": 5}]'))
    QApplication.clipboard().setMimeData(data)
    editing.paste(desk)
    assert "clipboard" in desk.window.status.sentence
    assert _types(desk) == []


def test_a_duplicate_can_keep_its_input_wires(desk) -> None:
    editing.append(desk, "TableInput")
    editing.append(desk, "Linear")
    depth = desk.session.editing.history.depth
    editing.duplicate_with_inputs(desk)
    assert _wires(desk) == [("TableInput", "Linear")] * 2
    assert desk.session.editing.history.depth == depth + 1
    editing.duplicate(desk)
    assert len(_wires(desk)) == 2


def test_delete_and_reconnect_joins_the_ends(desk) -> None:
    for type in ("TableInput", "ReLU", "Linear"):
        editing.append(desk, type)
    middle = next(n.id for n in desk.session.document.nodes() if n.type == "ReLU")
    desk.canvas.select([middle])
    editing.delete_and_reconnect(desk)
    assert _wires(desk) == [("TableInput", "Linear")]


def test_linked_layers_are_selected_either_way(desk) -> None:
    ids = [editing.append(desk, type) for type in ("TableInput", "Linear", "ReLU", "Output")]
    desk.canvas.select([ids[1]])
    editing.select_linked(desk, True)
    assert desk.canvas.selection == set(ids[1:])
    desk.canvas.select([ids[1]])
    editing.select_linked(desk, False)
    assert desk.canvas.selection == set(ids[:2])


def test_arranging_goes_from_left_to_right_in_data_order(desk) -> None:
    ids = [editing.append(desk, type) for type in ("TableInput", "Linear", "Output")]
    desk.session.edit("", "move", places={ids[0]: (900, 400), ids[2]: (-300, 80)})
    depth = desk.session.editing.history.depth
    desk.canvas.select([])
    ordering.arrange(desk)
    xs = [desk.session.document.node(id).x for id in ids]
    assert xs == sorted(xs) and desk.session.editing.history.depth == depth + 1


def test_connecting_and_straightening_the_selection(desk) -> None:
    ids = [
        editing.add_at(desk, type, QPointF(200 * i, 50 * i))
        for i, type in enumerate(("TableInput", "Linear", "ReLU"))
    ]
    desk.canvas.select(ids)
    editing.connect_selected(desk)
    assert _wires(desk) == [("Linear", "ReLU"), ("TableInput", "Linear")]
    ordering.straighten(desk)
    assert len({desk.session.document.node(id).y for id in ids}) == 1
    desk.session.undo()
    desk.session.undo()
    assert _wires(desk) == []


def test_everything_is_selected_with_its_wires(desk) -> None:
    editing.append(desk, "TableInput")
    editing.append(desk, "Linear")
    desk.canvas.select([])
    editing.select_all(desk)
    kinds = [type(desk.session.document.get(id)) for id in desk.canvas.selection]
    assert kinds.count(Node) == 2 and len(kinds) == 3
