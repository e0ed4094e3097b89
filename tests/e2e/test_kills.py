"""kill -9, of the worker while a window watches it train, and of the window while somebody edits or trains.

The worker: the window stays, says in one sentence what happened and offers to resume, and the resumed run ends with
weights equal bit for bit to those of a run that nothing happened to. The window: what is recovered is a prefix of the
edits that ends at most two seconds before; training stops with a checkpoint, unless the run was detached.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.commands import filing
from nndesigner.project.writer import encode, save
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.store import open_run
from tests.e2e.real_window import Desk, dropout_project, numbers, real_window, weights

EPOCHS, MANY_EPOCHS = 250, 700


# -- the worker ----------------------------------------------------------------------------------------------------
def train_unbroken(desk: Desk) -> tuple[Path, float]:
    """A run from the beginning to the end: its folder and the seconds from the click on Train."""
    desk.wait(lambda: desk.pool.warm)
    begun = time.monotonic()
    desk.click(desk.training_panel.buttons["train"])
    desk.wait(lambda: not desk.session.training.busy)
    assert isinstance(desk.session.training.outcome, Done), desk.session.training.outcome
    assert desk.session.training.run is not None
    return desk.session.training.run, time.monotonic() - begun


def killed(desk: Desk, after: float) -> bool:
    """Kills the worker of the run that has just begun; False where the run was over before."""
    training = desk.session.training
    deadline = time.monotonic() + after
    desk.wait(lambda: time.monotonic() >= deadline or not training.busy)
    worker = next((w for w in desk.pool.workers if w.task is not None and w.process.job is not None), None)
    if not training.busy or worker is None:
        desk.wait(lambda: not training.busy)
        return False
    os.kill(worker.child.pid, signal.SIGKILL)
    desk.wait(lambda: not training.busy)
    return isinstance(training.outcome, Failed)


def look_at_the_window(desk: Desk) -> None:
    """It stays, says what happened, and offers to resume."""
    training, panel = desk.session.training, desk.training_panel
    assert desk.window.isVisible() and desk.window.isEnabled()
    assert isinstance(training.outcome, Failed)
    sentence = training.outcome.sentence
    assert "signal 9" in sentence and "Traceback" not in sentence
    assert panel.title.text() == "The run broke off"
    assert panel.sentence.text() == sentence and desk.window.status.sentence == sentence
    assert panel.sentence.isVisible(), "the panel has come to the front"
    assert panel.buttons["train"].isVisible() and panel.buttons["train"].isEnabled()


def kill_the_worker(app: QApplication, folder: Path, kills: int, seed: int, epochs: int) -> tuple[int, int]:
    """How often it was killed, and how many of these were resumed."""
    path = folder / "moons.nnd"
    save(dropout_project(epochs=epochs, batch_size=24, learning_rate=0.01, device="cpu"), path)
    chance = random.Random(seed)
    done = resumed = 0
    with real_window(app) as desk:
        desk.open(path)
        desk.window.raise_panel("training")
        desk.wait(desk.training_panel.isVisible)
        panel, training, document = desk.training_panel, desk.session.training, desk.session.document
        whole, seconds = train_unbroken(desk)
        while done < kills:
            desk.wait(lambda: desk.pool.warm)
            desk.click(panel.buttons["train"])
            run = training.run
            assert run is not None and run != whole
            # From before the worker has begun to after it has ended; resumed, the same again.
            while done < kills and killed(desk, chance.uniform(0.0, 0.45 * seconds)):
                done += 1
                look_at_the_window(desk)
                assert desk.session.document is document
                if not training.broke_off:  # killed before there was a run: nothing to resume
                    assert not (run / "run.json").exists() and not panel.resume_button.isVisible()
                    break
                desk.wait(lambda: desk.pool.warm)
                desk.click(panel.resume_button)
                assert training.busy and training.run == run
                resumed += 1
            desk.wait(lambda: not training.busy)
            if (run / "run.json").exists():
                assert isinstance(training.outcome, Done), training.outcome
                assert open_run(run).record.state == "finished"
                assert weights(run) == weights(whole), "not the same bits"
                assert numbers(run) == numbers(whole)
    return done, resumed


def test_the_worker_is_killed_and_resumed_bit_for_bit(app: QApplication, tmp_path: Path) -> None:
    done, resumed = kill_the_worker(app, tmp_path, 4, seed=1, epochs=EPOCHS)
    assert done == 4 and resumed >= 2


@pytest.mark.long
def test_the_worker_is_killed_twenty_times(app: QApplication, tmp_path: Path) -> None:
    done, resumed = kill_the_worker(app, tmp_path, 20, seed=2, epochs=MANY_EPOCHS)
    assert done == 20 and resumed >= 15


# -- the window ----------------------------------------------------------------------------------------------------
PROGRAM = Path(__file__).with_name("scripted_window.py")


def started(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def descendants() -> dict[int, str]:
    """Every process but this one that works in this test's user folder: the children, and what they left behind."""
    mark = f"NNDESIGNER_HOME={os.environ['NNDESIGNER_HOME']}\0".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if mark in (folder / "environ").read_bytes() + b"\0":
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def gone(seconds: float) -> float:
    """Waits until nothing of the program runs any more; how long that took."""
    begun = time.monotonic()
    while left := descendants():
        assert time.monotonic() - begun < seconds, left
        time.sleep(0.05)
    return time.monotonic() - begun


