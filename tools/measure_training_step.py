"""Time training steps of the colorizer beside those of version 0.5.0, in turn, on the same processors.

    python tools/measure_training_step.py CHECKOUT --photos photos \\
        --backbone efficientnet_lite1.safetensors --other-backbone mobilenet_v2.safetensors

CHECKOUT is a working tree of 0.5.0 with its weights (`git worktree add CHECKOUT f22d2d3`). Either version trains in a
process of its own, with its recipe's own options but for the side and the number of pictures, through its own loop;
while one takes steps the other is stopped. POSIX only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

THIS = Path(__file__).resolve().parents[1]
PROGRAM = """
import json, os, sys, time
from pathlib import Path
import torch
asked = json.loads(sys.argv[1])
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked["cores"]])
torch.set_num_threads(asked["cores"])
from halftone_color.checkpoints.loading import networks_for
from halftone_color.training import loop
from halftone_color.training.photographs import open_split
torch.manual_seed(0)
work = Path(asked["work"])
train, val = (open_split(Path(asked["photos"]), split, work / "pixels") for split in ("train", "val"))
side, pictures = asked["side"], asked["pictures"]
%s

class Timed:
    def __init__(self, recipe):
        self.recipe, self.seconds = recipe, {}

    def __getattr__(self, name):
        return getattr(self.recipe, name)

    def timed(self, name, work):
        start = time.perf_counter()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        return result

    def batches(self, seed):
        batches = self.recipe.batches(seed)
        for line in sys.stdin:
            self.seconds, start = {}, time.perf_counter()
            for _ in range(int(line)):
                yield self.timed("batch", lambda: next(batches))
            print(json.dumps(self.seconds | {"all": time.perf_counter() - start}), flush=True)

    def losses(self, batch, progress):
        return self.timed("forward", lambda: self.recipe.losses(batch, asked["progress"]))

    def validate(self, networks):
        return {}

loop.train(Timed(recipe), Schedule(minutes=1e6, save_minutes=1e6), work / "run")
"""
"""What runs in either process: for each number that it is told it takes so many steps, and says how long they took."""
RECIPES = {
    "other": """
from halftone_color import heap
from halftone_color.networks import colorizer as network
from halftone_color.training import colorizer
from halftone_color.training.backbone import load_backbone
from halftone_color.training.loop import Plan as Schedule
heap.keep_freed_memory()
estimator = networks_for("default", ("histogram",))["histogram"]
options = colorizer.Options(batch=pictures, side=side)
features = load_backbone(Path(asked["other_backbone"]))
recipe = colorizer.Colorizer(network.Config(), options, train, val, features, estimator)
""",
    "this": """
from halftone_color.run import Conditions, Run
from halftone_color.system import allocator
from halftone_color.training.loop import Schedule
from halftone_color.training.recipe import Material
from halftone_color.training.recipes.colorizer import ColorizerOptions, ColorizerRecipe
allocator.keep_freed_memory()
options = ColorizerOptions(sides=(side,), megapixels=pictures * side**2 / 1e6, adversarial=asked["adversarial"])
assert options.batch(side) == pictures
material = Material(train, val, Path(asked["backbone"]), Run.open(Conditions("cpu")))
recipe = ColorizerRecipe(options, material)
""",
}
"""How each version makes its recipe."""
PROGRESS = 0.5
"""Share of the run that recipes take for done: 0.5.0's adversarial and mode-seeking losses have joined."""


class Training:
    """A training in a process of its own, stopped but for the steps that are asked for."""

    def __init__(self, version: str, checkout: Path, asked: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", PROGRAM % RECIPES[version], json.dumps(asked)],
            env=os.environ | {"PYTHONPATH": str(checkout.resolve()), "OMP_NUM_THREADS": str(asked["cores"])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def steps(self, count: int) -> dict[str, float]:
        """Take steps and return the seconds that their parts took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGCONT)
        line = ""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{count}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        if not line:
            raise SystemExit("A training ended; what it said is above.")
        self.process.send_signal(signal.SIGSTOP)
        seconds: dict[str, float] = json.loads(line)
        return seconds

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()


def measure(trainings: dict[str, Training], steps: int, rounds: int, pictures: int) -> None:
    """Print pictures a second of each round, then the medians, their ratio and where this version's time goes."""
    for training in trainings.values():
        training.steps(3)  # what is made once, and a cycle of 0.5.0's losses
    speeds: dict[str, list[float]] = {name: [] for name in trainings}
    parts: list[dict[str, float]] = []
    for number in range(rounds):
        for name, training in trainings.items():
            seconds = training.steps(steps)
            speeds[name].append(steps * pictures / seconds["all"])
            if name == "this":
                parts.append({part: value / seconds["all"] for part, value in seconds.items()})
        said = ", ".join(f"{name} {values[-1]:.2f}" for name, values in speeds.items())
        print(f"round {number + 1}: pictures a second: {said}; load average {os.getloadavg()[0]:.1f}", flush=True)
    other, this = (statistics.median(speeds[name]) for name in ("other", "this"))
    each = statistics.median(b / a for a, b in zip(speeds["other"], speeds["this"], strict=True))
    print(
        f"0.5.0 {other:.2f}, this version {this:.2f} pictures a second; ratio {this / other:.2f}, by round {each:.2f}"
    )
    batch, forward = (statistics.median(part[name] for part in parts) for name in ("batch", "forward"))
    print(f"this version's time: batch {batch:.0%}, forward and losses {forward:.0%}, rest {1 - batch - forward:.0%}")
    print(f"inside the networks, their losses and the optimizer: {1 - batch:.0%}")


def main() -> None:
    """Read the command line and do what it asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path, help="working tree of version 0.5.0")
    parser.add_argument("--photos", type=Path, required=True, help="folder of photographs; 0.5.0 knows no packs")
    parser.add_argument("--backbone", type=Path, required=True, help="EfficientNet-Lite1")
    parser.add_argument("--other-backbone", type=Path, required=True, help="MobileNetV2, for 0.5.0")
    parser.add_argument("--side", type=int, default=128, help="px")
    parser.add_argument("--pictures", type=int, default=16, help="of a step")
    parser.add_argument("--adversarial", type=float, default=0.0, help="this version's weight of L_adv")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--steps", type=int, default=6, help="of each version in a round; a multiple of 3")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    asked = {name: str(value) if isinstance(value, Path) else value for name, value in vars(given).items()}
    asked |= {name: str(Path(asked[name]).resolve()) for name in ("photos", "backbone", "other_backbone")}
    asked["progress"] = PROGRESS
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that no training is left behind
    with tempfile.TemporaryDirectory() as folder:
        trainings: dict[str, Training] = {}
        try:
            for name, checkout in (("other", given.checkout), ("this", THIS)):
                work = Path(folder) / name
                work.mkdir()
                trainings[name] = Training(name, checkout, asked | {"work": str(work)})
            measure(trainings, given.steps, given.rounds, given.pictures)
        finally:
            for training in trainings.values():
                training.end()


if __name__ == "__main__":
    main()
