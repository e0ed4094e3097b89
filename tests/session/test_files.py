from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project import journal, migrations, reader
from nndesigner.project.backups import backups
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode, save
from nndesigner.session.autosave import Autosave
from nndesigner.session.editing import Editing
from nndesigner.session.files import Changed, Files
from nndesigner.session.templates import template
from tests.project.test_migrations import PLANTED
from tests.session.projects import FOUND, chain, classifier

PROJECTS = Path(__file__).parents[1] / "projects"


class Designer:
    """A designer without window and workers. `crash` ends it without a word."""

    def __init__(self) -> None:
        self.editing = Editing()
        self.autosave = Autosave()
        self.files = Files(self.editing, self.autosave)

    def rename(self, name: str) -> None:
        assert self.editing.edit("", "rename", node=self.editing.document.nodes()[0].id, name=name)

    @property
    def first_name(self) -> str:
        return self.editing.document.nodes()[0].name

    def crash(self) -> None:
        if self.autosave._journal is not None:
            self.autosave._journal._log._drop()  # the descriptor goes with the process
        if self.files._lock is not None:
            self.files._lock.release()  # and so does the lock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "a.nnd"
    save(classifier(), file)
    return file


@pytest.fixture
def all_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "is_same_process", lambda pid, mark: False)


def test_a_new_project_is_clean_and_has_no_file() -> None:
    designer = Designer()
    assert designer.files.path is None
    assert not designer.files.dirty
    with pytest.raises(Refusal, match="Save As"):
        designer.files.save()


def test_open_edit_save_open(path: Path) -> None:
    designer = Designer()
    assert designer.files.open(path) == ()
    assert (designer.files.dirty, designer.files.name) == (False, "a.nnd")
    designer.rename("rows")
    assert designer.files.dirty
    written = designer.files.save()
    assert (written.path, designer.files.dirty) == (path, False)
    designer.editing.undo()
    assert designer.files.dirty
    designer.editing.redo()
    assert not designer.files.dirty
    designer.files.close()
    again = Designer()
    again.files.open(path)
    assert again.first_name == "rows"
    again.files.close()


def test_looking_at_a_project_never_changes_its_file(path: Path, tmp_path: Path) -> None:
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    designer = Designer()
    designer.files.open(path)
    designer.autosave.tick()
    designer.files.close()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)
    assert os.listdir(tmp_path) == ["a.nnd"]


def test_what_cannot_be_opened_leaves_the_open_project(path: Path, tmp_path: Path) -> None:
    designer = Designer()
    designer.files.open(path)
    designer.rename("rows")
    (tmp_path / "bad.nnd").write_bytes(b"bad")
    for name in ("bad.nnd", "missing.nnd", "."):
        with pytest.raises(Refusal):
            designer.files.open(tmp_path / name)
    assert designer.files.path == path
    assert designer.first_name == "rows"
    assert designer.files.dirty
    designer.files.save()
    designer.files.close()


def test_save_as_names_the_file_from_then_on(path: Path, tmp_path: Path) -> None:
    designer = Designer()
    designer.files.open(path)
    before = path.read_bytes()
    designer.rename("rows")
    designer.files.save_as(tmp_path / "b")
    assert designer.files.path == tmp_path / "b.nnd"
    assert path.read_bytes() == before
    other = Designer()
    other.files.open(path)
    assert not other.files.read_only, "the first file is free again"
    other.files.close()
    designer.files.close()


def test_a_save_that_fails_leaves_file_path_and_dirty(path: Path, tmp_path: Path) -> None:
    designer = Designer()
    designer.files.open(path)
    designer.rename("rows")
    os.link(path, tmp_path / "second name.nnd")
    before = path.read_bytes()
    with pytest.raises(WriteError, match="Save As"):
        designer.files.save()
    assert designer.files.dirty
    with pytest.raises(WriteError):
        designer.files.save_as(tmp_path / "missing" / "b.nnd")
    assert designer.files.path == path
    assert path.read_bytes() == before
    os.unlink(tmp_path / "second name.nnd")
    designer.files.save()
    assert not designer.files.dirty
    designer.files.close()


def test_a_second_designer_reads_only(path: Path, tmp_path: Path) -> None:
    one, two = Designer(), Designer()
    one.files.open(path)
    two.files.open(path)
    assert (one.files.read_only, two.files.read_only) == (False, True)
    two.rename("mine")
    with pytest.raises(Refusal, match="open in another window"):
        two.files.save()
    two.files.save_as(tmp_path / "mine.nnd")
    assert not two.files.read_only
    three = Designer()
    with pytest.raises(Refusal, match="open in another window"):
        three.files.save_as(path)
    one.files.close()
    three.files.open(path)
    assert not three.files.read_only
    three.files.close()
    two.files.close()


