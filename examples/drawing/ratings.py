"""Writes `examples/data/ratings.csv`: made-up ratings of 40 people for 30 films, for the recommenders.

People and films have four hidden tastes each; a rating from 1 to 5 is how well they agree, with some noise. `liked` is
yes from 4 on. The same numbers each time.
"""

from __future__ import annotations

import random
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data" / "ratings.csv"
PEOPLE, FILMS, ROWS, TASTES = 40, 30, 600, 4


def table() -> str:
    """The file's text."""
    draw = random.Random(0)

    def hidden(count: int) -> list[list[float]]:
        return [[draw.gauss(0.0, 1.0) for _ in range(TASTES)] for _ in range(count)]

    people, films = hidden(PEOPLE), hidden(FILMS)
    lines = ["person,film,rating,liked"]
    for row in sorted(draw.sample(range(PEOPLE * FILMS), ROWS)):
        person, film = divmod(row, FILMS)
        agree = sum(a * b for a, b in zip(people[person], films[film], strict=True))
        rating = min(5, max(1, round(3.2 + 0.7 * agree + draw.gauss(0.0, 0.3))))
        lines.append(f"p{person + 1:02},f{film + 1:02},{rating},{'yes' if rating >= 4 else 'no'}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
