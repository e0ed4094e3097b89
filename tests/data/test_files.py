from __future__ import annotations

import os
from pathlib import Path

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data.files import chosen_file, chosen_folder, readable


def test_relative_paths_start_at_the_project(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("x")
    assert chosen_file("data/a.csv", tmp_path, "the file", 10) == tmp_path / "data" / "a.csv"
    assert chosen_file(" data/a.csv ", tmp_path, "the file", 10).is_file()
    assert chosen_file(str(tmp_path / "data" / "a.csv"), Path("/elsewhere"), "the file", 10).is_file()
    assert chosen_folder("data", tmp_path, "the folder") == tmp_path / "data"
    if os.sep == "/":
        assert chosen_file("data\\a.csv", tmp_path, "the file", 10).is_file(), "saved on Windows"


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 100)
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for text, sentence in {
        "": "No file is chosen yet: choose the file.",
        "gone": "is not there: put it back, or choose the file anew.",
        ".": "is a folder; choose the file itself.",
        "big": "MB are read into memory.",
        "empty": "is empty.",
        "pipe": "is not an ordinary file.",
        "https://example.org/a.csv": "is an address in the net; download it first and choose the file.",
        "a\0b": "holds a character that no path can hold.",
        "x" * 5000: "cannot be read: File name too long.",
    }.items():
        with pytest.raises(Refusal) as caught:
            chosen_file(text, tmp_path, "the file", 50)
        assert str(caught.value).endswith(sentence)
    with pytest.raises(Refusal, match="is a file; choose the folder"):
        chosen_folder("big", tmp_path, "the folder")


def test_what_the_system_refuses_is_said() -> None:
    with pytest.raises(Refusal, match="cannot be read: Permission denied"), readable(Path("/secret")):
        raise PermissionError(13, "Permission denied")