def test_what_another_program_wrote_is_not_overwritten_unasked(path: Path, tmp_path: Path) -> None:
    designer = Designer()
    designer.files.open(path)
    designer.rename("mine")
    save(chain("ImageInput"), path)
    theirs = path.read_bytes()
    with pytest.raises(Changed):
        designer.files.save()
    assert path.read_bytes() == theirs
    assert designer.files.dirty
    designer.files.save(overwrite=True)
    assert open_project(path).document == designer.editing.document
    assert theirs in [copy.read_bytes() for copy in backups(path)]
    designer.files.close()


def test_a_file_that_was_removed_is_written_again(path: Path) -> None:
    designer = Designer()
    designer.files.open(path)
    designer.rename("rows")
    path.unlink()
    designer.files.save()
    assert open_project(path).document == designer.editing.document
    designer.files.close()


def test_versions_before_are_kept(path: Path) -> None:
    designer = Designer()
    designer.files.open(path)
    contents = [path.read_bytes()]
    for number in range(3):
        designer.rename(f"name{number}")
        designer.files.save()
        contents.append(path.read_bytes())
    assert [copy.read_bytes() for copy in backups(path)] == contents[:-1]
    designer.files.close()


def test_the_first_save_in_a_newer_version_keeps_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.nnd"
    shutil.copy(PROJECTS / "planted-version-0.nnd", path)
    original = path.read_bytes()
    monkeypatch.setitem(migrations.STEPS, 0, PLANTED[0])  # type: ignore[arg-type]
    designer = Designer()
    designer.files.open(path)
    assert os.listdir(tmp_path) == ["old.nnd"]
    designer.rename("rows")
    designer.files.save()
    assert sorted(os.listdir(tmp_path)) == ["old.nnd", "old.version-0.nnd"]
    assert (tmp_path / "old.version-0.nnd").read_bytes() == original
    assert json.loads(path.read_bytes())["version"] == 1
    designer.rename("again")
    (tmp_path / "old.version-0.nnd").unlink()
    designer.files.save()
    assert os.listdir(tmp_path) == ["old.nnd"], "only the first"
    designer.files.close()


def test_a_template_is_an_unsaved_project_that_is_as_it_should_be(tmp_path: Path) -> None:
    designer = Designer()
    designer.files.new(classifier(), "iris", folder=tmp_path)
    assert (designer.files.path, designer.files.name, designer.files.dirty) == (None, "iris.nnd", False)
    assert designer.files.folder == tmp_path
    designer.files.save_as(tmp_path / "mine.nnd")
    assert open_project(tmp_path / "mine.nnd").document == classifier_like(designer)
    designer.files.close()


def test_a_template_brings_its_files_along(tmp_path: Path) -> None:
    origin, home = tmp_path / "templates", tmp_path / "home"
    (origin / "data").mkdir(parents=True)
    home.mkdir()
    (origin / "data" / "text.txt").write_bytes(b"words")
    document = chain("TokensInput")
    document = document.apply(edits.set_data(document, "text", {"path": "data/text.txt"}))
    designer = Designer()
    designer.files.new(document, "text", folder=origin)
    designer.files.save_as(home / "mine.nnd")
    assert (home / "data" / "text.txt").read_bytes() == b"words"
    assert designer.editing.document == document
    designer.files.close()


def test_a_template_brings_its_folders_along_and_a_folder_of_the_users_stays(tmp_path: Path) -> None:
    designer = Designer()
    document = open_project(template("enlarging-pixelshuffle")).document
    designer.files.new(document, "enlarging", folder=template("enlarging-pixelshuffle").parent)
    designer.files.save_as(tmp_path / "mine.nnd")
    assert len(list((tmp_path / "data" / "enlarging" / "small").iterdir())) == 72
    assert designer.editing.document == document
    home, other = tmp_path / "home", tmp_path / "other"
    (home / "data" / "enlarging" / "small").mkdir(parents=True)
    other.mkdir()
    designer.files.new(document, "pictures", folder=home)
    designer.files.save_as(other / "mine.nnd")
    data = designer.editing.document.data
    assert data is not None and data.parameters["path"] == str(home / "data" / "enlarging" / "small")
    assert os.listdir(other) == ["mine.nnd"]
    designer.files.close()


