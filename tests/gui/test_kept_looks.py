from __future__ import annotations

import pytest

from nndesigner.gui.commands import blocks, editing, filing


def test_each_network_is_looked_at_as_it_was_left_also_the_next_time(window, tmp_path, qtbot) -> None:
    desk, canvas = window.desk, window.canvas
    ids = [editing.append(desk, type) for type in ("ImageInput", "ReLU", "Flatten")]
    window.session.edit("", "make_block", ids=ids[1:], name="stem")
    (block,) = (n.id for n in window.session.document.nodes() if n.type == "Block")
    path = tmp_path / "net.nnd"
    window.session.files.save_as(path)
    qtbot.wait(10)
    canvas.set_zoom(1.5)
    canvas.select([block])
    blocks.enter(desk)
    qtbot.wait(10)  # a network that is new is shown with everything in sight
    canvas.set_zoom(0.5)
    blocks.leave(desk)
    assert canvas.scale_now == pytest.approx(1.5)
    window.keep_view()
    filing.new(desk)
    filing.open_file(desk, path)
    assert canvas.scale_now == pytest.approx(1.5)
    canvas.select([block])
    blocks.enter(desk)
    assert canvas.scale_now == pytest.approx(0.5)
