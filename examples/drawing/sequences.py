"""Ways of learning from sequences of tokens."""

from __future__ import annotations

from drawing import Drawing
from networks_first import HERE


def reverse_sequence() -> Drawing:
    d = Drawing("reverse-sequence")
    d.read("sequences", HERE, samples=4000, length=8, so_far=True)
    settings = {"dim_feedforward": 128, "norm_first": True, "dropout": 0.0}

    x = d.add("TokensInput", name="sequence", field="sequence")
    x = d.add("Embedding", x, name="read_embedding", embedding_dim=64)
    x = d.add("PositionalEncoding", x, name="read_positions")
    memory = d.add("TransformerEncoderLayer", x, name="encoder", **settings)
    y = d.add("TokensInput", name="so_far", field="so far")
    y = d.add("Embedding", y, name="written_embedding", embedding_dim=64)
    y = d.add("PositionalEncoding", y, name="written_positions")
    y = d.add("TransformerDecoderLayer", y, memory, name="decoder", causal=True, **settings)
    d.add("Output", d.add("Linear", y, name="scores", out_features=10), name="next", loss="cross_entropy")
    d.plan("sequence_to_sequence", epochs=10, batch_size=64, learning_rate=0.002, best_by="score")
    d.note(
        "Sequence to sequence: eight letters are read, and written backwards one after the other. In training the"
        " decoder is told the right letters so far (teacher forcing); after each epoch it writes by itself, always"
        " taking the likeliest letter, and whole answers are counted. Watch the decoder's attention: it walks"
        " backwards.\nVaswani et al.: Attention is all you need, 2017; Sutskever, Vinyals, Le: Sequence to sequence"
        " learning with neural networks, 2014."
    )
    return d


PROJECTS = {"reverse-sequence": reverse_sequence}
