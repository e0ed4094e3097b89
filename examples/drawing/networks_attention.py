"""Networks built from attention, and the mixers beside them: 30 to 35 of the forty that newcomers build."""

from __future__ import annotations

from drawing import Drawing, Value
from networks_first import HERE
from networks_text import PAIRS, REVIEWS, STORIES


def encoder_block(d: Drawing) -> Drawing:
    """Self-attention and a small network for each step, the norm after each shortcut."""
    b = d.block(
        "EncoderBlock",
        "Self-attention and a feed-forward network, each with a shortcut, layer norm after it (Vaswani et al., 2017).",
        features=32,
        heads=2,
        hidden=64,
        dropout=0.1,
    )
    x, padding = b.enter("x", example="time 16, feature 32"), b.enter("padding", optional=True)
    y = b.add("MultiheadAttention", x, num_heads="=heads", wires={"padding": padding}, name="attention")
    x = b.add("LayerNorm", b.add("Add", x, b.add("Dropout", y, p="=dropout"), name="add1"), name="norm1")
    y = b.add("ReLU", b.add("Linear", x, out_features="=hidden", name="widen"))
    y = b.add(
        "Dropout", b.add("Linear", y, out_features="=features", name="narrow"), p="=dropout", name="drop2"
    )
    b.leave(b.add("LayerNorm", b.add("Add", x, y, name="add2"), name="norm2"))
    return b


def pre_norm_block(d: Drawing, *, causal: bool) -> Drawing:
    """The same with the norm first and GELU, as GPT and vision transformers have it."""
    b = d.block(
        "GPTBlock" if causal else "ViTBlock",
        "Self-attention and a feed-forward network, each with a shortcut, layer norm before it.",
        features=32,
        heads=4,
        ratio=2,
        dropout=0.1,
    )
    x = b.enter("x", example="time 17, feature 32")
    y = b.add("LayerNorm", x, name="norm1")
    y = b.add("MultiheadAttention", y, num_heads="=heads", causal=causal, name="attention")
    x = b.add("Add", x, b.add("Dropout", y, p="=dropout", name="drop1"), name="add1")
    y = b.add("Linear", b.add("LayerNorm", x, name="norm2"), out_features="=features * ratio", name="widen")
    y = b.add("Linear", b.add("GELU", y), out_features="=features", name="narrow")
    b.leave(b.add("Add", x, b.add("Dropout", y, p="=dropout", name="drop2"), name="add2"))
    return b


def text_transformer() -> Drawing:
    d = Drawing("text-transformer")
    block = encoder_block(d)
    d.read("text_table", HERE, **REVIEWS, length=16)
    words = d.add("TokensInput", name="review")
    padding = d.add("PaddingMask", words)
    x = d.add("Embedding", words, embedding_dim=32, padding_idx=0)
    x = d.add("PositionalEncoding", x, kind="learned", max_length=16)
    x = d.use(block, x, padding, name="encoder")
    x = d.add("Dropout", d.add("MaskedMean", x, padding), p=0.1, name="drop1")
    x = d.add(
        "Dropout", d.add("ReLU", d.add("Linear", x, out_features=20, name="hidden")), p=0.1, name="drop2"
    )
    d.add("Output", d.add("Linear", x, out_features=2, name="scores"), name="feeling", loss="cross_entropy")
    d.note(
        "One transformer block over words and learned positions, then the mean over the words. After Keras,"
        " text_classification_with_transformer; padding is left out of attention and mean, where the model there counts"
        " it. The reviews are made."
    )
    return d


def series_transformer() -> Drawing:
    d = Drawing("series-transformer")
    b = d.block(
        "SeriesBlock",
        "Norm, attention, and two convolutions of width 1, with shortcuts.",
        heads=4,
        dropout=0.25,
    )
    x = b.enter("x", example="time 64, feature 16")
    y = b.add("MultiheadAttention", x, num_heads="=heads", head_dim=16, dropout="=dropout", name="attention")
    y = b.add("LayerNorm", b.add("Dropout", y, p="=dropout", name="drop1"), name="norm1")
    x = b.add("Add", x, y, name="add1")
    y = b.add("Permute", x, order="2, 1", name="to_signal")
    y = b.add("ReLU", b.add("Conv1d", y, out_channels=4, kernel_size=1, name="conv1"))
    y = b.add("Dropout", y, p="=dropout", name="drop2")
    y = b.add("Conv1d", y, out_channels="=in_features", kernel_size=1, name="conv2")
    y = b.add("LayerNorm", b.add("Permute", y, order="2, 1", name="to_sequence"), name="norm2")
    b.leave(b.add("Add", x, y, name="add2"))
    d.read("sine_classes", HERE, classes=2)
    x = d.add("SequenceInput", name="series")
    x = d.add("Linear", x, out_features=16, name="widen")
    x = d.use(b, x, name="encoder", repeat=2)
    x = d.add("AdaptiveAvgPool1d", d.add("Permute", x, order="2, 1", name="signal"), output_size=1)
    x = d.add("Flatten", x)
    x = d.add("Dropout", d.add("ReLU", d.add("Linear", x, out_features=64, name="hidden")), p=0.4)
    d.add("Output", d.add("Linear", x, out_features=2, name="scores"), name="kind", loss="cross_entropy")
    d.note(
        "A transformer that tells series apart (Ford A there: engine noise, 500 steps). After Keras,"
        " timeseries_transformer_classification, made smaller; each step is widened to 16 features first, because"
        " layer norm makes nothing of a single one. Here it tells two mixtures of waves apart."
    )
    return d


