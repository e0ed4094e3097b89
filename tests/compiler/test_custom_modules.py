"""The one place that runs a text refuses one that nobody trusts."""

from __future__ import annotations

import pytest
import torch

from nndesigner.base import trust
from nndesigner.base.problem import Refusal
from nndesigner.compiler.custom_modules import module_class
from nndesigner.layers.custom import STARTER
from tests.custom_texts import GATE, HEAD, layer


def test_it_gives_the_class() -> None:
    trust.trust(GATE)
    assert module_class(GATE)(in_features=3)(torch.zeros(2, 3)).shape == (2, 3)


def test_our_own_text_needs_no_trust() -> None:
    assert module_class(STARTER).__name__ == "ScaledTanh"


@pytest.mark.parametrize("change", [" ", "\n# more", "\n"])
def test_a_changed_text_is_refused(change: str) -> None:
    text = layer("", "Changed")
    trust.trust(text)
    module_class(text)
    with pytest.raises(Refusal, match="The code of Changed is not trusted"):
        module_class(text + change)


def test_trust_that_was_withdrawn_counts_although_the_text_has_run() -> None:
    trust.trust(GATE)
    module_class(GATE)
    trust.withdraw(GATE)
    with pytest.raises(Refusal, match="not trusted"):
        module_class(GATE)


def test_a_class_that_turns_out_to_be_something_else_is_refused() -> None:
    text = HEAD + "\nclass Odd(nn.Module):\n    def forward(self, x):\n        return x\n\n\nOdd = 3\n"
    trust.trust(text)
    with pytest.raises(Refusal, match=r"is not an nn\.Module"):
        module_class(text)
