"""`make bench`: every part, a table on the screen, `out/bench.json`. `python tests/bench/run.py NAME` runs one part.

bench.json: {"environment": …, "results": [{name, value, unit, baseline, ratio, bar, better, interval, holds}],
"absent": [what could not be measured here and why]}. The exit status is 1 where a bar does not hold.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT)]

from harness import Part, Result  # noqa: E402  (found through the line above)


def parts() -> list[Part]:
    """Every `PART`, by the name of its file."""
    return [importlib.import_module(path.stem).PART for path in sorted(HERE.glob("bench_*.py"))]


def environment() -> dict[str, Any]:
    import numpy
    import torch

    import nndesigner

    return {
        "nndesigner": nndesigner.__version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def show(result: Result) -> str:
    said = f"  {result.name:<46}{result.value:>12,.4g} {result.unit:<12}"
    said += f"{'' if result.baseline is None else f'{result.baseline:,.4g}':>12}"
    said += f"{'' if result.ratio is None else f'{result.ratio:.2f} ×':>10}"
    if result.bar is not None:
        sign = "≥" if result.better == "higher" else "≤"
        said += f"   {sign} {result.bar:g} {'holds' if result.holds else 'DOES NOT HOLD'}"
    return said + (f"   ({result.note})" if result.note else "")


def main(only: str = "") -> int:
    known = parts()
    chosen = [part for part in known if not only or part.name == only]
    if not chosen:
        print(f"There is no part “{only}”. Parts: {', '.join(part.name for part in known)}.", file=sys.stderr)
        return 2
    about = environment()
    print("\n".join(f"{key:>12}  {value}" for key, value in about.items()))
    print(f"\n  {'':<46}{'ours':>12} {'':<12}{'baseline':>12}{'ratio':>10}   bar")
    results: list[Result] = []
    absent: list[str] = []
    for part in chosen:
        began, missing = time.perf_counter(), len(absent)
        found = list(part.run(absent))
        results += found
        print(f"{part.name} ({time.perf_counter() - began:.0f} s)")
        for line in [*map(show, found), *(f"  {sentence}" for sentence in absent[missing:])]:
            print(line, flush=True)
    out = ROOT / "out" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    content = {"environment": about, "results": [result.plain() for result in results], "absent": absent}
    out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nWritten: {out.relative_to(ROOT)}")
    return 1 if any(result.holds is False for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
