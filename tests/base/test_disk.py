from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from nndesigner.base.disk import flush_folder, flush_to_disk, reason, write_fully


@pytest.mark.parametrize("code", sorted(errno.errorcode))
def test_every_error_has_a_sentence_with_a_way_out(code: int) -> None:
    said = reason(OSError(code, os.strerror(code)))
    assert said.endswith(".") and said[0].islower()
    assert said.count(".") >= 2 or code == errno.EFBIG, "why, and what to do"


def test_an_unknown_error_is_quoted() -> None:
    assert "“the moon is full”" in reason(OSError(9999, "the moon is full"))
    assert "“only words”" in reason(OSError("only words"))


def test_a_full_device_is_an_error() -> None:
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="No space left"):
            write_fully(fd, b"x")
    finally:
        os.close(fd)


def test_a_part_that_was_taken_does_not_hide_the_refusal_of_the_rest() -> None:
    # A pipe that does not wait takes what fits, then nothing.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        with pytest.raises(BlockingIOError):
            write_fully(writer, b"x" * 10_000_000)
        assert os.read(reader, 1) == b"x"
    finally:
        os.close(reader)
        os.close(writer)


def test_flushing_reports_what_cannot_be_flushed(tmp_path: Path) -> None:
    flush_folder(tmp_path)
    with pytest.raises(OSError):
        flush_folder(tmp_path / "missing")
    reader, writer = os.pipe()
    try:
        with pytest.raises(OSError):
            flush_to_disk(writer)
    finally:
        os.close(reader)
        os.close(writer)
