"""Networks for pictures in folders: depthwise convolutions and transfer learning (numbers 13 and 14)."""

from __future__ import annotations

from drawing import Drawing, Value
from networks_first import HERE
from networks_images import SAME

PICTURES = (
    "Learns from examples/data/shapes, a folder with discs and one with squares: choose your own folder with one"
    " folder per class (cats, dogs) as data. Bytes are rescaled to 0–1 by the preparation, inside the model."
    " Augmentation is not part of the program yet."
)
DEPTHWISE = {"groups": "=in_channels", "bias": False, **SAME}


def pictures(d: Drawing) -> Value:
    """Discs and squares, 48 × 48 in colour."""
    d.read("image_folder", HERE, path="../data/shapes", colour="colour")
    return d.add("ImageInput", name="image")


def separable(d: Drawing) -> Drawing:
    """ReLU, then a convolution of each channel by itself, then one across channels."""
    b = d.block(
        "Separable", "ReLU, a depthwise and a pointwise convolution, batch normalization.", channels=32
    )
    x = b.enter(example="channel 32, height 24, width 24")
    x = b.add("ReLU", x, name="relu")
    x = b.add("Conv2d", x, name="depthwise", out_channels="=in_channels", kernel_size=3, **DEPTHWISE)
    x = b.add("Conv2d", x, name="pointwise", out_channels="=channels", kernel_size=1, padding="valid")
    b.leave(b.add("BatchNorm2d", x, name="norm"))
    return b


def xception() -> Drawing:
    d = Drawing("xception")
    step = separable(d)
    module = d.block(
        "Xception module", "Two separable convolutions, half the size, and a way around.", channels=32
    )
    x = module.enter(example="channel 16, height 24, width 24")
    y = module.use(step, x, name="separable1", channels="=channels")
    y = module.use(step, y, name="separable2", channels="=channels")
    y = module.add("MaxPool2d", y, name="pool", kernel_size=3, stride=2, padding=1)
    around = module.add(
        "Conv2d", x, name="around", out_channels="=channels", kernel_size=1, stride=2, padding="valid"
    )
    module.leave(module.add("Add", y, around, name="add"))
    x = pictures(d)
    x = d.add("Conv2d", x, name="conv1", out_channels=16, kernel_size=3, stride=2, bias=False, **SAME)
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="norm1"), name="relu1")
    for number, channels in ((1, 24), (2, 32), (3, 48)):
        x = d.use(module, x, name=f"module{number}", channels=channels)
    x = d.add("ReLU", d.use(step, x, name="separable", channels=64), name="relu2")
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    x = d.add("Linear", d.add("Dropout", x, name="dropout", p=0.25), name="score", out_features=1)
    d.add("Output", x, name="output", loss="binary_cross_entropy")
    d.plan(batch_size=14, epochs=40)
    d.note(
        "A small Xception: convolutions of each channel by itself (groups = channels), then across channels;"
        " shortcuts around each module; one score for two classes.\nChollet: Xception, 2016; after keras.io,"
        f" image_classification_from_scratch. {PICTURES}"
    )
    return d


def mobilenet() -> Drawing:
    d = Drawing("mobilenet")
    block = d.block(
        "Inverted residual",
        "Widens, works on each channel by itself, narrows; a shortcut where the shape stays.",
        channels=16,
        expand=4,
        stride=1,
    )
    x = block.enter(example="channel 16, height 24, width 24")
    wide = "=in_channels * expand"
    y = block.add("Conv2d", x, name="expand", out_channels=wide, kernel_size=1, padding="valid", bias=False)
    y = block.add("ReLU6", block.add("BatchNorm2d", y, name="norm1"), name="relu1")
    y = block.add(
        "Conv2d",
        y,
        name="depthwise",
        out_channels=wide,
        kernel_size=3,
        stride="=stride if index == 0 else 1",
        **{**DEPTHWISE, "groups": wide},
    )
    y = block.add("ReLU6", block.add("BatchNorm2d", y, name="norm2"), name="relu2")
    y = block.add(
        "Conv2d", y, name="project", out_channels="=channels", kernel_size=1, padding="valid", bias=False
    )
    y = block.add("BatchNorm2d", y, name="norm3")
    differs = "=in_channels != channels or stride != 1 and index == 0"
    block.leave(block.add("Add", y, x, name="add", bypass=differs))
    x = pictures(d)
    x = d.add("Conv2d", x, name="conv1", out_channels=12, kernel_size=3, stride=2, bias=False, **SAME)
    x = d.add("ReLU6", d.add("BatchNorm2d", x, name="norm1"), name="relu1")
    for number, (channels, stride) in enumerate(((12, 1), (16, 2), (24, 2)), start=1):
        x = d.use(block, x, name=f"stage{number}", channels=channels, stride=stride, repeat=2)
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    x = d.add("Linear", d.add("Dropout", x, name="dropout", p=0.2), name="score", out_features=1)
    d.add("Output", x, name="output", loss="binary_cross_entropy")
    d.plan(batch_size=14, epochs=40)
    d.note(
        "A small MobileNetV2: inverted residuals with ReLU6 and depthwise convolutions; one score for two classes."
        "\nSandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2, 2018; used as in keras.io, deeplabv3_plus and"
        f" image_classification_from_scratch. {PICTURES}"
    )
    return d


