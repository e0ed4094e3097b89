"""Rows of the data that are prepared when a batch asks for them, because all of them prepared would not fit.

The raw array may itself lie on the disk (a memory map): only the rows of a batch are ever read from it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nndesigner.base.data_field import DataField
from nndesigner.data.preparation import prepare
from nndesigner.data.source import Array
from nndesigner.data.stored import Held


class PreparedLater:
    """Stands for the tensor `prepare(field, array[rows])`: the same values bit for bit, a few rows at a time."""

    device = torch.device("cpu")

    def __init__(self, field: DataField, array: Array, rows: npt.NDArray[np.int64]) -> None:
        self._field, self._array, self._rows = field, array, rows
        self._held = Held(array)
        sample = self[:1]
        self.dtype, self.ndim = sample.dtype, sample.ndim
        self.shape = (len(rows), *sample.shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, which: slice | int) -> Tensor:
        if isinstance(which, int):
            return self._made(self._rows[[which]])[0]
        return self._made(self._rows[which])

    def index_select(self, dimension: int, positions: Tensor) -> Tensor:
        """As of a tensor, along the samples only."""
        if dimension:
            raise ValueError("samples lie along the first axis")
        return self._made(self._rows[positions.cpu().numpy()])

    def numel(self) -> int:
        return int(np.prod(self.shape))

    def element_size(self) -> int:
        return torch.empty(0, dtype=self.dtype).element_size()

    def _made(self, rows: npt.NDArray[np.int64]) -> Tensor:
        # From the first to the last on the disk, then in the order that is asked for.
        order = np.argsort(rows, kind="stable")
        raw = self._array[rows[order]]
        self._held.read(len(rows))
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return torch.from_numpy(np.ascontiguousarray(prepare(self._field, raw)[back]))
