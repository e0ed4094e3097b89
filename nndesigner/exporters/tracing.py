"""What has to stand in place while a model is traced, so that its free sizes stay free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nndesigner.exporters.random_layers import shapes_of_fractional_pools
from nndesigner.exporters.recurrent import shapes_without_stepping


@contextmanager
def free_sizes() -> Iterator[None]:
    with shapes_without_stepping(), shapes_of_fractional_pools():
        yield
