"""The made files in examples/data/ are what examples/drawing/data_files.py makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from PIL import Image
import data_files
for name, made in data_files.TABLES.items():
    assert (data_files.FOLDER / name).read_text(encoding="utf-8") == made(), name
for name, made in (("digit-pairs", data_files.digit_pairs()), ("house-and-waves", data_files.house_and_waves())):
    kept = np.load(data_files.FOLDER / f"{name}.npz")
    assert set(kept) == set(made) and all(np.array_equal(kept[part], made[part]) for part in made), name
for shape in data_files.SHAPES:
    paths = sorted((data_files.FOLDER / "shapes" / shape).iterdir())
    assert len(paths) == data_files.PICTURES
    for number, path in enumerate(paths):
        assert np.array_equal(np.asarray(Image.open(path)), data_files.picture(shape, number)), path
assert len(list((data_files.FOLDER / "enlarging" / "small").iterdir())) == data_files.PAIRS
for number in range(data_files.PAIRS):
    for name, made in zip(("small", "large"), data_files.pair(number)):
        path = data_files.FOLDER / "enlarging" / name / f"{number:02}.png"
        assert np.array_equal(np.asarray(Image.open(path)), made), path
"""


def test_they_are_what_the_script_makes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(EXAMPLES / "drawing")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
