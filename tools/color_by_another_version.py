"""Color the inputs of `hcolor bench color` by another version of this project, or time that version beside this one.

    hcolor bench inputs PHOTOS --scans TESTDATA --pairs PAIRS -o inputs
    python tools/color_by_another_version.py pictures CHECKOUT inputs 0.5.0
    hcolor bench color PHOTOS --backbone FILE --scans TESTDATA --pairs PAIRS --beside 0.5.0
    python tools/color_by_another_version.py time CHECKOUT

CHECKOUT is a working tree of the other version with its weights (`git worktree add CHECKOUT COMMIT`). Its code runs in
processes of its own, under this Python.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

COLOR = """
import csv, sys
from pathlib import Path
import halftone_color
from halftone_color.images.writing import write
inputs, output = map(Path, sys.argv[1:])
with (inputs / "jobs.csv").open(newline="") as handle:
    jobs = list(csv.DictReader(handle))
for done, job in enumerate(jobs):
    path = output / (job["result"] + ".png")
    if not path.exists():
        cue = {"references": [inputs / job["reference"]]} if job["reference"] else {}
        cue |= {"samples": 1, "seed": int(job["seed"])} if job["seed"] else {}
        write(path, halftone_color.colorize(inputs / job["picture"], **cue).picture)
    if done % 100 == 0:
        print(f"{done} of {len(jobs)}", flush=True)
"""
"""What the other version runs for pictures; results that are there already stay."""
TIME = """
import json, os, statistics, sys, time
import numpy as np
import torch
cores = int(sys.argv[1])
if sys.platform == "linux":
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
torch.set_num_threads(cores)
import halftone_color
from halftone_color.evaluation.photographs import standard_picture
try:
    from halftone_color.system.allocator import keep_freed_memory
except ImportError:
    from halftone_color.heap import keep_freed_memory
keep_freed_memory()
rgb = standard_picture("astronaut")
gray = np.tile(np.tensordot([0.299, 0.587, 0.114], rgb, 1)[None].astype(np.float32), (1, 2, 2))
seconds = {}
for name, references in (("automatic", []), ("one reference", [standard_picture("coffee")])):
    halftone_color.colorize(gray[:, :192, :192].copy(), references=references)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        halftone_color.colorize(gray, references=references)
        taken.append(time.perf_counter() - start)
    seconds[name] = statistics.median(taken)
print(json.dumps(seconds))
"""
"""What either version runs for times: 1024 x 1024 px, median of three after a small one that is not counted."""
THIS = Path(__file__).resolve().parents[1]


def run(program: str, checkout: Path, *arguments: str, capture: bool = False) -> str:
    """Run a program of Python with the code of a checkout and return what it printed, if that is captured."""
    environment = os.environ | {"PYTHONPATH": str(checkout.resolve())}
    command = [sys.executable, "-P", "-c", program, *arguments]  # -P: the folder at hand must not come first
    done = subprocess.run(command, env=environment, check=True, text=True, stdout=subprocess.PIPE if capture else None)
    return done.stdout or ""


def times(checkout: Path, cores: int, rounds: int) -> None:
    """Print seconds for 1 MP of the other version and of this one, taken in turn, and their ratio."""
    taken: dict[str, dict[str, list[float]]] = {"other": {}, "this": {}}
    for _ in range(rounds):
        for name, tree in (("other", checkout), ("this", THIS)):
            for job, seconds in json.loads(run(TIME, tree, str(cores), capture=True)).items():
                taken[name].setdefault(job, []).append(seconds)
    for job in taken["this"]:
        other, own = (statistics.median(taken[name][job]) for name in ("other", "this"))
        print(f"{job}: {other:.2f} s there, {own:.2f} s here, {own / other:.2f} times")


def main() -> None:
    """Read the command line and do what it asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    pictures = commands.add_parser("pictures", help="color the inputs")
    pictures.add_argument("checkout", type=Path)
    pictures.add_argument("inputs", type=Path, help="what `hcolor bench inputs` wrote")
    pictures.add_argument("output", type=Path, help="folder for the results; its name names the rows")
    timed = commands.add_parser("time", help="time both versions in turn")
    timed.add_argument("checkout", type=Path)
    timed.add_argument("--cores", type=int, default=2)
    timed.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if asked.command == "time":
        times(asked.checkout, asked.cores, asked.rounds)
    else:
        asked.output.mkdir(parents=True, exist_ok=True)
        run(COLOR, asked.checkout, str(asked.inputs), str(asked.output))


if __name__ == "__main__":
    main()
