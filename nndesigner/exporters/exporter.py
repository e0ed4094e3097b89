"""The form of an exporter, and what it is handed: the model that takes raw units, and everything known about it.

An exporter writes files into an empty folder; how the file is opened and run again elsewhere is declared beside it, and
the gate (`exporters/gate.py`) uses that. It knows neither compiler nor training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndesigner.base.fields import Field, Values
from nndesigner.base.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    Arrays = Sequence[np.ndarray[Any, Any]]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a run was made, for a format that trains again.

    `script` gives the text for the name of the file with the samples, `arrays` what goes into that file, and `losses`
    takes so many steps from the beginning of the run and gives the loss of each.
    """

    script: Callable[[str], str]
    arrays: Callable[[], Mapping[str, np.ndarray[Any, Any]]]
    losses: Callable[[int], Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Exportable:
    """A trained model, ready to leave.

    `model` takes tensors in the units of the data, in the order of `input_names`, and is in eval mode on the CPU.
    `free` gives, per input, the name of every free axis by position (the batch `N` is axis 0). `example` makes inputs
    for given sizes of the names. `source` gives the Python text for a weights file name. `metadata` is text by name.
    """

    name: str
    model: nn.Module
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    free: tuple[Mapping[int, str], ...]
    example: Callable[[Mapping[str, int]], tuple[Tensor, ...]]
    sizes: tuple[Mapping[str, int], ...]
    """at least two sets of sizes that the model takes: what the gate tries"""
    source: Callable[[str], str]
    metadata: Mapping[str, str] = field(default_factory=dict)
    training: Training | None = None
    """None where the run and its data are not at hand"""


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """One format. `write` puts its files into a folder, the main one named `<stem><suffix>`.

    `run` opens the main file in a process that knows nothing of the model and computes outputs for the inputs. A
    format that trains has no `run`: the file is a program that with `--steps N` prints the losses of `trains` steps.
    """

    format: str
    label: str
    suffix: str
    help: str
    write: Callable[[Exportable, Path, str, Values, Progress], None]
    run: Callable[[Path, Arrays], Arrays] | None = None
    trains: int = 0
    """steps of training that are compared with the run's"""
    options: tuple[Field, ...] = ()
    needs_source: bool = False
    """whether `run` needs the generated source beside the file (`model_source.py`): bare weights cannot run alone"""
