from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.data.dataset import read
from nndesigner.project.reader import open_project
from nndesigner.session.templates import copy_template, files_read, template, templates


def test_every_template_opens_without_a_word() -> None:
    assert {"digits-cnn", "digits-mlp", "characters-transformer"} <= set(templates())
    for path in templates().values():
        opened = open_project(path)
        assert opened.warnings == ()
        assert check(opened.document).ok


def test_a_copy_is_the_same_project(tmp_path: Path) -> None:
    (written,) = copy_template("digits-cnn", tmp_path / "mine.nnd")
    assert written == tmp_path / "mine.nnd"
    assert written.read_bytes() == template("digits-cnn").read_bytes()


def test_the_files_that_a_template_reads_come_along(tmp_path: Path) -> None:
    # A file, two folders of pictures, and a run that teaches.
    for name in ("characters-transformer", "enlarging-pixelshuffle", "digits-distillation"):
        written = copy_template(name, tmp_path / name / "mine.nnd")
        document = open_project(written[0]).document
        needed = files_read(document, template(name).parent)
        assert len(needed) == {"characters-transformer": 1, "enlarging-pixelshuffle": 144}.get(name, 9)
        for path in needed:
            assert (tmp_path / name / path).read_bytes() == (template(name).parent / path).read_bytes()
        assert len(written) == 1 + len(needed)
        assert document.data is not None
        assert read(document.data, tmp_path / name).fingerprint == document.data.fingerprint


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.nnd").write_bytes(b"mine")
    with pytest.raises(Refusal, match="is there already"):
        copy_template("digits-cnn", tmp_path / "mine.nnd")
    assert (tmp_path / "mine.nnd").read_bytes() == b"mine"


def test_a_template_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"“nothing”.*digits-cnn"):
        copy_template("nothing", tmp_path / "mine.nnd")
