from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nndesigner.base.problem import Remedy
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.diff import Diff
from nndesigner.document.document import Conflict
from nndesigner.project.writer import encode
from nndesigner.session.checking import AT_ONCE, Checked, Checking, Place
from nndesigner.session.editing import Editing
from tests.document.random_edits import Script, start
from tests.session.projects import FOUND, chain, classifier


class Listening:
    """What an `Editing` told, in order."""

    def __init__(self, editing: Editing) -> None:
        self.diffs: list[Diff] = []
        self.refused: list[str] = []
        self.checks = 0
        editing.changed.connect(self.diffs.append)
        editing.refused.connect(self.refused.append)
        editing.checking.changed.connect(self._checked)

    def _checked(self) -> None:
        self.checks += 1


def test_an_edit_is_one_step_told_once_and_checked() -> None:
    editing = Editing()
    heard = Listening(editing)
    diff = editing.edit("Put a layer there", "add_node", type="ReLU")
    assert diff is not None
    assert heard.diffs == [diff]
    assert heard.checks == 1
    assert editing.undo_name == "Put a layer there"
    assert editing.checked is not None
    assert [n.name for n in editing.checked.nodes] == ["relu1"]


def test_a_step_without_a_name_is_named_after_what_it_does() -> None:
    editing = Editing()
    editing.edit("", "add_node", type="ReLU")
    assert editing.undo_name == "Add relu1"


def test_a_refused_edit_says_why_and_leaves_everything_as_it_was() -> None:
    editing = Editing(chain("TableInput", "ReLU"))
    heard = Listening(editing)
    before, steps = editing.document, editing.history.done
    assert editing.edit("", "connect", source="n1", out_port="y", target="n1", in_port="x") is None
    assert editing.edit("", "rename", node="n1", name="for") is None
    assert editing.edit("", "set_parameter", node="gone", parameter="p", value=1) is None
    assert editing.edit("", "add_node", type="Nothing") is None
    assert editing.document is before
    assert editing.history.done == steps
    assert (heard.diffs, heard.checks) == ([], 0)
    assert len(heard.refused) == 4
    assert all(sentence and "\n" not in sentence for sentence in heard.refused)


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    editing = Editing(chain("TableInput"))
    heard = Listening(editing)
    assert editing.edit("", "move", places={"n0": (0.0, 0.0)}) == Diff()
    assert editing.undo_name == ""
    assert heard.diffs == []


def test_undo_and_redo_are_edits_like_any_other() -> None:
    editing = Editing()
    heard = Listening(editing)
    diff = editing.edit("", "add_node", type="ReLU")
    assert diff is not None
    assert editing.undo()
    assert not editing.undo()
    assert editing.redo_name == "Add relu1"
    assert editing.redo()
    assert not editing.redo()
    assert heard.diffs == [diff, diff.inverse(), diff]
    assert heard.checks == 3


def test_moving_and_commenting_need_no_check() -> None:
    editing = Editing(chain("TableInput", "ReLU"))
    heard = Listening(editing)
    editing.edit("", "move", places={"n0": (50.0, 50.0)})
    editing.edit("", "set_comment", node="n0", comment="why")
    editing.edit("", "add_note", text="note", x=0.0, y=0.0)
    assert (len(heard.diffs), heard.checks) == (3, 0)
    editing.edit("", "rename", node="n0", name="rows")
    assert heard.checks == 1


def test_a_gesture_becomes_one_step_or_none() -> None:
    editing = Editing(chain("TableInput", "ReLU"))
    before = editing.document
    mark = editing.mark()
    editing.edit("", "add_node", type="ReLU")
    editing.edit("", "rename", node="n0", name="rows")
    editing.bail(mark)
    assert editing.document == before
    assert editing.undo_name == ""
    mark = editing.mark()
    editing.edit("", "add_node", type="ReLU")
    editing.edit("", "rename", node="n0", name="rows")
    editing.merge(mark, "Both")
    assert editing.undo_name == "Both"
    editing.undo()
    assert editing.document == before


