"""The option `--checkpoint best|last|STEP`: which weights of a run are meant."""

from __future__ import annotations

from nndesigner.app.command import CommandError, wrong
from nndesigner.base.text import tr
from nndesigner.runs.store import RunFolder, whole


def checkpoint_of(run: RunFolder, word: str) -> str:
    """The folder of the checkpoint that `word` names. Raises CommandError where there is none."""
    if word in ("best", "last"):
        found = run.best_checkpoint() if word == "best" else run.latest_checkpoint()
        if found is None:
            raise CommandError(
                tr("The run {name} has no checkpoint yet: train for an epoch first.", name=run.name)
            )
        return str(found.path)
    known = run.checkpoints()
    for checkpoint in known:
        if word == str(checkpoint.step):
            if not whole(checkpoint):
                raise CommandError(tr("The checkpoint of step {step} is damaged.", step=checkpoint.step))
            return str(checkpoint.path)
    steps = ", ".join(str(checkpoint.step) for checkpoint in known)
    raise wrong(
        tr(
            "There is no checkpoint “{word}”: say best, last or a step of {steps}.",
            word=word,
            steps=steps or "–",
        )
    )
