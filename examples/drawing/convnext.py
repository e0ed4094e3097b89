"""ConvNeXt-Tiny, as torchvision has it (Liu et al., A ConvNet for the 2020s, 2022)."""

from __future__ import annotations

from drawing import Drawing, number, whole

BEGIN = {"weight": "truncated_normal", "scale": 0.02, "bias": "zeros"}
EPS = 1e-6


def convnext_block(d: Drawing) -> Drawing:
    b = d.block(
        "ConvNeXt block",
        "A wide depthwise convolution looks around, two linear layers mix the channels; a shortcut around them."
        "\nThe linear layers work at each place, four times as wide in between. The branch is scaled per channel, which"
        " begins near 0, and is skipped now and then while it learns. Liu et al., A ConvNet for the 2020s, 2022.",
        kernel=whole(7, "Height and width of the depthwise kernel; odd.", most=31),
        expand=whole(4, "How many times wider it is between the linear layers.", most=16),
        scale=number(1e-6, "The scale of the branch before training.", 0.0, 1.0),
        drop_path=number(
            0.0, "How often the block is skipped while it learns (stochastic depth).", 0.0, 0.99
        ),
        drop_step=number(0.0, "How much more often from one repetition to the next.", 0.0, 0.5),
    )
    x = b.enter(example="channel 96, height 14, width 14")
    y = b.add(
        "Conv2d",
        x,
        name="depthwise",
        out_channels="=in_channels",
        kernel_size="=kernel",
        padding="custom",
        pad="=kernel // 2",
        groups="=in_channels",
        learning=BEGIN,
    )
    y = b.add("Permute", y, name="channels_last", order="2, 3, 1")
    y = b.add("LayerNorm", y, name="norm", eps=EPS)
    y = b.add("Linear", y, name="fc1", out_features="=expand * in_channels", learning=BEGIN)
    y = b.add("GELU", y, name="gelu")
    y = b.add("Linear", y, name="fc2", out_features="=in_channels", learning=BEGIN)
    y = b.add("Permute", y, name="channels_first", order="3, 1, 2")
    y = b.add("ChannelScale", y, name="layer_scale", initial="=scale")
    y = b.add(
        "DropPath",
        y,
        name="drop_path",
        p="=round(drop_path + drop_step * index, 6)",
        bypass="=drop_path == 0 and drop_step == 0",
    )
    b.leave(b.add("Add", y, x, name="add"))
    return b


def convnext_tiny() -> Drawing:
    d = Drawing("convnext_tiny")
    block = d.once(convnext_block)
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = d.add(
        "Conv2d", x, name="stem", out_channels=96, kernel_size=4, stride=4, padding="valid", learning=BEGIN
    )
    x = d.add("LayerNorm", x, name="stem_norm", over="channels", eps=EPS)
    before, step = 0, 0.1 / 17
    for position, (channels, depth) in enumerate(((96, 3), (192, 3), (384, 9), (768, 3)), start=1):
        if position > 1:
            x = d.add("LayerNorm", x, name=f"down{position}_norm", over="channels", eps=EPS)
            x = d.add(
                "Conv2d",
                x,
                name=f"down{position}",
                out_channels=channels,
                kernel_size=2,
                stride=2,
                padding="valid",
                learning=BEGIN,
            )
        x = d.use(
            block,
            x,
            name=f"stage{position}",
            drop_path=step * before,
            drop_step=step,
            repeat=depth,
        )
        before += depth
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, name="avgpool"), name="flatten")
    x = d.add("LayerNorm", x, name="norm", eps=EPS)
    x = d.add("Linear", x, name="fc", out_features=1000, learning=BEGIN)
    d.add("Output", x, name="output")
    d.note(
        "ConvNeXt-Tiny: 28,589,128 parameters and 4.456 G multiply-accumulates, as torchvision documents for"
        " its model of that name (_ops in github.com/pytorch/vision, torchvision/models/convnext.py).\n"
        "Liu, Mao, Wu, Feichtenhofer, Darrell, Xie: A ConvNet for the 2020s, 2022."
    )
    return d


def library() -> Drawing:
    d = Drawing("library")
    d.once(convnext_block)
    return d


PROJECTS = {"architectures/convnext_tiny": convnext_tiny, "blocks/convnext": library}
