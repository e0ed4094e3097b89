"""Earlier pictures: from the first look to now within a limit, cut where a run goes back, the same from the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.protocol.messages import Frame, ScalarRow
from nndesigner.runs.history import RunHistory
from nndesigner.runs.store import RESUME, create_run
from nndesigner.runs.trail import MOST_FRAMES, Trails
from tests.networks import digits_cnn


def frame(step: int, measurement: str = "health", values: int = 3) -> Frame:
    return Frame(measurement, "", step, step / 10, {"std": np.full(values, step, np.float32)}, {"nodes": []})


def steps(frames: object) -> list[int]:
    return [f.step for f in frames]  # type: ignore[attr-defined]


def test_a_long_run_is_kept_more_thinly_from_its_first_look_on() -> None:
    trails = Trails()
    for step in range(10_000):
        trails.keep(frame(step))
    found = steps(trails.of("", "health"))
    assert MOST_FRAMES // 2 <= len(found) <= MOST_FRAMES
    assert found[0] == 0 and found[-1] > 9_900
    gaps = set(np.diff(found).tolist())
    assert len(gaps) == 1


def test_large_frames_are_fewer() -> None:
    trails = Trails()
    for step in range(500):
        trails.keep(frame(step, values=100_000))
    assert sum(f.arrays["std"].nbytes for f in trails) <= 7 << 20
    assert len(trails) <= 17


def test_all_trails_together_have_a_limit() -> None:
    trails = Trails()
    for step in range(200):
        for node in range(40):
            about = {"nodes": [str(node)]}
            values = {"std": np.zeros(10_000, np.float32)}
            trails.keep(Frame("health", str(node), step, 0.0, values, about))
    assert sum(f.arrays["std"].nbytes for f in trails) <= 17 << 20
    assert all(steps(trails.of(str(node), "health"))[0] == 0 for node in range(40))


def test_without_recording_only_what_is_kept_over_time_and_each_step_once() -> None:
    trails = Trails(0)
    trails.add([frame(1), frame(1), frame(2), frame(1, "feature_maps"), frame(3, "from_a_later_version")])
    assert steps(trails) == [1, 2]


def test_what_is_recorded_stays_within_what_the_plan_allows() -> None:
    trails = Trails(1 << 20)
    for step in range(300):
        for node in "abc":
            trails.keep(Frame("feature_maps", node, step, 0.0, {"maps": np.zeros(8192, np.uint8)}, {}))
        trails.keep(frame(step))
    recorded = [f for f in trails if f.measurement == "feature_maps"]
    assert (1 << 20) // 3 < sum(f.arrays["maps"].nbytes for f in recorded) <= 1 << 20
    assert all(steps(trails.of(node, "feature_maps"))[0] == 0 for node in "abc")
    assert len(trails.of("", "health")) > 100  # what is small is not pushed out


def test_the_words_of_a_frame_count() -> None:
    trails = Trails()
    for step in range(100):
        trails.keep(Frame("worst_samples", "", step, 0.0, {}, {"previews": [{"image": b"x" * 100_000}]}))
    assert len(trails) <= 21


def test_the_picture_of_a_step_is_the_last_one_before_it() -> None:
    history = RunHistory()
    for step in (10, 20, 30):
        history.take(frame(step, "feature_maps"))
    history.take(frame(25))
    found = [history.frame_at("", "feature_maps", step) for step in (9, 10, 19, 20, 29, 30, 99)]
    assert [f.step if f is not None else None for f in found] == [None, 10, 10, 20, 20, 30, 30]
    assert history.frame_at("other", "feature_maps", 30) is None
    looks, epochs = history.looks()
    assert looks.tolist() == [10, 20, 25, 30] and epochs.tolist() == [1.0, 2.0, 2.5, 3.0]
    history.add_rows([ScalarRow(20, 2.0, "", RESUME, 0.0, 0.0)])
    history.take(frame(21, "feature_maps"))
    assert history.looks()[0].tolist()[:3] == [10, 20, 21]


def test_a_plan_says_how_much_is_recorded(tmp_path: Path) -> None:
    run = create_run(tmp_path, digits_cnn())
    run.save_record(plan={**run.record.plan, "recording": 0})
    run.save_frames([], [frame(1), frame(1, "feature_maps"), frame(2), frame(2, "feature_maps")])
    read = RunHistory.from_folder(run)
    assert steps(read.trail("", "health")) == [1, 2]
    assert steps(read.trail("", "feature_maps")) == [2]  # the newest is there all the same


def test_a_run_that_goes_back_forgets_what_came_after() -> None:
    history = RunHistory()
    for step in range(1, 6):
        history.take(frame(step))
    assert steps(history.trail("", "health")) == [1, 2, 3, 4, 5]
    history.add_rows([ScalarRow(3, 0.3, "", RESUME, 0.0, 0.0)])
    history.take(frame(4))
    assert steps(history.trail("", "health")) == [1, 2, 3, 4]


def test_the_newest_is_always_there() -> None:
    history = RunHistory()
    for step in range(MOST_FRAMES + 4):
        history.take(frame(step))
        assert history.trail("", "health")[-1].step == step


def test_a_folder_gives_the_same_trail(tmp_path: Path) -> None:
    live, worker = RunHistory(), Trails()
    for step in range(1, 40):
        live.take(frame(step))
        worker.keep(frame(step))
    run = create_run(tmp_path, digits_cnn())
    run.save_frames(live.frames.values(), worker)
    run.close()
    read = RunHistory.from_folder(run)
    assert steps(read.trail("", "health")) == steps(live.trail("", "health")) == list(range(1, 40))
    assert (run.path / "frames" / "trail.frames").write_bytes(b"damaged")
    assert steps(RunHistory.from_folder(run).trail("", "health")) == [39]
