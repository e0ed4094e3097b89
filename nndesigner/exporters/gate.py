"""The one gate of every format: a fresh process opens the file, runs it at two sizes, and must agree with the model.

Nothing reaches the place that the user named before that; a failed gate leaves no file. As a program
(`python -I -m nndesigner.exporters.gate`) this module is that process: it knows the file and the inputs only.
"""

from __future__ import annotations

import os
import site
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndesigner.base.atomic import write_atomically
from nndesigner.base.fields import Values, resolve
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.exporters.catalogue import exporters
from nndesigner.exporters.exporter import Exportable, Exporter

if TYPE_CHECKING:
    import numpy as np

TOLERANCE = 1e-3
"""Largest allowed difference, relative to the largest answer (at least 1)."""
PATIENCE = 600.0
"""Seconds for the fresh process, the start of a runtime included."""


@dataclass(frozen=True)
class Exported:
    """What now stands at the user's place. `bytes` is the size of all files, the difference is absolute."""

    path: Path
    files: tuple[Path, ...]
    bytes: int
    max_abs_difference: float


def export(
    exportable: Exportable, format: str, path: Path, options: Values | None = None, progress: Progress = quiet
) -> Exported:
    """Writes the model to `path`, tried and compared. Raises Refusal with a sentence, and then leaves no file."""
    exporter = exporters().get(format)
    if exporter is None:
        raise Refusal(
            tr(
                "There is no export format “{name}”. There are: {known}.",
                name=format,
                known=", ".join(exporters()),
            )
        )
    values, bad = resolve(exporter.options, options or {})
    if bad:
        raise Refusal(next(iter(bad.values())))
    if path.suffix != exporter.suffix:
        path = path.with_name(path.name + exporter.suffix)
    if not path.parent.is_dir():
        raise Refusal(tr("There is no folder {folder} to export into.", folder=path.parent))
    with tempfile.TemporaryDirectory(prefix="nndesigner-export-") as name:
        folder = Path(name) / "files"
        folder.mkdir()
        exporter.write(exportable, folder, path.stem, values, progress)
        files = sorted(p for p in folder.iterdir() if p.is_file())
        for file in files:
            _check_paths(file)
        progress(0.85, tr("Opening the file in a fresh process"))
        file = folder / f"{path.stem}{exporter.suffix}"
        if exporter.trains:
            difference = _train(exportable, exporter.trains, file)
        else:
            difference = _try(exportable, exporter, file, Path(name))
        progress(0.98, tr("Putting the file in its place"))
        placed = [write_atomically(path.with_name(file.name), file.read_bytes()).path for file in files]
        size = sum(file.stat().st_size for file in files)
    return Exported(path, tuple(placed), size, difference)


def _try(exportable: Exportable, exporter: Exporter, file: Path, folder: Path) -> float:
    """The largest difference between the file and the live model over all tried sizes."""
    import numpy as np
    import torch

    if exporter.needs_source:
        (file.parent / "model_source.py").write_text(exportable.source(file.name), encoding="utf-8")
    expected = []
    for number, sizes in enumerate(exportable.sizes):
        inputs = exportable.example(sizes)
        with torch.no_grad():
            outputs = exportable.model(*inputs)
        expected.append([y.detach().numpy() for y in (outputs if isinstance(outputs, tuple) else (outputs,))])
        np.savez(folder / f"in{number}.npz", *(x.numpy() for x in inputs))
    _fresh(
        ["-m", "nndesigner.exporters.gate", exporter.format, str(file), str(folder), str(len(expected))],
        folder,
    )
    largest = 0.0
    for number, (sizes, live) in enumerate(zip(exportable.sizes, expected, strict=True)):
        with np.load(folder / f"out{number}.npz", allow_pickle=False) as saved:
            answers = [saved[name] for name in saved.files]
        for name, want, have in zip(exportable.output_names, live, answers, strict=True):
            largest = max(largest, _difference(name, sizes, want, have))
    return largest


