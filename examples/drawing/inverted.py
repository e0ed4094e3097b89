"""Small networks of inverted residuals: MobileNetV2 and EfficientNet-B0, as torchvision has them."""

from __future__ import annotations

from drawing import Drawing, choice, number, whole
from normed import activation, conv_norm

RESIDUAL = "in_channels == channels and (stride == 1 or index > 0)"
"""Whether what entered can be added to what comes out."""


def squeeze_excitation(d: Drawing) -> Drawing:
    b = d.block(
        "Squeeze-excitation",
        "Weighs every channel by what is seen in the whole image."
        "\nThe mean of each channel goes through two small layers to a gate between 0 and 1 per channel."
        " Hu et al., Squeeze-and-excitation networks, 2017.",
        squeeze=whole(
            16, "Channels between the two layers; a quarter or a sixteenth of what arrives is usual."
        ),
        activation=choice(("relu", "silu"), "What follows the first layer."),
        gate=choice(("sigmoid", "hardsigmoid"), "What makes the gate; MobileNetV3 takes the hard one."),
    )
    x = b.enter(example="channel 64, height 14, width 14")
    y = b.add("AdaptiveAvgPool2d", x, name="pool")
    y = b.add("Conv2d", y, name="fc1", out_channels="=squeeze", kernel_size=1, padding="valid")
    y = activation(b, y, ("relu", "silu"))
    y = b.add("Conv2d", y, name="fc2", out_channels="=in_channels", kernel_size=1, padding="valid")
    y = b.add("Sigmoid", y, name="sigmoid", bypass='=gate != "sigmoid"')
    y = b.add("Hardsigmoid", y, name="hardsigmoid", bypass='=gate != "hardsigmoid"')
    b.leave(b.add("Multiply", x, y, name="scale"))
    return b


def inverted_residual(d: Drawing) -> Drawing:
    convolution, squeeze = d.once(conv_norm), d.once(squeeze_excitation)
    b = d.block(
        "Inverted residual",
        "Widens, works depthwise, narrows again; a shortcut around it where the shape stays."
        "\nThe steps before and after the depthwise one are 1 × 1 convolutions. With ReLU6 and without"
        " squeeze-excitation the block of MobileNetV2; with them the block of MobileNetV3"
        " and, with SiLU, of EfficientNet (MBConv). Only the first repetition has the stride."
        " Sandler et al., MobileNetV2, 2018; Tan, Le: EfficientNet, 2019.",
        channels=whole(32, "Channels that leave."),
        expand=number(6.0, "How many times wider it is inside; 1 leaves the first step out.", 1.0, 16.0),
        kernel=whole(3, "Height and width of the depthwise kernel.", most=31),
        stride=whole(1, "2 halves height and width.", most=16),
        squeeze=number(
            0.0,
            "Width of the squeeze-excitation as a share of the channels that enter; 0 leaves it out.",
            0.0,
            4.0,
        ),
        activation=choice(
            ("relu6", "relu", "silu", "hardswish"), "What follows all convolutions but the last."
        ),
        gate=choice(("sigmoid", "hardsigmoid"), "The gate of the squeeze-excitation."),
        drop_path=number(
            0.0, "How often the block is skipped while it learns (stochastic depth).", 0.0, 0.99
        ),
        drop_step=number(0.0, "How much more often from one repetition to the next.", 0.0, 0.5),
    )
    x = b.enter(example="channel 32, height 14, width 14")
    wide = "=round(in_channels * expand)"
    y = b.use(
        convolution,
        x,
        name="expand",
        channels=wide,
        kernel=1,
        activation="=activation",
        bypass="=expand == 1",
    )
    y = b.use(
        convolution,
        y,
        name="depthwise",
        channels=wide,
        kernel="=kernel",
        stride="=stride if index == 0 else 1",
        groups=wide,
        activation="=activation",
    )
    y = b.use(
        squeeze,
        y,
        name="squeeze",
        squeeze="=max(1, int(in_channels * squeeze))",
        activation='="silu" if activation == "silu" else "relu"',
        gate="=gate",
        bypass="=squeeze == 0",
    )
    y = b.use(convolution, y, name="project", channels="=channels", kernel=1, activation="none")
    y = b.add(
        "DropPath",
        y,
        name="drop_path",
        p="=round(drop_path + drop_step * index, 6)",
        bypass=f"=drop_path == 0 and drop_step == 0 or not ({RESIDUAL})",
    )
    b.leave(b.add("Add", y, x, name="residual", bypass=f"=not ({RESIDUAL})"))
    return b


