"""Blocks of the library for sequences: transformers, MLP-Mixer, patches."""

from __future__ import annotations

from drawing import Drawing, Value, choice, flag, number, whole

HEADS = whole(8, "Parts of the features, each with an attention of its own; they must divide the features.")
HIDDEN = whole(2048, "Units between the two linear layers; usually four times the features.")
DROPOUT = number(0.1, "How much is left out while learning.", 0.0, 0.95)
ACTIVATION = choice(("relu", "gelu"), "What stands between the two linear layers.")
NORM_FIRST = flag(
    False,
    "Normalize what enters attention and feed-forward network (pre-norm), not what leaves them (post-norm)."
    " Deep stacks learn more easily so.",
    label="Normalize first",
)


# -- feed-forward --------------------------------------------------------------------------------------------------
def feed_forward(d: Drawing) -> Drawing:
    b = d.block(
        "Feed-forward",
        "Two linear layers, the first of them wide, applied to every step alike."
        "\nAs many features leave as arrive. Vaswani et al., Attention is all you need, 2017.",
        hidden=HIDDEN,
        activation=ACTIVATION,
        dropout=DROPOUT,
    )
    x = b.enter(example="time T, feature 512")
    y = b.add("Linear", x, name="linear1", out_features="=hidden")
    y = b.add("ReLU", y, name="relu", bypass="=activation != 'relu'")
    y = b.add("GELU", y, name="gelu", bypass="=activation != 'gelu'")
    y = b.add("Dropout", y, name="dropout", p="=dropout")
    b.leave(b.add("Linear", y, name="linear2", out_features="=in_features"))
    return b


def feed_forward_library() -> Drawing:
    d = Drawing("library")
    d.once(feed_forward)
    return d


# -- transformers --------------------------------------------------------------------------------------------------
def encoder_block(d: Drawing) -> Drawing:
    forward = d.once(feed_forward)
    b = d.block(
        "Transformer encoder",
        "Self-attention and a feed-forward network, each with a shortcut and normalized.\nRepeat it for a"
        " whole encoder; a deep one with “Normalize first” ends with a LayerNorm of its own. Vaswani et al.,"
        " Attention is all you need, 2017; Xiong et al., On layer normalization in the transformer"
        " architecture, 2020.",
        num_heads=HEADS,
        hidden=HIDDEN,
        activation=ACTIVATION,
        dropout=DROPOUT,
        norm_first=NORM_FIRST,
    )
    x = b.enter(example="time T, feature 512")
    padding, mask = b.enter("padding", optional=True), b.enter("mask", optional=True)
    y = b.add(
        "MultiheadAttention",
        _before(b, x, 1),
        name="attention",
        num_heads="=num_heads",
        dropout="=dropout",
        wires={"padding": padding, "mask": mask},
    )
    x = _after(b, x, y, 1)
    b.leave(_after(b, x, _forward(b, forward, _before(b, x, 2)), 2))
    return b


def decoder_block(d: Drawing) -> Drawing:
    forward = d.once(feed_forward)
    b = d.block(
        "Transformer decoder",
        "Causal attention, attention to a memory and a feed-forward network, with shortcuts and normalized."
        "\nThe memory is what an encoder gives; every repetition reads it again. Vaswani et al., Attention is all you"
        " need, 2017.",
        num_heads=HEADS,
        hidden=HIDDEN,
        activation=ACTIVATION,
        dropout=DROPOUT,
        norm_first=NORM_FIRST,
    )
    x = b.enter(example="time T, feature 512")
    memory = b.enter("memory", example="time S, feature 512")
    padding, memory_padding = b.enter("padding", optional=True), b.enter("memory_padding", optional=True)
    heads = {"num_heads": "=num_heads", "dropout": "=dropout"}
    y = b.add(
        "MultiheadAttention",
        _before(b, x, 1),
        name="self_attention",
        causal=True,
        wires={"padding": padding},
        **heads,
    )
    x = _after(b, x, y, 1)
    y = b.add(
        "MultiheadAttention",
        _before(b, x, 2),
        memory,
        name="cross_attention",
        wires={"padding": memory_padding},
        **heads,
    )
    x = _after(b, x, y, 2)
    b.leave(_after(b, x, _forward(b, forward, _before(b, x, 3)), 3))
    return b


