"""The messages of a job as a person sees them while waiting, and what its end means."""

from __future__ import annotations

import io

import pytest

from nndesigner.app.terminal import ProgressLine
from nndesigner.app.work import TrainingLine, exit_code, plain_result
from nndesigner.protocol.messages import Clock, ScalarRow, Scalars, State


class Screen(io.StringIO):
    """A terminal that shows every line at once."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def isatty(self) -> bool:
        return True

    def clock(self) -> float:
        self.seconds += 1.0
        return self.seconds

    @property
    def lines(self) -> list[str]:
        return [line for line in self.getvalue().replace("\r\x1b[2K", "\n").split("\n") if line]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setenv("COLUMNS", "120")
    return Screen()


@pytest.fixture
def line(screen: Screen) -> TrainingLine:
    return TrainingLine(ProgressLine(screen, screen.clock))


def clock(step: int, steps: int, seconds_left: float = 65.0) -> Clock:
    return Clock(step, steps, 4 * step / steps, 4, 1234.4, seconds_left)


def test_epoch_time_left_and_the_newest_numbers(line: TrainingLine, screen: Screen) -> None:
    line.hear(clock(25, 100, -1.0))
    line.hear(
        Scalars(
            (
                ScalarRow(25, 1.0, "train", "loss", 0.75, 0.1),
                ScalarRow(25, 1.0, "train", "learning rate", 0.001, 0.1),
                ScalarRow(26, 1.04, "train", "loss", 0.5, 0.1),
                ScalarRow(25, 1.0, "validation", "loss", 0.625, 0.1),
                ScalarRow(25, 1.0, "validation", "accuracy", 0.975, 0.1),
            )
        )
    )
    line.hear(clock(50, 100))
    assert screen.lines == [
        " 25 % ████░░░░░░░░░░░░ epoch 2/4  1,234 samples/s",
        " 50 % ████████░░░░░░░░ epoch 3/4  1:05 min left  loss 0.5000  validation 0.6250, accuracy 97.5 %"
        "  1,234 samples/s",
    ]


def test_stopping_is_said_once_and_only_before_the_end(line: TrainingLine, screen: Screen) -> None:
    line.hear(clock(50, 100))
    for _ in range(2):
        line.hear(State("stopping"))
    assert [said for said in screen.lines if "Stopping" in said] == [
        "Stopping, with a checkpoint. Ctrl-C once more ends it at once."
    ]


def test_a_run_that_ends_by_itself_says_nothing_of_stopping(line: TrainingLine, screen: Screen) -> None:
    line.hear(clock(100, 100))
    line.hear(State("stopping"))
    assert not any("Stopping" in said for said in screen.lines)


def test_what_the_run_says_stays_above_the_bar(line: TrainingLine, screen: Screen) -> None:
    line.hear(State("starting", "The checkpoint step-00000005 is damaged and was set aside."))
    line.hear(State("paused"))
    assert screen.lines == ["The checkpoint step-00000005 is damaged and was set aside.", "Paused."]


@pytest.mark.parametrize(
    ("state", "code"),
    [("finished", 0), ("early", 0), ("stopped", 130), ("orphaned", 130), ("diverged", 1), ("failed", 1)],
)
def test_what_the_end_means(state: str, code: int) -> None:
    assert exit_code({"state": state}) == code


def test_the_object_names_the_folder() -> None:
    result = {"run": "0001-a", "path": "/x/0001-a", "epochs": 2, "monitoring": 0.1, "metrics": {}}
    assert plain_result(result, "/x/0001-a") == {"run": "/x/0001-a", "epochs": 2, "metrics": {}}
