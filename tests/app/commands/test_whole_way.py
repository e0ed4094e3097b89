"""From a project to an exported model by the command line alone, with real workers: one chain, each link looked at."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage

from nndesigner.document import edits
from nndesigner.project.reader import open_project
from nndesigner.project.writer import save
from nndesigner.runs import child
from nndesigner.runs.store import open_run

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "digits-mlp.nnd"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits in two epochs, nothing known of their data yet."""
    document = open_project(EXAMPLE).document
    document = document.apply(edits.set_plan(document, {"epochs": 2}))
    document = document.apply(edits.set_found(document, (), {}, ""))
    path = tmp_path_factory.mktemp("way") / "digits.nnd"
    save(document, path)
    return path


@pytest.fixture(scope="module")
def headless(project: Path) -> tuple[dict[str, Any], str]:
    """What `run-headless` said in a process of its own, and which heavy libraries that process had loaded."""
    code = (
        "import sys; from nndesigner.app.cli import main\n"
        f"code = main(['run-headless', {str(project)!r}, '--out', {str(project.parent / 'out')!r}, '--json'])\n"
        "heavy = [m for m in ('torch', 'sklearn', 'onnx', 'onnxruntime') if m in sys.modules]\n"
        "print(heavy, file=sys.stderr); sys.exit(code)"
    )
    environment = os.environ | {
        "NNDESIGNER_HOME": str(project.parent / "home"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def trained(headless: tuple[dict[str, Any], str]) -> Path:
    return Path(headless[0]["run"])


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Twelve digits in raw units, 0 to 16, as they come from scikit-learn."""
    from sklearn.datasets import load_digits

    np.save(tmp_path / "digits.npy", load_digits().images[:12])
    return tmp_path / "digits.npy"


def test_the_object_says_what_came_of_it(headless: tuple[dict[str, Any], str], project: Path) -> None:
    said, _ = headless
    assert (said["run"], said["epochs"]) == (str(project.parent / "out" / "run"), 2)
    assert said["seconds"] > 0
    assert said["samples_per_second"] > 0
    assert set(said["metrics"]) == {"train", "validation", "test"}
    assert said["metrics"]["test"]["accuracy"] > 0.6
    assert said["max_abs_difference"] < 1e-3


def test_the_process_that_waited_had_no_torch(headless: tuple[dict[str, Any], str]) -> None:
    assert headless[1] == "[]"


def test_every_file_is_there_and_is_what_it_says(headless: tuple[dict[str, Any], str]) -> None:
    files = {name: Path(path) for name, path in headless[0]["files"].items()}
    with files["numbers"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["split"] for row in rows} == {"train", "validation", "test"}
    for name in ("curves", "network"):
        image = QImage(str(files[name]))
        colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
        assert len(colours) > 10, name
    assert files["model"].stat().st_size > 10_000
    assert open_run(files["run"]).record.state == "finished"


def test_the_exported_file_takes_raw_units_and_agrees_with_predict(
    headless: tuple[dict[str, Any], str], trained: Path, digits: Path, run_json: Callable[..., Any]
) -> None:
    import onnxruntime

    code, found = run_json("predict", trained, "--input", digits)
    assert code == 0
    session = onnxruntime.InferenceSession(headless[0]["files"]["model"], providers=["CPUExecutionProvider"])
    raw = np.load(digits).astype(np.float32)[:, None]
    (scores,) = session.run(None, {session.get_inputs()[0].name: raw})
    answer = found["answers"]["output1"]
    assert answer["class"] == scores.argmax(axis=1).tolist()
    assert answer["class_names"] == [answer["classes"][number] for number in answer["class"]]
    assert np.allclose(np.sum(answer["values"], axis=1), 1.0, atol=1e-4)  # probabilities


def test_export_to_source(trained: Path, tmp_path: Path, run_json: Callable[..., Any]) -> None:
    code, found = run_json("export", trained, "--format", "python", "--out", tmp_path / "model.py")
    assert code == 0
    assert found["path"] == str(tmp_path / "model.py")
    assert found["bytes"] == sum(Path(file).stat().st_size for file in found["files"])
    assert found["max_abs_difference"] <= 1e-4
    assert "class " in Path(found["path"]).read_text()


def test_what_does_not_fit_is_the_worker_s_sentence(
    trained: Path, tmp_path: Path, run: Callable[..., Any]
) -> None:
    (tmp_path / "a.csv").write_text("1,2\n3,4\n")
    code, out, err = run("predict", trained, "--input", tmp_path / "a.csv")
    assert (code, out) == (1, "")
    assert "the network reads images (“image”)" in err
    assert len(err.splitlines()) == 1


def test_a_finished_run_is_not_resumed(trained: Path, run: Callable[..., Any]) -> None:
    code, _, err = run("resume", trained)
    assert (code, "is finished" in err) == (1, True)


@pytest.fixture
def pressed() -> Iterator[Callable[[Path], None]]:
    """Presses Ctrl-C once, when the run in a folder has begun."""
    threads = []

    def press(folder: Path) -> None:
        def wait() -> None:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                if (folder / "run.json").exists() and open_run(folder).record.state == "running":
                    os.kill(os.getpid(), signal.SIGINT)
                    return
                time.sleep(0.01)

        threads.append(threading.Thread(target=wait))
        threads[-1].start()

    yield press
    for thread in threads:
        thread.join()


@pytest.fixture
def let_go() -> Iterator[None]:
    """A detached run outlives the command; here it is still a child of this process and is waited for."""
    yield
    while child._let_go:
        child._let_go.pop().wait(10)


def test_ctrl_c_stops_with_a_checkpoint_and_a_detached_resume_goes_on_from_it(
    project: Path,
    tmp_path: Path,
    run_json: Callable[..., Any],
    run: Callable[..., Any],
    pressed: Callable[[Path], None],
    let_go: None,
) -> None:
    folder = tmp_path / "run"
    pressed(folder)
    code, _, err = run("train", project, "--out", folder, "--epochs", "300")
    assert code == 130
    assert "Stopping, with a checkpoint." in err
    stopped = open_run(folder)
    assert stopped.record.state == "stopped"
    checkpoint = stopped.latest_checkpoint()
    assert checkpoint is not None and checkpoint.epoch < 300

    # What is left of 300 epochs need not be trained here: a detached run is resumed, followed and stopped.
    code, found = run_json("resume", folder, "--detach")
    assert (code, found) == (0, {"run": str(folder), "detached": True})
    code, found = run_json("attach", folder, "--stop")
    assert code == 0
    assert open_run(folder).record.state in ("stopped", "finished")
    later = open_run(folder).latest_checkpoint()
    assert later is not None and later.step > checkpoint.step
