"""Transformers over tokens: the first one (Vaswani et al., 2017), BERT (Devlin et al., 2018), GPT-2 (Radford et al.,
2019).
"""

from __future__ import annotations

from math import sqrt

from drawing import Drawing, Value


# -- blocks --------------------------------------------------------------------------------------------------------
def encoder_block(d: Drawing) -> Drawing:
    """As in the paper: normalized after each sum."""
    b = d.block(
        "Encoder block",
        "Self-attention and a feed-forward network, with shortcuts, each normalized afterwards.",
        num_heads=8,
        hidden=2048,
    )
    x = b.enter(example="time T, feature 512")
    padding = b.enter("padding", optional=True)
    y = b.add(
        "MultiheadAttention",
        x,
        name="attention",
        num_heads="=num_heads",
        dropout=0.1,
        wires={"padding": padding},
    )
    x = _summed(b, x, y, "1")
    b.leave(_summed(b, x, _feed_forward(b, x, "ReLU"), "2"))
    return b


def decoder_block(d: Drawing) -> Drawing:
    """As in the paper: normalized after each sum."""
    b = d.block(
        "Decoder block",
        "Causal attention, attention to the encoder and a feed-forward network, each normalized afterwards.",
        num_heads=8,
        hidden=2048,
    )
    x = b.enter(example="time T, feature 512")
    memory = b.enter("memory", example="time S, feature 512")
    padding = b.enter("padding", optional=True)
    memory_padding = b.enter("memory_padding", optional=True)
    heads = {"num_heads": "=num_heads", "dropout": 0.1}
    y = b.add(
        "MultiheadAttention", x, name="self_attention", causal=True, wires={"padding": padding}, **heads
    )
    x = _summed(b, x, y, "1")
    y = b.add(
        "MultiheadAttention", x, memory, name="cross_attention", wires={"padding": memory_padding}, **heads
    )
    x = _summed(b, x, y, "2")
    b.leave(_summed(b, x, _feed_forward(b, x, "ReLU"), "3"))
    return b


def _summed(b: Drawing, x: Value, y: Value, number: str, eps: float = 1e-5) -> Value:
    """Dropout, the shortcut and the normalization after it."""
    y = b.add("Dropout", y, name=f"dropout{number}", p=0.1)
    return b.add("LayerNorm", b.add("Add", x, y, name=f"add{number}"), name=f"norm{number}", **_eps(eps))


def _feed_forward(b: Drawing, x: Value, activation: str, **options: str) -> Value:
    y = b.add("Linear", x, name="linear1", out_features="=hidden")
    y = b.add(activation, y, name="activation", **options)
    return b.add("Linear", y, name="linear2", out_features="=in_features")


def _eps(eps: float) -> dict[str, float]:
    return {} if eps == 1e-5 else {"eps": eps}


# -- the first transformer -----------------------------------------------------------------------------------------
WIDTH, VOCABULARY = 512, 37_000


def transformer() -> Drawing:
    d = Drawing("transformer")
    encoder, decoder = d.once(encoder_block), d.once(decoder_block)
    source = d.add("TokensInput", name="source", length="S", vocabulary=VOCABULARY)
    target = d.add("TokensInput", name="target", length="T", vocabulary=VOCABULARY)
    source_padding = d.add("PaddingMask", source, name="source_padding")
    target_padding = d.add("PaddingMask", target, name="target_padding")
    embedding = d.add(
        "Embedding",
        source,
        name="embedding",
        embedding_dim=WIDTH,
        give_weight=True,
        learning={"weight": "normal", "scale": WIDTH**-0.5},
        comment="One table for both languages and for the output layer.",
    )
    memory = d.use(encoder, _placed(d, embedding, "source"), source_padding, name="encoder", repeat=6)
    y = d.add("Embedding", target, name="target_embedding", embedding_dim=WIDTH, shares=embedding)
    y = d.use(
        decoder, _placed(d, y, "target"), memory, target_padding, source_padding, name="decoder", repeat=6
    )
    head = d.add("WeightedLinear", y, embedding["weight"], name="head")
    d.add("Output", head, name="output")
    d.note(
        "The base model of Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention is"
        " all you need, 2017: 6 + 6 layers of 512 features, 8 heads, 2048 hidden units, a byte-pair vocabulary"
        " of 37,000 that both languages and the output layer share.\n63,082,496 parameters, which the paper"
        " rounds to 65 million: 37,000 · 512 for the table and 44,138,496 for the layers, as many as"
        " torch.nn.Transformer() has without its two final normalizations, which the paper does not have. The"
        " paper gives no multiply-accumulates."
    )
    return d


def _placed(d: Drawing, x: Value, name: str) -> Value:
    """Vectors of tokens scaled, with their positions, as section 3.4 has it."""
    x = d.add("ScaleShift", x, name=f"{name}_scale", scale=sqrt(WIDTH))
    x = d.add("PositionalEncoding", x, name=f"{name}_positions")
    return d.add("Dropout", x, name=f"{name}_dropout", p=0.1)


