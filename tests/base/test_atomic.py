from __future__ import annotations

import errno
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nndesigner.base import atomic
from nndesigner.base.atomic import (
    MANIFEST,
    Manifest,
    StagedFolder,
    WriteError,
    sweep_litter,
    verify_folder,
    write_atomically,
)
from nndesigner.base.processes import host_tag

REPOSITORY = Path(__file__).parents[2]
OLD, NEW = b"old content\n" * 40, b"new content\n" * 1000
NOBODY = 65534


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "project.nnd"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def ordinary_user(tmp_path: Path) -> Iterator[Path]:
    """A folder of somebody whom permissions bind; root, as which tests may run, may write anywhere."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to others
    os.chown(folder, NOBODY, NOBODY)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(0)
        os.setegid(0)
        shutil.rmtree(folder)


def refused(path: Path) -> str:
    with pytest.raises(WriteError) as caught:
        write_atomically(path, NEW)
    assert str(path) in str(caught.value) or str(caught.value.path) in str(caught.value)
    return caught.value.reason


def only(folder: Path) -> str:
    """The name of the one thing in the folder: nothing else was left behind."""
    (name,) = os.listdir(folder)
    return name


# ------------------------------------------------------------------------------------------------ what is written


@pytest.mark.parametrize("size", [0, 1, 4096, 3_000_001])
def test_every_byte_arrives(target: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    written = write_atomically(target, data)
    assert target.read_bytes() == data
    assert written.path == target and written.durable
    assert only(target.parent) == "project.nnd"


def test_a_disk_that_takes_one_byte_at_a_time(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data[:1])))
    write_atomically(target, NEW[:500])
    assert target.read_bytes() == NEW[:500]


def test_a_disk_that_takes_nothing_is_an_error_not_a_hang(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", lambda fd, data: 0)
    assert "error" in refused(target)
    assert target.read_bytes() == OLD


def test_many_saves_at_once_leave_one_of_them(target: Path) -> None:
    contents = [bytes([65 + number]) * 50_000 for number in range(8)]
    savers = [threading.Thread(target=write_atomically, args=(target, content)) for content in contents]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    assert target.read_bytes() in contents
    assert only(target.parent) == "project.nnd"


# ---------------------------------------------------------------- where to: links, modes, names that need care


@pytest.mark.parametrize(
    "links",
    [
        {"link": "real/project.nnd"},  # relative
        {"link": "{}/real/project.nnd"},  # absolute
        {"link": "middle", "middle": "other", "other": "real/project.nnd"},  # a chain
    ],
    ids=["relative link", "absolute link", "chain of links"],
)
def test_links_are_followed_and_stay(tmp_path: Path, links: dict[str, str]) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "project.nnd").write_bytes(OLD)
    for name, to in links.items():
        (tmp_path / name).symlink_to(to.format(tmp_path))
    written = write_atomically(tmp_path / "link", NEW)
    assert written.path == real / "project.nnd"
    assert (real / "project.nnd").read_bytes() == NEW and not (real / "project.nnd").is_symlink()
    assert all((tmp_path / name).is_symlink() for name in links)
    assert only(real) == "project.nnd"


def test_a_dangling_link_makes_the_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("not there yet.nnd")
    write_atomically(tmp_path / "link", NEW)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "not there yet.nnd").read_bytes() == NEW


def test_a_link_into_a_folder_that_is_gone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("gone/project.nnd")
    assert "folder does not exist" in refused(tmp_path / "link")
    assert only(tmp_path) == "link"


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert "leads back to itself" in refused(tmp_path / "a")
    assert (tmp_path / "a").is_symlink() and (tmp_path / "b").is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_the_mode_is_kept(target: Path, mode: int) -> None:
    target.chmod(mode)
    write_atomically(target, NEW)
    assert stat.S_IMODE(target.stat().st_mode) == mode


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_a_new_file_follows_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "new.nnd", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.nnd").stat().st_mode) == 0o666 & ~umask


def test_the_content_is_never_readable_by_more_people_than_the_file(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.chmod(0o600)
    modes = []
    write = os.write

    def watched(fd: int, data: bytes) -> int:
        modes.append(stat.S_IMODE(os.fstat(fd).st_mode))
        return write(fd, data)

    monkeypatch.setattr(os, "write", watched)
    write_atomically(target, NEW)
    assert modes == [0o600]


def test_a_read_only_file_is_refused(target: Path) -> None:
    target.chmod(0o444)
    assert "read-only" in refused(target) and "Save As" in refused(target)
    assert target.read_bytes() == OLD and stat.S_IMODE(target.stat().st_mode) == 0o444


def test_a_read_only_folder_is_refused(ordinary_user: Path) -> None:
    (ordinary_user / "project.nnd").write_bytes(OLD)
    ordinary_user.chmod(0o555)
    assert "may not write there" in refused(ordinary_user / "project.nnd")
    assert "may not write there" in refused(ordinary_user / "new.nnd")
    assert (ordinary_user / "project.nnd").read_bytes() == OLD
    ordinary_user.chmod(0o755)
    assert only(ordinary_user) == "project.nnd"


def test_a_hard_link_is_refused_with_the_way_out(target: Path) -> None:
    os.link(target, target.with_name("second name"))
    assert "hard link" in refused(target) and "Save As" in refused(target)
    assert target.read_bytes() == OLD and target.samefile(target.with_name("second name"))
    assert len(os.listdir(target.parent)) == 2


@pytest.mark.parametrize(
    "name",
    [
        "n" * 251 + ".nnd",
        "Ü" * 125 + ".nnd",
        "Projekt – 学习 🧠.nnd",
        " .nnd",
        "new\nline.nnd",
        "-rf {x} %s.nnd",
    ],
    ids=["255 bytes", "254 bytes of UTF-8", "many scripts", "space", "line break", "signs"],
)
def test_any_name_that_the_disk_takes(tmp_path: Path, name: str) -> None:
    for content in (OLD, NEW):
        write_atomically(tmp_path / name, content)
        assert (tmp_path / name).read_bytes() == content
    assert only(tmp_path) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("n" * 256, "name is too long"),
        ("a\0b", "character that no file name may hold"),
        ("missing/project.nnd", "folder does not exist"),
        ("file/project.nnd", "folder does not exist"),
        ("folder", "it is a folder"),
        ("pipe", "device"),
    ],
)
def test_what_cannot_be_a_file_is_refused_in_words(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(OLD)
    os.mkfifo(tmp_path / "pipe")
    before = sorted(os.listdir(tmp_path))
    assert why in refused(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == before


def test_dev_full_is_not_a_place_for_a_project() -> None:
    assert "device" in refused(Path("/dev/full"))


def test_root_keeps_the_owner(target: Path) -> None:
    if os.geteuid() == 0:
        os.chown(target, NOBODY, NOBODY)
    before = target.stat()
    write_atomically(target, NEW)
    after = target.stat()
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


@pytest.mark.parametrize(("mode", "kept"), [(0o660, 0o600), (0o664, 0o644), (0o666, 0o666), (0o606, 0o606)])
def test_a_group_that_cannot_be_kept_is_not_replaced_by_another(
    target: Path, monkeypatch: pytest.MonkeyPatch, mode: int, kept: int
) -> None:
    def forbidden(fd: int, user: int, group: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fchown", forbidden)
    before = list(target.stat())
    before[stat.ST_MODE] = stat.S_IFREG | mode
    before[stat.ST_UID] += 1
    before[stat.ST_GID] += 1
    with open(target, "r+b") as file:
        atomic._copy_mode(file.fileno(), os.stat_result(before))
    assert stat.S_IMODE(target.stat().st_mode) == kept


def test_a_disk_without_modes_is_saved_to(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Refusing("fchmod", errno.EPERM, 0, monkeypatch)
    write_atomically(target, NEW)
    assert target.read_bytes() == NEW


# ------------------------------------------------------------------------------ the disk refuses, at each call


class Refusing:
    """Lets the first `allowed` calls of `os.<name>` pass; the next one and all later ones raise `code`."""

    def __init__(self, name: str, code: int, allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        real = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            self.calls += 1
            if self.calls > allowed:
                raise OSError(code, os.strerror(code))
            return real(*arguments, **options)

        monkeypatch.setattr(os, name, call)


def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data[:1000])))


def test_a_full_disk_at_every_write(target: Path) -> None:
    refusals = 0
    for allowed in range(100):
        with pytest.MonkeyPatch.context() as monkeypatch:
            in_small_pieces(monkeypatch)
            Refusing("write", errno.ENOSPC, allowed, monkeypatch)
            try:
                write_atomically(target, NEW)
                break
            except WriteError as error:
                assert "disk is full" in error.reason and str(target) in str(error)
        refusals += 1
        assert target.read_bytes() == OLD and only(target.parent) == "project.nnd"
    assert refusals == 12  # 12,000 bytes in pieces of 1,000
    assert target.read_bytes() == NEW


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
def test_an_error_of_the_first_fsync_is_an_error_of_the_save(
    target: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    fsync = Refusing("fsync", code, 0, monkeypatch)
    refused(target)
    assert fsync.calls == 1, "an fsync that failed may lie when it is asked again"
    assert target.read_bytes() == OLD and only(target.parent) == "project.nnd"
    monkeypatch.undo()
    assert write_atomically(target, NEW).durable and target.read_bytes() == NEW


def test_an_error_of_the_folders_fsync_is_told(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Refusing("fsync", errno.EIO, 1, monkeypatch)
    written = write_atomically(target, NEW)
    assert not written.durable
    assert target.read_bytes() == NEW and only(target.parent) == "project.nnd"


@pytest.mark.parametrize("name", ["close", "replace", "open", "fchmod"])
def test_an_error_of_any_other_step(target: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    Refusing(name, errno.EIO, 0, monkeypatch)
    assert "disk reported an error" in refused(target)
    assert target.read_bytes() == OLD and only(target.parent) == "project.nnd"


def test_an_interrupt_leaves_nothing_behind(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(fd: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, NEW)
    assert target.read_bytes() == OLD and only(target.parent) == "project.nnd"


def test_windows_is_asked_again_while_a_scanner_holds_the_file(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([PermissionError(errno.EACCES, "in use")] * 3)
    replace = os.replace

    def busy(source: Path, target: Path) -> None:
        for answer in answers:
            raise answer
        replace(source, target)

    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(os, "name", "nt")
    atomic._replace(target, target.with_name("moved"))
    assert target.with_name("moved").read_bytes() == OLD


FILL = """
import os, resource, subprocess, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.base.atomic import WriteError, write_atomically

