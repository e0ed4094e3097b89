"""Networks that are asked otherwise than their data stands: decoders that write by themselves, hidden tokens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.layers.decoding import greedy
from nndesigner.objectives.masked_tokens import ACCURACY
from nndesigner.objectives.objective import WHOLE
from nndesigner.training.evaluation.asking import Asking, Greedy, Masked, asking_of
from nndesigner.training.evaluation.evaluate import evaluate
from nndesigner.training.predict import Predictor
from tests.objectives.known import example
from tests.training.evaluation.hand_made import data, field
from tests.training.small import dataset, mlp, trained, trainer

LETTERS = ("a", "b", "c", "d", "e")
START = len(LETTERS)


class CountsOn:
    """A decoder that writes the letter after the one that it reads, and “a” after <start>."""

    def __init__(self) -> None:
        times = (("time", 4),)
        self.fields = (
            field("word", "tokens", axes=times, tokens=LETTERS),
            field("so far", "tokens", axes=times, tokens=(*LETTERS, "<start>")),
        )
        self.target = field("answer", "tokens", "target", axes=times, tokens=LETTERS)
        self.heads = [
            SimpleNamespace(
                unjudged=False, aligned=True, node=SimpleNamespace(name="next", use=None), target=self.target,
                loss=None, class_axis=2, width=5,
            )
        ]  # fmt: skip

    @staticmethod
    def _scores(word: torch.Tensor, so_far: torch.Tensor) -> tuple[torch.Tensor]:
        following = torch.where(so_far == START, 0, (so_far + 1) % len(LETTERS))
        return (torch.nn.functional.one_hot(following, len(LETTERS)).float(),)

    def answers(self, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
        (values,) = self._scores(*(torch.from_numpy(arrays[f.name]) for f in self.fields))
        return {"next": {"values": values.numpy(), "class": values.argmax(2).numpy()}}

    def written(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        inputs = [torch.from_numpy(arrays[f.name]) for f in self.fields]
        codes = greedy(self._scores, inputs, 1, 0, 2).numpy()
        start = np.full((len(codes), 1), START)
        return {**arrays, "so far": np.concatenate((start, codes[:, :-1]), axis=1)}


def test_one_mistake_at_the_beginning_spoils_all_that_a_decoder_writes_after_it() -> None:
    """Half of the answers are “abcd”, half “bcde”: told the right letters so far, it errs only at the first “b”."""
    decoder: Any = CountsOn()
    wanted = np.array([[0, 1, 2, 3], [1, 2, 3, 4]] * 10)
    so_far = np.concatenate((np.full((20, 1), START), wanted[:, :-1]), axis=1)
    kind = field("kind", "class", classes=("first", "second"))
    given = data(
        (*decoder.fields, decoder.target, kind),
        {"word": wanted, "so far": so_far, "answer": wanted, "kind": np.arange(20) % 2},
    )
    (told,) = evaluate(decoder, given, "test")
    assert told.classes is not None and told.classes.accuracy == pytest.approx(7 / 8)
    assert told.sequences is None and told.asked == ""
    (wrote,) = evaluate(decoder, given, "test", asking=Greedy(decoder, "next"), group="kind")
    assert wrote.classes is not None and wrote.sequences is not None and wrote.asked == "greedy"
    assert wrote.classes.accuracy == pytest.approx(1 / 2)  # “abcd” for all
    assert (wrote.sequences.judged, wrote.sequences.exact) == (20, pytest.approx(1 / 2))
    assert [group.values["exact match"] for group in wrote.groups] == [1.0, 0.0]
    assert {(line.truth, line.answer) for line in wrote.worst if line.wrong} == {("bcde", "abcd")}
    assert {(line.truth, line.answer) for line in wrote.worst if not line.wrong} == {("abcd", "abcd")}


def test_a_decoder_is_evaluated_as_its_metric_after_an_epoch_was(tmp_path: Path) -> None:
    it, result = trained(example("reverse-sequence", epochs=1), tmp_path)
    predictor, read = Predictor(it.run), dataset(example("reverse-sequence"))
    asking = asking_of(predictor)
    assert isinstance(asking, Greedy)
    (wrote,) = evaluate(predictor, read, "test", asking=asking)
    (told,) = evaluate(predictor, read, "test")
    assert wrote.classes is not None and wrote.sequences is not None and told.classes is not None
    assert wrote.sequences.exact == pytest.approx(result["metrics"]["test"][WHOLE])
    assert told.classes.accuracy == pytest.approx(result["metrics"]["test"]["accuracy"])
    assert wrote.classes.accuracy is not None and told.classes.accuracy is not None
    assert wrote.classes.accuracy < told.classes.accuracy


class Copies:
    """Says of every place the token that it sees there, and “a” of a hidden one."""

    def __init__(self) -> None:
        times = (("time", 20),)
        self.fields = (field("text", "tokens", "either", axes=times, tokens=LETTERS),)
        self.heads = [
            SimpleNamespace(
                unjudged=False, aligned=True, node=SimpleNamespace(name="letters", use=None), target=self.fields[0],
                loss=None, class_axis=2, width=5,
            )
        ]  # fmt: skip

    def answers(self, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
        seen = np.where(arrays["text"] == len(LETTERS), 0, arrays["text"])
        values = np.eye(len(LETTERS), dtype=np.float32)[seen]
        return {"letters": {"values": values, "class": seen}}


def test_only_hidden_tokens_are_judged_and_the_same_ones_each_time() -> None:
    """Of the tokens 80 % are hidden (“a” is said), 10 % are another one (right by chance), 10 % stay."""
    copies: Any = Copies()
    text = np.random.default_rng(0).integers(0, len(LETTERS), (3000, 20))
    given = data(copies.fields, {"text": text})
    (open_,) = evaluate(copies, given, "test")
    assert open_.classes is not None and open_.classes.accuracy == 1.0
    found = []
    for _ in range(2):
        hiding = Masked("text", "letters", 0.15, len(LETTERS), None)
        (output,) = evaluate(copies, given, "test", asking=hiding)
        assert output.classes is not None and output.asked == "masked"
        found.append(output.classes)
    assert found[0] == found[1]
    assert found[0].judged == 3 * 3000
    assert found[0].accuracy == pytest.approx(0.8 / 5 + 0.1 / 5 + 0.1, abs=0.015)


def test_a_masked_model_is_evaluated_by_the_rule_that_it_learned_by(tmp_path: Path) -> None:
    it, result = trained(example("masked-letters", epochs=1), tmp_path)
    predictor, read = Predictor(it.run), dataset(example("masked-letters"))
    asking = asking_of(predictor)
    assert isinstance(asking, Masked)
    before = torch.get_rng_state()
    (hidden,) = evaluate(predictor, read, "test", asking=asking)
    (seen,) = evaluate(predictor, read, "test")
    assert torch.equal(before, torch.get_rng_state())
    assert hidden.classes is not None and seen.classes is not None
    assert hidden.classes.judged == 5 * len(read.indices["test"]) < seen.classes.judged
    # The same rule, other draws: 2,900 letters of which about a quarter is right.
    assert hidden.classes.accuracy == pytest.approx(result["metrics"]["test"][ACCURACY], abs=0.04)


def test_other_networks_are_asked_as_the_data_stands(tmp_path: Path) -> None:
    it = trainer(mlp(), tmp_path)
    it.start()
    assert type(asking_of(Predictor(it.run))) is Asking
