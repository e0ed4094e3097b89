"""A layer's formula as rich text that reads like print: variables in italics, indices below, powers above.

Declarations write formulas as plain text (`h_t = tanh(W x_t + U h_{t−1})`); this turns them into the small HTML that Qt
draws. It knows no layer.
"""

from __future__ import annotations

import re
from html import escape

FAMILY = "'STIX Two Text', 'Cambria', 'Latin Modern Roman', 'Times New Roman', 'DejaVu Serif', serif"
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀⁿⁱᵏ", "0123456789+−Tnik", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙₜₓ", "0123456789+−ijkntx", strict=True))
_WORD = r"[^\W\d_]+"
_TOKEN = re.compile(
    rf"(?P<script>[_^](?:\{{[^{{}}]*\}}|\((?:[^()]|\([^()]*\))*\)|{_WORD}|\d+|[−-]\d+))"
    rf"|(?P<raised>[{''.join(_RAISED)}]+)"
    rf"|(?P<lowered>[{''.join(_LOWERED)}]+)"
    rf"|(?P<word>(?:(?![{''.join(_RAISED)}{''.join(_LOWERED)}])[^\W\d_])+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_CLAUSE = re.compile(r";\s+|,\s{2,}|\n")
"""Where a formula goes on in a new line: after a semicolon, or a comma and two blanks."""


def formula_lines(text: str) -> tuple[str, ...]:
    """Every clause of a formula as HTML."""
    return tuple(_html(clause.strip()) for clause in _CLAUSE.split(text) if clause.strip())


def formula_html(text: str) -> str:
    """The whole formula as HTML, a line for each clause; "" for none."""
    return "<br>".join(formula_lines(text))


def _html(text: str) -> str:
    parts = []
    for token in _TOKEN.finditer(text):
        kind, found = token.lastgroup, token.group()
        if kind == "script":
            inner = found[1:]
            if inner[0] in "{(" and inner[-1] in "})":
                inner = inner[1:-1]
            tag = "sub" if found[0] == "_" else "sup"
            parts.append(f"<{tag}>{_html(inner)}</{tag}>")
        elif kind == "raised":
            parts.append(f"<sup>{_html(''.join(_RAISED[c] for c in found))}</sup>")
        elif kind == "lowered":
            parts.append(f"<sub>{_html(''.join(_LOWERED[c] for c in found))}</sub>")
        elif kind == "word" and len(found) == 1 and found not in "ΣΠΦσ":
            parts.append(f"<i>{escape(found)}</i>")
        else:
            parts.append(escape(found))
    return "".join(parts)
