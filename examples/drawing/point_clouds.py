"""PointNet for classification, as its authors published it (Qi et al., 2016)."""

from __future__ import annotations

from drawing import Drawing, Value


def shared(d: Drawing) -> Drawing:
    b = d.block(
        "Point layer",
        "One linear layer for every point alike (a convolution of width 1), normalized, with a ReLU.",
        channels=64,
    )
    x = b.enter(example="channel 64, length 1024")
    x = b.add("Conv1d", x, name="conv", out_channels="=channels", kernel_size=1)
    b.leave(b.add("ReLU", b.add("BatchNorm1d", x, name="bn"), name="relu"))
    return b


def dense(d: Drawing) -> Drawing:
    b = d.block("Dense layer", "A linear layer, normalized, with a ReLU.", features=512)
    x = b.enter(example="feature 1024")
    x = b.add("Linear", x, name="linear", out_features="=features")
    b.leave(b.add("ReLU", b.add("BatchNorm1d", x, name="bn"), name="relu"))
    return b


def transform_net(d: Drawing) -> Drawing:
    point, row = d.once(shared), d.once(dense)
    b = d.block(
        "T-Net",
        "Finds a matrix from all points together and turns the points by it."
        "\nIt is the identity at first: the last layer begins with zeros.",
        size=3,
    )
    points = b.enter("points", example="time 1024, feature 3")
    x = b.add("Permute", points, name="channels_first", order="2, 1")
    for number, channels in enumerate((64, 128, 1024), start=1):
        x = b.use(point, x, name=f"tconv{number}", channels=channels)
    x = b.add("Reduce", x, name="tmaxpool", function="max", axes="length")
    for number, features in enumerate((512, 256), start=1):
        x = b.use(row, x, name=f"tfc{number}", features=features)
    x = b.add(
        "Linear",
        x,
        name="transform",
        out_features="=size * size",
        learning={"weight": "zeros", "bias": "zeros"},
    )
    matrix = b.add("Reshape", x, name="matrix", to="sequence", sizes="=size, size")
    moved = b.add("MatMul", points, matrix, name="matmul")
    b.leave(b.add("Add", points, moved, name="add", comment="Points times (identity + matrix)."))
    return b


def _points(d: Drawing, x: Value, name: str) -> Value:
    return d.add("Permute", x, name=name, order="2, 1")


def pointnet() -> Drawing:
    d = Drawing("pointnet")
    point, row, turn = d.once(shared), d.once(dense), d.once(transform_net)
    x = d.add("SequenceInput", name="points", length=1024, features=3)
    x = _points(d, d.use(turn, x, name="transform_net1", size=3), "channels_first1")
    x = d.use(point, x, name="conv1", channels=64)
    x = d.use(point, x, name="conv2", channels=64)
    x = d.use(turn, _points(d, x, "points_first"), name="transform_net2", size=64)
    x = _points(d, x, "channels_first2")
    for number, channels in enumerate((64, 128, 1024), start=3):
        x = d.use(point, x, name=f"conv{number}", channels=channels)
    x = d.add("Reduce", x, name="maxpool", function="max", axes="length")
    for number, features in enumerate((512, 256), start=1):
        x = d.use(row, x, name=f"fc{number}", features=features)
        x = d.add("Dropout", x, name=f"dp{number}", p=0.3)
    d.add("Output", d.add("Linear", x, name="fc3", out_features=40), name="output")
    d.note(
        "PointNet for 1,024 points and the 40 classes of ModelNet40, as models/pointnet_cls.py of charlesq34/pointnet:"
        " 3,480,049 parameters (803,081 and 1,857,344 in the two T-Nets, 819,624 in the rest); the paper says 3.5"
        " million.\n448.0 M multiply-accumulates. The paper says 440 million (table 6 of arxiv.org/abs/1612.00593), and"
        " 148 million without the T-Nets: it counts 1,000 points, for which this network has 437.6 M and without them"
        " 148.3 M. The code's penalty on the second matrix is not drawn.\nQi, Su, Mo, Guibas: PointNet, Deep learning"
        " on point sets for 3D classification and segmentation, 2016."
    )
    return d


PROJECTS = {"architectures/pointnet": pointnet}
