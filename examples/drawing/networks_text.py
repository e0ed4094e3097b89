"""Networks that read and write text with recurrent layers and convolutions: 25 to 29 of the forty that newcomers build.

Token 0 fills up short texts wherever texts of different lengths are read.
"""

from __future__ import annotations

from pathlib import Path

from drawing import Drawing, Value

HERE = Path(__file__).resolve().parent.parent / "networks"
REVIEWS = {"path": "../data/reviews.csv", "text": "text", "target": "feeling"}
PAIRS = {"path": "../data/translations.csv", "source": "english", "target": "german"}
STORIES = {"path": "../data/stories.txt", "lower_case": True}


def char_rnn_classifier() -> Drawing:
    d = Drawing("char-rnn-classifier")
    d.read("text_table", HERE, path="../data/names.csv", text="name", target="language", unit="character")
    x = d.add("TokensInput", name="name", length="T")
    x = d.add("RNN", d.add("OneHot", x), hidden_size=128, returns="sequence")
    x = d.add("Linear", d.add("Select", x, step=-1, name="last_letter"), out_features=5)
    d.add("Output", d.add("LogSoftmax", x), name="language", loss="cross_entropy")
    d.note(
        "Which language a surname comes from, letter by letter (18 languages there, five here, of made names). After"
        " the PyTorch tutorial “NLP from scratch: classifying names with a character-level RNN”. Log softmax and the"
        " negative log-likelihood there are cross-entropy here. Short names are filled up, and what fills them is"
        " read as well."
    )
    return d


def char_language_model() -> Drawing:
    d = Drawing("char-language-model")
    x = d.add("OneHot", d.add("TokensInput", name="text", length="T"))
    x = d.add("RNN", x, hidden_size=32, returns="sequence")
    d.add("Output", d.add("Linear", x, out_features=34), name="next", loss="cross_entropy")
    d.read("text", HERE, window=32, **STORIES)
    d.plan(epochs=20, batch_size=32, optimizer="adam", learning_rate=0.01)
    d.note(
        "Reads letters and says the next one at every place: a one-hot row per letter and a plain RNN of 32 units."
        " After Dive into Deep Learning, “Concise implementation of recurrent neural networks”. Every window begins"
        " with an empty state; the gradient is not clipped."
    )
    return d


def gru_language_model() -> Drawing:
    d = Drawing("gru-language-model")
    x = d.add("Embedding", d.add("TokensInput", name="text", length="T"), embedding_dim=32)
    x = d.add("GRU", x, hidden_size=64, num_layers=2, dropout=0.1, returns="sequence")
    d.add("Output", d.add("Linear", x, out_features=34), name="next", loss="cross_entropy")
    d.read("text", HERE, window=48, **STORIES)
    d.plan(epochs=20, batch_size=32, optimizer="adam", learning_rate=0.005)
    d.note(
        "Two stacked GRU layers over learned letters. After Dive into Deep Learning, “Gated recurrent units” and"
        " “Deep recurrent neural networks”."
    )
    return d


def word_language_model() -> Drawing:
    d = Drawing("word-language-model")
    words = d.add("TokensInput", name="text", length="T")
    embedded = d.add("Embedding", words, embedding_dim=64, give_weight=True, name="words")
    x = d.add("Dropout", embedded, p=0.2, name="drop_in")
    x = d.add("LSTM", x, hidden_size=64, num_layers=2, dropout=0.2, returns="sequence")
    x = d.add("Dropout", x, p=0.2, name="drop_out")
    bias = d.add("Parameter", sizes="34", name="bias")
    x = d.add("WeightedLinear", x, embedded["weight"], bias, name="decoder")
    d.add("Output", x, name="next", loss="cross_entropy")
    d.read("text", HERE, window=48, **STORIES)
    d.plan(epochs=20, batch_size=32, optimizer="adam", learning_rate=0.005)
    d.note(
        "A two-layer LSTM whose decoder uses the table of the embedding once more (tied weights). After"
        " pytorch/examples, word_language_model with --tied, made smaller. It learns letters here: no source cuts a"
        " text into words yet. The state is not carried from window to window and the gradient is not clipped."
    )
    return d


