"""The first convolutional networks for images: LeNet-5, AlexNet and VGG-16 (chains, without branches)."""

from __future__ import annotations

from drawing import Drawing, Value, whole


def lenet5() -> Drawing:
    d = Drawing("lenet5")
    x = d.add("ImageInput", name="image", channels=1, height=32, width=32)
    x = d.add("Conv2d", x, name="c1", out_channels=6, kernel_size=5, padding="valid")
    x = d.add("AvgPool2d", d.add("Tanh", x, name="tanh1"), name="s2")
    x = d.add("Conv2d", x, name="c3", out_channels=16, kernel_size=5, padding="valid")
    x = d.add("AvgPool2d", d.add("Tanh", x, name="tanh2"), name="s4")
    x = d.add("Flatten", x, name="flatten")
    x = d.add("Tanh", d.add("Linear", x, name="c5", out_features=120), name="tanh3")
    x = d.add("Tanh", d.add("Linear", x, name="f6", out_features=84), name="tanh4")
    d.add("Output", d.add("Linear", x, name="fc", out_features=10), name="output")
    d.note(
        "LeNet-5: 61,706 parameters, 416,520 multiply-accumulates; counted from the layers of the paper as it is taught"
        " today (Zhang et al., Dive into deep learning, section 7.6): C3 sees all maps of S2, pooling has no"
        " weights, and"
        " a linear layer takes the place of the radial basis functions, each of which the paper has otherwise.\n"
        "LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998."
    )
    return d


def alexnet() -> Drawing:
    d = Drawing("alexnet")
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = _convolution(d, x, 1, 64, kernel_size=11, stride=4, pad=2)
    x = d.add("MaxPool2d", x, name="pool1", kernel_size=3, stride=2)
    x = _convolution(d, x, 2, 192, kernel_size=5, pad=2)
    x = d.add("MaxPool2d", x, name="pool2", kernel_size=3, stride=2)
    for number, channels in ((3, 384), (4, 256), (5, 256)):
        x = _convolution(d, x, number, channels, kernel_size=3, pad=1)
    x = d.add("MaxPool2d", x, name="pool5", kernel_size=3, stride=2)
    _classifier(d, d.add("AdaptiveAvgPool2d", x, name="avgpool", output_size=6), dropout_first=True)
    d.note(
        "AlexNet: 61,100,840 parameters and 0.714 G multiply-accumulates, as torchvision documents for its"
        " model of that name (_ops in github.com/pytorch/vision, torchvision/models/alexnet.py).\n"
        "Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014, which is"
        " the network of"
        " Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks, 2012, for one"
        " device."
    )
    return d


def _convolution(d: Drawing, x: Value, number: int, channels: int, **sizes: int) -> Value:
    x = d.add("Conv2d", x, name=f"conv{number}", out_channels=channels, padding="custom", **sizes)
    return d.add("ReLU", x, name=f"relu{number}")


def _classifier(d: Drawing, x: Value, dropout_first: bool) -> None:
    """Two wide linear layers with dropout, and the scores of the 1,000 classes."""
    x = d.add("Flatten", x, name="flatten")
    for number in (6, 7):
        if dropout_first:
            x = d.add("Dropout", x, name=f"drop{number}")
        x = d.add("ReLU", d.add("Linear", x, name=f"fc{number}", out_features=4096), name=f"relu{number}")
        if not dropout_first:
            x = d.add("Dropout", x, name=f"drop{number}")
    d.add("Output", d.add("Linear", x, name="fc8", out_features=1000), name="output")


def vgg_convolution(d: Drawing) -> Drawing:
    """The step that VGG repeats."""
    b = d.block(
        "VGG convolution",
        "A 3 × 3 convolution that keeps the size, and ReLU."
        "\nSimonyan, Zisserman: Very deep convolutional networks for large-scale image recognition, 2014.",
        channels=whole(64, "Channels that leave."),
    )
    x = b.enter(example="channel 3, height 32, width 32")
    x = b.add("Conv2d", x, name="conv", out_channels="=channels", kernel_size=3, padding="custom", pad=1)
    b.leave(b.add("ReLU", x, name="relu"))
    return b


def vgg16() -> Drawing:
    d = Drawing("vgg16")
    block = vgg_convolution(d)
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    for number, (channels, depth) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), start=1):
        x = d.use(block, x, name=f"stage{number}", channels=channels, repeat=depth)
        x = d.add("MaxPool2d", x, name=f"pool{number}")
    _classifier(d, d.add("AdaptiveAvgPool2d", x, name="avgpool", output_size=7), dropout_first=False)
    d.note(
        "VGG-16: 138,357,544 parameters and 15.47 G multiply-accumulates, as torchvision documents for its"
        " model of that name (_ops in github.com/pytorch/vision, torchvision/models/vgg.py);"
        " configuration D of the paper.\n"
        "Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition, 2014."
    )
    return d


PROJECTS = {
    "architectures/lenet5": lenet5,
    "architectures/alexnet": alexnet,
    "architectures/vgg16": vgg16,
}
