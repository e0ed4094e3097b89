"""The first networks that people build: lines, rows of a table, and images taken as rows (numbers 1 to 5)."""

from __future__ import annotations

from pathlib import Path

from drawing import Drawing, Value

HERE = Path(__file__).resolve().parents[1] / "networks"
"""Where the projects lie; paths of data files start there."""


def linear_regression() -> Drawing:
    d = Drawing("linear-regression")
    d.read("diabetes", HERE)
    x = d.add("TableInput", name="table")
    d.add("Output", d.add("Linear", x, name="linear", out_features=1), name="output")
    d.plan(epochs=100, optimizer="sgd", learning_rate=0.03)
    d.note(
        "Linear regression: a weighted sum of the columns, learned by gradient descent on the squared error. Predicts"
        " how far diabetes has progressed after a year from ten measurements."
        "\nAfter Dive into deep learning, 3.5 Concise implementation of linear regression."
    )
    return d


def polynomial_regression() -> Drawing:
    d = Drawing("polynomial-regression")
    d.read("csv", HERE, path="../data/curve.csv", target="y")
    x = d.add("TableInput", name="x")
    square = d.add("Power", x, name="square", power=2.0)
    cube = d.add("Power", x, name="cube", power=3.0)
    powers = d.add("Concatenate", x, square, cube, name="powers", inputs=3)
    d.add("Output", d.add("Linear", powers, name="linear", out_features=1), name="output")
    d.plan(epochs=300, learning_rate=0.02)
    d.note(
        "Polynomial regression: y = a + b·x + c·x² + d·x³, fitted to one period of a sine with a little noise."
        "\nAfter the tutorials of PyTorch, Learning PyTorch with examples (polynomial_nn)."
    )
    return d


def softmax_regression() -> Drawing:
    d = Drawing("softmax-regression")
    d.read("digits", HERE)
    x = d.add("Flatten", d.add("ImageInput", name="image"), name="flatten")
    d.add("Output", d.add("Linear", x, name="linear", out_features=10), name="output", loss="cross_entropy")
    d.plan(epochs=40, optimizer="sgd", learning_rate=0.1)
    d.note(
        "Softmax regression: one linear layer from pixels to ten scores. The softmax is part of the loss."
        "\nAfter Dive into deep learning, 4.5 Concise implementation of softmax regression; here with the digits of 8"
        " × 8 pixels that come with the program. Images of any other size, such as 28 × 28, fit without a change."
    )
    return d


def mlp() -> Drawing:
    d = Drawing("mlp")
    d.read("digits", HERE)
    x = d.add("Flatten", d.add("ImageInput", name="image"), name="flatten")
    for number in (1, 2):
        x = d.add("ReLU", d.add("Linear", x, name=f"linear{number}", out_features=128), name=f"relu{number}")
        x = d.add("Dropout", x, name=f"dropout{number}", p=0.2)
    d.add("Output", d.add("Linear", x, name="scores", out_features=10), name="output", loss="cross_entropy")
    d.note(
        "A multilayer perceptron that tells classes apart."
        "\nAfter the tutorials of PyTorch (quickstart) and Dive into deep learning, 5.2 and 5.6; narrower, and with"
        " the digits of 8 × 8 pixels that come with the program. Images of any other size fit without a change."
    )
    return d


def _dense(d: Drawing, x: Value, widths: tuple[int, ...], drop: float) -> Value:
    for number, width in enumerate(widths, start=1):
        x = d.add(
            "ReLU", d.add("Linear", x, name=f"linear{number}", out_features=width), name=f"relu{number}"
        )
        x = d.add("Dropout", x, name=f"dropout{number}", p=drop)
    return x


def house_prices() -> Drawing:
    d = Drawing("house-prices")
    d.read("csv", HERE, path="../data/houses.csv", target="price (1000)")
    x = _dense(d, d.add("TableInput", name="house"), (64, 32), 0.1)
    d.add("Output", d.add("Linear", x, name="price", out_features=1), name="output", loss="mse")
    d.plan(epochs=100, weight_decay=0.0001)
    d.note(
        "A number from a table with numbers and words: columns are standardized, the quarter becomes one input per"
        " name (one-hot), weight decay and dropout hold the weights small. The houses are made up."
        "\nAfter Dive into deep learning, 5.7 Predicting house prices, and keras.io, feature_space. Cross-validation"
        " in k folds is not part of the program yet: change the split seed and compare the runs."
    )
    return d


def fraud() -> Drawing:
    d = Drawing("fraud")
    d.read("csv", HERE, path="../data/payments.csv", target="fraud")
    x = _dense(d, d.add("TableInput", name="payment"), (64, 32), 0.3)
    x = d.add("Sigmoid", d.add("Linear", x, name="score", out_features=1), name="probability")
    d.add("Output", x, name="output", loss="binary_cross_entropy", pos_weight=15.0)
    d.plan(epochs=40, batch_size=64)
    d.note(
        "Yes or no where yes is rare: one payment in sixteen or so is a fraud, so that a missed one costs fifteen"
        " times as much (weight of yes). The loss is computed from the score before the sigmoid, which is the same"
        " and never overflows. The payments are made up."
        "\nAfter keras.io, imbalanced_classification. Precision and recall are not among the metrics yet; the"
        " confusion matrix shows the four counts they are made of."
    )
    return d


PROJECTS = {
    "networks/01a-linear-regression": linear_regression,
    "networks/01b-polynomial-regression": polynomial_regression,
    "networks/02-softmax-regression": softmax_regression,
    "networks/03-mlp": mlp,
    "networks/04-house-prices": house_prices,
    "networks/05-fraud": fraud,
}
