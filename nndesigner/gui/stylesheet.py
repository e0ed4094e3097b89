"""The application's style sheet, made from a theme: spacing, focus rings, buttons, fields, lists, tabs, tooltips.

It styles kinds of widgets, none by name. What a widget is for it says by a property `role`: "primary" (the one button
of a page), "flat", "remedy" and "danger" for buttons; "title", "subtitle", "strong", "muted", "formula", "keys" and a
severity for labels; "line", "side", "foot", "card", "tile", "choice", "row", "popup" and "bubble" for frames.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.base.resources import resource_folder

if TYPE_CHECKING:
    from nndesigner.gui.theme import Theme


def theme_file(name: str) -> Path | None:
    """A picture of the theme; None where it is not there."""
    path = resource_folder("themes") / name
    return path if path.is_file() else None


def _image(name: str) -> str:
    path = theme_file(name)
    return f'image: url("{path.as_posix()}");' if path is not None else ""


def _path(name: str) -> str:
    path = theme_file(name)
    return path.as_posix() if path is not None else ""


def style_sheet(theme: Theme, text: float = 1.0) -> str:
    """Lengths are device-independent pixels, so it is as crisp at 300 % as at 100 %. `text` is the scale of texts."""
    t = theme
    check = _image("check-dark.svg" if t.dark else "check-light.svg")
    return f"""
QMainWindow, QDialog {{ background: {t.window}; }}
QMainWindow::separator {{ background: {t.window}; width: 6px; height: 6px; }}
QMainWindow::separator:hover {{ background: {t.selection}; }}
QSplitter::handle {{ background: {t.window}; }}
QSplitter::handle:hover {{ background: {t.selection}; }}
QDockWidget {{ color: {t.text}; }}
QDockWidget::title {{ background: {t.panel}; padding: 8px 10px; border-bottom: 1px solid {t.border}; }}
QDockWidget {{
    titlebar-close-icon: url("{_path("close.svg")}"); titlebar-normal-icon: url("{_path("float.svg")}");
}}
QDockWidget::close-button, QDockWidget::float-button {{
    background: transparent; border: none; border-radius: 4px; icon-size: 16px;
}}
QDockWidget::close-button:hover, QDockWidget::float-button:hover {{ background: {t.hover}; }}
QWidget[role="panel"] {{ background: {t.panel}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: 3px 4px; }}

