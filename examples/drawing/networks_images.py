"""Networks that tell what is in an image, from LeNet to DenseNet, small enough for a processor (numbers 6 to 12).

The data are the digits that come with the program, enlarged inside the network to the size that each was made for.
"""

from __future__ import annotations

from drawing import Drawing, Value
from networks_first import HERE
from residual import basic_block

ENLARGED = (
    "Here with the digits of 8 × 8 pixels that come with the program, enlarged to {size} × {size} by the first layer:"
    " leave that out for images that are so large already."
)
AUGMENTED = " Augmentation and schedules of the learning rate are not part of the program yet."
SAME = {"padding": "custom", "pad": 1}


def digits(d: Drawing, size: int) -> Value:
    """The digits, enlarged."""
    d.read("digits", HERE)
    x = d.add("ImageInput", name="image")
    return d.add("Upsample", x, name="enlarge", by="size", size=str(size), mode="linear")


def scores(d: Drawing, x: Value) -> None:
    d.add("Output", d.add("Linear", x, name="scores", out_features=10), name="output", loss="cross_entropy")


def note(d: Drawing, text: str, size: int, augmented: bool = True) -> None:
    d.note(f"{text} {ENLARGED.format(size=size)}{AUGMENTED if augmented else ''}")


def lenet5() -> Drawing:
    d = Drawing("lenet5")
    begin = {"weight": "xavier_uniform"}
    x = digits(d, 28)
    x = d.add("Conv2d", x, name="conv1", out_channels=6, kernel_size=5, padding="same", learning=begin)
    x = d.add("AvgPool2d", d.add("Sigmoid", x, name="sigmoid1"), name="pool1")
    x = d.add("Conv2d", x, name="conv2", out_channels=16, kernel_size=5, padding="valid", learning=begin)
    x = d.add(
        "Flatten", d.add("AvgPool2d", d.add("Sigmoid", x, name="sigmoid2"), name="pool2"), name="flatten"
    )
    for number, width in ((3, 120), (4, 84)):
        x = d.add("Linear", x, name=f"linear{number}", out_features=width, learning=begin)
        x = d.add("Tanh", x, name=f"tanh{number}")
    scores(d, x)
    d.plan(learning_rate=0.003)
    note(
        d,
        "LeNet-5, with average pooling and the saturating activations of its time: sigmoids after the convolutions,"
        " tanhs after the dense layers.\nLeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document"
        " recognition, 1998; after Dive into deep learning, 7.6.",
        28,
        augmented=False,
    )
    return d


def convnet() -> Drawing:
    d = Drawing("convnet")
    x = digits(d, 32)
    for number, channels in ((1, 16), (2, 32)):
        x = d.add("Conv2d", x, name=f"conv{number}", out_channels=channels, padding="valid")
        x = d.add("MaxPool2d", d.add("ReLU", x, name=f"relu{number}"), name=f"pool{number}")
    x = d.add("Dropout", x, name="dropout1", p=0.25)
    x = d.add("Linear", d.add("Flatten", x, name="flatten"), name="linear", out_features=64)
    x = d.add("Dropout", d.add("ReLU", x, name="relu3"), name="dropout2", p=0.5)
    x = d.add("Linear", x, name="scores", out_features=10)
    d.add("Output", d.add("LogSoftmax", x, name="log_softmax"), name="output", loss="cross_entropy")
    note(
        d,
        "A small convolutional network. It ends in a log-softmax; cross-entropy of the scores before it is the same"
        " as the negative log-likelihood (NLL) of what it gives.\nAfter pytorch/examples mnist, the CIFAR-10 tutorial"
        " of PyTorch and keras.io, mnist_convnet.",
        32,
    )
    return d


def alexnet() -> Drawing:
    d = Drawing("alexnet")
    x = digits(d, 96)
    x = d.add("Conv2d", x, name="conv1", out_channels=16, kernel_size=11, stride=4, padding="custom", pad=2)
    x = d.add("MaxPool2d", d.add("ReLU", x, name="relu1"), name="pool1", kernel_size=3, stride=2)
    x = d.add("Conv2d", x, name="conv2", out_channels=32, kernel_size=5, padding="custom", pad=2)
    x = d.add("MaxPool2d", d.add("ReLU", x, name="relu2"), name="pool2", kernel_size=3, stride=2)
    for number, channels in ((3, 64), (4, 48), (5, 48)):
        x = d.add("Conv2d", x, name=f"conv{number}", out_channels=channels, kernel_size=3, **SAME)
        x = d.add("ReLU", x, name=f"relu{number}")
    x = d.add("MaxPool2d", x, name="pool5", kernel_size=3, stride=2)
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool", output_size=1), name="flatten")
    for number in (6, 7):
        x = d.add(
            "Linear", d.add("Dropout", x, name=f"dropout{number}"), name=f"linear{number}", out_features=96
        )
        x = d.add("ReLU", x, name=f"relu{number}")
    scores(d, x)
    note(
        d,
        "AlexNet with few channels.\nKrizhevsky, Sutskever, Hinton: ImageNet classification with deep"
        " convolutional neural networks, 2012; after Dive into deep learning, 8.1.",
        96,
    )
    return d


