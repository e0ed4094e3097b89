"""What the gallery says of the projects that ship: a title and one line each, in groups. Their names are their files'.

A project that has no words here stands in the last group of its folder, under its own name.
"""

from __future__ import annotations

FIRST, IMAGES, MAKING, TABLES, SEQUENCES, KNOWN = (
    "First steps",
    "Images",
    "Making and embedding",
    "Tables",
    "Sequences and text",
    "Known architectures",
)
GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    FIRST: {
        "moons-mlp": ("Two moons", "Watch a decision boundary bend"),
        "perceptron": ("Perceptron", "One step unit learns AND and OR"),
        "perceptron-xor": ("Where one unit fails", "XOR cannot be cut by one straight line"),
        "xor-hidden-layer": ("XOR solved", "One hidden layer bends the line"),
        "one-hidden-layer": ("One hidden layer", "ReLU, softmax and plain gradient descent"),
        "own-python": ("Your own Python", "A data set, a loss and a metric as functions"),
        "keras-classifier": ("Classic classifier", "64-64-10 with softmax"),
    },
    IMAGES: {
        "digits-mlp": ("Digits, fully connected", "Ten classes of 8 × 8 images with two dense layers"),
        "shapes-unet": ("Segmentation", "A small U-Net tells shapes from the background, pixel by pixel"),
        "digits-cnn": ("Digits, convolutional", "Small images, filters and pooling"),
        "shapes-transfer": ("Transfer learning", "Forty noisy pictures, and filters that saw clean ones"),
        "digits-transformer": ("Vision transformer", "Digits as sixteen patches that ask each other"),
        "enlarging-pixelshuffle": (
            "Super-resolution",
            "Small pictures twice as large, sharper than by plain enlarging",
        ),
    },
    MAKING: {
        "digits-autoencoder": ("Autoencoder", "Digits through a code of eight numbers and back"),
        "digits-denoising": ("Denoising autoencoder", "Clean digits out of noisy ones"),
        "digits-vae": ("Variational autoencoder", "A plane of codes that digits are made from"),
        "digits-gan": ("GAN", "Two networks learn against each other"),
        "digits-gan-least-squares": ("Least-squares GAN", "A steadier pair"),
        "digits-gan-wasserstein": ("Wasserstein GAN", "A critic with a gradient penalty"),
        "digits-gan-conditional": ("Conditional GAN", "Makes the digit it is told to make"),
        "digits-diffusion": ("Diffusion", "Digits out of noise, step by step"),
        "digits-verification": ("The same or not", "Two towers with one set of weights, and a distance"),
        "style-transfer": ("Style transfer", "A picture painted in the manner of another"),
        "digits-embedding": ("Metric learning", "Digits of one kind lie close together"),
    },
    TABLES: {
        "iris-mlp": ("Iris flowers", "A first table with three classes"),
        "wine-mlp": ("Wines", "Three cultivars from thirteen measurements"),
        "breast-cancer-binary": ("Yes or no", "One sigmoid unit on a medical table"),
        "diabetes-regression": ("Predict a number", "Regression on ten measurements"),
        "houses-regression": ("House prices", "A number from a table with numbers and words"),
        "payments-imbalanced": ("A rare answer", "Few payments are a fraud, and a missed one costs more"),
        "pumps-anomaly": ("Odd readings", "What an autoencoder cannot give back is out of order"),
        "ratings-factors": ("Recommendations", "Which film will a person like? Tastes of both are learned"),
    },
    SEQUENCES: {
        "sine-lstm": ("Time series", "An LSTM continues a wave"),
        "sunspots-lstm": ("Sunspots", "An LSTM forecasts cycles that are never alike"),
        "weather-gru": ("Weather", "The temperature of tomorrow from four measurements of two weeks"),
        "waves-conv1d": ("Tell signals apart", "Filters along time know which waves are in the noise"),
        "reviews-lstm": ("Friendly or not", "The feeling of a sentence, where the order of words matters"),
        "names-gru": ("Names of five languages", "A name, read letter by letter from both sides"),
        "translation-attention": ("Translation", "English into German, looking back through attention"),
        "reverse-sequence": (
            "Sequence to sequence",
            "Reads a word and writes it backwards, letter by letter",
        ),
        "digits-ctc": (
            "Read a row of digits",
            "CTC: a number out of a strip, without being told where a digit stands",
        ),
        "masked-letters": ("Masked letters", "A small BERT tells which letters are hidden"),
        "characters-transformer": ("Write like a book", "A small transformer over characters"),
    },
    KNOWN: {
        "lenet5": ("LeNet-5", "The digits reader of 1998: two convolutions, three dense layers"),
        "alexnet": ("AlexNet", "The network that won ImageNet in 2012"),
        "vgg16": ("VGG-16", "Thirteen 3 × 3 convolutions, one after the other"),
        "googlenet": ("GoogLeNet", "Inception: several kernel sizes side by side"),
        "squeezenet1_0": ("SqueezeNet", "Fire modules: few weights, the accuracy of AlexNet"),
        "resnet18": ("ResNet-18", "Residual blocks: what passes by is added again"),
        "resnet50": ("ResNet-50", "Residual bottlenecks, the usual backbone"),
        "densenet121": ("DenseNet-121", "Every layer sees all layers before it"),
        "mobilenet_v2": ("MobileNet V2", "Inverted residuals for small devices"),
        "efficientnet_b0": ("EfficientNet-B0", "Mobile blocks with squeeze and excitation"),
        "convnext_tiny": ("ConvNeXt-Tiny", "A convolutional network with a transformer's manners"),
        "vit_b_16": ("Vision transformer", "An image as 16 × 16 patches: ViT-B/16"),
        "mixer_b_16": ("MLP-Mixer", "Patches and channels mixed by dense layers alone"),
        "unet": ("U-Net", "From image to image, with bridges across"),
        "vae": ("Variational autoencoder", "A code that can be drawn from"),
        "dcgan_generator": ("DCGAN generator", "From noise to an image"),
        "dcgan_discriminator": ("DCGAN discriminator", "Is this image a real one?"),
        "transformer": ("Transformer", "Encoder and decoder, as first described"),
        "bert_base": ("BERT base", "A bidirectional encoder over tokens"),
        "gpt2": ("GPT-2", "A causal decoder over tokens"),
        "seq2seq_attention": ("Translation with attention", "Recurrent encoder and decoder"),
        "pointnet": ("PointNet", "Classes of point clouds"),
        "neumf": ("Neural recommender", "Users and items: matrix factors and dense layers"),
    },
}
