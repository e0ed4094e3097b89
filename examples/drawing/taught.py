"""What courses teach after the first steps, as small projects on made data: texts, translation, forecasts, odd
readings, recommendations, larger pictures, rare answers, signals, patches."""

from __future__ import annotations

from drawing import Drawing, Value
from networks_attention import pre_norm_block
from networks_first import HERE
from networks_points import FILMS, PEOPLE

EXAMPLES = HERE.parent
"""Where the projects lie; paths of data files start there."""


def _dense(d: Drawing, x: Value, width: int, name: str, activation: str = "ReLU") -> Value:
    x = d.add("Linear", x, name=name, out_features=width)
    return d.add(activation, x, name=f"{name}_{activation.lower()}")


def reviews() -> Drawing:
    d = Drawing("reviews-lstm")
    d.read("text_table", EXAMPLES, path="data/reviews.csv", text="text", target="feeling")
    words = d.add("TokensInput", name="review")
    x = d.add("Embedding", words, name="words", embedding_dim=16, padding_idx=0)
    x = d.add("LSTM", x, name="lstm", hidden_size=24, bidirectional=True, returns="sequence")
    x = d.add("MaskedMean", x, d.add("PaddingMask", words, name="padding"), name="mean")
    x = d.add("Linear", d.add("Dropout", x, name="dropout", p=0.2), name="scores", out_features=2)
    d.add("Output", x, name="feeling", loss="cross_entropy")
    d.place(padding=(2, 1.3))
    d.plan(epochs=25, batch_size=32, learning_rate=0.005, clipping="norm", best_by="score")
    d.note(
        "Is a review friendly? “not good” and “not boring” turn a word round, and after “but” stands what counts, so"
        " that the order of the words matters. The made reviews are 600 sentences; write one of your own on the Try it"
        " page. Bypass the LSTM and train again: a mean of words alone cannot tell.\nHochreiter, Schmidhuber: Long"
        " short-term memory, 1997."
    )
    return d


def translation() -> Drawing:
    d = Drawing("translation-attention")
    found = d.read("text_pairs", EXAMPLES, path="data/translations.csv", source="english", target="german")
    source = d.add("TokensInput", name="english", field="source")
    so_far = d.add("TokensInput", name="so_far", field="so far")
    x = d.add("Embedding", source, name="english_words", embedding_dim=32, padding_idx=0)
    memory = d.add("GRU", x, name="encoder", hidden_size=64, returns="sequence", give_state=True)
    y = d.add("Embedding", so_far, name="german_words", embedding_dim=32, padding_idx=0)
    y = d.add("GRU", y, memory["state"], name="decoder", hidden_size=64, returns="sequence")
    padding = d.add("PaddingMask", source, name="padding")
    seen = d.add("AdditiveAttention", y, memory, name="attention", units=64, wires={"padding": padding})
    y = d.add("Concatenate", y, seen, name="said_and_seen", axis="feature")
    words = len(found.fields["target"].tokens)
    y = d.add("Linear", y, name="scores", out_features=words)
    d.add("Output", y, name="german", target="target", loss="cross_entropy", ignore="0")
    d.place(
        english=(0, 0),
        english_words=(1, 0),
        encoder=(2, 0),
        so_far=(0, 1.4),
        german_words=(1, 1.4),
        decoder=(3, 1.4),
        padding=(2, -1),
        attention=(4, 0),
        said_and_seen=(5, 1.4),
        scores=(6, 1.4),
        german=(7, 1.4),
    )
    d.plan(
        "sequence_to_sequence",
        epochs=25,
        batch_size=32,
        learning_rate=0.005,
        clipping="norm",
        best_by="score",
    )
    d.note(
        "Translates small English sentences into German: other endings for each gender, the verb second after"
        " “heute” and last after “dass”. The encoder reads, the decoder writes word by word and looks back through"
        " attention: watch where it looks. After each epoch it writes by itself, and whole sentences are"
        " counted.\nBahdanau, Cho, Bengio: Neural machine translation by jointly learning to align and translate,"
        " 2014; Luong, Pham, Manning: Effective approaches to attention-based neural machine translation, 2015."
    )
    return d


