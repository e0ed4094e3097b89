"""Networks that make images: autoencoders and the two sides of adversarial pairs (numbers 15 to 18).

The autoencoders and the sides of pairs that stand alone come without data; pairs drawn as one network have theirs.
"""

from __future__ import annotations

from drawing import Drawing, Value
from networks_first import HERE

NO_TARGET = (
    " It comes without data: with images, choose the image itself as the target of the output, and the way of learning"
    " in the training panel."
)
NO_PAIR = " Here it stands alone. The pair is drawn as one network beside it, and in the template digits-gan."
BEGIN = {"weight": "normal", "scale": 0.02}
"""How the weights of DCGAN begin."""
HALF = {"kernel_size": 3, "stride": 2, "padding": "custom", "pad": 1}
DOUBLE = {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}


def _code(d: Drawing, x: Value, width: int) -> Value:
    """Mean and log-variance of a code, a sample of it, and the divergence that counts as much as the pixels' sum."""
    mean = d.add("Linear", x, name="mean", out_features=width)
    log_var = d.add("Linear", x, name="log_var", out_features=width)
    d.add("KLDivergence", mean, log_var, name="kl", weight=round(1 / 784, 6))
    return d.add("Reparameterize", mean, log_var, name="sample")


def denoising_autoencoder() -> Drawing:
    d = Drawing("denoising-autoencoder")
    x = d.add("ImageInput", name="image", channels=1, height=28, width=28)
    x = d.add("GaussianNoise", x, name="noise", std=0.4)
    for number in (1, 2):
        x = d.add("ReLU", d.add("Conv2d", x, name=f"conv{number}", out_channels=32), name=f"relu{number}")
        x = d.add("MaxPool2d", x, name=f"pool{number}")
    for number in (3, 4):
        x = d.add("ConvTranspose2d", x, name=f"up{number}", out_channels=32, **DOUBLE)
        x = d.add("ReLU", x, name=f"relu{number}")
    x = d.add("Sigmoid", d.add("Conv2d", x, name="pixels", out_channels=1), name="sigmoid")
    d.add("Output", x, name="output", loss="binary_cross_entropy")
    d.note(
        "A convolutional autoencoder that takes noise away: noise is added while it learns, and the answer is"
        " compared with the clean image (cross-entropy for each pixel; mean squared error is as usual).\nAfter"
        f" keras.io, autoencoder.{NO_TARGET}"
    )
    return d


def vae() -> Drawing:
    d = Drawing("vae")
    x = d.add("Flatten", d.add("ImageInput", name="image", channels=1, height=28, width=28), name="flatten")
    x = d.add("ReLU", d.add("Linear", x, name="encode", out_features=400), name="relu1")
    x = _code(d, x, 20)
    x = d.add("ReLU", d.add("Linear", x, name="decode", out_features=400), name="relu2")
    x = d.add("Linear", x, name="pixels", out_features=784)
    x = d.add("Sigmoid", d.add("Reshape", x, name="unflatten", sizes="1, 28, 28"), name="sigmoid")
    d.add("Output", x, name="output", loss="binary_cross_entropy")
    d.note(
        "A variational autoencoder of dense layers. The loss has two parts: cross-entropy of the pixels, and the"
        " divergence of the codes, which counts 1/784 because the first part is a mean over 784 pixels, not their"
        " sum.\nKingma, Welling: Auto-encoding variational Bayes, 2013; after pytorch/examples,"
        f" vae.{NO_TARGET}"
    )
    return d


