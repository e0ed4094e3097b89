"""Recommenders and point clouds: 38 and 39 of the forty that newcomers build."""

from __future__ import annotations

from pathlib import Path

from drawing import Drawing, Value

HERE = Path(__file__).resolve().parent.parent / "networks"
PEOPLE, FILMS = 40, 30
RATINGS = {"path": "../data/ratings.csv"}
COLUMNS = (
    "Categories arrive as one-hot columns, 40 for the people and 30 for the films; the place of the one is the number"
    " that the embedding looks up."
)


def columns(d: Drawing) -> tuple[Value, Value, Value]:
    """The whole row, the person's number and the film's number."""
    row = d.add("TableInput", name="rating_row")
    person = d.add("Slice", row, axis="feature", start=0, stop=PEOPLE, name="person_columns")
    film = d.add("Slice", row, axis="feature", start=PEOPLE, stop=PEOPLE + FILMS, name="film_columns")
    return row, d.add("ArgMax", person, name="person"), d.add("ArgMax", film, name="film")


def looked_up(d: Drawing, number: Value, name: str, size: int) -> Value:
    return d.add("Flatten", d.add("Embedding", number, embedding_dim=size, name=name), name=f"{name}_row")


def matrix_factorization() -> Drawing:
    d = Drawing("matrix-factorization")
    _, person, film = columns(d)
    both = d.add(
        "Multiply", looked_up(d, person, "person_taste", 8), looked_up(d, film, "film_taste", 8), name="agree"
    )
    x = d.add("Reduce", both, function="sum", axes="feature", keepdim=True, name="dot")
    x = d.add(
        "Add",
        x,
        looked_up(d, person, "person_bias", 1),
        looked_up(d, film, "film_bias", 1),
        inputs=3,
        name="with_biases",
    )
    d.add("Output", x, name="rating", loss="mse")
    d.read(
        "csv", HERE, **RATINGS, target="rating", task="number", leave_out="liked", categories="person, film"
    )
    d.plan(epochs=40, batch_size=64, optimizer="adam", learning_rate=0.01, weight_decay=0.00001)
    d.note(
        "A rating is how well a person's and a film's tastes agree, plus what either adds. After Dive into Deep"
        f" Learning, “Matrix factorization”, and Keras, collaborative_filtering_movielens. {COLUMNS}"
    )
    return d


def neumf() -> Drawing:
    d = Drawing("neumf")
    _, person, film = columns(d)
    factors = d.add(
        "Multiply",
        looked_up(d, person, "person_factors", 8),
        looked_up(d, film, "film_factors", 8),
        name="agree",
    )
    x = d.add(
        "Concatenate",
        looked_up(d, person, "person_features", 8),
        looked_up(d, film, "film_features", 8),
        name="features",
    )
    for i, units in enumerate((16, 8)):
        x = d.add("ReLU", d.add("Linear", x, out_features=units, name=f"linear{i + 1}"), name=f"relu{i + 1}")
    x = d.add("Linear", d.add("Concatenate", factors, x, name="both"), out_features=1, name="score")
    d.add("Output", d.add("Sigmoid", x), name="liked", loss="binary_cross_entropy")
    d.read("csv", HERE, **RATINGS, target="liked", leave_out="rating", categories="person, film")
    d.plan(epochs=30, batch_size=64, optimizer="adam", learning_rate=0.005)
    d.note(
        "Factors that are multiplied beside features that a small network reads; cross-entropy as in He et al.,"
        " 2017. After Dive into Deep Learning, “Neural collaborative filtering for personalized ranking”, which"
        f" ranks pairs (BPR) instead; films that nobody rated are not drawn as further examples. {COLUMNS}"
    )
    return d


def wide_and_deep() -> Drawing:
    d = Drawing("wide-and-deep")
    row, person, film = columns(d)
    wide = d.add("BatchNorm1d", row, name="wide")
    x = d.add(
        "Concatenate",
        looked_up(d, person, "person_features", 8),
        looked_up(d, film, "film_features", 8),
        name="features",
    )
    for i, units in enumerate((32, 16)):
        x = d.add(
            "BatchNorm1d", d.add("Linear", x, out_features=units, name=f"linear{i + 1}"), name=f"norm{i + 1}"
        )
        x = d.add("Dropout", d.add("ReLU", x, name=f"relu{i + 1}"), p=0.1, name=f"drop{i + 1}")
    x = d.add("Linear", d.add("Concatenate", wide, x, name="wide_and_deep"), out_features=1, name="score")
    d.add("Output", d.add("Sigmoid", x), name="liked", loss="binary_cross_entropy")
    d.read("csv", HERE, **RATINGS, target="liked", leave_out="rating", categories="person, film")
    d.plan(epochs=30, batch_size=64, optimizer="adam", learning_rate=0.005)
    d.note(
        "The columns themselves beside a deep network over looked-up features. After Keras, wide_deep_cross_networks"
        f" (Cheng et al., 2016), made smaller. {COLUMNS}"
    )
    return d


