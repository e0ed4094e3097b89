"""Where validation samples lie in the space of codes of an autoencoder."""

from __future__ import annotations

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.projection import Projection
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame


class LatentSpace(Projection):
    """The newest codes."""

    def __init__(self) -> None:
        super().__init__(LATENT_SPACE_VIEW)

    def draw(self) -> None:
        frame = self.frame("latent_space")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Codes"), tr("Where samples lie in the space of codes: drawn while it trains.")
            )
            return
        self.show_content()
        self.draw_points(frame)


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["latent_space"].applies_to(checked)


LATENT_SPACE_VIEW = View(
    name="latent_space",
    label="Codes",
    icon="points",
    help="The codes of some hundred validation samples, coloured by their class where the data knows one. A code of two"
    " numbers is shown as it is, a larger one in the plane in which the codes differ most.",
    place="network",
    measurements=("latent_space",),
    applies=_applies,
    make=LatentSpace,
    order=9,
)