QLabel[role="title"] {{ font-size: {round(18 * text)}px; font-weight: 600; }}
QLabel[role="subtitle"] {{ font-size: {round(14 * text)}px; font-weight: 600; }}
QLabel[role="muted"] {{ color: {t.muted}; }}
QLabel[role="error"] {{ color: {t.error}; }}
QLabel[role="warning"] {{ color: {t.warning}; }}
QLabel[role="good"] {{ color: {t.good}; }}
QLabel[role="formula"] {{ background: {t.hover}; border-radius: 6px; padding: 7px 10px; }}
QLabel[role="picture"] {{ background: {t.canvas}; border: 1px solid {t.border}; }}
QLabel[role="picture"][state="paper"] {{ background: #ffffff; }}
QLabel[role="keys"] {{ color: {t.muted}; }}
QFrame[role="line"] {{ background: {t.border}; border: none; max-height: 1px; min-height: 1px; }}
QFrame[role="side"] {{ background: {t.panel}; border: none; border-right: 1px solid {t.border}; }}
QFrame[role="foot"] {{ background: {t.panel}; border: none; border-top: 1px solid {t.border}; }}
QFrame[role="card"], QFrame[role="tile"] {{
    background: {t.panel}; border: 1px solid {t.border}; border-radius: 10px;
}}
QFrame[role="choice"] {{ background: {t.panel}; border: 1px solid {t.border}; border-radius: 10px; }}
QFrame[role="choice"]:hover {{ border-color: {t.wire}; }}
QFrame[role="choice"]:focus {{ border: 1px solid {t.accent}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QFrame[role="popup"] {{ background: {t.raised}; border: 1px solid {t.border}; }}
QFrame[role="bubble"] {{ background: {t.raised}; border: 1px solid {t.accent}; border-radius: 10px; }}
QFrame[role="popup"] QListWidget {{ background: {t.raised}; }}
QFrame[role="breadcrumb"] {{ background: {t.panel}; border: none; border-bottom: 1px solid {t.border}; }}
QToolButton[role="here"] {{ background: transparent; border: none; font-weight: 600; padding: 3px 6px; }}
QListView[role="completion"] {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: 6px; }}
QFrame[role="row"] {{ border: 1px solid transparent; border-radius: 8px; }}
QFrame[role="row"]:hover {{ background: {t.hover}; }}
QFrame[role="row"]:focus {{ border: 1px solid {t.accent}; }}

QPushButton {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; border-radius: 6px;
    padding: 6px 14px; min-height: 18px;
}}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:pressed, QPushButton:checked {{ background: {t.selection}; }}
QPushButton:focus {{ border: 1px solid {t.accent}; }}
QPushButton:disabled {{ color: {t.muted}; background: {t.panel}; }}
QPushButton[role="primary"], QPushButton:default {{
    background: {t.accent}; color: {t.accent_text}; border: 1px solid {t.accent}; font-weight: 600;
}}
QPushButton[role="primary"]:hover, QPushButton:default:hover {{ background: {mixed(t.accent, t.text, 0.12)}; }}
QPushButton[role="primary"]:focus, QPushButton:default:focus {{ border: 1px solid {t.text}; }}
QPushButton[role="primary"]:disabled, QPushButton:default:disabled {{
    background: {t.panel}; color: {t.muted}; border: 1px solid {t.border};
}}
QPushButton[role="flat"] {{ background: transparent; border: 1px solid transparent; }}
QPushButton[role="flat"]:hover {{ background: {t.hover}; }}
QPushButton[role="flat"]:focus {{ border: 1px solid {t.accent}; }}
QPushButton[role="remedy"] {{ color: {t.accent}; padding: 3px 10px; }}
QPushButton[role="danger"] {{ color: {t.error}; }}
QPushButton[role="danger-primary"] {{
    background: {t.error}; color: {t.accent_text}; border: 1px solid {t.error}; font-weight: 600;
}}
QPushButton[role="danger-primary"]:hover {{ background: {mixed(t.error, t.text, 0.12)}; }}
QPushButton[role="danger-primary"]:focus {{ border: 1px solid {t.text}; }}

QToolBar {{ background: {t.panel}; border: none; border-bottom: 1px solid {t.border}; spacing: 4px; padding: 5px 8px; }}
QToolBar::separator {{ background: {t.border}; width: 1px; margin: 5px 5px; }}
QToolButton {{ color: {t.text}; border: 1px solid transparent; border-radius: 6px; padding: 5px 8px; }}
QToolButton:hover {{ background: {t.hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {t.selection}; }}
QToolButton:focus {{ border: 1px solid {t.accent}; }}
QToolButton:disabled {{ color: {t.muted}; }}
QToolButton[role="menu"]::menu-indicator {{ image: none; width: 0; }}
QToolButton[role="primary"] {{
    background: {t.accent}; color: {t.accent_text}; border: 1px solid {t.accent}; font-weight: 600; padding: 5px 14px;
}}
QToolButton[role="primary"]:hover {{ background: {mixed(t.accent, t.text, 0.12)}; }}
QToolButton[role="primary"]:focus {{ border: 1px solid {t.text}; }}
QToolButton[role="primary"]:disabled {{ background: {t.panel}; color: {t.muted}; border: 1px solid {t.border}; }}
QToolButton[role="disclosure"] {{ color: {t.muted}; padding: 4px 6px 4px 2px; }}
QToolButton[role="disclosure"]:hover {{ color: {t.text}; }}
QToolButton[role="disclosure"]:checked {{ background: transparent; }}

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; border-radius: 6px;
    padding: 5px 8px; min-height: 18px;
    selection-background-color: {t.accent}; selection-color: {t.accent_text};
}}
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover {{ border-color: {t.wire}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {{
    border: 1px solid {t.accent};
}}
QLineEdit[state="error"], QAbstractSpinBox[state="error"], QComboBox[state="error"] {{ border: 1px solid {t.error}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {{
    color: {t.muted}; background: {t.panel};
}}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ {_image("chevron-down.svg")} width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: 4px; outline: none;
    selection-background-color: {t.selection}; selection-color: {t.text};
}}
QLineEdit[role="name"] {{ background: transparent; border: 1px solid transparent; font-weight: 600; padding: 2px 4px; }}
QLineEdit[role="name"]:hover {{ border-color: {t.border}; }}
QLineEdit[role="name"]:focus {{ background: {t.raised}; border-color: {t.accent}; }}
QLineEdit[role="name"][state="error"] {{ border-color: {t.error}; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:hover, QAbstractSpinBox QLineEdit:focus {{
    background: transparent; border: none; padding: 0; min-height: 0;
}}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
    border: none; background: transparent; width: 18px;
}}
QAbstractSpinBox::up-arrow {{ {_image("chevron-up.svg")} width: 10px; height: 10px; }}
QAbstractSpinBox::down-arrow {{ {_image("chevron-down.svg")} width: 10px; height: 10px; }}

QCheckBox, QRadioButton {{ spacing: 8px; padding: 2px; }}
QCheckBox::indicator {{
    width: 16px; height: 16px; border: 1px solid {t.wire}; border-radius: 4px; background: {t.raised};
}}
QCheckBox::indicator:hover, QCheckBox:focus::indicator {{ border-color: {t.accent}; }}
QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; {check} }}
QRadioButton::indicator {{
    width: 16px; height: 16px; border: 1px solid {t.wire}; border-radius: 9px; background: {t.raised};
}}
QRadioButton::indicator:hover, QRadioButton:focus::indicator {{ border-color: {t.accent}; }}
QRadioButton::indicator:checked {{
    width: 8px; height: 8px; border: 5px solid {t.accent}; border-radius: 9px; background: {t.accent_text};
}}
QCheckBox::indicator:disabled {{ background: {t.panel}; border-color: {t.border}; }}

QAbstractItemView {{
    background: {t.panel}; alternate-background-color: {t.raised}; border: 1px solid transparent; outline: none;
    selection-background-color: {t.selection}; selection-color: {t.text};
}}
QAbstractItemView:focus {{ border: 1px solid {t.accent}; }}
QListView::item, QTreeView::item {{ padding: 5px 8px; border: 1px solid transparent; }}
QListView::item {{ border-radius: 6px; }}
QListView::item:hover, QTreeView::item:hover {{ background: {t.hover}; }}
QListView::item:selected, QTreeView::item:selected {{ background: {t.selection}; color: {t.text}; }}
QListView::item:focus, QTreeView::item:focus {{ border: 1px solid {t.accent}; }}
QTreeView::branch {{ background: transparent; }}
QTreeView::branch:has-children:closed {{ {_image("chevron-right.svg")} }}
QTreeView::branch:has-children:open {{ {_image("chevron-down.svg")} }}
QHeaderView::section {{
    background: {t.panel}; color: {t.muted}; border: none; border-bottom: 1px solid {t.border}; padding: 6px 8px;
}}
QHeaderView::up-arrow, QHeaderView::down-arrow {{
    subcontrol-origin: margin; subcontrol-position: top center; width: 9px; height: 9px;
}}
QHeaderView::up-arrow {{ {_image("chevron-up.svg")} }}
QHeaderView::down-arrow {{ {_image("chevron-down.svg")} }}
QTableView {{ gridline-color: {t.border}; }}
QTableView::item {{ padding: 0 5px; }}
QComboBoxPrivateContainer {{ border: none; background: {t.raised}; }}

QTabWidget::pane {{ border: none; border-top: 1px solid {t.border}; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar QToolButton {{ padding: 0; margin: 0; border: none; background: transparent; }}
QTabBar::tab {{
    background: transparent; color: {t.muted}; border: none; border-bottom: 2px solid transparent;
    padding: 7px 14px; margin: 0 2px;
}}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
QTabBar::tab:selected:focus {{ color: {t.accent}; background: {t.hover}; border-radius: 4px 4px 0 0; }}

MainWindow CanvasView {{ border: 1px solid transparent; }}
MainWindow CanvasView:focus {{ border: 1px solid {t.accent}; }}
QMenuBar {{ background: {t.panel}; border-bottom: 1px solid {t.border}; padding: 2px 6px; }}
QMenuBar::item {{ padding: 5px 9px; border-radius: 5px; background: transparent; }}
QMenuBar::item:selected {{ background: {t.hover}; }}
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 22px; border-radius: 5px; }}
QMenu::item:selected {{ background: {t.selection}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::icon:checked {{ background: {t.selection}; border: 1px solid {t.accent}; border-radius: 4px; padding: 2px; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: 5px 8px; }}
QStatusBar {{ background: {t.panel}; color: {t.muted}; border-top: 1px solid {t.border}; }}
QStatusBar::item {{ border: none; }}

QGroupBox {{ border: none; border-top: 1px solid {t.border}; margin-top: 20px; padding-top: 10px; font-weight: 600; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 0; padding: 0 6px 0 0; }}
QProgressBar {{
    background: {t.border}; border: none; border-radius: 3px; max-height: 6px; text-align: center; color: transparent;
}}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QSlider:horizontal {{ min-height: 20px; }}
QSlider::groove:horizontal {{ height: 4px; background: {t.border}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -6px 0; border-radius: 7px; background: {t.raised}; border: 1px solid {t.wire};
}}
QSlider[state="none"]::sub-page:horizontal {{ background: {t.border}; }}
QSlider[state="none"]::handle:horizontal {{ background: {t.panel}; border: 1px dashed {t.wire}; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {t.accent}; }}

QScrollArea {{ border: 1px solid transparent; background: transparent; }}
QScrollArea:focus {{ border: 1px solid {t.accent}; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {t.border}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {t.wire}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def mixed(first: str, second: str, share: float) -> str:
    """`share` of the second colour in the first; both as #rrggbb."""
    parts = (
        round(int(first[i : i + 2], 16) * (1 - share) + int(second[i : i + 2], 16) * share) for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)
