"""Networks for series of numbers: 36 and 37 of the forty that newcomers build."""

from __future__ import annotations

from pathlib import Path

from drawing import Drawing

HERE = Path(__file__).resolve().parent.parent / "networks"


def lstm_forecaster() -> Drawing:
    d = Drawing("lstm-forecaster")
    x = d.add("SequenceInput", name="series", length="T")
    x = d.add("LSTM", x, hidden_size=32, returns="sequence")
    x = d.add("Linear", d.add("Select", x, step=-1, name="last"), out_features=1)
    d.add("Output", x, name="next", loss="mse")
    d.read("sine", HERE, window=32)
    d.plan(epochs=15, batch_size=64, optimizer="adam", learning_rate=0.005, patience=5)
    d.note(
        "Reads a window and says the next value; the latest windows are for validation and test, nothing is shuffled"
        " across them, and it stops when it gets no better. After Keras, timeseries_weather_forecasting, on a sum of"
        " waves as in pytorch/examples, time_sequence_prediction."
    )
    return d


def gru_several_steps() -> Drawing:
    d = Drawing("gru-several-steps")
    x = d.add("SequenceInput", name="series", length="T")
    x = d.add("GRU", x, hidden_size=32, returns="hidden")
    d.add("Output", d.add("Linear", x, out_features=8), name="next", loss="l1")
    d.read("sine", HERE, window=48, horizon=8)
    d.plan(epochs=15, batch_size=64, optimizer="adam", learning_rate=0.005, patience=5)
    d.note(
        "Eight values ahead at once, judged by their absolute errors. After Dive into Deep Learning, “Working with"
        " sequences” (several steps ahead) and “Gated recurrent units”."
    )
    return d


def series_classifier() -> Drawing:
    d = Drawing("series-classifier")
    d.read("sine_classes", HERE, classes=2)
    x = d.add("Permute", d.add("SequenceInput", name="series", length="T"), name="signal")
    for i in (1, 2, 3):
        x = d.add("Conv1d", x, out_channels=32, kernel_size=3, padding="same", name=f"conv{i}")
        x = d.add("ReLU", d.add("BatchNorm1d", x, name=f"norm{i}"), name=f"relu{i}")
    x = d.add("Flatten", d.add("AdaptiveAvgPool1d", x, output_size=1))
    d.add("Output", d.add("Linear", x, out_features=2), name="kind", loss="cross_entropy")
    d.note(
        "Three convolutions and a mean over time tell series apart, of any length. After Keras,"
        " timeseries_classification_from_scratch (Wang et al., 2016), with half the filters. Here it tells two"
        " mixtures of waves apart."
    )
    return d


def series_autoencoder() -> Drawing:
    d = Drawing("series-autoencoder")
    x = d.add("Permute", d.add("SequenceInput", name="series"), name="signal")
    halves = {"kernel_size": 7, "stride": 2, "padding": "custom", "pad": 3}
    doubles = {"kernel_size": 7, "stride": 2, "padding": 3, "output_padding": 1}
    x = d.add("ReLU", d.add("Conv1d", x, out_channels=32, **halves, name="conv1"), name="relu1")
    x = d.add("Dropout", x, p=0.2, name="drop1")
    x = d.add("ReLU", d.add("Conv1d", x, out_channels=16, **halves, name="conv2"), name="relu2")
    x = d.add("ReLU", d.add("ConvTranspose1d", x, out_channels=16, **doubles, name="up1"), name="relu3")
    x = d.add("Dropout", x, p=0.2, name="drop2")
    x = d.add("ReLU", d.add("ConvTranspose1d", x, out_channels=32, **doubles, name="up2"), name="relu4")
    x = d.add("ConvTranspose1d", x, out_channels=1, kernel_size=7, stride=1, padding=3, name="up3")
    d.add("Output", d.add("Permute", x, name="steps"), name="again", loss="mse", target="series")
    d.read("sine", HERE, window=32)
    d.plan(epochs=15, batch_size=64, optimizer="adam", learning_rate=0.001, patience=5)
    d.note(
        "Gives its input back through a narrow middle; what it cannot give back well is unusual. After Keras,"
        " timeseries_anomaly_detection. The target is the input itself. The threshold above which an error counts as"
        " an anomaly is left to you: nothing derives it from the training errors yet."
    )
    return d


def speaker_recognition() -> Drawing:
    d = Drawing("speaker-recognition")
    b = d.block(
        "SpeechBlock",
        "Convolutions of width 3, a shortcut of width 1 around them, and half the length.",
        filters=16,
    )
    x = b.enter("x", example="channel 16, length 128")
    shortcut = b.add("Conv1d", x, out_channels="=filters", kernel_size=1, name="shortcut")
    y = b.add("Conv1d", x, out_channels="=filters", kernel_size=3, padding="same", name="conv1")
    y = b.add(
        "Conv1d",
        b.add("ReLU", y, name="relu1"),
        out_channels="=filters",
        kernel_size=3,
        padding="same",
        name="conv2",
    )
    y = b.add("ReLU", b.add("Add", y, shortcut, name="add"), name="relu2")
    b.leave(b.add("MaxPool1d", y, kernel_size=2, stride=2, name="pool"))
    x = d.add("SequenceInput", name="sound", length=512, features=1)
    x = d.add("FFT", d.add("Permute", x, name="signal"), name="spectrum")
    for i, filters in enumerate((8, 16, 32)):
        x = d.use(b, x, name=f"block{i + 1}", filters=filters)
    x = d.add("Flatten", d.add("AvgPool1d", x, kernel_size=3, stride=3))
    x = d.add("ReLU", d.add("Linear", x, out_features=64, name="dense1"))
    d.add("Output", d.add("Linear", x, out_features=5, name="scores"), name="speaker", loss="cross_entropy")
    d.note(
        "Who of five people speaks: the strength of each frequency, then residual blocks. After Keras,"
        " speaker_recognition_using_cnn, made smaller. Without data: no source reads sound."
    )
    return d


PROJECTS = {
    "networks/36a-lstm-forecaster": lstm_forecaster,
    "networks/36b-gru-several-steps": gru_several_steps,
    "networks/37a-series-classifier": series_classifier,
    "networks/37b-series-autoencoder": series_autoencoder,
    "networks/37c-speaker-recognition": speaker_recognition,
}