how, folder, size = sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
target = folder / "project.nnd"
old, new = b"o" * size, b"n" * size

def room(total):
    if how == "tmpfs":
        subprocess.run(["mount", "-o", f"remount,size={total}", folder], check=True)
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (min(total, 1 << 40), resource.RLIM_INFINITY))

if how == "tmpfs":
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], check=True)
refusals = 0
# For the disk, which holds the old file too; the limit is on one file.
for free in range(4096, 2 * size + 1, 4096):
    room(64 << 20)
    target.write_bytes(old)
    room(free + (size if how == "tmpfs" else 0))
    try:
        write_atomically(target, new)
        expected = new
    except WriteError as error:
        refusals += 1
        expected = old
    assert target.read_bytes() == expected, free
    assert os.listdir(folder) == ["project.nnd"], os.listdir(folder)
    room(64 << 20)
    write_atomically(target, new)  # the retry, once there is room
    assert target.read_bytes() == new
print("refused", refusals)
"""


def filled(how: str, folder: Path, before: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", FILL, str(REPOSITORY), how, str(folder), "40960"]
    return subprocess.run([*before, *command], capture_output=True, text=True, timeout=60)


def test_every_file_size_limit(tmp_path: Path) -> None:
    """The kernel itself takes a part of a write and then refuses, as it does on a full disk."""
    done = filled("limit", tmp_path, [])
    assert done.stdout == "refused 9\n", done.stderr  # 4 KiB … 36 KiB of room for 40 KiB


def test_every_size_of_a_real_disk(tmp_path: Path) -> None:
    """A disk of memory, 4 KiB … twice the file in steps of 4 KiB, in a namespace of its own."""
    allowed = subprocess.run(["unshare", "-rm", "true"], capture_output=True, text=True)
    if allowed.returncode != 0:  # a container may forbid it; then the limit on a file's size stands in
        assert filled("limit", tmp_path, []).stdout == "refused 9\n"
        return
    done = filled("tmpfs", tmp_path, ["unshare", "-rm"])
    assert done.stdout == "refused 9\n", done.stderr


# ----------------------------------------------------------------------------------------------------------- litter


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
    process.wait()
    return process.pid


def test_only_litter_of_the_dead_is_swept(tmp_path: Path) -> None:
    dead, other_host = dead_pid(), "000000" if host_tag() != "000000" else "000001"
    random_part = "0123456789abcdef"
    swept = [
        f".nndesigner.tmp-{host_tag()}-{dead}-{random_part}",
        f"step-000100.tmp-{host_tag()}-{dead}-{random_part}",
        f".nndesigner.tmp-{other_host}-{dead}-{random_part}",
    ]
    kept = [
        "project.nnd",
        ".nndesigner",
        "notes.tmp-2024",
        f"a.tmp-{host_tag()}-{dead}-{random_part}.txt",
        f".nndesigner.tmp-{host_tag()}-{os.getpid()}-{random_part}",
        f".nndesigner.tmp-{other_host}-{os.getpid()}-{random_part}",
        f".nndesigner.tmp-{host_tag()}-{dead}-{random_part[:-1]}e",  # from the future
    ]
    for name in swept + kept:
        (tmp_path / name).write_bytes(b"x")
    os.unlink(tmp_path / swept[1])
    (tmp_path / swept[1]).mkdir()
    (tmp_path / swept[1] / "weights").write_bytes(b"x")
    now = (tmp_path / "project.nnd").stat().st_mtime
    os.utime(tmp_path / swept[2], (now - 100_000, now - 100_000))
    os.utime(tmp_path / kept[-1], (now + 3600, now + 3600))
    assert sorted(sweep_litter(tmp_path)) == sorted(tmp_path / name for name in swept)
    assert sorted(os.listdir(tmp_path)) == sorted(kept)
    assert sweep_litter(tmp_path / "not there") == []


def test_a_link_named_like_litter_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "work").write_bytes(b"x")
    place = tmp_path / "place"
    place.mkdir()
    (place / f"step.tmp-{host_tag()}-{dead_pid()}-0123456789abcdef").symlink_to(precious)
    assert len(sweep_litter(place)) == 1
    assert (precious / "work").exists() and not os.listdir(place)


# ------------------------------------------------------------------------------------------------- sealed folders


def sealed(path: Path) -> Path:
    with StagedFolder(path) as staged:
        staged.write("model.safetensors", random.Random(1).randbytes(3000))
        staged.write("empty", b"")
        (staged.folder / "optimizer").write_bytes(random.Random(2).randbytes(2000))  # as a library does
        staged.seal({"step": 100, "loss": 0.25, "name": "größte"})
    return path


def test_a_sealed_folder_verifies_and_says_what_it_holds(tmp_path: Path) -> None:
    manifest = verify_folder(sealed(tmp_path / "step-000100"))
    assert isinstance(manifest, Manifest)
    assert {name: entry.size for name, entry in manifest.files.items()} == {
        "empty": 0,
        "model.safetensors": 3000,
        "optimizer": 2000,
    }
    assert manifest.extra == {"step": 100, "loss": 0.25, "name": "größte"}
    assert only(tmp_path) == "step-000100"


def test_the_manifest_is_plain_json(tmp_path: Path) -> None:
    content = json.loads((sealed(tmp_path / "step") / MANIFEST).read_text())
    assert list(content) == ["format", "version", "files", "extra", "sha256"]
    assert content["format"] == "nndesigner-manifest" and content["version"] == 1


def test_nothing_stands_under_the_name_before_the_seal(tmp_path: Path) -> None:
    with StagedFolder(tmp_path / "step") as staged:
        staged.write("weights", b"w")
        assert not (tmp_path / "step").exists() and staged.folder.parent == tmp_path
    assert os.listdir(tmp_path) == [], "left without a seal, it is discarded"


def test_an_error_inside_discards(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), StagedFolder(tmp_path / "step") as staged:
        staged.write("weights", b"w")
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("existing", ["sealed", "empty folder", "file"])
def test_a_name_that_is_taken_is_left_alone(tmp_path: Path, existing: str) -> None:
    path = tmp_path / "step"
    if existing == "sealed":
        sealed(path)
    elif existing == "file":
        path.write_bytes(b"x")
    else:
        path.mkdir()
    with pytest.raises(WriteError, match="already is something"), StagedFolder(path) as staged:
        staged.write("weights", b"other")
        staged.seal({})
    assert only(tmp_path) == "step"
    if existing == "sealed":
        assert isinstance(verify_folder(path), Manifest)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "..\\x", "C:x", "a\0b", MANIFEST])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with StagedFolder(tmp_path / "step") as staged, pytest.raises(ValueError, match="sealed folder"):
        staged.write(name, b"")


@pytest.mark.parametrize("name", ["write", "fsync", "replace"])
def test_a_full_disk_while_sealing_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    sealed(tmp_path / "step-1")
    refusals = 0
    for allowed in range(20):
        with pytest.MonkeyPatch.context() as monkeypatch:
            Refusing(name, errno.ENOSPC, allowed, monkeypatch)
            try:
                with StagedFolder(tmp_path / "step-2") as staged:
                    staged.write("model", b"m" * 100)
                    staged.write("optimizer", b"o" * 100)
                    written = staged.seal({"step": 2})
                    if written.durable:
                        break
            except WriteError as error:
                assert "disk is full" in error.reason
                refusals += 1
        if (tmp_path / "step-2").exists():  # all but the flush of the folder above
            assert not written.durable and isinstance(verify_folder(tmp_path / "step-2"), Manifest)
            shutil.rmtree(tmp_path / "step-2")
        assert only(tmp_path) == "step-1" and isinstance(verify_folder(tmp_path / "step-1"), Manifest)
    assert refusals == {"write": 3, "fsync": 4, "replace": 1}[name]


def damage_one_byte(rng: random.Random, data: bytes) -> bytes:
    position = rng.randrange(len(data))
    return data[:position] + bytes([data[position] ^ 1 << rng.randrange(8)]) + data[position + 1 :]


def test_a_thousand_flips_and_cuts_are_all_seen(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "step")
    rng = random.Random(20)
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    silent = []
    for number in range(1000):
        name = rng.choice([name for name, data in whole.items() if data])
        data = whole[name]
        if number % 2:
            damaged = damage_one_byte(rng, data)
        elif number % 4:
            damaged = data[: rng.randrange(len(data))]
        else:
            damaged = data + rng.randbytes(rng.randint(1, 9))
        (folder / name).write_bytes(damaged)
        if not isinstance(verify_folder(folder), str):
            silent.append((number, name))
        (folder / name).write_bytes(data)
    assert not silent
    assert isinstance(verify_folder(folder), Manifest)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda folder: (folder / "optimizer").unlink(), "optimizer is missing"),
        (lambda folder: (folder / MANIFEST).unlink(), "MANIFEST.json is missing"),
        (lambda folder: shutil.rmtree(folder), "MANIFEST.json is missing"),
        (lambda folder: (folder / "empty").write_bytes(b"x"), "empty is not as it was written"),
        (lambda folder: (folder / MANIFEST).write_bytes(b""), "MANIFEST.json is not as it was written"),
        (lambda folder: (folder / "empty").unlink() or (folder / "empty").mkdir(), "empty is not as it was"),
        (
            lambda folder: (folder / "empty").unlink() or (folder / "empty").symlink_to("/dev/null"),
            "empty is not as it was",
        ),
    ],
)
def test_why_a_folder_does_not_verify(tmp_path: Path, damage: Callable[[Path], None], why: str) -> None:
    folder = sealed(tmp_path / "step")
    damage(folder)
    found = verify_folder(folder)
    assert isinstance(found, str) and why in found


@pytest.mark.parametrize(
    "body",
    [
        b'{\n "format": "other",\n "version": 1,\n "files": {},\n "extra": {}',
        b'{\n "format": "nndesigner-manifest",\n "version": 2,\n "files": {},\n "extra": {}',
        b'{\n "format": "nndesigner-manifest",\n "version": 1,\n "files": {"../x": {"size": 0, "sha256": ""}},'
        b'\n "extra": {}',
        b'{\n "format": "nndesigner-manifest",\n "version": 1,\n "files": {"x": 1},\n "extra": {}',
        b'{\n "format": "nndesigner-manifest",\n "version": 1,\n "files": {},\n "extra": ' + b"[" * 100_000,
        b"[1",
        b"\xff\xfe",
    ],
    ids=["format", "newer", "outside", "types", "deep", "no object", "no text"],
)
def test_a_forged_manifest_with_a_right_checksum(tmp_path: Path, body: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(body + atomic._CHECKSUM_KEY + atomic._checksum(body))
    assert isinstance(verify_folder(tmp_path), str)


def test_a_link_does_not_pass_for_a_file(tmp_path: Path) -> None:
    with StagedFolder(tmp_path / "step") as staged:
        staged.write("weights", b"12345")
        staged.seal({})
    (tmp_path / "step" / "other").write_bytes(b"12345")
    (tmp_path / "step" / "weights").unlink()
    (tmp_path / "step" / "weights").symlink_to("other")  # as long as the file was
    assert verify_folder(tmp_path / "step") == "weights is not as it was written."


def test_what_a_file_browser_adds_does_not_matter(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "step")
    (folder / ".DS_Store").write_bytes(b"x")
    assert isinstance(verify_folder(folder), Manifest)
