from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nndesigner.base.atomic import WriteError
from nndesigner.document import edits
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.project import journal
from nndesigner.project.journal import BASE, LOG, Journal, left_behind, recover
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode, save
from tests.document.random_edits import Script, start


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def edited(seed: int, number: int, first: Document | None = None) -> tuple[list[Document], list[Diff]]:
    """The documents after 0, 1 … edits, and the edits."""
    script, documents, diffs = Script(seed), [first or start()], []
    for _ in range(number):
        diffs.append(script.step(documents[-1]))
        documents.append(documents[-1].apply(diffs[-1]))
    return documents, diffs


def abandon(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the journals of this process count as those of one that is gone."""
    monkeypatch.setattr(journal, "is_same_process", lambda pid, mark: False)


@pytest.mark.parametrize("seed", range(5))
def test_what_was_recorded_is_recovered(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    documents, diffs = edited(seed, 60)
    made = Journal.start(documents[0])
    for diff in diffs:
        made.record("edit", diff)
    made.record("undo", diffs[-1].inverse())
    made.close()
    abandon(monkeypatch)
    (recovered,) = left_behind()
    assert recovered.document == documents[-2]
    assert (recovered.edits, recovered.damaged, recovered.conflict, recovered.path) == (
        61,
        False,
        False,
        None,
    )


def test_a_living_designer_is_left_alone() -> None:
    document = edits.new_document()
    made = Journal.start(document)
    made.record("edit", edits.add_node(document, "ReLU"))
    assert left_behind() == ()
    made.discard()
    assert os.listdir(journal.journals_folder()) == []


def test_a_journal_without_edits_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    Journal.start(edits.new_document()).close()
    abandon(monkeypatch)
    assert left_behind() == ()
    assert os.listdir(journal.journals_folder()) == []


def test_edits_are_with_the_system_at_once_and_on_the_disk_every_two_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, synced = Clock(), []
    document = edits.new_document()
    made = Journal.start(document, clock=clock)
    monkeypatch.setattr(made._log, "sync", lambda: synced.append(clock.now))
    for step in range(50):
        clock.now = step * 0.1
        made.record("edit", edits.add_node(document, "ReLU"))
        assert recover(made.folder).edits == step + 1  # type: ignore[union-attr]
    assert synced == pytest.approx([2.0, 4.0])
    made.tick()
    assert len(synced) == 2
    clock.now = 7.0
    made.tick()
    assert len(synced) == 3
    clock.now = 20.0
    made.tick()
    assert len(synced) == 3, "nothing new: nothing to flush"
    made.discard()


def torn(folder: Path, data: bytes, documents: list[Document]) -> int:
    """The number of edits recovered from damaged bytes, -1 for none; it must be a prefix."""
    (folder / LOG).write_bytes(data)
    recovered = recover(folder)
    if recovered is None:
        return -1
    assert recovered.document == documents[recovered.edits]
    assert len(recovered.document) > 0
    return recovered.edits


@pytest.fixture
def log() -> tuple[Path, bytes, list[Document]]:
    first = edits.new_document()
    documents, diffs = edited(3, 12, first.apply(edits.add_node(first, "TableInput")))
    made = Journal.start(documents[0])
    for diff in diffs:
        made.record("edit", diff)
    made.close()
    return made.folder, (made.folder / LOG).read_bytes(), documents


def test_a_journal_cut_anywhere_gives_a_prefix(log: tuple[Path, bytes, list[Document]]) -> None:
    folder, data, documents = log
    found = [torn(folder, data[:end], documents) for end in range(len(data) + 1)]
    assert found == sorted(found)
    assert set(found) == set(range(-1, 13))


def test_a_flipped_bit_anywhere_gives_a_prefix(log: tuple[Path, bytes, list[Document]]) -> None:
    folder, data, documents = log
    chooser = random.Random(5)
    found = set()
    for _ in range(5000):
        flipped = bytearray(data)
        flipped[chooser.randrange(len(data))] ^= 1 << chooser.randrange(8)
        found.add(torn(folder, bytes(flipped), documents))
    assert found == set(range(-1, 12))


def test_a_damaged_base_is_replaced_by_the_file_or_ignored(tmp_path: Path) -> None:
    documents, diffs = edited(1, 5)
    path = tmp_path / "a.nnd"
    save(documents[0], path)
    sha = open_project(path).sha256
    made = Journal.start(documents[0], path, sha)
    for diff in diffs:
        made.record("edit", diff)
    made.close()
    (made.folder / BASE).write_bytes(b"{}")
    assert recover(made.folder).document == documents[-1]  # type: ignore[union-attr]
    path.write_bytes(b"changed")
    assert recover(made.folder) is None
    assert (made.folder / LOG).exists(), "what cannot be read is left where it is"


def test_a_log_from_elsewhere_is_no_journal() -> None:
    folder = journal.journals_folder() / "foreign"
    folder.mkdir()
    for content in (b"", b"nonsense", b"\0" * 4096, b"[" * 100_000):
        (folder / LOG).write_bytes(content)
        assert recover(folder) is None
    assert left_behind() == ()
    assert folder.exists()


def test_an_edit_that_does_not_fit_ends_the_journal() -> None:
    document = edits.new_document()
    made = Journal.start(document)
    diff = edits.add_node(document, "ReLU")
    made.record("edit", diff)
    made.record("remove", diff.inverse())
    made.record("remove again", diff.inverse())
    made.record("edit", diff)
    made.close()
    recovered = recover(made.folder)
    assert recovered is not None
    assert (recovered.edits, recovered.damaged, recovered.document) == (2, True, document)


def test_a_file_that_was_changed_outside_is_a_conflict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents, diffs = edited(2, 3)
    path = tmp_path / "a.nnd"
    save(documents[0], path)
    made = Journal.start(documents[0], path, open_project(path).sha256)
    for diff in diffs:
        made.record("edit", diff)
    made.close()
    abandon(monkeypatch)
    (recovered,) = left_behind()
    assert (recovered.path, recovered.conflict) == (path, False)
    save(documents[1], path)
    (recovered,) = left_behind()
    assert (recovered.conflict, recovered.document) == (True, documents[-1])
    path.unlink()
    assert left_behind()[0].conflict


def test_what_is_already_saved_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the save and the dropping of the journal."""
    documents, diffs = edited(2, 3)
    path = tmp_path / "a.nnd"
    made = Journal.start(documents[0], path)
    for diff in diffs:
        made.record("edit", diff)
    made.close()
    save(documents[-1], path)
    abandon(monkeypatch)
    assert left_behind() == ()
    assert not made.folder.exists()


def test_another_machines_journal_is_offered_once_it_is_still(monkeypatch: pytest.MonkeyPatch) -> None:
    document = edits.new_document()
    made = Journal.start(document)
    made.record("edit", edits.add_node(document, "ReLU"))
    made.close()
    monkeypatch.setattr(journal, "host_tag", lambda: "others")
    assert left_behind() == ()
    for entry in (made.folder, *made.folder.iterdir()):
        os.utime(entry, (1.0, 1.0))
    assert len(left_behind()) == 1


def test_a_full_disk_is_said_and_nothing_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    from nndesigner.base import checked_log

    document = edits.new_document()
    made = Journal.start(document)
    first = edits.add_node(document, "ReLU", id="first")
    second = edits.add_node(document, "ReLU", id="second")

    def full(fd: int, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checked_log, "write_fully", full)
    with pytest.raises(WriteError, match="full"):
        made.record("edit", first)
    monkeypatch.undo()
    made.record("edit", second)
    recovered = recover(made.folder)
    assert recovered is not None
    assert {"first", "second"} <= set(recovered.document.records)
    made.discard()


KILLED = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from nndesigner.project.journal import Journal
from nndesigner.project.writer import encode
from tests.document.random_edits import Script, start
import hashlib
script, document = Script(int(sys.argv[2])), start()
made = Journal.start(document)
def say(document):
    os.write(1, (hashlib.sha256(encode(document)).hexdigest() + f" {time.time()}\\n").encode())
say(document)
while True:
    diff = script.step(document)
    document = document.apply(diff)
    made.record("edit", diff)
    say(document)
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_designer_loses_no_edit_that_it_had_recorded(seed: int) -> None:
    import hashlib
    import time

    root = str(Path(__file__).parents[2])
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, root, str(seed)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert child.stdout is not None
    said = [child.stdout.readline().split()]
    time.sleep(0.2 + 0.15 * seed)
    child.send_signal(signal.SIGKILL)
    killed = time.time()
    said += [line.split() for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    child.stdout.close()
    child.wait()
    (recovered,) = left_behind()
    digests = [line[0] for line in said]
    digest = hashlib.sha256(encode(recovered.document)).hexdigest()
    if recovered.edits < len(digests):
        assert digests[recovered.edits] == digest
    assert recovered.edits >= len(digests) - 1, "what was said to be recorded is recovered"
    assert not recovered.damaged or recovered.edits >= len(digests) - 1
    assert killed - float(said[-1][1]) < 2.0
    shutil.rmtree(recovered.folder)


def test_steps_of_augmentation_are_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    document = edits.new_document()
    made = Journal.start(document)
    steps = [{"type": "crop", "parameters": {"padding": 3}}, {"type": "from later", "off": True, "by": [1]}]
    made.record("edit", edits.set_augmentation(document, steps))
    made.close()
    abandon(monkeypatch)
    (recovered,) = left_behind()
    assert recovered.document.plan is not None
    assert list(recovered.document.plan.augmentation) == steps
