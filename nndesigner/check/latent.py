"""Whether a network makes something out of a code: a decoder out of what its encoder gives, a generator out of noise.

Told by the drawing alone, so that the designer knows what can be tried before any worker is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.base.data_field import DataField
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.check.noise import noise_inputs
from nndesigner.check.sections import SAMPLE, code_of, diffusion_of, sections

MOST_NUMBERS = 4096
"""of a code; what is larger is a picture rather than a code"""


@dataclass(frozen=True, kw_only=True)
class Latent:
    """What stands between code and sample. `part` is the section that makes samples, "" for the whole network;
    `code` and `condition` are positions among the inputs of that part."""

    part: str
    code: int
    sizes: tuple[int, ...]
    """of one code"""
    prior: str
    """"normal" or "uniform" as in `check/noise.py`; "" where codes follow from the data alone"""
    condition: int = -1
    """the input that takes a class number, -1 for none"""
    classes: tuple[str, ...] = ()
    encodes: bool = False
    """whether a sample of the data has a code"""
    field: DataField | None = None
    """what is made, as the data has it; None where it has no such"""

    @property
    def numbers(self) -> int:
        """How many a code has."""
        count = 1
        for size in self.sizes:
            count *= size
        return count


def latent_of(checked: CheckedNetwork) -> Latent | None:
    """The first output of a network as something made out of a code; None where it is not. `checked` is the network as
    it is trained."""
    if not checked.ok or not checked.heads or diffusion_of(checked) is not None:
        return None
    parts, code = sections(checked), code_of(checked)
    if "decoder" in parts and code is not None:
        inputs = parts["decoder"].checked.inputs
        place = next((i for i, node in enumerate(inputs) if node.id == f"{code[0]}:{code[1]}"), -1)
        drawn = checked.node(code[0])
        prior = "normal" if drawn is not None and drawn.record.type == SAMPLE else ""
        return _latent(checked, "decoder", inputs, place, prior, encodes=True)
    whole = checked.as_answered()
    noise = noise_inputs(whole)
    if len(noise) != 1:
        return None
    place, kind = next(iter(noise.items()))
    return _latent(checked, "", whole.inputs, place, kind.distribution, encodes=False)


def _latent(
    checked: CheckedNetwork,
    part: str,
    inputs: tuple[CheckedNode, ...],
    code: int,
    prior: str,
    *,
    encodes: bool,
) -> Latent | None:
    others = [i for i in range(len(inputs)) if i != code]
    if code < 0 or len(others) > 1 or any(inputs[i].record.type != "ClassInput" for i in others):
        return None
    sizes = [axis.size.value for axis in inputs[code].outputs["y"].axes[1:]]
    known = tuple(size for size in sizes if size is not None)
    if len(known) != len(sizes):
        return None
    condition = others[0] if others else -1
    classes: tuple[str, ...] = ()
    if others:
        node = inputs[condition]
        number = node.outputs["y"].values or 0
        names = node.field.classes if node.field is not None else ()
        classes = tuple(names[i] if i < len(names) else str(i) for i in range(number))
    made = Latent(
        part=part,
        code=code,
        sizes=known,
        prior=prior,
        condition=condition,
        classes=classes,
        encodes=encodes,
        field=checked.heads[0].told,
    )
    return made if 0 < made.numbers <= MOST_NUMBERS and (classes or not others) else None
