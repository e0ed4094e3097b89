"""Projects with functions of one's own, and texts that tell whether they ran."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nndesigner.base import trust, trusted_code
from nndesigner.data.dataset import read
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.layers import described
from tests.own_texts import ASYMMETRIC, METRICS, RING, leaves_a_trace
from tests.session.projects import chain

LAYERS = ("TableInput", "Linear", "Tanh", "Linear", "Output")


def network(data: str, loss: str, metrics: str) -> Document:
    """A project of three texts, its data read: they are trusted for that, and not any more afterwards."""
    texts = (data, loss, metrics)
    for text in texts:
        trust.trust(text)
    document = chain(*LAYERS)
    document = document.apply(edits.set_parameters(document, "n3", {"out_features": 2}))
    document = document.apply(edits.set_data(document, "own", {"code": data}))
    found = read(document.data, Path())
    fields = tuple(found.fields.values())
    document = document.apply(edits.set_found(document, fields, found.counts, found.fingerprint))
    own = {"loss": "own", "loss_code": loss, "own_weight": 2.0, "own_metrics": True, "metric_code": metrics}
    document = document.apply(edits.set_parameters(document, "n4", own))
    return document.apply(edits.set_plan(document, {"epochs": 1}))


def texts_with_traces(folder: Path) -> tuple[dict[str, str], dict[str, Path]]:
    """A text for the data, the loss and the metrics, and the file that each makes where it runs."""
    traces = {kind: folder / f"{kind} ran" for kind in ("data", "loss", "metrics")}
    first = f"import math\nopen({str(traces['loss'])!r}, 'w').close()\n"
    texts = {
        "data": leaves_a_trace(RING, traces["data"]),
        "loss": ASYMMETRIC.replace("import math\n", first),
        "metrics": leaves_a_trace(METRICS, traces["metrics"]),
    }
    return texts, traces


def no_longer_trusted(texts: Mapping[str, str], traces: Mapping[str, Path]) -> None:
    """As on a computer where nobody has trusted the texts, and nothing is known of them."""
    for kind, trace in traces.items():
        trust.withdraw(texts[kind])
        trace.unlink(missing_ok=True)
    trusted_code._modules.clear()
    described.answer_here(None)
    described.forget()
