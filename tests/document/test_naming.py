from __future__ import annotations

import time

from nndesigner.document.naming import Names


def test_a_free_name_is_taken_as_it_is() -> None:
    names = Names(["conv1"])
    assert names.take("dense") == "dense"
    assert names.take("dense") == "dense1"
    assert names.take("dense") == "dense2"
    assert names.take("conv1") == "conv2"
    assert "conv2" in names


def test_what_cannot_be_a_name_is_counted_on_its_stem() -> None:
    names = Names()
    assert names.take("for", "relu") == "relu1"
    assert names.take("", "relu") == "relu2"
    assert names.take("1 2", "") == "node1"


def test_ten_thousand_names_of_one_stem_take_no_time() -> None:
    names = Names()
    began = time.process_time()
    given = {names.take("same") for _ in range(10_000)} | {names.take(f"relu{i}") for i in range(10_000)}
    given |= {names.take(f"relu{i}") for i in range(10_000)}
    assert len(given) == 30_000
    assert time.process_time() - began < 2.0
