from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from nndesigner.base.atomic import WriteError
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import DataSource, Edge, Network, Node, Note
from nndesigner.project import writer
from nndesigner.project.reader import decode, open_project
from nndesigner.project.writer import encode, save
from tests.document.random_edits import Script, start

SAMPLE = Path(__file__).parents[1] / "projects" / "version-1.nnd"


def test_the_file_says_first_what_it_is() -> None:
    lines = encode(edits.new_document()).decode().splitlines()
    assert lines[:4] == ["{", ' "format": "nndesigner",', ' "version": 1,', ' "records": [']
    assert lines[-1] == "}"


def test_what_a_release_wrote_is_written_the_same_today() -> None:
    assert encode(open_project(SAMPLE).document) == SAMPLE.read_bytes()


def test_the_bytes_do_not_depend_on_the_order_of_records() -> None:
    document = start()
    records = list(document)
    random.Random(1).shuffle(records)
    assert encode(Document(records)) == encode(document)


def test_moving_one_layer_changes_one_line() -> None:
    document = start()
    node = document.nodes()[5]
    moved = document.apply(edits.move(document, {node.id: (7.0, 9.0)}))
    before, after = encode(document).splitlines(), encode(moved).splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_adding_and_wiring_a_layer_adds_two_lines() -> None:
    document = start()
    first = next(node for node in document.nodes() if edits.ports(document, node)[1])
    after = document.apply(edits.append_node(document, "ReLU", first.id))
    old, new = encode(document).splitlines(), encode(after).splitlines()
    assert len(new) == len(old) + 2
    assert {line.rstrip(b",") for line in old} <= {line.rstrip(b",") for line in new}


def test_only_parameters_that_are_set_are_written() -> None:
    document = edits.new_document()
    document = document.apply(edits.add_node(document, "Linear", id="a", parameters={"out_features": 5}))
    document = document.apply(edits.add_node(document, "Linear", id="b"))
    records = {record["id"]: record for record in json.loads(encode(document))["records"]}
    assert records["a"]["parameters"] == {"out_features": 5}
    assert "parameters" not in records["b"]
    assert "comment" not in records["b"]


def test_the_order_in_which_parameters_were_set_does_not_matter() -> None:
    document = edits.new_document()
    document = document.apply(edits.add_node(document, "Linear", id="a"))
    one = document.apply(edits.set_parameters(document, "a", {"bias": False, "out_features": 3}))
    two = document.apply(edits.set_parameters(document, "a", {"out_features": 3, "bias": False}))
    assert encode(one) == encode(two)


def test_numbers_that_json_cannot_say_become_null() -> None:
    data = DataSource(id="d", type="csv", parameters={"share": float("nan")})
    document = Document([Network(id="n"), data])
    assert decode(encode(document)).document.data == DataSource(
        id="d", type="csv", parameters={"share": None}
    )


def test_whole_numbers_as_positions_are_written_as_a_reader_gives_them_back() -> None:
    document = Document([Network(id="n"), Note(id="a", network="n", x=3, y=4, width=100, height=50)])
    assert encode(decode(encode(document)).document) == encode(document)


@pytest.mark.parametrize("seed", range(10))
def test_saving_and_opening_gives_the_same_document(seed: int, tmp_path: Path) -> None:
    script, document = Script(seed), start()
    for _ in range(60):
        document = document.apply(script.step(document))
    written = save(document, tmp_path / "a.nnd")
    assert written.path == tmp_path / "a.nnd"
    opened = open_project(tmp_path / "a.nnd")
    assert opened.document == document
    assert opened.warnings == ()
    assert opened.upgraded_from is None
    save(opened.document, tmp_path / "b.nnd")
    assert (tmp_path / "a.nnd").read_bytes() == (tmp_path / "b.nnd").read_bytes()


def test_what_does_not_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.nnd"
    path.write_bytes(b"before")
    broken = Document(
        [
            Network(id="n"),
            Node(id="a", network="n", type="ReLU", name="a"),
            Edge(id="e", source="a", out_port="y", target="a", in_port="x"),
        ]
    )
    with pytest.raises(WriteError, match="read back"):
        save(broken, path)
    assert path.read_bytes() == b"before"


def test_saving_follows_links_and_refuses_folders(tmp_path: Path) -> None:
    (tmp_path / "real.nnd").write_bytes(b"old")
    (tmp_path / "link.nnd").symlink_to("real.nnd")
    document = edits.new_document()
    save(document, tmp_path / "link.nnd")
    assert (tmp_path / "link.nnd").is_symlink()
    assert open_project(tmp_path / "real.nnd").document == document
    with pytest.raises(WriteError):
        save(document, tmp_path)


def test_the_words_of_the_format_are_frozen() -> None:
    """What is in files out there: a change needs a new version and a step to it."""
    records = json.loads(SAMPLE.read_bytes())["records"]
    keys = {record["kind"]: sorted(record) for record in records if record.get("id") not in ("n3",)}
    assert keys == {
        "network": ["id", "kind", "name", "order"],
        "node": ["id", "kind", "name", "network", "type", "x", "y"],
        "edge": ["id", "in_port", "kind", "out_port", "source", "target"],
        "note": ["height", "id", "kind", "network", "text", "width", "x", "y"],
        "frame": ["height", "id", "kind", "network", "title", "width", "x", "y"],
        "data": ["counts", "fields", "fingerprint", "id", "kind", "parameters", "remarks", "type"],
        "training": ["id", "kind", "objective", "parameters"],
        "sweep": ["grid", "id", "kind"],
    }
    assert writer.FORMAT == "nndesigner"
