"""Penalties that compare: embeddings of pairs and triplets, and two scores that shall be in order."""

from __future__ import annotations

from nndesigner.base.fields import BoolField, ChoiceField, FloatField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Call, Layer, Lowering, Port, Ref, Sample, ShapeError, Use
from nndesigner.layers.losses.loss import F, call
from nndesigner.layers.penalties import WEIGHT, alike, rows, weight_card

_A = Port("a", help="the first of each pair")
_B = Port("b", help="the second of each pair")
_LABEL = Port(
    "label", help="one number per sample: 1 for a pair that belongs together, 0 or −1 for one that does not"
)


def _margin(default: float, minimum: float = 0.0, maximum: float = 1e9) -> FloatField:
    return FloatField(
        name="margin",
        label="Margin",
        default=default,
        minimum=minimum,
        maximum=maximum,
        help="How far apart is far enough to cost nothing.",
    )


# -- shape rules ---------------------------------------------------------------------------------------------------
def _labelled(use: Use, label: str) -> dict[str, TensorType]:
    """Whether what arrives at `label` is one number per sample. Raises ShapeError where it is not."""
    arrived = use.inputs.get("label")
    if arrived is not None and [size.value for size in arrived.sizes[1:]] not in ([], [1]):
        raise ShapeError(
            tr("{layer} takes one label per sample, but {have} arrives.", layer=label, have=arrived),
            port="label",
        )
    return {}


def _infer_triplet(use: Use) -> dict[str, TensorType]:
    return rows(use, "Triplet loss", "anchor", "positive", "negative")


def _infer_contrastive(use: Use) -> dict[str, TensorType]:
    return rows(use, "Contrastive loss", "a", "b") | _labelled(use, "Contrastive loss")


def _infer_cosine(use: Use) -> dict[str, TensorType]:
    return rows(use, "Cosine embedding", "a", "b") | _labelled(use, "Cosine embedding")


def _infer_ranking(use: Use) -> dict[str, TensorType]:
    alike(use, "Margin ranking", "a", "b")
    if "label" in use.inputs and [size.value for size in use.inputs["a"].sizes[1:]] not in ([], [1]):
        raise ShapeError(
            tr("With a label Margin ranking compares one score per sample, but {have} arrives.",
               have=use.inputs["a"]),
            port="a",
        )  # fmt: skip
    return _labelled(use, "Margin ranking")


# -- lowerings -----------------------------------------------------------------------------------------------------
def _flat(use: Use, port: str) -> tuple[list[Call], Ref]:
    """What arrives as one row per sample."""
    if use.inputs[port].rank == 2:
        return [], Ref(port)
    return [call("torch.flatten", Ref(port), 1, step=f"{port}_row")], Ref(f"{port}_row")


def _flat_all(use: Use, *ports: str) -> tuple[list[Call], list[Ref]]:
    found = [_flat(use, port) for port in ports]
    return [step for calls, _ in found for step in calls], [ref for _, ref in found]


def _truth() -> list[Call]:
    """The label of each sample as a truth value in one axis: 1 is yes; 0, and −1, are no."""
    return [
        call("torch.flatten", Ref("label"), step="labels"),
        call("torch.gt", Ref("labels"), 0.5, step="yes"),
    ]


def _signs() -> list[Call]:
    """The label of each sample as 1 or −1."""
    return [
        *_truth(),
        call(".float", Ref("yes"), step="bits"),
        call("operator.mul", Ref("bits"), 2, step="doubled"),
        call("operator.sub", Ref("doubled"), 1, step="signs"),
    ]


def _triplet(use: Use) -> Lowering:
    calls, (anchor, positive, negative) = _flat_all(use, "anchor", "positive", "negative")
    if use["distance"] == "euclidean":
        keywords = {"margin": use["margin"], **({"swap": True} if use["swap"] else {})}
        return Lowering(
            calls=(*calls, call(f"{F}triplet_margin_loss", anchor, positive, negative, **keywords))
        )
    calls += [
        call(f"{F}cosine_similarity", anchor, positive, step="near"),
        call(f"{F}cosine_similarity", anchor, negative, step="far"),
    ]
    far = Ref("far")
    if use["swap"]:
        calls += [
            call(f"{F}cosine_similarity", positive, negative, step="other"),
            call("torch.maximum", far, Ref("other"), step="hardest"),
        ]
        far = Ref("hardest")
    return Lowering(
        calls=(
            *calls,
            call("operator.sub", far, Ref("near"), step="lead"),
            call("operator.add", Ref("lead"), use["margin"], step="short"),
            call("torch.relu", Ref("short"), step="each"),
            call("torch.mean", Ref("each")),
        )
    )


