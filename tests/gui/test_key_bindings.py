from __future__ import annotations

import pytest

from nndesigner.base.folders import state_folder
from nndesigner.gui import key_bindings
from nndesigner.gui.action_table import TABLE
from nndesigner.gui.key_bindings import Bindings, canonical, own_letters, settled
from nndesigner.gui.key_presets import PRESETS, USUAL

IDS = {action.id for action in TABLE}


@pytest.fixture(autouse=True)
def no_file():
    (state_folder() / "keys.json").unlink(missing_ok=True)
    yield
    (state_folder() / "keys.json").unlink(missing_ok=True)


def test_a_key_is_written_one_way() -> None:
    assert canonical("ctrl+d") == "Ctrl+D" and canonical("PgDown") == "PgDown"
    for none in ("", "Nonsense", "Ctrl+K, Ctrl+J", "Alt", "Ctrl+Shift"):
        assert canonical(none) == "", none


@pytest.mark.parametrize("preset", list(PRESETS))
def test_presets_are_sound(preset) -> None:
    changed = PRESETS[preset]
    assert changed.keys() <= IDS, changed.keys() - IDS
    given = [key for keys in changed.values() for key in keys]
    assert all(canonical(key) for key in given), "every key is one that Qt understands"
    assert len(given) == len(set(given)), "no key means two things"
    keys = settled(TABLE, Bindings(preset=preset))
    found = [key for of_one in keys.values() for key in of_one]
    assert len(found) == len(set(found))
    for id, wanted in changed.items():
        assert keys[id] == tuple(map(canonical, wanted)), id
    must = {
        "add",
        "undo",
        "redo",
        "delete",
        "duplicate",
        "copy",
        "paste",
        "train",
        "fit",
        "shortcuts",
        "commands",
    }
    assert all(keys[id] for id in must), "what everybody needs has a key in every preset"


def test_the_usual_keys_are_those_of_the_table() -> None:
    assert settled(TABLE, Bindings()) == {a.id: tuple(map(canonical, a.keys)) for a in TABLE}
    assert own_letters(TABLE, Bindings()) == frozenset()


def test_a_users_keys_win_over_the_preset_and_that_over_the_table() -> None:
    keys = settled(TABLE, Bindings(preset="Blender"))
    assert keys["select-all"] == ("A", "Ctrl+A") and keys["delete"] == ("X", "Del")
    assert "Backspace" not in keys["delete"], "the preset says all that an action has"
    mine = Bindings(preset="Blender").given("undo", ["X", "Ctrl+A"])
    keys = settled(TABLE, mine)
    assert keys["undo"] == ("X", "Ctrl+A") and keys["delete"] == ("Del",) and keys["select-all"] == ("A",)
    assert settled(TABLE, mine.without("undo"))["delete"] == ("X", "Del")


def test_letters_that_somebody_gave_to_actions_do_not_search() -> None:
    assert "A" in own_letters(TABLE, Bindings(preset="Blender"))
    assert "H" in own_letters(TABLE, Bindings(preset="NodeGraphQt")), "elsewhere it folds what is selected"
    assert own_letters(TABLE, Bindings().given("fit", ["G", "Ctrl+9"])) == {"G"}


def test_what_was_changed_is_kept_and_what_cannot_be_read_is_forgotten() -> None:
    mine = Bindings(preset="Unreal").given("undo", ["U"])
    key_bindings.keep(mine)
    assert key_bindings.read() == mine
    for broken in (b"", b"{", b'{"keys": 3}', b'{"version": 99}', b"\xff"):
        (state_folder() / "keys.json").write_bytes(broken)
        assert key_bindings.read() == Bindings(), broken
    (state_folder() / "keys.json").write_bytes(
        b'{"preset": "Gone", "keys": {"no-such": ["Q"], "fit": ["??", "J"]}}'
    )
    keys = settled(TABLE, key_bindings.read())
    assert keys["fit"] == ("J",) and "no-such" not in keys and keys["undo"] == ("Ctrl+Z",)
    assert key_bindings.read().preset != USUAL, "a preset of a newer version is not forgotten"
