"""The U-Net of the paper, with convolutions without padding (Ronneberger et al., 2015)."""

from __future__ import annotations

from drawing import Drawing, Value, choice, flag, whole

BEGIN = {"weight": "kaiming_normal"}
REFERENCE = (
    "Ronneberger, Fischer, Brox: U-Net, convolutional networks for biomedical image segmentation, 2015."
)
PADDING = choice(
    ("valid", "same"), "Without padding (as in the paper) each convolution takes one pixel from each side."
)
NORM = flag(False, "Batch normalization after each convolution, as most do today.")


def double_convolution(d: Drawing) -> Drawing:
    b = d.block(
        "U-Net convolutions",
        f"Two 3 × 3 convolutions, each with ReLU.\n{REFERENCE}",
        channels=whole(64, "Channels that leave."),
        padding=PADDING,
        norm=NORM,
    )
    x = b.enter(example="channel 1, height 60, width 60")
    for step in (1, 2):
        x = b.add(
            "Conv2d",
            x,
            name=f"conv{step}",
            out_channels="=channels",
            kernel_size=3,
            padding="=padding",
            learning=BEGIN,
        )
        x = b.add("BatchNorm2d", x, name=f"norm{step}", bypass="=not norm")
        x = b.add("ReLU", x, name=f"relu{step}")
    b.leave(x)
    return b


def down(d: Drawing) -> Drawing:
    convolutions = d.once(double_convolution)
    b = d.block(
        "U-Net down",
        f"Halves the size and works at it with two convolutions.\n{REFERENCE}",
        channels=whole(128, "Channels that leave; twice those that enter is usual."),
        padding=PADDING,
        norm=NORM,
    )
    x = b.enter(example="channel 64, height 56, width 56")
    x = b.add("MaxPool2d", x, name="pool")
    b.leave(_convolved(b, convolutions, x))
    return b


def up(d: Drawing) -> Drawing:
    convolutions = d.once(double_convolution)
    b = d.block(
        "U-Net up",
        "Doubles the size, puts beside it what was there on the way down, and works at both with two convolutions."
        "\nWhat comes from the way down is cut to the size where it is larger."
        f" {REFERENCE}",
        channels=whole(64, "Channels that leave; half of those that enter is usual."),
        padding=PADDING,
        norm=NORM,
    )
    x = b.enter(example="channel 128, height 20, width 20")
    skip = b.enter("skip", example="channel 64, height 56, width 56")
    x = b.add("ConvTranspose2d", x, name="up", out_channels="=channels", learning=BEGIN)
    skip = b.add("CropTo", skip, x, name="crop")
    x = b.add("Concatenate", skip, x, name="concat")
    b.leave(_convolved(b, convolutions, x))
    return b


def _convolved(b: Drawing, convolutions: Drawing, x: Value) -> Value:
    return b.use(convolutions, x, name="convs", channels="=channels", padding="=padding", norm="=norm")


def unet() -> Drawing:
    d = Drawing("unet")
    convolutions, narrower, wider = d.once(double_convolution), d.once(down), d.once(up)
    x = d.add("ImageInput", name="image", channels=1, height=572, width=572)
    x = d.use(convolutions, x, name="enter", channels=64)
    kept = []
    for step, channels in enumerate((128, 256, 512, 1024), start=1):
        kept.append(x)
        x = d.use(narrower, x, name=f"down{step}", channels=channels)
    for step, channels in zip((4, 3, 2, 1), (512, 256, 128, 64), strict=True):
        x = d.use(wider, x, kept.pop(), name=f"up{step}", channels=channels)
    x = d.add("Conv2d", x, name="score", out_channels=2, kernel_size=1, padding="valid", learning=BEGIN)
    d.add("Output", x, name="output", loss="cross_entropy")
    d.note(
        "U-Net as in figure 1 of the paper: 572 × 572 pixels in, 388 × 388 out. 31,030,658 parameters, counted from the"
        " figure: 18,842,048 on the way down (3 × 3 convolutions with bias: 37,568 + 221,440 + 885,248 + 3,539,968 +"
        " 14,157,824), 12,188,480 on the way up (9,176,576 + 2,294,528 + 573,824 + 143,552), 130 for the two classes.\n"
        f"{REFERENCE}"
    )
    return d


def library() -> Drawing:
    d = Drawing("library")
    d.once(down)
    d.once(up)
    return d


PROJECTS = {"architectures/unet": unet, "blocks/unet": library}
