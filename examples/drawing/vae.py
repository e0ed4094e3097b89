"""The variational autoencoder of pytorch/examples (Kingma, Welling, 2013)."""

from __future__ import annotations

from drawing import Drawing


def vae() -> Drawing:
    d = Drawing("vae")
    image = d.add("ImageInput", name="image", channels=1, height=28, width=28)
    x = d.add("Flatten", image, name="flatten")
    x = d.add("ReLU", d.add("Linear", x, name="fc1", out_features=400), name="relu1")
    mean = d.add("Linear", x, name="mu", out_features=20)
    log_var = d.add("Linear", x, name="logvar", out_features=20)
    d.add("KLDivergence", mean, log_var, name="kl")
    x = d.add("Reparameterize", mean, log_var, name="z")
    x = d.add("ReLU", d.add("Linear", x, name="fc3", out_features=400), name="relu3")
    x = d.add("Linear", x, name="fc4", out_features=784)
    x = d.add("Reshape", x, name="pixels", to="image", sizes="1, 28, 28")
    d.add("Output", x, name="output", loss="binary_cross_entropy", weight=784.0)
    d.note(
        "Variational autoencoder: 652,824 parameters, counted from the code of pytorch/examples (vae/main.py):"
        " 784 · 400 + 400 + 2 · (400 · 20 + 20) + 20 · 400 + 400 + 400 · 784 + 784. It learns to give back what enters;"
        " the loss is the cross-entropy of all 784 pixels and the divergence of the code, per image. The sigmoid at its"
        " end is in the loss here.\nKingma, Welling: Auto-encoding variational Bayes, 2013."
    )
    return d


PROJECTS = {"architectures/vae": vae}
