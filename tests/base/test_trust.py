"""Trust in a text: bound to every letter of it, kept in the user's state folder and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

from nndesigner.base import trust
from nndesigner.base.folders import state_folder


def test_trust_is_bound_to_the_whole_text() -> None:
    assert not trust.is_trusted("a = 1")
    trust.trust("a = 1", "A")
    assert trust.is_trusted("a = 1")
    assert not trust.is_trusted("a = 1 ") and not trust.is_trusted("a = 1\n")


def test_it_can_be_withdrawn() -> None:
    before = trust.stamp()
    trust.trust("one")
    trust.trust("two")
    assert trust.stamp() != before
    trust.withdraw("one")
    assert not trust.is_trusted("one") and trust.is_trusted("two")


def test_a_file_that_cannot_be_read_grants_nothing() -> None:
    trust.trust("one")
    (state_folder() / trust.FILE).write_text("[1, 2", encoding="utf-8")
    assert not trust.is_trusted("one") and trust.grants() == {}


def test_another_process_is_noticed() -> None:
    trust.trust("one")
    kept = (state_folder() / trust.FILE).read_bytes()
    trust.withdraw("one")
    assert not trust.is_trusted("one")
    (state_folder() / trust.FILE).write_bytes(kept)
    assert trust.is_trusted("one")


def test_another_user_folder_has_its_own(tmp_path: Path, monkeypatch: object) -> None:
    trust.trust("one")
    before = os.environ["NNDESIGNER_HOME"]
    try:
        os.environ["NNDESIGNER_HOME"] = str(tmp_path)
        assert not trust.is_trusted("one")
    finally:
        os.environ["NNDESIGNER_HOME"] = before
    assert trust.is_trusted("one")


def test_text_that_is_no_unicode_has_a_digest() -> None:
    assert len(trust.digest("\ud800")) == 64
