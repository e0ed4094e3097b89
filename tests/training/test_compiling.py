"""Compiled steps: measured, decided and said; the same names, the same run after a resume, and given up at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from nndesigner.base.progress import Cancelled
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.gui.training_words import outcome_words
from nndesigner.protocol.controls import Stop
from nndesigner.protocol.messages import Done, State
from nndesigner.runs.store import RunFolder, open_run
from nndesigner.training import compiling
from nndesigner.training.rehearsal import rehearsal
from tests.training.small import Recorder, chain, dataset, trained, trainer


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that needs no C++ compiler and is soon done."""
    monkeypatch.setattr(compiling, "BACKEND", "aot_eager")


def with_dropout(**plan: Any) -> Document:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 8}),
        ("BatchNorm1d", {}),
        ("Dropout", {"p": 0.2}),
        ("Tanh", {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    return chain("moons", layers, **{"epochs": 2, "compile": "on", **plan})


def told(run: RunFolder) -> dict[str, Any]:
    (event,) = [event for event in run.events() if event["kind"] == "compiled"]
    return event


def test_a_compiled_run_has_the_same_names_and_numbers(backend: None, tmp_path: Path) -> None:
    it, result = trained(with_dropout(), tmp_path / "compiled")
    assert result["state"] == "finished" and told(it.run)["compiled"] and told(it.run)["ratio"] > 0
    assert "compiling" in told(it.run)["sentence"] and result["compiled"] == told(it.run)["sentence"]
    assert outcome_words(Done(result))[1].endswith(result["compiled"])
    plain, _ = trained(with_dropout(compile="off"), tmp_path / "plain")
    assert list(it.compiled.state_dict()) == list(plain.compiled.state_dict())
    for name, value in plain.compiled.state_dict().items():
        torch.testing.assert_close(it.compiled.state_dict()[name], value)
    sentences = [message.sentence for message in it.link.of(State)]  # type: ignore[attr-defined]
    assert any("compiling the steps" in sentence for sentence in sentences)


def test_a_step_asks_the_compiled_graph_and_an_evaluation_does_not(backend: None, tmp_path: Path) -> None:
    it = trainer(with_dropout(), tmp_path)
    it.start()
    it.compile_steps()
    fast, asked = it.compiled._fast, list[int]()
    assert fast is not None

    def counting(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        asked.append(len(inputs[0]))
        return fast(*inputs)

    it.compiled.step_by(counting, it.compiled._fast_sizes)
    it.train_epoch()
    size = it.plan["batch_size"]
    assert set(asked) == {size} and len(asked) >= it.batches - 1
    asked.clear()
    it.finish_epoch()
    assert not asked


def test_a_resumed_run_does_as_was_decided_bit_for_bit(backend: None, tmp_path: Path) -> None:
    document = with_dropout()
    whole, _ = trained(document, tmp_path / "whole")
    first = trainer(document, tmp_path / "cut")
    first.start()
    first.compile_steps()
    first.train_epoch()
    first.finish_epoch()
    first.write_checkpoint(best=False)
    first.run.close()
    again = trainer(document, tmp_path, run=open_run(first.run.path))
    again.resume()
    assert again.at.compiled == "yes"
    again.train()
    assert again.compiled._fast is not None
    ours, theirs = again.compiled.state_dict(), whole.compiled.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_resumed_run_that_cannot_compile_any_more_says_so(
    backend: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = with_dropout()
    first = trainer(document, tmp_path)
    first.start()
    first.compile_steps()
    first.train_epoch()
    first.finish_epoch()
    first.write_checkpoint(best=False)
    first.run.close()
    monkeypatch.setattr(compiling, "BACKEND", "no such backend")
    again = trainer(document, tmp_path, run=open_run(first.run.path))
    again.resume()
    result = again.train()
    assert result["state"] == "finished" and "differs in the last digits" in result["compiled"]


def test_measuring_changes_no_bit_where_nothing_is_compiled(backend: None, tmp_path: Path) -> None:
    it, _ = trained(with_dropout(compile="pays"), tmp_path / "short")
    assert it.compiled._fast is None and "as they are" in told(it.run)["sentence"]
    plain, _ = trained(with_dropout(compile="off"), tmp_path / "plain")
    ours, theirs = it.compiled.state_dict(), plain.compiled.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize(("faster", "compiled"), [(2.0, True), (0.9, False)])
def test_it_is_compiled_where_it_pays(
    faster: float, compiled: bool, backend: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "SHORT_RUN", 0.0)
    times = iter([1.0, 1.0 / faster])
    monkeypatch.setattr(compiling.Attempt, "_time", lambda self, graph: next(times))
    it, _ = trained(with_dropout(compile="pays"), tmp_path)
    assert told(it.run)["compiled"] is compiled and (it.compiled._fast is not None) is compiled
    assert f"{faster:.2f} ×" in told(it.run)["sentence"]


def test_what_fails_is_said_and_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "BACKEND", "no such backend")
    it, result = trained(with_dropout(), tmp_path)
    assert result["state"] == "finished" and not told(it.run)["compiled"]
    assert "cannot do this network" in told(it.run)["sentence"]


def test_a_missing_compiler_is_named() -> None:
    class InvalidCxxCompiler(RuntimeError):
        pass

    outer = RuntimeError("backend failed")
    outer.__cause__ = InvalidCxxCompiler()
    assert "C++ compiler" in compiling.why_not(outer) and "Install one" in compiling.why_not(outer)


class _Slow:
    """Compiling that never ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ended, self.running = threading.Event(), threading.Event()
        monkeypatch.setattr(compiling.Attempt, "_measured", self._measured)

    def _measured(self) -> compiling.Verdict:
        self.running.set()
        self.ended.wait(60)
        return compiling.Verdict(False, "")


@pytest.mark.parametrize("how", ["cancel", "stop"])
def test_compiling_can_be_given_up(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, link = _Slow(monkeypatch), Recorder()

    def asked(call: int) -> list[Any]:
        slow.running.wait(60)
        if how == "cancel":
            link.cancelled = True
            return []
        return [Stop()]

    link._script = asked
    it = trainer(with_dropout(), tmp_path, link)
    it.start()
    try:
        if how == "cancel":
            with pytest.raises(Cancelled):
                it.train()
        else:
            result = it.train()
            assert result["state"] == "stopped" and result["steps"] == 0
    finally:
        slow.ended.set()
    for thread in threading.enumerate():
        if thread.name == "compiling":
            thread.join(60)


def test_other_ways_of_learning_say_that_they_are_not_compiled(tmp_path: Path) -> None:
    layers = [("TableInput", {}), ("Linear", {"out_features": 2}), ("Output", {"target": "point"})]
    document = chain("moons", layers, epochs=1, compile="on")
    document = document.apply(edits.set_plan(document, {}, objective="autoencoder"))
    it, result = trained(document, tmp_path)
    assert result["state"] == "finished" and told(it.run)["sentence"] == (
        "Not compiled: only supervised learning can be."
    )


def test_the_script_of_a_compiled_run_says_so(backend: None, tmp_path: Path) -> None:
    it, _ = trained(with_dropout(), tmp_path)
    made = rehearsal(it.run, it.checked, it.compiled, lambda: dataset(with_dropout()))
    assert "torch.compile" in made.script("samples.safetensors").split('"""')[1]


@pytest.mark.long
def test_the_real_compiler_is_faster_or_says_why_not(tmp_path: Path) -> None:
    it, result = trained(with_dropout(), tmp_path)
    assert result["state"] == "finished"
    assert told(it.run)["sentence"].startswith(("Compiled", "Not compiled"))
