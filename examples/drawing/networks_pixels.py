"""Networks that give a class to every pixel: U-Nets and a fully convolutional network (numbers 19 and 20).

They learn from made shapes, whose masks say the shape of every pixel.
"""

from __future__ import annotations

from drawing import Drawing, Value
from networks_first import HERE
from networks_images import SAME

SHAPES = " Here it tells made shapes from the background."


def unet() -> Drawing:
    d = Drawing("unet")
    pair = d.block("Two convolutions", "Two 3 × 3 convolutions without padding, each with ReLU.", channels=16)
    x = pair.enter(example="channel 16, height 84, width 84")
    for number in (1, 2):
        x = pair.add("Conv2d", x, name=f"conv{number}", out_channels="=channels", padding="valid")
        x = pair.add("ReLU", x, name=f"relu{number}")
    pair.leave(x)
    up = d.block("Up", "Doubles the size and puts what was there on the way down beside it.", channels=16)
    x = up.enter("x", example="channel 32, height 26, width 26")
    skip = up.enter("skip", example="channel 16, height 84, width 84")
    x = up.add("ConvTranspose2d", x, name="grow", out_channels="=channels")
    x = up.add("Concatenate", up.add("CropTo", skip, x, name="crop"), x, name="concat")
    up.leave(up.use(pair, x, name="convs", channels="=channels"))

    d.read("shapes", HERE, samples=120, size=48)
    x = d.add("ImageInput", name="image")
    x = d.add("Pad", x, name="mirror", widths="20", mode="reflect")
    one = d.use(pair, x, name="down1", channels=16)
    two = d.use(pair, d.add("MaxPool2d", one, name="pool1"), name="down2", channels=32)
    x = d.use(pair, d.add("MaxPool2d", two, name="pool2"), name="bottom", channels=64)
    x = d.use(up, d.add("Dropout", x, name="dropout"), two, name="up2", channels=32)
    x = d.use(up, x, one, name="up1", channels=16)
    x = d.add("Conv2d", x, name="scores", out_channels=4, kernel_size=1, padding="valid")
    d.add("Output", x, name="mask", target="mask", loss="cross_entropy")
    d.add("Output", x, name="overlap", target="mask", loss="dice")
    d.note(
        "The U-Net of the paper in small: convolutions without padding, the ways down cropped before they are put"
        " beside the way up, the image mirrored at its border so that the mask is as large as the image. The loss is"
        " cross-entropy and Dice added up.\nRonneberger, Fischer, Brox: U-Net, 2015; Milletari et al.: V-Net, 2016"
        f" (Dice).{SHAPES}"
    )
    return d


def _separable(b: Drawing, x: Value, number: int) -> Value:
    """ReLU, a depthwise and a pointwise convolution, batch normalization."""
    x = b.add("ReLU", x, name=f"relu{number}")
    x = b.add(
        "Conv2d",
        x,
        name=f"depthwise{number}",
        out_channels="=in_channels" if number == 1 else "=channels",
        groups="=in_channels" if number == 1 else "=channels",
        bias=False,
    )
    x = b.add(
        "Conv2d", x, name=f"pointwise{number}", out_channels="=channels", kernel_size=1, padding="valid"
    )
    return b.add("BatchNorm2d", x, name=f"norm{number}")