def conv_vae() -> Drawing:
    d = Drawing("conv-vae")
    x = d.add("ImageInput", name="image", channels=1, height=28, width=28)
    for number, channels in ((1, 32), (2, 64)):
        x = d.add("Conv2d", x, name=f"conv{number}", out_channels=channels, **HALF)
        x = d.add("ReLU", x, name=f"relu{number}")
    x = d.add("Linear", d.add("Flatten", x, name="flatten"), name="encode", out_features=16)
    x = _code(d, d.add("ReLU", x, name="relu3"), 2)
    x = d.add("ReLU", d.add("Linear", x, name="decode", out_features=7 * 7 * 64), name="relu4")
    x = d.add("Reshape", x, name="unflatten", sizes="64, 7, 7")
    for number, channels in ((5, 64), (6, 32)):
        x = d.add("ConvTranspose2d", x, name=f"up{number}", out_channels=channels, **DOUBLE)
        x = d.add("ReLU", x, name=f"relu{number}")
    x = d.add("ConvTranspose2d", x, name="pixels", out_channels=1, kernel_size=3, stride=1, padding=1)
    d.add("Output", d.add("Sigmoid", x, name="sigmoid"), name="output", loss="binary_cross_entropy")
    d.note(
        "A convolutional variational autoencoder with a code of two numbers. The divergence counts 1/784 because the"
        " cross-entropy is a mean over 784 pixels, not their sum.\nAfter keras.io,"
        f" vae.{NO_TARGET}"
    )
    return d


def dcgan_generator() -> Drawing:
    d = Drawing("dcgan-generator")
    grow = d.block(
        "Grow", "Doubles the size: transposed convolution, batch normalization, ReLU.", channels=32
    )
    x = grow.enter(example="channel 64, height 8, width 8")
    x = grow.add(
        "ConvTranspose2d",
        x,
        name="conv",
        out_channels="=channels",
        kernel_size=4,
        stride=2,
        padding=1,
        bias=False,
        learning=BEGIN,
    )
    grow.leave(grow.add("ReLU", grow.add("BatchNorm2d", x, name="norm"), name="relu"))
    x = d.add("TableInput", name="noise", features=100)
    x = d.add("Reshape", x, name="as_image", sizes="100, 1, 1")
    x = d.add(
        "ConvTranspose2d",
        x,
        name="first",
        out_channels=128,
        kernel_size=4,
        stride=1,
        bias=False,
        learning=BEGIN,
    )
    x = d.add("ReLU", d.add("BatchNorm2d", x, name="norm"), name="relu")
    for number, channels in enumerate((64, 32, 16), start=1):
        x = d.use(grow, x, name=f"grow{number}", channels=channels)
    x = d.add(
        "ConvTranspose2d",
        x,
        name="last",
        out_channels=3,
        kernel_size=4,
        stride=2,
        padding=1,
        bias=False,
        learning=BEGIN,
    )
    d.add("Output", d.add("Tanh", x, name="tanh"), name="image")
    d.note(
        "The generator of DCGAN with a quarter of its channels: 100 random numbers become an image of 64 × 64 in"
        " colour, values from −1 to 1. Weights begin normal with a deviation of 0.02; those of the batch"
        " normalization begin at 1.\nRadford, Metz, Chintala, 2015; after the tutorial of PyTorch, dcgan_faces, and"
        f" Dive into deep learning, 20.2.{NO_PAIR}"
    )
    return d


def dcgan_discriminator() -> Drawing:
    d = Drawing("dcgan-discriminator")
    conv = {"kernel_size": 4, "stride": 2, "padding": "custom", "pad": 1, "bias": False, "learning": BEGIN}
    shrink = d.block("Shrink", "Halves the size: convolution, batch normalization, leaky ReLU.", channels=32)
    x = shrink.enter(example="channel 16, height 32, width 32")
    x = shrink.add(
        "BatchNorm2d", shrink.add("Conv2d", x, name="conv", out_channels="=channels", **conv), name="norm"
    )
    shrink.leave(shrink.add("LeakyReLU", x, name="leaky", negative_slope=0.2))
    x = d.add("ImageInput", name="image", channels=3, height=64, width=64)
    x = d.add(
        "LeakyReLU",
        d.add("Conv2d", x, name="first", out_channels=16, **conv),
        name="leaky",
        negative_slope=0.2,
    )
    for number, channels in enumerate((32, 64, 128), start=1):
        x = d.use(shrink, x, name=f"shrink{number}", channels=channels)
    x = d.add(
        "Conv2d", x, name="last", out_channels=1, kernel_size=4, padding="valid", bias=False, learning=BEGIN
    )
    x = d.add("Sigmoid", d.add("Flatten", x, name="flatten"), name="sigmoid")
    d.add("Output", x, name="real", loss="binary_cross_entropy")
    d.note(
        "The discriminator of DCGAN with a quarter of its channels: how likely an image of 64 × 64 is a real one."
        f"\nRadford, Metz, Chintala, 2015; after the tutorial of PyTorch, dcgan_faces.{NO_PAIR}"
    )
    return d