def mobilenet_v2() -> Drawing:
    d = Drawing("mobilenet_v2")
    block, convolution = d.once(inverted_residual), d.once(conv_norm)
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = d.use(convolution, x, name="stem", channels=32, stride=2, activation="relu6")
    settings = (
        (1.0, 16, 1, 1),
        (6.0, 24, 2, 2),
        (6.0, 32, 3, 2),
        (6.0, 64, 4, 2),
        (6.0, 96, 3, 1),
        (6.0, 160, 3, 2),
        (6.0, 320, 1, 1),
    )
    for position, (expand, channels, depth, stride) in enumerate(settings, start=1):
        x = d.use(
            block,
            x,
            name=f"stage{position}",
            channels=channels,
            expand=expand,
            stride=stride,
            repeat=depth,
        )
    x = d.use(convolution, x, name="head", channels=1280, kernel=1, activation="relu6")
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    x = d.add("Dropout", x, name="dropout", p=0.2)
    d.add("Output", d.add("Linear", x, name="fc", out_features=1000), name="output")
    d.note(
        "MobileNetV2: 3,504,872 parameters and 0.301 G multiply-accumulates, as torchvision documents for its model of"
        " that name (_ops in github.com/pytorch/vision, torchvision/models/mobilenetv2.py).\n"
        "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2, inverted residuals and linear"
        " bottlenecks, 2018."
    )
    return d


def efficientnet_b0() -> Drawing:
    d = Drawing("efficientnet_b0")
    block, convolution = d.once(inverted_residual), d.once(conv_norm)
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = d.use(convolution, x, name="stem", channels=32, stride=2, activation="silu")
    settings = (
        (1.0, 3, 1, 16, 1),
        (6.0, 3, 2, 24, 2),
        (6.0, 5, 2, 40, 2),
        (6.0, 3, 2, 80, 3),
        (6.0, 5, 1, 112, 3),
        (6.0, 5, 2, 192, 4),
        (6.0, 3, 1, 320, 1),
    )
    before, step = 0, 0.2 / 16
    for position, (expand, kernel, stride, channels, depth) in enumerate(settings, start=1):
        x = d.use(
            block,
            x,
            name=f"stage{position}",
            channels=channels,
            expand=expand,
            kernel=kernel,
            stride=stride,
            squeeze=0.25,
            activation="silu",
            drop_path=round(step * before, 6),
            drop_step=step,
            repeat=depth,
        )
        before += depth
    x = d.use(convolution, x, name="head", channels=1280, kernel=1, activation="silu")
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    x = d.add("Dropout", x, name="dropout", p=0.2)
    d.add("Output", d.add("Linear", x, name="fc", out_features=1000), name="output")
    d.note(
        "EfficientNet-B0: 5,288,548 parameters and 0.386 G multiply-accumulates, as torchvision documents for its model"
        " of that name (_ops in github.com/pytorch/vision, torchvision/models/efficientnet.py).\n"
        "Tan, Le: EfficientNet, rethinking model scaling for convolutional neural networks, 2019."
    )
    return d


def squeeze_library() -> Drawing:
    d = Drawing("library")
    d.once(squeeze_excitation)
    return d


def library() -> Drawing:
    d = Drawing("library")
    d.once(inverted_residual)
    return d


PROJECTS = {
    "architectures/mobilenet_v2": mobilenet_v2,
    "architectures/efficientnet_b0": efficientnet_b0,
    "blocks/squeeze-excitation": squeeze_library,
    "blocks/inverted-residual": library,
}
