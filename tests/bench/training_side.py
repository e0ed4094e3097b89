"""The two sides of the training benchmarks: a real run of nndesigner, and the hand-written loops as they are."""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from harness import Turns

BASELINES = Path(__file__).with_name("baselines")


def baseline(workload: str) -> ModuleType:
    """The module `loops_torch` for a workload ("mlp" …), unchanged; its own timing, at import, is not looked at."""
    loaded = sys.modules.get("loops_torch")
    if loaded is not None and workload == loaded.WL:
        return loaded
    sys.modules.pop("loops_torch", None)
    before, path = sys.argv, list(sys.path)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        sys.argv = ["loops_torch.py", f"{folder}/out.jsonl", workload, "loader"]
        sys.path.insert(0, str(BASELINES))
        try:
            return importlib.import_module("loops_torch")
        finally:
            sys.argv, sys.path[:] = before, path


def hand_written(workload: str, variant: str = "loader", device: str = "cpu") -> Callable[[Turns], None]:
    """A variant of the hand-written loops, step by step, on a fresh model."""
    loops = baseline(workload)

    def batches(source: Iterator[Any]) -> Iterator[Any]:
        for x, y in source:
            yield x.to(device), y.to(device)

    def run(turns: Turns) -> None:
        import torch

        torch.manual_seed(0)
        make, options = loops.V[variant][:2]
        model = loops.M().to(device)
        optimizer = torch.optim.Adam(model.parameters(), 1e-3, **options)
        source = make(loops.X, loops.Y, loops.b)
        for _ in loops.steps_plain(model, optimizer, source if device == "cpu" else batches(source)):
            turns.tick()

    return run


def ours(
    project: Path, subscriptions: Sequence[tuple[str, str]] = (), **plan: Any
) -> Callable[[Turns], None]:
    """A run of a project as a worker does it: run folder, checkpoints, validation, messages sent, the given
    measurements (node name, measurement) looked at."""

    def run(turns: Turns) -> None:
        import torch

        from nndesigner.check.check import check
        from nndesigner.compiler.build import build
        from nndesigner.data.dataset import read
        from nndesigner.document import edits
        from nndesigner.document.plan import plan_values
        from nndesigner.project.reader import open_project
        from nndesigner.protocol.controls import Control, Subscribe, Subscription
        from nndesigner.runs.store import create_run
        from nndesigner.training.loop import Trainer
        from nndesigner.worker.link import Link
        from nndesigner.worker.sender import Sender

        class Ticking(Link):
            def controls(self) -> list[Control]:
                turns.tick()
                return super().controls()

        document = open_project(project).document
        assert document.data is not None
        data = read(document.data, project.parent)
        found = edits.set_found(
            document, tuple(data.fields.values()), data.counts, data.fingerprint, data.remarks
        )
        document = document.apply(found)
        document = document.apply(edits.set_plan(document, {"epochs": 1_000_000, **plan}))
        checked = check(document)
        ids = {node.name: node.id for node in checked.nodes}
        sender = Sender(lambda message: None)
        with tempfile.TemporaryDirectory() as folder:
            try:
                link = Ticking(sender)
                link.deliver(
                    Subscribe(tuple(Subscription(ids.get(node, ""), what) for node, what in subscriptions))
                )
                torch.manual_seed(0)
                trainer = Trainer(
                    build(checked),
                    data,
                    plan_values(document)[0],
                    create_run(Path(folder), document),
                    link,
                    checked=checked,
                    clock=turns.clock,
                )
                trainer.start()
                trainer.train()
            finally:
                trainer.run.close()
                sender.close()

    return run
