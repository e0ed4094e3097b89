"""The two networks of DCGAN, as the tutorial of PyTorch has them (Radford et al., 2015)."""

from __future__ import annotations

from drawing import Drawing, number, whole

BEGIN = {"weight": "normal", "scale": 0.02}
REFERENCE = (
    "Radford, Metz, Chintala: Unsupervised representation learning with deep convolutional generative adversarial"
    " networks, 2015."
)


def grow(d: Drawing) -> Drawing:
    """One step of the generator."""
    b = d.block(
        "Grow",
        f"A transposed convolution that doubles the size, batch normalization and ReLU.\n{REFERENCE}",
        channels=whole(64, "Channels that leave."),
        stride=whole(2, "2 doubles height and width.", most=16),
        pad=whole(1, "What is cut from the border.", least=0, most=16, label="Padding"),
    )
    x = b.enter(example="channel 128, height 8, width 8")
    x = b.add(
        "ConvTranspose2d",
        x,
        name="conv",
        out_channels="=channels",
        kernel_size=4,
        stride="=stride",
        padding="=pad",
        bias=False,
        learning=BEGIN,
    )
    b.leave(b.add("ReLU", b.add("BatchNorm2d", x, name="norm"), name="relu"))
    return b


def shrink(d: Drawing) -> Drawing:
    """One step of the discriminator."""
    b = d.block(
        "Shrink",
        f"A convolution that halves the size, batch normalization and leaky ReLU.\n{REFERENCE}",
        channels=whole(64, "Channels that leave."),
        slope=number(0.2, "Slope below 0 of the leaky ReLU.", 0.0, 1.0),
    )
    x = b.enter(example="channel 64, height 16, width 16")
    x = b.add(
        "Conv2d",
        x,
        name="conv",
        out_channels="=channels",
        kernel_size=4,
        stride=2,
        padding="custom",
        pad=1,
        bias=False,
        learning=BEGIN,
    )
    x = b.add("BatchNorm2d", x, name="norm")
    b.leave(b.add("LeakyReLU", x, name="relu", negative_slope="=slope"))
    return b


def generator() -> Drawing:
    d = Drawing("dcgan_generator")
    block = d.once(grow)
    x = d.add("ImageInput", name="noise", channels=100, height=1, width=1)
    x = d.use(block, x, name="grow1", channels=512, stride=1, pad=0)
    for step, channels in enumerate((256, 128, 64), start=2):
        x = d.use(block, x, name=f"grow{step}", channels=channels)
    x = d.add(
        "ConvTranspose2d",
        x,
        name="conv",
        out_channels=3,
        kernel_size=4,
        stride=2,
        padding=1,
        bias=False,
        learning=BEGIN,
    )
    d.add("Output", d.add("Tanh", x, name="tanh"), name="image")
    d.note(
        "Generator of DCGAN, from 100 numbers to an image of 64 × 64: 3,576,704 parameters, counted from the"
        " code of the"
        " PyTorch tutorial “DCGAN Tutorial” (nz = 100, ngf = 64, nc = 3): 16 · (100 · 512 + 512 · 256 + 256 · 128 +"
        f" 128 · 64 + 64 · 3) + 2 · (512 + 256 + 128 + 64).\n{REFERENCE}"
    )
    return d


def discriminator() -> Drawing:
    d = Drawing("dcgan_discriminator")
    block = d.once(shrink)
    x = d.add("ImageInput", name="image", channels=3, height=64, width=64)
    x = d.add(
        "Conv2d",
        x,
        name="conv1",
        out_channels=64,
        kernel_size=4,
        stride=2,
        padding="custom",
        pad=1,
        bias=False,
        learning=BEGIN,
    )
    x = d.add("LeakyReLU", x, name="relu1", negative_slope=0.2)
    for step, channels in enumerate((128, 256, 512), start=2):
        x = d.use(block, x, name=f"shrink{step}", channels=channels)
    x = d.add(
        "Conv2d", x, name="conv5", out_channels=1, kernel_size=4, padding="valid", bias=False, learning=BEGIN
    )
    d.add("Output", d.add("Flatten", x, name="flatten"), name="real", loss="binary_cross_entropy")
    d.note(
        "Discriminator of DCGAN: 2,765,568 parameters, counted from the code of the PyTorch tutorial “DCGAN Tutorial”"
        " (ndf = 64, nc = 3): 16 · (3 · 64 + 64 · 128 + 128 · 256 + 256 · 512 + 512) + 2 · (128 + 256 +"
        " 512). The sigmoid"
        f" at its end is in the loss here.\n{REFERENCE}"
    )
    return d


PROJECTS = {
    "architectures/dcgan_generator": generator,
    "architectures/dcgan_discriminator": discriminator,
}