def vgg() -> Drawing:
    d = Drawing("vgg")
    step = d.block("Conv ReLU", "A 3 × 3 convolution and ReLU.", channels=64)
    x = step.enter(example="channel 64, height 32, width 32")
    x = step.add("Conv2d", x, name="conv", out_channels="=channels", kernel_size=3, **SAME)
    step.leave(step.add("ReLU", x, name="relu"))
    block = d.block("VGG block", "Some 3 × 3 convolutions, then half the size.", channels=64, convolutions=2)
    x = block.enter(example="channel 64, height 32, width 32")
    x = block.use(step, x, name="convs", channels="=channels", repeat="=convolutions")
    block.leave(block.add("MaxPool2d", x, name="pool"))
    x = digits(d, 32)
    for number, (channels, count) in enumerate(((8, 1), (16, 1), (32, 2), (48, 2), (48, 2)), start=1):
        x = d.use(block, x, name=f"block{number}", channels=channels, convolutions=count)
    x = d.add("Flatten", x, name="flatten")
    for number in (1, 2):
        x = d.add("Linear", x, name=f"linear{number}", out_features=96)
        x = d.add("Dropout", d.add("ReLU", x, name=f"relu{number}"), name=f"dropout{number}")
    scores(d, x)
    note(
        d,
        "VGG-11 with few channels: the same block five times, with parameters of its own.\nSimonyan, Zisserman: Very"
        " deep convolutional networks for large-scale image recognition, 2014; after Dive into deep learning, 8.2.",
        32,
    )
    return d


def nin() -> Drawing:
    d = Drawing("nin")
    inner = d.block("Mlpconv", "A 1 × 1 convolution and ReLU: a dense layer at every pixel.", channels=96)
    x = inner.enter(example="channel 96, height 22, width 22")
    x = inner.add("Conv2d", x, name="conv", out_channels="=channels", kernel_size=1, padding="valid")
    inner.leave(inner.add("ReLU", x, name="relu"))
    block = d.block(
        "NiN block",
        "A convolution followed by two of 1 × 1.",
        channels=96,
        kernel=3,
        stride=1,
        pad=1,
    )
    x = block.enter(example="channel 3, height 96, width 96")
    x = block.add(
        "Conv2d",
        x,
        name="conv",
        out_channels="=channels",
        kernel_size="=kernel",
        stride="=stride",
        padding="custom",
        pad="=pad",
    )
    x = block.add("ReLU", x, name="relu")
    block.leave(block.use(inner, x, name="pixelwise", channels="=channels", repeat=2))
    x = digits(d, 112)
    for number, (channels, kernel, stride, pad) in enumerate(
        ((24, 11, 4, 0), (48, 5, 1, 2), (64, 3, 1, 1)), 1
    ):
        x = d.use(block, x, name=f"nin{number}", channels=channels, kernel=kernel, stride=stride, pad=pad)
        x = d.add("MaxPool2d", x, name=f"pool{number}", kernel_size=3, stride=2)
    x = d.use(block, d.add("Dropout", x, name="dropout"), name="nin4", channels=10)
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    d.add("Output", x, name="output", loss="cross_entropy")
    note(
        d,
        "Network in network: no dense layer; each of the last ten channels is averaged to the score of a class.\nLin,"
        " Chen, Yan: Network in network, 2013; after Dive into deep learning, 8.3. With fewer channels.",
        112,
        augmented=False,
    )
    return d


def conv_bn(d: Drawing) -> Drawing:
    """Convolution, batch normalization, ReLU; the size stays unless there is a stride."""
    b = d.block(
        "Conv BN ReLU", "A convolution, batch normalization and ReLU.", channels=64, kernel=3, stride=1
    )
    x = b.enter(example="channel 64, height 28, width 28")
    x = b.add(
        "Conv2d",
        x,
        name="conv",
        out_channels="=channels",
        kernel_size="=kernel",
        stride="=stride",
        padding="custom",
        pad="=kernel // 2",
        bias=False,
    )
    b.leave(b.add("ReLU", b.add("BatchNorm2d", x, name="norm"), name="relu"))
    return b


