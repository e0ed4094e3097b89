"""Writes `examples/data/shapes-clean.safetensors`: the weights that the example of transfer learning begins with.

They are those of its own network, trained on 1,500 clean pictures by nndesigner itself. Run
`python packaging/make_weights.py` after changing either; other versions of torch give other bits.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from make_examples import CLEAN_SHAPES, FOLDER, Example, draw, small_eye

from nndesigner.check.check import check
from nndesigner.data.dataset import read
from nndesigner.objectives.catalogue import whole_plan
from nndesigner.protocol.controls import Control
from nndesigner.protocol.messages import Message
from nndesigner.runs.store import create_run

PATH = FOLDER / "data" / "shapes-clean.safetensors"
SOURCE = Example(
    name="shapes-clean",
    note="",
    data="shapes",
    data_values=CLEAN_SHAPES,
    layers=small_eye(3),
    plan={
        "epochs": 10,
        "batch_size": 32,
        "optimizer": "adam",
        "learning_rate": 0.003,
        "seed": 1,
        "threads": 1,
    },
)


class Silent:
    """A link that nobody speaks through."""

    cancelled = orphaned = False

    def send(self, message: Message) -> None:
        pass

    def controls(self) -> list[Control]:
        return []

    def wait_control(self, timeout: float) -> Control | None:
        return None


def main() -> int:
    import torch
    from safetensors.torch import save_file

    from nndesigner.compiler.build import build
    from nndesigner.training import checkpoints
    from nndesigner.training.loop import train

    document = draw(SOURCE)
    assert document.data is not None
    plan, _ = whole_plan(document)
    checked = check(document)
    torch.manual_seed(plan["seed"])
    with tempfile.TemporaryDirectory() as folder:
        run = create_run(Path(folder), document)
        result = train(build(checked), read(document.data, FOLDER), plan, run, Silent(), checked=checked)
        best = run.best_checkpoint()
        assert best is not None
        save_file(checkpoints.read(best.path).model, PATH)
    print(PATH.relative_to(FOLDER.parent), PATH.stat().st_size, "bytes, test", result["metrics"]["test"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