def bilstm_sentiment() -> Drawing:
    d = Drawing("bilstm-sentiment")
    d.read("text_table", HERE, **REVIEWS)
    x = d.add("TokensInput", name="review", length="T")
    x = d.add("Embedding", x, embedding_dim=32, padding_idx=0)
    x = d.add("LSTM", x, hidden_size=32, bidirectional=True, returns="sequence")
    x = d.add("LSTM", x, hidden_size=32, bidirectional=True, returns="hidden")
    x = d.add("Linear", d.add("Dropout", x), out_features=1)
    d.add("Output", d.add("Sigmoid", x), name="positive", loss="binary_cross_entropy")
    d.note(
        "Whether a review is friendly: two bidirectional LSTM layers, of the second the final states of both"
        " directions. After Keras, bidirectional_lstm_imdb, made smaller; the reviews are made. The recurrent layers"
        " also read the padding, as they do there."
    )
    return d


def bilstm_first_and_last() -> Drawing:
    d = Drawing("bilstm-first-and-last")
    d.read("text_table", HERE, **REVIEWS)
    x = d.add("TokensInput", name="review", length="T")
    x = d.add("Embedding", x, embedding_dim=32, padding_idx=0)
    x = d.add("LSTM", x, hidden_size=32, num_layers=2, bidirectional=True, returns="sequence")
    first, last = d.add("Select", x, step=0, name="first"), d.add("Select", x, step=-1, name="last")
    x = d.add("Linear", d.add("Concatenate", first, last), out_features=2)
    d.add("Output", x, name="feeling", loss="cross_entropy")
    d.note(
        "The states at the first and at the last word, side by side. After Dive into Deep Learning, “Sentiment"
        " analysis: using recurrent neural networks”, made smaller; the reviews are made."
    )
    return d


def text_cnn() -> Drawing:
    d = Drawing("text-cnn")
    d.read("text_table", HERE, **REVIEWS, length=16)
    words = d.add("TokensInput", name="review")
    learned = d.add("Embedding", words, embedding_dim=32, padding_idx=0, name="learned")
    fixed = d.add(
        "Embedding", words, embedding_dim=32, padding_idx=0, learning={"frozen": True}, name="fixed"
    )
    x = d.add("Permute", d.add("Concatenate", learned, fixed, name="both"), order="2, 1")
    found = []
    for width in (3, 4, 5):
        y = d.add("Conv1d", x, out_channels=32, kernel_size=width, name=f"conv{width}")
        y = d.add(
            "AdaptiveMaxPool1d", d.add("ReLU", y, name=f"relu{width}"), output_size=1, name=f"most{width}"
        )
        found.append(d.add("Flatten", y, name=f"flat{width}"))
    x = d.add("Dropout", d.add("Concatenate", *found, inputs=3, name="found"))
    d.add("Output", d.add("Linear", x, out_features=2), name="feeling", loss="cross_entropy")
    d.note(
        "Filters three, four and five words wide slide over the text; of each the strongest answer counts. One table"
        " of words learns, the other is frozen. After Dive into Deep Learning, “Sentiment analysis: using"
        " convolutional neural networks” (Kim, 2014), made smaller; the reviews are made. The"
        " frozen table begins at random: vectors learned elsewhere cannot be loaded into it yet."
    )
    return d


STEPS = 9
"""words of the longest answer, and its end"""


def decoder_step(d: Drawing) -> Drawing:
    """One step of the decoder: what the state asks the encoder's states, and the word before, make the next state."""
    b = d.block(
        "DecoderStep", "One step of a GRU decoder with additive attention (Bahdanau et al., 2014).", units=64
    )
    word, state = b.enter("word"), b.enter("state")
    memory, padding = b.enter("memory"), b.enter("padding")
    query = b.add("Unsqueeze", state, position=1, meaning="time", name="query")
    seen = b.add(
        "AdditiveAttention", query, memory, units="=units", wires={"padding": padding}, name="attention"
    )
    seen = b.add("Select", seen, step=0, name="seen")
    both = b.add("Concatenate", seen, word, name="both")
    b.leave(b.add("GRUCell", both, state, hidden_size="=units", name="gru"), "new_state")
    return b


