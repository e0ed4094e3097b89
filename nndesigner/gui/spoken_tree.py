"""The window as a screen reader walks it: every accessible thing as a line of text, indented by what it is inside of.

For tests, and for a person who wants to know what is read out: `python -m nndesigner.gui.spoken_tree FILE` prints it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget

DEEPEST = 40
_SILENT = (
    QAccessible.Role.Client,
    QAccessible.Role.Pane,
    QAccessible.Role.Separator,
    QAccessible.Role.NoRole,
)
"""Roles of mere holders: without a name they are walked through and not told."""


def spoken_tree(widget: QWidget) -> str:
    """One line for each visible thing: `role: name — description (state)`."""
    return "\n".join(_lines(QAccessible.queryAccessibleInterface(widget), 0))


def _lines(part: QAccessibleInterface, depth: int) -> Iterator[str]:
    if depth > DEEPEST or not part.isValid() or part.state().invisible:
        return
    words = _words(part)
    if words:
        yield "  " * depth + words
    for index in range(part.childCount()):
        child = part.child(index)
        if child is not None:
            yield from _lines(child, depth + bool(words))


def _words(part: QAccessibleInterface) -> str:
    name = _one_line(part.text(QAccessible.Text.Name))
    more = _one_line(part.text(QAccessible.Text.Description))
    value = _one_line(part.text(QAccessible.Text.Value))
    role = part.role()
    if not name and not value and role in _SILENT:
        return ""
    told = name or "(no name)"
    if value and value != name:
        told += f" = {value}"
    if more and more != name:
        told += f" — {more}"
    states = _states(part.state())
    return f"{_role(role)}: {told}" + (f" ({', '.join(states)})" if states else "")


def _states(state: QAccessible.State) -> list[str]:
    words = {
        "focused": state.focused,
        "selected": state.selected,
        "checked": state.checked,
        "not available": state.disabled,
        "open": state.expanded,
    }
    return [word for word, holds in words.items() if holds]


def _role(role: QAccessible.Role) -> str:
    """`PushButton` → "push button"."""
    name = role.name.replace("UserRole", "custom")
    return "".join(f" {c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _one_line(text: str) -> str:
    return " ".join(text.replace("&&", "\0").replace("&", "").replace("\0", "&").split())


def main(argv: list[str]) -> int:
    """Opens a window on a project and prints its tree."""
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from nndesigner.gui.main_window import MainWindow, show_path
    from nndesigner.gui.theme import choose_theme, styled_application
    from nndesigner.session.session import Session

    app = QApplication.instance() or styled_application("nndesigner")
    assert isinstance(app, QApplication)
    choose_theme(app, "light")
    window = MainWindow(Session())
    window.show()
    show_path(window, Path(argv[0]) if argv else None)
    for _ in range(50):
        app.processEvents()
    print(spoken_tree(window))
    window.close_down()
    window.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
