"""A picture that is painted anew in the manner of another: the picture itself is what learns."""

from __future__ import annotations

from drawing import Drawing, Value
from networks_first import HERE

SIDE, CHANNELS = 64, 16
SHARE = 4.0
"""how much the manner counts against the content"""
STYLES = {"fine": (CHANNELS, SIDE), "mid": (CHANNELS, SIDE), "coarse": (2 * CHANNELS, SIDE // 2)}
"""port of the eyes → channels, and pixels along each side"""


def _eyes(d: Drawing) -> Drawing:
    b = d.block("Eyes", "Three scales of what is seen. The convolutions are drawn at random and stay so.")
    begun = {"weight": "kaiming_normal", "bias": "zeros"}

    def convolution(x: Value, name: str, channels: int) -> Value:
        return b.add("Conv2d", x, name=name, out_channels=channels, padding="same", learning=begun)

    x = b.enter("image", example=f"channel 3, height {SIDE}, width {SIDE}")
    x = b.add("ScaleShift", x, name="contrast", scale=4.0, shift=-2.0)
    first = convolution(x, "conv1", CHANNELS)
    second = convolution(b.add("ReLU", first, name="relu1"), "conv2", CHANNELS)
    x = b.add("AvgPool2d", b.add("ReLU", second, name="relu2"), name="pool", kernel_size=2, stride=2)
    third = convolution(x, "conv3", 2 * CHANNELS)
    content = convolution(b.add("ReLU", third, name="relu3"), "conv4", 2 * CHANNELS)
    for name, value in zip(STYLES, (first, second, third), strict=True):
        b.leave(value, name)
    b.leave(content, "content")
    return b


def _manner(d: Drawing) -> Drawing:
    b = d.block(
        "Manner", "How strongly channels answer together, whatever the place (a Gram matrix).", numbers=1
    )
    x = b.enter("maps", example=f"channel {CHANNELS}, height {SIDE}, width {SIDE}")
    x = b.add("Flatten", x, name="rows", start=2)
    x = b.add("MatMul", x, x, name="products", transpose_b=True)
    b.leave(b.add("ScaleShift", x, name="shared_out", scale="=1 / numbers"))
    return b


def style_transfer() -> Drawing:
    d = Drawing("style-transfer")
    d.read(
        "numpy",
        HERE.parent,
        path="data/house-and-waves.npz",
        x="content, manner",
        y="none",
        holds="image",
        preparation="rescale",
        validation_share=0.0,
        test_share=0.0,
    )
    eyes, gram = _eyes(d), _manner(d)
    content = d.add("ImageInput", name="content", field="content")
    manner = d.add("ImageInput", name="manner", field="manner")
    canvas = d.add(
        "Parameter", name="canvas", to="image", sizes=f"3, {SIDE}, {SIDE}", begin="normal", scale=0.5
    )
    painted = d.add("Sigmoid", canvas, name="painted")
    seen = d.use(eyes, painted, name="eyes", learning={"frozen": True})
    of_content = d.use(eyes, content, name="eyes_content", shares=seen)
    of_manner = d.use(eyes, manner, name="eyes_manner", shares=seen)

    def apart(a: Value, b: Value, name: str, weight: float) -> None:
        gap = d.add("Subtract", a, b, name=f"{name}_gap")
        square = d.add("Operation", gap, name=f"{name}_sq", function="square")
        d.add("Penalty", square, name=f"{name}_loss", weight=weight)

    apart(seen["content"], of_content["content"], "content", 1.0)
    for port, (channels, side) in STYLES.items():
        numbers = channels * side**2
        wanted = d.use(gram, of_manner[port], name=f"wanted_{port}", numbers=numbers)
        made = d.use(gram, seen[port], name=f"made_{port}", numbers=numbers)
        apart(made, wanted, port, SHARE * channels**2)
    d.add("Output", painted, name="picture", loss="none")
    rows = {"content": 0.4, "fine": 2.2, "mid": 4.0, "coarse": 5.8}
    places = {
        "canvas": (0, 0), "painted": (1, 0), "picture": (2, -0.6), "eyes": (2, 0.6),
        "content": (0, 2.4), "eyes_content": (1, 2.4), "manner": (0, 4.6), "eyes_manner": (1, 4.6),
    }  # fmt: skip
    for port, row in rows.items():
        at = {"gap": (4, row), "sq": (5, row), "loss": (6, row)}
        places |= {f"{port}_{what}": place for what, place in at.items()}
        if port in STYLES:
            places |= {f"made_{port}": (3, row - 0.5), f"wanted_{port}": (3, row + 0.5)}
    d.place(columns=7, **places)
    d.plan("drawn", epochs=600, batch_size=1, learning_rate=0.1)
    d.note(
        "Style transfer: the house is painted in the manner of the waves. What learns is the picture itself; frozen"
        " convolutions compare it with what is in one picture and with the manner of the other. They are drawn at"
        " random, which is enough for textures (Ustyuzhaninov et al., What does it take to generate natural textures,"
        " 2017); the weights of a trained network begin it in the training panel. More weight on the three losses of"
        " the manner, and less of the house is left.\nGatys, Ecker, Bethge: A neural algorithm of artistic style, 2015."
    )
    return d


PROJECTS = {"style-transfer": style_transfer}
