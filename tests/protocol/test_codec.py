"""Structs and arrays come back equal; 10,000 mutated streams give structs or ProtocolError, and bounded memory."""

from __future__ import annotations

import random
import resource
import struct
from typing import Any

import msgspec
import numpy as np
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.protocol import controls, jobs, messages
from nndesigner.protocol.channel import (
    message_reader,
    worker_reader,
    write_control,
    write_job,
    write_message,
)
from nndesigner.protocol.codec import pack, write
from nndesigner.protocol.framing import MAX_BODY, Kind, ProtocolError, encode

ROWS = tuple(messages.ScalarRow(k, k / 10, "train", "loss", 1 / (k + 1), 0.1 * k) for k in range(40))
SAID: list[messages.Message] = [
    messages.Ready({"torch": "2.13.0"}, (messages.Device("cpu", "CPU", 1 << 40, True),), process=7),
    messages.Warm(1.5),
    messages.Heartbeat(123_456_789_012),
    messages.Progress(0.5, "Reading « données »"),
    messages.Scalars(ROWS),
    messages.State("running"),
    messages.Clock(1, 2, 0.1, 3, 1e5, -1.0),
    messages.Failed("No.", "because", "refused"),
    messages.Done({"loss": 0.1, "paths": ["a", "b"], "none": None}),
    messages.DataFound(
        (DataField(name="x", role="input", kind="table", element="float", axes=(("feature", 4),)),),
        {"all": 9},
        "ab",
    ),
]
FRAME = messages.Frame(
    "histogram",
    "n1",
    5,
    0.5,
    {"counts": np.arange(6, dtype=np.int32), "edges": np.linspace(0, 1, 7)},
    {"unit": "V"},
)


