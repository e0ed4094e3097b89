"""Curves show the newest numbers of every run, in few points, with a key, and leave the ranges alone when told."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest

from nndesigner.gui.monitors.curves import Curves, metrics_of
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.monitors.plot import Axis, number
from nndesigner.gui.monitors.series import MOST_POINTS
from nndesigner.gui.monitors.source import run_from_folder
from nndesigner.protocol.messages import ScalarRow, Scalars


@pytest.fixture
def curves(panel: MonitorsPanel) -> Curves:
    found = panel.monitors["curves"]
    assert isinstance(found, Curves)
    return found


def test_before_the_first_run_it_says_what_will_be_here(curves: Curves) -> None:
    assert curves.is_empty
    assert "Train" in curves.empty.sentence.text()


def test_a_run_that_ended_before_its_first_step_promises_nothing(curves: Curves, panel, trained) -> None:
    panel.show_runs([trained("0001-nothing", steps=0, state="failed").path])
    curves.draw()
    assert curves.is_empty and "ended" in curves.empty.sentence.text()


def test_numbers_from_messages_are_drawn(curves: Curves, panel, begun, scalars, clock) -> None:
    worker = begun()
    worker.say(scalars(300))
    worker.say(clock)
    panel.draw_now()
    assert not curves.is_empty
    assert tuple(curves.plots) == ("loss", "accuracy")
    x, y = curves.plots["loss"].drawn("0:train:loss:raw")
    assert x.tolist() == list(range(1, 301))
    assert y[0] == 2.01
    x, y = curves.plots["accuracy"].drawn("0:validation:accuracy")
    assert (len(x), y[-1]) == (30, 1 - 1.5 / 300)
    assert curves.plots["loss"].ranges[0] == (0, 1000)  # the whole run is in sight
    texts = [(entry.text, entry.value) for entry in curves.plots["accuracy"].legend.entries]
    assert texts == [("train", "0.9967"), ("validation", "0.9950")]


def test_drawing_equals_that_of_the_folder(curves: Curves, panel, begun, scalars, trained) -> None:
    begun().say(scalars(300))
    panel.draw_now()
    live = {
        name: [(x.tolist(), y.tolist()) for line in plot.lines for x, y in [plot.drawn(line.key)]]
        for name, plot in curves.plots.items()
    }
    panel.show_runs([trained("0009-kept", 300).path])
    panel.draw_now()
    kept = {
        name: [(x.tolist(), y.tolist()) for line in plot.lines for x, y in [plot.drawn(line.key)]]
        for name, plot in curves.plots.items()
    }
    assert kept == live


def test_newer_numbers_take_the_place_of_older_ones(curves: Curves, panel, begun, scalars, qtbot) -> None:
    worker = begun()
    worker.say(scalars(50))
    panel.draw_now()
    worker.say(scalars(25, start=51))
    qtbot.waitUntil(lambda: curves.plots["loss"].drawn("0:train:loss:raw")[0][-1] == 75, timeout=2000)


def test_a_long_run_is_drawn_in_few_points_with_its_spike(curves: Curves, panel, begun) -> None:
    worker = begun()
    losses = [
        ScalarRow(i, i / 1000, "train", "loss", 9.0 if i == 70_001 else 0.5, i * 0.1) for i in range(100_000)
    ]
    worker.say(Scalars(tuple(losses)))
    panel.draw_now()
    raw = curves.plots["loss"].drawn("0:train:loss:raw")[1]
    assert len(raw) <= MOST_POINTS
    assert raw.max() == 9.0
    assert len(curves.plots["loss"].drawn("0:train:loss")[1]) <= MOST_POINTS


def test_a_curve_of_very_many_points_keeps_its_spike_and_shows_every_point_closer(
    curves: Curves, panel, begun, monkeypatch
) -> None:
    monkeypatch.setattr("nndesigner.gui.monitors.curves.VERY_LONG", 5_000)
    worker = begun()
    values = [1.0 + 0.01 * (step % 7) for step in range(20_000)]
    values[7_777] = 9.0
    for start in (0, 15_000):
        rows = [
            ScalarRow(i, i / 100, "train", "loss", values[i], 0.0)
            for i in range(start, min(start + 15_000, 20_000))
        ]
        worker.say(Scalars(tuple(rows)))
        panel.draw_now()
    plot = curves.plots["loss"]
    x, y = plot.drawn("0:train:loss:raw")
    assert len(x) <= MOST_POINTS + 2 and x[-1] == 19_999
    assert x[y.argmax()] == 7_777 and y.max() == 9.0
    assert plot.legend.entries[0].value != ""
    plot._view.setRange(xRange=(7_700, 7_800), padding=0)
    plot._moved()
    curves.refresh()
    x, y = plot.drawn("0:train:loss:raw")
    assert x.tolist() == list(range(7_699, 7_802)), (
        "every step that is in sight, and a neighbour on each side"
    )


def test_two_runs_have_a_colour_each_and_one_entry_in_the_key(curves: Curves, panel, trained) -> None:
    paths = [trained(name, steps).path for name, steps in (("0001-one", 300), ("0002-two", 200))]
    panel.show_runs(paths)
    panel.draw_now()
    entries = curves.plots["loss"].legend.entries
    assert [entry.text for entry in entries] == ["0001-one", "0002-two"]
    assert len({entry.color for entry in entries}) == 2
    assert curves.plots["loss"].drawn("1:validation:loss")[0][-1] == 200


def test_a_click_in_the_key_hides_a_run_and_shows_it_again(curves: Curves, panel, begun, scalars) -> None:
    begun().say(scalars(300))
    panel.draw_now()
    legend = curves.plots["loss"].legend
    place = next(rect for rect, entry in legend._places if entry.text == "validation").center().toPoint()
    QTest.mouseClick(legend, Qt.MouseButton.LeftButton, pos=place)
    assert len(curves.plots["loss"].drawn("0:validation:loss")[0]) == 0
    assert len(curves.plots["accuracy"].drawn("0:validation:accuracy")[0]) == 0
    QTest.mouseClick(legend, Qt.MouseButton.LeftButton, pos=place)
    assert len(curves.plots["loss"].drawn("0:validation:loss")[0]) == 30


def test_a_logarithmic_axis_draws_logarithms(curves: Curves, panel, begun, scalars) -> None:
    begun().say(scalars(300))
    panel.draw_now()
    curves.log_button.click()
    _, y = curves.plots["loss"].drawn("0:validation:loss")
    assert y[0] == pytest.approx(np.log10(0.22))
    _, y = curves.plots["accuracy"].drawn("0:validation:accuracy")
    assert y[-1] == 1 - 1.5 / 300  # scores stay as they are


def test_a_loss_that_is_no_number_breaks_nothing(curves: Curves, panel, begun) -> None:
    values = [1.0, float("nan"), float("inf"), 0.0, 0.5]
    begun().say(Scalars(tuple(ScalarRow(i, 0.1 * i, "train", "loss", v, 0.0) for i, v in enumerate(values))))
    panel.draw_now()
    assert curves.plots["loss"].drawn("0:train:loss")[1].tolist() == [1.0, 0.0, 0.5]
    curves.log_button.click()
    assert curves.plots["loss"].drawn("0:train:loss")[0].tolist() == [0.0, 4.0]


def test_over_epochs_and_over_time(curves: Curves, panel, begun, scalars) -> None:
    begun().say(scalars(300))
    panel.draw_now()
    curves.set_along("epoch")
    assert curves.plots["loss"].drawn("0:validation:loss")[0][-1] == 30.0
    curves.set_along("second")
    assert curves.plots["loss"].drawn("0:validation:loss")[0][-1] == 3.0


def test_smoothing_is_a_choice(curves: Curves, panel, begun, scalars) -> None:
    begun().say(scalars(300))
    panel.draw_now()
    smooth = curves.plots["loss"].drawn("0:train:loss")[1]
    curves.set_smoothing("none")
    plain = curves.plots["loss"].drawn("0:train:loss")[1]
    assert np.abs(np.diff(smooth)).sum() < np.abs(np.diff(plain)).sum()
    assert len(curves.plots["loss"].drawn("0:train:loss:raw")[0]) == 0


def test_a_look_closer_stays_until_everything_is_asked_for(curves: Curves, panel, begun, scalars) -> None:
    worker = begun()
    worker.say(scalars(300))
    panel.draw_now()
    plot = curves.plots["loss"]
    plot.show_range(100, 150)
    assert not curves.all_button.isHidden()
    worker.say(scalars(100, start=301))
    panel.draw_now()
    assert plot.ranges[0] == (100, 150)
    assert plot.drawn("0:train:loss:raw")[0][[0, -1]].tolist() == [99, 151]
    QTest.mouseClick(curves.all_button, Qt.MouseButton.LeftButton)
    assert plot.ranges[0][0] == 0
    assert plot.drawn("0:train:loss:raw")[0][-1] == 400


def test_a_metric_that_joins_leaves_the_curves_in_sight_as_they_are(curves: Curves, panel, begun) -> None:
    worker = begun()
    worker.say(Scalars(tuple(ScalarRow(i, i / 30, "train", "loss", 2.0 / i, 0.0) for i in range(1, 31))))
    panel.draw_now()
    loss = curves.plots["loss"]
    loss.show_range(5, 10)
    worker.say(Scalars((ScalarRow(30, 1.0, "validation", "accuracy", 0.5, 0.0),)))
    panel.draw_now()
    assert tuple(curves.plots) == ("loss", "accuracy") and curves.plots["loss"] is loss
    assert all(plot.isVisible() for plot in curves.plots.values()), "at once, not with the next turn"
    assert loss.ranges[0] == (5, 10), "the part that is looked at stays in sight"
    curves.choose(["accuracy"])
    assert tuple(curves.plots) == ("accuracy",) and not loss.isVisible()


def test_ranges_move_in_steps(curves: Curves, panel, begun, scalars) -> None:
    worker = begun()
    seen = set()
    for start in range(1, 400, 10):
        worker.say(scalars(10, start=start))
        panel.draw_now()
        seen.add(curves.plots["loss"].ranges)
    assert len(seen) < 20


def test_the_crosshair_reads_the_values_where_it_stands(curves: Curves, panel, begun, scalars) -> None:
    begun().say(scalars(300))
    panel.draw_now()
    plot = curves.plots["accuracy"]
    view = plot._view
    place = view.mapViewToScene(QPointF(101, 0.9))
    plot._hover(place)
    assert plot.legend.lead.startswith("step 10")
    assert {e.text: e.value for e in plot.legend.entries}["train"] == "0.9900"
    plot._hover(QPointF(-100, -100))
    assert plot.legend.lead == "Accuracy"


def test_chips_choose_the_metrics(curves: Curves, panel, begun, scalars) -> None:
    worker = begun()
    worker.say(scalars(60))
    worker.say(
        Scalars(
            (
                ScalarRow(0, 0.0, "train", "learning rate", 0.001, 0.0),
                ScalarRow(40, 4.0, "train", "learning rate", 0.0005, 0.4),
            )
        )
    )
    panel.draw_now()
    assert "learning rate" not in curves.plots
    curves.choose(["learning rate"])
    assert tuple(curves.plots) == ("learning rate",)
    x, y = curves.plots["learning rate"].drawn("0:train:learning rate")
    assert x.tolist() == [0, 40, 40, 60]
    assert y.tolist() == [0.001, 0.001, 0.0005, 0.0005]


def test_metrics_come_in_an_order_that_people_expect(trained) -> None:
    run = trained("0001-one")
    run.append_rows(
        [ScalarRow(300, 30.0, "train", n, 1.0, 3.0) for n in ("learning rate", "epoch loss", "loss · b")]
    )
    run.close()
    assert metrics_of([run_from_folder(run.path)]) == ("loss", "loss · b", "accuracy", "learning rate")


def test_the_table_has_every_number(curves: Curves, panel, begun, scalars) -> None:
    begun().say(scalars(30))
    panel.draw_now()
    header, found = curves.table()
    assert header == ("run", "split", "name", "step", "epoch", "value", "seconds")
    assert len(found) == 30 + 3 * 3
    assert ("train", "loss", 1) in {(row[1], row[2], row[3]) for row in found}


def test_a_resume_that_cuts_the_curve_is_drawn(curves: Curves, panel, begun, scalars) -> None:
    worker = begun()
    worker.say(scalars(300))
    panel.draw_now()
    worker.say(Scalars((ScalarRow(100, 10.0, "", "resume", 0.0, 1.0),)))
    panel.draw_now()
    assert curves.plots["loss"].drawn("0:train:loss")[0][-1] == 100


@pytest.mark.parametrize("width", [60, 140, 300, 900])
@pytest.mark.parametrize("steps", [90, 1_600, 11_200, 1_000_000])
def test_labels_along_the_steps_do_not_run_into_one_another(app, width: int, steps: int) -> None:
    axis = Axis("bottom")
    ((spacing, _),) = axis.tickSpacing(0, steps, width)
    wide = QFontMetricsF(axis.font()).horizontalAdvance
    marks = [spacing * i for i in range(int(steps / spacing) + 1)]
    assert len(marks) < 2 or spacing * width / steps > max(wide(number(mark)) for mark in marks)
    assert width < 140 or len(marks) >= 2, "there is something to read"