def _contrastive(use: Use) -> Lowering:
    calls, (a, b) = _flat_all(use, "a", "b")
    return Lowering(
        calls=(
            *calls,
            *_truth(),
            call(f"{F}pairwise_distance", a, b, step="distance"),
            call("operator.sub", use["margin"], Ref("distance"), step="short"),
            call("torch.relu", Ref("short"), step="push"),
            call("torch.where", Ref("yes"), Ref("distance"), Ref("push"), step="cost"),
            call("torch.square", Ref("cost"), step="squared"),
            call("torch.mean", Ref("squared"), step="mean"),
            call("operator.mul", Ref("mean"), 0.5),
        )
    )


def _info_nce(use: Use) -> Lowering:
    calls, (a, b) = _flat_all(use, "a", "b")
    return Lowering(
        calls=(
            *calls,
            call(f"{F}normalize", a, step="first"),
            call(f"{F}normalize", b, step="second"),
            call(".t", Ref("second"), step="turned"),
            call("operator.matmul", Ref("first"), Ref("turned"), step="alike"),
            call("operator.truediv", Ref("alike"), use["temperature"], step="scores"),
            call(f"{F}log_softmax", Ref("scores"), 1, step="logs"),
            call("torch.diagonal", Ref("logs"), step="own"),
            call("torch.mean", Ref("own"), step="mean"),
            call("torch.neg", Ref("mean")),
        )
    )


def _cosine(use: Use) -> Lowering:
    calls, (a, b) = _flat_all(use, "a", "b")
    if "label" in use.inputs:
        keywords = {"margin": use["margin"]} if use["margin"] else {}
        return Lowering(
            calls=(*calls, *_signs(), call(f"{F}cosine_embedding_loss", a, b, Ref("signs"), **keywords))
        )
    return Lowering(
        calls=(
            *calls,
            call(f"{F}cosine_similarity", a, b, step="alike"),
            call("torch.mean", Ref("alike"), step="mean"),
            call("operator.sub", 1, Ref("mean")),
        )
    )


def _ranking(use: Use) -> Lowering:
    if "label" in use.inputs:
        keywords = {"margin": use["margin"]} if use["margin"] else {}
        return Lowering(
            calls=(
                call("torch.flatten", Ref("a"), step="first"),
                call("torch.flatten", Ref("b"), step="second"),
                *_signs(),
                call(f"{F}margin_ranking_loss", Ref("first"), Ref("second"), Ref("signs"), **keywords),
            )
        )
    return Lowering(
        calls=(
            call("operator.sub", Ref("b"), Ref("a"), step="lead"),
            call("operator.add", Ref("lead"), use["margin"], step="short"),
            call("torch.relu", Ref("short"), step="each"),
            call("torch.mean", Ref("each")),
        )
    )


