"""The one door for visible text: `tr()` marks a sentence for translation and fills in its values.

It knows no language but English: until somebody installs a translator, sentences stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable

_translate: Callable[[str], str] | None = None


def install_translator(translate: Callable[[str], str] | None) -> None:
    """Use `translate` (English sentence → sentence) for every later `tr()`; None goes back to English."""
    global _translate
    _translate = translate


def tr(sentence: str, /, **values: object) -> str:
    """The sentence in the user's language, `{name}` replaced by the values given by name."""
    text = _translate(sentence) if _translate is not None else sentence
    return text.format(**values) if values else text


def count(number: int, one: str, many: str) -> str:
    """`count(1, "node", "nodes")` → "1 node"; the number is grouped by thousands."""
    return f"{number:,} {tr(one) if number == 1 else tr(many)}"


def listing(words: list[str], joint: str = "and") -> str:
    """["a", "b", "c"] → "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {tr(joint)} {words[-1]}"
