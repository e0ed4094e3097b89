"""`make results`: every template against its hand-written twin, five seeds each; the table goes into docs/results.md.

`python -m tests.results.run NAME …` trains these templates and only prints. out/results.json has the value of every
seed. The exit status is 1 where a line does not hold. As many runs go side by side as there are cores, each on one
thread.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tests.results.table import Line, cells, lines, page
from tests.results.tasks import TASKS

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (0, 1, 2, 3, 4)
SIDES = ("ours", "by_hand")


def measured(template: str, side: str, seed: int, epochs: int | None = None) -> dict[str, float]:
    """One run of one side; what it measured on the test part."""
    task = TASKS[template]
    return task.ours(seed, epochs) if side == "ours" else task.by_hand(seed, epochs)


def results(templates: list[str], seeds: tuple[int, ...], epochs: int | None = None) -> list[Line]:
    """All runs, side by side in processes of their own; the lines of each template as soon as it is complete."""
    found: dict[tuple[str, str, int], dict[str, float]] = {}
    complete: dict[str, list[Line]] = {}
    with ProcessPoolExecutor(cores(), get_context("spawn")) as pool:
        waiting = {
            pool.submit(measured, template, side, seed, epochs): (template, side, seed)
            for template in templates
            for seed in seeds
            for side in SIDES
        }
        for future in as_completed(waiting):
            found[waiting[future]] = future.result()
            template = waiting[future][0]
            sides = [
                [found[template, side, s] for s in seeds if (template, side, s) in found] for side in SIDES
            ]
            if all(len(side) == len(seeds) for side in sides):
                complete[template] = lines(TASKS[template], *sides)
                for line in complete[template]:
                    print(show(line), flush=True)
    return [line for template in templates for line in complete[template]]


def show(line: Line) -> str:
    template, _, weights, metric, ours, by_hand, bar, holds = cells(line)
    verdict = holds.replace("**no**", "DOES NOT HOLD").replace("yes", "holds")
    return f"  {template:<24}{weights:>8}  {metric:<32}{ours:>16}{by_hand:>18}{bar:>11}   {verdict}"


def environment() -> dict[str, str]:
    import numpy
    import sklearn
    import torch

    import nndesigner

    return {
        "Command": "`make results`",
        "Versions": f"nndesigner {nndesigner.__version__}, Python {platform.python_version()},"
        f" torch {torch.__version__}, NumPy {numpy.__version__}, scikit-learn {sklearn.__version__}",
        "Machine": f"{platform.system()} {platform.machine()}, one thread of the CPU for each run",
    }


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main(*only: str) -> int:
    for unknown in set(only) - set(TASKS):
        print(f"There is no template “{unknown}” here. There are: {', '.join(TASKS)}.", file=sys.stderr)
        return 2
    began = time.perf_counter()
    print(f"  {'':<32}  {'on the test part':<32}{'ours':>16}{'by hand':>18}{'bar':>11}")
    found = results(list(only or TASKS), SEEDS)
    print(f"{len(found)} lines in {time.perf_counter() - began:.0f} s")
    if not only:
        about = environment()
        out = ROOT / "out" / "results.json"
        out.parent.mkdir(exist_ok=True)
        content = {"about": about, "seeds": SEEDS, "lines": [line.plain() for line in found]}
        out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written = ROOT / "docs" / "results.md"
        written.write_text(page(found, SEEDS, about), encoding="utf-8")
        print(f"Written: {written.relative_to(ROOT)}, {out.relative_to(ROOT)}")
    return 0 if all(line.holds for line in found) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
