"""The training plan's settings as fields: the form, the command line and the loop all read this one list.

It knows no optimizer and no device: `training/` does what these values say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nndesigner.base.fields import (
    BoolField,
    ChoiceField,
    Field,
    FloatField,
    IntField,
    PathField,
    TextField,
    Values,
    resolve,
)
from nndesigner.base.problem import Problem, Severity, Where
from nndesigner.document.document import Document
from nndesigner.document.metrics import METRICS
from nndesigner.document.optimizer_fields import MOVES, OPTIMIZER_FIELDS
from nndesigner.document.optimizers import OPTIMIZERS
from nndesigner.document.schedule_fields import SCHEDULE_FIELDS

SPEED, KEPT, VIEWS = "Speed and numbers", "Checkpoints and metrics", "Live views"
"""headings under which settings are folded"""


def _watches(*ways: str) -> Callable[[Values], bool]:
    return lambda values: values.get("watched", "evenly") in ways


def _decays(values: Values) -> bool:
    optimizer = OPTIMIZERS.get(str(values.get("optimizer", "adam")))
    return (
        optimizer is not None and "weight_decay" in optimizer.settings and values.get("weight_decay", 0) > 0
    )


def _stops_early(values: Values) -> bool:
    return int(values.get("patience", 0)) > 0


PLAN_FIELDS: tuple[Field, ...] = (
    IntField(
        name="epochs",
        label="Epochs",
        default=20,
        minimum=1,
        maximum=1_000_000,
        help="How often the network sees the whole training data.",
    ),
    IntField(
        name="batch_size",
        label="Batch size",
        default=32,
        minimum=1,
        maximum=10_000_000,
        unit="samples",
        help="Samples per step. Larger batches give smoother steps and fewer of them.",
    ),
    ChoiceField(
        name="optimizer",
        label="Optimizer",
        default="adam",
        choices={name: optimizer.label for name, optimizer in OPTIMIZERS.items()},
        help="How weights follow the gradient. Adam adapts the step of each weight and suits most networks; SGD,"
        " plain gradient descent, is the textbook rule. L-BFGS looks at each batch several times: give it the whole"
        " data as one batch. Muon makes the updates of hidden layers' matrices orthogonal and leaves biases,"
        " embeddings, convolutions and the layers before the outputs to AdamW.",
    ),
    FloatField(
        name="learning_rate",
        label="Learning rate",
        default=0.001,
        minimum=0.0,
        maximum=1000.0,
        open_minimum=True,
        logarithmic=True,
        help="The size of each step. Too large and the loss jumps or grows; too small and it hardly moves."
        " 0.001 suits Adam, 0.01 to 0.1 plain gradient descent.",
    ),
    PathField(
        name="begin_with",
        label="Begin with",
        default="",
        longest=4000,
        filters="Weights (*.safetensors *.pt *.pth *.bin)",
        help="Transfer learning: take first weights from an earlier run (its folder, seen from the project) or from a"
        " file of weights, where layers have the same names and sizes. All others begin from the seed. Empty is off.",
    ),
    *SCHEDULE_FIELDS,
    *OPTIMIZER_FIELDS,
    FloatField(
        name="weight_decay",
        label="Weight decay",
        default=0.0,
        minimum=0.0,
        maximum=100.0,
        logarithmic=True,
        help="Pulls every weight towards zero, against overfitting. AdamW applies it apart from the gradient, the"
        " others as part of it (an L2 penalty). 0 is off.",
    ),
    BoolField(
        name="spare_biases",
        label="No decay of biases and norms",
        default=False,
        advanced=True,
        section=MOVES,
        shown_when=_decays,
        help="Leaves biases, the scales of normalizations and all else that is no matrix or kernel out of the weight"
        " decay, as is usual for transformers.",
    ),
    FloatField(
        name="clip_norm",
        label="Clip gradient norm at",
        default=0.0,
        minimum=0.0,
        maximum=1e9,
        logarithmic=True,
        help="Shortens the gradient of all weights together to this length where it is longer, against exploding"
        " gradients. 0 is off.",
    ),
    FloatField(
        name="clip_value",
        label="Clip gradient values at",
        default=0.0,
        minimum=0.0,
        maximum=1e9,
        logarithmic=True,
        advanced=True,
        section=MOVES,
        help="Cuts every number of the gradient off at plus and minus this. 0 is off.",
    ),
    IntField(
        name="pieces",
        label="Pieces per batch",
        default=1,
        minimum=1,
        maximum=100_000,
        advanced=True,
        section=MOVES,
        help="Computes each batch in so many pieces and adds up their gradients before the step (gradient"
        " accumulation): less memory, the same batch size. Batch normalization sees each piece by itself.",
    ),
    FloatField(
        name="average_decay",
        label="Average the weights",
        default=0.0,
        minimum=0.0,
        maximum=0.999999,
        advanced=True,
        section=MOVES,
        help="Keeps a moving average of the weights beside them: each step this share of the average and the rest of"
        " the new weights (Polyak and Juditsky 1992; 0.99 to 0.9999 are usual). The average is validated, saved as"
        " the model and exported. 0 is off.",
    ),
    ChoiceField(
        name="precision",
        label="Precision",
        default="float32",
        choices={
            "float32": "32 bit",
            "bfloat16": "mixed, bfloat16",
            "float16": "mixed, float16",
        },
        advanced=True,
        section=SPEED,
        help="Mixed precision computes most layers in 16 bit while weights stay in 32 bit: faster and smaller on"
        " graphics cards. With float16 the loss is scaled, so that small gradients do not vanish. Validation and"
        " exported models are in 32 bit.",
    ),
    ChoiceField(
        name="compile",
        label="Compile the steps",
        default="off",
        choices={"off": "No", "pays": "When it pays", "on": "Yes"},
        advanced=True,
        section=SPEED,
        help="Compiles the network with torch.compile before the first step: steps can become faster, after some"
        " seconds to minutes of compiling. When it pays: a step is measured both ways, and the run says what came of"
        " it."
        " Results differ in the last digits. Only for supervised learning; on a processor it needs a C++ compiler.",
    ),
    BoolField(
        name="channels_last",
        label="Channels last",
        default=False,
        advanced=True,
        section=SPEED,
        help="Lays the kernels of 2-d convolutions, and with them their maps, in memory with the channels of a place"
        " beside each other, which many devices compute faster, in 16 bit above all. Results differ in the last"
        " digits. Without effect where there is no 2-d convolution.",
    ),
    BoolField(
        name="deterministic",
        label="Repeatable",
        default=True,
        advanced=True,
        section=SPEED,
        help="The same seed gives the same numbers on an NVIDIA device too, bit for bit. Without it the fastest kernels"
        " are tried out and taken, whatever order they add in; a resumed run then differs in the last digits. On a"
        " processor results are always repeatable.",
    ),
    IntField(
        name="seed",
        label="Seed",
        default=0,
        minimum=0,
        help="Decides the first weights, the order of the samples and what dropout drops. The same seed on the same"
        " machine gives the same run.",
    ),
    TextField(
        name="device",
        label="Device",
        default="auto",
        longest=32,
        help="Where to compute: auto takes an accelerator where there is one; or cpu, cuda, cuda:1, mps, xpu.",
    ),
    IntField(
        name="patience",
        label="Stop early after",
        default=0,
        minimum=0,
        maximum=1_000_000,
        unit="epochs",
        help="Ends the run when the validation did not get better for so many epochs. 0 is off.",
    ),
    FloatField(
        name="minimum_change",
        label="Least improvement",
        default=0.0,
        minimum=0.0,
        maximum=1e9,
        advanced=True,
        section=KEPT,
        shown_when=_stops_early,
        help="Changes smaller than this do not count as better.",
    ),
    ChoiceField(
        name="best_by",
        label="Best by",
        default="loss",
        choices={
            "loss": "Validation loss",
            "score": "Validation accuracy (for numbers: R², for masks: mean IoU)",
            **{name: metric.label for name, metric in METRICS.items()},
        },
        help="What decides which checkpoint is the best, and when to stop early; of several outputs the first that has"
        " it. Without validation data loss and accuracy are those of the training data.",
    ),
    BoolField(
        name="more_metrics",
        label="More metrics",
        default=False,
        advanced=True,
        section=KEPT,
        help="Measures after each epoch, on validation data and in the end on test data, what suits the target besides:"
        " of classes balanced accuracy, F1, AUROC and top 5, of masks the Dice coefficient, of tokens perplexity,"
        " of images PSNR. For supervised learning; it takes a little of the time of each evaluation.",
    ),
    IntField(
        name="checkpoint_every",
        label="Checkpoint every",
        default=1,
        minimum=0,
        maximum=1_000_000,
        unit="epochs",
        advanced=True,
        section=KEPT,
        help="After how many epochs the state is written, though never so often that writing takes more than a"
        " fiftieth of the time. 0 leaves it to the clock. The end of a run is always written.",
    ),
    IntField(
        name="checkpoint_seconds",
        label="and every",
        default=60,
        minimum=1,
        maximum=86_400,
        unit="seconds",
        advanced=True,
        section=KEPT,
        help="A checkpoint within an epoch too, so that a crash costs no more time than this.",
    ),
    IntField(
        name="keep_checkpoints",
        label="Checkpoints kept",
        default=2,
        minimum=1,
        maximum=1_000_000,
        advanced=True,
        section=KEPT,
        help="So many of the newest checkpoints stay on the disk, besides the best one.",
    ),
    IntField(
        name="recording",
        label="Recording",
        default=32,
        minimum=0,
        maximum=4096,
        unit="MB",
        advanced=True,
        section=VIEWS,
        help="How much of what the live views show is kept, to go back in time through it. Layers that nobody looks at"
        " are recorded in turn. When it is full, every second picture is dropped. 0 keeps only the numbers of the"
        " layers' health.",
    ),
    FloatField(
        name="monitor_budget",
        label="Cost of monitors",
        default=2.0,
        minimum=0.1,
        maximum=100.0,
        unit="%",
        advanced=True,
        section=VIEWS,
        help="The share of the time that measuring for the live views may take. What is dear is measured less often. It"
        " can be changed while a run goes on; the status bar shows what was measured.",
    ),
    ChoiceField(
        name="watched",
        label="Watched samples",
        default="evenly",
        choices={"evenly": "Some of every kind", "class": "Of one class", "samples": "These samples"},
        advanced=True,
        section=VIEWS,
        help="Which samples the live views show on their way through the network: some that stand for the whole (of"
        " every class in turn), those of one class, or those with these numbers. It can be changed while a run goes on"
        " and changes nothing of what is learned.",
    ),
    TextField(
        name="watched_class",
        label="Class",
        default="",
        longest=200,
        advanced=True,
        section=VIEWS,
        shown_when=_watches("class"),
        help="The name of the class whose samples are watched, as the data page shows it.",
    ),
    TextField(
        name="watched_samples",
        label="Samples",
        default="",
        longest=1000,
        advanced=True,
        section=VIEWS,
        shown_when=_watches("samples"),
        help="Numbers of samples in the data, as the views show them, such as 5, 17, 230; at most 64.",
    ),
    IntField(
        name="watched_count",
        label="How many",
        default=64,
        minimum=16,
        maximum=64,
        unit="samples",
        advanced=True,
        section=VIEWS,
        shown_when=_watches("evenly", "class"),
        help="So many samples are watched at most. Fewer cost less.",
    ),
    BoolField(
        name="drop_last",
        label="Leave out a short last batch",
        default=False,
        advanced=True,
        help="When the batch size does not divide the training data, the last batch of an epoch is smaller and its step"
        " noisier. The left-out samples differ every epoch. Without this every sample is trained on; one that would be"
        " alone joins the batch before it where batch normalization, which cannot train on a single sample, is in the"
        " network.",
    ),
    IntField(
        name="threads",
        label="CPU threads",
        default=0,
        minimum=0,
        maximum=1024,
        advanced=True,
        section=SPEED,
        help="0 takes one per core. The number is kept with the run and used again on resuming, because results differ"
        " in the last bits between numbers of threads.",
    ),
)
"""Every setting of a training plan. Values live in `TrainingPlan.parameters` by field name."""


def plan_values(document: Document) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Every setting of the document's plan, checked, defaults filled in; and a problem for each that fell back."""
    plan = document.plan
    values, bad = resolve(PLAN_FIELDS, plan.parameters if plan is not None else {})
    node = plan.id if plan is not None else ""
    problems = tuple(
        Problem(Severity.ERROR, "plan-value", Where(node=node, field=field), sentence, training=True)
        for field, sentence in bad.items()
    )
    return values, problems
