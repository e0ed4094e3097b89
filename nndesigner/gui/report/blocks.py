"""What a report is made of: sections of headings, sentences, tables and figures; HTML and PDF come from the same.

Figures are painted when they are needed, at any size: as SVG for HTML, as drawing for PDF. Lengths are CSS pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtGui import QImage, QPainter


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    """`role` is "" or "remark", for what is not as it should be."""

    text: str
    role: str = ""


@dataclass(frozen=True)
class Facts:
    """Names and what they are, in two columns."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Grid:
    """A table; columns `right` are aligned to the right, the last `below` rows are sums."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()
    below: int = 0


@dataclass(frozen=True)
class Figure:
    """A drawing of this size. `paint` draws it at (0, 0). Its title is written above it unless the drawing, or the
    heading before it, says the same."""

    title: str
    width: float
    height: float
    paint: Callable[[QPainter], None]
    titled: bool = True


@dataclass(frozen=True)
class Row:
    """Figures beside each other."""

    figures: Sequence[Figure]


@dataclass(frozen=True)
class Thumbnail:
    """A sample: a picture or words, and what is said of it."""

    words: str
    more: str = ""
    image: QImage | None = None
    wrong: bool = False


@dataclass(frozen=True)
class Thumbnails:
    samples: Sequence[Thumbnail]


Block = Heading | Paragraph | Facts | Grid | Figure | Row | Thumbnails


@dataclass(frozen=True)
class Section:
    """`blocks` is asked for when the section is written: what it draws is made then, piece by piece."""

    id: str
    title: str
    blocks: Callable[[], Iterator[Block]]


@dataclass(frozen=True)
class Report:
    title: str
    lead: str
    """one line below the title"""
    sections: Sequence[Section] = field(default_factory=tuple)
