"""The same networks as the templates', written by hand in plain PyTorch: own data, preparation, model and loop.

Nothing here comes from nndesigner but the numbers of the samples in each part and, for a made series, the series. A
test holds weights, epochs, batch size, optimizer and learning rate against the templates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

Rows = npt.NDArray[np.int64]
Raw = tuple[npt.NDArray[Any], npt.NDArray[Any]]
STORIES = Path(__file__).resolve().parents[2] / "examples" / "data" / "stories.txt"
WINDOW = 48
"""characters that the transformer sees"""


# -- data: raw values, and what is done to them before the first layer -----------------------------
def digits() -> Raw:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images[:, None], bunch.target


def iris() -> Raw:
    from sklearn.datasets import load_iris

    return load_iris(return_X_y=True)


def wine() -> Raw:
    from sklearn.datasets import load_wine

    return load_wine(return_X_y=True)


def breast_cancer() -> Raw:
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(return_X_y=True)


def diabetes() -> Raw:
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True, scaled=False)
    return x, y[:, None]


def stories() -> Raw:
    """Windows end to end, and the same one character further."""
    text = STORIES.read_text(encoding="utf-8").lower()
    number = {character: i for i, character in enumerate(sorted(set(text)))}
    codes = np.array([number[character] for character in text])
    starts = range(0, len(codes) - WINDOW, WINDOW)
    windows = np.array([codes[i : i + WINDOW + 1] for i in starts])
    return windows[:, :-1], windows[:, 1:]


def pixels(x: npt.NDArray[Any], train: Rows) -> npt.NDArray[Any]:
    return x / 16.0


def standardized(x: npt.NDArray[Any], train: Rows) -> npt.NDArray[Any]:
    """Each column with mean 0 and standard deviation 1 over the training samples."""
    known = x[train].reshape(-1, x.shape[-1])
    return (x - known.mean(axis=0)) / known.std(axis=0)


def as_it_is(x: npt.NDArray[Any], train: Rows) -> npt.NDArray[Any]:
    return x


# -- networks --------------------------------------------------------------------------------------
def digits_mlp() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def digits_cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 64),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(64, 10),
    )


def one_hidden(columns: int, hidden: int, answers: int) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(nn.Linear(columns, hidden), nn.ReLU(), nn.Linear(hidden, answers))


class Forecaster(nn.Module):
    """The last state of an LSTM says the next value."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 32, batch_first=True)
        self.linear = nn.Linear(32, 1)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.lstm(x)
        return self.linear(states[:, -1])


class Writer(nn.Module):
    """Two transformer layers that see only what was before, over characters with sines as their places."""

    def __init__(self, characters: int = 34, features: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, features)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                features, nhead=4, dim_feedforward=128, batch_first=True, norm_first=True
            )
            for _ in range(2)  # not nn.TransformerEncoder, whose layers all begin with the same weights
        )
        self.linear = nn.Linear(features, characters)
        place = torch.arange(WINDOW)[:, None]
        rate = torch.exp(torch.arange(0, features, 2) * (-math.log(10000.0) / features))
        self.register_buffer(
            "places", torch.stack((torch.sin(place * rate), torch.cos(place * rate)), -1).flatten(1)
        )
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(WINDOW))

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding(x) + self.places
        for layer in self.layers:
            x = layer(x, src_mask=self.mask, is_causal=True)
        return self.linear(x)


# -- losses and what is measured -------------------------------------------------------------------
def cross_entropy(answer: Tensor, wanted: Tensor) -> Tensor:
    return F.cross_entropy(answer.flatten(0, -2), wanted.flatten())


