"""Connectionist temporal classification: the target is written somewhere along the steps, and nobody says where.

Every step has a score for each token and for the blank, which says nothing. A path through the steps writes what is
left when repeats are made one and blanks left out; the loss is how unlikely all paths together make the target
(Graves et al., Connectionist temporal classification: Labelling unsegmented sequence data with recurrent neural
networks, 2006).
"""

from __future__ import annotations

from nndesigner.base.fields import BoolField
from nndesigner.layers.declaration import Lowering, Ref
from nndesigner.layers.losses.loss import TARGET, F, Loss, LossUse, X, call, lowered


def _ctc(use: LossUse) -> Lowering:
    keywords: dict[str, object] = {"blank": use.blank}
    if use["zero_infinity"]:
        keywords["zero_infinity"] = True
    time = 2 if use.axis == 1 else 1
    return lowered(
        call("torch.permute", X, (time, 0, use.axis), step="scores"),
        call(f"{F}log_softmax", Ref("scores"), 2, step="logs"),
        # Torch's own gradient of it is not repeatable on CUDA, and there is none for Apple's graphics: the sums over
        # paths, a few numbers for each step, are taken on the processor.
        call(".float", Ref("logs"), step="exact"),
        call(".cpu", Ref("exact"), step="paths"),
        call(".cpu", TARGET, step="written"),
        call("torch.ne", Ref("written"), use.blank, step="tokens"),
        call("torch.sum", Ref("tokens"), 1, step="target_lengths"),
        call(".size", X, time, step="steps"),
        call("torch.full_like", Ref("target_lengths"), Ref("steps"), step="input_lengths"),
        call(
            f"{F}ctc_loss",
            Ref("paths"),
            Ref("written"),
            Ref("input_lengths"),
            Ref("target_lengths"),
            **keywords,
            step="mean",
        ),
        call(".to", Ref("mean"), Ref("exact")),
    )


CTC = Loss(
    name="ctc",
    label="CTC",
    targets=("tokens",),
    form="logits",
    link="softmax",
    lower=_ctc,
    stable_after=("Softmax", "LogSoftmax"),
    predicts="class",
    aligned=False,
    options=(
        BoolField(
            name="zero_infinity",
            label="Leave out what does not fit",
            advanced=True,
            help="No path of fewer steps than the target has tokens, and one more for each token that repeats the one"
            " before it, can write the target: its loss is infinite, and such data is refused. Switched on, such a"
            " sample counts as 0 and has no gradient (zero_infinity of torch).",
        ),
    ),
    help="For texts that are shorter than the steps that they are read from, such as speech and handwriting, where"
    " nobody says which step writes which token. The answer (batch × steps × classes) has a score at each step for"
    " every token and for the blank: it is the token <pad> that fills up short targets, or, where the target has none,"
    " one class more, the last. Each sample's loss is divided by the length of its target. All steps count: a"
    " “Blank after the end” layer ends those of short samples. Answers are read off by the best path: the likeliest"
    " class of each step, repeats made one, blanks left out.",
    formula="L = −log Σ p(path) / length, over all paths that write the target; p(path) = Π softmax(z[t])[path[t]]",
    reference="Graves et al., Connectionist temporal classification, 2006",
)
