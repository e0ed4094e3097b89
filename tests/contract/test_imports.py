"""The import contracts of pyproject.toml hold, and each of them fails on planted violations.

A contract that has never failed may be naming the wrong package.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}

# Contract → (file the line is planted in, the line); several where a contract forbids several things.
PLANTED = {
    "floors": [
        ("base/planted.py", "import nndesigner.document"),
        ("layers/planted.py", "import nndesigner.data"),
        ("data/planted.py", "import nndesigner.protocol"),
        ("document/planted.py", "from nndesigner import project"),
        ("project/planted.py", "import nndesigner.check"),
        ("check/planted.py", "import nndesigner.exporters"),
        ("exporters/planted.py", "import nndesigner.compiler"),
        ("measurements/planted.py", "import nndesigner.objectives"),
        ("runs/planted.py", "import nndesigner.compiler"),
        ("compiler/planted.py", "import nndesigner.runs"),
        ("training/planted.py", "import nndesigner.worker"),
        ("session/planted.py", "import nndesigner.worker"),
        ("session/planted.py", "def late():\n    import nndesigner.gui"),
        ("gui/planted.py", "import nndesigner.app"),
        ("unplaced/__init__.py", "'A room without a floor.'"),
    ],
    "qt-only-in-gui": [
        ("session/planted.py", "def late():\n    import PySide6.QtCore"),
        ("base/planted.py", "from PySide6 import QtGui"),
        ("document/planted.py", "import pyqtgraph"),
        ("worker/planted.py", "import shiboken6"),
        ("exporters/planted.py", "def late():\n    from PySide6.QtGui import QImage"),
    ],
    "designer-without-torch": [
        ("session/planted.py", "import nndesigner.training"),
        ("gui/planted.py", "def late():\n    import nndesigner.worker"),
        ("runs/planted.py", "import torch"),
        ("session/planted.py", "def late():\n    from nndesigner.compiler import build"),
        ("gui/planted.py", "from nndesigner.compiler import weights"),
        ("session/planted.py", "import sklearn.datasets"),
        ("gui/planted.py", "def late():\n    from PIL import Image"),
        ("document/planted.py", "import torch"),
    ],
    "networkx-in-two-files": [
        ("check/planted.py", "import networkx"),
        ("document/planted.py", "def late():\n    from networkx import DiGraph"),
        ("gui/planted.py", "import networkx"),
    ],
}


def lint(folder: Path, *only: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the package in `folder`, under that folder's pyproject.toml."""
    chosen = [word for contract in only for word in ("--contract", contract)]
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache", *chosen],
        cwd=folder,  # comes first on the path, so that the copy is read and not the installed package
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package and of pyproject.toml, to plant violations in."""
    shutil.copytree(
        ROOT / "nndesigner", tmp_path / "nndesigner", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken" in done.stdout


def test_every_contract_has_a_planted_violation() -> None:
    assert set(PLANTED) == set(CONTRACTS)


@pytest.mark.parametrize(
    ("contract", "path", "line"),
    [(contract, *plant) for contract, plants in PLANTED.items() for plant in plants],
    ids=lambda value: value.split("\n")[-1].strip() if " " in value else value,
)
def test_a_planted_violation_turns_the_contract_red(copy: Path, contract: str, path: str, line: str) -> None:
    planted = copy / "nndesigner" / path
    planted.parent.mkdir(exist_ok=True)
    if path == "document/planted.py" and contract == "designer-without-torch":
        # Not from the designer itself: by way of a room below it.
        (copy / "nndesigner/session/planted.py").write_text("import nndesigner.document.planted\n")
    planted.write_text(line + "\n")
    done = lint(copy, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{CONTRACTS[contract]['name']} BROKEN" in done.stdout, done.stdout
    module = "nndesigner." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert module in done.stdout, "the report names the planted module"


def test_the_packages_own_door_may_reach_the_compiler(copy: Path) -> None:
    """`nndesigner.build()` imports the compiler when it is called, from outside the floors."""
    init = copy / "nndesigner" / "__init__.py"
    init.write_text(init.read_text() + "\n\ndef planted():\n    import nndesigner.compiler.build\n")
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr
