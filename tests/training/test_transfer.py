"""Transfer learning is worth it: the example that ships, against the same network from scratch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.reader import open_project
from tests.training.small import EXAMPLES, trained, trainer

BAR, MARGIN = 0.55, 0.1
"""mean test accuracy of three classes over the seeds, and how much less it is from scratch"""


def example(**plan: object) -> Document:
    document = open_project(EXAMPLES / "shapes-transfer.nnd").document
    place = str(EXAMPLES / "data" / "shapes-clean.safetensors")
    return document.apply(edits.set_plan(document, {"begin_with": place, "recording": 0, **plan}))


def test_the_weights_that_ship_fit_all_but_the_head(tmp_path: Path) -> None:
    it = trainer(example(), tmp_path)
    it.start()
    said = it.run.record.beginning
    assert set(said["fresh"]) == {"head.weight", "head.bias"} and not said["size"]
    assert set(said["unused"]) == {"linear2.weight", "linear2.bias"}
    assert it.feed.samples("train") == 40


@pytest.mark.long
def test_with_few_samples_transfer_beats_from_scratch(tmp_path: Path) -> None:
    """Forty noisy pictures, other ones for each seed: from scratch they are hardly better than guessing."""
    accuracies: dict[str, list[float]] = {"transfer": [], "scratch": []}
    for seed in range(4):
        for way, found in accuracies.items():
            document = example(seed=seed)
            assert document.data is not None
            values = {**document.data.parameters, "split_seed": seed}
            document = document.apply(edits.relocate_data(document, values))
            if way == "scratch":
                document = document.apply(edits.set_plan(document, {"begin_with": None}))
                ids = [node.id for node in document.nodes()]
                none = {"frozen": None, "unfreeze": None, "rate": None}
                document = document.apply(edits.set_learning(document, ids, none))
            _, result = trained(document, tmp_path / f"{way}-{seed}")
            found.append(result["metrics"]["test"]["accuracy"])
    transfer, scratch = (float(np.mean(accuracies[way])) for way in ("transfer", "scratch"))
    print(f"transfer {transfer:.3f}, from scratch {scratch:.3f}: {accuracies}")
    assert transfer >= BAR and transfer - scratch >= MARGIN