def translator() -> Drawing:
    d = Drawing("transformer-translator")
    encoder = d.block("EncoderStage", "Self-attention that leaves padding out.")
    x, padding = encoder.enter("x", example="time 10, feature 64"), encoder.enter("padding")
    x = encoder.add("TransformerEncoderLayer", x, padding, num_heads=4, dim_feedforward=128, name="layer")
    encoder.leave(x)
    decoder = d.block(
        "DecoderStage", "Causal self-attention, and attention to what the encoder made of the source."
    )
    x, memory = decoder.enter("x", example="time 9, feature 64"), decoder.enter("memory")
    wires = {"padding": decoder.enter("padding"), "memory_padding": decoder.enter("memory_padding")}
    decoder.leave(
        decoder.add(
            "TransformerDecoderLayer", x, memory, num_heads=4, dim_feedforward=128, wires=wires, name="layer"
        )
    )
    found = d.read("text_pairs", HERE, **PAIRS)
    source = d.add("TokensInput", name="source", length="S", field="source")
    answer = d.add("TokensInput", name="answer_so_far", length="T", field="so far")
    source_padding = d.add("PaddingMask", source, name="source_padding")
    answer_padding = d.add("PaddingMask", answer, name="answer_padding")
    memory = d.use(encoder, embedded(d, source, "source"), source_padding, name="encoder", repeat=2)
    x = d.use(
        decoder,
        embedded(d, answer, "answer"),
        memory,
        answer_padding,
        source_padding,
        name="decoder",
        repeat=2,
    )
    x = d.add("Linear", x, out_features=len(found.fields["target"].tokens), name="scores")
    d.add("Output", x, name="answer", target="target", loss="cross_entropy", label_smoothing=0.1, ignore="0")
    d.plan("sequence_to_sequence", epochs=30, batch_size=32, learning_rate=0.001, best_by="score")
    d.note(
        "The transformer as it was first drawn, two layers on each side. After Dive into Deep Learning, “The"
        " transformer architecture”, and the PyTorch tutorial “Language translation with nn.Transformer”, made"
        " smaller. The true answer so far enters at the second input (teacher forcing); the decoder does not look"
        " ahead; padding is neither looked at nor judged. After each epoch it writes by itself (greedy decoding). The"
        " sentences are made."
    )
    return d


def embedded(d: Drawing, tokens: Value, name: str) -> Value:
    """Words times the square root of the feature count, plus waves of position."""
    x = d.add("Embedding", tokens, embedding_dim=64, padding_idx=0, name=f"{name}_words")
    x = d.add("ScaleShift", x, scale=8.0, name=f"{name}_scaled")
    x = d.add("PositionalEncoding", x, name=f"{name}_positions")
    return d.add("Dropout", x, p=0.1, name=f"{name}_drop")


def mini_gpt() -> Drawing:
    d = Drawing("mini-gpt")
    block = pre_norm_block(d, causal=True)
    letters = d.add("TokensInput", name="text", length="T")
    table = d.add("Embedding", letters, embedding_dim=64, give_weight=True, name="letters")
    x = d.add("PositionalEncoding", table, kind="learned", max_length=48, name="positions")
    x = d.use(block, d.add("Dropout", x, p=0.1), features=64, ratio=4, name="blocks", repeat=2)
    x = d.add("WeightedLinear", d.add("LayerNorm", x, name="norm"), table["weight"], name="scores")
    d.add("Output", x, name="next", loss="cross_entropy")
    d.read("text", HERE, window=48, **STORIES)
    d.plan(epochs=40, batch_size=32, optimizer="adamw", learning_rate=0.003)
    d.note(
        "Reads letters and guesses the next one at every place; no place looks ahead. After Keras,"
        " text_generation_with_miniature_gpt, with the norm first and a table that is used for reading and for"
        " writing as in GPT-2, made smaller. The gradient is not clipped, and it does not write texts of its own yet."
    )
    return d


