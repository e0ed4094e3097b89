"""Pictures that belong together by their names: a picture and its mask, a picture and what it is to become."""

from __future__ import annotations

import re
from pathlib import Path

from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.data.pictures import picture_files

# What a partner's name may have at its end besides the name of its picture: cat_mask.png belongs to cat.jpg.
_ENDINGS = re.compile(
    r"(?i)[_\-. ](mask|masks|label|labels|gt|seg|segmentation|target|out|output|image|img|input)$"
)


def pairs(
    first: Path, second: Path, what: str, bad_files: str, remarks: list[str]
) -> list[tuple[Path, Path]]:
    """(picture, partner) for every picture under `first`, its partner from `second`, by name and sub-folder.

    `what` names a partner in sentences ("mask"). Raises `Refusal` naming a picture that has none, unless `bad_files`
    is "leave_out"; then they are told in `remarks`.
    """
    pictures = picture_files(first)
    if first in second.parents:
        pictures = [path for path in pictures if second not in path.parents]
    if not pictures:
        raise Refusal(tr("{folder} holds no pictures.", folder=first))
    partners = _by_name(second, picture_files(second), what)
    found: list[tuple[Path, Path]] = []
    alone: list[str] = []
    for path in pictures:
        partner = partners.get(_key(path.relative_to(first)))
        if partner is not None:
            found.append((path, partner))
        elif bad_files == "stop":
            raise Refusal(
                tr(
                    "{file} has no {what} in {folder}: one of the same name is looked for.",
                    file=path.relative_to(first),
                    what=what,
                    folder=second,
                )
            )
        else:
            alone.append(str(path.relative_to(first)))
    if not found:
        raise Refusal(
            tr(
                "No picture in {first} has a {what} of the same name in {second}.",
                first=first,
                what=what,
                second=second,
            )
        )
    if alone:
        shown = alone[:5] + ([tr("{n} more", n=len(alone) - 5)] if len(alone) > 5 else [])
        remarks.append(tr("Left out, because they have no {what}: {files}.", what=what, files=listing(shown)))
    return found


def _by_name(folder: Path, paths: list[Path], what: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        key = _key(path.relative_to(folder))
        if key in found:
            raise Refusal(
                tr(
                    "{one} and {other} are both the {what} of one picture: remove one of them.",
                    one=found[key].relative_to(folder),
                    other=path.relative_to(folder),
                    what=what,
                )
            )
        found[key] = path
    return found


def _key(path: Path) -> str:
    return str(path.parent / _ENDINGS.sub("", path.stem)).casefold()
