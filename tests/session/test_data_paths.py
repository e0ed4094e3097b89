from __future__ import annotations

import pytest

from nndesigner.document.records import DataSource
from nndesigner.session.data_paths import inside_paths, outside_paths


@pytest.mark.parametrize(
    "path", ["table.csv", "data/table.csv", "data\\table.csv", "./x.csv", "a..b.csv", "..x"]
)
def test_what_lies_inside_is_inside(path: str) -> None:
    data = DataSource(id="d", type="csv", parameters={"path": path})
    assert outside_paths(data) == ()
    assert inside_paths(data) == {"path": path}


def test_other_parameters_and_unknown_sources_name_no_path() -> None:
    assert outside_paths(None) == ()
    assert outside_paths(DataSource(id="d", type="nothing", parameters={"path": "/etc/passwd"})) == ()
    assert outside_paths(DataSource(id="d", type="csv", parameters={"path": 5, "target": "/x"})) == ()