def unet_residual() -> Drawing:
    d = Drawing("unet-residual")
    one = {"kernel_size": 1, "padding": "valid"}
    down = d.block("Down", "Two separable convolutions, half the size, and a way around.", channels=32)
    x = down.enter(example="channel 16, height 24, width 24")
    y = _separable(down, _separable(down, x, 1), 2)
    y = down.add("MaxPool2d", y, name="pool", kernel_size=3, stride=2, padding=1)
    around = down.add("Conv2d", x, name="around", out_channels="=channels", stride=2, **one)
    down.leave(down.add("Add", y, around, name="add"))
    up = d.block("Up", "Two transposed convolutions, twice the size, and a way around.", channels=32)
    x = up.enter(example="channel 64, height 3, width 3")
    y = x
    for number in (1, 2):
        y = up.add("ReLU", y, name=f"relu{number}")
        y = up.add(
            "ConvTranspose2d",
            y,
            name=f"conv{number}",
            out_channels="=channels",
            kernel_size=3,
            stride=1,
            padding=1,
        )
        y = up.add("BatchNorm2d", y, name=f"norm{number}")
    y = up.add("Upsample", y, name="enlarge")
    around = up.add(
        "Conv2d", up.add("Upsample", x, name="double_around"), name="around", out_channels="=channels", **one
    )
    up.leave(up.add("Add", y, around, name="add"))

    d.read("shapes", HERE, samples=120, size=48, colour=True)
    x = d.add("ImageInput", name="image")
    x = d.add("Conv2d", x, name="conv1", out_channels=12, kernel_size=3, stride=2, **SAME)
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="norm1"), name="relu1")
    for number, channels in enumerate((16, 24, 32), start=1):
        x = d.use(down, x, name=f"down{number}", channels=channels)
    for number, channels in enumerate((32, 24, 16, 12), start=1):
        x = d.use(up, x, name=f"up{number}", channels=channels)
    d.add(
        "Output",
        d.add("Conv2d", x, name="scores", out_channels=4, **SAME),
        name="mask",
        target="mask",
        loss="cross_entropy",
    )
    d.note(
        "Segmentation (of pets there: animal, border, ground): an encoder of separable convolutions and a decoder of"
        " transposed ones, both with residual shortcuts.\nAfter keras.io, oxford_pets_image_segmentation, which calls"
        f" it a U-Net in the style of Xception.{SHAPES}"
    )
    return d


def fcn() -> Drawing:
    d = Drawing("fcn")
    step = d.block("Conv and pool", "Two 3 × 3 convolutions, then half the size.", channels=16)
    x = step.enter(example="channel 16, height 32, width 32")
    for number in (1, 2):
        x = step.add("Conv2d", x, name=f"conv{number}", out_channels="=channels", kernel_size=3, **SAME)
        x = step.add("ReLU", x, name=f"relu{number}")
    step.leave(step.add("MaxPool2d", x, name="pool"))
    begin = {"weight": "xavier_uniform"}
    d.read("shapes", HERE, samples=120, size=64, colour=True)
    x = d.add("ImageInput", name="image")
    pooled = []
    for number, channels in enumerate((12, 24, 32, 48), start=1):
        x = d.use(step, x, name=f"stage{number}", channels=channels)
        pooled.append(x)
    x = d.add("ReLU", d.add("Conv2d", x, name="conv5", out_channels=64), name="relu5")
    x = d.add("Dropout", x, name="dropout", p=0.5)
    one = {"kernel_size": 1, "padding": "valid", "out_channels": 4, "learning": begin}
    x = d.add("Conv2d", x, name="scores5", **one)
    double = {"out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1, "bias": False}
    x = d.add("ConvTranspose2d", x, name="double5", **double)
    x = d.add("Add", x, d.add("Conv2d", pooled[2], name="scores3", **one), name="add3")
    x = d.add("ConvTranspose2d", x, name="double3", **double)
    x = d.add("Add", x, d.add("Conv2d", pooled[1], name="scores2", **one), name="add2")
    x = d.add(
        "ConvTranspose2d", x, name="enlarge", out_channels=4, kernel_size=8, stride=4, padding=2, bias=False
    )
    d.add("Output", x, name="mask", target="mask", loss="cross_entropy")
    d.note(
        "A fully convolutional network: scores at a coarse grid are enlarged by transposed convolutions and added to"
        " the scores of finer stages, as in FCN-8s.\nLong, Shelhamer, Darrell: Fully convolutional networks for"
        " semantic segmentation, 2014; after Dive into deep learning, 14.11, and keras.io,"
        " fully_convolutional_network. There the transposed convolutions begin as bilinear interpolation and the body"
        f" has the weights of a published model; neither can be had yet.{SHAPES}"
    )
    return d


PROJECTS = {
    "networks/19a-unet": unet,
    "networks/19b-unet-residual": unet_residual,
    "networks/20-fcn": fcn,
}
