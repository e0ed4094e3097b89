"""What fits is asked once for each state of the document, and only the newest answer counts."""

from __future__ import annotations

from pathlib import Path

from nndesigner.project.reader import open_project
from nndesigner.project.writer import save
from nndesigner.protocol.jobs import MatchWeights
from nndesigner.protocol.messages import Done
from nndesigner.session.session import Session
from tests.session.projects import classifier
from tests.session.workers import Pool


def test_only_the_newest_question_counts(tmp_path: Path) -> None:
    pool = Pool()
    session = Session(pool)
    session.files.new(classifier())
    session.matching.look()
    assert not any(isinstance(asked.job, MatchWeights) for asked in pool.asked), (
        "fresh weights need no question"
    )
    session.edit("", "set_plan", values={"begin_with": "a.safetensors"})
    session.matching.look()
    first = pool.last
    session.matching.look()
    assert pool.last is first and session.matching.busy
    session.edit("", "set_plan", values={"begin_with": "b.safetensors"})
    session.matching.look()
    assert first.cancelled and pool.last is not first
    first.end(Done({"rows": [["x", [1], [1], "taken"]]}))
    assert session.matching.rows == ()
    pool.last.end(Done({"source": "b", "rows": [["n1.weight", [3, 4], None, "fresh"]]}))
    (row,) = session.matching.rows
    assert (row.name, row.here, row.there, row.state) == ("n1.weight", (3, 4), None, "fresh")
    session.edit("", "disconnect", edge=session.document.edges[0].id)
    session.matching.look()
    assert "no errors" in session.matching.failure
    session.close()


def test_weights_beside_a_project_are_named_from_where_it_goes(tmp_path: Path) -> None:
    """A project of the user's own: the file stays. An unsaved one (a template): the file is copied."""
    for own in (True, False):
        here, there = tmp_path / f"here{own}", tmp_path / f"there{own}"
        here.mkdir(), there.mkdir()
        (here / "w.safetensors").write_bytes(b"weights")
        session = Session(Pool())
        save(classifier(), here / "a.nnd")
        if own:
            session.files.open(here / "a.nnd")
        else:
            session.files.new(classifier(), folder=here)
        session.edit("", "set_plan", values={"begin_with": "w.safetensors"})
        session.files.save_as(there / "a.nnd")
        plan = open_project(there / "a.nnd").document.plan
        assert plan is not None
        assert plan.parameters["begin_with"] == (str(here / "w.safetensors") if own else "w.safetensors")
        assert (there / "w.safetensors").exists() != own
        session.close()


def test_a_teacher_beside_a_project_is_named_from_where_the_project_goes(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "runs" / "large").mkdir(parents=True), there.mkdir()
    save(classifier(), here / "a.nnd")
    session = Session(Pool())
    session.files.open(here / "a.nnd")
    session.edit("", "set_plan", values={"teacher": "runs/large"}, objective="distillation")
    session.files.save_as(there / "a.nnd")
    plan = open_project(there / "a.nnd").document.plan
    assert plan is not None and plan.parameters["teacher"] == str(here / "runs" / "large")
    assert not (there / "runs").exists(), "a run of the user's own stays where it is"
    session.close()
