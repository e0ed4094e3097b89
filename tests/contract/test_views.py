"""Every live view has a test that feeds it what has a known answer, and checks what it shows.

`KNOWN` names them, view by view: a layer made dead, a gradient that vanishes, samples that are known to be wrong. A
view without an entry fails here, and so does an entry whose test is gone, renamed or skipped.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from nndesigner.check.alarms.alarms import alarms
from nndesigner.gui.monitors.monitor import views

TESTS = Path(__file__).parents[1]
HERE = "gui/monitors/"

KNOWN: dict[str, tuple[str, ...]] = {
    "curves": (
        HERE + "test_known_answers.py::test_curves_are_the_losses_that_the_run_had",
        HERE + "test_curves.py::test_numbers_from_messages_are_drawn",
    ),
    "overfitting": (
        HERE + "test_overfitting.py::test_the_best_epoch_the_gap_and_how_near_the_limit_it_is",
        HERE + "test_overfitting.py::test_a_network_that_learns_by_heart",
    ),
    "activations": (
        HERE + "test_known_answers.py::test_what_leaves_a_dead_layer_is_all_zero",
        HERE + "test_known_answers.py::test_what_is_not_finite_is_told_beside_the_values",
    ),
    "attention": (
        HERE + "test_attention.py::test_a_step_that_looks_back_by_one_is_a_line_below_the_diagonal",
    ),
    "weights": (HERE + "test_known_answers.py::test_weights_that_are_all_alike_are_one_bar",),
    "filters": (HERE + "test_filters.py::test_the_sign_of_a_weight_is_its_colour",),
    "activation_history": (
        HERE + "test_over_time.py::test_what_a_dead_layer_gives_is_all_in_the_strip_of_zeros",
    ),
    "gradient_history": (
        HERE + "test_over_time.py::test_gradients_of_the_first_layers_lie_powers_of_ten_lower",
    ),
    "projection": (HERE + "test_projection.py::test_points_have_the_colours_of_their_classes",),
    "boundary": (HERE + "test_known_answers.py::test_the_plane_is_cut_where_the_weights_say",),
    "regression": (HERE + "test_regression.py::test_a_network_that_always_says_the_mean",),
    "confusion": (HERE + "test_known_answers.py::test_a_network_that_always_answers_alike_is_one_column",),
    "errors": (HERE + "test_errors.py::test_pictures_with_truth_and_answer",),
    "scores": (HERE + "test_scores.py::test_a_blind_a_perfect_and_an_upside_down_network",),
    "health": (
        HERE + "test_known_answers.py::test_gradients_of_thirty_sigmoids_have_ever_shorter_bars",
        HERE + "test_known_answers.py::test_a_dead_layer_has_its_share_in_the_table",
    ),
    "layers_over_time": (
        HERE + "test_over_time.py::test_a_gradient_that_vanishes_darkens_towards_the_input",
        HERE + "test_over_time.py::test_dead_units_are_a_light_row_and_only_rectifiers_have_one",
    ),
    "updates": (HERE + "test_over_time.py::test_steps_that_are_too_small_or_too_large",),
    "microscope": (
        HERE + "test_microscope.py::test_the_equation_is_that_of_the_unit_with_the_names_of_the_columns",
        HERE + "test_microscope.py::test_a_dead_unit_is_said_to_be_dead",
    ),
    "unit_maps": (HERE + "test_microscope.py::test_a_map_for_each_unit_and_a_click_looks_closely",),
    "hidden_states": (
        HERE + "test_microscope.py::test_the_state_over_time_with_the_gates_of_the_unit_clicked",
    ),
    "signal_gradient": (HERE + "test_signal_gradient.py::test_a_gradient_that_vanishes_is_drawn_and_said",),
    "lr_finder": (
        "explorations/test_learning_rate.py::test_the_steepest_place_and_a_tenth_of_the_minimum",
        HERE + "test_explorer.py::test_a_suggested_learning_rate_is_one_click_and_one_undo_away",
    ),
    "gradient_noise": (
        "explorations/test_gradient_noise.py::test_it_is_the_trace_of_the_covariance_over_the_squared_mean",
        HERE + "test_explorer.py::test_the_batch_size_hint",
    ),
    "layer_costs": (
        "explorations/test_layer_costs.py::test_a_large_layer_takes_most_of_the_time_and_of_the_weights",
        HERE + "test_layer_costs.py::test_the_most_expensive_layer_is_on_top",
    ),
    "sharpness": (
        "explorations/test_sharpness.py::test_a_linear_unit_has_the_curvature_of_its_data",
        HERE + "test_explorer.py::test_sharpness_is_held_against_the_limit",
    ),
    "loss_landscape": (
        "explorations/test_loss_landscape.py::test_around_the_minimum_of_a_quadratic_it_is_a_symmetric_bowl",
        HERE + "test_explorer.py::test_the_landscape_as_a_plane_along_lines_and_with_the_way_in_it",
    ),
    "written_text": (
        HERE + "test_written_text.py::test_a_network_that_knows_the_next_letter_goes_on_with_the_alphabet",
    ),
    "generated": (HERE + "test_made_samples.py::test_samples_stand_in_a_column_for_each_class",),
    "discriminator_scores": (HERE + "test_made_samples.py::test_both_heaps_of_scores_are_over_one_axis",),
    "reconstructions": (HERE + "test_made_samples.py::test_what_comes_back_stands_below_what_went_in",),
    "latent_space": (
        HERE + "test_made_samples.py::test_codes_are_coloured_by_a_class_that_the_network_does_not_read",
    ),
    "machine": (HERE + "test_machine.py::test_samples_memory_and_the_time_left",),
    "spectrum": (HERE + "test_spectrum.py::test_one_direction_and_all_alike",),
    "time_split": (HERE + "test_time_split.py::test_the_parts_of_a_step_and_what_to_do",),
}


@pytest.mark.parametrize("view", [view.name for view in views()])
def test_every_view_has_a_test_with_a_known_answer(view: str) -> None:
    assert KNOWN.get(view), f"say in KNOWN which test feeds “{view}” with a known answer"
    for place in KNOWN[view]:
        assert_there(place)


def test_no_entry_is_of_a_view_that_is_gone() -> None:
    assert set(KNOWN) == {view.name for view in views()}


@pytest.mark.parametrize("code", [alarm.code for alarm in alarms()])
def test_every_alarm_is_raised_by_a_test_of_its_own(code: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (TESTS / "check" / "alarms").glob("test_*.py")]
    assert any(f'"{code}"' in text for text in texts)


def assert_there(place: str) -> None:
    """A test of this place is there, is not skipped, and asserts something."""
    file, _, name = place.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    found = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)
    assert found is not None, f"{place} is gone"
    marks = {ast.unparse(decorator) for decorator in found.decorator_list}
    assert not any("skip" in mark or "xfail" in mark for mark in marks), f"{place} is not run"
    assert any(isinstance(n, ast.Assert) for n in ast.walk(found)), f"{place} asserts nothing"