def conditional_generator() -> Drawing:
    d = Drawing("conditional-gan-generator")
    noise = d.add("TableInput", name="noise", features=100)
    label = d.add("TokensInput", name="label", length=1, vocabulary=10)
    label = d.add("Flatten", d.add("Embedding", label, name="embedding", embedding_dim=16), name="label_row")
    x = d.add("Concatenate", noise, label, name="condition")
    x = d.add("Linear", x, name="linear", out_features=7 * 7 * 64)
    x = d.add("LeakyReLU", x, name="leaky1", negative_slope=0.2)
    x = d.add("Reshape", x, name="unflatten", sizes="64, 7, 7")
    for number, channels in ((2, 64), (3, 32)):
        x = d.add(
            "ConvTranspose2d",
            x,
            name=f"up{number}",
            out_channels=channels,
            kernel_size=4,
            stride=2,
            padding=1,
        )
        x = d.add(
            "LeakyReLU",
            d.add("BatchNorm2d", x, name=f"norm{number}"),
            name=f"leaky{number}",
            negative_slope=0.2,
        )
    x = d.add("Conv2d", x, name="pixels", out_channels=1, kernel_size=7)
    d.add("Output", d.add("Tanh", x, name="tanh"), name="image")
    d.note(
        "The generator of a conditional GAN: random numbers and the class that is wanted (as a token, 0 to 9) become"
        f" an image of 28 × 28.\nMirza, Osindero, 2014; after keras.io, conditional_gan.{NO_PAIR}"
    )
    return d


def conditional_discriminator() -> Drawing:
    d = Drawing("conditional-gan-discriminator")
    image = d.add("ImageInput", name="image", channels=1, height=28, width=28)
    label = d.add("TokensInput", name="label", length=1, vocabulary=10)
    label = d.add("Flatten", d.add("Embedding", label, name="embedding", embedding_dim=1), name="label_row")
    label = d.add(
        "Expand", d.add("Reshape", label, name="as_image", sizes="1, 1, 1"), image, name="everywhere"
    )
    x = d.add("Concatenate", image, label, name="condition")
    for number, channels in ((1, 32), (2, 64)):
        x = d.add("Conv2d", x, name=f"conv{number}", out_channels=channels, **HALF)
        x = d.add("LeakyReLU", x, name=f"leaky{number}", negative_slope=0.2)
    x = d.add("Flatten", d.add("AdaptiveMaxPool2d", x, name="maxpool"), name="flatten")
    x = d.add("Linear", d.add("Dropout", x, name="dropout", p=0.3), name="score", out_features=1)
    d.add("Output", x, name="real", loss="binary_cross_entropy")
    d.note(
        "The discriminator of a conditional GAN: an image and its class (as a token, spread over a channel of its"
        f" own) give a score.\nMirza, Osindero, 2014; after keras.io, conditional_gan.{NO_PAIR}"
    )
    return d


