"""Data from a function of one's own: trusted or not read at all, and the same for the same seed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.base import trust
from nndesigner.base.problem import Refusal
from nndesigner.data.dataset import Dataset, read
from nndesigner.document.records import DataSource
from nndesigner.session.data_paths import outside_paths
from tests.own_texts import RING, leaves_a_trace


def record(text: str = "", **values: Any) -> DataSource:
    return DataSource(id="d", type="own", parameters={**({"code": text} if text else {}), **values})


def trusted(text: str, folder: Path = Path(), **values: Any) -> Dataset:
    trust.trust(text)
    return read(record(text, **values), folder)


def giving(what: str, *before: str, arguments: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in before)
    return f"import numpy as np\nimport torch\n\ndef data({arguments}):\n{lines}    return {what}\n"


def test_it_is_data_like_any_other() -> None:
    found = trusted(RING, own_samples=100, own_noise=0.0)
    table, label = found.fields.values()
    assert (table.kind, table.sizes) == ("table", (2,)) and label.classes == ("0", "1")
    assert found.counts == {"all": 100, "train": 70, "validation": 15, "test": 15}
    assert table.statistics and table.preparation and table.thumbnails
    radius = np.linalg.norm(found.arrays["table"], axis=1)
    np.testing.assert_allclose(radius, np.where(found.arrays["class"], 0.3, 1.0), rtol=1e-5)


def test_the_starter_needs_no_trust() -> None:
    assert read(record(), Path()).fields["class"].classes == ("inside", "ring")


def test_the_fingerprint_covers_the_text_and_its_settings() -> None:
    first = trusted(RING).fingerprint
    assert trusted(RING).fingerprint == first
    assert trusted(RING + "# a remark\n").fingerprint != first
    assert trusted(RING, own_noise=0.2).fingerprint != first
    assert trusted(RING, seed=1).fingerprint != first


def test_the_fingerprint_covers_what_the_text_gives(tmp_path: Path) -> None:
    text = giving("np.loadtxt(folder / 'x.txt'), np.arange(9) % 2", arguments="folder")
    fingerprints = []
    for values in (np.arange(9), np.arange(9), np.arange(9) + 1):
        np.savetxt(tmp_path / "x.txt", values)
        fingerprints.append(trusted(text, tmp_path).fingerprint)
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_what_stands_outside_of_the_function_begins_anew_each_time() -> None:
    text = "import numpy as np\nimport torch\n\n_x = np.random.rand(20)\n_calls = []\n\n"
    text += "def data():\n    _calls.append(1)\n    x = np.stack([_x, torch.rand(20)], 1) + len(_calls)\n"
    text += "    return x, np.arange(20) % 2\n"
    assert trusted(text).fingerprint == trusted(text).fingerprint
    assert trusted(text).fingerprint != trusted(text, seed=1).fingerprint


def test_an_untrusted_text_is_never_run(tmp_path: Path) -> None:
    text = leaves_a_trace(RING, tmp_path / "ran")
    with pytest.raises(Refusal, match="The code of data is not trusted and was not run"):
        read(record(text), tmp_path)
    assert not (tmp_path / "ran").exists()
    trusted(text)
    assert (tmp_path / "ran").exists(), "the text would have left a trace"


def test_the_usual_generators_begin_at_the_seed_and_are_left_alone() -> None:
    text = giving(
        "np.stack([np.random.rand(20), torch.rand(20).numpy(), [random.random() for _ in range(20)]], 1), y",
        "import random",
        "y = np.arange(20) % 2",
    )
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    wanted = random.random(), np.random.rand(), torch.rand(1)
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    first, again, other = (trusted(text, seed=seed) for seed in (3, 3, 4))
    assert (random.random(), np.random.rand(), torch.rand(1)) == wanted
    assert np.array_equal(first.arrays["table"], again.arrays["table"])
    assert not (first.arrays["table"] == other.arrays["table"]).any()


def test_several_fields_by_name() -> None:
    text = giving(
        "{'photo': torch.rand(12, 8, 8), 'facts': np.arange(24.0).reshape(12, 2)}, {'kind': list('ab') * 6, 'much': y}",
        "y = np.linspace(0, 1, 12)",
    )
    found = trusted(text)
    assert {name: (f.role, f.kind, f.sizes) for name, f in found.fields.items()} == {
        "photo": ("input", "image", (1, 8, 8)),
        "facts": ("input", "table", (2,)),
        "kind": ("target", "class", ()),
        "much": ("target", "number", (1,)),
    }
    assert found.fields["kind"].classes == ("a", "b")


def test_parts_that_the_function_gives_stay() -> None:
    text = giving(
        "{'x_train': x, 'y_train': y, 'x_test': x[:3], 'y_test': y[:3]}", "x = np.ones((9, 2))", "y = x"
    )
    found = trusted(text, validation_share=0.0)
    assert found.counts == {"all": 12, "train": 9, "validation": 0, "test": 3}


def test_it_is_given_the_folder_and_paths_in_it(tmp_path: Path) -> None:
    np.save(tmp_path / "numbers.npy", np.arange(10.0))
    text = "from pathlib import Path\n" + giving(
        "x, x * 2",
        "x = np.load(file)",
        "assert file.parent == folder",
        arguments="folder, file: Path = 'no.npy'",
    )
    found = trusted(text, tmp_path, own_file="numbers.npy")
    assert found.counts["all"] == 10
    assert outside_paths(record(text, own_file="/etc/x.npy")) == ("/etc/x.npy",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (giving("1 / 0"), "data failed: ZeroDivisionError: division by zero (line 5 of the code)."),
        (giving("missing, 2"), "data failed: NameError: name 'missing' is not defined (line 5 of the code)."),
        (giving("np.ones(3)"), "data is to give (inputs, targets), arrays whose first axis counts the samples, but it"
         " gives ndarray (line 5 of the code)."),
        (giving("1, 2, 3"), "but it gives 3 values (line 5 of the code)."),
        (giving("object(), np.ones(3)"), "but it gives Python objects in place of numbers (line 5 of the code)."),
        (giving("np.ones(4), np.ones(3)"), "The inputs have the shape 4 and the targets 3"),
        (giving("1, 2", "raise SystemExit('enough')"), "data failed: SystemExit: enough (line 5 of the code)."),
        ("import nothing_such\n" + giving("1, 2"), "No module named 'nothing_such' (line 1 of the code)."),
        ("def data(:\n", "Line 1 of the code: Invalid syntax."),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        trusted(text)
    assert said in str(refusal.value) and "\n" not in str(refusal.value)
