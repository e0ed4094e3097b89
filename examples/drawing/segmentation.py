"""A class for every pixel: a small U-Net on made shapes."""

from __future__ import annotations

from drawing import Drawing
from networks_first import HERE
from unet import REFERENCE, double_convolution, down, up


def shapes_unet() -> Drawing:
    d = Drawing("shapes-unet")
    d.read("shapes", HERE)
    settings = {"padding": "same", "norm": True}
    convolutions, narrower, wider = d.once(double_convolution), d.once(down), d.once(up)
    first = d.use(convolutions, d.add("ImageInput", name="image"), name="enter", **settings, channels=8)
    second = d.use(narrower, first, name="down1", **settings, channels=16)
    third = d.use(narrower, second, name="down2", **settings, channels=32)
    x = d.use(wider, third, second, name="up1", **settings, channels=16)
    x = d.use(wider, x, first, name="up2", **settings, channels=8)
    x = d.add("Conv2d", x, name="score", out_channels=4, kernel_size=1)
    d.add("Output", x, name="mask", target="mask", loss="cross_entropy")
    d.plan(epochs=15, batch_size=32, learning_rate=0.005, best_by="score")
    d.note(
        "Segmentation: which pixels belong to which shape, or to the background. On the way down the image becomes"
        " smaller and says more of what is there; on the way up the bridges bring back where it is. Mean IoU, the"
        " overlap of what is answered with what is true as a share of both together, is measured after each epoch.\n"
        f"{REFERENCE}"
    )
    return d


PROJECTS = {"shapes-unet": shapes_unet}