def test_what_was_found_in_the_data_is_no_step_and_not_in_the_way_of_undo() -> None:
    editing = Editing(chain("TableInput"))
    first = editing.document
    editing.edit("", "set_data", type="iris", parameters={"seed": 1})
    editing.edit("", "rename", node="n0", name="rows")
    editing.edit("", "set_data", type="iris", parameters={"seed": 2})
    editing.undo()
    steps = len(editing.history.done)
    assert editing.amend("set_found", **FOUND)
    assert editing.document.data is not None
    assert editing.document.data.fields
    assert len(editing.history.done) == steps
    assert editing.undo()
    assert editing.document.data.fields, "the same data is still known"
    assert editing.undo()
    assert editing.document == first
    for _ in range(3):
        assert editing.redo()
    assert editing.document.data.parameters == {"seed": 2}
    assert editing.document.data.fields == ()
    while editing.undo():
        pass
    assert editing.document == first


def test_what_was_found_is_told_checked_and_unsaved() -> None:
    editing = Editing(chain("TableInput"))
    editing.edit("", "set_data", type="iris")
    editing.history.saved()
    heard = Listening(editing)
    editing.amend("set_found", **FOUND)
    assert (len(heard.diffs), heard.checks) == (1, 1)
    assert not editing.history.is_saved
    assert editing.amend("set_found", **FOUND) == Diff()
    assert len(heard.diffs) == 1


def test_a_remedy_is_one_undoable_step() -> None:
    editing = Editing(chain("ImageInput", "Linear"))
    document = editing.document
    image = document.apply(edits.set_parameters(document, "n0", {"channels": 1, "height": 8, "width": 8}))
    editing.replace(image, saved=True)
    assert editing.checked is not None
    problem = next(p for p in editing.checked.problems if p.remedies and p.where.node == "n1")
    remedy = problem.remedies[0]
    assert editing.run_remedy(remedy)
    assert editing.undo_name == remedy.sentence
    assert problem not in editing.checked.problems
    editing.undo()
    assert editing.document == image


def test_an_outdated_remedy_is_refused() -> None:
    editing = Editing(chain("TableInput"))
    heard = Listening(editing)
    assert editing.run_remedy(Remedy("reset_parameter", {"node": "gone", "parameter": "p"}, "Mend")) is None
    assert len(heard.refused) == 1


def test_another_document_starts_a_new_history() -> None:
    editing = Editing()
    told: list[int] = []
    editing.replaced.connect(lambda: told.append(1))
    editing.edit("", "add_node", type="ReLU")
    editing.replace(classifier(), saved=False)
    assert told == [1]
    assert not editing.history.is_saved
    assert not editing.undo()
    assert editing.checked is not None
    assert editing.checked.ok


# -- half-way failures ---------------------------------------------------------------------------------------------
def _raising(document: Any, cases: int) -> Callable[..., Diff]:
    """A verb whose diff does not fit the document: the k-th of its changes conflicts."""

    def verb(document: Any) -> Diff:
        script = Script(cases)
        total = Diff()
        changing = document
        for _ in range(1 + cases % 7):
            diff = script.step(changing)
            changing = changing.apply(diff)
            total = Diff(
                {**total.added, **diff.added},
                {**total.changed, **diff.changed},
                {**total.removed, **diff.removed},
            )
        spoilt = next(iter(document.records.values()))
        return Diff({**total.added, f"id{cases}": spoilt, spoilt.id: spoilt}, total.changed, total.removed)

    return verb


