"""DenseNet-121, as torchvision has it (Huang et al., Densely connected convolutional networks, 2016)."""

from __future__ import annotations

from drawing import Drawing, whole

REFERENCE = "Huang, Liu, van der Maaten, Weinberger: Densely connected convolutional networks, 2016."


def dense_layer(d: Drawing) -> Drawing:
    b = d.block(
        "Dense layer",
        "Two convolutions make a few new channels, which are put beside all those before."
        f"\nRepeated, it is a dense block: every layer sees what all layers before it have found. {REFERENCE}",
        growth=whole(32, "New channels."),
        narrow=whole(4, "Width of the 1 × 1 convolution, in multiples of the new channels.", most=64),
    )
    x = b.enter(example="channel 64, height 14, width 14")
    y = b.add("ReLU", b.add("BatchNorm2d", x, name="norm1"), name="relu1")
    y = b.add(
        "Conv2d", y, name="conv1", out_channels="=narrow * growth", kernel_size=1, padding="valid", bias=False
    )
    y = b.add("ReLU", b.add("BatchNorm2d", y, name="norm2"), name="relu2")
    y = b.add(
        "Conv2d", y, name="conv2", out_channels="=growth", kernel_size=3, padding="custom", pad=1, bias=False
    )
    b.leave(b.add("Concatenate", x, y, name="concat"))
    return b


def dense_block(d: Drawing) -> Drawing:
    layer = d.once(dense_layer)
    b = d.block(
        "Dense block",
        f"Dense layers in a row: each puts its new channels beside all those before.\n{REFERENCE}",
        layers=whole(6, "How many layers.", most=200),
        growth=whole(32, "New channels of each layer."),
        narrow=whole(4, "Width of the 1 × 1 convolutions, in multiples of the new channels.", most=64),
    )
    x = b.enter(example="channel 64, height 14, width 14")
    b.leave(b.use(layer, x, name="layers", growth="=growth", narrow="=narrow", repeat="=layers"))
    return b


def transition(d: Drawing) -> Drawing:
    b = d.block(
        "Dense transition",
        f"Between two dense blocks: fewer channels and half the size.\n{REFERENCE}",
        divide=whole(2, "By how much the channels are divided.", most=16),
    )
    x = b.enter(example="channel 256, height 14, width 14")
    x = b.add("ReLU", b.add("BatchNorm2d", x, name="norm"), name="relu")
    x = b.add(
        "Conv2d",
        x,
        name="conv",
        out_channels="=in_channels // divide",
        kernel_size=1,
        padding="valid",
        bias=False,
    )
    b.leave(b.add("AvgPool2d", x, name="pool"))
    return b


def densenet121() -> Drawing:
    d = Drawing("densenet121")
    layer, between = d.once(dense_layer), d.once(transition)
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = d.add(
        "Conv2d",
        x,
        name="conv0",
        out_channels=64,
        kernel_size=7,
        stride=2,
        padding="custom",
        pad=3,
        bias=False,
    )
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="norm0"), name="relu0")
    x = d.add("MaxPool2d", x, name="pool0", kernel_size=3, stride=2, padding=1)
    for number, layers in enumerate((6, 12, 24, 16), start=1):
        x = d.use(layer, x, name=f"denseblock{number}", repeat=layers)
        if number < 4:
            x = d.use(between, x, name=f"transition{number}")
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="norm5"), name="relu5")
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    d.add("Output", d.add("Linear", x, name="classifier", out_features=1000), name="output")
    d.note(
        "DenseNet-121: 7,978,856 parameters and 2.834 G multiply-accumulates, as torchvision documents for its model of"
        " that name (_ops in github.com/pytorch/vision, torchvision/models/densenet.py).\n"
        f"{REFERENCE}"
    )
    return d


def library() -> Drawing:
    d = Drawing("library")
    d.once(dense_block)
    d.once(transition)
    return d


PROJECTS = {"architectures/densenet121": densenet121, "blocks/dense-block": library}