def bert() -> Drawing:
    d = Drawing("bert")
    block = encoder_block(d)
    tokens = d.add("TokensInput", name="tokens", length=32, vocabulary=500)
    segments = d.add("TokensInput", name="segments", length=32, vocabulary=2)
    padding = d.add("PaddingMask", tokens)
    x = d.add(
        "Add",
        d.add("Embedding", tokens, embedding_dim=32, padding_idx=0, name="words"),
        d.add("Embedding", segments, embedding_dim=32, name="sentences"),
        name="sum",
    )
    x = d.add("PositionalEncoding", x, kind="learned", max_length=32, name="positions")
    x = d.add("Dropout", d.add("LayerNorm", x, name="norm"), p=0.1)
    x = d.use(block, x, padding, name="encoder", repeat=2)
    y = d.add("GELU", d.add("Linear", x, out_features=32, name="masked_hidden"))
    y = d.add("Linear", d.add("LayerNorm", y, name="masked_norm"), out_features=500, name="masked_scores")
    d.add("Output", y, name="masked_word", loss="cross_entropy", ignore="0")
    y = d.add(
        "Tanh", d.add("Linear", d.add("Select", x, step=0, name="first"), out_features=32, name="pooler")
    )
    y = d.add("Linear", y, out_features=2, name="follows_scores")
    d.add("Output", y, name="follows", loss="cross_entropy")
    d.note(
        "Guesses hidden words, and whether the second sentence follows the first: two outputs over one encoder. After"
        " Dive into Deep Learning, “Bidirectional encoder representations from transformers (BERT)”, and Keras,"
        " masked_language_modeling, made smaller. Places that were not hidden have the target 0, which is not judged;"
        " every place gets scores, where the source picks out the hidden ones first. Without data: no source hides"
        " words or pairs sentences."
    )
    return d


def vision_transformer() -> Drawing:
    d = Drawing("vision-transformer")
    block = pre_norm_block(d, causal=False)
    image = d.add("ImageInput", name="image")
    x = d.add("Conv2d", image, out_channels=32, kernel_size=2, stride=2, padding="valid", name="patches")
    x = d.add("Permute", d.add("Flatten", x, start=2, name="lined_up"), order="2, 1", name="steps")
    token = d.add("Parameter", to="sequence", sizes="1, 32", begin="normal", name="class_token")
    x = d.add("Concatenate", token, x, axis="time", name="with_token")
    x = d.add("PositionalEncoding", x, kind="learned", max_length=17, name="positions")
    x = d.use(block, d.add("Dropout", x, p=0.1), name="blocks", repeat=3)
    x = d.add("Select", d.add("LayerNorm", x, name="norm"), step=0, name="token")
    d.add("Output", d.add("Linear", x, out_features=10, name="head"), name="digit", loss="cross_entropy")
    d.read("digits", HERE)
    d.plan(epochs=20, batch_size=64, optimizer="adamw", learning_rate=0.001, weight_decay=0.05)
    d.note(
        "Sixteen patches of 2 × 2 pixels and a learned class token, three blocks; the token says the digit. After"
        " Dive into Deep Learning, “Transformers for vision”, made smaller. There is no warm-up of the learning rate"
        " and no augmentation yet."
    )
    return d


def patch_transformer() -> Drawing:
    d = Drawing("patch-transformer")
    block = pre_norm_block(d, causal=False)
    x = d.add("Unfold", d.add("ImageInput", name="image"), kernel_size=2, stride=2, name="patches")
    x = d.add("Linear", d.add("Permute", x, order="2, 1", name="steps"), out_features=32, name="projection")
    x = d.add("PositionalEncoding", x, kind="learned", max_length=16, name="positions")
    x = d.use(block, x, name="blocks", repeat=2)
    x = d.add("Dropout", d.add("Flatten", d.add("LayerNorm", x, name="norm")), p=0.5, name="drop1")
    x = d.add(
        "Dropout", d.add("GELU", d.add("Linear", x, out_features=64, name="hidden")), p=0.5, name="drop2"
    )
    d.add("Output", d.add("Linear", x, out_features=10, name="head"), name="digit", loss="cross_entropy")
    d.read("digits", HERE)
    d.plan(epochs=20, batch_size=64, optimizer="adamw", learning_rate=0.001, weight_decay=0.0001)
    d.note(
        "The other way to begin: patches are laid out as rows (Unfold) and projected; all steps together are"
        " classified. After Keras, image_classification_with_vision_transformer, made smaller. There is no"
        " augmentation yet."
    )
    return d