def wgan_generator() -> Drawing:
    d = Drawing("wgan-gp-generator")
    grow = d.block("Upsample step", "Doubles the size without weights, then a convolution.", channels=32)
    x = grow.enter(example="channel 64, height 4, width 4")
    x = grow.add(
        "Conv2d", grow.add("Upsample", x, name="enlarge"), name="conv", out_channels="=channels", bias=False
    )
    x = grow.add("BatchNorm2d", x, name="norm")
    grow.leave(grow.add("LeakyReLU", x, name="leaky", negative_slope=0.2))
    x = d.add("TableInput", name="noise", features=128)
    x = d.add("Linear", x, name="linear", out_features=4 * 4 * 64, bias=False)
    x = d.add("LeakyReLU", d.add("BatchNorm1d", x, name="norm"), name="leaky", negative_slope=0.2)
    x = d.add("Reshape", x, name="unflatten", sizes="64, 4, 4")
    for number, channels in enumerate((48, 32), start=1):
        x = d.use(grow, x, name=f"grow{number}", channels=channels)
    x = d.add("Conv2d", d.add("Upsample", x, name="enlarge"), name="pixels", out_channels=1, bias=False)
    x = d.add("Tanh", x, name="tanh")
    x = d.add("Slice", x, name="rows", axis="height", start=2, stop=-2)
    d.add("Output", d.add("Slice", x, name="columns", axis="width", start=2, stop=-2), name="image")
    d.note(
        "The generator of WGAN-GP: 128 random numbers become an image of 28 × 28, by enlarging and convolving."
        f"\nGulrajani et al.: Improved training of Wasserstein GANs, 2017; after keras.io, wgan_gp.{NO_PAIR}"
    )
    return d


def wgan_critic() -> Drawing:
    d = Drawing("wgan-gp-critic")
    critic = d.block(
        "Critic", "An image becomes a score; no batch normalization, so that each image counts alone."
    )
    x = critic.enter("image", example="channel 1, height 28, width 28")
    for number, channels in enumerate((16, 32, 64), start=1):
        x = critic.add(
            "Conv2d",
            x,
            name=f"conv{number}",
            out_channels=channels,
            kernel_size=5,
            stride=2,
            padding="custom",
            pad=2,
        )
        if number > 1:
            x = critic.add("LayerNorm", x, name=f"norm{number}", axes=3)
        x = critic.add("LeakyReLU", x, name=f"leaky{number}", negative_slope=0.2)
    x = critic.add("Dropout", critic.add("Flatten", x, name="flatten"), name="dropout", p=0.2)
    critic.leave(critic.add("Linear", x, name="linear", out_features=1), "score")
    size = {"channels": 1, "height": 28, "width": 28}
    real = d.use(critic, d.add("ImageInput", name="real_image", **size), name="critic")
    fake = d.use(critic, d.add("ImageInput", name="made_image", **size), name="critic_of_made", shares=real)
    d.add("WassersteinCritic", real, fake, name="wasserstein")
    d.add("Output", real, name="score", weight=0.0)
    d.note(
        "The critic of WGAN-GP: one network with one set of weights judges a real and a made image; the loss is the"
        " difference of the mean scores (the output itself counts 0).\nGulrajani et al.: Improved training of"
        " Wasserstein GANs, 2017; after keras.io, wgan_gp. The gradient penalty, which needs the gradient of the"
        f" score by the image, comes with that way of learning.{NO_PAIR}"
    )
    return d


def _meet(d: Drawing, make: Drawing, tell: Drawing, noise: int, kind: str, *said: Value) -> None:
    """Data and noise, the two networks, and the loss where they meet."""
    image = d.add("ImageInput", name="image")
    made = d.use(make, d.add("NoiseInput", name="noise", features=noise), *said, name="generator")
    of_data = d.use(tell, image, *said, name="discriminator")
    of_made = d.use(tell, made, *said, name="discriminator2", shares=of_data)
    d.add("AdversarialLoss", of_data, of_made, name="adversarial", kind=kind)
    d.add("Output", made, name="samples", target="image", loss="none")


