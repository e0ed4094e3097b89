"""The one place that runs a text of the user's, and it refuses one that is not trusted. Only a worker comes here.

A text is usually run once in a process; its module is entered under a name of its own, so that copies, tracebacks and
the exporters of torch find it and its lines again.
"""

from __future__ import annotations

import linecache
import sys
import threading
import traceback
from types import ModuleType

from nndesigner.base import starters, trust
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr

_lock = threading.Lock()
_modules: dict[str, ModuleType] = {}
_files: dict[str, str] = {}
"""what stands in tracebacks for each text that was run"""


def may_run(text: str) -> bool:
    """Whether the text may be run in a worker: it is trusted, or it is one that new code starts with."""
    return text in starters.ALL or trust.is_trusted(text)


def module_of(text: str, name: str, *, again: bool = False) -> ModuleType:
    """The module that the text makes; `name` is what it is called in sentences. With `again` the text is run anew
    where this process has run it before. Raises Refusal for a text that is not trusted, and whatever the text itself
    raises."""
    if not may_run(text):
        raise Refusal(
            tr(
                "The code of {name} is not trusted and was not run: read it, and trust it in the inspector or with"
                " “nndesigner trust”.",
                name=name,
            )
        )
    with _lock:
        known = _modules.get(text)
        if known is None or again:
            known = _modules[text] = _run(text, name)
        return known


def file_name(text: str, name: str) -> str:
    """What stands in tracebacks in place of a file."""
    return f"<code of {name} {trust.digest(text)[:12]}>"


def what_failed(text: str, name: str, error: BaseException) -> tuple[str, int]:
    """An exception of the user's code as a sentence, and the last line of the text on the way to it, 0 where there is
    none."""
    file = _files.get(text)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    said = " ".join(str(error).split()).split(" Hint: ")[0][:300] or type(error).__name__
    kind = type(error).__name__
    what = said if kind in ("RuntimeError", "Refused") else f"{kind}: {said}"
    return tr("{name} failed: {what}", name=name, what=what), (lines[-1] or 0) if lines else 0


def with_line(sentence: str, line: int) -> str:
    """The sentence, and the line of the code that it is about."""
    at = tr(" (line {line} of the code)", line=line) if line else ""
    return f"{sentence.rstrip('.')}{at}."


def _run(text: str, name: str) -> ModuleType:
    file = _files[text] = file_name(text, name)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    module = ModuleType(f"nndesigner_custom_{trust.digest(text)[:16]}")
    module.__file__ = file
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, file, "exec", dont_inherit=True), vars(module))
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module
