from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.records import DataSource
from nndesigner.project.reader import decode
from nndesigner.project.writer import save
from nndesigner.protocol.jobs import Inspect
from nndesigner.protocol.messages import DataFound, Failed, Progress
from nndesigner.session.session import Session
from tests.session.projects import FOUND, chain, classifier
from tests.session.workers import Pool


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def session(pool: Pool) -> Session:
    return Session(pool)


def found() -> DataFound:
    return DataFound(**FOUND)


def test_choosing_data_has_it_read_and_keeps_what_was_found(session: Session, pool: Pool) -> None:
    session.edit("", "set_data", type="iris")
    assert session.data.busy
    job = pool.last.job
    assert isinstance(job, Inspect)
    assert decode(job.project).document.data == session.document.data
    pool.last.say(Progress(0.5, "Reading"))
    assert session.data.progress == Progress(0.5, "Reading")
    pool.last.say(found())
    pool.last.end()
    assert not session.data.busy
    assert session.data.progress is None
    assert session.data.known
    assert session.document.data is not None
    assert session.document.data.counts["train"] == 120
    assert session.editing.undo_name == "Choose the data"
    assert len(pool.asked) == 1, "what was found is not read again"
    assert pool.preloaded[-1] is not None, "the spare worker gets the data ready"


def test_of_two_choices_the_newer_counts(session: Session, pool: Pool) -> None:
    session.edit("", "set_data", type="iris")
    first = pool.last
    session.edit("", "set_data", type="wine")
    assert first.cancelled
    first.say(found())
    first.end(Failed("Cancelled.", "", "cancelled"))
    assert not session.data.known
    assert session.data.busy
    pool.last.say(found())
    pool.last.end()
    assert session.data.known


def test_undoing_the_choice_leaves_nothing_of_the_other(session: Session, pool: Pool) -> None:
    session.edit("", "set_data", type="iris")
    pool.last.say(found())
    pool.last.end()
    session.edit("", "set_data", type="wine")
    reading = pool.last
    session.undo()
    reading.say(DataFound((), {}, "other", ()))
    reading.end()
    data = session.document.data
    assert isinstance(data, DataSource)
    assert (data.type, data.fingerprint) == ("iris", "f" * 64)


def test_a_failure_is_said_and_can_be_tried_again(session: Session, pool: Pool) -> None:
    session.edit("", "set_data", type="iris")
    pool.last.end(Failed("The file is gone.", "", "refused"))
    assert session.data.failure == "The file is gone."
    session.data.inspect()
    assert session.data.failure == ""
    session.data.cancel()
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert session.data.failure == ""


def test_without_data_or_workers_it_is_refused(session: Session) -> None:
    with pytest.raises(Refusal, match="no data yet"):
        session.data.inspect()
    alone = Session()
    alone.edit("", "set_data", type="iris")
    assert "no worker" in alone.data.failure
    assert not alone.data.busy


def test_opening_a_project_with_known_data_reads_nothing(
    session: Session, pool: Pool, tmp_path: Path
) -> None:
    save(classifier(), tmp_path / "a.nnd")
    session.files.open(tmp_path / "a.nnd")
    assert pool.asked == []
    assert pool.preloaded[-1] is not None
    assert pool.preloaded[-1].folder == str(tmp_path)
    session.close()


def test_opening_a_project_has_unknown_data_inside_its_folder_read(
    session: Session, pool: Pool, tmp_path: Path
) -> None:
    document = chain("TableInput")
    save(document.apply(edits.set_data(document, "csv", {"path": "table.csv"})), tmp_path / "a.nnd")
    session.files.open(tmp_path / "a.nnd")
    assert session.data.outside == ()
    assert len(pool.asked) == 1
    session.close()


OUTSIDE = [
    *(
        "/etc/passwd",
        "../../secret.csv",
        "a/../../b.csv",
        "..",
        "/",
        "~/x.csv",
        "~root/x",
        "$HOME/x.csv",
        "%HOME%/x",
    ),
    *(
        "\\\\server\\share\\x.csv",
        "//server/share/x.csv",
        "\\\\?\\C:\\x",
        "C:\\x.csv",
        "c:x.csv",
        "\\x.csv",
        "..\\x",
    ),
    *("file:///etc/hosts", "https://example.org/x.csv", "smb://host/x", "ftp:x", "a\0b"),
]


def test_there_are_twenty_ways_out() -> None:
    assert len(OUTSIDE) >= 20


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_projects_way_out_of_its_folder_is_not_taken_without_being_asked(
    path: str, session: Session, pool: Pool, tmp_path: Path
) -> None:
    document = chain("TableInput")
    save(document.apply(edits.set_data(document, "csv", {"path": path})), tmp_path / "a.nnd")
    session.files.open(tmp_path / "a.nnd")
    assert session.data.outside == (path,)
    session.edit("", "rename", node="n0", name="rows")
    session.undo()
    assert pool.asked == []
    assert pool.preloaded == [None]
    session.data.inspect()
    assert len(pool.asked) == 1
    assert session.data.outside == ()
    session.close()


def test_what_was_pinned_is_kept_and_asks_for_nothing_more(session: Session, pool: Pool) -> None:
    session.edit("", "set_data", type="huggingface_hub", parameters={"name": "user/set", "fetch": True})
    assert len(pool.asked) == 1
    pool.last.say(DataFound(**FOUND, pinned={"commit": f"user/set@newest {'a' * 40}"}))
    pool.last.end()
    data = session.document.data
    assert data is not None and data.parameters["commit"].endswith("a" * 40)
    assert session.data.known and session.data.outside == () and len(pool.asked) == 1
    ready = pool.preloaded[-1]
    assert ready is not None and decode(ready.project).document.data == data
    session.undo()
    session.redo()
    assert session.document.data == data, "it is no step of its own"


def test_what_the_user_chooses_now_is_asked_for(session: Session, pool: Pool, tmp_path: Path) -> None:
    session.edit("", "set_data", type="csv", parameters={"path": str(tmp_path / "table.csv")})
    assert len(pool.asked) == 1
    assert session.data.outside == ()


@pytest.mark.parametrize("type", ["mnist", "huggingface_hub"])
def test_a_project_that_asks_to_be_fetched_asks_nobody_when_it_is_opened(
    type: str, session: Session, pool: Pool, tmp_path: Path
) -> None:
    document = chain("TableInput")
    parameters = {"fetch": True, "name": "user/set"}
    save(document.apply(edits.set_data(document, type, parameters)), tmp_path / "a.nnd")
    session.files.open(tmp_path / "a.nnd")
    assert session.data.outside and all(address.startswith("https://") for address in session.data.outside)
    assert pool.asked == [] and pool.preloaded == [None]
    session.data.inspect()
    assert len(pool.asked) == 1
    session.close()
