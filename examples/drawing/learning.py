"""Ways of learning other than from given answers, on handwritten digits: one small project each."""

from __future__ import annotations

from drawing import Drawing, Value
from networks_first import HERE

PIXELS = 64


def dense(d: Drawing, x: Value, width: int, name: str, activation: str = "ReLU") -> Value:
    x = d.add("Linear", x, name=name, out_features=width)
    return d.add(activation, x, name=f"{name}_{activation.lower()}")


def _encoder(d: Drawing, *widths: int) -> Drawing:
    b = d.block("Encoder", "From an image to what is told of it.")
    x = b.add("Flatten", b.enter("x", example="channel 1, height 8, width 8"), name="flatten")
    for number, width in enumerate(widths, start=1):
        x = dense(b, x, width, f"hidden{number}", "ELU")  # no unit of a narrow network can die
    b.leave(x)
    return b


def _decoder(d: Drawing, features: int, *widths: int) -> Drawing:
    b = d.block("Decoder", "From a code to scores of 8 × 8 pixels.")
    x = b.enter("z", example=f"feature {features}")
    for number, width in enumerate(widths, start=1):
        x = dense(b, x, width, f"hidden{number}", "ELU")  # no unit of a narrow network can die
    x = b.add("Linear", x, name="pixels", out_features=PIXELS)
    b.leave(b.add("Reshape", x, name="unflatten", sizes="1, 8, 8"))
    return b


def autoencoder() -> Drawing:
    d = Drawing("digits-autoencoder")
    encode, decode = _encoder(d, 64), _decoder(d, 8, 64, 64)
    d.read("digits", HERE)
    x = d.use(encode, d.add("ImageInput", name="image"), name="encoder")
    x = dense(d, x, 8, "latent", "Tanh")
    x = d.add("Sigmoid", d.use(decode, x, name="decoder"), name="ink")
    d.add("Output", x, name="output", target="image", loss="mse")
    d.plan("autoencoder", epochs=150, learning_rate=0.002)
    d.note(
        "An autoencoder: 64 pixels go through a code of 8 numbers and come back. The output is compared with the image"
        " itself. Watch what comes back and where the codes lie while it trains. Encoder and decoder can be exported"
        " alone.\nHinton, Salakhutdinov: Reducing the dimensionality of data with neural networks, 2006."
    )
    return d


def denoising() -> Drawing:
    d = Drawing("digits-denoising")
    d.read("digits", HERE)
    x = d.add("ImageInput", name="image")
    for number, channels in ((1, 16), (2, 32)):
        x = d.add("Conv2d", x, name=f"conv{number}", out_channels=channels)
        x = d.add("ReLU", x, name=f"relu{number}")
    x = d.add("MaxPool2d", x, name="pool")
    x = d.add("ReLU", d.add("Conv2d", x, name="conv3", out_channels=32), name="relu3")
    x = d.add("ConvTranspose2d", x, name="up", out_channels=16, kernel_size=2, stride=2)
    x = d.add("ReLU", x, name="relu4")
    x = d.add("Sigmoid", d.add("Conv2d", x, name="pixels", out_channels=1), name="ink")
    d.add("Output", x, name="output", target="image", loss="mse")
    d.plan("autoencoder", epochs=60, learning_rate=0.002, corruption="gaussian", corruption_amount=0.4)
    d.note(
        "A denoising autoencoder: the network sees digits under noise and is compared with the clean ones. Kind and"
        " amount of the noise are settings of the training.\nVincent, Larochelle, Bengio, Manzagol: Extracting and"
        " composing robust features with denoising autoencoders, 2008."
    )
    return d


def vae() -> Drawing:
    d = Drawing("digits-vae")
    encode, decode = _encoder(d, 128, 64), _decoder(d, 2, 64, 128)
    d.read("digits", HERE)
    x = d.use(encode, d.add("ImageInput", name="image"), name="encoder")
    mean = d.add("Linear", x, name="mean", out_features=2)
    log_var = d.add("Linear", x, name="log_var", out_features=2)
    d.add("KLDivergence", mean, log_var, name="kl", weight=round(1 / PIXELS, 6))
    z = d.add("Reparameterize", mean, log_var, name="sample")
    x = d.add("Sigmoid", d.use(decode, z, name="decoder"), name="ink")
    d.add("Output", x, name="output", target="image", loss="binary_cross_entropy")
    d.plan("variational", epochs=200, learning_rate=0.002)
    d.note(
        "A variational autoencoder with a code of two numbers, so that all of it can be seen: the samples walk through"
        " the plane of codes from corner to corner. The divergence counts 1/64 because the cross-entropy is a mean over"
        " 64 pixels, not their sum.\nKingma, Welling: Auto-encoding variational Bayes, 2013."
    )
    return d


