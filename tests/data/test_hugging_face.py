from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
from PIL import Image
from pyarrow import parquet

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def picture(level: int) -> dict[str, Any]:
    made = io.BytesIO()
    Image.new("RGB", (6, 4), (level, 0, 0)).save(made, "PNG")
    return {"bytes": made.getvalue(), "path": None}


def features(**columns: Any) -> dict[bytes, bytes]:
    return {b"huggingface": json.dumps({"info": {"features": columns}}).encode()}


LABEL = {"names": ["bad", "good"], "_type": "ClassLabel"}


def pets(start: int, n: int) -> pyarrow.Table:
    columns = {"image": [picture(start + i) for i in range(n)], "label": [i % 2 for i in range(n)]}
    return pyarrow.table(columns).replace_schema_metadata(features(image={"_type": "Image"}, label=LABEL))


def test_a_copy_of_a_repository_with_pictures(
    load: Load, tmp_path: Path, learns: Callable[[Dataset], list[float]]
) -> None:
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    parquet.write_table(pets(100, 12), folder / "train-00000-of-00002.parquet")
    parquet.write_table(pets(112, 12), folder / "train-00001-of-00002.parquet")
    parquet.write_table(pets(200, 6), folder / "test-00000-of-00001.parquet")
    data = load("huggingface", path="set")
    assert data.fields["label"].classes == ("bad", "good")
    assert data.arrays["image"].shape == (30, 3, 4, 6)
    test = data.indices["test"]
    assert sorted(data.arrays["image"][test][:, 0, 0, 0].tolist()) == list(range(200, 206))
    assert data.counts["test"] == 6 and data.arrays["label"][7] == 1
    learns(data)


def test_what_save_to_disk_writes(
    load: Load, tmp_path: Path, learns: Callable[[Dataset], list[float]]
) -> None:
    for part, n in (("train", 30), ("validation", 6)):
        folder = tmp_path / "saved" / part
        folder.mkdir(parents=True)
        texts = [f"A {('dull', 'lovely')[i % 2]} film, number {i}." for i in range(n)]
        table = pyarrow.table({"text": texts, "label": [i % 2 for i in range(n)]})
        path = str(folder / "data-00000-of-00001.arrow")
        with pyarrow.OSFile(path, "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        (folder / "dataset_info.json").write_text(json.dumps({"features": {"label": LABEL}}))
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["train", "validation"]}')
    data = load("huggingface", path="saved")
    assert data.fields["text"].kind == "tokens" and data.fields["label"].classes == ("bad", "good")
    assert data.counts["validation"] == 6 and data.counts["all"] == 36
    learns(data)


def test_a_table_of_numbers(load: Load, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    draw = np.random.RandomState(0)
    table = pyarrow.table(
        {"a": draw.normal(size=40), "target": draw.normal(size=40), "b": draw.normal(size=40)}
    )
    parquet.write_table(table, tmp_path / "t" / "all.parquet")
    data = load("huggingface", path="t")
    assert data.fields["table"].columns == ("a", "b") and data.fields["target"].kind == "number"
    assert data.counts["test"] == 6


def test_refusals(refused: Callable[..., str], load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    assert "holds no .arrow and no .parquet files" in refused("huggingface", path="set")
    (folder / "set.py").write_text("import os")
    assert "programs of data sets are not run" in refused("huggingface", path="set")
    (folder / "train.parquet").write_bytes(b"PAR1 nonsense PAR1")
    assert "train.parquet cannot be read: it is damaged" in refused("huggingface", path="set")
    table = pets(100, 12)
    broken = table.column("image").to_pylist()
    broken[4] = {"bytes": b"nonsense", "path": None}
    broken[5] = {"bytes": None, "path": "/etc/passwd"}
    table = table.set_column(0, "image", pyarrow.array(broken))
    parquet.write_table(table, folder / "train.parquet")
    assert "Row 5 of set, column “image”: the picture cannot be read" in refused("huggingface", path="set")
    assert load("huggingface", path="set", bad_files="leave_out").counts["all"] == 10
    assert "no column “kind”" in refused("huggingface", path="set", target="kind")
    parquet.write_table(pyarrow.table({"x": [1.5]}), folder / "test.parquet")
    assert "has other columns than" in refused("huggingface", path="set")
    (folder / "test.parquet").unlink()
    (folder / "train.arrow").write_bytes(b"\xff\xff\xff\xff nonsense")
    assert "train.arrow cannot be read: it is damaged" in refused("huggingface", path="set")
