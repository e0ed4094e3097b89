"""The scripts in examples/drawing/ and packaging/make_examples.py give the files that ship, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import make
from nndesigner.project.writer import encode
names = []
for name, draw in make.projects().items():
    names.append(name)
    assert make.file_of(name).read_bytes() == encode(draw().document()), f"{name} is not what its script draws"
print(len(names))
"""


def test_the_files_are_what_the_scripts_draw() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(EXAMPLES / "drawing")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    drawn = [*EXAMPLES.glob("architectures/*.nnd"), *EXAMPLES.glob("networks/*.nnd")]
    assert int(done.stdout) >= len(drawn) > 0


TEMPLATES = """
import sys
sys.path.insert(0, sys.argv[1])
import make_examples
from nndesigner.project.writer import encode
for example in make_examples.EXAMPLES:
    drawn = encode(make_examples.draw(example))
    path = make_examples.FOLDER / f"{example.name}.nnd"
    assert path.read_bytes() == drawn, f"{example.name} is not what the script draws"
    print(example.name)
"""


def test_the_templates_are_what_their_script_draws() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TEMPLATES, str(EXAMPLES.parent / "packaging")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    drawn = set(done.stdout.split())
    assert {"digits-cnn", "wine-mlp", "sunspots-lstm"} <= drawn <= {p.stem for p in EXAMPLES.glob("*.nnd")}


def test_every_drawn_file_reads_back() -> None:
    for path in [*EXAMPLES.glob("architectures/*.nnd"), *EXAMPLES.glob("networks/*.nnd")]:
        opened = open_project(path)
        assert opened.warnings == () and encode(opened.document) == path.read_bytes(), path.name