def _generator(d: Drawing, *, conditional: bool = False) -> Drawing:
    b = d.block("Generator", "Makes an image of 8 × 8 out of random numbers.")
    z = b.enter("z", example="feature 32")
    if conditional:
        wanted = b.add("Embedding", b.enter("digit", example="10 classes"), name="wanted", embedding_dim=16)
        z = b.add("Concatenate", z, wanted, name="both", axis="feature")
    x = b.add("BatchNorm1d", b.add("Linear", z, name="hidden1", out_features=128), name="norm1")
    x = b.add("ReLU", x, name="relu1")
    x = b.add("BatchNorm1d", b.add("Linear", x, name="hidden2", out_features=256), name="norm2")
    x = b.add("ReLU", x, name="relu2")
    x = b.add("Linear", x, name="pixels", out_features=PIXELS)
    b.leave(b.add("Sigmoid", b.add("Reshape", x, name="unflatten", sizes="1, 8, 8"), name="ink"))
    return b


def _discriminator(d: Drawing, *, conditional: bool, dropout: bool) -> Drawing:
    b = d.block("Discriminator", "Scores an image: high for data, low for what was made.")
    x = b.add("Flatten", b.enter("x", example="channel 1, height 8, width 8"), name="flatten")
    if conditional:
        said = b.add("Embedding", b.enter("digit", example="10 classes"), name="said", embedding_dim=16)
        x = b.add("Concatenate", x, said, name="both", axis="feature")
    for number, width in ((1, 256), (2, 128)):
        x = b.add("Linear", x, name=f"hidden{number}", out_features=width)
        x = b.add("LeakyReLU", x, name=f"leaky{number}", negative_slope=0.2)
        x = b.add("Dropout", x, name=f"drop{number}", p=0.3) if dropout else x
    b.leave(b.add("Linear", x, name="score", out_features=1))
    return b


def _pair(d: Drawing, kind: str, *, conditional: bool = False) -> None:
    """Data and noise, the two networks, and the loss where they meet."""
    d.read("digits", HERE)
    make = _generator(d, conditional=conditional)
    tell = _discriminator(d, conditional=conditional, dropout=kind != "wasserstein")
    image = d.add("ImageInput", name="image")
    noise = d.add("NoiseInput", name="noise", features=32)
    digit = [d.add("ClassInput", name="digit")] if conditional else []
    made = d.use(make, noise, *digit, name="generator")
    of_data = d.use(tell, image, *digit, name="discriminator")
    of_made = d.use(tell, made, *digit, name="discriminator2", shares=of_data)
    d.add("AdversarialLoss", of_data, of_made, name="adversarial", kind=kind)
    d.add("Output", made, name="samples", target="image", loss="none")


PAIR = (
    "The discriminator is drawn twice and has one set of weights: above it scores the data, below what the generator"
    " makes out of noise. Both learn in turns. Watch the samples, and how the two kinds of scores lie. What is exported"
    " is the generator."
)


def gan() -> Drawing:
    d = Drawing("digits-gan")
    _pair(d, "standard")
    d.plan("adversarial", epochs=300, batch_size=64, learning_rate=0.0003, beta1=0.5, label_smoothing=0.1)
    d.note(f"A generative adversarial network. {PAIR}\nGoodfellow et al.: Generative adversarial nets, 2014.")
    return d


def least_squares_gan() -> Drawing:
    d = Drawing("digits-gan-least-squares")
    _pair(d, "least_squares")
    d.plan("adversarial", epochs=300, batch_size=64, learning_rate=0.0003, beta1=0.5)
    d.note(
        f"A GAN whose discriminator is judged by least squares, which is steadier. {PAIR}\nMao et al.: Least squares"
        " generative adversarial networks, 2017."
    )
    return d


def wasserstein_gan() -> Drawing:
    d = Drawing("digits-gan-wasserstein")
    _pair(d, "wasserstein")
    d.plan(
        "adversarial",
        epochs=400,
        batch_size=64,
        learning_rate=0.0005,
        beta1=0.0,
        beta2=0.9,
        discriminator_steps=3,
        gradient_penalty=10.0,
    )
    d.note(
        "A Wasserstein GAN with gradient penalty: the critic measures how far samples are from the data, takes three"
        f" steps for each of the generator, and its slope is kept near 1. {PAIR}\nGulrajani et al.: Improved training"
        " of Wasserstein GANs, 2017."
    )
    return d


