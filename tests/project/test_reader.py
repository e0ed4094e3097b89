from __future__ import annotations

import copy
import gc
import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.document.records import Edge, Node
from nndesigner.project.reader import MOST_WARNINGS, Opened, decode, open_project
from nndesigner.project.writer import encode, save

PROJECTS = Path(__file__).parents[1] / "projects"
SAMPLE = PROJECTS / "version-1.nnd"


# -- released versions ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", sorted(PROJECTS.glob("version-*.nnd")), ids=lambda path: path.stem)
def test_every_released_version_opens_saves_and_opens_equal(path: Path, tmp_path: Path) -> None:
    opened = open_project(path)
    save(opened.document, tmp_path / "again.nnd")
    again = open_project(tmp_path / "again.nnd")
    assert again.document == opened.document
    assert again.upgraded_from is None


def test_a_file_from_a_newer_version_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "newer.nnd"
    path.write_text(SAMPLE.read_text().replace('"version": 1', '"version": 2'))
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(Refusal, match=r"newer.nnd was not opened.*newer nndesigner.*left as it is"):
        open_project(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)
    assert os.listdir(tmp_path) == ["newer.nnd"]


# -- unknown layers ------------------------------------------------------------------------------------------------
def _anything(chooser: random.Random, depth: int = 0) -> Any:
    kind = chooser.randrange(8 if depth < 4 else 6)
    match kind:
        case 0:
            return chooser.randint(-(2**60), 2**60)
        case 1:
            return chooser.choice([0.1, 1e-300, 1.7976931348623157e308, -0.0, 2.5e17])
        case 2:
            return chooser.choice(["", "text", "\U0001f600 “”\\", '{"a": 1}', "\t\n\x7f\u2028"])
        case 3:
            return None
        case 4:
            return chooser.random() < 0.5
        case 5:
            return {}
        case 6:
            return [_anything(chooser, depth + 1) for _ in range(chooser.randrange(5))]
        case _:
            names = chooser.sample(["z", "a", "kind", "id", "ünï", "x y", ""], chooser.randrange(6))
            return {name: _anything(chooser, depth + 1) for name in names}


def _with_unknown_types(seed: int) -> dict[str, Any]:
    chooser = random.Random(seed)
    content = copy.deepcopy(json.loads(SAMPLE.read_bytes()))
    for number in range(chooser.randint(1, 6)):
        node = {
            "kind": "node",
            "id": f"foreign{number}",
            "network": "net",
            "type": chooser.choice(["Quantum", "acme/Mixer", "conv2d", ""]),
            "name": f"foreign{number}",
            "x": 1.5,
            "y": -2.0,
        }
        if chooser.random() < 0.8:
            node["parameters"] = {f"p{i}": _anything(chooser) for i in range(1 + chooser.randrange(4))}
        node |= {f"own_{i}": _anything(chooser) for i in range(chooser.randrange(3))}
        content["records"].append(node)
        wire = {"kind": "edge", "id": f"wire{number}", "source": "n1", "out_port": "y"}
        content["records"].append(wire | {"target": f"foreign{number}", "in_port": f"port {number}"})
    for number in range(chooser.randrange(3)):
        content["records"].append({"kind": "acme", "id": f"r{number}", "content": _anything(chooser)})
    content["acme"] = _anything(chooser)
    return content


@pytest.mark.parametrize("seed", range(50))
def test_unknown_types_keep_all_they_have(seed: int, tmp_path: Path) -> None:
    """Not only equal values: the same text, keys in the same order."""
    before = _with_unknown_types(seed)
    opened = decode(json.dumps(before).encode())
    assert any("does not know" in warning for warning in opened.warnings)
    save(opened.document, tmp_path / "a.nnd")
    after = json.loads((tmp_path / "a.nnd").read_bytes())
    assert json.dumps(after.get("acme")) == json.dumps(before["acme"])
    written = {record["id"]: record for record in after["records"]}
    foreign = [r for r in before["records"] if r["id"].startswith(("foreign", "wire")) or r["kind"] == "acme"]
    assert foreign
    for record in foreign:
        kept = written[record["id"]]
        assert kept == record
        assert {key: json.dumps(value) for key, value in kept.items()} == {
            key: json.dumps(value) for key, value in record.items()
        }
    assert not check(opened.document).ok


