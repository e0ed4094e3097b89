from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def _write(folder: Path, rows: list[tuple[object, ...]], header: str = "a,b,y") -> None:
    (folder / "t.csv").write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]))


def test_rare_classes_are_told(load: Load, tmp_path: Path) -> None:
    _write(tmp_path, [(i * 0.5, i % 7 + 0.5, "rare" if i % 40 == 0 else "common") for i in range(200)])
    told = " ".join(load("csv", path="t.csv", test_share=0.0, validation_share=0.0).remarks)
    assert "195 training samples are “common”, 5 “rare”" in told and "right in 98%" in told
    assert not any("unlike in size" in r for r in load("iris").remarks)


def test_constant_columns_are_told(load: Load, tmp_path: Path) -> None:
    _write(tmp_path, [(3, "only", i * 0.5, i % 2) for i in range(40)], "same,kind,a,y")
    told = " ".join(load("csv", path="t.csv").remarks)
    assert "2 columns hold one and the same value" in told and "“same” and “kind”" in told


def test_samples_in_two_parts_are_counted(load: Load, tmp_path: Path) -> None:
    draw = np.random.RandomState(0)
    own = [(round(draw.normal(), 4), 1, i % 2, "train") for i in range(30)]
    again = [(*own[3][:3], "test"), (*own[4][:3], "test"), (9.5, 1, 0, "test"), (8.5, 1, 1, "validation")]
    _write(tmp_path, [*own, *again], "a,b,y,set")
    remarks = load("csv", path="t.csv", target="y", split_by="column", split_column="set").remarks
    told = [remark for remark in remarks if "value for value" in remark]
    assert len(told) == 1 and told[0].startswith("2 of 3 test samples also stand in the training part")
