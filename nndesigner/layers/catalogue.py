"""All layers there are, found by walking this package. Unknown types give None: they open as placeholders."""

from __future__ import annotations

from functools import cache

import nndesigner.layers
from nndesigner.base.discovery import discover
from nndesigner.layers import extensions
from nndesigner.layers.declaration import Layer

GROUPS = (
    "Input and output",
    "Dense",
    "Convolution",
    "Pooling",
    "Activation",
    "Normalization",
    "Regularization",
    "Shape",
    "Merge",
    "Arithmetic",
    "Recurrent",
    "Attention",
    "Embedding",
    "Loss",
    "Blocks",
    "Custom",
)
"""The order of the palette; a group that is not named here comes after these."""


_all: tuple[int, dict[str, Layer]] | None = None


def layers() -> dict[str, Layer]:
    """Every layer by type: our own, then those of the packages that the user has enabled."""
    global _all
    if _all is None or _all[0] != extensions.version():
        found = dict(own_layers())
        found |= {layer.type: layer for layer in extensions.layers(found)}
        _all = extensions.version(), found
    return _all[1]


@cache
def own_layers() -> dict[str, Layer]:
    """Every layer that this package declares, by type. Raises ValueError where two files declare one type."""
    found: dict[str, Layer] = {}
    for layer in discover(nndesigner.layers, Layer):
        if layer.type in found:
            raise ValueError(f"two declarations of the layer type {layer.type}")
        found[layer.type] = layer
    return found


def layer(type: str) -> Layer | None:
    return layers().get(type)


def grouped() -> dict[str, tuple[Layer, ...]]:
    """Layers by group, groups in the palette's order."""
    by_group: dict[str, list[Layer]] = {group: [] for group in GROUPS}
    for entry in layers().values():
        by_group.setdefault(entry.group, []).append(entry)
    return {group: tuple(entries) for group, entries in by_group.items() if entries}


def search(text: str) -> tuple[Layer, ...]:
    """Layers that match every word typed, best first: what is called just so, then names before synonyms before
    descriptions."""
    return tuple(entry for _, entry in matches(text))


def matches(text: str) -> tuple[tuple[int, Layer], ...]:
    """What `search` finds, each with how far the word that fits worst is from the name: 0 begins it, 4 describes it."""
    words = _bare(text).split()
    ranked: list[tuple[bool, tuple[int, ...], int, Layer]] = []
    for position, entry in enumerate(layers().values()):
        names = [_bare(entry.label), entry.type.lower()]
        known = [_bare(synonym) for synonym in entry.synonyms]
        scores = []
        for word in words:
            if any(name.startswith(word) for name in names):
                scores.append(0)
            elif any(word in name for name in names):
                scores.append(1)
            elif any(synonym.startswith(word) for synonym in known):
                scores.append(2)
            elif any(word in synonym for synonym in known) or word in entry.group.lower():
                scores.append(3)
            elif word in entry.summary.lower():
                scores.append(4)
            else:
                break
        else:
            just_so = " ".join(words) in (*names, *known)
            ranked.append((not just_so, tuple(sorted(scores, reverse=True)), position, entry))
    ranked.sort(key=lambda r: (*r[:2], not r[3].common, r[2]))
    return tuple((scores[0] if scores else 0, entry) for _, scores, _, entry in ranked)


def _bare(text: str) -> str:
    """In small letters and with blanks for what people write now so, now so: fully-connected, fully_connected."""
    return text.lower().replace("-", " ").replace("_", " ")
