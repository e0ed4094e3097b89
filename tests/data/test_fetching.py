"""Fetching data sets, from a server that the test runs: nothing here asks the net."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import numpy as np
import pytest

from nndesigner.base.progress import Cancelled
from nndesigner.data import cifar10, fashion_mnist, fetching, mnist
from nndesigner.data.catalogue import sources
from nndesigner.data.dataset import Dataset
from nndesigner.data.source import Download
from tests.data.test_cifar_files import records
from tests.data.test_idx import packed

Load = Callable[..., Dataset]


class Quiet(SimpleHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def log_message(self, *words: object) -> None:
        self.asked.append(self.path)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, bytes], Download]]:
    """`served(name, data)`: the file stands on a server of this machine, and the cache is empty."""
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    folder = tmp_path / "www"
    folder.mkdir()
    Quiet.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def serve(name: str, data: bytes) -> Download:
        (folder / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        return Download(
            name=name, address=f"http://127.0.0.1:{server.server_port}/{name}", bytes=len(data), sha256=digest
        )

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def digits(served: Callable[[str, bytes], Download], monkeypatch: pytest.MonkeyPatch) -> tuple[Download, ...]:
    sources()  # found before they are changed, for others
    draw = np.random.RandomState(0)
    files = []
    for part, n in (("train", 40), ("test", 10)):
        images = packed(draw.randint(0, 255, (n, 6, 6)).astype(np.uint8))
        labels = packed((np.arange(n) % 10).astype(np.uint8))
        files += [
            served(f"{part}-images.gz", gzip.compress(images)),
            served(f"{part}-labels.gz", gzip.compress(labels)),
        ]
    downloads = tuple(files)
    for module, name in ((mnist, "MNIST"), (fashion_mnist, "FASHION_MNIST")):
        monkeypatch.setattr(module, name, replace(getattr(module, name), downloads=downloads))
    return downloads


def cached(tmp_path: Path) -> list[str]:
    folder = tmp_path / "home" / "cache" / "data"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_nothing_is_fetched_unasked(
    refused: Callable[..., str], digits: tuple[Download, ...], tmp_path: Path
) -> None:
    sentence = refused("mnist")
    assert "Switch on “Fetch from the net” to load" in sentence and "127.0.0.1" in sentence
    assert Quiet.asked == [] and cached(tmp_path) == []


def test_what_is_fetched_is_kept(
    load: Load, digits: tuple[Download, ...], tmp_path: Path, learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("mnist", fetch=True)
    assert data.arrays["image"].shape == (50, 1, 6, 6) and data.counts["test"] == 10
    assert len(Quiet.asked) == 4 and len(cached(tmp_path)) == 4
    learns(data)
    again = load("mnist")
    assert len(Quiet.asked) == 4 and again.fingerprint == data.fingerprint
    assert load("fashion_mnist").fields["class"].classes[9] == "ankle boot"


def test_a_spoiled_cache_is_fetched_again(load: Load, digits: tuple[Download, ...], tmp_path: Path) -> None:
    load("mnist", fetch=True)
    spoiled = tmp_path / "home" / "cache" / "data" / cached(tmp_path)[0]
    spoiled.write_bytes(b"spoiled")
    load("mnist", fetch=True)
    assert len(Quiet.asked) == 5 and spoiled.read_bytes() != b"spoiled"


@pytest.mark.parametrize(
    "spoil", [lambda d: replace(d, sha256="0" * 64), lambda d: replace(d, bytes=d.bytes - 1)]
)
def test_another_file_than_stated_is_thrown_away(
    spoil: Callable[[Download], Download],
    refused: Callable[..., str],
    digits: tuple[Download, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(mnist, "MNIST", replace(mnist.MNIST, downloads=(spoil(digits[0]), *digits[1:])))
    assert "the checksum differs" in refused("mnist", fetch=True)
    assert cached(tmp_path) == []


def test_without_a_network_it_says_so_and_a_mirror_helps(
    load: Load,
    refused: Callable[..., str],
    digits: tuple[Download, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    away = replace(digits[0], address="http://127.0.0.1:9/none.gz")
    monkeypatch.setattr(mnist, "MNIST", replace(mnist.MNIST, downloads=(away, *digits[1:])))
    sentence = refused("mnist", fetch=True)
    assert (
        "MNIST cannot be fetched from 127.0.0.1: Connection refused. Is this computer connected" in sentence
    )
    gone = replace(digits[0], address=digits[0].address + ".none")
    monkeypatch.setattr(mnist, "MNIST", replace(mnist.MNIST, downloads=(gone, *digits[1:])))
    assert "it answers 404" in refused("mnist", fetch=True)
    helped = replace(gone, mirrors=(digits[0].address,))
    monkeypatch.setattr(mnist, "MNIST", replace(mnist.MNIST, downloads=(helped, *digits[1:])))
    assert load("mnist", fetch=True).counts["all"] == 50


def test_fetching_can_be_ended(served: Callable[[str, bytes], Download], tmp_path: Path) -> None:
    download = served("large", bytes(1 << 20))

    def ended(fraction: float, sentence: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetching.fetched((download,), "It", True, ended)
    assert cached(tmp_path) == []


def test_cifar_10_is_read_out_of_its_archive(
    load: Load,
    refused: Callable[..., str],
    served: Callable[[str, bytes], Download],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def archive(names: list[str]) -> bytes:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as tar:
            for i, name in enumerate(names):
                data = records(4, 1, 4 * i)
                member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return made.getvalue()

    names = ["test_batch.bin", *(f"data_batch_{i}.bin" for i in range(1, 6)), "../readme.html"]
    download = served("c.tar.gz", archive(names))
    monkeypatch.setattr(cifar10, "CIFAR_10", replace(cifar10.CIFAR_10, downloads=(download,)))
    data = load("cifar10", fetch=True)
    assert data.arrays["image"].shape == (24, 3, 32, 32) and data.indices["test"].tolist() == [20, 21, 22, 23]
    assert data.arrays["image"][20, 0, 0, 0] == 0 and data.arrays["image"][0, 0, 0, 0] == 4
    download = served("less.tar.gz", archive(names[:4]))
    monkeypatch.setattr(cifar10, "CIFAR_10", replace(cifar10.CIFAR_10, downloads=(download,)))
    assert "lacks the file data_batch_4.bin" in refused("cifar10", fetch=True)


def test_what_is_fetched_is_stated_in_full() -> None:
    fetching_sources = [entry for entry in sources().values() if entry.downloads]
    assert {entry.type for entry in fetching_sources} == {"mnist", "fashion_mnist", "cifar10"}
    for entry in fetching_sources:
        field = next(f for f in entry.parameters if f.name == fetching.FETCH)
        assert field.default is False
        for download in entry.downloads:
            assert all(a.startswith("https://") for a in (download.address, *download.mirrors))
            assert len(download.sha256) == 64 and download.sha256[:16] in field.help
