"""Networks for pictures beyond one class per picture: 21 to 24 and 40 of the forty that newcomers build."""

from __future__ import annotations

from pathlib import Path

from drawing import Drawing, Value

HERE = Path(__file__).resolve().parent.parent / "networks"
SAME = {"kernel_size": 3, "padding": "same"}


def espcn() -> Drawing:
    d = Drawing("espcn")
    small = d.add("AvgPool2d", d.add("ImageInput", name="image"), kernel_size=2, stride=2, name="smaller")
    x = d.add(
        "ReLU",
        d.add("Conv2d", small, out_channels=64, kernel_size=5, padding="same", name="conv1"),
        name="relu1",
    )
    x = d.add("ReLU", d.add("Conv2d", x, out_channels=64, **SAME, name="conv2"), name="relu2")
    x = d.add("ReLU", d.add("Conv2d", x, out_channels=32, **SAME, name="conv3"), name="relu3")
    x = d.add("PixelShuffle", d.add("Conv2d", x, out_channels=4, **SAME, name="conv4"), factor=2)
    d.add("Output", x, name="large", loss="mse", target="image")
    d.read("digits", HERE)
    d.plan(epochs=20, batch_size=64, optimizer="adam", learning_rate=0.001)
    d.note(
        "Makes pictures twice as large: convolutions at the small size, then channels become finer pixels. After"
        " pytorch/examples, super_resolution (Shi et al., 2016). No source gives pairs of pictures, so the small"
        " picture is made here, by the pooling that comes first: take that out to use the trained network. There is"
        " no measure of the signal-to-noise ratio yet."
    )
    return d


def edsr() -> Drawing:
    d = Drawing("edsr")
    b = d.block(
        "EDSRBlock", "Two convolutions and a shortcut, without normalization (Lim et al., 2017).", channels=32
    )
    x = b.enter("x", example="channel 32, height 24, width 24")
    y = b.add("ReLU", b.add("Conv2d", x, out_channels="=channels", **SAME, name="conv1"))
    y = b.add("Conv2d", y, out_channels="=channels", **SAME, name="conv2")
    b.leave(b.add("Add", y, x, name="add"))
    folder = "../data/enlarging"
    d.read("image_pairs", HERE, path=f"{folder}/small", targets=f"{folder}/large", colour="colour")
    x = d.add("ImageInput", name="small", channels=3, height="H", width="W")
    first = d.add("Conv2d", x, out_channels=32, **SAME, name="first")
    x = d.use(b, first, name="body", repeat=4)
    x = d.add("Add", first, d.add("Conv2d", x, out_channels=32, **SAME, name="last"), name="long_shortcut")
    x = d.add("PixelShuffle", d.add("Conv2d", x, out_channels=128, **SAME, name="spread"), factor=2)
    d.add("Output", d.add("Conv2d", x, out_channels=3, **SAME, name="colours"), name="large", loss="l1")
    d.note(
        "Residual blocks at the small size, then twice as large; for pictures of any size. After Keras, edsr, made"
        " smaller. There is no measure of the signal-to-noise ratio yet."
    )
    return d


def tower(d: Drawing) -> Drawing:
    b = d.block(
        "Tower", "What is the same in every branch: a picture in, a row of features out.", features=16
    )
    x = b.enter("image", example="channel 1, height 28, width 28")
    x = b.add(
        "ReLU", b.add("Conv2d", x, out_channels=8, kernel_size=5, padding="valid", name="conv1"), name="relu1"
    )
    x = b.add("BatchNorm2d", b.add("MaxPool2d", x, kernel_size=2, stride=2, name="pool1"), name="norm1")
    x = b.add(
        "ReLU",
        b.add("Conv2d", x, out_channels=16, kernel_size=5, padding="valid", name="conv2"),
        name="relu2",
    )
    x = b.add("Flatten", b.add("MaxPool2d", x, kernel_size=2, stride=2, name="pool2"))
    b.leave(b.add("Linear", x, out_features="=features", name="embed"), "features")
    return b


GREY = {"channels": 1, "height": 28, "width": 28}


