"""Frames survive every way of being cut up, and whatever is no frame ends in ProtocolError with memory bounded."""

from __future__ import annotations

import random
import struct

import pytest

from nndesigner.protocol.framing import MAX_BODY, MAX_PAYLOAD, Decoder, Frame, Kind, ProtocolError, encode


def test_payloads_come_back_however_the_bytes_are_cut() -> None:
    frames = [
        Frame(Kind.JOB, b"train"),
        Frame(Kind.CONTROL, b""),
        Frame(Kind.MESSAGE, bytes(range(256)) * 5),
    ]
    stream = b"".join(encode(*frame) for frame in frames)
    randomness = random.Random(1)
    for _ in range(50):
        decoder, came, rest = Decoder(), [], stream
        while rest:
            length = randomness.randint(1, 40)
            came += decoder.feed(rest[:length])
            rest = rest[length:]
        assert came == frames
        assert decoder.pending == 0


def test_a_long_payload_travels_in_frames_of_at_most_16_mib() -> None:
    payload = random.Random(2).randbytes(2 * MAX_BODY + 7)
    stream = encode(Kind.MESSAGE, payload)
    starts, position = [], 0
    while position < len(stream):
        length = struct.unpack_from("<I", stream, position)[0]
        starts.append(length + 5)
        position += length + 5
    assert starts == [16 * 2**20, 16 * 2**20, 12]
    decoder = Decoder()
    assert decoder.feed(stream[: 20 * 2**20]) == []
    assert decoder.feed(stream[20 * 2**20 :]) == [Frame(Kind.MESSAGE, payload)]


def test_what_is_too_long_is_not_sent() -> None:
    class Long(bytes):
        def __len__(self) -> int:
            return MAX_PAYLOAD + 1

    with pytest.raises(ValueError, match="at most"):
        encode(Kind.MESSAGE, Long())


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack("<IB", 3, 0) + b"abc",
        struct.pack("<IB", 3, 9) + b"abc",
        struct.pack("<IB", MAX_BODY + 1, 1),
        struct.pack("<IB", 0xFFFFFFFF, 1),
        b"Welcome to host7!\r\nLast login: Tuesday\r\n",
        struct.pack("<IB", 3, Kind.JOB | 0x80) + b"abc",  # a piece that is not full
        struct.pack("<IB", 0, Kind.JOB | 0x80),
        encode(Kind.JOB, b"x" * (MAX_BODY + 1))[: MAX_BODY + 5] + encode(Kind.CONTROL, b"other"),
    ],
    ids=["kind-0", "kind-9", "long", "4-gib", "ssh-greeting", "short-piece", "empty-piece", "mixed-pieces"],
)
def test_what_is_no_frame_ends_the_stream(stream: bytes) -> None:
    decoder = Decoder()
    with pytest.raises(ProtocolError, match=r"\.$"):
        decoder.feed(stream)
    assert decoder.pending == 0
    with pytest.raises(ProtocolError):
        decoder.feed(encode(Kind.JOB, b"fine"))


def test_pieces_that_never_end_are_refused_at_the_limit() -> None:
    piece = struct.pack("<IB", MAX_BODY, Kind.MESSAGE | 0x80) + bytes(MAX_BODY)
    decoder = Decoder()
    with pytest.raises(ProtocolError, match="larger"):
        for _ in range(MAX_PAYLOAD // MAX_BODY + 1):
            decoder.feed(piece)
            assert decoder.pending <= MAX_PAYLOAD


def test_a_claim_of_length_takes_no_memory() -> None:
    decoder = Decoder()
    assert decoder.feed(struct.pack("<IB", MAX_BODY, Kind.MESSAGE) + b"only this") == []
    assert decoder.pending < 100
