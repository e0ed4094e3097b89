"""numpy without its thread pool: what children inherit, and the user's own choice, stay as they were."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

NAME = "OPENBLAS_NUM_THREADS"


@pytest.mark.parametrize("chosen", [None, "3"])
def test_the_environment_is_as_before(chosen: str | None) -> None:
    environment = {key: value for key, value in os.environ.items() if key != NAME}
    if chosen is not None:
        environment[NAME] = chosen
    code = (
        "import os, sys; import nndesigner.app.lean_numpy;"
        f"print('numpy' in sys.modules, os.environ.get({NAME!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["True", str(chosen)], done.stderr