def conditional_gan() -> Drawing:
    d = Drawing("digits-gan-conditional")
    _pair(d, "standard", conditional=True)
    d.plan("adversarial", epochs=300, batch_size=64, learning_rate=0.0003, beta1=0.5, label_smoothing=0.1)
    d.note(
        "A conditional GAN: the generator is told which digit to make, and the discriminator which one it is said to"
        f" be. {PAIR}\nMirza, Osindero: Conditional generative adversarial nets, 2014."
    )
    return d


def embedding() -> Drawing:
    d = Drawing("digits-embedding")
    d.read("digits", HERE)
    x = d.add("ImageInput", name="image")
    for number, channels in ((1, 16), (2, 32)):
        x = d.add(
            "ReLU", d.add("Conv2d", x, name=f"conv{number}", out_channels=channels), name=f"relu{number}"
        )
    x = d.add("Flatten", d.add("MaxPool2d", x, name="pool"), name="flatten")
    x = dense(d, x, 64, "hidden")
    d.add("Output", d.add("Linear", x, name="place", out_features=2), name="embedding", loss="none")
    d.plan("metric", epochs=40, batch_size=128, mining="all", best_by="score")
    d.note(
        "An embedding in the plane: digits of one class are drawn together and away from the others, by triplets of the"
        " batch. Watch the places on the Codes page. In the training panel choose contrastive pairs instead.\nHermans,"
        " Beyer, Leibe: In defense of the triplet loss, 2017; Hadsell, Chopra, LeCun: Dimensionality reduction by"
        " learning an invariant mapping, 2006."
    )
    return d


def diffusion() -> Drawing:
    d = Drawing("digits-diffusion")
    d.read("digits", HERE)
    noisy = d.add("DiffusionNoise", d.add("ImageInput", name="image"), name="add_noise")
    when = dense(d, noisy["time"], 64, "when", "SiLU")
    x = d.add("Concatenate", d.add("Flatten", noisy, name="flatten"), when, name="both", axis="feature")
    for number in (1, 2, 3):
        y = dense(d, x, 256, f"hidden{number}", "SiLU")
        x = y if number == 1 else d.add("Add", x, y, name=f"around{number}")
    x = d.add(
        "Reshape", d.add("Linear", x, name="told", out_features=PIXELS), name="unflatten", sizes="1, 8, 8"
    )
    d.add("Output", x, name="denoised", target="image", loss="none")
    d.plan("diffusion", epochs=300, batch_size=64, learning_rate=0.001)
    d.note(
        "A denoising diffusion model: noise is added to digits, more or less of it by the time, and the network learns"
        " to tell which noise it was. Samples begin as noise alone and lose a little of it in each of 50 steps.\nHo,"
        " Jain, Abbeel: Denoising diffusion probabilistic models, 2020; Song, Meng, Ermon: Denoising diffusion implicit"
        " models, 2021."
    )
    return d


def distillation() -> Drawing:
    d = Drawing("digits-distillation")
    d.read("digits", HERE)
    x = d.add("Flatten", d.add("ImageInput", name="image"), name="flatten")
    x = d.add("Linear", dense(d, x, 16, "hidden"), name="scores", out_features=10)
    d.add("Output", x, name="digit")
    d.plan("distillation", epochs=60, learning_rate=0.005, teacher="data/digits-teacher")
    d.note(
        "Distillation: sixteen hidden units learn from a convolutional network that has thirty times as many weights,"
        " and was trained before. Besides the right digit they are told how probable the teacher holds each of the ten."
        " Watch how often both agree. Any run of yours on the same data can teach instead: choose its folder in the"
        " training panel.\nHinton, Vinyals, Dean: Distilling the knowledge in a neural network, 2015."
    )
    return d


PROJECTS = {
    "digits-autoencoder": autoencoder,
    "digits-denoising": denoising,
    "digits-vae": vae,
    "digits-gan": gan,
    "digits-gan-least-squares": least_squares_gan,
    "digits-gan-wasserstein": wasserstein_gan,
    "digits-gan-conditional": conditional_gan,
    "digits-embedding": embedding,
    "digits-diffusion": diffusion,
    "digits-distillation": distillation,
}