def gpt_block(d: Drawing) -> Drawing:
    b = d.block(
        "GPT block",
        "Causal attention and a feed-forward network with GELU, each normalized before, with"
        " shortcuts.\nRepeated, with an embedding before and a LayerNorm after it, this is GPT-2. Radford et"
        " al., Language models are unsupervised multitask learners, 2019.",
        num_heads=whole(
            12, "Parts of the features, each with an attention of its own; they must divide the features."
        ),
        widening=whole(4, "Units of the feed-forward network, as a multiple of the features."),
        dropout=DROPOUT,
    )
    x = b.enter(example="time T, feature 768")
    y = b.add("LayerNorm", x, name="ln_1")
    y = b.add("MultiheadAttention", y, name="attn", num_heads="=num_heads", causal=True, dropout="=dropout")
    x = b.add("Add", x, b.add("Dropout", y, name="attn_dropout", p="=dropout"), name="attn_add")
    y = b.add("LayerNorm", x, name="ln_2")
    y = b.add("Linear", y, name="c_fc", out_features="=in_features * widening")
    y = b.add("GELU", y, name="act", approximate="tanh")
    y = b.add("Linear", y, name="c_proj", out_features="=in_features")
    b.leave(b.add("Add", x, b.add("Dropout", y, name="dropout", p="=dropout"), name="add"))
    return b


def _before(b: Drawing, x: Value, number: int) -> Value:
    return b.add("LayerNorm", x, name=f"norm{number}_before", bypass="=not norm_first")


def _after(b: Drawing, x: Value, y: Value, number: int) -> Value:
    y = b.add("Dropout", y, name=f"dropout{number}", p="=dropout")
    y = b.add("Add", x, y, name=f"add{number}")
    return b.add("LayerNorm", y, name=f"norm{number}_after", bypass="=norm_first")


def _forward(b: Drawing, block: Drawing, x: Value) -> Value:
    given = {name: f"={name}" for name in ("hidden", "activation", "dropout")}
    return b.use(block, x, name="feed_forward", **given)


def encoder_library() -> Drawing:
    d = Drawing("library")
    d.once(encoder_block)
    return d


def decoder_library() -> Drawing:
    d = Drawing("library")
    d.once(decoder_block)
    return d


def gpt_library() -> Drawing:
    d = Drawing("library")
    d.once(gpt_block)
    return d


# -- images as sequences -------------------------------------------------------------------------------------------
def mixer_block(d: Drawing) -> Drawing:
    b = d.block(
        "Mixer block",
        "One small network mixes the steps, feature by feature; another mixes the features, step by step."
        "\nA transformer without attention, for sequences of one length. Tolstikhin et al., MLP-Mixer, An all-MLP"
        " architecture for vision, 2021.",
        steps=whole(196, "How many steps (patches) arrive."),
        steps_hidden=whole(384, "Units of the network that mixes the steps."),
        features_hidden=whole(3072, "Units of the network that mixes the features."),
    )
    x = b.enter(example="time 196, feature 768")
    y = b.add("LayerNorm", x, name="norm1")
    y = b.add("Transpose", y, name="steps_last")
    y = b.add("Linear", y, name="steps_linear1", out_features="=steps_hidden")
    y = b.add("GELU", y, name="steps_gelu")
    y = b.add("Linear", y, name="steps_linear2", out_features="=steps")
    y = b.add("Transpose", y, name="features_last")
    x = b.add("Add", x, y, name="add1")
    y = b.add("LayerNorm", x, name="norm2")
    y = b.add("Linear", y, name="features_linear1", out_features="=features_hidden")
    y = b.add("GELU", y, name="features_gelu")
    y = b.add("Linear", y, name="features_linear2", out_features="=in_features")
    b.leave(b.add("Add", x, y, name="add2"))
    return b


def mixer_library() -> Drawing:
    d = Drawing("library")
    d.once(mixer_block)
    return d


def patch_embedding(d: Drawing) -> Drawing:
    b = d.block(
        "Patch embedding",
        "An image as a sequence: each patch becomes a vector of features, with its position."
        "\nTransformers read images this way. Dosovitskiy et al., An image is worth 16×16 words, 2020.",
        features=whole(768, "Numbers that describe a patch."),
        patch=whole(16, "Height and width of a patch in pixels.", label="Patch size"),
        positions=flag(True, "Add a learned vector for each position.", label="Learned positions"),
        most=whole(
            1024, "Number of positions that are learned; no more patches can be read.", label="Most patches"
        ),
    )
    x = b.enter(example="channel 3, height 224, width 224")
    x = b.add(
        "Conv2d",
        x,
        name="projection",
        out_channels="=features",
        kernel_size="=patch",
        stride="=patch",
        padding="valid",
    )
    x = b.add("ImageToSequence", x, name="to_sequence")
    b.leave(
        b.add(
            "PositionalEncoding",
            x,
            name="position",
            kind="learned",
            max_length="=most",
            bypass="=not positions",
        )
    )
    return b


def patch_library() -> Drawing:
    d = Drawing("library")
    d.once(patch_embedding)
    return d


PROJECTS = {
    "blocks/feed-forward": feed_forward_library,
    "blocks/transformer-encoder": encoder_library,
    "blocks/transformer-decoder": decoder_library,
    "blocks/gpt-block": gpt_library,
    "blocks/mlp-mixer": mixer_library,
    "blocks/patch-embedding": patch_library,
}
