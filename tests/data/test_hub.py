"""What a hub states, which files are wanted and having them, from a hub that the test runs: nothing asks the net."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled, quiet
from nndesigner.data import hub, stored
from tests.data.playing_hub import Hub

TWO = {"data/train-00000-of-00001.parquet": b"train" * 40_000, "data/test-00000-of-00001.parquet": b"test"}


def refusal(name: str, revision: str = "main") -> str:
    with pytest.raises(Refusal) as caught:
        hub.ask(name, revision)
    return str(caught.value)


def have(name: str, allowed: bool = True) -> list[Path]:
    snapshot = hub.newest(name, "")
    configuration, pieces = hub.wanted(snapshot, "", ())
    return hub.having(snapshot, configuration, pieces, allowed, quiet)


def test_the_hub_is_that_of_hugging_face(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert hub.hub() == "https://huggingface.co" and hub.host() == "huggingface.co"
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    assert hub.hub() == "https://huggingface.co"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ag_news", "ag_news"),
        (" user/my-set.v2 ", "user/my-set.v2"),
        ("https://huggingface.co/datasets/user/name", "user/name"),
        ("https://huggingface.co/datasets/user/name/tree/main", "user/name"),
        ("datasets/user/name/viewer/default/train", "user/name"),
        ("x", "x"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert hub.plain_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "  ", "a/b/c", "../b", "a--b", "a b", ".a", "a/..", "é", "a?b=c", "a.git"]
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(Refusal, match="name"):
        hub.plain_name(text)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("default/train/0000.parquet", ("default", "train", False)),
        ("en-US/partial-train/0003.parquet", ("en-US", "train", True)),
        ("data/test-00000-of-00012.parquet", ("default", "test", False)),
        ("data/train-00000-of-00001-1e9f2c63ab7f8d01.parquet", ("default", "train", False)),
        ("cola/test_matched-00000-of-00001.parquet", ("cola", "test_matched", False)),
        ("validation.parquet", ("default", "validation", False)),
        ("0001.parquet", ("default", "train", False)),
        ("a/b/c/train.parquet", None),
        ("../train.parquet", None),
        ("a/./train.parquet", None),
        ("a\\b/train.parquet", None),
    ],
)
def test_the_place_of_a_file(path: str, found: object) -> None:
    assert hub.place(path) == found


def test_what_the_hub_states(played: Hub) -> None:
    commit = played.put("owner/set", {**TWO, "README.md": b"words", "set.py": b"import os"})
    played.renamed["set"] = "owner/set"
    found = hub.newest("set", "")
    assert found.commit == commit and found.programs
    assert [(file.path, file.bytes) for file in found.files] == [(p, len(d)) for p, d in TWO.items()]
    assert hub.kept("set", commit) is None
    hub.keep(found)
    assert hub.kept("set", commit) == found and hub.kept("other", commit) is None


def test_what_the_hub_converted_is_taken_where_there_is_no_parquet(played: Hub) -> None:
    played.put("owner/set", {"train.csv": b"a,b"})
    assert not hub.newest("owner/set", "").files, "nothing was converted"
    converted = played.put("owner/set", {"default/train/0000.parquet": b"x"}, hub.CONVERTED)
    assert hub.newest("owner/set", "").commit == converted
    assert not hub.newest("owner/set", "main").files, "a revision that is named is the one that is taken"
    assert played.asked[-2][0] == "/api/datasets/owner/set/revision/refs%2Fconvert%2Fparquet?blobs=true"


def test_refusals_in_a_sentence(played: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = played.put("owner/set", TWO)
    assert "has no public data set “owner/none”" in refusal("owner/none")
    assert "asks for no token" in refusal("owner/none")
    assert "owner/set has no revision “v9”" in refusal("owner/set", "v9")
    assert f"no longer has commit {commit[::-1]} of owner/set" in refusal("owner/set", commit[::-1])
    played.told["owner/set"] = {"gated": "manual"}
    assert "only to people whom its owner lets in" in refusal("owner/set")
    played.told["owner/set"] = {"disabled": True}
    assert "has closed the data set" in refusal("owner/set")
    for odd in ({"sha": "main"}, {"siblings": 3}, {"siblings": [{"rfilename": "a.parquet", "size": 1}]}):
        played.told["owner/set"] = odd
        assert "is not understood" in refusal("owner/set")
    played.told["owner/set"] = {"sha": commit[::-1]}
    assert "is not understood" in refusal("owner/set", commit), "it is another commit than was asked for"
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be fetched from 127.0.0.1: Connection refused. Is this computer conn" in refusal(
        "owner/set"
    )


def test_files_are_had_once_and_held_against_their_checksums(played: Hub, tmp_path: Path) -> None:
    played.put("owner/set", TWO)
    played.outside_lfs.add("data/test-00000-of-00001.parquet")
    with pytest.raises(
        Refusal, match=r"owner/set is not on this computer yet. Switch on “Fetch from the net”"
    ):
        have("owner/set", allowed=False)
    assert not any("resolve" in path for path, _ in played.asked)
    files = have("owner/set")
    assert [file.read_bytes() for file in files] == list(TWO.values())
    assert all(file.is_relative_to(tmp_path / "home" / "cache" / "data" / "hub") for file in files)
    assert files[0].parts[-3:] == ("set", "train", "data--train-00000-of-00001.parquet")
    before = len(played.asked)
    assert have("owner/set", allowed=False) == files and len(played.asked) == before + 1
    files[1].write_bytes(b"tset")
    have("owner/set")
    assert files[1].read_bytes() == b"test"


@pytest.mark.parametrize("path", list(TWO))
def test_another_file_than_stated_is_thrown_away(path: str, played: Hub) -> None:
    played.put("owner/set", TWO)
    played.outside_lfs.add("data/test-00000-of-00001.parquet")
    for other in (TWO[path][::-1], TWO[path] + b"more", TWO[path][:-1]):
        played.sent[path] = other
        with pytest.raises(Refusal, match="the checksum differs"):
            have("owner/set")
        assert not any(
            path.rpartition("/")[2] in found.name for found in Path(hub.cache_folder()).rglob("*.p*")
        )


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_is_cut_is_taken_up(ranges: bool, played: Hub) -> None:
    played.put("owner/set", TWO)
    played.cuts, played.ranges = [70_000, 65_000], ranges
    files = have("owner/set")
    assert [file.read_bytes() for file in files] == list(TWO.values())
    asked = [asked for path, asked in played.asked if path.startswith("/cdn") and "train" in path]
    assert asked[0] == "" and len(asked) == 3
    assert (asked[2] == "bytes=135000-") == ranges


def test_a_connection_that_is_always_cut_is_given_up(played: Hub) -> None:
    played.put("owner/set", TWO)
    played.cuts = [20_000] * 20
    with pytest.raises(
        Refusal, match=r"the connection was cut after 0.1 of 0.2 MB. Is this computer connected"
    ):
        have("owner/set")
    assert not list(hub.cache_folder().rglob("*.part"))


def test_it_can_be_ended(played: Hub) -> None:
    played.put("owner/set", TWO)
    snapshot = hub.newest("owner/set", "")

    def ended(fraction: float, sentence: str) -> None:
        if fraction > 0.5:
            assert "Fetching data/train" in sentence
            raise Cancelled

    with pytest.raises(Cancelled):
        hub.having(snapshot, *hub.wanted(snapshot, "", ()), True, ended)
    assert [path for path in hub.cache_folder().rglob("*") if path.is_file()] == []


def test_what_is_too_much_is_not_begun(played: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    played.put("owner/set", TWO)
    monkeypatch.setattr(hub, "MOST_FETCHED", 1000)
    with pytest.raises(Refusal, match="name fewer splits"):
        have("owner/set")
    monkeypatch.setattr(hub, "MOST_FETCHED", 1 << 40)
    monkeypatch.setattr(stored, "SPARE", 1 << 60)
    with pytest.raises(Refusal, match="The files of owner/set take"):
        have("owner/set")
    assert not any("resolve" in path for path, _ in played.asked)


def test_configurations_and_splits(played: Hub) -> None:
    played.put("owner/set", {f"{c}/{s}/0000.parquet": b"x" for c in ("de", "fr") for s in ("train", "rest")})
    snapshot = hub.newest("owner/set", "")
    with pytest.raises(Refusal, match="several configurations; choose one: de, fr"):
        hub.wanted(snapshot, "", ())
    with pytest.raises(Refusal, match=r"no configuration “it”. It has: de, fr"):
        hub.wanted(snapshot, "it", ())
    with pytest.raises(Refusal, match=r"no split “test”. It has: train and rest"):
        hub.wanted(snapshot, "fr", ("test",))
    configuration, pieces = hub.wanted(snapshot, "fr", ("rest",))
    assert configuration == "fr" and [piece.file.path for piece in pieces] == ["fr/rest/0000.parquet"]
    played.put("owner/set", {"set.py": b"", "train.csv": b""})
    with pytest.raises(Refusal, match="programs are not run"):
        hub.wanted(hub.newest("owner/set", ""), "", ())
