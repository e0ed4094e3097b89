"""A training script changes its batches as the run did: bit for bit, with nothing of nndesigner in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nndesigner.augmentations.catalogue import augmentations
from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.script_augmentation import plain_source, recipe_of, texts
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.objectives.catalogue import whole_plan
from tests.augmentations.known import CLASS, PICTURE
from tests.exporters.test_script import measured, run_script, script_of
from tests.training.small import chain, dataset, trained
from tests.training.test_augmenting import digits

SERIES = [
    ("SequenceInput", {}),
    ("Flatten", {}),
    ("Linear", {"out_features": 1}),
    ("Output", {}),
]


def series() -> Document:
    document = chain("sine", SERIES, {"length": 400}, epochs=2, batch_size=50, threads=1)
    names = [
        kind
        for kind in augmentations()
        if kind in ("jitter", "scaling", "time_shift", "time_warp", "window_mask")
    ]
    assert len(names) == 5
    return document.apply(edits.set_augmentation(document, [{"type": name} for name in names]))


PICTURE_STEPS: list[dict[str, Any]] = [
    {"type": kind.type, "parameters": {"probability": 0.8}}
    for kind in augmentations().values()
    if kind.fits(PICTURE)
]


@pytest.mark.parametrize(
    ("document", "mixed"),
    [
        (lambda: digits(PICTURE_STEPS, threads=1), True),
        pytest.param(
            lambda: digits(PICTURE_STEPS[:3], threads=1, schedule="cosine"), False, marks=pytest.mark.long
        ),
        pytest.param(
            lambda: digits([{"type": "mixup"}], threads=1, pieces=2, clip_norm=1.0),
            True,
            marks=pytest.mark.long,
        ),
        pytest.param(series, False, marks=pytest.mark.long),
    ],
    ids=["pictures", "with a schedule", "mixed in pieces", "series"],
)
def test_a_script_comes_to_the_numbers_of_an_augmented_run(
    document: Any, mixed: bool, tmp_path: Path
) -> None:
    made_of = document()
    it, _ = trained(made_of, tmp_path / "run")
    out = tmp_path / "elsewhere"
    out.mkdir()
    made = script_of(it, dataset(made_of), out)
    assert made.max_abs_difference == 0.0
    assert run_script(made.path, out) == measured(it.run)
    text = made.path.read_text(encoding="utf-8")
    assert "nndesigner." not in text.split("import argparse")[1] and ("judge_mixed" in text) is mixed
    assert max(map(len, text.splitlines())) <= 120


def test_functions_lose_their_hints_and_keep_their_words() -> None:
    text = plain_source(augmentations()["mixup"].change)
    assert "Generator" not in text and "import torch" not in text and "import random" in text
    assert '"""' in text and "order" in text


def test_what_a_script_does_not_do_is_refused_and_nothing_is_written_for_nothing() -> None:
    document = chain("moons", [("TableInput", {}), ("ActivityRegularizer", {})], epochs=1)
    before = document.nodes()[0]
    document = document.apply(
        edits.append_node(document, "Linear", before.id, parameters={"out_features": 2})
    )
    linear = document.node_named("linear1")
    assert linear is not None
    document = document.apply(edits.append_node(document, "Output", linear.id))
    document = document.apply(edits.set_augmentation(document, [{"type": "mixup"}]))
    checked = check(document)
    inputs = [node.field for node in checked.inputs if node.field is not None]
    assert checked.penalties
    with pytest.raises(Refusal, match="mixed samples"):
        recipe_of(whole_plan(document)[0], inputs, [CLASS], checked)
    assert recipe_of({}, inputs, [CLASS], checked) is None
    plain = digits([{"type": "crop"}])
    made = recipe_of(whole_plan(plain)[0], [PICTURE], [CLASS], check(plain))
    assert made is not None and not any("judge_mixed" in text for text in texts(made))
