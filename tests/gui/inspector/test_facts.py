from __future__ import annotations

from nndesigner.base.shapes import Size
from nndesigner.gui.commands import editing
from nndesigner.gui.inspector.facts import network_facts, size_words


def test_counts_are_grouped_also_where_a_size_is_free() -> None:
    time = Size.of("T")
    assert size_words(Size.of(1234567)) == "1,234,567"
    assert size_words(time * 123532032 + time * time * 18432) == "123,532,032 · T + 18,432 · T · T"


def test_before_there_is_an_output_everything_drawn_counts(window) -> None:
    image = editing.append(window.desk, "ImageInput")
    editing.append(window.desk, "Conv2d")
    size = {"channels": 1, "height": 8, "width": 8}
    window.session.edit("", "set_parameters", node=image, values=size)
    facts = dict(network_facts(window.session.checked))
    assert facts["Weights"] != "0" and facts["Multiply-adds"] != "0"
