from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data.wav import BadSound, look, read_wav, wav_file

SOUND = np.sin(np.arange(400) / 7)[:, None] * np.array([0.5, -0.25])


def pcm(sound: np.ndarray, rate: int = 8000, bits: int = 16) -> bytes:
    """As Python's own writer makes it: (samples, channels) between -1 and 1."""
    values = np.rint(sound * ((1 << (bits - 1)) - 1)).astype("<i4")
    if bits == 8:
        data = (values + 128).astype(np.uint8).tobytes()
    elif bits == 24:
        data = np.ascontiguousarray(values[..., None].view(np.uint8)[..., :3]).tobytes()
    else:
        data = values.astype(f"<i{bits // 8}").tobytes()
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(sound.shape[1])
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(data)
    return made.getvalue()


def floats(sound: np.ndarray, bits: int = 32, extensible: bool = False, before: bytes = b"") -> bytes:
    data = sound.astype(f"<f{bits // 8}").tobytes()
    channels = sound.shape[1]
    kind = 0xFFFE if extensible else 3
    form = struct.pack(
        "<HHIIHH", kind, channels, 8000, 8000 * channels * bits // 8, channels * bits // 8, bits
    )
    if extensible:
        form += struct.pack("<HHI", 22, bits, 0) + struct.pack("<H", 3) + bytes(14)
    chunks = (
        b"fmt " + struct.pack("<I", len(form)) + form + before + b"data" + struct.pack("<I", len(data)) + data
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_whole_numbers_of_every_width(bits: int, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(pcm(SOUND, bits=bits))
    found, rate = read_wav(tmp_path / "a.wav")
    assert rate == 8000 and found.shape == (400, 2) and found.dtype == np.float32
    assert found == pytest.approx(SOUND, abs=2.0 ** (2 - bits) + 1e-6)
    assert look(tmp_path / "a.wav") == (8000, 2, 400)


def test_what_is_written_is_read_again_and_by_others(tmp_path: Path) -> None:
    sound = np.append(SOUND[:, 0], [1.5, -1.5]).astype(np.float32)
    (tmp_path / "a.wav").write_bytes(wav_file(sound, 44100))
    found, rate = read_wav(tmp_path / "a.wav")
    assert rate == 44100 and found.shape == (402, 1)
    assert found[:, 0] == pytest.approx(np.clip(sound, -1, 1), abs=2.0**-15)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getnframes()) == (1, 2, 402)


@pytest.mark.parametrize(("bits", "extensible"), [(32, False), (64, False), (32, True)])
def test_floating_point_and_chunks_that_are_passed_over(bits: int, extensible: bool, tmp_path: Path) -> None:
    odd = b"LIST" + struct.pack("<I", 5) + b"hello\0"
    (tmp_path / "a.wav").write_bytes(floats(SOUND, bits, extensible, odd))
    assert read_wav(tmp_path / "a.wav")[0] == pytest.approx(SOUND, abs=1e-6)


def test_a_recording_that_was_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(pcm(SOUND)[:-402])
    assert read_wav(tmp_path / "a.wav")[0].shape == (299, 2)


GOOD = pcm(SOUND)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"ID3 music" * 9, "not a WAV file"),
        (GOOD[:30], "does not say its format"),
        (GOOD[:36], "ends before its samples"),
        (GOOD[:44], "holds no samples"),
        (GOOD[:20] + b"\x02\x00" + GOOD[22:], "is not plain PCM"),
        (GOOD[:22] + b"\x00\x00" + GOOD[24:], "claims 0 channels"),
        (GOOD[:24] + b"\xff" * 4 + GOOD[28:], "samples per second"),
        (floats(np.full((9, 1), np.nan)), "no finite numbers"),
    ],
)
def test_damage_is_told(data: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(BadSound) as caught:
        read_wav(tmp_path / "a.wav")
    assert sentence in str(caught.value)


def test_mutants_are_read_or_refused(tmp_path: Path) -> None:
    draw = np.random.RandomState(0)
    for base in (GOOD, floats(SOUND, 32, True)):
        for _ in range(200):
            spoiled = bytearray(base)
            for place in draw.randint(0, 70, 2):
                spoiled[place] = draw.randint(256)
            (tmp_path / "m.wav").write_bytes(spoiled[: draw.randint(1, len(spoiled) + 1)])
            try:
                assert len(read_wav(tmp_path / "m.wav")[0]) <= len(base)
            except BadSound as bad:
                assert "\n" not in str(bad)