def transfer() -> Drawing:
    d = Drawing("transfer-learning")
    block = d.block(
        "MBConv",
        "Widens, works on each channel by itself, weighs the channels, narrows (EfficientNet).",
        channels=16,
        expand=4,
        stride=1,
    )
    x = block.enter(example="channel 16, height 24, width 24")
    wide = "=in_channels * expand"
    y = block.add("Conv2d", x, name="expand", out_channels=wide, kernel_size=1, padding="valid", bias=False)
    y = block.add("SiLU", block.add("BatchNorm2d", y, name="norm1"), name="silu1")
    y = block.add(
        "Conv2d",
        y,
        name="depthwise",
        out_channels=wide,
        kernel_size=3,
        stride="=stride if index == 0 else 1",
        **{**DEPTHWISE, "groups": wide},
    )
    y = block.add("SiLU", block.add("BatchNorm2d", y, name="norm2"), name="silu2")
    gate = block.add("AdaptiveAvgPool2d", y, name="squeeze")
    gate = block.add(
        "Conv2d",
        gate,
        name="reduce",
        out_channels="=max(1, in_channels // 4)",
        kernel_size=1,
        padding="valid",
    )
    gate = block.add("SiLU", gate, name="silu3")
    gate = block.add("Conv2d", gate, name="widen", out_channels=wide, kernel_size=1, padding="valid")
    y = block.add("Multiply", y, block.add("Sigmoid", gate, name="gate"), name="scale")
    y = block.add(
        "Conv2d", y, name="project", out_channels="=channels", kernel_size=1, padding="valid", bias=False
    )
    y = block.add("BatchNorm2d", y, name="norm3")
    differs = "=in_channels != channels or stride != 1 and index == 0"
    block.leave(block.add("Add", y, x, name="add", bypass=differs))
    frozen = {"frozen": True}
    x = pictures(d)
    x = d.add(
        "Conv2d",
        x,
        name="stem",
        out_channels=12,
        kernel_size=3,
        stride=2,
        bias=False,
        learning=frozen,
        **SAME,
    )
    x = d.add("SiLU", d.add("BatchNorm2d", x, name="stem_norm", learning=frozen), name="stem_silu")
    for number, (channels, stride) in enumerate(((12, 1), (16, 2), (24, 2)), start=1):
        x = d.use(
            block,
            x,
            name=f"stage{number}",
            channels=channels,
            stride=stride,
            repeat=2,
            learning={"rate": 0.1} if number == 3 else frozen,
        )
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    x = d.add("Linear", d.add("Dropout", x, name="dropout", p=0.2), name="hidden", out_features=32)
    x = d.add("Linear", d.add("ReLU", x, name="relu"), name="scores", out_features=2)
    d.add("Output", x, name="output", loss="cross_entropy")
    d.plan(batch_size=14, epochs=40)
    d.note(
        "Transfer learning: the body (EfficientNet in small) is frozen, its last stage learns with a tenth of the"
        " learning rate, a new head learns with all of it.\nTan, Le: EfficientNet, 2019; after the tutorial of"
        " PyTorch on transfer learning, keras.io, image_classification_efficientnet_fine_tuning, and Dive into deep"
        " learning, 14.2. Weights of a published model cannot be loaded yet, so that the frozen body is a random one:"
        " train it unfrozen first and go on from that run, with other data and the body frozen."
        f" {PICTURES}"
    )
    return d


PROJECTS = {
    "networks/13a-xception": xception,
    "networks/13b-mobilenet": mobilenet,
    "networks/14-transfer-learning": transfer,
}
