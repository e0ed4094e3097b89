"""What the text of a custom layer says of itself, read without running it."""

from __future__ import annotations

import pytest

from nndesigner.base.fields import ChoiceField, FloatField, IntField, SizesField
from nndesigner.layers.custom import STARTER, arguments, custom, question, unreadable
from nndesigner.layers.custom_code import CustomCode, read_code

HEAD = "import torch\nfrom torch import nn\nfrom typing import Literal\n"


def code(body: str, name: str = "Mine") -> CustomCode:
    inner = "\n".join(f"    {line}" for line in body.splitlines())
    return read_code(f"{HEAD}\nclass {name}(nn.Module):\n{inner}\n")


def test_the_starter_is_a_layer() -> None:
    read = read_code(STARTER)
    assert (read.class_name, read.sentence) == ("ScaledTanh", "")
    assert [field.name for field in read.fields] == ["start"] and read.given == ("in_features",)
    assert read.fields[0].help == "The range at the beginning."
    assert read.help.startswith("Squashes every value")


def test_arguments_of_forward_are_the_inputs() -> None:
    read = code("def forward(self, a, b, mask=None):\n    return a + b")
    assert [(port.name, port.optional) for port in read.inputs] == [
        ("a", False),
        ("b", False),
        ("mask", True),
    ]
    assert [port.name for port in read.outputs] == ["y"]


def test_what_forward_returns_are_the_outputs() -> None:
    assert [p.name for p in code("def forward(self, x):\n    mean = x\n    return mean, x").outputs] == [
        "mean",
        "x",
    ]
    assert [p.name for p in code("def forward(self, x):\n    return x + 1, x").outputs] == ["y1", "y2"]
    annotated = code("def forward(self, x) -> tuple[torch.Tensor, torch.Tensor]:\n    return self.inner(x)")
    assert [p.name for p in annotated.outputs] == ["y1", "y2"]
    inner = "def forward(self, x):\n    def pair():\n        return 1, 2\n    return x"
    assert [p.name for p in code(inner).outputs] == ["y"], "a function inside returns for itself"


def test_defaults_and_hints_give_the_parameters() -> None:
    read = code(
        'def __init__(self, in_channels, width: int = 3, rate=0.5, gain: float = 2, kind: Literal["a", "b"] = "b",\n'
        '             kernel=(3, 5), on=True, *, word="hi", low=-1):\n'
        '    """Makes it.\n\n    width (int): how wide\n    """\n'
        "    super().__init__()\ndef forward(self, x):\n    return x"
    )
    assert read.ok and read.given == ("in_channels",)
    fields = {field.name: field for field in read.fields}
    assert [f.kind for f in read.fields] == [
        "int",
        "float",
        "float",
        "choice",
        "sizes",
        "bool",
        "text",
        "int",
    ]
    assert isinstance(fields["width"], IntField) and fields["width"].help == "How wide."
    assert isinstance(fields["gain"], FloatField) and fields["gain"].default == 2.0
    assert isinstance(fields["kind"], ChoiceField) and list(fields["kind"].choices) == ["a", "b"]
    assert isinstance(fields["kernel"], SizesField) and fields["kernel"].default == (3, 5)
    assert fields["low"].default == -1


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("def forward(self, x)\n    return x", 6, "xpected ':'"),
        ("def other(self):\n    pass", 5, "needs a method forward"),
        ("def forward(self, x):\n    pass", 6, "returns nothing"),
        ("def forward(self, x):\n    if x:\n        return x\n    return x, x", 9, "different numbers"),
        ("def forward(self, *x):\n    return x", 6, "a name of its own"),
        ("def forward(self, x=1):\n    return x", 6, "None as its default"),
        ("def forward(self, x=None):\n    return x", 6, "no default"),
        ("def forward(self):\n    return 1", 6, "inputs besides self"),
        ("def forward(self, x):\n    return (x,)", 7, "not a tuple of one"),
        ("def __init__(self, width):\n    pass\ndef forward(self, x):\n    return x", 6, "Give width a default"),
        ("def __init__(self, code=1):\n    pass\ndef forward(self, x):\n    return x", 6, "cannot name a parameter"),
        ("def __init__(self, w=[1]):\n    pass\ndef forward(self, x):\n    return x", 6, "The default of w"),
        ("def __init__(self, **k):\n    pass\ndef forward(self, x):\n    return x", 6, "*, ** and / have none"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_with_its_line(body: str, line: int, words: str) -> None:
    read = code(body)
    assert words in read.sentence and read.sentence.endswith(".") and read.line == line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Define the layer as a class"),
        ("x = 1", "Define the layer as a class"),
        ("x = '\0'", "null bytes"),
        ("(" * 5000 + ")" * 5000, "."),
        ("a" * 200_001, "more than"),
        (
            HEAD + "class A(nn.Module):\n  def forward(self, x): return x\n"
            "class B(torch.nn.Module):\n  def forward(self, x): return x",
            "define B inside A",
        ),
    ],
)
def test_any_text_at_all_is_read_and_answered(text: str, words: str) -> None:
    read = read_code(text)
    assert not read.ok and words in read.sentence and read.line >= 1
    assert custom({"code": text}).input_ports({}) and unreadable("Custom", {"code": text})


def test_reading_runs_nothing(tmp_path: object) -> None:
    text = f"open({str(tmp_path)!r} + '/ran', 'w')\n{STARTER}"
    assert read_code(text).ok and custom({"code": text}).label == "ScaledTanh"
    assert not list(tmp_path.iterdir())  # type: ignore[attr-defined]


def test_helper_functions_and_constants_may_stand_beside_the_class() -> None:
    text = (
        HEAD
        + "RATE = 2\ndef twice(x):\n    return x * RATE\n\nclass A(nn.Module):\n    def forward(self, x):\n"
    )
    assert read_code(text + "        return twice(x)\n").class_name == "A"


def test_a_question_is_alike_for_what_must_have_one_answer() -> None:
    from nndesigner.base.shapes import tensor
    from nndesigner.layers.declaration import Use

    def key(**values: object) -> str:
        use = Use(inputs={"x": tensor(feature=4)}, values={"code": STARTER, "start": 1.0, **values})
        return question(STARTER, use).key()

    assert key() == key(code="another field of the record") and key() != key(start=2.0)


def test_arguments_that_have_their_default_are_left_out() -> None:
    from nndesigner.base.shapes import tensor

    assert arguments(STARTER, {"start": 1.0}, {"x": tensor(feature=4)}) == {"in_features": 4}
    assert arguments(STARTER, {"start": 2.0}, {"x": tensor(feature=4)}) == {"in_features": 4, "start": 2.0}
