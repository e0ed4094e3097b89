"""What the user's own texts define: the class of a custom layer, the function of a loss or a metric.

The texts themselves are run at one place, `base/trusted_code.py`, which refuses those that are not trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from nndesigner.base import trusted_code
from nndesigner.base.own_functions import read_own
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.layers.custom_code import read_code


def module_class(text: str) -> type[nn.Module]:
    """The class that the text defines. Raises Refusal for a text that is no layer or is not trusted, and whatever the
    text itself raises."""
    read = read_code(text)
    if not read.ok:
        raise Refusal(tr("Line {line} of the code: {sentence}", line=read.line, sentence=read.sentence))
    made = vars(trusted_code.module_of(text, read.class_name)).get(read.class_name)
    if not (isinstance(made, type) and issubclass(made, nn.Module)):
        raise Refusal(tr("{name} is not an nn.Module once the code has run.", name=read.class_name))
    return made


def own_function(kind: str, text: str, name: str) -> Callable[..., Any]:
    """The function of that name that a text of the kind defines. Raises as `module_class` does."""
    read = read_own(kind, text)
    if not read.ok:
        raise Refusal(tr("Line {line} of the code: {sentence}", line=read.line, sentence=read.sentence))
    made = vars(trusted_code.module_of(text, read.name)).get(name)
    if not callable(made):
        raise Refusal(tr("{name} is no function once the code has run.", name=name))
    function: Callable[..., Any] = made
    return function


def file_name(text: str) -> str:
    """What stands in tracebacks in place of the file of a custom layer."""
    return trusted_code.file_name(text, read_code(text).class_name)
