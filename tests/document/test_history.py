from __future__ import annotations

from nndesigner.document.diff import Diff
from nndesigner.document.history import History
from nndesigner.document.records import Note


def step(number: int) -> Diff:
    return Diff(added={str(number): Note(id=str(number), network="net")})


def filled(number: int, limit: int = 100) -> History:
    history = History(limit)
    for i in range(number):
        history.push(f"step {i}", step(i))
    return history


def names(history: History) -> list[str]:
    return [done.name for done in history.done]


def test_undo_and_redo_walk_along_the_steps() -> None:
    history = filled(3)
    assert history.undo().name == "step 2"  # type: ignore[union-attr]
    assert history.undo().name == "step 1"  # type: ignore[union-attr]
    assert names(history) == ["step 0"]
    assert history.redo().name == "step 1"  # type: ignore[union-attr]
    assert [s.name for s in history.undone] == ["step 2"]
    assert filled(0).undo() is None
    assert filled(1).redo() is None


def test_a_new_step_forgets_what_was_undone() -> None:
    history = filled(3)
    history.undo()
    history.push("other", step(9))
    assert names(history) == ["step 0", "step 1", "other"]
    assert history.redo() is None


def test_a_step_of_nothing_is_none() -> None:
    history = filled(1)
    history.undo()
    history.push("nothing", Diff())
    assert len(history.undone) == 1


def test_only_so_many_steps_are_kept() -> None:
    history = filled(10, limit=4)
    assert names(history) == ["step 6", "step 7", "step 8", "step 9"]
    assert history.depth == 10


def test_saved_is_a_place_in_the_history() -> None:
    history = filled(2)
    assert not history.is_saved
    history.saved()
    assert history.is_saved
    history.push("more", step(5))
    assert not history.is_saved
    history.undo()
    assert history.is_saved
    history.undo()
    assert not history.is_saved
    history.push("other", step(6))
    assert not history.is_saved, "the same depth, another document"
    history.undo()
    history.undo()
    assert not history.is_saved


def test_unsaved_is_saved_nowhere() -> None:
    history = History()
    assert history.is_saved
    history.unsaved()
    assert not history.is_saved
    history.push("a", step(1))
    history.undo()
    assert not history.is_saved


def test_bail_forgets_and_gives_the_way_back() -> None:
    history = filled(1)
    mark = history.mark()
    history.push("a", step(5))
    history.push("b", step(5).inverse())
    history.push("c", step(6))
    assert history.bail(mark) == step(6).inverse()
    assert names(history) == ["step 0"]
    assert history.bail(mark) == Diff()


def test_merge_makes_one_step() -> None:
    history = filled(1)
    mark = history.mark()
    history.push("a", step(5))
    history.merge(mark, "alone")
    assert names(history) == ["step 0", "a"], "one step stays as it is"
    history.push("b", step(6))
    history.merge(mark, "both")
    assert names(history) == ["step 0", "both"]
    assert history.done[-1].diff == Diff(added={**step(5).added, **step(6).added})


def test_merge_to_nothing_is_no_step() -> None:
    history = filled(1)
    mark = history.mark()
    history.push("a", step(5))
    history.push("b", step(5).inverse())
    history.merge(mark, "there and back")
    assert names(history) == ["step 0"]


def test_a_place_inside_a_merged_step_is_not_saved_any_more() -> None:
    history = filled(1)
    mark = history.mark()
    history.push("a", step(5))
    history.saved()
    history.push("b", step(6))
    history.merge(mark, "both")
    assert not history.is_saved
    history.undo()
    assert not history.is_saved


def test_amend_reaches_every_step() -> None:
    before, after = Note(id="n", network="net", text="old"), Note(id="n", network="net", text="known")
    later = Note(id="n", network="net", text="later")
    history = History()
    history.push("add", Diff(added={"n": before}))
    history.push("change", Diff(changed={"n": (before, later)}))
    history.push("back", Diff(changed={"n": (later, before)}))
    history.push("remove", Diff(removed={"n": before}))
    history.undo()
    history.saved()
    history.amend(before, after)
    assert [s.diff for s in (*history.done, *history.undone)] == [
        Diff(added={"n": after}),
        Diff(changed={"n": (after, later)}),
        Diff(changed={"n": (later, after)}),
        Diff(removed={"n": after}),
    ]
    assert not history.is_saved
