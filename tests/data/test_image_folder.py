from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nndesigner.base.progress import Cancelled
from nndesigner.data import pictures, stored
from nndesigner.data.dataset import Dataset, read
from nndesigner.data.pictures import BadImage, look, read_image
from nndesigner.data.preparation import prepare

Load = Callable[..., Dataset]


def paint(
    path: Path,
    colour: tuple[int, ...] | int,
    size: tuple[int, int] = (6, 4),
    mode: str = "RGB",
    **more: object,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **more)
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Ten red cats and ten blue dogs of 6 × 4 pixels, in folders."""
    for i in range(10):
        paint(tmp_path / "pets" / "cat" / f"{i}.png", (200 + i, 0, 0))
        paint(tmp_path / "pets" / "dog" / "deeper" / f"{i}.PNG", (0, 0, 100 + i))
    (tmp_path / "pets" / "dog" / "notes.txt").write_text("not a picture")
    (tmp_path / "pets" / ".hidden").mkdir()
    (tmp_path / "pets" / "without pictures").mkdir()
    return tmp_path / "pets"


def test_folders_are_classes(pets: Path, load: Load) -> None:
    data = load("image_folder", path="pets")
    images, labels = data.arrays["image"], data.arrays["class"]
    assert images.shape == (20, 3, 4, 6) and images.dtype == np.uint8
    assert data.fields["class"].classes == ("cat", "dog")
    assert images[labels == 0][:, 0].min() == 200 and images[labels == 0][:, 1:].max() == 0
    assert images[labels == 1][:, 2].min() == 100 and images[labels == 1][:, :2].max() == 0
    assert prepare(data.fields["image"], images).max() == pytest.approx(209 / 255)
    assert data.fields["image"].axes == (("channel", 3), ("height", 4), ("width", 6))
    for part in data.indices.values():
        assert np.bincount(labels[part]).tolist() == pytest.approx([len(part) / 2] * 2, abs=1)


def test_size_and_colour_are_chosen(pets: Path, load: Load) -> None:
    data = load("image_folder", path="pets", width=3, height=5, colour="grey")
    assert data.arrays["image"].shape == (20, 1, 5, 3)
    assert "20 of 20 pictures had another size and are resized to 3 × 5." in data.remarks
    assert data.arrays["image"][0] == pytest.approx(200 * 0.299, abs=1)


def test_grey_pictures_have_one_channel_by_themselves(tmp_path: Path, load: Load) -> None:
    for name, level in (("a", 10), ("b", 20)):
        for i in range(4):
            paint(tmp_path / "grey" / name / f"{i}.png", level, mode="L")
    assert load("image_folder", path="grey").arrays["image"].shape == (8, 1, 4, 6)
    paint(tmp_path / "grey" / "b" / "9.png", (1, 2, 3))
    assert load("image_folder", path="grey").arrays["image"].shape == (9, 3, 4, 6)


def test_the_first_pictures_size_is_taken(pets: Path, load: Load) -> None:
    paint(pets / "cat" / "5.png", (205, 0, 0), size=(60, 40))
    data = load("image_folder", path="pets")
    assert data.arrays["image"].shape == (20, 3, 4, 6)
    assert "1 of 20 pictures had another size" in " ".join(data.remarks)


def test_folders_of_numbers_come_in_their_order(tmp_path: Path, load: Load) -> None:
    for name in ("10", "9", "1", "x"):
        paint(tmp_path / "digits" / name / "a.png", 0, mode="L")
    data = load("image_folder", path="digits", validation_share=0.0, test_share=0.0)
    assert data.fields["class"].classes == ("1", "9", "10", "x")


def test_train_and_test_folders_keep_their_pictures(tmp_path: Path, load: Load) -> None:
    for part, number in (("train", 6), ("val", 2), ("test", 3)):
        for name in ("a", "b"):
            for i in range(number):
                paint(tmp_path / "parted" / part / name / f"{i}.png", number, mode="L")
    data = load("image_folder", path="parted")
    assert data.counts == {"all": 22, "train": 12, "validation": 4, "test": 6}
    for part, level in (("train", 6), ("validation", 2), ("test", 3)):
        assert np.all(data.arrays["image"][data.indices[part]] == level)


def test_a_class_may_be_called_test(tmp_path: Path, load: Load) -> None:
    for name in ("test", "exam"):
        paint(tmp_path / "p" / name / "a.png", 0, mode="L")
    data = load("image_folder", path="p", validation_share=0.0, test_share=0.0)
    assert data.fields["class"].classes == ("exam", "test")


@pytest.mark.parametrize(
    ("mode", "colour", "channels", "expected"),
    [
        ("1", 1, 1, [255]),
        ("I;16", 0x8001, 1, [0x80]),
        ("P", 0, 3, [0, 0, 0]),
        ("RGBA", (10, 20, 30, 0), 3, [255, 255, 255]),  # what is clear is white
        ("RGBA", (10, 20, 30, 255), 3, [10, 20, 30]),
        ("LA", (7, 255), 1, [7]),
        ("CMYK", (0, 0, 0, 0), 3, [255, 255, 255]),
    ],
)
def test_modes(
    mode: str, colour: tuple[int, ...] | int, channels: int, expected: list[int], tmp_path: Path
) -> None:
    path = paint(tmp_path / ("a.tif" if mode == "CMYK" else "a.png"), colour, mode=mode)
    assert read_image(path, channels, 4, 6)[:, 0, 0].tolist() == expected


def test_a_camera_held_upright_is_turned(tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 4), "black")
    image.paste("white", (0, 0, 4, 4))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    image.save(tmp_path / "a.jpg", exif=exif, quality=100)
    assert look(tmp_path / "a.jpg")[0] == (4, 8)
    turned = read_image(tmp_path / "a.jpg", 1, 8, 4)[0]
    assert turned[:3].min() > 200 and turned[5:].max() < 60


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims width × height pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def bad_files(good: bytes) -> dict[str, bytes]:
    return {
        "text": b"this is not a picture",
        "empty": b"",
        "cut": good[: len(good) // 2],
        "huge": bomb(60_000, 60_000),
        "claims": bomb(5000, 5000),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "zero": bomb(0, 5),
    }


@pytest.mark.parametrize("kind", ["text", "empty", "cut", "huge", "claims", "postscript", "zero"])
def test_a_bad_file_is_named_or_left_out(
    kind: str, pets: Path, load: Load, refused: Callable[..., str]
) -> None:
    noise = Image.fromarray(np.random.RandomState(0).randint(0, 256, (40, 60, 3)).astype(np.uint8))
    noise.save(pets / "cat" / "4.png")
    (pets / "cat" / "4.png").write_bytes(bad_files((pets / "cat" / "4.png").read_bytes())[kind])
    sentence = refused("image_folder", path="pets")
    assert "cat/4.png cannot be read as a picture (" in sentence
    data = load("image_folder", path="pets", bad_files="leave_out")
    assert data.counts["all"] == 19
    assert "Left out, because they cannot be read: cat/4.png" in " ".join(data.remarks)
    assert np.bincount(data.arrays["class"]).tolist() == [9, 10]


def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    for side, sentence in (
        (60_000, "it claims more than 64,000,000 pixels"),
        (9000, "9000 × 9000 pixels are more"),
    ):
        (tmp_path / "a.png").write_bytes(bomb(side, side))
        with pytest.raises(BadImage, match=sentence):
            look(tmp_path / "a.png")


def test_mutated_pictures_are_read_or_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    noise = np.random.RandomState(1).randint(0, 256, (9, 11, 3)).astype(np.uint8)
    draw = np.random.RandomState(0)
    outcomes = {"read": 0, "refused": 0}
    for suffix in ("png", "jpg", "gif", "bmp", "tif", "webp"):
        Image.fromarray(noise).save(tmp_path / f"good.{suffix}")
        good = (tmp_path / f"good.{suffix}").read_bytes()
        for _ in range(30):
            bad = bytearray(good)
            for place in draw.randint(0, len(bad), 5):
                bad[place] = draw.randint(256)
            (tmp_path / f"bad.{suffix}").write_bytes(bad)
            try:
                look(tmp_path / f"bad.{suffix}")
                assert read_image(tmp_path / f"bad.{suffix}", 3, 4, 4).shape == (3, 4, 4)
                outcomes["read"] += 1
            except BadImage:
                outcomes["refused"] += 1
    assert min(outcomes.values()) > 10
    assert {record.name for record in caplog.records} <= {"PIL.TiffImagePlugin"}
    caplog.clear()  # Pillow also logs what it raises


def test_folders_that_are_no_data_are_said(
    tmp_path: Path, pets: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "choose the folder of pictures" in refused("image_folder")
    assert "has no sub-folders with pictures" in refused("image_folder", path="pets/cat")
    paint(tmp_path / "one" / "only" / "a.png", 0, mode="L")
    assert "in one sub-folder only (“only”)" in refused("image_folder", path="one")
    for path in pets.rglob("*.*"):
        if path.suffix.lower() == ".png":
            path.write_bytes(b"x")
    assert "None of 20 pictures can be read" in refused("image_folder", path="pets", bad_files="leave_out")


def test_more_than_fits_is_said_before_reading(
    pets: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "IN_MEMORY", 1000)
    monkeypatch.setattr(pictures, "MOST_BYTES", 1000)
    assert "20 pictures of 6 × 4 pixels take" in refused("image_folder", path="pets")


def test_reading_can_be_cancelled(pets: Path) -> None:
    from types import SimpleNamespace

    def stop(fraction: float, sentence: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        read(SimpleNamespace(type="image_folder", parameters={"path": str(pets)}), pets, stop)


def test_another_pixel_is_another_fingerprint(pets: Path, load: Load) -> None:
    before = load("image_folder", path="pets").fingerprint
    paint(pets / "cat" / "0.png", (201, 0, 0))
    assert load("image_folder", path="pets").fingerprint != before


def test_more_than_memory_lies_in_a_file_without_a_name(
    pets: Path, load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = load("image_folder", path="pets")
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(stored, "IN_MEMORY", 1000)
    (pets / "cat" / "3.png").write_bytes(b"nonsense")
    large = load("image_folder", path="pets", bad_files="leave_out")
    assert isinstance(large.arrays["image"], np.memmap) and not isinstance(small.arrays["image"], np.memmap)
    assert np.array_equal(large.arrays["image"], np.delete(small.arrays["image"], 3, axis=0))
    assert list((tmp_path / "home" / "cache").iterdir()) == []
    paint(pets / "cat" / "3.png", (203, 0, 0))
    assert load("image_folder", path="pets").fingerprint == small.fingerprint