def weather() -> Drawing:
    d = Drawing("weather-gru")
    d.read("time_series", EXAMPLES, path="data/weather.csv", targets="temperature (°C)", window=14)
    x = d.add("SequenceInput", name="fortnight", length="T")
    x = d.add("GRU", x, name="gru", hidden_size=24, returns="hidden")
    d.add("Output", d.add("Linear", x, name="linear", out_features=1), name="tomorrow", loss="mse")
    d.plan(epochs=40, batch_size=32, learning_rate=0.005, weight_decay=0.0001, patience=10)
    d.note(
        "Temperature, pressure, humidity and wind of two weeks go in, the temperature of tomorrow comes out. The parts"
        " are cut in time: it learns from two years and is tested on the months that follow. The days are made: a"
        " fall of the pressure brings cold on the next day. After Keras, timeseries_weather_forecasting.\nCho et al.:"
        " Learning phrase representations using RNN encoder–decoder, 2014 (GRU)."
    )
    return d


def pumps() -> Drawing:
    d = Drawing("pumps-anomaly")
    d.read(
        "csv",
        EXAMPLES,
        path="data/pumps.csv",
        target="state",
        split_by="column",
        split_column="part",
    )
    reading = d.add("TableInput", name="reading")
    x = _dense(d, _dense(d, reading, 16, "encode", "ELU"), 2, "latent", "Tanh")
    x = d.add("Linear", _dense(d, x, 16, "decode", "ELU"), name="again", out_features=6)
    d.add("Output", x, name="reconstruction", target="table", loss="mse")
    d.place(columns=5)
    d.plan("autoencoder", epochs=150, batch_size=32, learning_rate=0.005)
    d.note(
        "Finds readings that do not fit together. An autoencoder learns from pumps that are in order; what it cannot"
        " give back is odd. In a fault one value leaves the others, though each alone is a usual one. Take the squared"
        " error of a reading as how odd it is, and as the threshold what 1 in 50 readings of the training part"
        " exceed.\nHinton, Salakhutdinov: Reducing the dimensionality of data with neural networks, 2006."
    )
    return d


def ratings() -> Drawing:
    d = Drawing("ratings-factors")
    d.read(
        "csv",
        EXAMPLES,
        path="data/ratings.csv",
        target="rating",
        task="number",
        leave_out="liked",
        categories="person, film",
    )
    look = d.block(
        "Look up", "The place of the one in a row of ones and zeros, and the numbers learned for it.", size=1
    )
    number = look.add("ArgMax", look.enter("columns", example="feature 40"), name="number")
    look.leave(
        look.add(
            "Flatten",
            look.add(
                "Embedding",
                number,
                name="table",
                embedding_dim="=size",
                learning={"weight": "normal", "scale": 0.1},
            ),
            name="row",
        )
    )
    row = d.add("TableInput", name="rating_row")
    person = d.add("Slice", row, name="person", axis="feature", start=0, stop=PEOPLE)
    film = d.add("Slice", row, name="film", axis="feature", start=PEOPLE, stop=PEOPLE + FILMS)
    of_person = d.use(look, person, name="person_taste", size=3)
    agree = d.add("Multiply", of_person, d.use(look, film, name="film_taste", size=3), name="agree")
    x = d.add("Reduce", agree, name="dot", function="sum", axes="feature", keepdim=True)
    leans = d.use(look, person, name="person_bias"), d.use(look, film, name="film_bias")
    d.add("Output", d.add("Add", x, *leans, name="with_biases", inputs=3), name="rating", loss="mse")
    d.place(
        rating_row=(0, 1),
        person=(1, 0.5),
        film=(1, 1.5),
        person_taste=(2, 0),
        film_taste=(2, 1),
        person_bias=(2, 2),
        film_bias=(2, 3),
        agree=(3, 0.4),
        dot=(4, 0.4),
        with_biases=(5, 1.4),
        rating=(6, 1.4),
    )
    d.plan(epochs=60, batch_size=32, learning_rate=0.01, weight_decay=0.003)
    d.note(
        "Which film will a person like? Each person and each film has three learned numbers, its tastes; where they"
        " agree the rating is high, and each leans to better or worse ones by itself. The table has one column for"
        " persons and one for films; a category arrives as a column for each of them, of which the place of the one is"
        " looked up.\nKoren, Bell, Volinsky: Matrix factorization techniques for recommender systems, 2009."
    )
    return d


