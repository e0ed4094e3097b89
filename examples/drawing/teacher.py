"""Trains the network that teaches in `digits-distillation.nnd`, into examples/data/digits-teacher/.

`python examples/drawing/teacher.py` trains it anew: `digits-cnn.nnd` by plain gradient descent, which remembers nothing
between steps, so that the run is small. What only watching and resuming it would need is left out.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from nndesigner.app import work
from nndesigner.document import edits
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Train
from nndesigner.runs.store import open_run

EXAMPLES = Path(__file__).resolve().parents[1]
FOLDER = EXAMPLES / "data" / "digits-teacher"
PLAN = {
    "optimizer": "sgd",
    "learning_rate": 0.2,
    "batch_size": 64,
    "epochs": 30,
    "keep_checkpoints": 1,
    "device": "cpu",
    "threads": 1,
}


def main() -> None:
    document = open_project(EXAMPLES / "digits-cnn.nnd").document
    document = document.apply(edits.set_plan(document, PLAN))
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(work.train(Train(encode(document), str(EXAMPLES), str(FOLDER)))["metrics"])
    run = open_run(FOLDER)
    best = run.best_checkpoint()
    for checkpoint in run.checkpoints():
        if best is None or checkpoint.path != best.path:
            shutil.rmtree(checkpoint.path)
    shutil.rmtree(FOLDER / "frames")
    (FOLDER / "worker.log").unlink()


if __name__ == "__main__":
    main()
