"""Sets of keys for people who come from another program: for each, the actions whose keys differ from the usual ones.

A preset names what its program's own people have in their fingers, as far as nndesigner has the same thing. Keys of
the mouse stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping

USUAL = "nndesigner"

Keys = Mapping[str, tuple[str, ...]]
"""Action id → its keys; () for none."""

PRESETS: Mapping[str, Keys] = {
    USUAL: {},
    # Node editor of Blender's default keymap.
    "Blender": {
        "add": ("Shift+A",),
        "select-all": ("A", "Ctrl+A"),
        "delete": ("X", "Del"),
        "delete-reconnect": ("Ctrl+X", "Ctrl+Del"),
        "cut": (),
        "pull-out": ("Alt+D", "Ctrl+Shift+X"),
        "duplicate": ("Shift+D", "Ctrl+D"),
        "duplicate-wired": ("Ctrl+Shift+D",),
        "select-downstream": ("Shift+L",),
        "select-upstream": ("L",),
        "connect": ("F", "C"),
        "fit-selection": (".",),
        "bypass": ("M",),
        "collapse": ("H",),
        "enter-block": ("Tab", "PgDown"),
        "dissolve-block": ("Ctrl+Alt+G", "Ctrl+Shift+G"),
        "frame": ("Ctrl+J",),
        "commands": ("F3", "Ctrl+K", "Ctrl+Shift+P"),
    },
    # Keys of ComfyUI's front end (its core key bindings and its graph canvas).
    "ComfyUI": {
        "train": ("Ctrl+Return", "Ctrl+Enter", "F5"),
        "stop": ("Ctrl+Alt+Return", "Ctrl+Alt+Enter", "Shift+F5"),
        "bypass": ("Ctrl+B", "M"),
        "freeze": ("P",),
        "collapse": ("Alt+C", "H"),
        "frame": ("Ctrl+G", "Ctrl+J"),
        "make-block": ("Ctrl+Shift+E",),
        "fit": (".", "Home"),
        "fit-selection": ("F",),
        "zoom-in": ("Alt+=", "Alt++", "Ctrl++", "Ctrl+="),
        "zoom-out": ("Alt+-", "Ctrl+-"),
        "keys": ("Ctrl+,",),
    },
    # Blueprint and material graphs of the Unreal editor.
    "Unreal": {
        "frame": ("C", "Ctrl+J"),
        "connect": ("Ctrl+Shift+C",),
        "straighten": ("Q",),
        "arrange": ("Ctrl+L", "Shift+Q"),
        "make-block": ("Ctrl+G",),
        "duplicate": ("Ctrl+D", "Ctrl+W"),
        "close-window": ("Ctrl+Q",),
        "fit": ("Home",),
        "check": ("F7",),
        "bypass": ("M",),
        "commands": ("Ctrl+Shift+P", "Ctrl+K"),
        "rename": ("F2",),
    },
    # The keys of NodeGraphQt's own menus.
    "NodeGraphQt": {
        "add": ("Tab", "Shift+A"),
        "bypass": ("D", "M"),
        "duplicate": ("Alt+C", "Shift+D"),
        "disconnect": ("Ctrl+D",),
        "pull-out": ("Ctrl+Shift+X",),
        "fit-selection": ("F",),
        "zoom-in": ("=", "Ctrl++", "Ctrl+="),
        "zoom-out": ("-", "Ctrl+-"),
        "zoom-reset": ("H", "Ctrl+0"),
        "collapse": ("Shift+H",),
        "arrange": ("Ctrl+L", "Shift+1"),
        "select-none": ("Ctrl+Shift+A",),
        "dissolve-block": ("Alt+Return", "Alt+Enter", "Ctrl+Shift+G"),
        "save-as": ("Ctrl+Shift+S",),
        "close-window": ("Ctrl+Shift+Q", "Ctrl+W", "Ctrl+Q"),
    },
}
