"""Networks that read an image as a sequence of patches: ViT-B/16 as torchvision has it (Dosovitskiy et al., 2020) and
MLP-Mixer B/16 (Tolstikhin et al., 2021).
"""

from __future__ import annotations

from drawing import Drawing, Value

EPS = 1e-6


def _patched(d: Drawing, features: int, size: int) -> Value:
    """The image as a sequence of patches, each a vector of features."""
    x = d.add("ImageInput", name="image", channels=3, height=224, width=224)
    x = d.add(
        "Conv2d", x, name="patches", out_channels=features, kernel_size=size, stride=size, padding="valid"
    )
    return d.add("ImageToSequence", x, name="to_sequence")


def _mlp(b: Drawing, x: Value, name: str, hidden: str, leaving: str) -> Value:
    y = b.add("Linear", x, name=f"{name}_linear1", out_features=hidden)
    y = b.add("GELU", y, name=f"{name}_gelu")
    return b.add("Linear", y, name=f"{name}_linear2", out_features=leaving)


# -- ViT -----------------------------------------------------------------------------------------------------------
def encoder_block(d: Drawing) -> Drawing:
    b = d.block(
        "Encoder block",
        "Self-attention and a feed-forward network, with shortcuts, each normalized before.",
        num_heads=12,
        hidden=3072,
    )
    x = b.enter(example="time 197, feature 768")
    y = b.add("LayerNorm", x, name="ln_1", eps=EPS)
    y = b.add("MultiheadAttention", y, name="self_attention", num_heads="=num_heads")
    x = b.add("Add", x, y, name="add1")
    y = b.add("LayerNorm", x, name="ln_2", eps=EPS)
    b.leave(b.add("Add", x, _mlp(b, y, "mlp", "=hidden", "=in_features"), name="add2"))
    return b


def vit_b_16() -> Drawing:
    d = Drawing("vit_b_16")
    block = d.once(encoder_block)
    x = _patched(d, 768, 16)
    token = d.add(
        "Parameter",
        name="class_token",
        to="sequence",
        sizes="1, 768",
        comment="A step of its own before the patches; the classifier reads what becomes of it.",
    )
    x = d.add("Concatenate", token, x, name="concat", axis="time")
    positions = d.add("Parameter", name="pos_embedding", to="sequence", sizes="197, 768", begin="normal")
    x = d.add("Add", x, positions, name="add")
    x = d.use(block, x, name="encoder", repeat=12)
    x = d.add("LayerNorm", x, name="ln", eps=EPS)
    x = d.add("Select", x, name="first", step=0)
    d.add("Output", d.add("Linear", x, name="head", out_features=1000), name="output")
    d.note(
        "ViT-B/16: 86,567,656 parameters and 17.56 G multiply-accumulates (a multiplication with its addition counts"
        " once), as torchvision documents for its model vit_b_16"
        " (_ops in github.com/pytorch/vision, torchvision/models/vision_transformer.py).\n"
        "Dosovitskiy et al.: An image is worth 16×16 words,"
        " Transformers for image recognition at scale, 2020."
    )
    return d


# -- MLP-Mixer -----------------------------------------------------------------------------------------------------
def mixer_block(d: Drawing) -> Drawing:
    b = d.block(
        "Mixer block",
        "One network mixes the patches, feature by feature; another mixes the features, patch by patch.",
        patches=196,
        tokens_hidden=384,
        channels_hidden=3072,
    )
    x = b.enter(example="time 196, feature 768")
    y = b.add("LayerNorm", x, name="norm1", eps=EPS)
    y = b.add("Transpose", y, name="patches_last")
    y = _mlp(b, y, "tokens", "=tokens_hidden", "=patches")
    y = b.add("Transpose", y, name="features_last")
    x = b.add("Add", x, y, name="add1")
    y = b.add("LayerNorm", x, name="norm2", eps=EPS)
    b.leave(b.add("Add", x, _mlp(b, y, "channels", "=channels_hidden", "=in_features"), name="add2"))
    return b


def mixer_b_16() -> Drawing:
    d = Drawing("mixer_b_16")
    block = d.once(mixer_block)
    x = d.use(block, _patched(d, 768, 16), name="mixer", repeat=12)
    x = d.add("Mean", d.add("LayerNorm", x, name="norm", eps=EPS), name="mean")
    d.add("Output", d.add("Linear", x, name="head", out_features=1000), name="output")
    d.note(
        "MLP-Mixer B/16: 59,880,472 parameters, as the model mixer_b16_224 of timm has (the paper says 59 million), and"
        " 12.6 G multiply-accumulates, as timm says"
        " of that model (huggingface.co/timm/mixer_b16_224.goog_in21k_ft_in1k).\n"
        "Tolstikhin et al.: MLP-Mixer, An all-MLP architecture for"
        " vision, 2021."
    )
    return d


PROJECTS = {"architectures/vit_b_16": vit_b_16, "architectures/mixer_b_16": mixer_b_16}
