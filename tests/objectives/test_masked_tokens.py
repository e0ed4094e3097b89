"""Masked tokens: what is hidden, where it costs, and which networks can learn so."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.check.asking import goes_on
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.objectives.masked_tokens import ACCURACY, MASKED_TOKENS, masked
from tests.objectives.known import example
from tests.training.small import mlp, trained, trainer


def test_of_a_text_a_share_is_judged_and_hidden_as_in_the_paper() -> None:
    torch.manual_seed(0)
    tokens = 1000
    text = torch.randint(tokens, (400, 100))
    seen, judged = masked(text, 0.15, tokens)
    assert (judged.sum(dim=1) == 15).all()
    assert torch.equal(seen[~judged], text[~judged])
    hidden, stay = seen[judged] == tokens, seen[judged] == text[judged]
    assert hidden.float().mean().item() == pytest.approx(0.8, abs=0.02)
    assert stay.float().mean().item() == pytest.approx(0.1, abs=0.02)
    assert judged.float().mean(dim=0).std().item() < 0.03, "every place is as likely"


def test_what_only_fills_up_is_never_judged_and_short_texts_have_one_place() -> None:
    torch.manual_seed(0)
    text = torch.tensor([[5, 6, 0, 0, 0], [0, 0, 0, 0, 0], [4, 4, 4, 4, 4]]).repeat(50, 1)
    seen, judged = masked(text, 0.15, 9, pad=0)
    assert not (judged & (text == 0)).any() and (seen[text == 0] == 0).all()
    assert judged.sum(dim=1).tolist() == [1, 0, 1] * 50


def test_only_chosen_places_cost_and_give_gradients(tmp_path: Path) -> None:
    it = trainer(example("masked-letters"), tmp_path)
    it.compiled.eval()
    inputs, targets = next(it.feed.evaluation("validation", 16))
    assert torch.equal(inputs[0], targets[0])
    torch.manual_seed(3)
    outcome = it.way.judge(inputs, targets)
    torch.manual_seed(3)
    seen, judged = masked(inputs[0], 0.15, 34)
    scores = it.compiled.for_loss(seen)[0]
    loss = torch.nn.functional.cross_entropy(scores[judged], inputs[0][judged])
    assert outcome.loss.item() == pytest.approx(loss.item(), rel=1e-5)
    right = (scores[judged].argmax(1) == inputs[0][judged]).float().mean()
    assert outcome.means[0].item() == pytest.approx(right.item())
    (gradient,) = torch.autograd.grad(outcome.loss, outcome.values[0])
    assert (gradient[~judged] == 0).all() and (gradient[judged] != 0).any(dim=1).all()


def test_a_network_without_a_token_for_the_mask_or_another_target_is_refused() -> None:
    document = example("masked-letters")
    assert MASKED_TOKENS.why_not(check(document)) == ""
    text, letters = document.node_named("text"), document.node_named("letters")
    assert text is not None and letters is not None
    small = document.apply(edits.set_parameters(document, text.id, {"vocabulary": 0}))
    assert "vocabulary of text to 35" in MASKED_TOKENS.why_not(check(small))
    ahead = document.apply(edits.set_parameters(document, letters.id, {"target": "next"}))
    assert "compared with itself" in MASKED_TOKENS.why_not(check(ahead))
    assert "compared with itself" in MASKED_TOKENS.why_not(check(mlp()))


def test_a_network_that_tells_hidden_tokens_does_not_go_on_with_a_text() -> None:
    assert goes_on(check(example("masked-letters"))) is None
    assert goes_on(check(example("characters-transformer"))) is not None


@pytest.mark.long
def test_hidden_letters_are_told(tmp_path: Path) -> None:
    """The bar: half of the hidden letters of the test part; the most frequent sign, the space, is a fifth of them."""
    _, result = trained(example("masked-letters"), tmp_path)
    found = result["metrics"]["test"][ACCURACY]
    print(f"masked-letters: {found:.3f} of the hidden letters are told")
    assert found >= 0.5
