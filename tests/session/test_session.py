from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from nndesigner.document import edits
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.project.writer import encode
from nndesigner.session.session import Session
from tests.document.random_edits import ARGUMENTS, GROWING, MOST_NODES, WEIGHTED, Script, _NothingToChoose


def accepts(editor: CanvasEditor) -> CanvasEditor:
    return editor


def test_a_session_is_what_the_canvas_edits() -> None:
    session = Session()
    editor = accepts(session)
    assert editor.network == session.document.main.id
    assert editor.edit("", "add_node", type="ReLU") is not None
    assert editor.why_not("a", "y", "b", "x")
    assert editor.checked is session.checked


def test_edits_by_verb_undone_and_redone_are_exact() -> None:
    """The scripts of the document's own test, through the session's one door."""
    session, script = Session(), Script(11)
    for type in ("TableInput", "Linear", "ReLU"):
        session.edit("", "add_node", type=type)
    session.editing.replace(session.document, saved=True)
    first, done = encode(session.document), 0
    while done < 300:
        verb = script.random.choice(WEIGHTED)
        if verb in GROWING and len(session.document.nodes()) >= MOST_NODES:
            verb = "remove"
        try:
            arguments = ARGUMENTS[verb](script, session.document)
        except _NothingToChoose:
            continue
        if session.edit("", verb, **arguments):
            done += 1
    final = encode(session.document)
    assert set(edits.VERBS) == set(ARGUMENTS)
    while session.undo():
        pass
    assert encode(session.document) == first
    while session.redo():
        pass
    assert encode(session.document) == final
    session.close()


def test_a_script_needs_neither_window_nor_torch(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from nndesigner.session.session import Session
session = Session()
session.edit("", "add_node", type="ImageInput")
session.edit("", "append_node", type="Flatten", after=session.document.nodes()[0].id)
session.files.save_as(Path(sys.argv[1]) / "a.nnd")
session.close()
print([name for name in ("torch", "PySide6", "sklearn", "PIL", "onnx") if name in sys.modules])
"""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=root, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
    assert (tmp_path / "a.nnd").exists()
