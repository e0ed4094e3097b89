"""A hub of Hugging Face that a test runs on this machine: its two addresses, its redirects and its refusals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit


class Hub:
    """`put` a revision of a data set; `asked` is every request so far, with its Range."""

    def __init__(self) -> None:
        self.address = ""
        self.asked: list[tuple[str, str]] = []
        self.heads: dict[tuple[str, str], str] = {}
        """(name, branch) → commit"""
        self.commits: dict[tuple[str, str], dict[str, bytes]] = {}
        """(name, commit) → path → content"""
        self.told: dict[str, dict[str, Any]] = {}
        """name → what is told of it besides"""
        self.renamed: dict[str, str] = {}
        self.outside_lfs: set[str] = set()
        """paths that git keeps itself"""
        self.sent: dict[str, bytes] = {}
        """path → what is sent instead of its content"""
        self.cuts: list[int] = []
        """after how many bytes each of the next files is cut"""
        self.ranges = True

    def put(self, name: str, files: dict[str, bytes], branch: str = "main") -> str:
        """A new commit on a branch. Gives its name."""
        commit = hashlib.sha1(repr((name, branch, sorted(files.items()))).encode()).hexdigest()
        self.heads[name, branch] = commit
        self.commits[name, commit] = files
        return commit

    def about(self, name: str, revision: str) -> dict[str, Any] | None:
        commit = self.heads.get((name, revision), revision)
        files = self.commits.get((name, commit))
        if files is None:
            return None
        siblings: list[dict[str, Any]] = []
        for path, data in files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            entry: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": blob}
            if path not in self.outside_lfs:
                sha256 = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 130}
            siblings.append(entry)
        told = {"id": name, "sha": commit, "private": False, "gated": False, "disabled": False}
        return {**told, "siblings": siblings, **self.told.get(name, {})}


@contextmanager
def playing_hub() -> Iterator[Hub]:
    hub = Hub()

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

        def say(self, code: int, data: bytes = b"", **headers: str) -> None:
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            hub.asked.append((self.path, self.headers.get("Range", "")))
            assert "Authorization" not in self.headers
            words = parts.path.strip("/").split("/")
            if words[0] == "cdn":
                self.file(unquote("/".join(words[2:])), hub.commits[unquote(words[1]), words[2]])
                return
            start = 2 if words[:2] == ["api", "datasets"] else 1
            mark = words.index("revision" if start == 2 else "resolve")
            name = "/".join(words[start:mark])
            if name in hub.renamed:
                self.say(307, Location=self.path.replace(f"/{name}/", f"/{hub.renamed[name]}/"))
            elif not any(known == name for known, _ in hub.commits):
                self.say(401, X_Error_Code="RepoNotFound")
            elif (about := hub.about(name, unquote(words[mark + 1]))) is None:
                self.say(404, X_Error_Code="RevisionNotFound")
            elif start == 2:
                assert parts.query == "blobs=true"
                self.say(200, json.dumps(about).encode())
            elif about["gated"]:
                self.say(403, X_Error_Code="GatedRepo")
            else:
                path = "/".join(words[mark + 2 :])
                self.say(302, Location=f"/cdn/{name.replace('/', '%2F')}/{about['sha']}/{path}")

        def file(self, place: str, files: dict[str, bytes]) -> None:
            path = place.partition("/")[2]
            data = hub.sent.get(path, files[path])
            start = int(self.headers.get("Range", "bytes=0-")[6:-1]) if hub.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            end = start + hub.cuts.pop(0) if hub.cuts else len(data)
            self.wfile.write(data[start:end])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
