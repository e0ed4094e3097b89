"""The canvas at every scaling of the screen: crisp, not blank, and hit where it is drawn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SIDE = Path(__file__).with_name("scaled_side.py")


def looked_at(tmp_path: Path, **environment: str) -> dict[str, float]:
    """What a process of its own saw, under a scale that has to be known before Qt starts."""
    done = subprocess.run(
        [sys.executable, str(SIDE), str(tmp_path / "seen.png")],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("scale", ["1", "1.25", "1.5", "2", "3"])
def test_any_scaling_of_the_screen(tmp_path, scale):
    seen = looked_at(tmp_path, QT_QPA_PLATFORM="offscreen", QT_SCALE_FACTOR=scale)
    assert seen["ratio"] == float(scale)
    assert seen["wide"] == pytest.approx(800 * float(scale), abs=1)
    assert seen["colours"] > 40, "not blank"
    assert seen["missed"] == 0, "every port and layer is hit where it is drawn"
    assert seen["sharp"] > 100, (
        "one row of pixels from the card's inside to outside its border, at every scale"
    )


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is no Xvfb")
def test_a_screen_without_opengl(tmp_path):
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24", "-extension", "GLX"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        number = os.read(read, 16).decode().strip()
        seen = looked_at(tmp_path, QT_QPA_PLATFORM="xcb", DISPLAY=f":{number}")
    finally:
        os.close(read)
        server.terminate()
        server.wait(10)
    assert seen["colours"] > 40 and seen["missed"] == 0