def dcgan() -> Drawing:
    d = Drawing("dcgan")
    d.read("shapes", HERE, samples=120, size=64, colour=True)
    double = {"kernel_size": 4, "stride": 2, "padding": 1, "bias": False, "learning": BEGIN}
    half = {"kernel_size": 4, "stride": 2, "padding": "custom", "pad": 1, "bias": False, "learning": BEGIN}
    make = d.block("Generator", "Makes an image of 64 × 64 out of 100 random numbers.")
    x = make.add("Reshape", make.enter("z", example="feature 100"), name="as_image", sizes="100, 1, 1")
    x = make.add(
        "ConvTranspose2d",
        x,
        name="first",
        out_channels=128,
        kernel_size=4,
        stride=1,
        bias=False,
        learning=BEGIN,
    )
    for number, channels in enumerate((64, 32, 16), start=1):
        x = make.add("ReLU", make.add("BatchNorm2d", x, name=f"norm{number}"), name=f"relu{number}")
        x = make.add("ConvTranspose2d", x, name=f"grow{number}", out_channels=channels, **double)
    x = make.add("ReLU", make.add("BatchNorm2d", x, name="norm4"), name="relu4")
    x = make.add("ConvTranspose2d", x, name="last", out_channels=3, **double)
    make.leave(make.add("Sigmoid", x, name="colours"))
    tell = d.block("Discriminator", "Scores an image of 64 × 64.")
    x = tell.enter("x", example="channel 3, height 64, width 64")
    for number, channels in enumerate((16, 32, 64, 128), start=1):
        x = tell.add("Conv2d", x, name=f"shrink{number}", out_channels=channels, **half)
        x = tell.add("BatchNorm2d", x, name=f"norm{number}") if number > 1 else x
        x = tell.add("LeakyReLU", x, name=f"leaky{number}", negative_slope=0.2)
    x = tell.add(
        "Conv2d", x, name="last", out_channels=1, kernel_size=4, padding="valid", bias=False, learning=BEGIN
    )
    tell.leave(tell.add("Flatten", x, name="score"))
    _meet(d, make, tell, 100, "standard")
    d.plan("adversarial", epochs=200, batch_size=32, learning_rate=0.0002, beta1=0.5)
    d.note(
        "Both sides of DCGAN with a quarter of their channels, on made shapes: generator and discriminator learn in"
        " turns. A sigmoid in place of tanh, because the colours go from 0 to 1 here.\nRadford, Metz, Chintala, 2015;"
        " after the tutorial of PyTorch, dcgan_faces."
    )
    return d


def conditional_gan() -> Drawing:
    d = Drawing("conditional-gan")
    d.read("digits", HERE)
    make = d.block("Generator", "Makes a digit of 8 × 8 out of random numbers and its class.")
    z, digit = make.enter("z", example="feature 64"), make.enter("digit", example="10 classes")
    wanted = make.add("Embedding", digit, name="wanted", embedding_dim=16)
    x = make.add(
        "Linear", make.add("Concatenate", z, wanted, name="condition"), name="linear", out_features=256
    )
    x = make.add(
        "Reshape",
        make.add("LeakyReLU", x, name="leaky1", negative_slope=0.2),
        name="unflatten",
        sizes="64, 2, 2",
    )
    for number, channels in ((2, 64), (3, 32)):
        x = make.add(
            "ConvTranspose2d",
            x,
            name=f"up{number}",
            out_channels=channels,
            kernel_size=4,
            stride=2,
            padding=1,
        )
        x = make.add("BatchNorm2d", x, name=f"norm{number}")
        x = make.add("LeakyReLU", x, name=f"leaky{number}", negative_slope=0.2)
    x = make.add("Conv2d", x, name="pixels", out_channels=1)
    make.leave(make.add("Sigmoid", x, name="ink"))
    tell = d.block("Discriminator", "Scores a digit and the class that it is said to be.")
    image, digit = (
        tell.enter("x", example="channel 1, height 8, width 8"),
        tell.enter("digit", example="10 classes"),
    )
    said = tell.add("Embedding", digit, name="said", embedding_dim=1)
    said = tell.add(
        "Expand", tell.add("Reshape", said, name="as_image", sizes="1, 1, 1"), image, name="everywhere"
    )
    x = tell.add("Concatenate", image, said, name="condition")
    for number, channels in ((1, 32), (2, 64)):
        x = tell.add("Conv2d", x, name=f"conv{number}", out_channels=channels, **HALF)
        x = tell.add("LeakyReLU", x, name=f"leaky{number}", negative_slope=0.2)
    x = tell.add("Dropout", tell.add("Flatten", x, name="flatten"), name="dropout", p=0.3)
    tell.leave(tell.add("Linear", x, name="score", out_features=1))
    _meet(d, make, tell, 64, "standard", d.add("ClassInput", name="digit"))
    d.plan("adversarial", epochs=200, batch_size=64, learning_rate=0.0003, beta1=0.5)
    d.note(
        "Both sides of a conditional GAN with convolutions, on digits of 8 × 8: the class enters both, in the"
        " discriminator as a channel of its own.\nMirza, Osindero, 2014; after keras.io, conditional_gan."
    )
    return d