# -- hostile files -------------------------------------------------------------------------------------------------
def project(*records: Any, **more: Any) -> bytes:
    content = {"format": "nndesigner", "version": 1, "records": [{"kind": "network", "id": "n"}, *records]}
    return json.dumps({**content, **more}).encode()


def node(id: str, type: str = "ReLU", **more: Any) -> dict[str, Any]:
    return {"kind": "node", "id": id, "network": "n", "type": type, "name": id, **more}


def edge(id: str, source: str, target: str) -> dict[str, Any]:
    return {"kind": "edge", "id": id, "source": source, "out_port": "y", "target": target, "in_port": "x"}


def chain(*nodes: dict[str, Any]) -> bytes:
    pairs = itertools.pairwise(nodes)
    return project(*nodes, *(edge(f"e{i}", a["id"], b["id"]) for i, (a, b) in enumerate(pairs)))


def inside(text: bytes) -> bytes:
    """A project in which `text` stands where a parameter would."""
    return project(node("a", "Linear", parameters={"out_features": "HERE"})).replace(b'"HERE"', text)


def _table(**parameters: Any) -> dict[str, Any]:
    return node("in", "TableInput", parameters=parameters)


HUGE = 10**9
HOSTILE: dict[str, Callable[[], bytes]] = {
    "depth 5 million, lists": lambda: b"[" * 5_000_000,
    "depth 5 million, objects": lambda: b'{"a":' * 5_000_000,
    "depth in a parameter": lambda: inside(b"[" * 1000 + b"]" * 1000),
    "an integer of 5,000 digits": lambda: inside(b"9" * 5000),
    "a negative integer of 5,000 digits": lambda: inside(b"-" + b"9" * 5000),
    "an integer just too large": lambda: inside(str(2**63).encode()),
    "NaN": lambda: inside(b"NaN"),
    "Infinity": lambda: inside(b"Infinity"),
    "-Infinity": lambda: inside(b"-Infinity"),
    "1e999": lambda: inside(b"1e999"),
    "duplicate keys at the top": lambda: (
        b'{"format": "nndesigner", "version": 1, "version": 2, "records": []}'
    ),
    "duplicate keys in a record": lambda: inside(b'1}, "id": "b", "x": {'),
    "a lone high surrogate": lambda: inside(b'"\\ud800"'),
    "a lone low surrogate in a key": lambda: inside(b'{"\\udc00": 1}'),
    "bytes that are no UTF-8": lambda: inside(b'"\xff\xfe"'),
    "an encoded surrogate": lambda: inside(b'"\xed\xa0\x80"'),
    "UTF-16": lambda: project().decode().encode("utf-16"),
    "a million nodes": lambda: (
        b'{"format":"nndesigner","version":1,"records":['
        + b",".join(b'{"kind":"node","id":"%d"}' % i for i in range(1_000_000))
        + b"]}"
    ),
    "a hundred thousand empty records": lambda: project(*[{}] * 99_999),
    "more than 50 MB": lambda: b" " * (50 * 2**20 + 1),
    "a text of 40 MB": lambda: inside(b'"' + b"a" * 40_000_000 + b'"'),
    "ten million empty lists": lambda: inside(b"[" + b"[]," * 10_000_000 + b"[]]"),
    "Linear(1e9, 1e9)": lambda: chain(
        _table(features=HUGE), node("a", "Linear", parameters={"out_features": HUGE})
    ),
    "Conv2d with a huge kernel": lambda: chain(
        node("in", "ImageInput", parameters={"channels": HUGE, "height": HUGE, "width": HUGE}),
        node("a", "Conv2d", parameters={"out_channels": HUGE, "kernel_size": [65_536, 65_536]}),
    ),
    "a chain of huge layers": lambda: chain(
        _table(features=2**31 - 1),
        *(node(f"a{i}", "Linear", parameters={"out_features": 2**31 - 1}) for i in range(50)),
    ),
    "a cycle of two": lambda: project(node("a"), node("b"), edge("e", "a", "b"), edge("f", "b", "a")),
    "a cycle of 20,000": lambda: project(
        *(node(f"a{i}") for i in range(20_000)),
        *(edge(f"e{i}", f"a{i}", f"a{(i + 1) % 20_000}") for i in range(20_000)),
    ),
    "self-edges": lambda: project(node("a"), *(edge(f"e{i}", "a", "a") for i in range(100))),
    "10,000 wires into one port": lambda: project(
        node("z"),
        *(node(f"a{i}") for i in range(10_000)),
        *(edge(f"e{i}", f"a{i}", "z") for i in range(10_000)),
    ),
    "10,000 layers of one name": lambda: project(*(node(f"a{i}") | {"name": "same"} for i in range(10_000))),
    "10,000 unknown types": lambda: project(*(node(f"a{i}", f"T{i}") for i in range(10_000))),
    "records that are no list": lambda: project().replace(b'[{"kind": "network", "id": "n"}]', b'{"a": 1}'),
    "every kind with nothing in it": lambda: project(
        *(
            {"kind": kind}
            for kind in ("network", "node", "edge", "note", "frame", "data", "training", "unknown")
        )
    ),
    "every kind with wrong fields": lambda: project(
        *(
            {
                "kind": kind,
                "id": f"{kind}!",
                "name": [],
                "type": {},
                "network": 5,
                "fields": "x",
                "source": None,
            }
            for kind in ("network", "node", "edge", "note", "frame", "data", "training", "unknown")
        )
    ),
    "kinds that are no text": lambda: project(
        *({"kind": kind, "id": "x"} for kind in (None, 5, [], {}, True))
    ),
    "parameters of every wrong kind": lambda: chain(
        _table(features=[]),
        *(
            node(f"a{i}", type, parameters={"out_features": bad, "kernel_size": bad, "p": bad, "inputs": bad})
            for i, (type, bad) in enumerate(
                (type, bad)
                for type in ("Linear", "Conv2d", "Dropout", "Add", "Concatenate", "Flatten", "LSTM")
                for bad in (None, -1, 0, 10**18, 1e308, "x", [], [1, 2, 3, 4], {"a": 1}, True)
            )
        ),
    ),
    "ids that are no ids": lambda: project(
        *(
            node("a") | {"id": id, "name": f"a{i}"}
            for i, id in enumerate([None, 5, "", "x" * 65, "a\nb", [], {}])
        )
    ),
    "names that are code": lambda: project(
        *(
            node(f"a{i}") | {"name": name}
            for i, name in enumerate(
                [
                    "__class__",
                    "forward",
                    "import os",
                    "x;y",
                    "self",
                    "a" * 100_000,
                    "<b>hi</b>",
                    "a.b",
                    "\u202e",
                ]
            )
        )
    ),
    "data fields from elsewhere": lambda: project(
        {
            "kind": "data",
            "id": "d",
            "type": "../../etc/passwd",
            "parameters": {"path": "/etc/passwd"},
            "fields": [
                {
                    "name": "f",
                    "role": "input",
                    "kind": "image",
                    "element": "float",
                    "axes": [["channel", -5]],
                },
                {"name": "f", "role": "?", "kind": "?", "element": "?", "axes": [["", 2**62]] * 20},
            ],
            "counts": {"all": -1},
        },
        node("in", "ImageInput"),
        node("out", "Output"),
        edge("e", "in", "out"),
    ),
    "a newer version with anything in it": lambda: b'{"format": "nndesigner", "version": 99, "records": 7}',
    "no project at all": lambda: b'{"cells": [], "nbformat": 4}',
    "an empty file": lambda: b"",
}


