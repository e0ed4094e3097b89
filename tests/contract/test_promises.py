"""What is promised for when things go wrong, row by row, and the tests that hold each promise.

`PROMISES` names the tests of every row; a row whose test is gone, renamed or skipped fails here. How often a thing is
tried stands in the tests: in `make test`, or in `make test-long` (tests marked long) and `make soak`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

PROMISES: dict[str, tuple[str, tuple[str, ...]]] = {
    "worker killed": (
        "The window stays, says what happened, and the resumed run ends with the same bits.",
        (
            "e2e/test_kills.py::test_the_worker_is_killed_and_resumed_bit_for_bit",
            "e2e/test_kills.py::test_the_worker_is_killed_twenty_times",
            "worker/jobs/test_train.py::test_a_killed_run_goes_on_and_ends_bit_for_bit_as_one_that_was_not",
            "worker/jobs/test_train.py::test_twenty_kills_at_random_moments",
        ),
    ),
    "window killed while editing": (
        "What is recovered is a prefix of the edits that ends at most two seconds before.",
        (
            "session/test_files.py::test_killed_while_editing_the_last_two_seconds_at_most_are_lost",
            "session/test_files.py::test_killed_while_editing_fifty_times",
            "e2e/test_kills.py::test_the_window_is_killed_while_editing",
        ),
    ),
    "D1-D3 saving": (
        "Killed, disk full or write error at any call: the file is the old one or the new one.",
        (
            "project/test_save_faults.py::test_saving_with_a_fault_at_every_call",
            "project/test_save_faults.py::test_saving_projects_of_every_size_with_a_fault_at_every_call",
            "base/test_atomic_faults.py::test_save_with_a_fault_at_every_call",
            "base/test_atomic_faults.py::test_a_fault_while_cleaning_up_after_a_fault",
            "base/test_atomic.py::test_a_full_disk_at_every_write",
            "base/test_atomic.py::test_every_size_of_a_real_disk",
        ),
    ),
    "D6 torn journal": (
        "A journal that was cut or damaged anywhere gives a prefix or is ignored.",
        (
            "project/test_journal.py::test_a_journal_cut_anywhere_gives_a_prefix",
            "project/test_journal.py::test_a_flipped_bit_anywhere_gives_a_prefix",
            "base/test_checked_log.py::test_cut_at_every_byte_it_is_a_prefix",
            "base/test_checked_log.py::test_five_thousand_flipped_bits_leave_a_prefix",
        ),
    ),
    "D7 recovery loop": (
        "What ended the program twice while opening is not opened a third time; the files stay.",
        (
            "project/test_start_guard.py::test_two_failures_in_a_row_are_enough",
            "project/test_start_guard.py::test_the_third_start_reaches_a_window",
            "app/test_window_start.py::test_the_third_start_reaches_a_window",
            "e2e/test_faults_recovery.py::test_work_that_ends_the_program_while_it_is_restored_is_left_on_the_disk",
        ),
    ),
    "D8 changed outside": (
        "Nothing is overwritten unasked, in whatever order saving, outside edits, crash and recovery come.",
        (
            "session/test_files.py::test_crash_then_recover",
            "session/test_files.py::test_save_then_crash",
            "session/test_files.py::test_save_edit_crash_recover",
            "session/test_files.py::test_edit_crash_outside_recover",
            "session/test_files.py::test_outside_edit_crash_recover_after_saving_over_it",
            "session/test_files.py::test_crash_recover_crash_recover",
            "session/test_files.py::test_crash_outside_recover_outside_save",
            "session/test_files.py::test_what_another_program_wrote_is_not_overwritten_unasked",
        ),
    ),
    "D9 two windows": (
        "Of any number that open a project at once, exactly one writes; a dead holder keeps nobody out.",
        (
            "e2e/test_faults_window.py::test_fifty_races_of_two_sessions_and_ten_dead_holders",
            "base/test_lock.py::test_fifty_start_races_have_one_winner_each",
            "base/test_lock.py::test_ten_stale_locks_are_taken_over",
        ),
    ),
    "D10 links and modes": (
        "Links are followed, modes kept, and what cannot be written safely is refused.",
        (
            "base/test_atomic.py::test_links_are_followed_and_stay",
            "base/test_atomic.py::test_a_dangling_link_makes_the_file_that_it_names",
            "base/test_atomic.py::test_the_mode_is_kept",
            "base/test_atomic.py::test_a_read_only_file_is_refused",
            "base/test_atomic.py::test_a_read_only_folder_is_refused",
            "base/test_atomic.py::test_a_hard_link_is_refused_with_the_way_out",
            "base/test_atomic.py::test_any_name_that_the_disk_takes",
            "project/test_writer.py::test_saving_follows_links_and_refuses_folders",
        ),
    ),
    "D11 versions": (
        "Every released version opens; a newer file is refused and left as it was.",
        (
            "project/test_reader.py::test_every_released_version_opens_saves_and_opens_equal",
            "project/test_reader.py::test_a_file_from_a_newer_version_is_refused_and_left_as_it_was",
            "session/test_files.py::test_the_first_save_in_a_newer_version_keeps_a_copy",
        ),
    ),
    "D12 unknown layers": (
        "What is not known is kept to the byte.",
        ("project/test_reader.py::test_unknown_types_keep_all_they_have",),
    ),
    "U1 undo": (
        "Undo all the way back and redo all the way forward are exact.",
        (
            "document/test_undo.py::test_undo_all_and_redo_all_are_exact",
            "document/test_undo.py::test_undo_all_and_redo_all_are_exact_at_length",
            "document/test_undo.py::test_every_verb_is_hit",
        ),
    ),
    "U2 derived state": (
        "What is worked out from the document is what a rebuild gives.",
        (
            "document/test_undo.py::test_undo_all_and_redo_all_are_exact",
            "gui/canvas/test_arrays.py::test_many_random_edits",
            "gui/canvas/test_arrays.py::test_scripted_edits_undo_and_redo",
        ),
    ),
    "U3 half an edit": (
        "An edit that breaks off leaves document and history as they were.",
        (
            "e2e/test_faults_edits.py::test_two_thousand_edits_that_break_off_at_every_call_inside",
            "session/test_editing.py::test_an_edit_that_fails_half_way_leaves_the_canonical_bytes",
            "session/test_editing.py::test_undo_that_cannot_be_applied_leaves_the_history",
        ),
    ),
    "U4 canvas and document": (
        "Whatever mouse and keys do, the canvas shows the document, and it is clean exactly where it was saved.",
        (
            "gui/canvas/test_scripts.py::test_scripts_of_events_keep_canvas_and_document_equal",
            "gui/canvas/test_scripts.py::test_a_hundred_scripts_of_events_keep_canvas_and_document_equal",
        ),
    ),
    "S2 absurd files": (
        "JSON bombs and absurd sizes are refused or mended before anything is allocated.",
        (
            "project/test_reader.py::test_there_are_forty",
            "project/test_reader.py::test_a_hostile_file_is_refused_or_opens_clean",
            "project/test_reader.py::test_what_can_be_mended_opens_and_the_absurd_is_refused",
        ),
    ),
    "S7 data bombs": (
        "A data file that claims or becomes much, or is damaged, is read or refused with a sentence, in the worker.",
        (
            "worker/jobs/test_bombs.py::test_there_are_at_least_thirty",
            "worker/jobs/test_bombs.py::test_bombs_are_read_or_refused_with_a_sentence",
            "data/test_mutants.py::test_there_are_five_thousand",
            "data/test_mutants.py::test_a_damaged_file_is_read_or_refused",
        ),
    ),
    "S13 spreadsheet formulas": (
        "A text in a CSV file is never a formula; numbers come back equal.",
        (
            "base/test_csv_text.py::test_text_is_never_a_formula",
            "base/test_csv_text.py::test_numbers_stay_numbers",
            "base/test_csv_text.py::test_all_csv_is_written_in_one_place",
        ),
    ),
    "larger than memory": (
        "Tables and pictures larger than memory train in less than 2 GB; a wrong row is named by its line.",
        (
            "data/test_streamed_table.py::test_it_is_the_table_in_memory",
            "data/test_streamed_table.py::test_a_wrong_cell_is_named_by_its_line",
            "worker/jobs/test_large_data.py::test_a_table_of_a_million_rows_trains",
            "worker/jobs/test_large_data.py::test_a_table_of_two_gigabytes_trains",
            "worker/jobs/test_large_data.py::test_pictures_beyond_what_is_kept_in_memory_train",
            "worker/jobs/test_large_data.py::test_five_gigabytes_of_pictures_train",
        ),
    ),
    "S4 unsafe calls": (
        "No unsafe call gets into the code.",
        (
            "contract/test_unsafe_calls.py::test_the_package_has_no_unsafe_call",
            "contract/test_unsafe_calls.py::test_each_ban_fires",
        ),
    ),
    "S10 no port, no flood": (
        "Nothing listens; fuzzed frames fail the worker only; a flood takes neither memory nor patience.",
        (
            "e2e/test_faults_window.py::test_nothing_listens_while_the_window_trains",
            "e2e/test_faults_window.py::test_a_flood_of_messages",
            "worker/test_main.py::test_no_process_of_the_worker_listens_or_has_a_socket_at_all",
            "runs/test_launcher.py::test_ten_thousand_fuzzed_frames_fail_the_worker_and_nothing_else",
            "protocol/test_codec.py::test_ten_thousand_mutated_streams",
        ),
    ),
    "S11 markup in names": (
        "A name is shown as it is, and reaches nobody.",
        (
            "e2e/test_faults_window.py::test_two_hundred_hostile_names_reach_nobody",
            "e2e/test_faults_window.py::test_the_listener_hears",
        ),
    ),
    "S12 paths in projects": (
        "A project that names files elsewhere makes nobody open them.",
        (
            "e2e/test_faults_window.py::test_paths_outside_the_folder_are_not_followed_on_load",
            "project/test_reader.py::test_opening_runs_nothing_and_touches_no_other_file",
        ),
    ),
    "G1 failures inside": (
        "Whatever fails inside the window: it lives, the document is unchanged, one dialog is shown.",
        (
            "e2e/test_faults_exceptions.py::test_thirty_places_fail_ten_times_each",
            "app/test_crash.py::test_the_program_lives_and_says_so_once",
        ),
    ),
    "G2 lifetimes": (
        "Adding, deleting, undoing and redoing leave no object of Qt's and no memory behind.",
        (
            "gui/canvas/test_scripts.py::test_adding_and_deleting_leaves_nothing_behind",
            "gui/canvas/test_scripts.py::test_adding_and_deleting_ten_thousand_times_leaves_nothing_behind",
        ),
    ),
    "G3 stalls": (
        "While a large network is edited or saved, or long curves grow, the window answers within 50 ms.",
        (
            "e2e/test_faults_stalls.py::test_saving_ten_thousand_layers_keeps_the_window_awake",
            "gui/monitors/test_long_curves.py::test_long_curves_under_a_thousand_messages_a_second",
            "e2e/test_faults_stalls.py::test_editing_a_thousand_layers_keeps_the_window_awake",
            "e2e/test_faults_stalls.py::test_editing_a_thousand_layers_at_length",
        ),
    ),
    "G4 closed at a bad time": (
        "Closing ends everything, whatever was going on.",
        (
            "e2e/test_faults_window.py::test_opened_and_closed_in_each_of_eight_ways",
            "e2e/test_faults_window.py::test_opened_and_closed_two_hundred_times",
        ),
    ),
    "G5 screens": (
        "At every scaling the canvas is drawn and hit; without a display there is a sentence and an exit code.",
        (
            "gui/canvas/test_scaling.py::test_any_scaling_of_the_screen",
            "app/test_cli.py::test_without_a_display_one_sentence",
        ),
    ),
    "G6 bad bindings": (
        "Combinations of Python, PySide6 and pyqtgraph that lose references are refused with a sentence.",
        (
            "app/test_support.py::test_another_triple_is_refused_with_a_way_out",
            "app/test_support.py::test_two_thousand_void_calls_keep_the_count_of_none",
            "app/test_support.py::test_two_hundred_thousand_mixed_calls",
            "app/test_support.py::test_exceptions_in_slots_paints_and_events_reach_the_hook",
            "app/test_support.py::test_values_pass_through_signals_unchanged",
        ),
    ),
    "T2 checkpoints": (
        "Killed while a checkpoint is written, a whole one always loads.",
        (
            "base/test_atomic_faults.py::test_checkpoint_with_a_fault_at_every_call",
            "e2e/test_faults_checkpoints.py::test_a_checkpoint_is_killed_where_it_becomes_one",
            "e2e/test_faults_checkpoints.py::test_a_checkpoint_with_a_fault_at_every_call",
        ),
    ),
    "T4 bit rot": (
        "A damaged checkpoint is never loaded in silence.",
        (
            "training/test_checkpoints.py::test_a_flipped_bit_or_a_missing_end_is_never_loaded_in_silence",
            "base/test_atomic.py::test_a_thousand_flips_and_cuts_are_all_seen",
        ),
    ),
    "T8 window dies while training": (
        "Training stops with a checkpoint and can be resumed at the next start; a detached run goes on and is found.",
        (
            "e2e/test_kills.py::test_the_window_is_killed_while_training",
            "e2e/test_kills.py::test_a_detached_run_goes_on_and_any_window_and_the_command_line_find_it",
            "session/test_following.py::test_a_run_that_broke_off_is_offered",
            "session/test_following.py::test_a_run_that_goes_on_is_followed_steered_and_heard_to_its_end",
            "worker/jobs/test_train.py::test_when_the_designer_is_gone_the_run_is_saved_and_the_worker_ends",
            "worker/test_main.py::test_a_worker_that_warms_up_ends_when_nobody_waits_any_more",
        ),
    ),
}
NEVER = {"skip", "skipif", "xfail"}


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def marks(function: ast.FunctionDef) -> set[str]:
    return {
        node.attr
        for wrap in function.decorator_list
        for node in ast.walk(wrap)
        if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize("row", PROMISES)
def test_every_promise_has_its_tests(row: str) -> None:
    promise, tests = PROMISES[row]
    assert promise.endswith(".") and tests
    every_commit = []
    for test in tests:
        file, _, name = test.partition("::")
        assert (TESTS / file).is_file(), f"{row}: {file} is gone"
        found = functions(TESTS / file).get(name)
        assert found is not None, f"{row}: {test} is gone"
        inside = {node.attr for node in ast.walk(found) if isinstance(node, ast.Attribute)}
        assert not inside & NEVER, f"{row}: {test} may be skipped"
        assert any(isinstance(node, ast.Assert | ast.Call) for node in ast.walk(found)), (
            f"{row}: {test} is empty"
        )
        if not marks(found) & {"long", "soak"}:
            every_commit.append(test)
    assert every_commit, f"{row}: nothing of it is tried at every commit"
