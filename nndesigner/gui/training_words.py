"""What is said of a run in words: how far it is, how it ended, how good it is. It knows no widget."""

from __future__ import annotations

from nndesigner.base.text import count, tr
from nndesigner.protocol.messages import Clock, Done, Failed


def progress_words(clock: Clock) -> str:
    """ "Epoch 3 of 20 · step 412 of 2,880", and below the speed and the time left."""
    epoch = min(int(clock.epoch) + 1, max(clock.epochs, 1))
    first = tr(
        "Epoch {epoch} of {epochs} · step {step} of {steps}",
        epoch=f"{epoch:,}",
        epochs=f"{clock.epochs:,}",
        step=f"{clock.step:,}",
        steps=f"{clock.steps:,}",
    )
    second = []
    if clock.samples_per_second > 0:
        speed = clock.samples_per_second
        second.append(tr("{n} samples/s", n=f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}"))
    if clock.seconds_left >= 0:
        second.append(tr("{time} left", time=duration(clock.seconds_left)))
    return "\n".join(part for part in (first, " · ".join(second)) if part)


def outcome_words(outcome: Done | Failed | None) -> tuple[str, str]:
    """A title and a sentence for how the last run of this session ended."""
    if outcome is None:
        return tr("Training"), ""
    if isinstance(outcome, Failed):
        return (
            (tr("Cancelled"), "")
            if outcome.code == "cancelled"
            else (tr("The run broke off"), outcome.sentence)
        )
    result = outcome.result
    titles = {
        "finished": tr("Finished"),
        "early": tr("Stopped early"),
        "stopped": tr("Stopped"),
        "diverged": tr("Diverged"),
    }
    words = []
    if result.get("sentence"):
        words.append(str(result["sentence"]))
    epochs, seconds = result.get("epochs"), result.get("seconds")
    if isinstance(epochs, int) and isinstance(seconds, int | float):
        words.append(
            tr("{epochs} in {time}.", epochs=count(epochs, "epoch", "epochs"), time=duration(float(seconds)))
        )
    line = scores_words(result.get("metrics"))
    if line:
        words.append(line)
    if result.get("compiled"):
        words.append(str(result["compiled"]))
    return titles.get(str(result.get("state")), tr("Finished")), " ".join(words)


def scores_words(metrics: object) -> str:
    """ "Test accuracy 97.4 %" from a result's metrics: of the test part, else of the validation."""
    if not isinstance(metrics, dict):
        return ""
    for split, words in (("test", tr("Test")), ("validation", tr("Validation")), ("train", tr("Training"))):
        found = metrics.get(split)
        if not isinstance(found, dict):
            continue
        for name, value in found.items():
            bare = str(name).partition(" · ")[0]
            if bare == "iou" and isinstance(value, int | float):
                return tr("{part} mean IoU {value}.", part=words, value=f"{value:.3f}")
            if bare == "accuracy" and isinstance(value, int | float):
                return tr("{part} accuracy {value} %.", part=words, value=f"{100 * value:.1f}")
            if bare == "r2" and isinstance(value, int | float):
                return tr("{part} R² {value}.", part=words, value=f"{value:.3f}")
        if isinstance(found.get("loss"), int | float):
            return tr("{part} loss {value}.", part=words, value=f"{found['loss']:.4g}")
    return ""


def duration(seconds: float) -> str:
    """0.8 s, 42 s, 3:05 min, 2:10 h."""
    if seconds < 10:
        return tr("{n} s", n=f"{seconds:.1f}")
    if seconds < 99.5:
        return tr("{n} s", n=f"{seconds:.0f}")
    whole = round(seconds)
    if whole < 3600:
        return tr("{m}:{s} min", m=whole // 60, s=f"{whole % 60:02d}")
    return tr("{h}:{m} h", h=whole // 3600, m=f"{whole % 3600 // 60:02d}")
