"""WAV files in folders, one folder per class, as waveforms, spectrograms or cepstral coefficients."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, FloatField, IntField, PathField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import listing, tr
from nndesigner.data.class_folders import Sample, find_classes
from nndesigner.data.files import chosen_folder, readable
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.sound import cepstrum, envelope, frames_of, log_mel, resample
from nndesigner.data.source import Array, Loaded, Single, Source
from nndesigner.data.splits import SPLIT_FIELDS
from nndesigner.data.statistics import plain
from nndesigner.data.wav import BadSound, look, read_wav

MOST_BYTES = 4 << 30


@dataclass
class _Looked:
    """What the headers of all sounds say."""

    sounds: list[Sample]
    classes: tuple[str, ...]
    has_parts: bool
    rates: dict[int, int] = field(default_factory=dict)
    """samples per second → how many sounds have so many"""
    longest: float = 0.0
    """seconds"""
    good: list[int] = field(default_factory=list)
    """places of those that can be read"""

    def settled(self, values: Values) -> tuple[int, int]:
        """(samples per second, samples) that every sound is brought to."""
        rate = values["rate"] or max(self.rates, key=lambda r: (self.rates[r], r))
        return rate, _length(values, self.longest, rate)


def _length(values: Values, longest: float, rate: int) -> int:
    return max(round((values["seconds"] or longest) * rate), 1)


def _look(values: Values, folder: Path, progress: Progress, refused: list[str]) -> _Looked:
    root = chosen_folder(values["path"], folder, tr("the folder of sounds"))
    found = _Looked(*find_classes(root, sound_files, tr("WAV files")))
    for i, sound in enumerate(found.sounds):
        if i % 64 == 0:
            progress(0.2 * i / len(found.sounds), tr("Looking at {n:,} sounds", n=len(found.sounds)))
        try:
            rate, _, samples = look(sound.path)
        except BadSound as error:
            _refuse(sound.path, root, str(error), values["bad_files"], refused)
            continue
        found.rates[rate] = found.rates.get(rate, 0) + 1
        found.longest = max(found.longest, samples / rate)
        found.good.append(i)
    return found


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    root = chosen_folder(values["path"], folder, tr("the folder of sounds"))
    refused: list[str] = []
    looked = _look(values, folder, progress, refused)
    sounds, classes, has_parts = looked.sounds, looked.classes, looked.has_parts
    rates, good = looked.rates, looked.good
    if not good:
        raise Refusal(tr("None of the sounds can be read; the first is {file}.", file=refused[0]))
    remarks: list[str] = []
    rate, length = looked.settled(values)
    others = sum(number for r, number in rates.items() if r != rate)
    if others:
        remarks.append(
            tr(
                "{n:,} of {all:,} sounds had another sampling rate and are brought to {rate:,} Hz.",
                n=others,
                all=len(good),
                rate=rate,
            )
        )
    shape, field = _field(values, length, rate)
    if len(good) * int(np.prod(shape)) * 4 > MOST_BYTES:
        raise Refusal(
            tr(
                "{n:,} sounds of {seconds:.1f} s take more than {most} GB: take shorter ones, a lower rate, or"
                " spectrograms.",
                n=len(good),
                seconds=length / rate,
                most=MOST_BYTES >> 30,
            )
        )
    array = np.empty((len(good), *shape), np.float32)
    kept: list[int] = []
    cut = 0
    for i in good:
        if len(kept) % 8 == 0:
            progress(0.2 + 0.8 * len(kept) / len(good), tr("Reading {n:,} sounds", n=len(good)))
        try:
            wave, own = read_wav(sounds[i].path)
        except BadSound as error:
            _refuse(sounds[i].path, root, str(error), values["bad_files"], refused)
            continue
        wave = resample(wave.mean(axis=1), own, rate)
        cut += len(wave) > length
        array[len(kept)] = _heard(_whole(wave, length), rate, values)
        kept.append(i)
    if not kept:
        raise Refusal(tr("None of the sounds can be read; the first is {file}.", file=refused[0]))
    if cut:
        remarks.append(
            tr(
                "{n:,} of {all:,} sounds are longer and are cut to {s:.2f} s.",
                n=cut,
                all=len(kept),
                s=length / rate,
            )
        )
    if refused:
        shown = refused[:5] + ([tr("{n} more", n=len(refused) - 5)] if len(refused) > 5 else [])
        remarks.append(tr("Left out, because they cannot be read: {files}.", files=listing(shown)))
    return Loaded(
        fields=(
            field,
            DataField(name="class", role="target", kind="class", element="int", classes=classes),
        ),
        arrays={
            field.name: array[: len(kept)],
            "class": np.array([sounds[i].label for i in kept], np.int64),
        },
        parts=np.array([sounds[i].part for i in kept], np.int8) if has_parts else None,
        remarks=tuple(remarks),
    )


def _field(values: Values, length: int, rate: int) -> tuple[tuple[int, ...], DataField]:
    """The shape of one sample, and its field."""
    if values["hears"] == "waveform":
        axes: tuple[tuple[str, int], ...] = (("time", length), ("feature", 1))
        columns: tuple[str, ...] = ("amplitude",)
        name, kind = "waveform", "series"
    else:
        window, hop = _windows(values, rate)
        frames = frames_of(length, window, hop)
        if values["hears"] == "spectrogram":
            axes = (("channel", 1), ("height", values["bands"]), ("width", frames))
            name, kind, columns = "spectrogram", "image", ()
        else:
            number = min(values["coefficients"], values["bands"])
            axes = (("time", frames), ("feature", number))
            name, kind, columns = "mfcc", "series", tuple(f"c{i}" for i in range(number))
    field = DataField(
        name=name,
        role="input",
        kind=kind,
        element="float",
        axes=axes,
        columns=columns,
        statistics={"seconds": plain(length / rate)},
    )
    return field.sizes, field


def _windows(values: Values, rate: int) -> tuple[int, int]:
    """Window and hop in samples. Raises `Refusal` where the window is too short for its bands."""
    window = max(round(values["window"] * rate / 1000), 2)
    hop = max(round(values["hop"] * rate / 1000), 1)
    if window // 2 < values["bands"]:
        raise Refusal(
            tr(
                "A window of {window} samples tells {n} frequencies apart, fewer than {bands} mel bands: take a longer"
                " window or fewer bands.",
                window=window,
                n=window // 2,
                bands=values["bands"],
            )
        )
    return window, hop


def _whole(wave: np.ndarray, length: int) -> np.ndarray:
    """Cut, or filled up with silence."""
    whole = np.zeros(length, np.float32)
    whole[: min(length, len(wave))] = wave[:length]
    return whole


def _heard(whole: np.ndarray, rate: int, values: Values) -> Array:
    if values["hears"] == "waveform":
        return whole[:, None]
    window, hop = _windows(values, rate)
    decibels = log_mel(whole, rate, window, hop, values["bands"])
    if values["hears"] == "spectrogram":
        # As it is drawn: time to the right, high tones above.
        return decibels.T[None, ::-1].astype(np.float32)
    return cepstrum(decibels, min(values["coefficients"], values["bands"])).astype(np.float32)


def _single(path: Path, values: Values, folder: Path) -> Single:
    """A WAV file of the user's as the network hears it: with the rate and the length of the data."""
    if values["rate"] and values["seconds"]:
        rate, length = values["rate"], _length(values, 0.0, values["rate"])
    else:
        looked = _look({**values, "bad_files": "leave_out"}, folder, quiet, [])
        if not looked.good:
            raise Refusal(
                tr("None of the sounds of the data can be read any more, so its length is not known.")
            )
        rate, length = looked.settled(values)
    try:
        wave, own = read_wav(path)
    except BadSound as error:
        raise Refusal(
            tr("{file} cannot be read as a sound ({reason}).", file=path.name, reason=str(error))
        ) from error
    wave = resample(wave.mean(axis=1), own, rate)
    remarks = []
    if own != rate:
        remarks.append(tr("Brought from {own:,} to {rate:,} Hz.", own=own, rate=rate))
    if len(wave) > length:
        remarks.append(tr("Cut from {own:.2f} to {s:.2f} s.", own=len(wave) / rate, s=length / rate))
    elif len(wave) < length:
        remarks.append(tr("Filled up with silence to {s:.2f} s.", s=length / rate))
    whole = _whole(wave, length)
    _, field = _field(values, length, rate)
    return Single(
        field=field.name, array=_heard(whole, rate, values), remarks=tuple(remarks), wave=envelope(whole)
    )