def _train(exportable: Exportable, steps: int, file: Path) -> float:
    """The largest difference between the losses of the script's first steps and those of the run's."""
    assert exportable.training is not None  # or nothing was written
    printed = _fresh([str(file), "--steps", str(steps)], file.parent).split()
    expected = exportable.training.losses(steps)
    try:
        losses = [float(word) for word in printed]
    except ValueError:
        losses = []
    if len(losses) != len(expected):
        raise Refusal(
            tr(
                "The exported script took {have} steps where the run took {want}, so it was not kept.",
                have=len(losses),
                want=len(expected),
            )
        )
    largest = 0.0
    for step, (want, have) in enumerate(zip(expected, losses, strict=True), start=1):
        if not abs(want - have) <= TOLERANCE * max(1.0, abs(want)):
            raise Refusal(
                tr(
                    "The exported script differs from the run in step {step}: its loss is {have}, not {want}."
                    " It was not kept.",
                    step=step,
                    have=f"{have:.6g}",
                    want=f"{want:.6g}",
                )
            )
        largest = max(largest, abs(want - have))
    return largest


def _fresh(arguments: list[str], folder: Path) -> str:
    """What a fresh Python, told these arguments, says. Raises Refusal where it fails or does not answer."""
    command = [sys.executable, "-I", *arguments]
    quiet_environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    try:
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            env=quiet_environment,
            cwd=folder,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refusal(
            tr(
                "The exported file was not answering after {seconds} seconds, so it was not kept.",
                seconds=int(PATIENCE),
            )
        ) from None
    if ran.returncode != 0:
        why = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refusal(
            tr(
                "The exported file could not be run by a fresh program, so it was not kept: {why}",
                why=why[-1] if why else ran.returncode,
            )
        )
    return ran.stdout.decode("utf-8", "replace")


def _difference(name: str, sizes: Any, want: np.ndarray[Any, Any], have: np.ndarray[Any, Any]) -> float:
    import numpy as np

    if want.shape != have.shape:
        raise Refusal(
            tr(
                "The exported file gives {have} at {name} where the model gives {want}, so it was not kept.",
                have=have.shape, name=name, want=want.shape,
            )
        )  # fmt: skip
    bounded = ~(np.isinf(want) & (want == have))  # equal infinities, as a mask leaves them, do not differ
    want, have = want[bounded].astype(np.float64), have[bounded]
    difference = float(np.max(np.abs(want - have))) if want.size else 0.0
    finite = want[np.isfinite(want)]
    allowed = TOLERANCE * max(1.0, float(np.max(np.abs(finite))) if finite.size else 1.0)
    if not difference <= allowed:
        raise Refusal(
            tr(
                "The exported file differs from the model by {by} at {name} (sizes {sizes}), so it was not kept.",
                by=f"{difference:.3g}", name=name, sizes=dict(sizes),
            )
        )  # fmt: skip
    return difference


def telltale_paths() -> tuple[bytes, ...]:
    """Folders of this machine that no exported file may name."""
    places = {
        os.getcwd(),
        str(Path.home()),
        sys.prefix,
        str(Path(__file__).resolve().parents[1]),
        *site.getsitepackages(),
    }
    return tuple(sorted(place.encode() for place in places if len(place) > 4))


def _check_paths(file: Path) -> None:
    import zipfile

    contents = [file.read_bytes()]
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            contents += [archive.read(entry) for entry in archive.infolist()]
    for place in telltale_paths():
        if any(place in content for content in contents):
            raise Refusal(tr("The exported file would contain a path of this computer, so it was not kept."))


def main() -> int:
    """The fresh process: FORMAT FILE FOLDER COUNT; reads in<i>.npz and writes out<i>.npz in FOLDER."""
    import numpy as np

    format, file, folder, count = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    exporter = exporters()[format]
    for number in range(count):
        with np.load(folder / f"in{number}.npz", allow_pickle=False) as saved:
            inputs = [saved[name] for name in saved.files]
        assert exporter.run is not None
        np.savez(folder / f"out{number}.npz", *exporter.run(file, inputs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
