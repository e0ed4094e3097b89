"""Writes the small made files in examples/data/ that networks of `examples/networks/` learn from.

`python examples/drawing/data_files.py` writes them anew. The numbers come from Python's own generator with a fixed
seed, so that they are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, hypot, pi, sin
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).resolve().parents[1] / "data"
Pixels = npt.NDArray[np.uint8]

QUARTERS = {"centre": 1.35, "harbour": 1.2, "north": 1.0, "hill": 1.1, "station": 0.85}
"""Quarter of a town → how much dearer a house is there."""
COUNTRIES = {"at home": 0.0, "neighbour": 0.6, "far away": 1.8}
"""Where a card was used → how much more suspicious that is."""


def curve() -> str:
    """200 points of a sine with a little noise."""
    draw = Random(1)
    rows = ["x,y"]
    for i in range(200):
        x = -pi + 2 * pi * i / 199
        rows.append(f"{x:.4f},{sin(x) + draw.gauss(0, 0.05):.4f}")
    return "\n".join(rows) + "\n"


def houses() -> str:
    """300 houses; the price follows size, age, quarter and garden, within some 8 %."""
    draw = Random(2)
    rows = ["area (m²),rooms,age (years),quarter,garden,price (1000)"]
    for _ in range(300):
        area = draw.uniform(45, 220)
        rooms = max(1, round(area / 28 + draw.gauss(0, 0.7)))
        age = int(draw.uniform(0, 110))
        quarter = draw.choice(sorted(QUARTERS))
        garden = draw.random() < area / 260
        price = area * 2.6 * QUARTERS[quarter] * exp(-age / 300) * (1.08 if garden else 1.0)
        price *= exp(draw.gauss(0, 0.08))
        rows.append(f"{area:.0f},{rooms},{age},{quarter},{'yes' if garden else 'no'},{price:.1f}")
    return "\n".join(rows) + "\n"


def payments() -> str:
    """1,000 card payments, some 5 % of them fraud: at night, far away, with a new card, of large amounts."""
    draw = Random(3)
    rows = ["amount,hour,place,card age (days),payments today,fraud"]
    for _ in range(1000):
        amount = draw.lognormvariate(3.2, 1.1)
        hour = int(draw.triangular(0, 24, 15)) % 24
        place = draw.choices(sorted(COUNTRIES), (80, 8, 12))[0]
        days = int(draw.expovariate(1 / 600))
        today = min(int(draw.expovariate(1 / 1.5)), 12)
        night = 1.2 if hour < 6 else 0.0
        score = -6.0 + 0.012 * min(amount, 300) + night + COUNTRIES[place] + 0.35 * today - days / 900
        fraud = draw.random() < 1 / (1 + exp(-score - 1.5))
        rows.append(f"{amount:.2f},{hour},{place},{days},{today},{'yes' if fraud else 'no'}")
    return "\n".join(rows) + "\n"


def ratings() -> str:
    """600 ratings by 40 people of 30 films: how well four hidden tastes of each agree, within some noise; liked from 4
    on."""
    draw = Random(0)

    def tastes(count: int) -> list[list[float]]:
        return [[draw.gauss(0, 1) for _ in range(4)] for _ in range(count)]

    people, films = tastes(40), tastes(30)
    rows = ["person,film,rating,liked"]
    for pair in sorted(draw.sample(range(40 * 30), 600)):
        person, film = divmod(pair, 30)
        agree = sum(a * b for a, b in zip(people[person], films[film], strict=True))
        rating = min(5, max(1, round(3.2 + 0.7 * agree + draw.gauss(0, 0.3))))
        rows.append(f"p{person + 1:02},f{film + 1:02},{rating},{'yes' if rating >= 4 else 'no'}")
    return "\n".join(rows) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "curve.csv": curve,
    "houses.csv": houses,
    "payments.csv": payments,
    "ratings.csv": ratings,
}


SHAPES = ("disc", "square")
PICTURES = 60
"""of each shape"""
SIZE = 48


def picture(shape: str, number: int) -> Pixels:
    """A bright disc or square somewhere on a dark ground, in colour: (height, width, 3)."""
    draw = Random(f"{shape} {number}")
    radius = draw.uniform(7, 15)
    row, column = (draw.uniform(radius + 1, SIZE - radius - 1) for _ in range(2))
    ground = [draw.randrange(0, 90) for _ in range(3)]
    colour = [draw.randrange(120, 256) for _ in range(3)]
    pixels = np.empty((SIZE, SIZE, 3), np.uint8)
    for i in range(SIZE):
        for j in range(SIZE):
            down, right = i - row, j - column
            inside = (
                hypot(down, right) < radius if shape == "disc" else max(abs(down), abs(right)) < 0.9 * radius
            )
            pixels[i, j] = colour if inside else ground
    return pixels


def main() -> None:
    from PIL import Image

    for name, made in TABLES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")
    for shape in SHAPES:
        folder = FOLDER / "shapes" / shape
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(PICTURES):
            Image.fromarray(picture(shape, number)).save(folder / f"{number:02}.png")


if __name__ == "__main__":
    main()