def siamese() -> Drawing:
    d = Drawing("siamese")
    block = tower(d)
    a = d.use(block, d.add("ImageInput", name="first", **GREY), name="tower")
    b = d.use(block, d.add("ImageInput", name="second", **GREY), name="twin", shares=a)
    x = d.add(
        "ReLU", d.add("Linear", d.add("Concatenate", a, b, name="both"), out_features=32, name="hidden")
    )
    x = d.add("Linear", d.add("Dropout", x), out_features=1, name="score")
    d.add("Output", d.add("Sigmoid", x), name="same", loss="binary_cross_entropy")
    d.note(
        "Whether two pictures show the same kind of thing: two towers with one set of weights. After"
        " pytorch/examples, siamese_network, with a small tower in place of a ResNet-18. Without data:"
        " name two arrays of a NumPy file as inputs."
    )
    return d


def siamese_distance() -> Drawing:
    d = Drawing("siamese-distance")
    block = tower(d)
    a = d.use(block, d.add("ImageInput", name="first", **GREY), name="tower")
    b = d.use(block, d.add("ImageInput", name="second", **GREY), name="twin", shares=a)
    same = d.add("TableInput", name="same", features=1)
    d.add("ContrastiveLoss", a, b, same, name="contrastive", margin=1.0)
    gap = d.add("Operation", d.add("Subtract", a, b, name="gap"), function="abs", name="size")
    d.add("Output", d.add("Reduce", gap, function="norm", keepdim=True, name="distance"), name="distance_out")
    d.note(
        "Features of pairs that belong together come near, others are pushed apart; the distance comes out. After"
        " Keras, siamese_contrastive. What belongs together enters at an input of its own while training. Without"
        " data: name two arrays of a NumPy file as inputs, choose “none” as the loss of the output and “Losses of the"
        " drawing” as the way of learning, as in the template digits-verification."
    )
    return d


def triplet() -> Drawing:
    d = Drawing("triplet")
    block = tower(d)
    anchor = d.use(block, d.add("ImageInput", name="anchor", **GREY), name="tower")
    near = d.use(block, d.add("ImageInput", name="positive", **GREY), name="tower_positive", shares=anchor)
    far = d.use(block, d.add("ImageInput", name="negative", **GREY), name="tower_negative", shares=anchor)
    d.add("TripletLoss", anchor, near, far, name="triplet", margin=0.5)
    d.add("Output", anchor, name="features")
    d.note(
        "An anchor comes nearer to a picture of its kind than to one of another kind. After Keras, siamese_network"
        " (with triplets), with a small tower in place of a ResNet-50. Without data: name three"
        " arrays of a NumPy file as inputs, choose “none” as the loss of the output and “Losses of the drawing” as the"
        " way of learning."
    )
    return d


def down_block(d: Drawing) -> Drawing:
    b = d.block("DownBlock", "Two convolutions with normalization, and half the size.", channels=16)
    x = b.enter("x", example="channel 3, height 64, width 64")
    for i in (1, 2):
        x = b.add("Conv2d", x, out_channels="=channels", **SAME, name=f"conv{i}")
        x = b.add("ReLU", b.add("BatchNorm2d", x, name=f"norm{i}"), name=f"relu{i}")
    b.leave(b.add("MaxPool2d", x, kernel_size=2, stride=2, name="pool"))
    return b


def ssd() -> Drawing:
    d = Drawing("ssd")
    down = down_block(d)
    x = d.add("ImageInput", name="image", channels=3, height=64, width=64)
    for i, channels in enumerate((8, 16, 32)):
        x = d.use(down, x, channels=channels, name=f"base{i + 1}")
    maps = [x]
    for i in (1, 2):
        maps.append(d.use(down, maps[-1], channels=64, name=f"scale{i}"))
    maps.append(d.add("AdaptiveMaxPool2d", maps[-1], output_size=1, name="scale3"))
    classes, boxes = [], []
    for i, x in enumerate(maps):
        for kind, found, channels in (("class", classes, 4 * 2), ("box", boxes, 4 * 4)):
            width = 3 if i < 3 else 1  # a window of 3 would see nothing but the border of the 1 × 1 map
            y = d.add(
                "Conv2d", x, out_channels=channels, kernel_size=width, padding="same", name=f"{kind}{i}"
            )
            found.append(
                d.add(
                    "Flatten",
                    d.add("Permute", y, order="2, 3, 1", name=f"{kind}_last{i}"),
                    name=f"{kind}_row{i}",
                )
            )
    anchors = 4 * (8 * 8 + 4 * 4 + 2 * 2 + 1)
    y = d.add("Concatenate", *classes, inputs=4, name="all_classes")
    y = d.add("Reshape", y, to="sequence", sizes=f"{anchors}, 2", name="class_of_anchor")
    d.add("Output", y, name="kinds", loss="cross_entropy")
    y = d.add("Concatenate", *boxes, inputs=4, name="all_boxes")
    y = d.add("Reshape", y, to="sequence", sizes=f"{anchors}, 4", name="offsets_of_anchor")
    d.add("Output", y, name="offsets", loss="smooth_l1")
    d.note(
        f"Four scales look for things of one kind: for each of {anchors} anchor boxes a class and four offsets. After"
        " Dive into Deep Learning, “Single shot multibox detection”, made smaller. Its targets are a class for each"
        " anchor and the offsets to the box that it was matched with: nothing lays out anchors, matches them or"
        " suppresses doubles yet, and offsets of anchors without a box cannot be left out of the loss. Without data:"
        " matched targets come as two arrays of a NumPy file."
    )
    return d


