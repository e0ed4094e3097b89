"""Sequence to sequence with attention, as in the tutorial of PyTorch (Bahdanau et al., 2014)."""

from __future__ import annotations

from drawing import Drawing

HIDDEN, LENGTH, SOURCE, TARGET = 128, 10, 4601, 2991


def attention(d: Drawing) -> Drawing:
    b = d.block(
        "Bahdanau attention",
        "A small network weighs the states of the encoder; their mean leaves.",
        hidden=HIDDEN,
    )
    query = b.enter("query", example="time 1, feature 128")
    keys = b.enter("keys", example="time T, feature 128")
    y = b.add(
        "Add",
        b.add("Linear", query, name="Wa", out_features="=hidden"),
        b.add("Linear", keys, name="Ua", out_features="=hidden"),
        name="add",
    )
    scores = b.add("Linear", b.add("Tanh", y, name="tanh"), name="Va", out_features=1)
    weights = b.add("Softmax", b.add("Squeeze", scores, name="squeeze"), name="softmax")
    b.leave(b.add("MatMul", b.add("Unsqueeze", weights, name="row"), keys, name="matmul"), "context")
    return b


def decoder_step(d: Drawing) -> Drawing:
    looks = d.once(attention)
    b = d.block(
        "Decoder step",
        "One word: attention with the last state, a step of the GRU, a score for every word.",
        hidden=HIDDEN,
        words=TARGET,
    )
    word = b.enter("word", example="feature 128")
    state = b.enter("state", example="feature 128")
    memory = b.enter("memory", example="time T, feature 128")
    query = b.add("Unsqueeze", state, name="query")
    context = b.add(
        "Squeeze", b.use(looks, query, memory, name="attention", hidden="=hidden"), name="squeeze"
    )
    x = b.add("Concatenate", word, context, name="concat")
    state = b.add("GRUCell", x, state, name="gru", hidden_size="=hidden")
    b.leave(b.add("Linear", state, name="out", out_features="=words"), "scores")
    b.leave(state, "next_state")
    return b


def seq2seq() -> Drawing:
    d = Drawing("seq2seq_attention")
    step = d.once(decoder_step)
    source = d.add("TokensInput", name="source", length="T", vocabulary=SOURCE)
    x = d.add("Embedding", source, name="encoder_embedding", embedding_dim=HIDDEN)
    x = d.add("Dropout", x, name="encoder_dropout", p=0.1)
    memory = d.add("GRU", x, name="encoder", hidden_size=HIDDEN, returns="sequence", give_state=True)
    target = d.add(
        "TokensInput",
        name="target",
        length=LENGTH,
        vocabulary=TARGET,
        comment="The translation so far, beginning with the start token: each step is told the right word before it.",
    )
    words = d.add("Embedding", target, name="decoder_embedding", embedding_dim=HIDDEN)
    words = d.add("Dropout", words, name="decoder_dropout", p=0.1)
    state, first, scores = d.add("Flatten", memory["state"], name="state"), None, []
    for number in range(LENGTH):
        word = d.add("Select", words, name=f"word{number}", step=number)
        made = d.use(step, word, state, memory, name=f"step{number + 1}" if number else "step", shares=first)
        first = first or made
        scores.append(made)
        state = made["next_state"]
    stacked = d.add("Stack", *scores, name="stack", inputs=LENGTH)
    d.add("Output", stacked, name="output")
    d.note(
        "Sequence to sequence with attention, as the PyTorch tutorial “Translation with a Sequence to Sequence"
        " Network and Attention” has it (intermediate_source/seq2seq_translation_tutorial.py of"
        " pytorch/tutorials): 4,601 French and 2,991 English words, 128 units, sentences of 10 words. The"
        " decoder is unrolled: ten uses of one step share its weights. (A repeated block would be a loop in the source,"
        " but each of its repetitions has weights of its own.)\n1,638,064 parameters: 4,601 · 128 +"
        " 99,072 (GRU) in the encoder; 2,991 · 128 + 33,153 (attention) + 148,224 (GRU) + 385,839 (out) in the"
        " decoder. No source gives multiply-accumulates.\nBahdanau, Cho, Bengio: Neural machine translation by"
        " jointly learning to align and translate, 2014."
    )
    return d


PROJECTS = {"architectures/seq2seq_attention": seq2seq}
