from __future__ import annotations

import time

import pytest

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError, Use
from nndesigner.layers.fitting import Offer, accepts, feeds
from tests.networks import DIGIT_IMAGE

IMAGE = tensor(channel=3, height=32, width=32)
ROW = tensor(feature=64)
SEQUENCE = tensor(time="T", feature=30)
TOKENS = TensorType("int", tensor(time=12).axes, 30)
VALUES = {"Parameter", "Constant"}
"""Layers without an input that no data enters at."""


def _types(offers, most: int = 1000) -> list[str]:
    return [offer.layer.type for offer in offers if offer.fits][:most]


def _of(offers, type: str) -> Offer:
    return next(offer for offer in offers if offer.layer.type == type)


def test_every_layer_is_answered_once_and_what_fits_comes_first() -> None:
    offers = accepts([IMAGE])
    assert sorted(offer.layer.type for offer in offers) == sorted(layers())
    fits = [offer.fits for offer in offers]
    assert fits == sorted(fits, reverse=True)


@pytest.mark.parametrize("arriving", [IMAGE, ROW, SEQUENCE, TOKENS, tensor(channel=2, length=9)], ids=str)
def test_what_fits_is_what_the_rule_takes_with_these_settings_and_the_reason_is_its_own(arriving) -> None:
    for offer in accepts([arriving]):
        values = {**offer.layer.defaults(), **offer.values}
        ports = offer.layer.input_ports(values)
        if offer.fits:
            needed = {port.name for port in ports if not port.optional} | set(offer.ports)
            try:
                found = offer.layer.infer(Use(inputs=dict.fromkeys(needed, arriving), values=values))
            except ShapeError as error:
                assert error.port and needed - set(offer.ports), "only another input may still be in the way"
            else:
                assert dict(found) == dict(offer.outputs)
        elif ports and offer.layer.role == "layer":
            plain = offer.layer.defaults()
            required = {port.name for port in ports if not port.optional} or {ports[0].name}
            with pytest.raises(ShapeError):
                offer.layer.infer(Use(inputs=dict.fromkeys(required, arriving), values=plain))
            assert offer.reason.endswith(".")


@pytest.mark.parametrize(
    ("arriving", "after", "first"),
    [
        (IMAGE, "Input and output", ["Conv2d", "MaxPool2d", "BatchNorm2d", "ReLU", "Flatten"]),
        (IMAGE, "Convolution", ["ReLU", "BatchNorm2d", "MaxPool2d"]),
        (ROW, "Input and output", ["Linear", "ReLU", "Dropout", "Output"]),
        (ROW, "Dense", ["ReLU", "Output"]),
        (ROW, "Activation", ["Linear", "Dropout", "Output"]),
        (SEQUENCE, "Embedding", ["LSTM", "MultiheadAttention"]),
        (SEQUENCE, "", ["LSTM", "MultiheadAttention", "LayerNorm"]),
        (TOKENS, "Input and output", ["Embedding"]),
    ],
    ids=str,
)
def test_the_usual_next_layers_lead(arriving, after: str, first: list[str]) -> None:
    assert _types(accepts([arriving], after=after), len(first)) == first


def test_wires_of_one_shape_are_merged() -> None:
    offers = accepts([IMAGE, IMAGE])
    assert _types(offers, 2) == ["Add", "Concatenate"]
    assert _of(offers, "Add").ports == ("a", "b")
    three = _of(accepts([ROW, ROW, ROW]), "Add")
    assert three.values == {"inputs": 3} and three.ports == ("a", "b", "c")
    assert "takes 1 wire" in _of(offers, "ReLU").reason
    assert not _of(accepts([IMAGE, ROW]), "Add").fits


def test_settings_suit_what_arrives() -> None:
    small = accepts([tensor(channel=40, height=2, width=5)])
    assert _of(small, "Conv2d").values == {"out_channels": 40, "kernel_size": (2, 3)}
    assert _of(small, "MaxPool2d").values == {}
    assert _of(accepts([SEQUENCE]), "MultiheadAttention").values == {"num_heads": 3}
    assert _of(accepts([tensor(time=4, feature=7)]), "TransformerEncoderLayer").values == {"num_heads": 1}
    assert _of(accepts([tensor(time=5000, feature=8)]), "PositionalEncoding").fits


def test_a_rule_that_knows_a_layer_in_between_says_so() -> None:
    reason = _of(accepts([IMAGE]), "Linear").reason
    assert "N × 3 × 32 × 32" in reason and "flatten" in reason.lower().partition("way out")[2]


def test_while_a_type_is_not_known_everything_with_an_input_is_offered() -> None:
    fitting = _types(accepts([None]))
    assert set(fitting) == {
        t
        for t, entry in layers().items()
        if entry.role in ("layer", "output", "penalty") and entry.input_ports(entry.defaults())
    }


def test_where_nothing_arrives_data_enters() -> None:
    inputs = {t for t, entry in layers().items() if entry.role == "input"}
    assert set(_types(accepts([]))) == inputs | VALUES
    fields = {"image": DIGIT_IMAGE}
    first, *others = _types(accepts([], fields=fields))
    assert first == "ImageInput" and set(others) == VALUES | {"NoiseInput"}
    assert "no wire can lead to it" in _of(accepts([IMAGE]), "TableInput").reason


def test_inside_a_block_other_layers_have_their_place() -> None:
    outside, inside = accepts([ROW]), accepts([ROW], inside=True)
    assert "enter one first" in _of(outside, "BlockOutput").reason and _of(inside, "BlockOutput").fits
    assert _of(outside, "Output").fits and "outside of blocks" in _of(inside, "Output").reason
    first, *others = _types(accepts([], inside=True, fields={"image": DIGIT_IMAGE}))
    assert first == "BlockInput" and set(others) == VALUES
    assert _of(feeds(None, {}, "x", fields={}, inside=True), "BlockInput").fits


def test_for_a_swap_the_same_result_leads_and_equal_settings_stay() -> None:
    relu = layers()["ReLU"]
    offers = accepts([ROW], instead=relu, leaving={"y": ROW})
    assert "ReLU" not in {offer.layer.type for offer in offers}
    assert offers[0].layer.group == "Activation" and dict(offers[0].outputs) == {"y": ROW}
    lstm = accepts([SEQUENCE], instead=layers()["LSTM"], kept={"hidden_size": 7, "returns": "sequence"})
    assert lstm[0].layer.group == "Recurrent"
    kept = {**lstm[0].layer.defaults(), **lstm[0].values}
    assert kept["hidden_size"] == 7


def test_what_can_feed_an_input() -> None:
    offers = feeds(layers()["Linear"], {}, "x", fields={"image": DIGIT_IMAGE})
    assert _of(offers, "ReLU").fits
    assert "nothing comes out" in _of(offers, "Output").reason
    assert "1 × 8 × 8" in _of(offers, "ImageInput").reason
    assert _of(feeds(layers()["Conv2d"], {}, "x", fields={"image": DIGIT_IMAGE}), "ImageInput").fits


def test_the_whole_catalogue_answers_within_20_ms() -> None:
    for arriving in (IMAGE, SEQUENCE):
        accepts([arriving])
        best = min(_took(arriving) for _ in range(5))
        assert best < 0.020 * max(1, len(layers()) / 150)


def _took(arriving: TensorType) -> float:
    began = time.process_time()
    accepts([arriving])
    return time.process_time() - began