@pytest.mark.parametrize("seed", [1, 2])
def test_the_window_is_killed_while_editing(seed: int, app: QApplication, tmp_path: Path, answers) -> None:
    path = tmp_path / "a.nnd"
    save(dropout_project(), path)
    before = path.read_bytes()
    program = started("edit", path, seed)
    assert program.stdout is not None
    said = [program.stdout.readline() for _ in range(40 + 30 * seed)]
    program.kill()
    said += program.stdout.read().splitlines(keepends=True)
    program.stdout.close()
    assert program.wait() == -9
    states = [line.split() for line in said if line.endswith(b"\n") and not line.startswith(b"told:")]
    digests, last = [digest.decode() for digest, _ in states], float(states[-1][1])
    assert path.read_bytes() == before, "the file is as it was"

    # The next start, on the same file, offers it; taken, it is on the canvas, and saving keeps it.
    answers.give("restore")
    with real_window(app, workers=False) as desk:
        desk.open(path)
        assert filing.offer_recovery(desk.window.desk, path)
        assert "of “a.nnd” had not been saved" in answers.asked[0][1]
        digest = hashlib.sha256(encode(desk.session.document)).hexdigest()
        assert digest in digests, "not a prefix of the edits"
        reached = len(digests) - 1 - digests[::-1].index(digest)
        assert last - float(states[reached][1]) <= 2.0 and reached >= len(digests) - 2
        assert desk.window.isWindowModified() and desk.session.files.path == path
        assert set(desk.window.canvas.arrays.index) >= {n.id for n in desk.session.document.nodes()}
        desk.session.files.save()
        assert desk.session.files.recoverable() == ()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_the_window_is_killed_while_training(app: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "moons.nnd"
    save(dropout_project(epochs=EPOCHS, batch_size=24, learning_rate=0.01, device="cpu"), path)
    program = started("train", path)
    assert program.stdout is not None
    run = Path(program.stdout.readline().split()[0].decode())
    program.kill()
    program.stdout.close()
    program.wait()
    assert gone(10.0) <= 10.0
    folder = open_run(run)
    assert folder.record.state == "stopped" and folder.record.result["state"] == "orphaned"
    newest = folder.latest_checkpoint()
    assert newest is not None and newest.step >= folder.rows()[-1].step, "nothing that was seen is lost"

    with real_window(app) as desk:  # the next start
        desk.open(path)
        panel, training = desk.training_panel, desk.session.training
        assert training.broke_off and training.run == run
        assert run.name in desk.window.status.sentence and "resumed" in desk.window.status.sentence
        desk.wait(panel.resume_button.isVisible)
        assert len(training.history.series("validation", "loss")) >= 2, "its curve is there"
        desk.wait(lambda: desk.pool.warm)
        desk.click(panel.resume_button)
        assert training.busy and training.run == run
        desk.wait(lambda: not training.busy)
        assert isinstance(training.outcome, Done), training.outcome
        whole, _ = train_unbroken(desk)
        assert weights(run) == weights(whole) and numbers(run) == numbers(whole)


def test_a_detached_run_goes_on_and_any_window_and_the_command_line_find_it(
    app: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / "moons.nnd"
    save(dropout_project(epochs=1_000_000, batch_size=24, learning_rate=0.01, device="cpu"), path)
    program = started("detach", path)
    assert program.stdout is not None
    words = program.stdout.readline().decode().split()
    run, worker = Path(words[0]), int(words[1])
    try:
        program.kill()
        program.stdout.close()
        program.wait()
        before = len(open_run(run).rows())
        with real_window(app, workers=False) as desk:
            desk.open(path)
            training = desk.session.training
            assert training.followed and training.run == run and training.state == "running"
            assert run.name in desk.window.status.sentence
            seen = len(training.history.series("validation", "loss"))
            desk.wait(lambda: len(training.history.series("validation", "loss")) > seen)
            assert len(open_run(run).rows()) > before and list(descendants()) == [worker]
            panel = desk.training_panel
            desk.wait(panel.buttons["stop"].isVisible)
            desk.window.close()  # looking on ends, without a question; the run does not
            assert not desk.window.isVisible() and list(descendants()) == [worker]
        with real_window(app, workers=False) as desk:
            desk.open(path)
            assert desk.session.training.followed
            said = subprocess.run(
                [sys.executable, "-m", "nndesigner", "attach", str(run), "--stop", "--json"],
                cwd=Path(__file__).parents[2],
                capture_output=True,
                timeout=60,
            )
            assert said.returncode == 0, said.stderr
            assert json.loads(said.stdout)["state"] == "stopped"
            desk.wait(lambda: not desk.session.training.busy)
            assert isinstance(desk.session.training.outcome, Done)
        gone(10.0)
        assert open_run(run).latest_checkpoint() is not None
    finally:
        if worker in descendants():
            os.kill(worker, signal.SIGKILL)
