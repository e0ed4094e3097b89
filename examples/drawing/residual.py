"""Residual networks for images, as torchvision has them (He et al., Deep residual learning, 2015)."""

from __future__ import annotations

from drawing import Drawing, Value, whole

REFERENCE = "He, Zhang, Ren, Sun: Deep residual learning for image recognition, 2015."

FIRST = "=stride if index == 0 else 1"
"""Only the first block of a stage has a stride."""


def basic_block(d: Drawing) -> Drawing:
    """Two 3 × 3 convolutions and a shortcut."""
    b = d.block(
        "Basic block",
        "Two 3 × 3 convolutions and a shortcut around them."
        "\nWhere the shape changes, a 1 × 1 convolution stands in the shortcut. Only the first repetition"
        " has the stride."
        f" {REFERENCE}",
        channels=whole(64, "Channels that leave."),
        stride=whole(1, "2 halves height and width.", most=16),
    )
    x = b.enter(example="channel 64, height 14, width 14")
    y = b.add("Conv2d", x, name="conv1", out_channels="=channels", stride=FIRST, **PAD_1, bias=False)
    y = b.add("ReLU", b.add("BatchNorm2d", y, name="bn1"), name="relu1")
    y = b.add("Conv2d", y, name="conv2", out_channels="=channels", **PAD_1, bias=False)
    y = b.add("BatchNorm2d", y, name="bn2")
    b.leave(b.add("ReLU", b.add("Add", y, shortcut(b, x, "=channels"), name="add"), name="relu2"))
    return b


def bottleneck(d: Drawing) -> Drawing:
    """1 × 1, 3 × 3 and 1 × 1 convolutions and a shortcut; four times as many channels come out."""
    b = d.block(
        "Bottleneck",
        "A 1 × 1 convolution narrows, a 3 × 3 one works, a 1 × 1 one widens again; a shortcut around them."
        "\nWhere the shape changes, a 1 × 1 convolution stands in the shortcut. Only the first repetition"
        " has the stride."
        f" {REFERENCE}",
        channels=whole(64, "Channels in the middle; four times as many leave."),
        stride=whole(1, "2 halves height and width.", most=16),
    )
    x = b.enter(example="channel 256, height 14, width 14")
    y = b.add("Conv2d", x, name="conv1", out_channels="=channels", kernel_size=1, padding="valid", bias=False)
    y = b.add("ReLU", b.add("BatchNorm2d", y, name="bn1"), name="relu1")
    y = b.add("Conv2d", y, name="conv2", out_channels="=channels", stride=FIRST, **PAD_1, bias=False)
    y = b.add("ReLU", b.add("BatchNorm2d", y, name="bn2"), name="relu2")
    y = b.add(
        "Conv2d", y, name="conv3", out_channels="=channels * 4", kernel_size=1, padding="valid", bias=False
    )
    y = b.add("BatchNorm2d", y, name="bn3")
    b.leave(b.add("ReLU", b.add("Add", y, shortcut(b, x, "=channels * 4"), name="add"), name="relu3"))
    return b


PAD_1 = {"kernel_size": 3, "padding": "custom", "pad": 1}


def shortcut(b: Drawing, x: Value, channels: str) -> Value:
    """The way around: a projection where the shape changes."""
    same = f"=in_channels == {channels.removeprefix('=')} and stride == 1 or index > 0"
    y = b.add(
        "Conv2d",
        x,
        name="downsample",
        out_channels=channels,
        kernel_size=1,
        padding="valid",
        stride=FIRST,
        bias=False,
        bypass=same,
    )
    return b.add("BatchNorm2d", y, name="downsample_bn", bypass=same)


def _resnet(name: str, kind: str, depths: tuple[int, int, int, int], count: str, macs: str) -> Drawing:
    d = Drawing(name)
    block = basic_block(d) if kind == "basic" else bottleneck(d)
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = d.add("Conv2d", x, out_channels=64, kernel_size=7, stride=2, padding="custom", pad=3, bias=False)
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="bn1"))
    x = d.add("MaxPool2d", x, kernel_size=3, stride=2, padding=1)
    for number, depth in enumerate(depths):
        x = d.use(
            block,
            x,
            name=f"stage{number + 1}",
            channels=64 * 2**number,
            stride=1 if number == 0 else 2,
            repeat=depth,
        )
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, output_size=1))
    d.add("Output", d.add("Linear", x, name="fc", out_features=1000), name="output")
    d.note(
        f"{name}: {count} parameters and {macs} G multiply-accumulates, as torchvision documents for its model of"
        " that name (_ops in github.com/pytorch/vision, torchvision/models/resnet.py). "
        f"{REFERENCE}"
    )
    return d


def resnet18() -> Drawing:
    return _resnet("resnet18", "basic", (2, 2, 2, 2), "11,689,512", "1.814")


def resnet50() -> Drawing:
    return _resnet("resnet50", "bottleneck", (3, 4, 6, 3), "25,557,032", "4.089")


def library() -> Drawing:
    d = Drawing("library")
    d.once(basic_block)
    d.once(bottleneck)
    return d


PROJECTS = {
    "architectures/resnet18": resnet18,
    "architectures/resnet50": resnet50,
    "blocks/residual": library,
}