TRIPLET_LOSS = Layer(
    type="TripletLoss",
    label="Triplet loss",
    group="Loss",
    stem="triplet",
    role="penalty",
    summary="Pulls an anchor towards a positive example and pushes it away from a negative one.",
    help="For embeddings, as of faces: the distance to the positive shall be smaller than that to the negative, by the"
    " margin. Feed it from three copies of one tower.",
    formula="L = weight · mean max(0, d(anchor, positive) − d(anchor, negative) + margin)",
    reference="Schroff et al., FaceNet, 2015",
    synonyms=("metric learning", "siamese", "TripletMarginLoss", "TripletMarginWithDistanceLoss", "FaceNet"),
    inputs=(
        Port("anchor", help="the sample that is compared"),
        Port("positive", help="one of the same kind"),
        Port("negative", help="one of another kind"),
    ),
    outputs=(),
    parameters=(
        _margin(1.0),
        ChoiceField(
            name="distance",
            label="Distance",
            default="euclidean",
            choices={"euclidean": "Euclidean", "cosine": "1 − cosine"},
            help="How far two embeddings are apart.",
        ),
        BoolField(
            name="swap",
            label="Swap",
            advanced=True,
            help="Take the distance of positive and negative where that is smaller than the one to the anchor.",
        ),
        WEIGHT,
    ),
    common=False,
    infer=_infer_triplet,
    lower=_triplet,
    card=weight_card,
    samples=(
        Sample(inputs=dict.fromkeys(("anchor", "positive", "negative"), tensor(feature=3))),
        Sample(
            values={"distance": "cosine", "swap": True, "margin": 0.3},
            inputs=dict.fromkeys(("anchor", "positive", "negative"), tensor(time="T", feature=3)),
        ),
    ),
)
CONTRASTIVE_LOSS = Layer(
    type="ContrastiveLoss",
    label="Contrastive loss",
    group="Loss",
    stem="contrastive",
    role="penalty",
    summary="Pulls pairs that belong together towards each other and pushes all others apart.",
    help="For siamese networks: `label` says of each pair whether it belongs together. Pairs that do not cost nothing"
    " once they are farther apart than the margin.",
    formula="L = weight · mean ½ d² for pairs that belong together, ½ max(0, margin − d)² for others",
    reference="Hadsell et al., Dimensionality reduction by learning an invariant mapping, 2006",
    synonyms=("siamese", "metric learning", "pairs"),
    inputs=(_A, _B, _LABEL),
    outputs=(),
    parameters=(_margin(1.0), WEIGHT),
    common=False,
    infer=_infer_contrastive,
    lower=_contrastive,
    card=weight_card,
    samples=(
        Sample(inputs={"a": tensor(feature=3), "b": tensor(feature=3), "label": tensor(feature=1)}),
        Sample(
            inputs={"a": tensor(time=2, feature=3), "b": tensor(time=2, feature=3), "label": tensor("int")}
        ),
    ),
)
INFO_NCE = Layer(
    type="InfoNCE",
    label="InfoNCE",
    group="Loss",
    stem="info_nce",
    role="penalty",
    summary="Contrastive learning within a batch: each sample shall find its own partner among all partners.",
    help="Two views of each sample arrive; the cosine of every first with every second view is a score, and the own"
    " partner is the right class. Large batches make it harder and better.",
    formula="L = −weight · mean log softmax(cos(a[i], b[j]) / τ)[i]",
    reference="van den Oord et al., Representation learning with contrastive predictive coding, 2018",
    synonyms=("contrastive", "SimCLR", "CLIP", "NT-Xent", "self-supervised"),
    inputs=(_A, _B),
    outputs=(),
    parameters=(
        FloatField(
            name="temperature",
            label="Temperature (τ)",
            default=0.1,
            minimum=0.0,
            open_minimum=True,
            help="Smaller values look at the hardest partners only.",
        ),
        WEIGHT,
    ),
    common=False,
    infer=lambda use: rows(use, "InfoNCE", "a", "b"),
    lower=_info_nce,
    card=weight_card,
    samples=(Sample(inputs={"a": tensor(feature=3), "b": tensor(feature=3)}),),
)
COSINE_EMBEDDING = Layer(
    type="CosineEmbedding",
    label="Cosine embedding",
    group="Loss",
    stem="cosine",
    role="penalty",
    summary="Turns pairs that belong together into one direction, and all others away from each other.",
    help="`label` says of each pair whether it belongs together; while nothing is wired to it, all do. Only directions"
    " count, not lengths.",
    formula="L = weight · mean 1 − cos(a, b) for pairs that belong together, max(0, cos(a, b) − margin) for others",
    synonyms=("cosine similarity", "CosineEmbeddingLoss", "siamese", "metric learning"),
    inputs=(_A, _B, Port("label", help=_LABEL.help, optional=True)),
    outputs=(),
    parameters=(_margin(0.0, -1.0, 1.0), WEIGHT),
    common=False,
    infer=_infer_cosine,
    lower=_cosine,
    card=weight_card,
    samples=(
        Sample(
            values={"margin": 0.2},
            inputs={"a": tensor(feature=3), "b": tensor(feature=3), "label": tensor(feature=1)},
        ),
        Sample(inputs={"a": tensor(time=2, feature=3), "b": tensor(time=2, feature=3)}),
    ),
)
MARGIN_RANKING = Layer(
    type="MarginRanking",
    label="Margin ranking",
    group="Loss",
    stem="ranking",
    role="penalty",
    summary="Puts two scores in order: the better one must lead by the margin.",
    help="`label` is 1 where `a` shall be above `b`, 0 or −1 where it shall be below; while nothing is wired to it, `a`"
    " shall always be above.",
    formula="L = weight · mean max(0, margin − s·(a − b)), s = ±1",
    synonyms=("MarginRankingLoss", "learning to rank", "pairwise", "recommender"),
    inputs=(
        Port("a", help="score of the first"),
        Port("b", help="score of the second"),
        Port(
            "label",
            help="one number per sample: 1 where a shall be above b, 0 or −1 where below",
            optional=True,
        ),
    ),
    outputs=(),
    parameters=(_margin(0.0), WEIGHT),
    common=False,
    infer=_infer_ranking,
    lower=_ranking,
    card=weight_card,
    samples=(
        Sample(
            values={"margin": 0.5},
            inputs={"a": tensor(feature=1), "b": tensor(feature=1), "label": tensor(feature=1)},
        ),
        Sample(inputs={"a": tensor(feature=3), "b": tensor(feature=3)}),
    ),
)
