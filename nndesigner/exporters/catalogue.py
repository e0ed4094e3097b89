"""All export formats there are, found by walking this package."""

from __future__ import annotations

from functools import cache

import nndesigner.exporters
from nndesigner.base.discovery import discover
from nndesigner.exporters.exporter import Exporter


@cache
def exporters() -> dict[str, Exporter]:
    """Every declared exporter by format name."""
    return {exporter.format: exporter for exporter in discover(nndesigner.exporters, Exporter)}