# -- BERT ----------------------------------------------------------------------------------------------------------
def bert_layer(d: Drawing) -> Drawing:
    b = d.block(
        "Bert layer",
        "Self-attention and a feed-forward network with GELU, with shortcuts, each normalized afterwards.",
        num_heads=12,
        hidden=3072,
    )
    x = b.enter(example="time T, feature 768")
    padding = b.enter("padding", optional=True)
    y = b.add(
        "MultiheadAttention",
        x,
        name="attention",
        num_heads="=num_heads",
        dropout=0.1,
        wires={"padding": padding},
    )
    x = _summed(b, x, y, "1", eps=1e-12)
    b.leave(_summed(b, x, _feed_forward(b, x, "GELU"), "2", eps=1e-12))
    return b


def bert_base() -> Drawing:
    d = Drawing("bert_base")
    layer = d.once(bert_layer)
    begin = {"weight": "normal", "scale": 0.02}
    tokens = d.add("TokensInput", name="tokens", length="T", vocabulary=30_522)
    segments = d.add(
        "TokensInput",
        name="segments",
        length="T",
        vocabulary=2,
        comment="0 for the first sentence, 1 for the second.",
    )
    padding = d.add("PaddingMask", tokens, name="padding")
    x = d.add("Embedding", tokens, name="word_embeddings", embedding_dim=768, padding_idx=0, learning=begin)
    y = d.add("Embedding", segments, name="token_type_embeddings", embedding_dim=768, learning=begin)
    x = d.add("Add", x, y, name="add")
    x = d.add("PositionalEncoding", x, name="position_embeddings", kind="learned", learning=begin)
    x = d.add("LayerNorm", x, name="norm", eps=1e-12)
    x = d.add("Dropout", x, name="dropout", p=0.1)
    x = d.use(layer, x, padding, name="encoder", repeat=12)
    d.add("Output", x, name="last_hidden_state")
    first = d.add("Select", x, name="first_token", step=0)
    pooled = d.add("Tanh", d.add("Linear", first, name="pooler", out_features=768), name="tanh")
    d.add("Output", pooled, name="pooler_output")
    d.note(
        "BERT-base, uncased: 109,482,240 parameters, as transformers.BertModel (Hugging Face) has with its pooler."
        "\n11.17 G multiply-accumulates for 128 tokens; Sun et al. (MobileBERT, 2020, arxiv.org/abs/2004.02984) give"
        " 22.5 G operations, counting multiplications and additions apart.\nDevlin, Chang, Lee,"
        " Toutanova: BERT, Pre-training of deep bidirectional transformers for language understanding, 2018."
    )
    return d


# -- GPT-2 ---------------------------------------------------------------------------------------------------------
def gpt_block(d: Drawing) -> Drawing:
    b = d.block(
        "GPT block",
        "Causal self-attention and a feed-forward network, with shortcuts, each normalized before.",
        num_heads=12,
    )
    x = b.enter(example="time T, feature 768")
    y = b.add("LayerNorm", x, name="ln_1")
    y = b.add("MultiheadAttention", y, name="attn", num_heads="=num_heads", causal=True, dropout=0.1)
    x = b.add("Add", x, b.add("Dropout", y, name="attn_dropout", p=0.1), name="attn_add")
    y = b.add("LayerNorm", x, name="ln_2")
    y = b.add("Linear", y, name="c_fc", out_features="=in_features * 4")
    y = b.add("GELU", y, name="act", approximate="tanh")
    y = b.add("Linear", y, name="c_proj", out_features="=in_features")
    b.leave(b.add("Add", x, b.add("Dropout", y, name="dropout", p=0.1), name="add"))
    return b


def gpt2() -> Drawing:
    d = Drawing("gpt2")
    block = d.once(gpt_block)
    tokens = d.add("TokensInput", name="tokens", length="T", vocabulary=50_257)
    wte = d.add(
        "Embedding",
        tokens,
        name="wte",
        embedding_dim=768,
        give_weight=True,
        learning={"weight": "normal", "scale": 0.02},
    )
    x = d.add(
        "PositionalEncoding",
        wte,
        name="wpe",
        kind="learned",
        max_length=1024,
        learning={"weight": "normal", "scale": 0.01},
    )
    x = d.add("Dropout", x, name="drop", p=0.1)
    x = d.use(block, x, name="h", repeat=12)
    x = d.add("LayerNorm", x, name="ln_f")
    x = d.add(
        "WeightedLinear",
        x,
        wte["weight"],
        name="lm_head",
        comment="The table of the tokens is the output layer.",
    )
    d.add("Output", x, name="output")
    d.note(
        "GPT-2 small: 124,439,808 parameters, as openai/gpt-2 (124M) and transformers.GPT2LMHeadModel (Hugging"
        " Face) have; the output layer is tied to the table of tokens.\n145.8 G multiply-accumulates for 1,024"
        " tokens, half of the 291,648,307,200 operations that transformer_sizing.ipynb of github.com/karpathy/nanoGPT"
        " counts.\nRadford, Wu, Child, Luan, Amodei, Sutskever: Language models are unsupervised multitask learners,"
        " 2019."
    )
    return d


PROJECTS = {
    "architectures/transformer": transformer,
    "architectures/bert_base": bert_base,
    "architectures/gpt2": gpt2,
}
