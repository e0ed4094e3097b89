"""nndesigner: draw a neural network, train it, watch it learn, and save a model that runs elsewhere."""

__version__ = "0.1.0"
