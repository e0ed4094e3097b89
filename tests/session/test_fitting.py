from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.check.carrying import Fit
from nndesigner.document import edits
from nndesigner.runs.store import create_at
from nndesigner.session.fitting import Standing, what_fits
from nndesigner.session.session import Session
from tests.session.projects import chain, classifier


def test_the_same_network_fits_altogether() -> None:
    assert what_fits(classifier(), classifier()).all


def test_another_type_of_the_same_name_does_not_fit() -> None:
    before = chain("TableInput", "Linear", "Output")
    before = before.apply(edits.set_parameters(before, "n0", {"features": 4}))
    after = chain("TableInput", "LayerNorm", "Output")
    after = after.apply(edits.set_parameters(after, "n0", {"features": 4}))
    after = after.apply(edits.rename(after, "n1", before.node("n1").name))
    assert what_fits(before, after).fresh == ("linear1",)


def test_a_bias_more_does_not_fit() -> None:
    before = classifier()
    after = before.apply(edits.set_parameters(before, "n3", {"bias": False}))
    fits = what_fits(before, after)
    assert (fits.kept, fits.fresh, fits.unused) == (("linear1",), ("linear2",), ("linear2",))


def test_what_does_not_learn_does_not_matter() -> None:
    before = classifier()
    after = before.apply(edits.rename(before, "n2", "activation"))
    assert what_fits(before, after).all


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Session, Path]:
    """A project and the folder of a run of it."""
    session = Session()
    session.files.new(classifier())
    return session, create_at(tmp_path / "0001-a", session.document).path


def test_what_is_edited_is_held_against_the_run(trained: tuple[Session, Path]) -> None:
    session, run = trained
    standing = Standing(session.editing, session.elsewhere)
    heard: list[str] = []
    standing.changed.connect(lambda: heard.append("changed"))
    assert standing.fits == {}
    standing.compare(run)
    assert heard and standing.fits == {"n1": Fit(kept=1), "n3": Fit(kept=1)}
    session.edit("", "set_parameter", node="n1", parameter="out_features", value=9)
    assert standing.fits == {"n1": Fit(resized=1), "n3": Fit(resized=1)}
    session.undo()
    assert standing.fits["n3"] == Fit(kept=1)
    standing.compare(None)
    heard.clear()
    assert standing.fits == {}
    session.edit("", "set_parameter", node="n1", parameter="out_features", value=9)
    assert not heard


def test_inside_a_block_it_is_told_for_the_layers_there(trained: tuple[Session, Path]) -> None:
    session, run = trained
    session.edit("", "make_block", ids=["n1", "n2"], name="stage")
    session.edit("", "set_parameter", node="n1", parameter="bias", value=False)
    standing = Standing(session.editing, session.elsewhere)
    standing.compare(run)
    block = next(node for node in session.document.nodes() if node.type == "Block")
    assert standing.fits == {block.id: Fit(fresh=1), "n3": Fit(kept=1)}
    session.editing.enter(block.id)
    assert standing.fits == {"n1": Fit(fresh=1)}


def test_a_run_that_cannot_be_read_is_compared_with_nothing(
    trained: tuple[Session, Path], tmp_path: Path
) -> None:
    session, _ = trained
    standing = Standing(session.editing, session.elsewhere)
    standing.compare(tmp_path / "gone")
    assert standing.fits == {}