def test_there_are_forty() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_opens_clean(name: str) -> None:
    data = HOSTILE[name]()
    gc.freeze()  # what the tests before this one left in memory is not walked through on this file's account
    began = time.process_time()
    opened: Opened | None = None
    try:
        opened = decode(data)
        check(opened.document)
    except Refusal as refusal:
        assert "\n" not in str(refusal)
        assert 10 < len(str(refusal)) < 400
    finally:
        seconds = time.process_time() - began
        gc.unfreeze()
    assert seconds < 2.0
    if opened is None:
        return
    assert len(opened.warnings) <= MOST_WARNINGS + 1
    assert all(len(warning) < 500 for warning in opened.warnings)
    assert decode(encode(opened.document)).document == opened.document


OPENED = {
    "a hundred thousand empty records",
    *(
        name
        for name in HOSTILE
        if name.startswith(("Linear(", "Conv2d with", "a chain of", "a cycle", "self-"))
    ),
    *(name for name in HOSTILE if name.startswith(("10,000", "every kind", "kinds that", "parameters of"))),
    *(name for name in HOSTILE if name.startswith(("ids that", "names that", "data fields"))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_can_be_mended_opens_and_the_absurd_is_refused(name: str) -> None:
    if name in OPENED:
        assert decode(HOSTILE[name]()).document.networks
    else:
        with pytest.raises(Refusal):
            decode(HOSTILE[name]())


def test_a_cycle_loses_one_wire() -> None:
    opened = decode(HOSTILE["a cycle of 20,000"]())
    assert sum(isinstance(record, Edge) for record in opened.document) == 19_999


def test_layers_of_one_name_all_stay() -> None:
    opened = decode(HOSTILE["10,000 layers of one name"]())
    assert len({r.name for r in opened.document if isinstance(r, Node)}) == 10_000


WATCHED = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.project.reader import open_project
from nndesigner.check.check import check
from nndesigner.base.problem import Refusal
from nndesigner.layers.extensions import who_knows
check(open_project(Path(sys.argv[2])).document)  # everything that is needed is imported now
who_knows("")  # which packages are installed is read once, whatever the projects say
seen = []
def hook(event, args):
    if event in ("exec", "compile", "import") or event.startswith(("subprocess", "socket", "os.system", "os.exec")):
        seen.append((event, str(args)[:100]))
    elif event == "open" and not isinstance(args[0], int) and str(args[0]) not in allowed:
        seen.append((event, str(args[0])))
allowed = set()
sys.addaudithook(hook)
for path in sys.argv[3:]:
    allowed = {path}
    try:
        check(open_project(Path(path)).document)
    except Refusal:
        pass
    print(Path(path).name, seen)
    seen.clear()
"""


def test_opening_runs_nothing_and_touches_no_other_file(tmp_path: Path) -> None:
    paths = []
    outside = [
        *(
            "/etc/passwd",
            "../../secret.csv",
            "\\\\server\\share\\x.csv",
            "//server/share/x.csv",
            "file:///etc/hosts",
        ),
        *(
            "https://example.org/x.csv",
            "C:\\Windows\\x.csv",
            "~/x.csv",
            "$HOME/x.csv",
            "/dev/zero",
            "/proc/self/mem",
        ),
        *(
            "con",
            "a/../../b.csv",
            "./../x",
            "/",
            "..",
            "file://host/x",
            "smb://host/x",
            "/dev/stdin",
            "\\\\?\\C:\\x",
        ),
    ]
    assert len(outside) >= 20
    for number, path in enumerate(outside):
        file = tmp_path / f"outside-{number}.nnd"
        for type in ("csv", "image_folder", "numpy"):
            data = {"kind": "data", "id": "d", "type": type, "parameters": {"path": path, "folder": path}}
            file.write_bytes(
                project(data, node("in", "TableInput"), node("a", "Linear"), edge("e", "in", "a"))
            )
        paths.append(file)
    for number, name in enumerate(HOSTILE):
        if "million" in name or "MB" in name:
            continue
        file = tmp_path / f"hostile-{number}.nnd"
        file.write_bytes(HOSTILE[name]())
        paths.append(file)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(PROJECTS.parents[1]), str(SAMPLE), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(paths)
    assert all(line.endswith(" []") for line in lines), done.stdout


# -- files that are no files -----------------------------------------------------------------------------------------
def test_what_cannot_be_read_is_said_with_its_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.nnd")
    (tmp_path / "folder.nnd").mkdir()
    (tmp_path / "loop.nnd").symlink_to("loop.nnd")
    for name in (
        "missing.nnd",
        "pipe.nnd",
        "folder.nnd",
        "loop.nnd",
        "nul\0.nnd",
        "x" * 300,
        "missing/x.nnd",
    ):
        with pytest.raises(Refusal, match="was not opened") as refusal:
            open_project(tmp_path / name)
        assert "\n" not in str(refusal.value)


def test_the_digest_is_that_of_the_file() -> None:
    import hashlib

    assert open_project(SAMPLE).sha256 == hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