def wgan() -> Drawing:
    d = Drawing("wgan-gp")
    d.read("digits", HERE)
    make = d.block("Generator", "Makes a digit of 8 × 8 by enlarging and convolving.")
    x = make.add("Linear", make.enter("z", example="feature 64"), name="linear", out_features=256, bias=False)
    x = make.add("LeakyReLU", make.add("BatchNorm1d", x, name="norm"), name="leaky", negative_slope=0.2)
    x = make.add("Reshape", x, name="unflatten", sizes="64, 2, 2")
    for number, channels in ((1, 48), (2, 32)):
        x = make.add("Upsample", x, name=f"enlarge{number}")
        x = make.add("Conv2d", x, name=f"conv{number}", out_channels=channels, bias=False)
        x = make.add(
            "LeakyReLU",
            make.add("BatchNorm2d", x, name=f"norm{number}"),
            name=f"leaky{number}",
            negative_slope=0.2,
        )
    make.leave(make.add("Sigmoid", make.add("Conv2d", x, name="pixels", out_channels=1), name="ink"))
    tell = d.block(
        "Critic", "An image becomes a score; no batch normalization, so that each image counts alone."
    )
    x = tell.enter("x", example="channel 1, height 8, width 8")
    for number, channels in ((1, 16), (2, 32)):
        x = tell.add("Conv2d", x, name=f"conv{number}", out_channels=channels, **HALF)
        x = tell.add("LayerNorm", x, name=f"norm{number}", axes=3) if number > 1 else x
        x = tell.add("LeakyReLU", x, name=f"leaky{number}", negative_slope=0.2)
    tell.leave(tell.add("Linear", tell.add("Flatten", x, name="flatten"), name="score", out_features=1))
    _meet(d, make, tell, 64, "wasserstein")
    d.plan(
        "adversarial",
        epochs=200,
        batch_size=64,
        learning_rate=0.0005,
        beta1=0.0,
        beta2=0.9,
        discriminator_steps=3,
        gradient_penalty=10.0,
    )
    d.note(
        "Both sides of WGAN-GP with convolutions, on digits of 8 × 8: the critic takes three steps for each of the"
        " generator, and its slope is kept near 1.\nGulrajani et al., 2017; after keras.io, wgan_gp."
    )
    return d


PROJECTS = {
    "networks/15-denoising-autoencoder": denoising_autoencoder,
    "networks/16a-vae": vae,
    "networks/16b-conv-vae": conv_vae,
    "networks/17a-dcgan-generator": dcgan_generator,
    "networks/17b-dcgan-discriminator": dcgan_discriminator,
    "networks/17c-dcgan": dcgan,
    "networks/18a-conditional-gan-generator": conditional_generator,
    "networks/18b-conditional-gan-discriminator": conditional_discriminator,
    "networks/18c-wgan-gp-generator": wgan_generator,
    "networks/18d-wgan-gp-critic": wgan_critic,
    "networks/18e-conditional-gan": conditional_gan,
    "networks/18f-wgan-gp": wgan,
}
