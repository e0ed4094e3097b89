"""No alarm rises on the examples that come along; the perceptron that cannot learn XOR is among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.data.dataset import read
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.reader import open_project
from nndesigner.session.data_paths import inside_settings
from tests.check.alarms.runs import alarms_of, run
from tests.training import small

FOLDER = Path(__file__).resolve().parents[3] / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.nnd"))
FEW = 3
SLOW = {"characters-transformer"}


def opened(name: str) -> Document:
    document = open_project(FOLDER / f"{name}.nnd").document
    assert document.data is not None
    key = f"{document.data.type} {document.data.parameters}"
    data = small._read.setdefault(key, read(document.data, FOLDER))
    found = (tuple(data.fields.values()), data.counts, data.fingerprint, data.remarks)
    document = document.apply(edits.set_found(document, *found))
    beside = {name: str(FOLDER / path) for name, path in inside_settings(document).items()}
    return document.apply(edits.set_plan(document, beside)) if beside else document


HEAVY = {"masked-letters", "shapes-unet", "reverse-sequence", "digits-embedding", "digits-gan-conditional"}
HEAVY |= {"digits-ctc", "characters-transformer"}
HEAVY |= {"digits-gan-least-squares", "digits-gan-wasserstein", "digits-diffusion", "digits-transformer"}


@pytest.mark.parametrize(
    "name", [n if n not in HEAVY else pytest.param(n, marks=pytest.mark.long) for n in EXAMPLES]
)
def test_a_few_epochs_raise_no_alarm(tmp_path: Path, name: str) -> None:
    document = opened(name)
    document = document.apply(edits.set_plan(document, {"epochs": 1 if name in SLOW else FEW}))
    assert alarms_of(document, *run(document, tmp_path, every=2)) == []


@pytest.mark.long
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_whole_of_it_raises_no_alarm(tmp_path: Path, name: str) -> None:
    document = opened(name)
    assert alarms_of(document, *run(document, tmp_path, every=5)) == []
