"""Tensor types: what flows along a wire. Sizes are integers or expressions of names, such as `(T - 3)//2 + 1`.

A `Size` is a polynomial with integer coefficients over atoms; an atom is a name or a floor division of a
polynomial by an integer. Sums, products and divisions of divisions are brought to one form, so that two ways through
a network that give the same length nearly always compare equal; two that compare equal always are. Names stand for
integers that are at least 1. Nothing here knows torch or a layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from math import gcd
from typing import Union

IntOrSize = Union[int, "Size"]
# An atom: ("n", name) or ("/", polynomial, divisor). A monomial: sorted ((atom, power), …). Both are plain tuples
# so that hashing and ordering come for free.
_Atom = tuple[object, ...]
_Monomial = tuple[tuple[_Atom, int], ...]

BATCH_NAME = "N"
"""The name that stands for the number of samples in every type."""


class Size:
    """One axis length. Immutable, hashable; `+ - * //` work with integers and other sizes."""

    __slots__ = ("_hash", "_terms")
    _terms: tuple[tuple[_Monomial, int], ...]
    _hash: int

    def __init__(self, terms: Mapping[_Monomial, int]) -> None:
        kept = tuple(sorted(((m, c) for m, c in terms.items() if c), key=repr))
        object.__setattr__(self, "_terms", kept)
        object.__setattr__(self, "_hash", hash(kept))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Size does not change")

    # -- making ----------------------------------------------------------------------------------------------
    @staticmethod
    def of(value: IntOrSize | str) -> Size:
        """From an integer, a size, or text such as "T", "2*T + 1", "(T - 3)//2 + 1".

        Raises ValueError for text that is no such expression.
        """
        if isinstance(value, Size):
            return value
        if isinstance(value, str):
            return _parse(value)
        return _whole(int(value))

    @staticmethod
    def named(name: str) -> Size:
        return Size({((("n", name), 1),): 1})

    # -- reading ---------------------------------------------------------------------------------------------
    @property
    def value(self) -> int | None:
        """The integer, or None while the size depends on a name."""
        if not self._terms:
            return 0
        if len(self._terms) == 1 and self._terms[0][0] == ():
            return self._terms[0][1]
        return None

    @property
    def names(self) -> frozenset[str]:
        return frozenset(_names(self._terms))

    def at(self, values: Mapping[str, int]) -> int:
        """The integer for given values of its names. Raises KeyError for a name that is missing."""
        total = 0
        for monomial, coefficient in self._terms:
            product = coefficient
            for atom, power in monomial:
                product *= _atom_at(atom, values) ** power
            total += product
        return total

    def bind(self, values: Mapping[str, int]) -> Size:
        """The size with some of its names replaced by integers."""
        if not self.names & values.keys():
            return self
        total = Size.of(0)
        for monomial, coefficient in self._terms:
            product = Size.of(coefficient)
            for atom, power in monomial:
                for _ in range(power):
                    product = product * _atom_bound(atom, values)
            total = total + product
        return total

    # -- arithmetic ------------------------------------------------------------------------------------------
    def __add__(self, other: IntOrSize) -> Size:
        terms = dict(self._terms)
        for monomial, coefficient in Size.of(other)._terms:
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return Size(terms)

    def __mul__(self, other: IntOrSize) -> Size:
        terms: dict[_Monomial, int] = {}
        for m1, c1 in self._terms:
            for m2, c2 in Size.of(other)._terms:
                powers: dict[_Atom, int] = dict(m1)
                for atom, power in m2:
                    powers[atom] = powers.get(atom, 0) + power
                monomial = tuple(sorted(powers.items(), key=repr))
                terms[monomial] = terms.get(monomial, 0) + c1 * c2
        return Size(terms)

    def __floordiv__(self, divisor: int) -> Size:
        if divisor <= 0:
            raise ValueError("a size is divided by a positive integer only")
        whole = {m: c // divisor for m, c in self._terms}
        rest = Size({m: c % divisor for m, c in self._terms})
        if rest.value is not None:
            return Size(whole) + rest.value // divisor
        # (g·p + c) // (g·d) == (p + c // g) // d, because p is a whole number
        common = reduce(gcd, (c for m, c in rest._terms if m), divisor)
        rest, divisor = Size({m: c // common for m, c in rest._terms}), divisor // common
        if divisor == 1:
            return Size(whole) + rest
        varying = [(m, c) for m, c in rest._terms if m]
        if len(varying) == 1:
            (monomial, coefficient), constant = varying[0], dict(rest._terms).get((), 0)
            if coefficient == 1 and len(monomial) == 1 and monomial[0][0][0] == "/" and monomial[0][1] == 1:
                _, inner, first = monomial[0][0]  # (x // a + c) // b == (x + a·c) // (a·b)
                assert isinstance(inner, Size) and isinstance(first, int)
                return Size(whole) + (inner + first * constant) // (first * divisor)
        return Size(whole) + Size({((("/", rest, divisor), 1),): 1})

    def divided_exactly(self, divisor: int) -> Size | None:
        """self / divisor where every coefficient is divisible, else None."""
        if all(c % divisor == 0 for _, c in self._terms):
            return Size({m: c // divisor for m, c in self._terms})
        return None

    def __sub__(self, other: IntOrSize) -> Size:
        return self + Size.of(other) * -1

    def __neg__(self) -> Size:
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: IntOrSize) -> Size:
        return Size.of(other) - self

    # -- comparing -------------------------------------------------------------------------------------------
    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            return self.value == other
        return isinstance(other, Size) and self._terms == other._terms

    def __hash__(self) -> int:
        value = self.value
        return hash(value) if value is not None else int(self._hash)

    def __repr__(self) -> str:
        return f"Size({self})"

    def __str__(self) -> str:
        if not self._terms:
            return "0"
        terms = sorted(self._terms, key=lambda t: (not t[0], repr(t[0])))
        text = ""
        for monomial, coefficient in terms:
            sign = "-" if coefficient < 0 else "+"
            # -(T//2) is not -T//2; a product and a power need the parentheses too
            alone = len(monomial) == 1 and monomial[0][1] == 1 and abs(coefficient) == 1
            alone = alone and (coefficient > 0 or text != "")
            factors = [atom for pair, power in monomial for atom in [_show(pair, alone)] * power]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            piece = "*".join(factors)
            text = f"{text} {sign} {piece}" if text else (f"-{piece}" if sign == "-" else piece)
        return text

    def __deepcopy__(self, memo: object) -> Size:
        return self


def _names(terms: tuple[tuple[_Monomial, int], ...]) -> Iterator[str]:
    for monomial, _ in terms:
        for atom, _power in monomial:
            if atom[0] == "n":
                yield str(atom[1])
            else:
                assert isinstance(atom[1], Size)
                yield from _names(atom[1]._terms)


def _atom_at(atom: _Atom, values: Mapping[str, int]) -> int:
    if atom[0] == "n":
        return values[str(atom[1])]
    assert isinstance(atom[1], Size) and isinstance(atom[2], int)
    return atom[1].at(values) // atom[2]


def _atom_bound(atom: _Atom, values: Mapping[str, int]) -> Size:
    if atom[0] == "n":
        name = str(atom[1])
        return Size.of(values[name]) if name in values else Size.named(name)
    assert isinstance(atom[1], Size) and isinstance(atom[2], int)
    return atom[1].bind(values) // atom[2]


def _show(atom: _Atom, alone: bool) -> str:
    if atom[0] == "n":
        return str(atom[1])
    inner = str(atom[1])
    text = f"({inner})//{atom[2]}" if re.search(r"[^A-Za-z0-9_]", inner) else f"{inner}//{atom[2]}"
    return text if alone else f"({text})"


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
_TOKEN = re.compile(r"\s*(?:([0-9]{1,12})|(" + _NAME.pattern + r")|(//|[-+*()]))")


def is_size_name(text: str) -> bool:
    """Whether `text` can stand for a free size: a short ASCII identifier, and not `N`, which is the batch."""
    return _NAME.fullmatch(text) is not None and text != BATCH_NAME


@lru_cache(maxsize=2048)
def _whole(value: int) -> Size:
    return Size({(): value})


@lru_cache(maxsize=2048)
def _parse(text: str) -> Size:
    """A recursive-descent reader of `+ - * //`, parentheses, integers and names; never Python's eval."""
    if len(text) > 200:
        raise ValueError("a size expression has at most 200 characters")
    tokens: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(
                f"“{text}” is not a size: write an integer, a name or an expression such as 2*T + 1"
            )
        tokens.append(match[0].strip())
        position = match.end()
    tokens.append("")

    def fail() -> ValueError:
        return ValueError(
            f"“{text}” is not a size: write an integer, a name or an expression such as 2*T + 1"
        )

    def sum_(i: int) -> tuple[Size, int]:
        left, i = product(i)
        while tokens[i] in ("+", "-"):
            right, j = product(i + 1)
            left, i = (left + right if tokens[i] == "+" else left - right), j
        return left, i

    def product(i: int) -> tuple[Size, int]:
        left, i = unit(i)
        while tokens[i] in ("*", "//"):
            right, j = unit(i + 1)
            if tokens[i] == "*":
                left = left * right
            elif right.value is None or right.value <= 0:
                raise fail()
            else:
                left = left // right.value
            i = j
        return left, i

    def unit(i: int) -> tuple[Size, int]:
        token = tokens[i]
        if token == "-":
            value, i = unit(i + 1)
            return -value, i
        if token == "(":
            value, i = sum_(i + 1)
            if tokens[i] != ")":
                raise fail()
            return value, i + 1
        if token.isdigit():
            return Size.of(int(token)), i + 1
        if token and (token[0].isalpha() or token[0] == "_"):
            return Size.named(token), i + 1
        raise fail()

    result, i = sum_(0)
    if tokens[i] != "":
        raise fail()
    return result


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: what it means (batch, channel, height, width, time, feature …) and how long it is."""

    meaning: str
    size: Size

    def __str__(self) -> str:
        return f"{self.meaning} {self.size}"


@dataclass(frozen=True, slots=True)
class TensorType:
    """What a port carries: the element type and the axes, batch first.

    `element` is "float", "int" or "bool"; floats are the model's working precision, ints are int64. `values` is the
    number of different values of an "int" tensor (a vocabulary: 0 … values - 1), None where it is not known, and 0
    where nothing bounds it (places along an axis of free length).
    """

    element: str
    axes: tuple[Axis, ...]
    values: int | None = None

    @property
    def rank(self) -> int:
        return len(self.axes)

    @property
    def sizes(self) -> tuple[Size, ...]:
        return tuple(axis.size for axis in self.axes)

    @property
    def meanings(self) -> tuple[str, ...]:
        return tuple(axis.meaning for axis in self.axes)

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(axis.size.names for axis in self.axes))

    def shape(self, values: Mapping[str, int]) -> tuple[int, ...]:
        """The concrete shape for given values of the names (the batch name `N` included)."""
        return tuple(axis.size.at(values) for axis in self.axes)

    def bind(self, values: Mapping[str, int]) -> TensorType:
        """The type with some free names replaced by integers."""
        axes = tuple(Axis(axis.meaning, axis.size.bind(values)) for axis in self.axes)
        return TensorType(self.element, axes, self.values)

    def numel(self) -> Size:
        """Elements per sample: the product of all axes but the batch."""
        return reduce(
            lambda a, b: a * b, (axis.size for axis in self.axes if axis.meaning != "batch"), Size.of(1)
        )

    def with_axes(self, *axes: Axis) -> TensorType:
        return TensorType(self.element, axes)

    def __str__(self) -> str:
        return " × ".join(str(axis.size) for axis in self.axes)


BATCH = Axis("batch", Size.named(BATCH_NAME))


def tensor(element: str = "float", /, **axes: IntOrSize | str) -> TensorType:
    """`tensor(channel=1, height=8, width="W")`: a batch-first type; axes keep the order in which they are given."""
    return TensorType(element, (BATCH, *(Axis(meaning, Size.of(size)) for meaning, size in axes.items())))
