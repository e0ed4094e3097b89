"""Going on with a text: equal seeds draw equal tokens, temperature 0 takes the likeliest, top-k leaves out the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.training.generation import generate
from nndesigner.training.predict import Predictor
from tests.training.small import chain, mlp, trained

LETTERS = "abc"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """Knows that b follows a, c follows b and a follows c: an embedding and a linear layer are enough."""
    folder = tmp_path_factory.mktemp("letters")
    (folder / "text.txt").write_text("abc" * 400)
    document = chain(
        "text",
        [
            ("TokensInput", {}),
            ("Embedding", {"embedding_dim": 8}),
            ("Linear", {"out_features": 3}),
            ("Output", {}),
        ],
        {"path": str(folder / "text.txt"), "window": 6},
        epochs=30,
        learning_rate=0.1,
        batch_size=16,
    )
    it, _ = trained(document, folder)
    return Predictor(it.run)


def text(network: Predictor, prompt: str, length: int, **options: float) -> str:
    codes = [LETTERS.index(c) for c in prompt]
    return "".join(LETTERS[code] for code, _ in generate(network, codes, length, **options))  # type: ignore[arg-type]


def test_the_likeliest_goes_on_as_it_was_learned(network: Predictor) -> None:
    assert text(network, "a", 9, temperature=0.0) == "bcabcabca"
    assert text(network, "abcabcabcab", 4, temperature=0.0) == "cabc", "a prompt longer than the window"


def test_equal_seeds_draw_equal_tokens(network: Predictor) -> None:
    hot = {"temperature": 50.0}
    first = text(network, "a", 40, seed=3, **hot)
    assert text(network, "a", 40, seed=3, **hot) == first
    assert text(network, "a", 40, seed=4, **hot) != first
    assert set(first) == set(LETTERS), "at a high temperature everything occurs"


def test_top_k_leaves_out_the_rest(network: Predictor) -> None:
    assert text(network, "a", 12, temperature=50.0, top_k=1, seed=5) == "bcabcabcabca"
    two = text(network, "a", 60, temperature=1e6, top_k=2, seed=5)
    for before, after in zip("a" + two, two, strict=False):
        said = network.answers({"text": np.array([[LETTERS.index(before)] * 6])})["output1"]["values"][0, -1]
        assert LETTERS.index(after) != int(said.argmin())


def test_every_token_comes_with_its_probability(network: Predictor) -> None:
    for _, chance in generate(network, [0], 5, temperature=0.0):
        assert 0.9 < chance <= 1.0


def test_what_cannot_go_on_is_refused(network: Predictor, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="begin with one character"):
        next(generate(network, [], 3))
    with pytest.raises(Refusal, match="does not know"):
        next(generate(network, [17], 3))
    it, _ = trained(mlp(epochs=1), tmp_path)
    with pytest.raises(Refusal, match="which token comes next"):
        next(generate(Predictor(it.run), [0], 3))
