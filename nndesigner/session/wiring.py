"""What a gesture asks before it wires: does it fit, what could join two wires, which settings suit what arrives.

The checker and the layers' own rules answer; here the questions are put for the network that is looked at.
"""

from __future__ import annotations

from typing import Any

from nndesigner.check import trial
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.trial import Join
from nndesigner.document.document import Document
from nndesigner.layers.fitting import offer


def misfit(
    document: Document, checked: CheckedNetwork | None, source: str, out_port: str, target: str, in_port: str
) -> str:
    """Why what flows there would not suit the input, though the wire can be drawn; "" where nothing is against it."""
    return trial.misfit(document, checked, source, out_port, target, in_port) if checked is not None else ""


def joins(
    document: Document, checked: CheckedNetwork | None, source: str, out_port: str, target: str, in_port: str
) -> tuple[Join, ...]:
    """The layers that could take a further wire to an input together with the one that is there."""
    return trial.joins(document, checked, source, out_port, target, in_port) if checked is not None else ()


def suiting(checked: CheckedNetwork | None, type: str, source: str, out_port: str) -> dict[str, Any]:
    """Settings, other than the defaults, with which a layer takes what leaves an output; {} where none help."""
    arriving = checked.types.get((source, out_port)) if checked is not None else None
    if checked is None or arriving is None:
        return {}
    found = offer(type, [arriving], fields=checked.fields)
    return dict(found.values) if found is not None and found.fits else {}
