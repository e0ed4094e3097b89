"""Structs to payloads and back: msgpack for the struct, raw bytes behind it for every NumPy array in it.

    header length   4 bytes, little-endian
    header          msgpack; an array stands in it as an extension that says where its bytes are, dtype and shape
    arrays          raw, little-endian, C order, each starting at a multiple of 8

Arrays may stand wherever a field's type allows them, also inside plain dicts and lists. On arrival they are
read-only views into the payload: nothing is copied. Every struct is checked against its type; what does not
fit is a `ProtocolError`. Nothing here can name a class or run code.
"""

from __future__ import annotations

import struct
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.base.text import tr
from nndesigner.protocol.framing import Decoder, Kind, ProtocolError, encode

T = TypeVar("T")

MAX_HEADER = 64 * 2**20
"""Bytes of a struct without its arrays: a project file (at most 50 MB) has to fit."""

_ARRAY = 1  # the msgpack extension type of an array
_LENGTH = struct.Struct("<I")
_DTYPES = frozenset(
    np.dtype(name)
    for name in ("?", "i1", "<i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8")
)
_MAX_DIMENSIONS = 16

_Descriptor = tuple[int, str, tuple[int, ...]]  # offset among the arrays, dtype, shape
_descriptors = msgspec.msgpack.Decoder(_Descriptor)
_plain = msgspec.msgpack.Encoder()


def pack(value: Any) -> bytes:
    """The payload of a struct. Raises TypeError for what cannot travel (an array of objects, a live thing)."""
    arrays: list[npt.NDArray[Any]] = []
    cursor = 0

    def describe(thing: Any) -> Any:
        nonlocal cursor
        if isinstance(thing, np.generic):
            return thing.item()
        if not isinstance(thing, np.ndarray):
            raise TypeError(f"a {type(thing).__name__} cannot be sent")
        array = np.asarray(thing, dtype=thing.dtype.newbyteorder("<"), order="C")
        if array.dtype not in _DTYPES:
            raise TypeError(f"an array of {array.dtype} cannot be sent")
        arrays.append(array)
        descriptor = (cursor, array.dtype.str, array.shape)
        cursor += _padded(array.nbytes)
        return msgspec.msgpack.Ext(_ARRAY, _plain.encode(descriptor))

    header = msgspec.msgpack.Encoder(enc_hook=describe).encode(value)
    pieces: list[bytes | memoryview] = [_LENGTH.pack(len(header)), header]
    if arrays:
        pieces.append(_padding(_LENGTH.size + len(header)))
        for array in arrays:
            pieces += (array.reshape(-1).view(np.uint8).data if array.size else b"", _padding(array.nbytes))
    return b"".join(pieces)


class _Unpacker(Generic[T]):
    """Reads payloads of one union of structs."""

    def __init__(self, kind: Any) -> None:
        self._body: memoryview = memoryview(b"")
        self._cursor = 0
        self._decoder = msgspec.msgpack.Decoder(kind, dec_hook=_expect_array, ext_hook=self._array)

    def unpack(self, payload: bytes) -> T:
        try:
            (length,) = _LENGTH.unpack_from(payload)
            if length > min(MAX_HEADER, len(payload) - _LENGTH.size):
                raise ValueError("the header is longer than the payload")
            header = memoryview(payload)[_LENGTH.size : _LENGTH.size + length]
            self._body = memoryview(payload)[_padded(_LENGTH.size + length) :]
            self._cursor = 0
            value: T = self._decoder.decode(header)
            if self._cursor != len(self._body):
                raise ValueError("bytes are left over")
            return value
        except (
            msgspec.MsgspecError,
            ValueError,
            TypeError,
            OverflowError,
            RecursionError,
            struct.error,
        ) as error:
            raise ProtocolError(tr("A message arrived that cannot be read: {why}.", why=error)) from error
        finally:
            self._body = memoryview(b"")

    def _array(self, code: int, data: memoryview) -> npt.NDArray[Any]:
        if code != _ARRAY:
            raise ValueError(f"extension {code} is not known")
        offset, name, shape = _descriptors.decode(data)
        dtype = np.dtype(name) if name in _NAMES else None
        if dtype is None or offset != self._cursor or len(shape) > _MAX_DIMENSIONS:
            raise ValueError("an array's description is wrong")
        size = 1
        for extent in shape:
            if not 0 <= extent <= 2**40:
                raise ValueError("an array's shape is wrong")
            size *= extent
        end = offset + size * dtype.itemsize
        if _padded(end) > len(self._body):
            raise ValueError("an array is not all there")
        self._cursor = _padded(end)
        return np.frombuffer(self._body[offset:end], dtype).reshape(shape)


_NAMES = frozenset(dtype.str for dtype in _DTYPES)


def _expect_array(kind: Any, value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        raise ValueError(f"expected an array, got {type(value).__name__}")
    return value


def _padded(length: int) -> int:
    return -(-length // 8) * 8


def _padding(length: int) -> bytes:
    return b"\0" * (-length % 8)


class Reader(Generic[T]):
    """Bytes in, structs out: the frames of the kinds given, each checked against its own union of structs."""

    def __init__(self, kinds: dict[Kind, Any]) -> None:
        self._decoder = Decoder()
        self._unpackers: dict[Kind, _Unpacker[T]] = {kind: _Unpacker(union) for kind, union in kinds.items()}
        self._error: ProtocolError | None = None

    @property
    def pending(self) -> int:
        """Bytes that wait for the rest of their frame."""
        return self._decoder.pending

    def feed(self, data: bytes) -> list[T]:
        """The structs that `data` completes. Raises ProtocolError, now and at every later call."""
        if self._error is not None:
            raise self._error
        try:
            return [self._read(kind, payload) for kind, payload in self._decoder.feed(data)]
        except ProtocolError as error:
            self._error = error
            raise

    def _read(self, kind: Kind, payload: bytes) -> T:
        unpacker = self._unpackers.get(kind)
        if unpacker is None:
            raise ProtocolError(tr("A message arrived that only the other side may send."))
        return unpacker.unpack(payload)


def write(kind: Kind, value: Any) -> bytes:
    """The bytes to send for one struct."""
    return encode(kind, pack(value))
