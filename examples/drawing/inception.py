"""GoogLeNet, as torchvision has it without its two auxiliary heads (Szegedy et al., Going deeper with"
" convolutions, 2014)."""

from __future__ import annotations

from drawing import Drawing, number, whole
from normed import conv_norm

SIZES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""Channels of each module, in the order of the paper's table 1."""

NORM = {"eps": "=eps"}


def inception(d: Drawing) -> Drawing:
    """Four branches of different reach, side by side."""
    convolution = d.once(conv_norm)
    b = d.block(
        "Inception",
        "Looks at the same place with windows of different sizes and puts the answers side by side."
        "\nEach branch is first narrowed by a 1 × 1 convolution, which keeps the wide windows cheap. The branch that is"
        " 5 × 5 in the paper has 3 × 3 kernels in torchvision; kernel says which."
        " Szegedy et al., Going deeper with convolutions, 2014.",
        ch1x1=whole(64, "Channels of the 1 × 1 branch.", label="1 × 1"),
        ch3x3red=whole(96, "Channels to which the 3 × 3 branch is narrowed.", label="3 × 3, narrowed to"),
        ch3x3=whole(128, "Channels of the 3 × 3 branch.", label="3 × 3"),
        ch5x5red=whole(16, "Channels to which the wide branch is narrowed.", label="5 × 5, narrowed to"),
        ch5x5=whole(32, "Channels of the wide branch.", label="5 × 5"),
        pool_proj=whole(32, "Channels of the branch with the pooling.", label="Pooling"),
        kernel=whole(5, "Height and width of the wide branch's kernel.", most=15),
        eps=number(1e-3, "Added to the variance before the root.", 0.0, 1.0, label="Epsilon"),
    )
    x = b.enter(example="channel 192, height 14, width 14")
    one = b.use(convolution, x, name="branch1", channels="=ch1x1", kernel=1, **NORM)
    three = b.use(convolution, x, name="branch2_narrow", channels="=ch3x3red", kernel=1, **NORM)
    three = b.use(convolution, three, name="branch2", channels="=ch3x3", kernel=3, **NORM)
    five = b.use(convolution, x, name="branch3_narrow", channels="=ch5x5red", kernel=1, **NORM)
    five = b.use(convolution, five, name="branch3", channels="=ch5x5", kernel="=kernel", **NORM)
    pool = b.add("MaxPool2d", x, name="branch4_pool", kernel_size=3, stride=1, padding=1, ceil_mode=True)
    pool = b.use(convolution, pool, name="branch4", channels="=pool_proj", kernel=1, **NORM)
    b.leave(b.add("Concatenate", one, three, five, pool, name="concat", inputs=4))
    return b


def googlenet() -> Drawing:
    d = Drawing("googlenet")
    module = d.once(inception)
    convolution = d.once(conv_norm)
    pooled = {"kernel_size": 3, "stride": 2, "ceil_mode": True}
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = d.use(convolution, x, name="conv1", channels=64, kernel=7, stride=2, eps=1e-3)
    x = d.add("MaxPool2d", x, name="pool1", **pooled)
    x = d.use(convolution, x, name="conv2", channels=64, kernel=1, eps=1e-3)
    x = d.use(convolution, x, name="conv3", channels=192, eps=1e-3)
    x = d.add("MaxPool2d", x, name="pool2", **pooled)
    for name, sizes in SIZES.items():
        if name == "4a":
            x = d.add("MaxPool2d", x, name="pool3", **pooled)
        elif name == "5a":
            x = d.add("MaxPool2d", x, name="pool4", kernel_size=2, stride=2, ceil_mode=True)
        names = ("ch1x1", "ch3x3red", "ch3x3", "ch5x5red", "ch5x5", "pool_proj")
        x = d.use(module, x, name=f"inception{name}", **dict(zip(names, sizes, strict=True)), kernel=3)
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    x = d.add("Dropout", x, name="dropout", p=0.2)
    d.add("Output", d.add("Linear", x, name="fc", out_features=1000), name="output")
    d.note(
        "GoogLeNet: 6,624,904 parameters and 1.498 G multiply-accumulates, as torchvision documents for its"
        " model of that name (_ops in github.com/pytorch/vision, torchvision/models/googlenet.py);"
        " the two auxiliary heads, which are there only while it learns, are left out.\n"
        "Szegedy et al.: Going deeper with convolutions, 2014; batch normalization as in Ioffe, Szegedy, 2015."
    )
    return d


def library() -> Drawing:
    d = Drawing("library")
    d.once(inception)
    return d


PROJECTS = {"architectures/googlenet": googlenet, "blocks/inception": library}