def test_saved_elsewhere_the_users_own_data_stays_and_is_still_found(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    (one / "table.csv").write_bytes(b"a,b\n1,2\n")
    document = chain("TableInput")
    document = document.apply(edits.set_data(document, "csv", {"path": "table.csv"}))
    document = document.apply(edits.set_found(document, **FOUND))
    save(document, one / "a.nnd")
    designer = Designer()
    designer.files.open(one / "a.nnd")
    designer.files.save_as(one / "b.nnd")
    assert designer.editing.document == document
    designer.files.save_as(two / "c.nnd")
    data = open_project(two / "c.nnd").document.data
    assert data is not None
    assert data.parameters == {"path": str(one / "table.csv")}
    assert data.counts["all"] == 150, "what was found in it stays"
    assert os.listdir(two) == ["c.nnd"]
    assert not designer.files.dirty
    designer.files.close()


def classifier_like(designer: Designer) -> Document:
    return designer.editing.document


def test_without_a_state_folder_one_can_still_work(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path.parent / "file").write_bytes(b"")
    monkeypatch.setenv("NNDESIGNER_HOME", str(path.parent / "file"))
    designer = Designer()
    said: list[str] = []
    designer.autosave.failed.connect(said.append)
    designer.files.open(path)
    designer.rename("rows")
    designer.rename("again")
    designer.files.save()
    assert len(said) == 1, "told once"
    assert open_project(path).document.nodes()[0].name == "again"
    designer.files.close()


# -- crashes -------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("all_dead")
class TestCrashes:
    """The orders in which saving, an edit from outside, a crash and a recovery can follow each other."""

    def test_crash_then_recover(self, path: Path) -> None:
        designer = Designer()
        designer.files.open(path)
        before = path.read_bytes()
        designer.rename("edited")
        designer.crash()
        assert path.read_bytes() == before
        again = Designer()
        (recovered,) = again.files.recoverable()
        again.files.recover(recovered)
        assert (again.first_name, again.files.path, again.files.dirty) == ("edited", path, True)
        assert path.read_bytes() == before, "recovering saves nothing"
        assert Designer().files.recoverable() != (), "kept until it is saved"
        again.files.save()
        assert Designer().files.recoverable() == ()
        assert open_project(path).document.nodes()[0].name == "edited"
        again.files.close()

    def test_save_then_crash(self, path: Path) -> None:
        designer = Designer()
        designer.files.open(path)
        designer.rename("saved")
        designer.files.save()
        designer.crash()
        assert Designer().files.recoverable() == ()
        assert open_project(path).document.nodes()[0].name == "saved"

    def test_save_edit_crash_recover(self, path: Path) -> None:
        designer = Designer()
        designer.files.open(path)
        designer.rename("saved")
        designer.files.save()
        designer.rename("after")
        designer.crash()
        again = Designer()
        (recovered,) = again.files.recoverable()
        assert (recovered.conflict, recovered.edits) == (False, 1)
        again.files.recover(recovered)
        assert again.first_name == "after"
        again.files.save()
        again.files.close()

    def test_edit_crash_outside_recover(self, path: Path, tmp_path: Path) -> None:
        designer = Designer()
        designer.files.open(path)
        designer.rename("mine")
        designer.crash()
        save(chain("ImageInput"), path)
        theirs = path.read_bytes()
        again = Designer()
        (recovered,) = again.files.recoverable()
        assert recovered.conflict
        again.files.recover(recovered)
        assert (again.first_name, again.files.path) == ("mine", None)
        assert again.files.name == "a-recovered.nnd"
        with pytest.raises(Refusal):
            again.files.save()
        again.files.save_as(tmp_path / again.files.name)
        assert path.read_bytes() == theirs, "both are kept"
        assert open_project(tmp_path / "a-recovered.nnd").document.nodes()[0].name == "mine"
        assert Designer().files.recoverable() == ()
        again.files.close()

    def test_outside_edit_crash_recover_after_saving_over_it(self, path: Path) -> None:
        designer = Designer()
        designer.files.open(path)
        designer.rename("mine")
        save(chain("ImageInput"), path)
        theirs = path.read_bytes()
        with pytest.raises(Changed):
            designer.files.save()
        designer.crash()
        again = Designer()
        (recovered,) = again.files.recoverable()
        assert recovered.conflict
        again.files.discard(recovered)
        assert path.read_bytes() == theirs
        assert Designer().files.recoverable() == ()

    def test_crash_recover_crash_recover(self, path: Path) -> None:
        designer = Designer()
        designer.files.open(path)
        designer.rename("first")
        designer.crash()
        second = Designer()
        second.files.recover(second.files.recoverable()[0])
        second.crash()
        third = Designer()
        (recovered,) = third.files.recoverable()
        third.files.recover(recovered)
        assert third.first_name == "first"
        third.rename("third")
        third.crash()
        fourth = Designer()
        (recovered,) = fourth.files.recoverable()
        assert recovered.conflict is False
        fourth.files.recover(recovered)
        assert fourth.first_name == "third"
        fourth.editing.undo()
        fourth.files.save()
        assert Designer().files.recoverable() == ()
        fourth.files.close()

    def test_crash_outside_recover_outside_save(self, path: Path) -> None:
        """Recovered without conflict; then the file changes before the save."""
        designer = Designer()
        designer.files.open(path)
        designer.rename("mine")
        designer.crash()
        again = Designer()
        again.files.recover(again.files.recoverable()[0])
        save(chain("ImageInput"), path)
        theirs = path.read_bytes()
        with pytest.raises(Changed):
            again.files.save()
        assert path.read_bytes() == theirs
        again.files.close()

    def test_an_unsaved_project_is_recovered_too(self) -> None:
        designer = Designer()
        designer.editing.edit("", "add_node", type="ReLU")
        designer.crash()
        again = Designer()
        (recovered,) = again.files.recoverable()
        again.files.recover(recovered)
        assert (again.first_name, again.files.path, again.files.dirty) == ("relu1", None, True)
        again.files.close()

    def test_closing_leaves_nothing_to_recover(self, path: Path) -> None:
        designer = Designer()
        designer.files.open(path)
        designer.rename("unwanted")
        designer.files.close()
        assert Designer().files.recoverable() == ()

    def test_undone_edits_are_recovered_as_undone(self, path: Path) -> None:
        designer = Designer()
        designer.files.open(path)
        designer.rename("one")
        designer.rename("two")
        designer.editing.undo()
        designer.crash()
        again = Designer()
        again.files.recover(again.files.recoverable()[0])
        assert again.first_name == "one"
        again.files.close()


def test_edits_that_the_disk_refused_are_kept_when_it_takes_them_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    designer = Designer()
    designer.files.open(path)
    start = journal.Journal.start

    def full(*arguments: object) -> journal.Journal:
        raise WriteError(path, "the disk is full.")

    monkeypatch.setattr(journal.Journal, "start", staticmethod(full))
    designer.rename("one")
    designer.editing.edit("", "add_node", type="ReLU", id="new")
    monkeypatch.setattr(journal.Journal, "start", staticmethod(start))
    designer.rename("two")
    designer.crash()
    monkeypatch.setattr(journal, "is_same_process", lambda pid, mark: False)
    again = Designer()
    again.files.recover(again.files.recoverable()[0])
    assert again.editing.document == designer.editing.document
    again.files.close()


# -- killed ----------------------------------------------------------------------------------------------------------
EDITING = """
import hashlib, os, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.project.writer import encode
from nndesigner.session.session import Session
from tests.document.random_edits import Script
session, script = Session(), Script(int(sys.argv[3]))
session.files.open(Path(sys.argv[2]))
def say():
    digest = hashlib.sha256(encode(session.document)).hexdigest()
    os.write(1, f"{digest} {time.time()}\\n".encode())
say()
editing = session.editing
for number in range(10**6):
    if number % 7 == 6:
        diff = editing.history.undo().diff.inverse()
    else:
        diff = script.step(session.document)
        editing.history.push("edit", diff)
    editing._document = editing._document.apply(diff)
    say()  # before the journal has it: what is recovered was always said
    editing._told("edit", diff)
    session.tick()
    if number % 40 == 39:
        session.files.save()
"""


def killed_while_editing(path: Path, seed: int, after: int) -> None:
    """Kills a session once it has done `after` edits; what is recovered is a prefix that ends just before."""
    import hashlib

    root = str(Path(__file__).parents[2])
    child = subprocess.Popen(
        [sys.executable, "-c", EDITING, root, str(path), str(seed)], stdout=subprocess.PIPE, cwd=root
    )
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(after)]
    child.kill()
    said += child.stdout.read().splitlines(keepends=True)
    child.stdout.close()
    child.wait()
    states = [line.split() for line in said if line.endswith(b"\n")]
    digests = [digest.decode() for digest, _ in states]
    last = float(states[-1][1])
    designer = Designer()
    found = designer.files.recoverable()
    document = found[0].document if found else open_project(path).document
    digest = hashlib.sha256(encode(document)).hexdigest()
    assert digest in digests
    reached = len(digests) - 1 - digests[::-1].index(digest)
    assert last - float(states[reached][1]) <= 2.0
    assert reached >= len(digests) - 2, "only the edit that was being written may be missing"
    for recovered in found:
        designer.files.discard(recovered)


@pytest.mark.parametrize("seed", range(20))
def test_killed_while_editing_the_last_two_seconds_at_most_are_lost(seed: int, path: Path) -> None:
    killed_while_editing(path, seed, 20 + 13 * seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20, 50))
def test_killed_while_editing_fifty_times(seed: int, path: Path) -> None:
    killed_while_editing(path, seed, 5 + (seed * 37) % 300)


def test_reading_takes_the_steps_that_are_there() -> None:
    """The planted step above is only found because the reader looks the steps up when it is called."""
    assert reader.STEPS is migrations.STEPS
