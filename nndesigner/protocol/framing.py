"""Frames on a stream of bytes: a length, a kind, a body. It does no reading or writing, and knows no struct.

    body length   4 bytes, little-endian, at most 16 MiB
    kind          1 byte: what the body is; the highest bit says that the next frame of this kind goes on with it
    body

A payload longer than one frame travels as several, one after the other, and is put together again on arrival.
Whatever a broken or hostile sender writes ends in `ProtocolError`, and memory stays bounded by what truly arrived.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

from nndesigner.base.text import tr

MAX_BODY = 16 * 2**20 - 5
"""Bytes of one body: a frame, with its five bytes of head, is at most 16 MiB."""

MAX_PAYLOAD = 256 * 2**20
"""Bytes of one payload, put together from its frames."""

_HEAD = struct.Struct("<IB")
_GOES_ON = 0x80


class ProtocolError(Exception):
    """What arrived is not what nndesigner's processes say to each other; `str()` is a sentence for the user."""


class Kind(IntEnum):
    """What a payload is. The numbers are part of the protocol and never change."""

    JOB = 1
    CONTROL = 2
    MESSAGE = 3


class Frame(NamedTuple):
    """One whole payload and what it is."""

    kind: Kind
    payload: bytes


def encode(kind: Kind, payload: bytes) -> bytes:
    """The bytes to write for `payload`: one frame, or several where it is longer than one may be.

    Raises ValueError where the payload is longer than `MAX_PAYLOAD`.
    """
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"a payload of {len(payload)} bytes; at most {MAX_PAYLOAD} can be sent")
    if len(payload) <= MAX_BODY:
        return _HEAD.pack(len(payload), kind) + payload
    view = memoryview(payload)
    pieces: list[bytes | memoryview] = []
    for start in range(0, len(view), MAX_BODY):
        body = view[start : start + MAX_BODY]
        goes_on = _GOES_ON if start + len(body) < len(view) else 0
        pieces += (_HEAD.pack(len(body), kind | goes_on), body)
    return b"".join(pieces)


class Decoder:
    """Takes bytes as they come and gives whole payloads. After a `ProtocolError` the stream is lost for good."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._begun: Kind | None = None
        self._pieces: list[bytes] = []
        self._gathered = 0
        self._error: ProtocolError | None = None

    @property
    def pending(self) -> int:
        """Bytes that are kept because their payload is not complete."""
        return len(self._buffer) + self._gathered

    def feed(self, data: bytes) -> list[Frame]:
        """The payloads that `data` completes, in order. Raises ProtocolError, now and at every later call."""
        if self._error is not None:
            raise self._error
        self._buffer += data
        frames: list[Frame] = []
        start = 0
        try:
            while len(self._buffer) - start >= _HEAD.size:
                length, number = _HEAD.unpack_from(self._buffer, start)
                kind, goes_on = self._look_at_head(length, number)
                end = start + _HEAD.size + length
                if len(self._buffer) < end:
                    break
                body = bytes(memoryview(self._buffer)[start + _HEAD.size : end])
                start = end
                if goes_on:
                    self._begun = kind
                    self._pieces.append(body)
                    self._gathered += length
                else:
                    frames.append(Frame(kind, b"".join((*self._pieces, body)) if self._pieces else body))
                    self._forget_pieces()
        except ProtocolError as error:
            self._error = error
            self._buffer.clear()
            self._forget_pieces()
            raise
        del self._buffer[:start]
        return frames

    def _look_at_head(self, length: int, number: int) -> tuple[Kind, bool]:
        goes_on = bool(number & _GOES_ON)
        try:
            kind = Kind(number & ~_GOES_ON)
        except ValueError:
            raise ProtocolError(tr("Something that is no nndesigner worker answered.")) from None
        if length > MAX_BODY or self._gathered + length > MAX_PAYLOAD:
            raise ProtocolError(tr("A message arrived that is larger than any may be."))
        # Every piece but the last is full, or a sender could make a list of a billion empty ones.
        if (goes_on and length != MAX_BODY) or (self._begun is not None and kind is not self._begun):
            raise ProtocolError(tr("A message arrived in pieces that do not belong together."))
        return kind, goes_on

    def _forget_pieces(self) -> None:
        self._begun = None
        self._pieces = []
        self._gathered = 0