def retinanet() -> Drawing:
    d = Drawing("retinanet")
    down = down_block(d)
    head = d.block(
        "DetectionHead", "Shared by all scales: convolutions, then some numbers for each anchor.", numbers=4
    )
    x = head.enter("x", example="channel 32, height 8, width 8")
    x = head.add("ReLU", head.add("Conv2d", x, out_channels=32, **SAME, name="conv1"))
    x = head.add("Conv2d", x, out_channels="=3 * numbers", **SAME, name="conv2")
    head.leave(head.add("Permute", x, order="2, 3, 1", name="last"))
    x = d.add("ImageInput", name="image", channels=3, height=64, width=64)
    maps = []
    for i, channels in enumerate((8, 16, 32, 32, 64)):
        x = d.use(down, x, channels=channels, name=f"level{i + 1}")
        maps.append(x)
    sides = [
        d.add("Conv2d", y, out_channels=32, kernel_size=1, padding="valid", name=f"lateral{i}")
        for i, y in enumerate(maps[2:])
    ]
    merged = [sides[-1]]
    for i, side in reversed(list(enumerate(sides[:-1]))):
        larger = d.add("Upsample", merged[0], scale_factor=2.0, name=f"upsample{i}")
        merged.insert(0, d.add("Add", side, larger, name=f"merge{i}"))
    levels = [d.add("Conv2d", y, out_channels=32, **SAME, name=f"smooth{i}") for i, y in enumerate(merged)]
    for kind, numbers, loss in (("kinds", 5, "binary_focal"), ("offsets", 4, "smooth_l1")):
        first: Value | None = None
        found = []
        for i, (level, side) in enumerate(zip(levels, (8, 4, 2), strict=True)):
            y = d.use(head, level, numbers=numbers, name=f"{kind}_head{i}", shares=first)
            first = first or y
            rows = f"{3 * side * side}, {numbers}"
            found.append(d.add("Reshape", y, to="sequence", sizes=rows, name=f"{kind}_row{i}"))
        y = d.add("Concatenate", *found, inputs=3, axis="time", name=f"all_{kind}")
        d.add("Output", y, name=kind, loss=loss)
    d.note(
        "A pyramid of features: coarse maps are enlarged and added to finer ones, and two heads that all scales share"
        " give five classes and four offsets for each of 252 anchor boxes. After Keras, retinanet, made smaller"
        " (there on a ResNet-50). Its targets are yes or no for every class and the offsets of the matched box:"
        " nothing lays out anchors, matches them or suppresses doubles yet. Without data: matched targets come as two"
        " arrays of a NumPy file."
    )
    return d


def vgg_part(d: Drawing) -> Drawing:
    b = d.block(
        "VGGPart", "The first convolutions of VGG, frozen: what they see is compared, they do not learn."
    )
    x = b.enter("image", example="channel 3, height 32, width 32")
    mean = b.add("Constant", to="image", sizes="3, 1, 1", numbers="0.485, 0.456, 0.406", name="mean")
    std = b.add("Constant", to="image", sizes="3, 1, 1", numbers="0.229, 0.224, 0.225", name="std")
    x = b.add("Divide", b.add("Subtract", x, mean, name="centred"), std, name="normalized")
    style1 = b.add("Conv2d", x, out_channels=8, **SAME, name="conv1_1")
    x = b.add("ReLU", style1, name="relu1_1")
    style2 = b.add("Conv2d", x, out_channels=8, **SAME, name="conv1_2")
    x = b.add("MaxPool2d", b.add("ReLU", style2, name="relu1_2"), kernel_size=2, stride=2, name="pool1")
    style3 = b.add("Conv2d", x, out_channels=16, **SAME, name="conv2_1")
    x = b.add("ReLU", style3, name="relu2_1")
    content = b.add("Conv2d", x, out_channels=16, **SAME, name="conv2_2")
    for i, value in enumerate((style1, style2, style3)):
        b.leave(value, f"style{i + 1}")
    b.leave(content, "content")
    return b


