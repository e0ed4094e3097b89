"""Identifiers: random ids that are never reused, and names that are also Python identifiers."""

from __future__ import annotations

import keyword
import re
import secrets
from collections.abc import Container

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
# Attributes of nn.Module that a child module of the same name would hide, and words our own graphs use.
_TAKEN = frozenset(
    "T forward train eval parameters buffers modules children state_dict load_state_dict to cpu cuda half float"
    " double type apply training register_buffer register_parameter register_module zero_grad share_memory"
    " requires_grad_ named_parameters named_buffers named_modules named_children add_module get_submodule"
    " get_parameter get_buffer extra_repr compile code graph print_readable recompile self torch nn F math"
    " bfloat16 xpu ipu mtia dump_patches call_super_init".split()
)


def new_id() -> str:
    """A fresh random id of 12 characters (60 bits: a clash inside one document is not to be expected)."""
    return "".join(_ALPHABET[b & 31] for b in secrets.token_bytes(12))


def is_name(text: str) -> bool:
    """Whether `text` can name a node: a Python identifier, not a keyword, not dunder, at most 64 characters."""
    return bool(
        NAME.fullmatch(text)
        and not keyword.iskeyword(text)
        and not text.startswith("__")
        and text not in _TAKEN
    )


def free_name(stem: str, taken: Container[str]) -> str:
    """The first of stem1, stem2 … that is free; a stem that already ends in a number counts on from it."""
    stem = re.sub(r"[^A-Za-z0-9_]", "_", stem).lstrip("0123456789") or "node"
    match = re.fullmatch(r"(.*?)(\d+)", stem)
    base, number = (match[1], int(match[2])) if match and match[1] else (stem, 1)
    base = base[:56]
    while f"{base}{number}" in taken or not is_name(f"{base}{number}"):
        number += 1
    return f"{base}{number}"