@pytest.mark.parametrize("message", SAID, ids=lambda m: type(m).__name__)
def test_messages_come_back_equal(message: messages.Message) -> None:
    (back,) = message_reader().feed(write_message(message))
    assert type(back) is type(message)
    assert msgspec.structs.asdict(back) == msgspec.structs.asdict(message)


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", ">f4"]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4), (5, 0, 2)])
def test_arrays_come_back_bit_for_bit(dtype: str, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(3).integers(0, 2, shape)
    arrays = {
        "plain": np.asarray(values, dtype),
        "turned": np.asarray(values, dtype).T,
        "other": np.ones(3, "i1"),
    }
    sent = messages.Frame(
        "m", "n", 0, 0.0, arrays, {"inside": [np.asarray(values, dtype)], "number": np.float32(2)}
    )
    (back,) = message_reader().feed(write_message(sent))
    assert isinstance(back, messages.Frame)
    assert list(back.arrays) == list(arrays)
    for name, array in arrays.items():
        assert back.arrays[name].shape == array.shape
        assert back.arrays[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(back.arrays[name], array)
        assert not back.arrays[name].flags.writeable
        assert back.arrays[name].flags.aligned
    np.testing.assert_array_equal(back.meta["inside"][0], np.asarray(values, dtype))
    assert back.meta["number"] == 2.0


def test_not_a_number_and_infinity_survive() -> None:
    rows = (
        messages.ScalarRow(1, 0.0, "train", "loss", float("nan"), 0.0),
        ROWS[0]._replace(value=float("inf")),
    )
    (back,) = message_reader().feed(write_message(messages.Scalars(rows)))
    assert isinstance(back, messages.Scalars)
    assert np.isnan(back.rows[0].value)
    assert back.rows[1].value == float("inf")


def test_an_array_larger_than_a_frame_arrives_whole() -> None:
    array = np.arange(2 * MAX_BODY // 4 + 11, dtype=np.uint32)
    stream = write_message(messages.Frame("m", "n", 0, 0.0, {"a": array}))
    reader, came = message_reader(), []
    for start in range(0, len(stream), 1 << 20):
        came += reader.feed(stream[start : start + (1 << 20)])
    (back,) = came
    assert isinstance(back, messages.Frame)
    np.testing.assert_array_equal(back.arrays["a"], array)


@pytest.mark.parametrize("thing", [object(), np.array([object()]), np.array(["text"]), np.array([1j]), print])
def test_what_cannot_travel_is_refused_where_it_is_sent(thing: Any) -> None:
    with pytest.raises(TypeError, match="cannot be sent"):
        pack(messages.Done({"thing": thing}))


def test_jobs_and_controls_come_back() -> None:
    train = jobs.Train(b"{}", "/data", "/runs/1", start="resume", detached=True)
    predict = jobs.Predict("/runs/1", inputs={"x": np.eye(3, dtype=np.float32)})
    subscribe = controls.Subscribe((controls.Subscription("n1", "histogram", {"bins": 32}),))
    stream = write_job(train) + write_control(subscribe) + write_job(predict) + write_control(controls.Stop())
    first, second, third, fourth = worker_reader().feed(stream)
    assert msgspec.structs.asdict(first) == msgspec.structs.asdict(train)
    assert (second, fourth) == (subscribe, controls.Stop())
    assert isinstance(third, jobs.Predict)
    np.testing.assert_array_equal(third.inputs["x"], np.eye(3))


def head(value: Any, arrays: bytes = b"") -> bytes:
    """A message payload with this header, written by hand."""
    header = msgspec.msgpack.encode(value)
    return struct.pack("<I", len(header)) + header + b"\0" * (-(4 + len(header)) % 8) + arrays


def framed(descriptor: Any, arrays: bytes = b"", code: int = 1) -> bytes:
    extension = msgspec.msgpack.Ext(code, msgspec.msgpack.encode(descriptor))
    return head(
        {"kind": "frame", "measurement": "m", "node": "n", "step": 1, "epoch": 0, "arrays": {"a": extension}},
        arrays,
    )


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\0\0",
        struct.pack("<I", 1000) + b"short",
        struct.pack("<I", 0),
        head({"kind": "shutdown"}),
        head({"kind": "progress", "fraction": "half", "sentence": ""}),
        head({"kind": "progress"}),
        head({"kind": "train", "project": b"", "folder": "", "run": ""}),
        head([1, 2, 3]),
        head({"kind": "warm"}, b"left over"),
        head({"kind": "frame", "measurement": "", "node": "", "step": 1, "epoch": 0, "arrays": {"a": [1]}}),
        framed([0, "<f4", [2]], b"\0" * 4),
        framed([0, "<f4", [2]], b"\0" * 16),
        framed([8, "<f4", [2]], b"\0" * 16),
        framed([-8, "<f4", [2]], b"\0" * 8),
        framed([0, "|O", [1]], b"\0" * 8),
        framed([0, "<f4,<f4", [1]], b"\0" * 8),
        framed([0, "<f4", [-1]], b"\0" * 8),
        framed([0, "<f4", [2**62, 2**62]], b"\0" * 8),
        framed([0, "<f4", [0, 2**63]], b""),
        framed([0, "<f4", [1] * 100], b"\0" * 8),
        framed([0, "<f4", [2]], b"\0" * 8, code=5),
        struct.pack("<I", 7) + b"\x81\xa4kind" + b"\x91",
        struct.pack("<I", 100_000) + b"\x91" * 100_000,
        struct.pack("<I", 5) + b"\xdd\xff\xff\xff\xff",
    ],
    ids=lambda payload: f"{len(payload)}-bytes",
)
def test_a_wrong_payload_is_a_protocol_error(payload: bytes) -> None:
    reader = message_reader()
    with pytest.raises(ProtocolError, match=r"\.$"):
        reader.feed(encode(Kind.MESSAGE, payload))
    with pytest.raises(ProtocolError):
        reader.feed(write_message(messages.Warm()))


def test_each_side_hears_only_what_the_other_may_say() -> None:
    with pytest.raises(ProtocolError, match="other side"):
        message_reader().feed(write_job(jobs.Inspect(b"", "")))
    with pytest.raises(ProtocolError, match="other side"):
        worker_reader().feed(write_message(messages.Warm()))
    with pytest.raises(ProtocolError):
        worker_reader().feed(write(Kind.JOB, controls.Stop()))


def mutated(randomness: random.Random, stream: bytes) -> bytes:
    """`stream` with bytes flipped, cut out, doubled, moved, or a length put wrong."""
    data = bytearray(stream)
    for _ in range(randomness.randint(1, 4)):
        place = randomness.randrange(len(data))
        match randomness.randrange(6):
            case 0:
                data[place] ^= 1 << randomness.randrange(8)
            case 1:
                data[place] = randomness.randrange(256)
            case 2:
                del data[place : place + randomness.randint(1, 30)]
            case 3:
                data[place:place] = data[place : place + randomness.randint(1, 30)]
            case 4:
                data[place : place + 4] = randomness.choice(
                    [
                        b"\xff\xff\xff\xff",
                        b"\0\0\0\0",
                        b"\xdd\xff\xff\xff",
                        b"\xc6\x0f\xff\xff",
                        b"\xdf\x7f\xff\xff",
                    ]
                )
            case 5:
                data[place:place] = randomness.randbytes(randomness.randint(1, 12))
        if not data:
            break
    return bytes(data)


def test_ten_thousand_mutated_streams() -> None:
    randomness = random.Random(20)
    good = [write_message(message) for message in (*SAID, FRAME)]
    asked = [write_job(jobs.Train(b"{}", "/d", "/r")), write_control(controls.SetLearningRate(0.1))]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = {"refused": 0, "clean": 0}
    for number in range(10_000):
        reader: Any = worker_reader() if number % 4 == 0 else message_reader()
        stream = b"".join(randomness.sample(asked if number % 4 == 0 else good, 2))
        try:
            for struct_ in reader.feed(mutated(randomness, stream)):
                assert isinstance(struct_, msgspec.Struct)
            outcomes["clean"] += 1
        except ProtocolError as error:
            assert str(error).endswith(".")
            outcomes["refused"] += 1
        assert reader.pending < 10_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # KiB on Linux
    assert grown < 50 * 1024
    assert min(outcomes.values()) > 500, outcomes