def yes_or_no(answer: Tensor, wanted: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(answer.flatten(), wanted.float())


def classes(answer: Tensor, wanted: Tensor) -> dict[str, float]:
    right = (answer.argmax(-1) == wanted).double().mean().item()
    return {"accuracy": right, "loss": cross_entropy(answer, wanted).item()}


def halves(answer: Tensor, wanted: Tensor) -> dict[str, float]:
    return {"accuracy": ((answer.flatten() > 0) == wanted.bool()).double().mean().item()}


def numbers(answer: Tensor, wanted: Tensor) -> dict[str, float]:
    error = (answer - wanted).square().sum()
    return {
        "r2": (1 - error / (wanted - wanted.mean()).square().sum()).item(),
        "rmse": (error / wanted.numel()).sqrt().item(),
    }


# -- one network -----------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class ByHand:
    """What a person would write for one template. `data` None takes the arrays of the made series."""

    data: Callable[[], Raw] | None
    prepare: Callable[[npt.NDArray[Any], Rows], npt.NDArray[Any]]
    net: Callable[[], nn.Module]
    loss: Callable[[Tensor, Tensor], Tensor]
    measure: Callable[[Tensor, Tensor], dict[str, float]]
    epochs: int
    batch_size: int = 32
    learning_rate: float = 0.001
    optimizer: type[torch.optim.Optimizer] = torch.optim.Adam
    weight_decay: float = 0.0
    one_cycle: bool = False
    """the learning rate goes up and down once over the run, a step at a time; else it stays"""

    @property
    def weights(self) -> int:
        return sum(weight.numel() for weight in self.net().parameters())

    def train(
        self, seed: int, parts: Mapping[str, Rows], made: Raw | None = None, epochs: int | None = None
    ) -> dict[str, float]:
        """Trains from the seed on the samples of "train"; what is measured on those of "test" at the end."""
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        raw = self.data() if self.data is not None else made
        assert raw is not None
        train, test = parts["train"], parts["test"]
        x = _tensor(self.prepare(raw[0], train))
        spread, centre = 1.0, 0.0
        y = _tensor(raw[1])
        if self.measure is numbers:
            spread, centre = float(raw[1][train].std()), float(raw[1][train].mean())
            y = (y - centre) / spread
        net = self.net()
        optimizer = self.optimizer(net.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay)  # type: ignore[call-arg]
        loader = DataLoader(TensorDataset(x[train], y[train]), batch_size=self.batch_size, shuffle=True)
        epochs = self.epochs if epochs is None else epochs
        schedule = None
        if self.one_cycle:
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                optimizer, self.learning_rate, total_steps=epochs * len(loader), cycle_momentum=False
            )
        for _ in range(epochs):
            net.train()
            for inputs, targets in loader:
                optimizer.zero_grad()
                self.loss(net(inputs), targets).backward()
                optimizer.step()
                if schedule is not None:
                    schedule.step()
        net.eval()
        with torch.no_grad():
            answer, wanted = net(x[test]), y[test]
        if self.measure is numbers:
            answer, wanted = answer * spread + centre, wanted * spread + centre
        return self.measure(answer, wanted)


def _tensor(values: npt.NDArray[Any]) -> Tensor:
    return torch.tensor(values, dtype=torch.int64 if values.dtype.kind in "iu" else torch.float32)


NETWORKS: dict[str, ByHand] = {
    "digits-cnn": ByHand(
        data=digits,
        prepare=pixels,
        net=digits_cnn,
        loss=cross_entropy,
        measure=classes,
        epochs=40,
        learning_rate=0.005,
        one_cycle=True,
    ),
    "digits-mlp": ByHand(
        data=digits, prepare=pixels, net=digits_mlp, loss=cross_entropy, measure=classes, epochs=20
    ),
    "iris-mlp": ByHand(
        data=iris,
        prepare=standardized,
        net=one_hidden(4, 16, 3),
        loss=cross_entropy,
        measure=classes,
        epochs=60,
        batch_size=16,
        learning_rate=0.01,
    ),
    "wine-mlp": ByHand(
        data=wine,
        prepare=standardized,
        net=one_hidden(13, 16, 3),
        loss=cross_entropy,
        measure=classes,
        epochs=40,
        batch_size=16,
        learning_rate=0.01,
    ),
    "breast-cancer-binary": ByHand(
        data=breast_cancer,
        prepare=standardized,
        net=one_hidden(30, 16, 1),
        loss=yes_or_no,
        measure=halves,
        epochs=30,
        learning_rate=0.005,
    ),
    "diabetes-regression": ByHand(
        data=diabetes,
        prepare=standardized,
        net=one_hidden(10, 32, 1),
        loss=F.mse_loss,
        measure=numbers,
        epochs=40,
        learning_rate=0.003,
        optimizer=torch.optim.AdamW,
        weight_decay=0.01,
    ),
    "sunspots-lstm": ByHand(
        data=None,
        prepare=standardized,
        net=Forecaster,
        loss=F.mse_loss,
        measure=numbers,
        epochs=20,
        batch_size=64,
        learning_rate=0.003,
    ),
    "characters-transformer": ByHand(
        data=stories,
        prepare=as_it_is,
        net=Writer,
        loss=cross_entropy,
        measure=classes,
        epochs=40,
        learning_rate=0.003,
        optimizer=torch.optim.AdamW,
    ),
}
"""By the name of the template."""