def pointnet() -> Drawing:
    d = Drawing("pointnet")
    conv = d.block("PointConv", "The same small layer for every point.", channels=16)
    x = conv.enter("x", example="channel 3, length 128")
    x = conv.add(
        "BatchNorm1d",
        conv.add("Conv1d", x, out_channels="=channels", kernel_size=1, name="conv"),
        name="norm",
    )
    conv.leave(conv.add("ReLU", x))
    tnet = d.block(
        "TNet", "Looks at all points and says how to turn them: the numbers of a square matrix.", size=3
    )
    x = tnet.enter("points", example="channel 3, length 128")
    for i, channels in enumerate((16, 32, 64)):
        x = tnet.use(conv, x, channels=channels, name=f"points{i + 1}")
    x = tnet.add("Flatten", tnet.add("AdaptiveMaxPool1d", x, output_size=1, name="most"))
    for i, units in enumerate((32, 16)):
        x = tnet.add(
            "BatchNorm1d",
            tnet.add("Linear", x, out_features=units, name=f"dense{i + 1}"),
            name=f"dense_norm{i + 1}",
        )
        x = tnet.add("ReLU", x, name=f"dense_relu{i + 1}")
    tnet.leave(tnet.add("Linear", x, out_features="=size * size", name="numbers"), "matrix")

    def turned(x: Value, size: int, name: str) -> Value:
        """Points (channel × length) turned by what a TNet says, with the penalty that keeps it a rotation."""
        one = ", ".join("1" if i % (size + 1) == 0 else "0" for i in range(size * size))
        identity = d.add(
            "Constant", to="sequence", sizes=f"{size}, {size}", numbers=one, name=f"{name}_identity"
        )
        y = d.add(
            "Reshape",
            d.use(tnet, x, size=size, name=name),
            to="sequence",
            sizes=f"{size}, {size}",
            name=f"{name}_square",
        )
        matrix = d.add("Add", y, identity, name=f"{name}_matrix")
        product = d.add("MatMul", matrix, matrix, transpose_b=True, name=f"{name}_product")
        gap = d.add("Subtract", product, identity, name=f"{name}_gap")
        gap = d.add("Operation", gap, function="square", name=f"{name}_gap_square")
        d.add(
            "Penalty",
            d.add("Reduce", gap, function="sum", axes="1, 2", name=f"{name}_off"),
            weight=0.001,
            name=f"{name}_rotates",
        )
        steps = d.add("Permute", x, order="2, 1", name=f"{name}_points")
        y = d.add("MatMul", steps, matrix, name=f"{name}_turned")
        return d.add("Permute", y, order="2, 1", name=f"{name}_signal")

    x = d.add(
        "Permute",
        d.add("SequenceInput", name="points", length="T", features=3),
        order="2, 1",
        name="coordinates",
    )
    x = turned(x, 3, "turn")
    for i, channels in enumerate((16, 8)):
        x = d.use(conv, x, channels=channels, name=f"points_a{i + 1}")
    x = turned(x, 8, "turn_features")
    for i, channels in enumerate((16, 32, 64)):
        x = d.use(conv, x, channels=channels, name=f"points_b{i + 1}")
    x = d.add("Reduce", x, function="max", axes="length", name="most")
    for i, units in enumerate((32, 16)):
        x = d.add(
            "BatchNorm1d", d.add("Linear", x, out_features=units, name=f"dense{i + 1}"), name=f"norm{i + 1}"
        )
        x = d.add("Dropout", d.add("ReLU", x, name=f"relu{i + 1}"), p=0.3, name=f"drop{i + 1}")
    d.add("Output", d.add("Linear", x, out_features=10, name="scores"), name="shape", loss="cross_entropy")
    d.note(
        "Which of ten shapes a cloud of points is, whatever the order and the number of its points; two small"
        " networks turn the cloud and its features first, and a penalty keeps what they say near a rotation. After"
        " Keras, pointnet (Qi et al., 2017), made smaller; the matrices do not begin exactly as the identity. Without"
        " data: no source gives point clouds with a class other than NumPy files of your own; there is no"
        " augmentation yet."
    )
    return d


PROJECTS = {
    "networks/38a-matrix-factorization": matrix_factorization,
    "networks/38b-neumf": neumf,
    "networks/38c-wide-and-deep": wide_and_deep,
    "networks/39-pointnet": pointnet,
}
