"""Controls as lines of a run folder."""

from __future__ import annotations

import msgspec
import pytest

from nndesigner.protocol import controls


@pytest.mark.parametrize(
    "control",
    [
        controls.Pause(),
        controls.SetLearningRate(1e-3),
        controls.Subscribe((controls.Subscription("n", "activations", {"bins": 8}),)),
    ],
)
def test_a_control_survives_its_line(control: controls.Control) -> None:
    line = controls.control_line(control)
    assert b"\n" not in line
    assert controls.read_control_line(line) == control
    assert controls.read_control_line(msgspec.json.decode(line)) == control


@pytest.mark.parametrize(
    "line", [b"", b"[]", b'{"kind": "format-disk"}', b'{"kind": "learning-rate", "value": "x"}']
)
def test_what_is_no_control_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        controls.read_control_line(line)
