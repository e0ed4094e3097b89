"""The runner of `make results`: both sides are the same network, a small run works, and the quicker bars hold."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
import torch

from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from tests.results import run
from tests.results.by_hand import NETWORKS, stories
from tests.results.run import SEEDS, measured
from tests.results.table import Line
from tests.results.tasks import TASKS, Task


def test_what_is_promised_is_compared() -> None:
    assert (
        set(TASKS)
        == set(NETWORKS)
        >= {
            *("digits-cnn", "iris-mlp", "wine-mlp", "breast-cancer-binary", "diabetes-regression"),
            *("sunspots-lstm", "characters-transformer"),
        }
    )
    assert [metric.bar for metric in TASKS["digits-cnn"].metrics] == [98.5]
    assert len(SEEDS) == 5


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.template)
def test_the_hand_written_twin_has_the_weights_and_the_plan_of_the_template(task: Task) -> None:
    by_hand = NETWORKS[task.template]
    plan, _ = plan_values(task.document)
    assert by_hand.weights == task.weights
    assert (by_hand.epochs, by_hand.batch_size) == (plan["epochs"], plan["batch_size"])
    assert (by_hand.learning_rate, by_hand.weight_decay) == (plan["learning_rate"], plan["weight_decay"])
    assert by_hand.optimizer.__name__.lower() == plan["optimizer"]
    assert plan["schedule"] == ("one-cycle" if by_hand.one_cycle else "constant")
    usual = plan_values(Document([]))[0]
    told = {"epochs", "batch_size", "learning_rate", "weight_decay", "optimizer", "schedule"}
    assert {key for key in plan if plan[key] != usual[key]} <= told, "the twin knows no other setting"


def test_the_twin_reads_the_text_as_the_template_does() -> None:
    arrays = TASKS["characters-transformer"].dataset.arrays
    for read, wanted in zip(stories(), (arrays["text"], arrays["next"]), strict=True):
        assert (read == wanted).all()


def test_the_twin_of_a_writer_does_not_look_ahead() -> None:
    torch.manual_seed(0)
    net = NETWORKS["characters-transformer"].net().eval()
    x = torch.randint(34, (1, 48))
    changed = x.clone()
    changed[0, 30:] = (changed[0, 30:] + 1) % 34
    assert torch.allclose(net(x)[:, :30], net(changed)[:, :30], atol=1e-5)
    assert not torch.allclose(net(x)[:, 30:], net(changed)[:, 30:], atol=1e-5)


@pytest.mark.parametrize("template", ["sunspots-lstm", "diabetes-regression"])
def test_the_twin_learns_from_its_seed(template: str) -> None:
    first, again, other = (measured(template, "by_hand", seed, 1) for seed in (0, 0, 1))
    assert first == again != other
    value = TASKS[template].metrics[0].value(first)
    assert math.isfinite(value) and value > -1


def test_a_template_is_trained_in_a_worker_from_the_seed() -> None:
    found = measured("iris-mlp", "ours", 3, epochs=1)
    assert 0 <= found["accuracy"] <= 1 and found["loss"] > 0
    assert len(TASKS["iris-mlp"].dataset.indices["test"]) == 22
    assert (found["accuracy"] * 22) == pytest.approx(round(found["accuracy"] * 22))


def test_a_page_is_written_and_the_status_says_whether_all_holds(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def instead(templates: list[str], seeds: tuple[int, ...], epochs: int | None = None) -> list[Line]:
        asked.append((templates, seeds, epochs))
        return [Line(TASKS[t], TASKS[t].metrics[0], (96.0, 97.0), (96.0, last)) for t in templates]

    last = 97.0
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "results", instead)
    assert run.main("iris-mlp") == 0 and not (tmp_path / "docs" / "results.md").exists()
    assert run.main() == 1  # the digits stay below their bar
    assert asked == [(["iris-mlp"], SEEDS, None), (list(TASKS), SEEDS, None)]
    text = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    assert "| iris-mlp | iris: 4-16-3 | 131 | accuracy | 96.50 ± 0.71 % | 96.50 ± 0.71 % |  | yes |" in text
    assert "torch " in text and "`make results`" in text
    assert (tmp_path / "out" / "results.json").exists()
    assert run.main("nothing") == 2
    assert "There is no template “nothing” here." in capsys.readouterr().err


@pytest.mark.long
def test_the_bars_of_the_quicker_templates_hold() -> None:
    quicker = ("iris-mlp", "wine-mlp", "breast-cancer-binary", "diabetes-regression")
    done = subprocess.run(
        [sys.executable, "-m", "tests.results.run", *quicker],
        cwd=run.ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.endswith(" holds")]
    assert sorted({line.split()[0] for line in lines}) == sorted(quicker)
    assert len(lines) == 5  # the diabetes table is judged by two numbers