def mlp_mixer() -> Drawing:
    d = Drawing("mlp-mixer")
    b = d.block(
        "MixerBlock", "Mixes over the 16 places, then over the features (Tolstikhin et al., 2021).", hidden=32
    )
    x = b.enter("x", example="time 16, feature 32")
    y = b.add("Permute", b.add("LayerNorm", x, name="norm1"), order="2, 1", name="turned")
    y = b.add("Reshape", y, to="sequence", sizes="-1, 16", name="rows_of_places")
    y = b.add("GELU", b.add("Linear", y, out_features="=hidden", name="place1"), name="gelu1")
    y = b.add("Permute", b.add("Linear", y, out_features=16, name="place2"), order="2, 1", name="back")
    y = b.add("Reshape", y, to="sequence", sizes="16, -1", name="rows_of_features")
    x = b.add("Add", x, y, name="add1")
    y = b.add("Linear", b.add("LayerNorm", x, name="norm2"), out_features="=hidden * 2", name="feature1")
    y = b.add("Linear", b.add("GELU", y, name="gelu2"), out_features="=in_features", name="feature2")
    b.leave(b.add("Add", x, y, name="add2"))
    image = d.add("ImageInput", name="image")
    x = d.add("Conv2d", image, out_channels=32, kernel_size=2, stride=2, padding="valid", name="patches")
    x = d.use(b, d.add("ImageToSequence", x), name="blocks", repeat=3)
    x = d.add("Dropout", d.add("Mean", d.add("LayerNorm", x, name="norm")), p=0.2)
    d.add("Output", d.add("Linear", x, out_features=10, name="head"), name="digit", loss="cross_entropy")
    d.read("digits", HERE)
    d.plan(epochs=20, batch_size=64, optimizer="adamw", learning_rate=0.003, weight_decay=0.0001)
    d.note(
        "No attention and no convolution but the first: linear layers mix over the places, then over the features."
        " After Keras, mlp_image_classification, made smaller. There is no augmentation yet."
    )
    return d


def conv_mixer() -> Drawing:
    d = Drawing("conv-mixer")
    b = d.block(
        "ConvMixerBlock",
        "A depthwise convolution with a shortcut, then a pointwise one.",
        filters=32,
        kernel=3,
    )
    x = b.enter("x", example="channel 32, height 4, width 4")
    y = b.add(
        "Conv2d",
        x,
        out_channels="=filters",
        groups="=filters",
        kernel_size="=kernel",
        padding="same",
        name="depthwise",
    )
    x = b.add("Add", b.add("BatchNorm2d", b.add("GELU", y, name="gelu1"), name="norm1"), x, name="add")
    x = b.add("Conv2d", x, out_channels="=filters", kernel_size=1, padding="valid", name="pointwise")
    b.leave(b.add("BatchNorm2d", b.add("GELU", x, name="gelu2"), name="norm2"))
    image = d.add("ImageInput", name="image")
    x = d.add("Conv2d", image, out_channels=32, kernel_size=2, stride=2, padding="valid", name="stem")
    x = d.add("BatchNorm2d", d.add("GELU", x), name="stem_norm")
    x = d.use(b, x, name="blocks", repeat=3)
    x = d.add("Flatten", d.add("AdaptiveAvgPool2d", x, output_size=1))
    d.add("Output", d.add("Linear", x, out_features=10, name="head"), name="digit", loss="cross_entropy")
    d.read("digits", HERE)
    d.plan(epochs=20, batch_size=64, optimizer="adamw", learning_rate=0.003, weight_decay=0.0001)
    d.note(
        "Patches are mixed by depthwise and pointwise convolutions. After Keras, convmixer (Trockman and Kolter,"
        " 2022), made smaller. There is no augmentation yet."
    )
    return d


PROJECTS = {
    "networks/30a-text-transformer": text_transformer,
    "networks/30b-series-transformer": series_transformer,
    "networks/31-transformer-translator": translator,
    "networks/32-mini-gpt": mini_gpt,
    "networks/33-bert": bert,
    "networks/34a-vision-transformer": vision_transformer,
    "networks/34b-patch-transformer": patch_transformer,
    "networks/35a-mlp-mixer": mlp_mixer,
    "networks/35b-conv-mixer": conv_mixer,
}
