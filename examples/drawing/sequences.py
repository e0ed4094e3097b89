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


def masked_letters() -> Drawing:
    d = Drawing("masked-letters")
    read = d.read("text", HERE.parent, path="data/stories.txt", window=32, step=8, lower_case=True)
    tokens = len(read.fields["text"].tokens)
    x = d.add("TokensInput", name="text", vocabulary=tokens + 1)
    x = d.add(
        "PositionalEncoding", d.add("Embedding", x, name="embedding", embedding_dim=64), name="positions"
    )
    for number in (1, 2):
        x = d.add("TransformerEncoderLayer", x, name=f"encoder{number}", dim_feedforward=128, norm_first=True)
    x = d.add("LayerNorm", x, name="norm")
    x = d.add("Linear", x, name="scores", out_features=tokens)
    d.add("Output", x, name="letters", target="text", loss="cross_entropy")
    d.plan("masked_tokens", epochs=30, batch_size=32, learning_rate=0.002)
    d.note(
        "A masked language model, small: of 32 letters 15 % are hidden, and the network tells from both sides what they"
        f" were. Letter {tokens} of the input stands for “masked”; nothing in the data has this number.\nDevlin et al.:"
        " BERT, pre-training of deep bidirectional transformers for language understanding, 2019."
    )
    return d


def digits_ctc() -> Drawing:
    d = Drawing("digits-ctc")
    d.read("digit_strips", HERE, samples=4000)
    x = d.add("ImageInput", name="strip")
    for number, (channels, pool) in enumerate(((24, 2), (48, [2, 1]), (64, [2, 1])), 1):
        x = d.add("Conv2d", x, name=f"conv{number}", out_channels=channels)
        x = d.add("ReLU", d.add("BatchNorm2d", x, name=f"norm{number}"), name=f"relu{number}")
        x = d.add("MaxPool2d", x, name=f"pool{number}", kernel_size=pool)
    x = d.add("Squeeze", x, name="one_row", axis="2")  # channel × height 1 × width → channel × width
    x = d.add("Permute", x, name="steps", order="2, 1")
    x = d.add("LSTM", x, name="lstm", hidden_size=64, bidirectional=True, returns="sequence")
    x = d.add("Linear", x, name="scores", out_features=11)
    d.add("Output", x, name="digits", target="number", loss="ctc")
    d.plan(epochs=20, batch_size=64, learning_rate=0.002, best_by="score")
    d.note(
        "Reads a strip of handwritten digits as one number, without being told where a digit stands: convolutions,"
        " the columns of what is left as steps, an LSTM in both directions, and at each step a score for every digit"
        " and for the blank. CTC sums over all ways to write the number along the steps. Watch “Written text”: what it"
        " reads beside what is there.\nGraves et al.: Connectionist temporal classification, 2006; Shi, Bai, Yao: An"
        " end-to-end trainable neural network for image-based sequence recognition (CRNN), 2015."
    )
    return d


PROJECTS = {"reverse-sequence": reverse_sequence, "masked-letters": masked_letters, "digits-ctc": digits_ctc}