def bahdanau_translator() -> Drawing:
    d = Drawing("bahdanau-translator")
    step = decoder_step(d)
    found = d.read("text_pairs", HERE, **PAIRS)
    source = d.add("TokensInput", name="source", length="S", field="source")
    answer = d.add("TokensInput", name="answer_so_far", field="so far")
    x = d.add("Embedding", source, embedding_dim=32, padding_idx=0, name="source_words")
    x = d.add("Dropout", x, p=0.1)
    memory = d.add("GRU", x, hidden_size=64, returns="sequence", give_state=True, name="encoder")
    state = d.add("Select", memory["state"], step=0, axis="1", name="first_state")
    padding = d.add("PaddingMask", source)
    words = d.add("Embedding", answer, embedding_dim=32, padding_idx=0, name="answer_words")
    states: list[Value] = []
    first: Value | None = None
    for i in range(STEPS):
        word = d.add("Select", words, step=i, name=f"word{i}")
        state = d.use(step, word, state, memory, padding, name=f"step{i}", shares=first)
        first = first or state
        states.append(state)
    x = d.add("Stack", *states, inputs=STEPS, position=1, meaning="time", name="states")
    x = d.add("Linear", x, out_features=len(found.fields["target"].tokens), name="scores")
    d.add("Output", x, name="answer", target="target", loss="cross_entropy", ignore="0")
    d.plan("sequence_to_sequence", epochs=25, batch_size=32, learning_rate=0.005, best_by="score")
    d.note(
        "Each of nine decoder steps asks the encoder's states what matters for the next word; all steps share their"
        " weights. After the PyTorch tutorial “NLP from scratch: translation with a sequence to sequence network and"
        " attention” and Dive into Deep Learning, “The Bahdanau attention mechanism”, made smaller. The true answer"
        " so far enters at the second input (teacher forcing, always); padding is not judged. After each epoch it"
        " writes by itself (greedy decoding). The sentences are made."
    )
    return d


def lstm_addition() -> Drawing:
    d = Drawing("lstm-addition")
    d.read("sequences", HERE, task="add", length=3, so_far=True)
    sum = d.add("OneHot", d.add("TokensInput", name="sum", field="sequence"))
    answer = d.add("OneHot", d.add("TokensInput", name="answer_so_far", field="so far"))
    encoder = d.add("LSTM", sum, hidden_size=64, returns="hidden", give_state=True, name="encoder")
    x = d.add(
        "LSTM",
        answer,
        encoder["state"],
        encoder["cell"],
        hidden_size=64,
        returns="sequence",
        name="decoder",
    )
    d.add("Output", d.add("Linear", x, out_features=12), name="answer", loss="cross_entropy")
    d.plan("sequence_to_sequence", epochs=60, batch_size=64, learning_rate=0.003, best_by="score")
    d.note(
        "Adds as people write: “535+061=” in, “00000596” out. The final state and memory of the encoder begin the"
        " decoder, which reads the answer so far (teacher forcing). After Keras, lstm_seq2seq and addition_rnn, made"
        " smaller. After each epoch it writes by itself, and whole sums are counted."
    )
    return d


PROJECTS = {
    "networks/25-char-rnn-classifier": char_rnn_classifier,
    "networks/26a-char-language-model": char_language_model,
    "networks/26b-gru-language-model": gru_language_model,
    "networks/26c-word-language-model": word_language_model,
    "networks/27a-bilstm-sentiment": bilstm_sentiment,
    "networks/27b-bilstm-first-and-last": bilstm_first_and_last,
    "networks/28-text-cnn": text_cnn,
    "networks/29a-bahdanau-translator": bahdanau_translator,
    "networks/29b-lstm-addition": lstm_addition,
}
