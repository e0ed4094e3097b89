"""Where the files that ship with the program lie: in the installed package, or in a source checkout beside it.

resources/            icons, themes
resources/blocks/     the library of blocks that ships, as project files
resources/templates/  the example projects; in a checkout they are `examples/`
"""

from __future__ import annotations

from pathlib import Path

import nndesigner

TEMPLATES = "templates"


def resource_folder(name: str) -> Path:
    """The folder of that name among the resources ("icons", "themes", "templates"); it may not be there."""
    package = Path(nndesigner.__path__[0])
    installed = package / "resources" / name
    if installed.is_dir():
        return installed
    checkout = package.parent
    return checkout / "examples" if name == TEMPLATES else checkout / "resources" / name
