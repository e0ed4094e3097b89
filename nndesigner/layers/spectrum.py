"""The Fourier transform of a signal."""

from __future__ import annotations

from nndesigner.base.fields import BoolField, ChoiceField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import STEPS, axis_field, chosen_axis, resized
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Ref,
    Sample,
    ShapeError,
    Use,
    class_axis,
    expect_float,
)

GIVES = {"magnitude": "magnitude", "power": "power", "parts": "real and imaginary part"}


def _along(use: Use) -> tuple[int, int]:
    """The axis of the transform, and the class axis, on which the parts come side by side. Raises ShapeError."""
    x = expect_float(use, "Fourier transform")
    position, classes = chosen_axis(use, "Fourier transform", STEPS), class_axis(x)
    if use["gives"] == "parts" and position == classes and x.rank > 2:
        raise ShapeError(
            tr("Real and imaginary part become channels, so the transform runs along another axis."),
            parameter="axis",
        )
    return position, classes


def _spectrum(use: Use) -> dict[str, TensorType]:
    position, classes = _along(use)
    y = resized(use.x, position, use.x.sizes[position] // 2 + 1)
    return {"y": resized(y, classes, y.sizes[classes] * 2) if use["gives"] == "parts" else y}


def _lower_spectrum(use: Use) -> Lowering:
    position, classes = _along(use)
    options = {"norm": "ortho"} if use["orthonormal"] else {}
    waves = Call(target="torch.fft.rfft", keywords={"dim": position, **options}, step="waves")
    if use["gives"] != "parts":
        size = Call(target="torch.abs", args=(Ref("waves"),), step="size" if use["gives"] == "power" else "")
        square = (Call(target="torch.square", args=(Ref("size"),)),) if use["gives"] == "power" else ()
        return Lowering(calls=(waves, size, *square))
    return Lowering(
        calls=(
            waves,
            Call(target="torch.real", args=(Ref("waves"),), step="real"),
            Call(target="torch.imag", args=(Ref("waves"),), step="imaginary"),
            Call(target="torch.cat", args=((Ref("real"), Ref("imaginary")),), keywords={"dim": classes}),
        )
    )


FOURIER = Layer(
    type="FFT",
    label="Fourier transform",
    group="Arithmetic",
    stem="spectrum",
    summary="Takes a signal apart into waves: how strong each frequency is in it.",
    help="Of L real values L/2 + 1 frequencies are left, from the mean to the fastest wave. It gives their magnitude,"
    " or real and imaginary part as twice the channels, which keeps everything.",
    formula="X[k] = Σ_t x[t] · exp(−2πi·k·t / L);  y = |X|, |X|², or (Re X, Im X)",
    reference="Cooley & Tukey, An algorithm for the machine calculation of complex Fourier series, 1965",
    synonyms=("fft", "rfft", "spectrum", "frequency", "DFT", "FNet", "spectral"),
    parameters=(
        ChoiceField(
            name="gives",
            label="Gives",
            default="magnitude",
            choices=GIVES,
            help="What is given of each frequency.",
        ),
        axis_field("time or length, else channels or features"),
        BoolField(
            name="orthonormal",
            label="Keep the energy",
            default=False,
            help="Divide by √L, so that the sum of squares stays as it is.",
            advanced=True,
        ),
    ),
    common=False,
    infer=_spectrum,
    lower=_lower_spectrum,
    card=lambda values: GIVES[values["gives"]] if values["gives"] != "parts" else "Re, Im",
    samples=(
        Sample(inputs={"x": tensor(channel=2, length=9)}),
        Sample(values={"gives": "parts"}, inputs={"x": tensor(time=8, feature=3)}),
        Sample(
            values={"gives": "power", "orthonormal": True},
            inputs={"x": tensor(channel=2, length="L")},
            names={"N": 2, "L": 8},
        ),
    ),
)
