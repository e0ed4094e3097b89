from __future__ import annotations

import pytest

from nndesigner.base.problem import Severity
from nndesigner.base.shapes import tensor
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from nndesigner.gui.canvas.faces import Faces, port_names, short_count, short_shape


def faces_of(editor, checked=True):
    return Faces(editor.document, editor.network, editor.checked if checked else None)


def test_a_node_says_its_name_type_parameters_shape_and_count(editor):
    face = faces_of(editor).face(editor.named("conv1"))
    assert (face.title, face.type_label, face.card) == ("conv1", "Conv 2-D", "32 · 3×3")
    assert (face.shape, face.weights, face.group) == ("32×28×28", "320", "Convolution")
    assert [port.name for port in face.inputs] == ["x"] and [port.name for port in face.outputs] == ["y"]
    assert face.known


def test_without_a_check_shapes_and_counts_are_left_out(editor):
    faces = faces_of(editor, checked=False)
    face = faces.face(editor.named("conv1"))
    assert (face.card, face.shape, face.weights, face.severity) == ("32 · 3×3", "", "", None)
    assert faces.edge_text(editor.document.edges[0].id) == ""


def test_a_wire_says_what_flows(editor):
    texts = {faces_of(editor).edge_text(edge.id) for edge in editor.document.edges}
    assert texts == {"1×28×28", "32×28×28"}


def test_the_worst_problem_is_the_nodes_severity_and_the_wire_is_marked(editor):
    linear = editor.add("Linear", 600, 0)
    wire = editor.wire(editor.named("relu1"), linear)
    faces = faces_of(editor)
    assert faces.face(linear).severity is Severity.ERROR
    assert (linear, "x") in faces.bad_ports
    assert faces.bad_edges == {wire}
    assert faces.problems(linear)


def test_an_output_shows_the_loss_that_automatic_came_to(editor):
    from nndesigner.base.data_field import DataField

    fields = [
        DataField(
            name="image",
            role="input",
            kind="image",
            element="float",
            axes=(("channel", 1), ("height", 28), ("width", 28)),
        ),
        DataField(name="digit", role="target", kind="class", element="int", classes=("0", "1", "2")),
    ]
    editor.edit("data", "set_data", type="digits")
    editor.edit("data", "set_found", fields=fields, counts={"all": 10}, fingerprint="")
    flat, linear = editor.add("Flatten", 600, 0), editor.add("Linear", 800, 0, out_features=3)
    output = editor.add("Output", 1000, 0)
    editor.wire(editor.named("relu1"), flat)
    editor.wire(flat, linear)
    editor.wire(linear, output)
    assert faces_of(editor).face(output).card == "Cross-entropy"


def unknown(editor) -> Document:
    """The document with a node of an unknown type between conv1 and relu1."""
    stranger = Node(
        id="stranger",
        network=editor.network,
        type="acme.Twist",
        name="twist1",
        x=0,
        y=400,
        parameters={"q": 1},
    )
    relu = editor.named("relu1")
    records = [r for r in editor.document if not (isinstance(r, Edge) and r.target == relu)]
    records += [
        stranger,
        Edge(id="e1", source=editor.named("conv1"), out_port="y", target="stranger", in_port="left"),
        Edge(id="e2", source="stranger", out_port="twisted", target=relu, in_port="x"),
    ]
    return Document(records)


def test_an_unknown_layer_gets_a_placeholder_with_the_ports_of_its_wires(editor):
    document = unknown(editor)
    face = Faces(document, editor.network, None).face("stranger")
    assert not face.known
    assert (face.title, face.type_label, face.group) == ("twist1", "acme.Twist", "")
    assert [port.name for port in face.inputs] == ["left"]
    assert [port.name for port in face.outputs] == ["twisted"]


def test_ports_follow_parameters(editor):
    add = editor.add("Add", 600, 0)
    assert port_names(editor.document, editor.document.node(add)) == (("a", "b"), ("y",))


def test_a_parameter_that_nobody_can_read_does_not_break_the_face(editor):
    node = Node(
        id="odd",
        network=editor.network,
        type="Conv2d",
        name="odd",
        parameters={"kernel_size": None, "stride": "?"},
    )
    document = Document([*editor.document, node])
    assert Faces(document, editor.network, None).face("odd").title == "odd"


@pytest.mark.parametrize(
    ("type", "text"),
    [
        (None, ""),
        (tensor(), "1"),
        (tensor(feature=10), "10"),
        (tensor(channel=32, height=8, width=8), "32×8×8"),
        (tensor(time="T", feature=4), "T×4"),
        (tensor(length="(T + 1)//2 - 1"), "(T+1)//2-1"),
    ],
)
def test_short_shapes(type, text):
    assert short_shape(type) == text


def test_a_long_shape_is_cut():
    text = short_shape(tensor(height="(H - 3)//2 + 1", width="(W - 3)//2 + 1", channel=32))
    assert len(text) <= 22 and text.endswith("…")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (9248, "9.2k"),
        (99_940, "99.9k"),
        (99_960, "100k"),
        (1_300_000, "1.3M"),
        (7_000_000_000, "7G"),
    ],
)
def test_short_counts(number, text):
    assert short_count(number) == text
