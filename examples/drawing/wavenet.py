"""The block of WaveNet, for sound and other series (van den Oord et al., 2016)."""

from __future__ import annotations

from drawing import Drawing, whole


def wavenet_residual(d: Drawing) -> Drawing:
    b = d.block(
        "WaveNet residual",
        "A dilated causal convolution with a gate; one part goes on, the other past all later blocks to the end."
        "\nRepeated, the dilation grows, and with it how far back is seen: 1, 2, 4 … from repetition to repetition."
        " What leaves at skip is the sum over all repetitions. van den Oord et al., WaveNet, 2016.",
        channels=whole(32, "Channels of filter and gate."),
        skip_channels=whole(64, "Channels that leave at skip."),
        kernel=whole(2, "Length of the kernel.", most=64),
        dilation=whole(1, "Distance between the taps of the kernel at the first repetition.", most=65536),
        growth=whole(2, "By what the dilation is multiplied from one repetition to the next.", most=8),
    )
    x = b.enter(example="channel 32, length 400")
    before = b.enter("skip", optional=True)
    reach = {"kernel_size": "=kernel", "padding": "causal", "dilation": "=dilation * growth ** index"}
    y = b.add("Tanh", b.add("Conv1d", x, name="filter", out_channels="=channels", **reach), name="tanh")
    gate = b.add(
        "Sigmoid", b.add("Conv1d", x, name="gate", out_channels="=channels", **reach), name="sigmoid"
    )
    y = b.add("Multiply", y, gate, name="gated")
    on = b.add("Conv1d", y, name="residual", out_channels="=in_channels", kernel_size=1)
    b.leave(b.add("Add", on, x, name="add"))
    past = b.add("Conv1d", y, name="past", out_channels="=skip_channels", kernel_size=1)
    b.leave(b.add("Add", past, before, name="sum"), "skips")
    return b


def library() -> Drawing:
    d = Drawing("library")
    d.once(wavenet_residual)
    return d


PROJECTS = {"blocks/wavenet": library}
