"""The view of what a language model writes: which letters come, and how they are shown."""

from __future__ import annotations

from pathlib import Path

import torch

from nndesigner.check.check import check
from nndesigner.document.document import Document
from nndesigner.gui.monitors.monitor import views
from nndesigner.gui.monitors.written_text import BETWEEN, WRITTEN_TEXT_VIEW
from nndesigner.training.loop import Trainer
from tests.gui.monitors.known import watched
from tests.gui.monitors.test_over_time import shown
from tests.objectives.known import example
from tests.training.small import chain, dataset, mlp, trainer

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def alphabet(folder: Path) -> Document:
    """One letter after the other, and a network that sees only the letter before."""
    (folder / "letters.txt").write_text(ALPHABET * 40)
    layers = [
        ("TokensInput", {}),
        ("Embedding", {"embedding_dim": 26}),
        ("Linear", {"out_features": 26}),
        ("Output", {}),
    ]
    return chain("text", layers, {"path": str(folder / "letters.txt"), "window": 20}, learning_rate=1e-9)


def knows_the_next(it: Trainer) -> None:
    weights = dict(it.compiled.named_parameters())
    with torch.no_grad():
        weights["embedding1.weight"].copy_(torch.eye(26))
        weights["linear1.weight"].copy_(50.0 * torch.eye(26).roll(1, 0))
        weights["linear1.bias"].zero_()


def test_a_network_that_knows_the_next_letter_goes_on_with_the_alphabet(app, qtbot, tmp_path: Path) -> None:
    run = watched(alphabet(tmp_path), tmp_path, ("", "written_text"), prepare=knows_the_next)
    frame = run.history.frames["", "written_text"]
    assert frame.arrays["codes"].shape == (3, 16 + 48) and frame.meta["tokens"] == 16
    for given, written in zip(frame.meta["given"], frame.meta["written"], strict=True):
        assert len(given) == 16 and (given + written) in ALPHABET * 10
    monitor = shown(WRITTEN_TEXT_VIEW, run, qtbot)
    assert monitor.table()[1] == list(zip(frame.meta["given"], frame.meta["written"], strict=True))
    assert monitor.page.toPlainText().split(BETWEEN) == ["".join(row) for row in monitor.table()[1]]


def test_looking_draws_the_same_again_and_leaves_the_run_alone(tmp_path: Path) -> None:
    it = trainer(alphabet(tmp_path), tmp_path)
    before = torch.get_rng_state()
    texts = []
    for step in (1, 2):
        it.monitor.last_look(None, step, 0.1)
        texts.append(it.monitor.frames["", "written_text"].meta["written"])
    assert texts[0] == texts[1] and len(set(texts[0])) > 1
    assert torch.equal(before, torch.get_rng_state())


def test_a_large_network_writes_less() -> None:
    from nndesigner.measurements.written_text import LONGEST, SHORTEST, _length

    assert _length(check(example("characters-transformer"))) == LONGEST
    large = check(example("architectures/gpt2"))
    assert _length(large) == SHORTEST


def test_only_networks_that_tell_the_next_token_have_it() -> None:
    def there(document: Document) -> bool:
        return WRITTEN_TEXT_VIEW in [view for view in views() if view.applies(check(document))]

    assert there(example("characters-transformer"))
    assert there(example("digits-ctc")) and there(example("reverse-sequence"))
    assert not there(example("masked-letters")) and not there(mlp())


def says_one_digit(it: Trainer) -> None:
    """“4”, at every step of every strip."""
    weights = dict(it.compiled.named_parameters())
    with torch.no_grad():
        weights["scores.weight"].zero_()
        weights["scores.bias"].zero_()
        weights["scores.bias"][5] = 9.0


def test_what_is_read_off_a_strip_stands_below_it_beside_what_is_there(app, qtbot, tmp_path: Path) -> None:
    document = example("digits-ctc", learning_rate=1e-9)
    run = watched(document, tmp_path, ("", "written_text"), steps=1, prepare=says_one_digit)
    frame = run.history.frames["", "written_text"]
    assert frame.meta["written"] == ["4"] * 12
    data = dataset(document)
    tokens = data.fields["number"].tokens
    rows = data.arrays["number"][frame.arrays["indices"]]
    assert frame.meta["truth"] == ["".join(tokens[code] for code in row if code) for row in rows]
    monitor = shown(WRITTEN_TEXT_VIEW, run, qtbot)
    assert monitor.table() == (("wanted", "written"), [(truth, "4") for truth in frame.meta["truth"]])
    first = monitor.gallery.samples[0]
    assert first.image is not None and (first.image.width(), first.image.height()) == (76, 8)
    assert first.wrong and monitor.gallery.first_line(first) == f"{frame.meta['truth'][0]} → 4"
    right = sum(truth == "4" for truth in frame.meta["truth"])
    assert monitor.words.text().startswith(f"{right} of 12 right")


def test_a_decoder_is_shown_writing_by_itself(app, qtbot, tmp_path: Path) -> None:
    run = watched(example("reverse-sequence"), tmp_path, ("", "written_text"), steps=1)
    frame = run.history.frames["", "written_text"]
    data = dataset(example("reverse-sequence"))
    words = data.arrays["sequence"][frame.arrays["indices"]]
    assert frame.meta["truth"] == ["".join("abcdefghij"[code] for code in row[::-1]) for row in words]
    assert all(len(text) == 8 for text in frame.meta["written"])
    monitor = shown(WRITTEN_TEXT_VIEW, run, qtbot)
    assert [sample.words for sample in monitor.gallery.samples] == [
        text[::-1] for text in frame.meta["truth"]
    ]
