"""What every exploration declares."""

from __future__ import annotations

from nndesigner.explorations.exploration import explorations
from nndesigner.measurements.measurement import measurements


def test_all_are_found_and_say_what_they_do() -> None:
    assert set(explorations()) == {
        "gradient_noise",
        "layer_costs",
        "lr_finder",
        "loss_landscape",
        "sharpness",
    }
    for name, exploration in explorations().items():
        assert exploration.name == name and exploration.help.endswith(".") and exploration.options
        assert all(field.help.endswith(".") for field in exploration.options)


def test_none_is_called_as_a_measurement() -> None:
    assert not explorations().keys() & measurements().keys()