def googlenet() -> Drawing:
    d = Drawing("googlenet")
    conv = conv_bn(d)
    inception = d.block(
        "Inception",
        "Four branches of different reach, side by side.",
        one=16,
        three_before=24,
        three=32,
        five_before=4,
        five=8,
        pooled=8,
    )
    x = inception.enter(example="channel 48, height 6, width 6")
    one = inception.use(conv, x, name="one", channels="=one", kernel=1)
    three = inception.use(conv, x, name="three_before", channels="=three_before", kernel=1)
    three = inception.use(conv, three, name="three", channels="=three")
    five = inception.use(conv, x, name="five_before", channels="=five_before", kernel=1)
    five = inception.use(conv, five, name="five", channels="=five", kernel=5)
    pool = inception.add("MaxPool2d", x, name="pool", kernel_size=3, stride=1, padding=1)
    pool = inception.use(conv, pool, name="pooled", channels="=pooled", kernel=1)
    inception.leave(inception.add("Concatenate", one, three, five, pool, name="concat", inputs=4))

    halved = {"kernel_size": 3, "stride": 2, "padding": 1}
    x = digits(d, 96)
    x = d.use(conv, x, name="stem1", channels=16, kernel=7, stride=2)
    x = d.use(conv, d.add("MaxPool2d", x, name="pool1", **halved), name="stem2", channels=16, kernel=1)
    x = d.use(conv, x, name="stem3", channels=48)
    x = d.use(inception, d.add("MaxPool2d", x, name="pool2", **halved), name="inception3a")
    x = d.use(
        inception, x, name="inception3b", one=32, three_before=32, three=48, five_before=8, five=24, pooled=16
    )
    x = d.use(inception, d.add("MaxPool2d", x, name="pool3", **halved), name="inception4a", one=48, three=52)
    side = d.add("AdaptiveAvgPool2d", x, name="side_pool", output_size=2)
    side = d.add("Flatten", d.use(conv, side, name="side_conv", channels=32, kernel=1), name="side_flatten")
    side = d.add("ReLU", d.add("Linear", side, name="side_linear", out_features=64), name="side_relu")
    side = d.add(
        "Linear", d.add("Dropout", side, name="side_dropout", p=0.7), name="side_scores", out_features=10
    )
    x = d.use(inception, x, name="inception4b", one=40, three_before=28, three=56, five=16, pooled=16)
    x = d.add("MaxPool2d", x, name="pool4", **halved)
    x = d.use(inception, x, name="inception5a", three=48)
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    scores(d, d.add("Dropout", x, name="dropout", p=0.4))
    d.add("Output", side, name="side_output", loss="cross_entropy", weight=0.3)
    note(
        d,
        "GoogLeNet with four inception modules, few channels, batch normalization and one of its auxiliary"
        " classifiers: a second output half way, whose loss counts 0.3.\nSzegedy et al.: Going deeper with"
        " convolutions, 2014; after Dive into deep learning, 8.4.",
        96,
    )
    return d


def resnet() -> Drawing:
    d = Drawing("resnet")
    block = basic_block(d)
    x = digits(d, 32)
    x = d.add("Conv2d", x, name="conv1", out_channels=12, kernel_size=3, bias=False, **SAME)
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="bn1"), name="relu1")
    x = d.add("MaxPool2d", x, name="pool1", kernel_size=3, stride=2, padding=1)
    for number, channels in enumerate((12, 24, 48), start=1):
        x = d.use(block, x, name=f"stage{number}", channels=channels, stride=min(number, 2), repeat=2)
    scores(d, d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten"))
    note(
        d,
        "A small residual network: three stages of two basic blocks. Where the shape stays, the way around is"
        " bypassed (an identity).\nHe, Zhang, Ren, Sun: Deep residual learning for image recognition, 2015; after"
        " Dive into deep learning, 8.6.",
        32,
    )
    return d


def densenet() -> Drawing:
    d = Drawing("densenet")
    layer = d.block("Dense layer", "A few new channels, put beside all those before.", growth=8)
    x = layer.enter(example="channel 16, height 16, width 16")
    y = layer.add("ReLU", layer.add("BatchNorm2d", x, name="norm"), name="relu")
    y = layer.add("Conv2d", y, name="conv", out_channels="=growth", kernel_size=3, **SAME)
    layer.leave(layer.add("Concatenate", x, y, name="concat"))
    between = d.block("Transition", "Half the channels, half the size.")
    x = between.enter(example="channel 40, height 16, width 16")
    x = between.add("ReLU", between.add("BatchNorm2d", x, name="norm"), name="relu")
    x = between.add(
        "Conv2d", x, name="conv", out_channels="=in_channels // 2", kernel_size=1, padding="valid"
    )
    between.leave(between.add("AvgPool2d", x, name="pool"))
    x = digits(d, 32)
    x = d.add("Conv2d", x, name="conv1", out_channels=16, kernel_size=3, bias=False, **SAME)
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="norm1"), name="relu1")
    x = d.add("MaxPool2d", x, name="pool1", kernel_size=3, stride=2, padding=1)
    for number in (1, 2, 3):
        x = d.use(layer, x, name=f"dense{number}", repeat=3)
        if number < 3:
            x = d.use(between, x, name=f"transition{number}")
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="norm2"), name="relu2")
    scores(d, d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten"))
    note(
        d,
        "A small DenseNet: three dense blocks of three layers, each layer sees all before it.\nHuang, Liu, van der"
        " Maaten, Weinberger: Densely connected convolutional networks, 2016; after Dive into deep learning, 8.7.",
        32,
        augmented=False,
    )
    return d


PROJECTS = {
    "networks/06-lenet5": lenet5,
    "networks/07-convnet": convnet,
    "networks/08a-alexnet": alexnet,
    "networks/08b-vgg": vgg,
    "networks/09-nin": nin,
    "networks/10-googlenet": googlenet,
    "networks/11-resnet": resnet,
    "networks/12-densenet": densenet,
}
