from __future__ import annotations

import json
import time
import tracemalloc

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.project.plain import Limits, parse


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        None,
        True,
        -1.5,
        2**63 - 1,
        -(2**63 - 1),
        "text",
        {"a": {"a": [1, {"a": 2}]}, "b": [[], [[]]]},
        {"quotes": 'a " b', "back\\slash": "\\", "colon:": "{[,:]}", "ünï": "\U0001f600", "": ""},
    ],
)
def test_json_is_read_as_it_is(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=2)):
        assert parse(text.encode()) == value
        assert parse(b"\xef\xbb\xbf" + text.encode()) == value


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[1] [2]", "not JSON"),
        (b"[NaN]", "not JSON"),
        (b"[Infinity]", "not JSON"),
        (b"[-Infinity]", "not JSON"),
        (b"[1e999]", "not JSON"),
        (b"[" + b"9" * 5000 + b"]", "not JSON"),
        (b"[9223372036854775808]", "whole number"),
        (b"[-9223372036854775808]", "whole number"),
        (b'["\\ud800"]', "not JSON"),
        (b'["\\udc00\\ud800"]', "not JSON"),
        (b'{"\\ud83d": 1}', "not JSON"),
        (b'["\xff"]', "UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not JSON"),
        (b'["\xed\xa0\x80"]', "UTF-8"),
        (b'{"a": 1, "a": 1}', "“a” twice"),
        (b'[{"b": {"a": 1, "c": 2, "\\u0061": 3}}]', "“a” twice"),
        (b'["' + b"\\" * 100_001, "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"\x00" * 100, "not JSON"),
        (b"PK\x03\x04" + bytes(range(256)), "not JSON"),
    ],
)
def test_what_is_no_strict_json_is_refused_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse(data)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


@pytest.mark.parametrize(
    ("data", "limits", "said"),
    [
        (b"[" + b" " * 100 + b"]", Limits(size=100), "MB"),
        (b"[[[[]]]]", Limits(depth=3), "3 levels"),
        (b'{"a":[{"b":[]}]}', Limits(depth=3), "3 levels"),
        (b"[1,2,3,4,5]", Limits(values=5), "5 values"),
        (b'["abcdef"]', Limits(text=5), "characters"),
        (b"[300]", Limits(integer=255), "whole number"),
    ],
)
def test_limits_hold(data: bytes, limits: Limits, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        parse(data, limits)


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 5_000_000,
        b"[" * 5_000_000 + b"]" * 5_000_000,
        b'{"a":' * 3_000_000 + b"1" + b"}" * 3_000_000,
        b"[" + b"[]," * 10_000_000 + b"[]]",
        b"[" + b"{}," * 10_000_000 + b"{}]",
        b"[" + b"0," * 20_000_000 + b"0]",
        b'"' + b'\\"' * 20_000_000,
        b'["' + b"x" * 45_000_000 + b'"]',
        b'"' * 40_000_000,
        b'["' + b'","' * 15_000_000 + b'"]',
        b"[" + b'"\\\\",' * 9_000_000,
        b'"' + b'\\\\"' * 15_000_000,
    ],
    ids=lambda bomb: repr(bomb[:8]),
)
def test_bombs_cost_neither_time_nor_memory(bomb: bytes) -> None:
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(Refusal):
        parse(bomb)
    seconds = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 4.0  # with every allocation traced, which is slower
    assert peak < 300 * 2**20
