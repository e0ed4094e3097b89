"""Writes the small made files in examples/data/ that the projects in examples/ learn from.

`python examples/drawing/data_files.py` writes them anew. The numbers come from Python's own generator with a fixed
seed, so that they are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from math import cos, exp, hypot, pi, sin
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
        fraud = draw.random() < 1 / (1 + exp(-3.0 * (score + 3.3)))
        rows.append(f"{amount:.2f},{hour},{place},{days},{today},{'yes' if fraud else 'no'}")
    return "\n".join(rows) + "\n"


def ratings() -> str:
    """800 ratings by 40 people of 30 films: how well two hidden tastes of each agree, within some noise; liked from 4
    on."""
    draw = Random(0)

    def tastes(count: int) -> list[list[float]]:
        return [[draw.gauss(0, 1) for _ in range(2)] for _ in range(count)]

    people, films = tastes(40), tastes(30)
    rows = ["person,film,rating,liked"]
    for pair in sorted(draw.sample(range(40 * 30), 800)):
        person, film = divmod(pair, 30)
        agree = sum(a * b for a, b in zip(people[person], films[film], strict=True))
        rating = min(5, max(1, round(3.2 + 0.7 * agree + draw.gauss(0, 0.3))))
        rows.append(f"p{person + 1:02},f{film + 1:02},{rating},{'yes' if rating >= 4 else 'no'}")
    return "\n".join(rows) + "\n"


def pumps() -> str:
    """600 readings of a pump; every column follows how hard it works and how warm the room is. In a fault one column
    leaves the others, to a value that is usual for other work; a third of the test part are faults, no other row is."""
    draw = Random(4)

    def reading(load: float, room: float) -> list[float]:
        exact = (
            900 + 1400 * load,
            4 + 9 * load * load + 0.02 * room,
            20 + 60 * load - 8 * load * load,
            1.5 + 3.5 * load,
            room + 12 + 25 * load,
            0.8 + 1.2 * load + 0.6 * load * load,
        )
        return [value * (1 + draw.gauss(0, 0.015)) for value in exact]

    rows = [
        "speed (1/min),current (A),flow (l/min),pressure (bar),temperature (°C),vibration (mm/s),state,part"
    ]
    for number in range(600):
        part = "train" if number < 360 else "validation" if number < 420 else "test"
        load, room = draw.random(), draw.uniform(10, 30)
        values, state = reading(load, room), "ok"
        if part == "test" and number % 3 == 0:
            other = load + 0.5 if load < 0.5 else load - 0.5
            place = draw.randrange(1, 6)
            values[place], state = reading(other, room)[place], "fault"
        rows.append(
            f"{values[0]:.0f}," + ",".join(f"{value:.2f}" for value in values[1:]) + f",{state},{part}"
        )
    return "\n".join(rows) + "\n"


THINGS = ("film", "book", "meal", "hotel", "song", "teacher", "game", "garden")
PRAISE = ("good", "wonderful", "lovely", "brilliant", "excellent", "charming")
BLAME = ("bad", "awful", "boring", "terrible", "dull", "disappointing")


def reviews() -> str:
    """600 short reviews and how they are meant. “not” and “never” turn a word round; after “but” stands what counts."""
    draw = Random(5)

    def clause(friendly: bool) -> str:
        turned = draw.random() < 0.4
        word = draw.choice(PRAISE if friendly != turned else BLAME)
        turn = draw.choice(("not ", "never ", "hardly ")) if turned else draw.choice(("", "very ", "really "))
        return f"the {draw.choice(THINGS)} was {turn}{word}"

    rows, seen = ["text,feeling"], set[str]()
    while len(rows) <= 600:
        friendly = draw.random() < 0.5
        text = clause(friendly)
        if draw.random() < 0.4:
            text = f"{clause(not friendly)} but {text}"
        if text not in seen:
            seen.add(text)
            rows.append(f"{text},{'friendly' if friendly else 'unfriendly'}")
    return "\n".join(rows) + "\n"


SPEAKERS = {"i": "ich", "you": "du", "he": "er", "she": "sie", "we": "wir"}
VERBS = {
    "see": ("seh", "sieh"),
    "buy": ("kauf", "kauf"),
    "find": ("find", "find"),
    "bring": ("bring", "bring"),
}
"""English verb → German stem, and that of “du” and “er”."""
OBJECTS = {
    "dog": ("Hund", "m"),
    "apple": ("Apfel", "m"),
    "cat": ("Katze", "f"),
    "flower": ("Blume", "f"),
    "book": ("Buch", "n"),
    "house": ("Haus", "n"),
}
COLOURS = {"red": "rot", "old": "alt", "small": "klein", "new": "neu"}
THE, A = {"m": "den", "f": "die", "n": "das"}, {"m": "einen", "f": "eine", "n": "ein"}


def _german_verb(stem: str, changed: str, who: str) -> str:
    linked = "e" if stem == "find" else ""
    ends = {"i": "e", "you": f"{linked}st", "he": f"{linked}t", "she": f"{linked}t", "we": "en"}
    return (changed if who in ("you", "he", "she") else stem) + ends[who]


def translations() -> str:
    """600 English sentences in German: other endings for each gender, the verb second after “heute” and last after
    “dass”."""
    draw = Random(6)
    rows, seen = ["english,german"], set[str]()
    while len(rows) <= 600:
        who, verb, thing = draw.choice([*SPEAKERS]), draw.choice([*VERBS]), draw.choice([*OBJECTS])
        colour, definite = draw.choice(["", *COLOURS]), draw.random() < 0.5
        noun, gender = OBJECTS[thing]
        does = verb + ("s" if who in ("he", "she") else "")
        article = "an" if not definite and (colour or thing)[0] in "aeiou" else "a"
        what = " ".join(filter(None, ("the" if definite else article, colour, thing)))
        ending = {"m": "en", "f": "e", "n": "e" if definite else "es"}[gender]
        wanted = " ".join(
            filter(
                None,
                (
                    (THE if definite else A)[gender],
                    COLOURS.get(colour, "") and COLOURS[colour] + ending,
                    noun,
                ),
            )
        )
        speaker, tut = SPEAKERS[who], _german_verb(*VERBS[verb], who)
        english, german = draw.choice(
            (
                (f"{who} {does} {what}", f"{speaker} {tut} {wanted}"),
                (f"today {who} {does} {what}", f"heute {tut} {speaker} {wanted}"),
                (f"we know that {who} {does} {what}", f"wir wissen dass {speaker} {wanted} {tut}"),
            )
        )
        if english not in seen:
            seen.add(english)
            rows.append(f"{english},{german}")
    return "\n".join(rows) + "\n"


SOUNDS = {
    "Finnish": ("aino eino väi nö kai sa tuu lik ki lah ti nen".split(), ("nen", "la", "inen")),
    "German": ("frie hel mar gun bert rich wal diet hart stein bach".split(), ("mann", "berg", "er")),
    "Italian": ("gio van ni ros si bian chi fer ra mo ret lo".split(), ("ini", "etti", "o")),
    "Japanese": ("ta na ka su zu ki wa be mo ri ya shi".split(), ("moto", "mura", "da")),
    "Russian": ("iva pet ro smir sok olo kuz vas mik hai nik".split(), ("ov", "enko", "sky")),
}


def names() -> str:
    """500 made-up family names of five languages, from syllables that are usual there."""
    draw = Random(7)
    rows, seen = ["name,language"], set[str]()
    while len(rows) <= 500:
        language = draw.choice([*SOUNDS])
        syllables, ends = SOUNDS[language]
        name = "".join(draw.choices(syllables, k=draw.choice((1, 2)))) + draw.choice(ends)
        if name not in seen:
            seen.add(name)
            rows.append(f"{name.capitalize()},{language}")
    return "\n".join(rows) + "\n"


def weather() -> str:
    """Three years of days: highs and lows of pressure come and go; wind and cold follow a fall by a day, sun a rise."""
    draw = Random(8)
    rows = ["day,temperature (°C),pressure (hPa),humidity (%),wind (m/s)"]
    before, high, mild = 0.0, 0.0, 0.0
    for number in range(3 * 365):
        fall = before - high
        before, high = high, 1.5 * high - 0.75 * before + draw.gauss(0, 2.5)
        season = -10 * cos(2 * pi * (number - 20) / 365)
        mild = 0.55 * mild - 0.45 * fall + draw.gauss(0, 0.6)
        wind = max(0.2, 4 + 0.25 * max(fall, 0) + draw.gauss(0, 0.6))
        humidity = min(100.0, max(20.0, 70 - 1.2 * high - 0.5 * mild + draw.gauss(0, 3)))
        day = date(2022, 1, 1) + timedelta(days=number)
        rows.append(f"{day},{9 + season + mild:.1f},{1013 + high:.1f},{humidity:.0f},{wind:.1f}")
    return "\n".join(rows) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "curve.csv": curve,
    "houses.csv": houses,
    "names.csv": names,
    "payments.csv": payments,
    "pumps.csv": pumps,
    "ratings.csv": ratings,
    "reviews.csv": reviews,
    "translations.csv": translations,
    "weather.csv": weather,
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


PAIRS = 72
LARGE, OVER = 24, 4
"""Pixels of a large picture along each side, and samples of each pixel."""


def pair(number: int) -> tuple[Pixels, Pixels]:
    """The same picture of a disc and two bars, small (12, 12) and large (24, 24): each pixel is the mean of what
    lies in it."""
    draw = Random(f"pair {number}")
    row, column = (np.mgrid[: LARGE * OVER, : LARGE * OVER] + 0.5) / OVER
    fine = np.full(row.shape, draw.uniform(20, 90))
    for _ in range(2):
        angle, off, half = draw.uniform(0, pi), draw.uniform(6, 18), draw.uniform(0.8, 2.5)
        across = (row - off) * cos(angle) + (column - off) * sin(angle)
        fine[abs(across) < half] = draw.uniform(0, 255)
    down, right, radius = draw.uniform(5, 19), draw.uniform(5, 19), draw.uniform(3, 7)
    fine[np.hypot(row - down, column - right) < radius] = draw.uniform(130, 255)

    def mean(size: int) -> Pixels:
        each = len(fine) // size
        return np.rint(fine.reshape(size, each, size, each).mean(axis=(1, 3))).astype(np.uint8)

    return mean(LARGE // 2), mean(LARGE)


def digit_pairs() -> dict[str, npt.NDArray[np.generic]]:
    """Two digits of 8 × 8 side by side, 700 times, and whether both are the same one: half of them are. No image is in
    two pairs."""
    from sklearn.datasets import load_digits

    draw, bunch = Random(9), load_digits()
    images, digit = bunch.images.astype(np.uint8), bunch.target.tolist()
    free: dict[int, list[int]] = {number: [] for number in range(10)}
    for place in draw.sample(range(len(digit)), len(digit)):
        free[digit[place]].append(place)
    pairs = []
    for number in range(700):
        kinds = draw.choices(range(10), k=2) if number % 2 else [draw.randrange(10)] * 2
        while len(set(kinds)) != 1 + number % 2 or any(len(free[kind]) < 2 for kind in kinds):
            kinds = draw.choices(range(10), k=2) if number % 2 else [draw.randrange(10)] * 2
        pairs.append((free[kinds[0]].pop(), free[kinds[1]].pop()))
    first, second = zip(*pairs, strict=True)
    same = np.arange(700) % 2 == 0
    return {
        "first": images[list(first)],
        "second": images[list(second)],
        "same": same[:, None].astype(np.float32),
        "kind": same.astype(np.int64),
    }


SIDE = 64
"""Pixels of the two pictures of style transfer along each side."""


def house_and_waves() -> dict[str, npt.NDArray[np.generic]]:
    """A house on a hill, and a pattern of waves: pictures (1, 3, 64, 64), and a target that nothing is compared
    with."""
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
    house = np.empty((3, SIDE, SIDE))
    for where, colour in (
        (y >= 0, (0.5, 0.7, 0.9)),
        (y > 0.62 + 0.08 * np.sin(6 * x), (0.3, 0.6, 0.25)),
        (np.hypot(x - 0.78, y - 0.2) < 0.1, (1.0, 0.85, 0.3)),
        ((abs(x - 0.38) < 0.18) & (y > 0.42) & (y < 0.75), (0.85, 0.5, 0.35)),
        ((y > 0.25) & (y <= 0.42) & (abs(x - 0.38) < 1.35 * (y - 0.25)), (0.5, 0.2, 0.2)),
        ((abs(x - 0.38) < 0.045) & (y > 0.58) & (y < 0.75), (0.25, 0.15, 0.1)),
    ):
        house[:, where] = np.array(colour)[:, None]
    steep = np.sin(40 * (x + 0.12 * np.sin(9 * y)) + 25 * y)
    flat = np.cos(33 * (y + 0.1 * np.cos(8 * x)) - 20 * x)
    both = (steep + flat) / 2
    waves = np.stack([0.55 + 0.45 * both, 0.35 + 0.3 * flat * both, 0.6 - 0.4 * steep])
    pictures = {"content": house, "manner": waves}
    found = {name: np.rint(255 * of.clip(0, 1)).astype(np.uint8)[None] for name, of in pictures.items()}
    return {**found, "none": np.zeros((1, 1), np.float32)}


def main() -> None:
    from PIL import Image

    for name, made in TABLES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")
    np.savez_compressed(FOLDER / "digit-pairs.npz", **digit_pairs())  # type: ignore[arg-type]
    np.savez_compressed(FOLDER / "house-and-waves.npz", **house_and_waves())  # type: ignore[arg-type]
    for shape in SHAPES:
        folder = FOLDER / "shapes" / shape
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(PICTURES):
            Image.fromarray(picture(shape, number)).save(folder / f"{number:02}.png")
    for name in ("small", "large"):
        (FOLDER / "enlarging" / name).mkdir(parents=True, exist_ok=True)
    for number in range(PAIRS):
        for name, pixels in zip(("small", "large"), pair(number), strict=True):
            Image.fromarray(pixels).save(FOLDER / "enlarging" / name / f"{number:02}.png")


if __name__ == "__main__":
    main()
