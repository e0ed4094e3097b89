"""SqueezeNet 1.0, as torchvision has it (Iandola et al., SqueezeNet, 2016)."""

from __future__ import annotations

from drawing import Drawing, whole


def fire(d: Drawing) -> Drawing:
    b = d.block(
        "Fire",
        "A 1 × 1 convolution narrows; a 1 × 1 and a 3 × 3 convolution widen again, side by side."
        "\nMost of the weights are in the 3 × 3 convolution, so the fewer channels reach it the better."
        " Iandola et al., SqueezeNet, 2016.",
        squeeze=whole(16, "Channels after the first convolution."),
        expand1x1=whole(64, "Channels of the 1 × 1 convolution that widens.", label="1 × 1"),
        expand3x3=whole(64, "Channels of the 3 × 3 convolution that widens.", label="3 × 3"),
    )
    x = b.enter(example="channel 96, height 14, width 14")
    x = b.add("Conv2d", x, name="squeeze", out_channels="=squeeze", kernel_size=1, padding="valid")
    x = b.add("ReLU", x, name="relu")
    one = b.add("Conv2d", x, name="expand1x1", out_channels="=expand1x1", kernel_size=1, padding="valid")
    three = b.add(
        "Conv2d", x, name="expand3x3", out_channels="=expand3x3", kernel_size=3, padding="custom", pad=1
    )
    one, three = b.add("ReLU", one, name="relu1x1"), b.add("ReLU", three, name="relu3x3")
    b.leave(b.add("Concatenate", one, three, name="concat"))
    return b


def squeezenet1_0() -> Drawing:
    d = Drawing("squeezenet1_0")
    block = d.once(fire)
    pooled = {"kernel_size": 3, "stride": 2, "ceil_mode": True}
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = d.add("Conv2d", x, name="conv1", out_channels=96, kernel_size=7, stride=2, padding="valid")
    x = d.add("MaxPool2d", d.add("ReLU", x, name="relu1"), name="pool1", **pooled)
    for number, squeeze in enumerate((16, 16, 32, 32, 48, 48, 64, 64), start=2):
        x = d.use(
            block, x, name=f"fire{number}", squeeze=squeeze, expand1x1=4 * squeeze, expand3x3=4 * squeeze
        )
        if number in (4, 8):
            x = d.add("MaxPool2d", x, name=f"pool{number}", **pooled)
    x = d.add("Dropout", x, name="dropout")
    x = d.add("Conv2d", x, name="conv10", out_channels=1000, kernel_size=1, padding="valid")
    x = d.add("AdaptiveAvgPool2d", d.add("ReLU", x, name="relu10"), name="avgpool")
    d.add("Output", d.add("Flatten", x, name="flatten"), name="output")
    d.note(
        "SqueezeNet 1.0: 1,248,424 parameters and 0.819 G multiply-accumulates, as torchvision documents for"
        " its model of that name (_ops in github.com/pytorch/vision, torchvision/models/squeezenet.py).\n"
        "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer: SqueezeNet, AlexNet-level accuracy"
        " with 50x fewer"
        " parameters and <0.5MB model size, 2016."
    )
    return d


def library() -> Drawing:
    d = Drawing("library")
    d.once(fire)
    return d


PROJECTS = {"architectures/squeezenet1_0": squeezenet1_0, "blocks/fire": library}