def sound_files(folder: Path) -> list[Path]:
    """WAV files in a folder and the folders below it, links to other folders not followed."""
    found: list[Path] = []
    if not folder.is_dir():
        return found
    with readable(folder):
        for place, _, names in os.walk(folder):
            for name in names:
                path = Path(place, name)
                if not name.startswith(".") and path.suffix.lower() in (".wav", ".wave") and path.is_file():
                    found.append(path)
    return sorted(found)


def _refuse(path: Path, root: Path, reason: str, bad_files: str, refused: list[str]) -> None:
    name = path.relative_to(root)
    if bad_files == "stop":
        raise Refusal(
            tr(
                "{file} cannot be read as a sound ({reason}): mend or remove it, or let bad files be left out.",
                file=name,
                reason=reason,
            )
        )
    refused.append(f"{name} ({reason})")


AUDIO_FOLDER = Source(
    type="audio_folder",
    label="Audio folder",
    group="Images and sounds",
    summary="WAV files in folders, one folder per class.",
    help="The names of the sub-folders are the classes; if they are called train, validation and test, with class"
    " folders inside, the sounds stay in that part. The network hears the waveform (a series), a spectrogram on the"
    " mel scale in decibels (a picture: time to the right, high tones above), or mel-frequency cepstral coefficients"
    " (a series). Channels are mixed into one; all sounds are brought to one length.",
    synonyms=("sound", "wav", "speech", "music", "spectrogram", "mfcc", "mel", "keyword spotting"),
    parameters=(
        PathField(
            name="path", label="Folder", folder=True, help="The folder that holds one folder per class."
        ),
        ChoiceField(
            name="hears",
            label="The network hears",
            default="spectrogram",
            choices={
                "waveform": "the waveform",
                "spectrogram": "a mel spectrogram",
                "mfcc": "cepstral coefficients (MFCC)",
            },
            help="A spectrogram suits convolutions over pictures, coefficients suit recurrent layers; a waveform leaves"
            " everything to the network, and needs far more data.",
        ),
        IntField(
            name="rate",
            label="Sampling rate",
            default=0,
            minimum=0,
            maximum=384_000,
            unit="Hz",
            help="Every sound is brought to this rate; 0 takes the one that most have. Half of it is the highest tone.",
        ),
        FloatField(
            name="seconds",
            label="Length",
            default=0.0,
            minimum=0.0,
            maximum=3600.0,
            unit="s",
            help="Longer sounds are cut, shorter ones filled up with silence; 0 takes the longest.",
        ),
        FloatField(
            name="window",
            label="Window",
            default=25.0,
            minimum=1.0,
            maximum=1000.0,
            unit="ms",
            advanced=True,
            shown_when=lambda values: values.get("hears") != "waveform",
            help="The stretch of sound behind one column of the spectrogram. 25 ms suits speech.",
        ),
        FloatField(
            name="hop",
            label="Hop",
            default=10.0,
            minimum=0.1,
            maximum=1000.0,
            unit="ms",
            advanced=True,
            shown_when=lambda values: values.get("hears") != "waveform",
            help="From one column to the next.",
        ),
        IntField(
            name="bands",
            label="Mel bands",
            default=40,
            minimum=2,
            maximum=512,
            advanced=True,
            shown_when=lambda values: values.get("hears") != "waveform",
            help="Rows of the spectrogram: bands of tones that the ear hears as evenly spaced.",
        ),
        IntField(
            name="coefficients",
            label="Coefficients",
            default=13,
            minimum=1,
            maximum=512,
            advanced=True,
            shown_when=lambda values: values.get("hears") == "mfcc",
            help="How many of the cepstral coefficients are kept, from the first on.",
        ),
        ChoiceField(
            name="bad_files",
            label="Bad files",
            default="stop",
            choices={"stop": "stop and name the file", "leave_out": "leave them out"},
            help="What happens where a file cannot be read as a WAV file.",
        ),
        *SPLIT_FIELDS,
        PREPARATION,
    ),
    load=_load,
    single=_single,
    endings=(".wav", ".wave"),
    sounds=True,
)
