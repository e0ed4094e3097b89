from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset
from nndesigner.data.tokens import END, PAD, START

Load = Callable[..., Dataset]
NUMBERS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier", "five": "fünf"}


@pytest.fixture
def table(tmp_path: Path) -> str:
    draw = np.random.RandomState(0)
    lines = ["english,note,german"]
    for _ in range(60):
        words = [list(NUMBERS)[i] for i in draw.randint(0, 5, draw.randint(1, 5))]
        lines.append(f"{' '.join(words)},x,{' '.join(NUMBERS[word] for word in words)}")
    (tmp_path / "p.csv").write_text("\n".join(lines))
    return "p.csv"


def test_the_target_is_what_comes_next(load: Load, table: str) -> None:
    data = load("text_pairs", path=table)
    source, so_far, target = (data.fields[name] for name in ("source", "so far", "target"))
    assert [f.role for f in (source, so_far, target)] == ["input", "input", "target"]
    assert source.sizes == (4,) and so_far.sizes == target.sizes == (5,)
    assert "drei" in target.tokens and "three" in source.tokens and target.tokens == so_far.tokens
    start, end, pad = (target.tokens.index(token) for token in (START, END, PAD))
    for before, after in zip(data.arrays["so far"], data.arrays["target"], strict=True):
        words = after[: after.tolist().index(end)]
        assert before[0] == start and before[1 : 1 + len(words)].tolist() == words.tolist()
        assert np.all(after[len(words) + 1 :] == pad)
    assert "Let the loss ignore <pad>" in " ".join(data.remarks)
    assert data.counts["all"] == 60 and data.counts["test"] == 9


def test_pairs_train(load: Load, table: str) -> None:
    """Both inputs of a small network, its loss blind to padding."""
    from nndesigner.check.check import check
    from nndesigner.document.plan import plan_values
    from nndesigner.training.rehearsal import first_losses
    from tests.networks import drawn

    data = load("text_pairs", path=table, unit="character")
    nodes = {
        "given": ("TokensInput", {"field": "source"}),
        "so_far": ("TokensInput", {"field": "so far"}),
        "words": ("Embedding", {"embedding_dim": 6}),
        "answers": ("Embedding", {"embedding_dim": 6}),
        "look": ("MultiheadAttention", {"num_heads": 2}),
        "scores": ("Linear", {"out_features": len(data.fields["target"].tokens)}),
        "out": ("Output", {"target": "target", "loss": "cross_entropy", "ignore": PAD}),
    }
    wires = [
        *(("given", "words"), ("so_far", "answers"), ("answers", "look.query"), ("words", "look.key")),
        *(("words", "look.value"), ("look", "scores"), ("scores", "out")),
    ]
    document = drawn(nodes, wires, tuple(data.fields.values()))
    checked = check(document)
    assert checked.ok, checked.errors
    plan = {**plan_values(document)[0], "device": "cpu", "batch_size": 4, "threads": 1}
    assert np.isfinite(first_losses(document, checked, plan, data, 2)).all()


def test_refusals(refused: Callable[..., str], table: str, tmp_path: Path) -> None:
    assert "cannot be the same column “german”" in refused(
        "text_pairs", path=table, source="german", target="german"
    )
    assert "no column “french”" in refused("text_pairs", path=table, target="french")
    (tmp_path / "one.csv").write_text("a\nb c\nd e\n")
    assert "pairs of texts are two" in refused("text_pairs", path="one.csv")
    (tmp_path / "none.csv").write_text("a,b\nx y,\n,z z\n")
    assert "No row of none.csv has both texts" in refused("text_pairs", path="none.csv")
