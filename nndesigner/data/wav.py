"""WAV files. Those that are read: PCM of 8 to 32 bits and floating point, one or more channels.

A WAV file is a RIFF file of chunks (Microsoft, Multimedia Programming Interface and Data Specifications 1.0, 1991; for
WAVE_FORMAT_EXTENSIBLE see mmreg.h). Sizes in it are believed only as far as the file goes.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from nndesigner.base.text import tr

MOST_BYTES = 1 << 30
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE

Floats = npt.NDArray[np.float32]


class BadSound(Exception):
    """A file that is no WAV file nndesigner can read; `str()` is the reason, without the file's name."""


def look(path: Path) -> tuple[int, int, int]:
    """(samples per second, channels, samples) from the header alone. Raises `BadSound`."""
    with _opened(path) as file:
        form = _find(file, path.stat().st_size)
    return form.rate, form.channels, form.samples


def read_wav(path: Path) -> tuple[Floats, int]:
    """The sound as (samples, channels) between -1 and 1, and its samples per second. Raises `BadSound`."""
    with _opened(path) as file:
        form = _find(file, path.stat().st_size)
        file.seek(form.start)
        data = file.read(form.samples * form.channels * form.bits // 8)
    width = form.bits // 8
    flat: Floats
    if form.kind == _FLOAT:
        flat = np.frombuffer(data, f"<f{width}").astype(np.float32)
        if not np.isfinite(flat).all():
            raise BadSound(tr("it holds values that are no finite numbers"))
    elif width == 1:
        flat = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / np.float32(128)
    elif width == 3:
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(parts), 4), np.uint8)
        wide[:, 1:] = parts  # into the upper bytes, so that the sign is kept
        flat = (wide.view("<i4")[:, 0] >> 8).astype(np.float32) / np.float32(1 << 23)
    else:
        flat = (np.frombuffer(data, f"<i{width}") / (1 << (form.bits - 1))).astype(np.float32)
    return flat.reshape(-1, form.channels), form.rate


def wav_file(sound: Floats, rate: int) -> bytes:
    """A sound (samples,) between -1 and 1 as a WAV file: one channel of 16 bits."""
    data = np.clip(np.rint(sound * np.float32(1 << 15)), -(1 << 15), (1 << 15) - 1).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", _PCM, 1, rate, 2 * rate, 2, 16)
    head = b"WAVE" + _chunk(b"fmt ", form) + _chunk(b"data", data)
    return _chunk(b"RIFF", head)


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data


class _Form:
    """What a WAV file says of itself, and where its samples begin."""

    kind = rate = channels = bits = samples = start = 0


def _opened(path: Path) -> IO[bytes]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadSound(tr("it has more than {most} MB", most=MOST_BYTES >> 20))
        return path.open("rb")
    except OSError as error:
        raise BadSound(error.strerror or type(error).__name__) from error


def _find(file: IO[bytes], size: int) -> _Form:
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise BadSound(tr("it is not a WAV file"))
    form, known = _Form(), False
    while True:
        chunk = file.read(8)
        if len(chunk) < 8:
            raise BadSound(tr("it ends before its samples") if known else tr("it does not say its format"))
        name, length = chunk[:4], struct.unpack("<I", chunk[4:])[0]
        if name == b"fmt ":
            _format(form, file.read(min(length, 64)))
            file.seek(max(length - 64, 0) + length % 2, 1)
            known = True
        elif name == b"data":
            if not known:
                raise BadSound(tr("it does not say its format"))
            form.start = file.tell()
            # A recorder that was cut off leaves a length of 0 or more than there is: what is there counts.
            there = size - form.start
            length = there if length in (0, 0xFFFFFFFF) or length > there else length
            form.samples = length // (form.channels * form.bits // 8)
            if not form.samples:
                raise BadSound(tr("it holds no samples"))
            return form
        else:
            file.seek(length + length % 2, 1)


def _format(form: _Form, data: bytes) -> None:
    if len(data) < 16:
        raise BadSound(tr("it does not say its format"))
    form.kind, form.channels, form.rate, _, _, form.bits = struct.unpack("<HHIIHH", data[:16])
    if form.kind == _EXTENSIBLE and len(data) >= 26:
        form.kind = struct.unpack("<H", data[24:26])[0]
    good = (form.kind == _PCM and form.bits in (8, 16, 24, 32)) or (
        form.kind == _FLOAT and form.bits in (32, 64)
    )
    if not good:
        raise BadSound(
            tr("its format ({kind}, {bits} bits) is not plain PCM", kind=form.kind, bits=form.bits)
        )
    if not (1 <= form.channels <= 64 and 1 <= form.rate <= 1_000_000):
        raise BadSound(
            tr(
                "it claims {channels} channels at {rate:,} samples per second",
                channels=form.channels,
                rate=form.rate,
            )
        )