def enlarging() -> Drawing:
    d = Drawing("enlarging-pixelshuffle")
    d.read(
        "image_pairs", EXAMPLES, path="data/enlarging/small", targets="data/enlarging/large", test_share=0.2
    )
    filters = d.block("Filters", "A convolution and ReLU.", channels=32, kernel=3)
    x = filters.enter("x", example="channel 1, height 12, width 12")
    x = filters.add("Conv2d", x, name="conv", out_channels="=channels", kernel_size="=kernel")
    filters.leave(filters.add("ReLU", x, name="relu"))
    small = d.add("ImageInput", name="small")
    x = d.use(filters, d.use(filters, small, name="filters1", kernel=5), name="filters2")
    x = d.add("Conv2d", x, name="spread", out_channels=4)
    x = d.add("PixelShuffle", x, name="shuffle", factor=2)
    x = d.add("Add", d.add("Upsample", small, name="enlarge", scale_factor=2.0, mode="linear"), x, name="add")
    d.add("Output", x, name="large", target="target", loss="mse")
    d.place(enlarge=(3, 0))
    d.plan(epochs=250, batch_size=8, learning_rate=0.002)
    d.note(
        "Super-resolution: pictures of 12 × 12 pixels become 24 × 24. The convolutions work at the small size and make"
        " four channels, which PixelShuffle lays out as pixels twice as dense; they only learn what plain enlarging"
        " lacks.\nShi et al.: Real-time single image and video super-resolution using an efficient sub-pixel"
        " convolutional neural network, 2016."
    )
    return d


def payments() -> Drawing:
    d = Drawing("payments-imbalanced")
    d.read("csv", EXAMPLES, path="data/payments.csv", target="fraud", test_share=0.3)
    x = d.add("TableInput", name="payment")
    for number, width in ((1, 32), (2, 16)):
        x = d.add("Dropout", _dense(d, x, width, f"hidden{number}"), name=f"dropout{number}", p=0.2)
    x = d.add("Sigmoid", d.add("Linear", x, name="score", out_features=1), name="probability")
    d.add("Output", x, name="fraud", loss="binary_cross_entropy", pos_weight=15.0)
    d.place(columns=5)
    d.plan(epochs=40, batch_size=64, learning_rate=0.002, weight_decay=0.0001)
    d.note(
        "A rare answer: some 6 of 100 payments are a fraud. A network that always says “no” has 94 % right and is worth"
        " nothing, so a missed fraud costs fifteen times as much (weight of yes). Look at precision and recall, and at"
        " the confusion matrix, not at the accuracy; on the Scores page the threshold can be moved. After keras.io,"
        " imbalanced_classification."
    )
    return d


def houses() -> Drawing:
    d = Drawing("houses-regression")
    d.read("csv", EXAMPLES, path="data/houses.csv", target="price (1000)")
    x = _dense(d, _dense(d, d.add("TableInput", name="house"), 32, "hidden1"), 16, "hidden2")
    d.add("Output", d.add("Linear", x, name="price", out_features=1), name="output", loss="mse")
    d.plan(epochs=100, batch_size=32, learning_rate=0.003, weight_decay=0.0001)
    d.note(
        "The price of a house from a table with numbers and words: columns of numbers are standardized, the quarter of"
        " the town becomes one column for each name (one-hot). The houses are made; their prices stray by some"
        " 8 %.\nAfter Dive into deep learning, 5.7 Predicting house prices."
    )
    return d


def waves() -> Drawing:
    d = Drawing("waves-conv1d")
    d.read("sine_classes", EXAMPLES, samples=600, classes=4, noise=0.5)
    x = d.add("Permute", d.add("SequenceInput", name="signal"), name="channels_first")
    for number, channels in ((1, 16), (2, 32)):
        x = d.add("Conv1d", x, name=f"conv{number}", out_channels=channels, kernel_size=7, padding="same")
        x = d.add("ReLU", d.add("BatchNorm1d", x, name=f"norm{number}"), name=f"relu{number}")
    x = d.add("Flatten", d.add("AdaptiveAvgPool1d", x, name="mean", output_size=1), name="flatten")
    d.add("Output", d.add("Linear", x, name="scores", out_features=4), name="mixture", loss="cross_entropy")
    d.place(columns=6)
    d.plan(epochs=25, batch_size=32, learning_rate=0.003)
    d.note(
        "Which two waves is a noisy signal made of? Filters slide along time, and their mean answers say it. Watch the"
        " filters of the first convolution become little waves.\nWang, Yan, Oates: Time series classification from"
        " scratch with deep neural networks, 2016."
    )
    return d


