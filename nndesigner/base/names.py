"""Identifiers: random ids that are never reused, and names that are also Python identifiers."""

from __future__ import annotations

import keyword
import os
import re
from collections.abc import Container

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
# Attributes of nn.Module and fx.GraphModule that a child module of the same name would hide, and words that our own
# graphs and the exported source use.
_TAKEN = frozenset(
    "T T_destination forward train eval parameters buffers modules children state_dict load_state_dict to cpu cuda half"
    " float double type apply training zero_grad share_memory requires_grad_ named_parameters named_buffers"
    " named_modules named_children add_module add_submodule get_submodule set_submodule delete_submodule"
    " delete_all_unused_submodules get_parameter get_buffer get_extra_state set_extra_state extra_repr compile code"
    " graph graph_module meta shape_env print_readable recompile to_empty to_folder self torch nn F math bfloat16 xpu"
    " ipu mtia dump_patches call_super_init for_loss losses probe heads parts shares classes input_names input_fields"
    " output_names learning within resting step_by".split()
)
_TAKEN_STARTS = ("register_", "prepare_", "restore_")


def new_id() -> str:
    """A fresh random id of 12 characters (60 bits: a clash inside one document is not to be expected)."""
    return "".join(_ALPHABET[b & 31] for b in os.urandom(12))


def is_name(text: str) -> bool:
    """Whether `text` can name a node: letters, digits and _, a letter first, no Python keyword, at most 64 characters,
    and nothing that a torch module or an exported file calls something else."""
    return bool(
        NAME.fullmatch(text)
        and not keyword.iskeyword(text)
        and text not in _TAKEN
        and not text.startswith(_TAKEN_STARTS)
    )


def counted(name: str) -> tuple[str, int]:
    """For sorting: `output2` comes before `output10`."""
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :] or 0)


def free_name(stem: str, taken: Container[str]) -> str:
    """The first of stem1, stem2 … that is free; a stem that already ends in a number counts on from it.

    What cannot begin a name is left out of the stem, so that there is an answer for any text.
    """
    stem = re.sub(r"[^A-Za-z0-9_]", "_", stem).lstrip("0123456789_") or "node"
    match = re.fullmatch(r"(.*?)(\d+)", stem)
    base, number = (match[1], int(match[2][-12:])) if match and match[1] else (stem, 1)
    base = base[:48]
    if base.startswith(_TAKEN_STARTS):
        base = f"node_{base[:43]}"
    while f"{base}{number}" in taken or not is_name(f"{base}{number}"):
        number += 1
    return f"{base}{number}"