@pytest.mark.parametrize("block", range(20))
def test_an_edit_that_fails_half_way_leaves_the_canonical_bytes(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,000 edits, each failing at some change of a longer one."""
    editing = Editing(start())
    heard = Listening(editing)
    before, steps = encode(editing.document), editing.history.done
    for case in range(100):
        monkeypatch.setitem(edits.VERBS, "spoilt", _raising(editing.document, block * 100 + case))
        assert editing.edit("", "spoilt") is None
        assert editing.amend("spoilt") is None
    assert encode(editing.document) == before
    assert editing.history.done == steps
    assert len(heard.refused) == 100
    assert (heard.diffs, heard.checks) == ([], 0)


@pytest.mark.parametrize("seed", range(5))
def test_undo_that_cannot_be_applied_leaves_the_history(seed: int) -> None:
    script, editing = Script(seed), Editing(start())
    for _ in range(20):
        diff = script.step(editing.document)
        editing._document = editing._document.apply(diff)
        editing.history.push("edit", diff)
    steps = editing.history.done
    touched = next(iter(steps[-1].diff.touched))
    record = editing.document.get(touched)
    spoilt = (
        Diff(removed={touched: record})
        if record is not None
        else Diff(added={touched: steps[-1].diff.removed[touched]})
    )
    editing._document = editing._document.apply(spoilt)
    before = encode(editing.document)
    with pytest.raises(Conflict):
        editing.undo()
    assert encode(editing.document) == before
    assert editing.history.done == steps


def test_a_listener_that_raises_comes_after_the_edit_is_whole() -> None:
    editing = Editing()

    def raising(diff: Diff) -> None:
        raise RuntimeError("a view failed")

    editing.changed.connect(raising)
    with pytest.raises(RuntimeError):
        editing.edit("", "add_node", type="ReLU")
    assert len(editing.document.nodes()) == 1
    assert editing.undo_name == "Add relu1"


# -- checking ------------------------------------------------------------------------------------------------------
class Later:
    """A runner that works when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], Checked], Callable[[Checked], None]]] = []

    def __call__(self, work: Callable[[], Checked], then: Callable[[Checked], None]) -> None:
        self.waiting.append((work, then))

    def run(self) -> None:
        work, then = self.waiting.pop(0)
        then(work())


def test_a_large_network_is_checked_elsewhere_and_only_the_newest_counts() -> None:
    later = Later()
    editing = Editing(chain("TableInput", "ReLU"), background=later)
    assert not later.waiting, "a small one is checked at once"
    large = chain("TableInput", *["ReLU"] * AT_ONCE)
    editing.replace(large, saved=True)
    assert len(later.waiting) == 1
    assert not editing.checking.up_to_date
    editing.edit("", "rename", node="n1", name="first")
    editing.edit("", "rename", node="n1", name="second")
    assert len(later.waiting) == 1, "one at a time"
    later.run()
    assert editing.checked is not None
    assert len(editing.checked.nodes) == 2, "what is outdated when it arrives is not shown"
    later.run()
    assert editing.checking.up_to_date
    assert {"second"} <= {node.name for node in editing.checked.nodes}
    assert not later.waiting


def test_finish_waits_for_the_newest() -> None:
    later = Later()
    checking = Checking(later)
    document = chain("TableInput", *["ReLU"] * AT_ONCE)
    checking.look(document, Place(document.main.id))
    assert checking.checked is None
    assert checking.finish().problems == check(document).problems
    later.run()
    assert checking.up_to_date


def test_going_to_a_step_is_one_change_however_many_steps_lie_between() -> None:
    editing = Editing()
    for number in range(4):
        editing.edit("", "add_node", type="ReLU", name=f"r{number}")
    told: list[Diff] = []
    editing.changed.connect(told.append)
    names: list[str] = []
    editing.stepped.connect(lambda name, diff: names.append(name))
    assert editing.go_to(1) and len(editing.document.nodes()) == 1
    assert editing.go_to(3) and len(editing.document.nodes()) == 3
    assert not editing.go_to(3)
    assert len(told) == 2 and names == ["Undo 3 steps", "Redo 2 steps"]
    assert editing.history.depth == 3 and len(editing.history.undone) == 1
    assert editing.go_to(-5) and not editing.document.nodes() and editing.history.depth == 0
    assert editing.go_to(99) and len(editing.document.nodes()) == 4
    assert editing.undo() and len(editing.document.nodes()) == 3