def style_transfer() -> Drawing:
    d = Drawing("style-transfer")
    vgg = vgg_part(d)
    gram = d.block(
        "Gram", "How strongly channels answer together, whatever the place (Gatys et al., 2015).", numbers=1
    )
    x = gram.enter("maps", example="channel 8, height 32, width 32")
    x = gram.add("Flatten", x, start=2, name="rows")
    x = gram.add("MatMul", x, x, transpose_b=True, name="products")
    gram.leave(gram.add("ScaleShift", x, scale="=1 / numbers", name="shared_out"))
    size = {"channels": 3, "height": 32, "width": 32}
    content, style = d.add("ImageInput", name="content", **size), d.add("ImageInput", name="style", **size)
    made = d.add("Parameter", to="image", sizes="3, 32, 32", begin="uniform", scale=1.0, name="picture")
    of_made = d.use(vgg, made, name="vgg", learning={"frozen": True})
    of_content = d.use(vgg, content, name="vgg_content", shares=of_made)
    of_style = d.use(vgg, style, name="vgg_style", shares=of_made)

    def apart(a: Value, b: Value, name: str, weight: float) -> None:
        gap = d.add("Subtract", a, b, name=f"{name}_gap")
        d.add(
            "Penalty",
            d.add("Operation", gap, function="square", name=f"{name}_square"),
            name=name,
            weight=weight,
        )

    apart(of_content["content"], of_made["content"], "content_loss", 1.0)
    for port, numbers in (("style1", 8 * 1024), ("style2", 8 * 1024), ("style3", 16 * 256)):
        a = d.use(gram, of_style[port], numbers=numbers, name=f"gram_{port}")
        b = d.use(gram, of_made[port], numbers=numbers, name=f"gram_made_{port}")
        apart(a, b, f"{port}_loss", 1000.0)
    d.add("Output", made, name="result")
    d.note(
        "The picture itself is what learns: frozen convolutions compare it with the content of one picture and the"
        " style of another. After the PyTorch tutorial “Neural transfer using PyTorch”, Dive into Deep Learning and"
        " Keras, with a small part of VGG. The convolutions begin at random: weights of another model cannot be"
        " loaded yet, and nothing starts the picture as a copy of the content. It learns by"
        " “Losses of the drawing”, with two arrays of a NumPy file as inputs and “none” as the loss of the output."
    )
    return d


def crnn() -> Drawing:
    d = Drawing("crnn")
    x = d.add("ImageInput", name="line", channels=1, height=32, width="W")
    for i, channels in enumerate((32, 64)):
        x = d.add("Conv2d", x, out_channels=channels, **SAME, name=f"conv{i + 1}")
        x = d.add("ReLU", d.add("BatchNorm2d", x, name=f"norm{i + 1}"), name=f"relu{i + 1}")
        x = d.add("MaxPool2d", x, kernel_size=2, stride=2, name=f"pool{i + 1}")
    x = d.add("Permute", x, order="3, 1, 2", name="columns")
    x = d.add("Reshape", x, to="sequence", sizes="-1, 512", name="steps")
    x = d.add(
        "Dropout", d.add("ReLU", d.add("Linear", x, out_features=64, name="dense"), name="relu3"), p=0.2
    )
    x = d.add("LSTM", x, hidden_size=64, num_layers=2, dropout=0.25, bidirectional=True, returns="sequence")
    d.add("Output", d.add("LogSoftmax", d.add("Linear", x, out_features=20, name="letters")), name="text")
    d.note(
        "Reads a line of text in a picture, column by column; letter 0 is the blank. After Keras, captcha_ocr and"
        " handwriting_recognition. It is judged by connectionist temporal classification (CTC), a loss that there is"
        " not yet, so the output has no target. Without data: no source gives pictures with texts, and nothing"
        " decodes them."
    )
    return d


PROJECTS = {
    "networks/21a-espcn": espcn,
    "networks/21b-edsr": edsr,
    "networks/22a-siamese": siamese,
    "networks/22b-siamese-distance": siamese_distance,
    "networks/22c-triplet": triplet,
    "networks/23a-ssd": ssd,
    "networks/23b-retinanet": retinanet,
    "networks/24-style-transfer": style_transfer,
    "networks/40-crnn": crnn,
}
