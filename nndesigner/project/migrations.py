"""From an older version of the file format to the present one, one pure step per version.

A step takes and gives the whole file as plain JSON values and may change what it is given. It knows neither records
nor the catalogue: both may change later, the step may not. Every step has a sample file in `tests/projects/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.project.format import FORMAT, VERSION

Content = dict[str, Any]
Step = Callable[[Content], Content]

STEPS: Mapping[int, Step] = {}
"""By the version that a step starts from; it leads to the next one. Version 1 is the first that was released."""


def version_of(content: Any) -> int:
    """The version that a file states. Raises Refusal where this is no project file."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise Refusal(tr("This is not an nndesigner project."))
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise Refusal(tr("The project does not say which version of the file format it has."))
    return version


def upgrade(content: Content, steps: Mapping[int, Step] = STEPS, current: int = VERSION) -> Content:
    """The same project in the present version. Raises Refusal for a newer one and for one that nobody can read."""
    version = version_of(content)
    if version > current:
        raise Refusal(
            tr(
                "The project was written by a newer nndesigner (file version {theirs}, this one reads up to {ours})."
                " Update nndesigner to open it; the file was left as it is.",
                theirs=version,
                ours=current,
            )
        )
    while version < current:
        step = steps.get(version)
        if step is None:
            raise Refusal(tr("The project has the file version {version}, which never was.", version=version))
        content = step(content)
        version += 1
        if content.get("version") != version:
            raise AssertionError(f"the step to version {version} must say so in its result")
    return content
