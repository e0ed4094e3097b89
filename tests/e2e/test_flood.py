"""Ten million numbers from a worker into the window, none of them lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SIDE = Path(__file__).parents[1] / "bench" / "live_side.py"
STEPS, RATE = 10_000_000, 12_500


@pytest.mark.soak
def test_ten_million_numbers_arrive(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SIDE), str(tmp_path), "flood"],
        env={
            **os.environ,
            "NNDESIGNER_HOME": str(tmp_path / "home"),
            "QT_QPA_PLATFORM": "offscreen",
            "NND_LIVE_STEPS": str(STEPS),
            "NND_LIVE_RATE": str(RATE),
        },
        capture_output=True,
        text=True,
        timeout=2.5 * STEPS / RATE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-600:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert (found["steps"], found["wrong"]) == (STEPS, 0)
