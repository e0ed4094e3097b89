"""The projects that ship, to start from: in the installed package, or in `examples/` of a source checkout."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.atomic import write_atomically
from nndesigner.base.problem import Refusal
from nndesigner.base.resources import TEMPLATES, resource_folder
from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.project.format import SUFFIX
from nndesigner.project.reader import open_project, read_bytes
from nndesigner.session.data_paths import inside_paths, inside_settings


def templates() -> dict[str, Path]:
    """Name → project file."""
    found = sorted(resource_folder(TEMPLATES).glob(f"*{SUFFIX}"))
    return {path.stem: path for path in found}


def architectures() -> dict[str, Path]:
    """The known architectures that ship, drawn as their papers have them: name → project file."""
    found = sorted((resource_folder(TEMPLATES) / "architectures").glob(f"*{SUFFIX}"))
    return {path.stem: path for path in found}


def template(name: str) -> Path:
    """The file of a template. Raises Refusal with the names that there are."""
    known = templates()
    if name not in known:
        raise Refusal(
            tr("There is no template “{name}”. There are: {known}.", name=name, known=", ".join(known))
        )
    return known[name]


def copy_template(name: str, out: Path) -> tuple[Path, ...]:
    """A template, and the files it reads, as a project of the user's own; what was written, the project first.

    Nothing is overwritten. Raises Refusal or WriteError.
    """
    origin = template(name)
    document = open_project(origin).document
    beside = [(origin.parent / path, out.parent / path) for path in files_read(document, origin.parent)]
    for target in (out, *(copy for _, copy in beside)):
        if target.exists():
            raise Refusal(tr("{path} is there already. Choose another name.", path=target))
    written = []
    for source_file, target in ((origin, out), *beside):
        data = read_bytes(source_file)
        target.parent.mkdir(parents=True, exist_ok=True)
        written.append(write_atomically(target, data).path)
    return tuple(written)


def files_read(document: Document, folder: Path) -> tuple[str, ...]:
    """The files in the project's folder that its data is read from, and those that its training plan names; of a folder
    all that lie in it."""
    named = (*inside_paths(document.data).values(), *inside_settings(document).values())
    return tuple(file for path in named for file in files_below(folder, path))


def files_below(folder: Path, path: str) -> tuple[str, ...]:
    """`path` itself where it is a file; where it is a folder, the files in it: all of them paths from `folder` on."""
    if not (folder / path).is_dir():
        return (path,)
    return tuple(
        file.relative_to(folder).as_posix()
        for file in sorted((folder / path).rglob("*"))
        if file.is_file() and not file.is_symlink()
    )


def is_templates_folder(folder: Path) -> bool:
    """Whether the projects that ship lie here."""
    return folder.resolve() == resource_folder(TEMPLATES).resolve()
