"""The class of a custom layer: the one place that runs a text of the user's, and it refuses one that is not trusted.

Only a worker comes here. The text is run once in a process; its module is entered under a name of its own, so that
copies, tracebacks and the exporters of torch find the class and its lines again.
"""

from __future__ import annotations

import linecache
import sys
import threading
from types import ModuleType

from torch import nn

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.base.trust import digest
from nndesigner.layers.custom import may_run
from nndesigner.layers.custom_code import read_code

_lock = threading.Lock()
_classes: dict[str, type[nn.Module]] = {}


def module_class(text: str) -> type[nn.Module]:
    """The class that the text defines. Raises Refusal for a text that is no layer or is not trusted, and whatever the
    text itself raises."""
    read = read_code(text)
    if not read.ok:
        raise Refusal(tr("Line {line} of the code: {sentence}", line=read.line, sentence=read.sentence))
    if not may_run(text):
        raise Refusal(
            tr(
                "The code of {name} is not trusted and was not run: read it, and trust it in the inspector or with"
                " “nndesigner trust”.",
                name=read.class_name,
            )
        )
    with _lock:
        known = _classes.get(text)
        if known is None:
            known = _classes[text] = _run(text, read.class_name)
        return known


def file_name(text: str) -> str:
    """What stands in tracebacks in place of a file."""
    return f"<code of {read_code(text).class_name} {digest(text)[:12]}>"


def _run(text: str, class_name: str) -> type[nn.Module]:
    name, file = f"nndesigner_custom_{digest(text)[:16]}", file_name(text)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    module = ModuleType(name)
    module.__file__ = file
    sys.modules[name] = module
    try:
        exec(compile(text, file, "exec", dont_inherit=True), vars(module))
        made = vars(module).get(class_name)
        if not (isinstance(made, type) and issubclass(made, nn.Module)):
            raise Refusal(tr("{name} is not an nn.Module once the code has run.", name=class_name))
    except BaseException:
        del sys.modules[name]
        raise
    return made
