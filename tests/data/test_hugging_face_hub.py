"""Data sets by name, from a hub that the test runs: nothing here asks the net."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from nndesigner.data.catalogue import source
from nndesigner.data.dataset import Dataset
from nndesigner.data.hub import CONVERTED
from tests.data.playing_hub import Hub
from tests.data.test_hugging_face import LABEL, features, pets

Load = Callable[..., Dataset]


def file(table: pyarrow.Table) -> bytes:
    made = io.BytesIO()
    parquet.write_table(table, made)
    return made.getvalue()


def films(n: int, word: str = "film", label: int | None = None) -> bytes:
    texts = [f"A {('dull', 'lovely')[i % 2]} {word}, number {i}." for i in range(n)]
    labels = [i % 2 if label is None else label for i in range(n)]
    table = pyarrow.table({"text": texts, "label": labels})
    return file(table.replace_schema_metadata(features(text={"_type": "Value"}, label=LABEL)))


@pytest.fixture
def set_of_texts(played: Hub) -> str:
    """The commit of the data set owner/films, which is also called films."""
    played.renamed["films"] = "owner/films"
    files = {f"data/{part}-00000-of-00001.parquet": films(n) for part, n in (("train", 30), ("test", 6))}
    return played.put("owner/films", {**files, "README.md": b"---"})


def test_nothing_is_asked_unasked(refused: Callable[..., str], played: Hub, set_of_texts: str) -> None:
    assert "No data set is named yet" in refused("huggingface_hub", fetch=True)
    sentence = refused("huggingface_hub", name="films")
    assert "films is not on this computer yet. Switch on “Fetch from the net” to load it from 127" in sentence
    assert "not on this computer yet" in refused("huggingface_hub", name="films", commit=set_of_texts)
    assert played.asked == []


def test_what_is_fetched_is_kept_and_pinned(
    load: Load, played: Hub, set_of_texts: str, learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("huggingface_hub", name="films", fetch=True)
    assert data.fields["text"].kind == "tokens" and data.fields["label"].classes == ("bad", "good")
    assert data.counts["all"] == 36 and data.counts["test"] == 6
    assert data.pinned == {"commit": f"films@newest {set_of_texts}"}
    told = data.remarks[0]
    assert f"{played.address}/datasets/films, commit {set_of_texts[:12]}, configuration default" in told
    assert "data/train-00000-of-00001.parquet (SHA-256 " in told
    learns(data)
    # The hub goes on; the project does not, and asks nobody again.
    newer = played.put("owner/films", {"data/train-00000-of-00001.parquet": films(20, "play")})
    before = len(played.asked)
    again = load("huggingface_hub", name="films", **data.pinned)
    assert again.fingerprint == data.fingerprint and again.remarks == data.remarks
    assert load("huggingface_hub", name="films", fetch=True, **data.pinned).fingerprint == data.fingerprint
    assert len(played.asked) == before
    # Elsewhere the same commit is fetched; without it the newest.
    for path in Path(data_folder()).rglob("*"):
        if path.is_file():
            path.unlink()
    assert load("huggingface_hub", name="films", fetch=True, **data.pinned).fingerprint == data.fingerprint
    assert played.asked[before][0].endswith(f"/revision/{set_of_texts}?blobs=true")
    latest = load("huggingface_hub", name="films", fetch=True)
    assert latest.pinned == {"commit": f"films@newest {newer}"} and latest.counts["all"] == 20


def data_folder() -> Path:
    from nndesigner.base.folders import cache_folder

    return cache_folder() / "data"


def test_a_pin_is_that_of_what_was_asked(
    load: Load, refused: Callable[..., str], played: Hub, set_of_texts: str
) -> None:
    other = played.put("owner/plays", {"train.parquet": films(20, "play")})
    played.put("owner/plays", {"train.parquet": films(24, "play")}, "v2")
    pinned = {"commit": f"films@newest {set_of_texts}"}
    data = load("huggingface_hub", name="owner/plays", fetch=True, **pinned)
    assert data.pinned == {"commit": f"owner/plays@newest {other}"}
    second = load("huggingface_hub", name="owner/plays", revision="v2", fetch=True, **data.pinned)
    assert second.counts["all"] == 24 and second.pinned["commit"].startswith("owner/plays@v2 ")
    assert load("huggingface_hub", name="owner/plays", fetch=True, commit=other).counts["all"] == 20
    assert "holds no commit" in refused("huggingface_hub", name="films", fetch=True, commit="main")
    gone = "0" * 40
    assert f"no longer has commit {gone}" in refused("huggingface_hub", name="films", fetch=True, commit=gone)


def test_pictures_that_the_hub_converted(
    load: Load, played: Hub, learns: Callable[[Dataset], list[float]]
) -> None:
    played.put("pets", {"pets.zip": b"PK"})
    files = {
        "pets/partial-train/0000.parquet": file(pets(100, 20)),
        "pets/test/0000.parquet": file(pets(200, 6)),
    }
    played.put("pets", files, CONVERTED)
    data = load("huggingface_hub", name="pets", fetch=True)
    assert data.arrays["image"].shape == (26, 3, 4, 6) and data.counts["test"] == 6
    assert any("converted only the beginning of train" in remark for remark in data.remarks)
    learns(data)


def test_splits_that_are_no_part_are_left_out_unless_named(load: Load, played: Hub) -> None:
    files = {f"plain/{split}-00000-of-00001.parquet": films(20, split) for split in ("train", "test")}
    played.put("imdb", {**files, "plain/unsupervised-00000-of-00001.parquet": films(40, "one", -1)})
    data = load("huggingface_hub", name="imdb", fetch=True)
    assert data.counts["all"] == 40 and data.counts["test"] == 20
    assert any(remark.startswith("Left out") and "unsupervised" in remark for remark in data.remarks)
    assert not any("unsupervised" in path for path, _ in played.asked)
    named = load(
        "huggingface_hub", name="imdb", fetch=True, splits="train, unsupervised", configuration="plain"
    )
    assert named.counts["all"] == 60


def test_a_set_for_some_only_is_refused_in_one_sentence(
    refused: Callable[..., str], played: Hub, set_of_texts: str
) -> None:
    played.told["owner/films"] = {"gated": "auto"}
    sentence = refused("huggingface_hub", name="films", fetch=True)
    assert (
        "asks for no token: download it with your own account, and read it as a “Hugging Face folder”."
        in sentence
    )


def test_the_addresses_are_told_before_they_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    entry = source("huggingface_hub")
    assert entry is not None and entry.fetches and not entry.downloads
    assert entry.addresses({"name": "user/name"}) == (
        "https://huggingface.co/api/datasets/user/name",
        "https://huggingface.co/datasets/user/name",
    )
    bad: tuple[dict[str, Any], ...] = ({}, {"name": 3.5}, {"name": "../.."}, {"name": None})
    for values in bad:
        assert all(address.startswith("https://huggingface.co") for address in entry.addresses(values))