def vision_transformer() -> Drawing:
    d = Drawing("digits-transformer")
    d.read("digits", EXAMPLES)
    block = pre_norm_block(d, causal=False)
    x = d.add("ImageInput", name="image")
    x = d.add("Conv2d", x, name="patches", out_channels=32, kernel_size=2, stride=2, padding="valid")
    x = d.add("ImageToSequence", x, name="steps")
    x = d.add("PositionalEncoding", x, name="positions", kind="learned", max_length=16)
    x = d.use(block, x, name="blocks", repeat=3)
    x = d.add("Mean", d.add("LayerNorm", x, name="norm"), name="mean")
    d.add("Output", d.add("Linear", x, name="scores", out_features=10), name="digit", loss="cross_entropy")
    d.place(columns=5)
    d.plan(epochs=40, batch_size=64, optimizer="adamw", learning_rate=0.001, weight_decay=0.05)
    d.note(
        "A vision transformer: an image becomes sixteen patches of 2 × 2 pixels, and attention lets every patch ask"
        " all others. Watch the attention maps of the three blocks.\nDosovitskiy et al.: An image is worth 16 × 16"
        " words, 2020; the mean over the patches takes the place of the class token."
    )
    return d


def names() -> Drawing:
    d = Drawing("names-gru")
    d.read(
        "text_table",
        EXAMPLES,
        path="data/names.csv",
        text="name",
        target="language",
        unit="character",
        lower_case=True,
    )
    letters = d.add("TokensInput", name="name")
    x = d.add("Embedding", letters, name="letters", embedding_dim=12, padding_idx=0)
    x = d.add("GRU", x, name="gru", hidden_size=32, bidirectional=True, returns="sequence")
    x = d.add("MaskedMean", x, d.add("PaddingMask", letters, name="padding"), name="mean")
    d.add("Output", d.add("Linear", x, name="scores", out_features=5), name="language", loss="cross_entropy")
    d.place(padding=(2, 1.3))
    d.plan(epochs=30, batch_size=32, learning_rate=0.005)
    d.note(
        "From which language is a name? It is read letter by letter, from both sides. The 500 names are made of"
        " syllables that are usual in each language.\nAfter the tutorial of PyTorch, NLP from scratch: classifying"
        " names with a character-level RNN."
    )
    return d


def verification() -> Drawing:
    d = Drawing("digits-verification")
    d.read(
        "numpy",
        EXAMPLES,
        path="data/digit-pairs.npz",
        x="first, second, same",
        y="kind",
        preparation="rescale",
        test_share=0.2,
    )
    tower = d.block("Tower", "A digit becomes a place among eight numbers.")
    x = tower.enter("image", example="channel 1, height 8, width 8")
    x = tower.add("ELU", tower.add("Conv2d", x, name="conv1", out_channels=16), name="elu1")
    x = tower.add("MaxPool2d", tower.add("BatchNorm2d", x, name="norm"), name="pool")
    x = tower.add("ELU", tower.add("Conv2d", x, name="conv2", out_channels=32), name="elu2")
    x = tower.add("Dropout", tower.add("Flatten", x, name="flatten"), name="dropout", p=0.3)
    tower.leave(tower.add("Linear", x, name="latent", out_features=8), "place")
    first = d.use(tower, d.add("ImageInput", name="first", field="first"), name="tower")
    second = d.use(tower, d.add("ImageInput", name="second", field="second"), name="twin", shares=first)
    same = d.add("TableInput", name="same", field="same")
    d.add("ContrastiveLoss", first, second, same, name="contrastive", margin=1.0)
    gap = d.add("Subtract", first, second, name="gap")
    gap = d.add("Reduce", gap, name="distance", function="norm", axes="feature", keepdim=True)
    d.add("Output", gap, name="apart", loss="none")
    d.place(
        first=(0, 0),
        second=(0, 1),
        same=(1, 2),
        tower=(1, 0),
        twin=(1, 1),
        contrastive=(2, 2),
        gap=(2, 0.5),
        distance=(3, 0.5),
        apart=(4, 0.5),
    )
    d.plan("drawn", epochs=60, batch_size=32, learning_rate=0.002)
    d.note(
        "Are two images of the same digit? Two towers with one set of weights say where each lies; pairs of one digit"
        " are drawn together, others pushed apart up to a margin of 1. Whether they belong together enters while it"
        " learns and is not asked afterwards: the distance comes out, and below a half they are the same. The loss is"
        " drawn, no output is compared with anything.\nBromley et al.: Signature verification using a siamese time"
        " delay neural network, 1993; Hadsell, Chopra, LeCun, 2006."
    )
    return d


PROJECTS = {
    "digits-verification": verification,
    "reviews-lstm": reviews,
    "translation-attention": translation,
    "weather-gru": weather,
    "pumps-anomaly": pumps,
    "ratings-factors": ratings,
    "enlarging-pixelshuffle": enlarging,
    "payments-imbalanced": payments,
    "houses-regression": houses,
    "waves-conv1d": waves,
    "digits-transformer": vision_transformer,
    "names-gru": names,
}
