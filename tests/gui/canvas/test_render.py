from __future__ import annotations

import os
import re
import subprocess
import sys
import zlib

import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.gui.canvas.render import render
from nndesigner.gui.theme import DARK, LIGHT, THEMES

pytestmark = pytest.mark.usefixtures("qapp")
BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
STYLES = pytest.mark.parametrize("style", ["screen", "print"])


@BOTH
@STYLES
def test_png(editor, tmp_path, theme, style):
    path = render(editor.document, editor.checked, tmp_path / "net.png", style=style, theme=theme)
    image = QImage(str(path))
    assert image.width() == 2 * (540 + 64) and image.height() >= 2 * 250
    paper = "#ffffff" if style == "print" else theme.canvas
    assert image.pixelColor(1, image.height() // 2 + 3).name() == paper
    assert len({image.pixel(x, 100) for x in range(0, image.width(), 3)}) > 5


@BOTH
@STYLES
def test_svg_has_real_text_and_can_be_drawn(editor, tmp_path, theme, style):
    path = render(editor.document, editor.checked, tmp_path / "net.svg", style=style, theme=theme)
    content = path.read_text("utf-8")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", content)
    for word in ("conv1", "Conv 2-D", "32 · 3×3", "32×28×28", "320", "relu1", "flatten1"):
        assert word in [text.strip() for text in texts], word
    drawn = QSvgRenderer(str(path))
    assert drawn.isValid() and drawn.viewBoxF().width() == 604
    image = QImage(drawn.viewBoxF().size().toSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    drawn.render(painter)
    painter.end()
    assert len({image.pixel(x, 50) for x in range(image.width())}) > 4


@STYLES
def test_pdf_is_one_page_with_real_text(editor, tmp_path, style):
    path = render(editor.document, editor.checked, tmp_path / "net.pdf", style=style, theme=DARK)
    content = path.read_bytes()
    assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content).groups())
    assert (width, height) == pytest.approx((604 * 0.75, 604 * 0.75 * height / width), abs=2)
    streams = [_inflated(part) for part in re.findall(rb"stream\r?\n(.*?)endstream", content, re.S)]
    page = b"".join(stream for stream in streams if b" Tf" in stream)
    assert len(re.findall(rb"Tj|TJ", page)) >= 12
    assert b"/ToUnicode" in content


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        return data


@BOTH
def test_print_is_black_on_white_whatever_is_wrong(editor, tmp_path, theme):
    editor.wire(editor.named("relu1"), editor.add("Conv1d", 600, 0))
    assert editor.checked.errors
    path = render(editor.document, editor.checked, tmp_path / "net.png", style="print", theme=theme)
    image = QImage(str(path))
    seen = [image.pixelColor(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)]
    assert all(max(c.getRgb()[:3]) - min(c.getRgb()[:3]) <= 4 for c in seen), "no colour"
    assert {"#000000", "#ffffff"} <= {c.name() for c in seen}
    svg = render(editor.document, editor.checked, tmp_path / "net.svg", style="print", theme=theme)
    assert theme.error not in svg.read_text("utf-8")


def test_text_in_a_pdf_is_found_letter_by_letter(editor, tmp_path):
    """flatten1 would be drawn with one sign for “fl”, which a search for “flat” does not find."""
    path = render(editor.document, editor.checked, tmp_path / "net.pdf", style="print")
    streams = re.findall(rb"begincmap.*?endcmap", path.read_bytes(), re.S)
    assert streams and b"FB02" not in b"".join(streams).upper()


def test_a_long_shape_is_written_smaller_before_it_is_left_out(editor, tmp_path):
    image = editor.document.node_named("image1").id
    for name, size in (("height", 224), ("width", 224), ("channels", 3)):
        editor.edit("", "set_parameter", node=image, parameter=name, value=size)
    editor.edit("", "set_parameter", node=editor.named("conv1"), parameter="out_channels", value=128)
    text = render(editor.document, editor.checked, tmp_path / "net.svg", style="print").read_text("utf-8")
    assert text.count(">128×224×224<") == 2, "on the wire, and beside the output that is open"


def test_an_unchecked_document_is_drawn_too(editor, tmp_path):
    path = render(editor.document, None, tmp_path / "net.svg", theme=LIGHT)
    content = path.read_text("utf-8")
    assert "conv1" in content and "32×28×28" not in content


@pytest.mark.parametrize("name", ["net.bmp", "net", "net.svgz"])
def test_another_format_is_refused(editor, tmp_path, name):
    with pytest.raises(Refusal, match=r"\.png"):
        render(editor.document, editor.checked, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_another_style_an_empty_network_and_a_missing_folder_are_refused(editor, tmp_path):
    with pytest.raises(Refusal, match="print"):
        render(editor.document, None, tmp_path / "net.png", style="oil")
    with pytest.raises(Refusal, match="empty"):
        render(edits.new_document(), None, tmp_path / "net.png")
    with pytest.raises(Refusal):
        render(editor.document, None, tmp_path / "no" / "such" / "net.png")


def test_it_needs_no_window_and_no_screen(tmp_path):
    """In a fresh process without a display or an application, as the command line is."""
    program = (
        "import sys; from nndesigner.document import edits; from nndesigner.gui.canvas.render import render;"
        "d = edits.new_document(); d = d.apply(edits.add_node(d, 'ReLU'));"
        "render(d, None, sys.argv[1]); assert 'torch' not in sys.modules"
    )
    surroundings = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM", "WAYLAND_DISPLAY")
    }
    path = tmp_path / "net.svg"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "relu1" in path.read_text("utf-8")
