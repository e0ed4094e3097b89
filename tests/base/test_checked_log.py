from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from nndesigner.base.atomic import WriteError
from nndesigner.base.checked_log import LogFollower, LogWriter, read_log
from tests.faults.strace_sweep import BEGIN, END, FAULTS, FILE_CALLS, Run, sweep

REPOSITORY = Path(__file__).parents[2]
RECORDS = [json.dumps({"step": n, "text": "x" * (n % 7) + "ä€🧠"[: n % 4]}).encode() for n in range(40)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of RECORDS, synced and closed."""
    path = tmp_path / "metrics.log"
    with LogWriter(path) as writer:
        for record in RECORDS:
            writer.append(record)
    return path


# -------------------------------------------------------------------------------------------------------- reading


def test_what_was_appended_is_read(log: Path) -> None:
    assert read_log(log) == (RECORDS, False)


def test_a_line_is_length_checksum_payload(tmp_path: Path) -> None:
    with LogWriter(tmp_path / "log") as writer:
        writer.append(b'{"step": 100, "loss": 0.25}')
        writer.append(b"")
    checksum = zlib.crc32(b'{"step": 100, "loss": 0.25}')
    expected = f'0000001b {checksum:08x} {{"step": 100, "loss": 0.25}}\n00000000 00000000 \n'
    assert (tmp_path / "log").read_text() == expected


def test_no_file_is_an_empty_log(tmp_path: Path) -> None:
    assert read_log(tmp_path / "none") == ([], False)
    (tmp_path / "empty").write_bytes(b"")
    assert read_log(tmp_path / "empty") == ([], False)


def test_cut_at_every_byte_it_is_a_prefix(log: Path) -> None:
    data = log.read_bytes()
    for size in range(len(data), -1, -1):
        os.truncate(log, size)
        payloads, torn = read_log(log)
        whole = data[:size].count(b"\n")
        assert payloads == RECORDS[:whole]
        assert torn == (size > 0 and not data[:size].endswith(b"\n"))


def test_five_thousand_flipped_bits_leave_a_prefix(log: Path) -> None:
    rng = random.Random(6)
    data = log.read_bytes()
    with open(log, "r+b", buffering=0) as file:
        for _ in range(5000):
            position = rng.randrange(len(data))
            os.pwrite(file.fileno(), bytes([data[position] ^ 1 << rng.randrange(8)]), position)
            payloads, torn = read_log(log)
            assert torn and payloads == RECORDS[: data[:position].count(b"\n")]
            os.pwrite(file.fileno(), data[position : position + 1], position)


def test_garbage_never_raises(tmp_path: Path) -> None:
    rng = random.Random(7)
    path = tmp_path / "log"
    alphabets = [bytes(range(256)), b"0123456789abcdef \n", b"\n", b"\0", b"-+_x0 \n"]
    for number in range(500):
        path.write_bytes(bytes(rng.choices(alphabets[number % len(alphabets)], k=rng.randrange(1, 200))))
        payloads, torn = read_log(path)
        assert torn or payloads  # random hexadecimal digits may make a record, never a wrong one
    path.write_bytes(b"+0000001 e8b7be43 a\n")
    assert read_log(path) == ([], True)
    path.write_bytes(b"00000001 e8b7be43 a\n")
    assert read_log(path) == ([b"a"], False)


# -------------------------------------------------------------------------------------------------------- writing


def test_a_record_is_one_line(tmp_path: Path) -> None:
    with LogWriter(tmp_path / "log") as writer, pytest.raises(ValueError, match="one line"):
        writer.append(b"two\nlines")
    assert read_log(tmp_path / "log") == ([], False)


def test_flush_is_enough_for_a_reader(tmp_path: Path) -> None:
    with LogWriter(tmp_path / "log") as writer:
        writer.append(b"1")
        writer.flush()
        assert read_log(tmp_path / "log") == ([b"1"], False)


def test_opening_again_goes_on(log: Path) -> None:
    with LogWriter(log) as writer:
        writer.append(b"more")
    assert read_log(log) == ([*RECORDS, b"more"], False)


def test_opening_cuts_a_torn_tail_wherever_it_was_torn(log: Path) -> None:
    data = log.read_bytes()
    for size in [*range(0, len(data), 17), len(data) - 1]:
        log.write_bytes(data[:size])
        with LogWriter(log) as writer:
            writer.append(b"more")
        assert read_log(log) == ([*RECORDS[: data[:size].count(b"\n")], b"more"], False)
    assert os.listdir(log.parent) == [log.name]


def test_what_is_cut_from_a_damaged_log_is_kept(log: Path) -> None:
    data = log.read_bytes()
    start = data.index(b"\n") + 1
    damaged = data[:start] + b"#" + data[start + 1 :]
    log.write_bytes(damaged)
    with LogWriter(log) as writer:
        writer.append(b"more")
    assert read_log(log) == ([RECORDS[0], b"more"], False)
    assert log.with_name(f"{log.name}.damaged-{start}").read_bytes() == damaged[start:]


@pytest.mark.parametrize(
    ("name", "why"),
    [("/dev/full", "device"), ("missing/log", "folder does not exist"), ("folder", "it is a folder")],
)
def test_what_cannot_be_a_log_is_refused_in_words(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError, match=why):
        LogWriter(tmp_path / name)


def test_a_disk_that_takes_one_byte_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data[:1])))
    with LogWriter(tmp_path / "log") as writer:
        for record in RECORDS:
            writer.append(record)
    assert read_log(tmp_path / "log") == (RECORDS, False)


class FullDisk:
    """`os.write` that accepts `room` bytes in all, a part of a write where it comes to that, then ENOSPC."""

    def __init__(self, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        write = os.write

        def limited(fd: int, data: bytes) -> int:
            if self.room <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            accepted = write(fd, bytes(data[: self.room]))
            self.room -= accepted
            return accepted

        monkeypatch.setattr(os, "write", limited)


def test_a_disk_full_after_any_byte_leaves_whole_records_and_forgets_none(tmp_path: Path) -> None:
    size = sum(len(record) + 19 for record in RECORDS[:12])
    for room in range(size):
        path = tmp_path / f"log-{room}"
        with pytest.MonkeyPatch.context() as monkeypatch:
            disk = FullDisk(room, monkeypatch)
            writer = LogWriter(path)
            refused = None
            for number, record in enumerate(RECORDS[:12]):
                writer.append(record)
                if number % 3 == 2:  # records go out in threes
                    try:
                        writer.flush()
                    except WriteError as error:
                        refused = error  # kept: with its traceback, as a dialog keeps it
                        assert "disk is full" in error.reason and str(path) in str(error)
                payloads, torn = read_log(path)
                assert not torn and payloads == RECORDS[: len(payloads)]
            assert refused is not None
            disk.room = 1 << 20
            writer.close()
        assert read_log(path) == (RECORDS[:12], False)


def test_after_an_error_of_fsync_everything_since_the_last_sync_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    writer = LogWriter(path)
    writer.append(b"first")
    writer.sync()
    safe = path.stat().st_size
    writer.append(b"second")
    writer.flush()
    asked: list[int] = []
    fsync = os.fsync

    def broken(fd: int) -> None:
        asked.append(os.fstat(fd).st_ino)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(WriteError, match="disk reported an error"):
        writer.sync()
    assert len(asked) == 1
    os.truncate(path, safe)  # what Linux may do to pages that it could not write
    monkeypatch.setattr(os, "fsync", fsync)
    writer.append(b"third")
    writer.sync()
    assert read_log(path) == ([b"first", b"second", b"third"], False)
    writer.close()


def test_unsynced_records_do_not_pile_up_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(fd) or fsync(fd))
    with LogWriter(tmp_path / "log") as writer:
        opening = len(synced)
        for _ in range(50):
            writer.append(b"x" * 100_000)
            writer.flush()
        assert len(synced) - opening == 4  # five megabytes, a sync for every one that is more than full
    assert read_log(tmp_path / "log") == ([b"x" * 100_000] * 50, False)


def test_close_says_what_it_could_not_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LogWriter(tmp_path / "log")
    writer.append(b"1")
    FullDisk(5, monkeypatch)
    with pytest.raises(WriteError, match="disk is full"):
        writer.close()
    writer.close()
    assert read_log(tmp_path / "log") == ([], False)


APPENDS = f"""
import os, resource, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.base.atomic import WriteError
from nndesigner.base.checked_log import LogWriter
said = []
os.access({BEGIN!r}, os.F_OK)
try:
    with LogWriter(Path(sys.argv[2])) as writer:
        for number in range(int(sys.argv[3])):
            writer.append(b"record %d" % number)
            if number % 2:
                (writer.sync if number % 4 == 3 else writer.flush)()
                os.writev(1, [b"%d\\n" % (number + 1)])
except WriteError as error:
    os.writev(1, [f"refused {{error.reason}}\\n".encode()])
os.access({END!r}, os.F_OK)
"""


def appends(path: Path, count: int) -> list[str]:
    return [sys.executable, "-I", "-c", APPENDS, str(REPOSITORY), str(path), str(count)]


def test_a_fault_at_every_call(tmp_path: Path) -> None:
    path = tmp_path / "log"
    expected = [b"record %d" % number for number in range(8)]

    def prepare() -> None:
        path.write_bytes(b"00000001 e8b7be43 a\n00000001 torn")

    def check(run: Run) -> None:
        payloads = read_log(path)[0]
        said = run.output.split("\n")
        acknowledged = max((int(number) for number in said if number.isdigit()), default=0)
        assert payloads[:1] == [b"a"] and payloads[1:] == expected[: len(payloads) - 1], "not a prefix"
        assert len(payloads) > acknowledged, "an acknowledged record is lost"
        assert run.killed or "refused" in run.output or len(payloads) == 9
        with LogWriter(path) as writer:  # and it can go on
            writer.append(b"more")
        assert read_log(path) == ([*payloads, b"more"], False)

    result = sweep(appends(path, 8), FILE_CALLS, FAULTS, check, prepare=prepare)
    assert not result.problems, str(result)
    assert result.hits["write"] == 12 and result.hits["fsync"] == 15


def test_a_limit_of_the_kernel(tmp_path: Path) -> None:
    """A real short write: the kernel takes what fits below the limit and refuses the rest."""
    line = len("00000000 00000000 record 0\n")
    for limit in range(1, 8 * line, 5):
        path = tmp_path / f"log-{limit}"
        limited = ["prlimit", f"--fsize={limit}", *appends(path, 8)]
        done = subprocess.run(limited, capture_output=True, text=True, timeout=60)
        assert "refused the file would be larger" in done.stdout, done.stderr
        payloads, torn = read_log(path)
        assert payloads == [b"record %d" % number for number in range(limit // line)] and not torn


# ------------------------------------------------------------------------------------------------------ following


def test_a_follower_sees_each_record_once_and_no_half_one(log: Path, tmp_path: Path) -> None:
    data, growing = log.read_bytes(), tmp_path / "growing"
    follower = LogFollower(growing)
    assert follower.read() == []
    seen: list[bytes] = []
    rng = random.Random(3)
    with open(growing, "wb", buffering=0) as file:
        position = 0
        while position < len(data):
            position += file.write(data[position : position + rng.randrange(30)])
            seen += follower.read()
            assert seen == RECORDS[: data[:position].count(b"\n")]
    assert follower.read() == [] and follower.restarts == 0


def test_a_follower_starts_over_when_the_log_is_cut(log: Path) -> None:
    follower = LogFollower(log)
    assert follower.read() == RECORDS
    data = log.read_bytes()
    first = data.index(b"\n") + 1
    log.write_bytes(data[:first])
    assert follower.read() == RECORDS[:1] and follower.restarts == 1


def test_a_follower_starts_over_when_another_log_has_grown_in_its_place(log: Path) -> None:
    follower = LogFollower(log)
    assert follower.read() == RECORDS
    others = [b"other %d" % number for number in range(200)]
    log.unlink()
    assert follower.read() == []
    with LogWriter(log) as writer:
        for other in others:
            writer.append(other)
    assert follower.read() == others and follower.restarts == 1
    assert follower.read() == [] and follower.restarts == 1


def test_a_follower_beside_a_writer_that_mends_a_torn_tail(log: Path) -> None:
    with open(log, "ab") as file:
        file.write(b"00000009 unfin")
    follower = LogFollower(log)
    assert follower.read() == RECORDS
    with LogWriter(log) as writer:
        writer.append(b"more")
        writer.flush()
        assert follower.read() == [b"more"] and follower.restarts == 0


def test_following_another_process(tmp_path: Path) -> None:
    path = tmp_path / "log"
    follower = LogFollower(path)
    seen: list[bytes] = []
    with subprocess.Popen(appends(path, 400), stdout=subprocess.DEVNULL) as writer:
        while writer.poll() is None:
            seen += follower.read()
    seen += follower.read()
    assert seen == [b"record %d" % number for number in range(400)] and follower.restarts == 0
