"""Published architectures in examples/architectures/: their counts without building them, and in the long tests the
networks themselves, their source and their exported files, each in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from nndesigner.base.problem import Severity
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.project.reader import open_project

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "architectures"
FILES = sorted(FOLDER.glob("*.nnd"))
COUNTS: dict[str, tuple[int, float | None]] = {
    "resnet18": (11_689_512, 1.814e9),
    "resnet50": (25_557_032, 4.089e9),
    "lenet5": (61_706, 416_520),
    "alexnet": (61_100_840, 0.714e9),
    "vgg16": (138_357_544, 15.47e9),
    "googlenet": (6_624_904, 1.498e9),
    "densenet121": (7_978_856, 2.834e9),
    "squeezenet1_0": (1_248_424, 0.819e9),
    "mobilenet_v2": (3_504_872, 0.301e9),
    "efficientnet_b0": (5_288_548, 0.386e9),
    "convnext_tiny": (28_589_128, 4.456e9),
    "unet": (31_030_658, None),
    "dcgan_generator": (3_576_704, None),
    "dcgan_discriminator": (2_765_568, None),
    "vae": (652_824, 651_200),
    "seq2seq_attention": (1_638_064, None),
    "transformer": (63_082_496, None),
    "bert_base": (109_482_240, 22.5e9 / 2),
    "gpt2": (124_439_808, 291_648_307_200 / 2),
    "vit_b_16": (86_567_656, 17.564e9),
    "mixer_b_16": (59_880_472, 12.6e9),
    "pointnet": (3_480_049, None),
    "neumf": (392_601, None),
}
"""Parameters as published, and multiply-accumulates of one sample (convolutions, linear layers, matrix and attention
products), where a source gives them; each file's notes name the source."""
LENGTHS = {"bert_base": {"T": 128}, "gpt2": {"T": 1024}}
"""Lengths of sequences for which a source counts, where the network leaves them free."""


def test_every_file_has_its_published_numbers() -> None:
    assert {path.stem for path in FILES} == set(COUNTS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_checks_and_counts_as_published(path: Path) -> None:
    opened = open_project(path)
    assert opened.warnings == ()
    checked = check(opened.document)
    assert not [p.message for p in checked.problems if p.severity is not Severity.HINT]
    parameters, macs = COUNTS[path.stem]
    assert checked.weights == parameters
    if macs is not None:
        lengths = {**checked.example, **LENGTHS.get(path.stem, {})}
        assert checked.macs.bind(lengths).value == pytest.approx(macs, rel=0.01)


def test_pointnet_counts_as_in_its_paper_which_takes_a_thousand_points() -> None:
    """Table 6 of the paper: 440 M with the two T-Nets, 148 M without."""
    document = open_project(FOLDER / "pointnet.nnd").document
    points = document.node_named("points")
    assert points is not None
    checked = check(document.apply(edits.set_parameter(document, points.id, "length", 1000)))
    all_of_it = checked.macs.bind(checked.example).value
    nets = [node for node in checked.nodes if node.name.startswith("transform_net")]
    assert all_of_it == pytest.approx(440e6, rel=0.01)
    assert len(nets) == 2
    without = all_of_it - sum(node.macs.bind(checked.example).value for node in nets)
    assert without == pytest.approx(148e6, rel=0.01)


def test_the_first_transformer_counts_as_that_of_torch_with_one_table_of_words() -> None:
    layers = torch.nn.Transformer(batch_first=True, device="meta")
    ends = [*layers.encoder.norm.parameters(), *layers.decoder.norm.parameters()]
    weights = sum(p.numel() for p in layers.parameters()) - sum(p.numel() for p in ends)
    assert weights + 37_000 * 512 == COUNTS["transformer"][0]


PROGRAM = """
import sys
from pathlib import Path
import torch
from nndesigner.check.check import check
from nndesigner.compiler.build import build, example_inputs, with_preparation
from nndesigner.compiler.deploy import exportable
from nndesigner.compiler.source import class_name, source
from nndesigner.exporters import gate
from nndesigner.project.reader import open_project

path, out = Path(sys.argv[1]), Path(sys.argv[2])
checked = check(open_project(path).document)
torch.manual_seed(0)
compiled = build(checked)
assert sum(p.numel() for p in compiled.parameters()) == checked.weights
model = with_preparation(compiled, checked).eval()
inputs = example_inputs(checked, {"N": 1}, torch.Generator().manual_seed(0))
space = {"__name__": "written"}
exec(compile(source(checked, path.stem), "source", "exec"), space)
written = space[class_name(path.stem)]().eval()
assert set(written.state_dict()) == set(model.state_dict())
written.load_state_dict(model.state_dict())
with torch.no_grad():
    torch.manual_seed(1)
    want = model(*inputs)
    torch.manual_seed(1)
    have = written(*inputs)
for a, b in zip(want if isinstance(want, tuple) else [want], have if isinstance(have, tuple) else [have]):
    assert torch.equal(a, b)
del written, space
made = exportable(compiled, checked, path.stem, path.read_bytes())
exported = gate.export(made, "pt2", out / path.stem)
print(exported.max_abs_difference)
"""


@pytest.mark.long
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_builds_and_its_source_and_its_file_compute_the_same(path: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
