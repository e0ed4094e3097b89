"""Convolutions with normalization and activation, the step that most networks for images repeat."""

from __future__ import annotations

from drawing import Drawing, Value, choice, number, whole

ACTIVATIONS = {"relu": "ReLU", "relu6": "ReLU6", "silu": "SiLU", "hardswish": "Hardswish", "gelu": "GELU"}


def activation(b: Drawing, x: Value, among: tuple[str, ...] = tuple(ACTIVATIONS)) -> Value:
    """The activation that the block's parameter of that name chooses; those not chosen are bypassed."""
    for word in among:
        x = b.add(ACTIVATIONS[word], x, name=word, bypass=f'=activation != "{word}"')
    return x


def conv_norm(d: Drawing) -> Drawing:
    b = d.block(
        "Conv-norm-activation",
        "Convolution, batch normalization and activation."
        "\nThe size stays where the stride is 1: the padding follows the kernel. The convolution has no bias, which the"
        " normalization would take away again. Ioffe, Szegedy: Batch normalization, 2015.",
        channels=whole(64, "Channels that leave."),
        kernel=whole(3, "Height and width of the kernel; an odd number keeps the size.", most=31),
        stride=whole(1, "2 halves height and width.", most=16),
        dilation=whole(1, "Distance between the taps of the kernel.", most=64),
        groups=whole(
            1, "Groups of channels that do not mix; as many as channels is a depthwise convolution."
        ),
        activation=choice((*ACTIVATIONS, "none"), "What follows the normalization."),
        eps=number(1e-5, "Added to the variance before the root.", 0.0, 1.0, label="Epsilon"),
    )
    x = b.enter(example="channel 64, height 14, width 14")
    x = b.add(
        "Conv2d",
        x,
        name="conv",
        out_channels="=channels",
        kernel_size="=kernel",
        stride="=stride",
        padding="custom",
        pad="=dilation * (kernel - 1) // 2",
        dilation="=dilation",
        groups="=groups",
        bias=False,
    )
    x = b.add("BatchNorm2d", x, name="norm", eps="=eps")
    b.leave(activation(b, x))
    return b


def separable(d: Drawing) -> Drawing:
    convolution = d.once(conv_norm)
    b = d.block(
        "Separable convolution",
        "A depthwise convolution looks around in each channel, a 1 × 1 convolution mixes the channels."
        "\nMuch cheaper than one convolution that does both. Howard et al., MobileNets, 2017; Chollet, Xception, 2016.",
        channels=whole(64, "Channels that leave."),
        kernel=whole(3, "Height and width of the depthwise kernel.", most=31),
        stride=whole(1, "2 halves height and width.", most=16),
        activation=choice((*ACTIVATIONS, "none"), "What follows each of the two."),
    )
    x = b.enter(example="channel 32, height 14, width 14")
    x = b.use(
        convolution,
        x,
        name="depthwise",
        channels="=in_channels",
        kernel="=kernel",
        stride="=stride if index == 0 else 1",
        groups="=in_channels",
        activation="=activation",
    )
    b.leave(b.use(convolution, x, name="pointwise", channels="=channels", kernel=1, activation="=activation"))
    return b


def conv_norm_library() -> Drawing:
    d = Drawing("library")
    d.once(conv_norm)
    return d


def separable_library() -> Drawing:
    d = Drawing("library")
    d.once(separable)
    return d


PROJECTS = {
    "blocks/conv-norm-activation": conv_norm_library,
    "blocks/separable-convolution": separable_library,
}
