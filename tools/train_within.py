"""Train several networks one after another within one time budget, as a plan says.

    python tools/train_within.py --minutes 9 plan.toml --out trained

The plan is a TOML file of stages, whose words are those of `hcolor train`:

    [[stage]]
    role = "colorizer"
    share = 2                             # of the time, over the sum of all shares
    photos = ["full.zip", "small.zip"]    # folders and packs
    settings = { rate = 3e-4, save_minutes = 1 }
    start = "default"                     # a set of weights, a folder of weights, or "fresh"
    backbone = "features.safetensors"
    seed = 1

Only role and photos are needed. Without `start` a stage begins with what the last stage of the same role arrived at;
the first begins afresh. A stage whose settings give minutes takes these, not its share.

The folder given with --out has the newest weights at any time (float16, with a manifest), copies that a stage keeps on
its way, and each stage's log; other networks that a stage runs are looked for there first. States to resume from and
decoded photographs stay in the folder given with --work: the same command goes on where it was cut off, and does not
repeat what is done.
"""

from __future__ import annotations

import _thread
import argparse
import contextlib
import hashlib
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

BEGAN = time.monotonic()  # before torch is loaded, which takes its time
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the checkout need not be installed

from halftone_color.checkpoints import finding, manifest  # noqa: E402
from halftone_color.errors import HcolorError, InputError, UsageError  # noqa: E402
from halftone_color.system import atomic, devices  # noqa: E402
from halftone_color.training import jobs  # noqa: E402
from halftone_color.training.photographs import cache_name, listing, open_split  # noqa: E402

SAVE_MINUTES = 2.0
"""Training between two checkpoints, where a stage does not say."""
RESERVE_SECONDS = 12.0
"""Kept of each stage's time for setting up, checkpoints and validation, unless a former stage has needed more."""
RESERVE = 0.25
"""Share of a stage's time that is kept at most."""
MARGIN = 0.02
"""Share of the budget, at most MARGIN_SECONDS, that is left at its end to store what a stage cut off has learned."""
MARGIN_SECONDS = 8.0
LEAST_SECONDS = 1.0
"""What there is to share out at least, though it will be cut off."""
QUIET_SECONDS = 30.0
"""Time between two lines of figures."""
TERMINATED = 128 + signal.SIGTERM
"""Exit code after SIGTERM."""
DONE = "done"
"""File in the folder of a stage that need not be repeated."""


@dataclass(frozen=True)
class Stage:
    """One training of a plan."""

    role: str
    photos: tuple[Path, ...]
    share: float = 1.0
    settings: Mapping[str, str] = field(default_factory=dict)
    start: str | None = None
    backbone: Path | None = None
    seed: int = 0

    def folder(self, number: int) -> str:
        """Return the name of its folder, another one for another training."""
        said = asdict(self) | {"share": None}
        digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
        return f"{number}-{self.role}-{digest[:6]}"


class Cut(SystemExit):
    """The time is used up, or SIGTERM came."""


class Budget:
    """The time there is, from the start of the program, and what stages have needed beside their training."""

    def __init__(self, minutes: float) -> None:
        self.seconds = 60 * minutes
        self.overhead = 0.0
        """Most seconds of a stage so far that were not training."""

    @property
    def margin(self) -> float:
        """Seconds before the end at which the stage that runs is cut off."""
        return min(MARGIN_SECONDS, MARGIN * self.seconds)

    @property
    def left(self) -> float:
        """Seconds until then."""
        return self.seconds - self.margin - elapsed()

    def minutes(self, stage: Stage, later: Sequence[Stage]) -> float:
        """Return how long a stage may train now, so that the later ones get their shares."""
        allotted = max(LEAST_SECONDS, self.left) * stage.share / (stage.share + sum(other.share for other in later))
        return (allotted - min(max(RESERVE_SECONDS, self.overhead), RESERVE * allotted)) / 60

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Raise Cut inside when the time is up or at SIGTERM, once."""
        late = threading.Event()

        def cut(number: int, frame: object) -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what follows must not be cut off as well
            raise Cut(0 if late.is_set() else TERMINATED)

        def end() -> None:
            late.set()
            _thread.interrupt_main(signal.SIGTERM)

        before = signal.signal(signal.SIGTERM, cut)
        timer = threading.Timer(max(0.0, self.left), end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            signal.signal(signal.SIGTERM, before)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 also when the time ended within a stage."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    work = given.work or Path("runs") / f"within-{hashlib.sha256(str(given.out.resolve()).encode()).hexdigest()[:8]}"
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        os.environ[finding.VARIABLE] = str(given.out.resolve())
        stages = read_plan(given.plan)
        budget = Budget(given.minutes)
        with budget.watched():
            train_all(stages, budget, given.out, work, devices.resolve_device(given.device))
    except HcolorError as error:
        say(str(error))
        return error.exit_code
    except Cut as cut:
        there = manifest.read(given.out)
        say(f"cut off; the newest weights are in {given.out}" if there else "cut off before there were any weights")
        return int(cut.code or 0)
    say(f"all is done; the weights are in {given.out}")
    return 0


def train_all(stages: Sequence[Stage], budget: Budget, out: Path, work: Path, device: str) -> None:
    """Train stage after stage; `out` has the newest weights whenever and however this ends."""
    newest: dict[str, Path] = {}  # the run that a role was trained in last
    for index, stage in enumerate(stages):
        run = work / stage.folder(index + 1)
        name = f"stage {index + 1} of {len(stages)}, {stage.role}"
        if (run / DONE).exists():
            say(f"{name}: done before")
        else:
            say(f"{name}: begins")
            count = len(open_split(stage.photos, "train", run.parent / cache_name(stage.photos)))
            start = stage.start or (str(newest[stage.role]) if stage.role in newest else jobs.FRESH)
            minutes, began = budget.minutes(stage, stages[index + 1 :]), elapsed()
            minutes = float(stage.settings.get("minutes", minutes))
            say(f"{name}: {60 * minutes:.1f} s of training on {count:,} photographs, start: {start}")
            try:
                figures = _train(stage, run, minutes, start, out, device)
            finally:
                collect(run, out)
            budget.overhead = max(budget.overhead, elapsed() - began - 60 * minutes)
            said = ", ".join(f"{key} {value:.4g}" for key, value in figures.items())
            say(f"{name}: ends after {elapsed() - began:.1f} s: {said}")
        newest[stage.role] = run


def _train(stage: Stage, run: Path, minutes: float, start: str, out: Path, device: str) -> dict[str, float]:
    """Train one stage and return its figures on held-out photographs."""
    job = jobs.TrainingJob(
        stage.role,
        stage.photos,
        run,
        minutes,
        backbone=stage.backbone,
        settings={"save_minutes": str(SAVE_MINUTES)} | dict(stage.settings),
        seed=stage.seed,
        device=device,
        start=start,
    )
    figures = jobs.run(job, _Telling(run, out))
    (run / DONE).touch()
    return figures


class _Telling:
    """Called by a training: prints its figures now and then, and collects weights as soon as there are new ones."""

    def __init__(self, run: Path, out: Path) -> None:
        self.run, self.out, self.told = run, out, time.monotonic()

    def __call__(self, share: float, line: str) -> None:
        collect(self.run, self.out)
        if time.monotonic() - self.told > QUIET_SECONDS:
            self.told = time.monotonic()
            say(f"  {share:.0%} {line}")


def collect(run: Path, out: Path) -> None:
    """Copy a run's newest weights, those that it keeps, and its log to `out`, where they are not there yet."""
    for folder in [run, *sorted(run.glob("kept-*"))]:
        goal = out if folder == run else out / f"{run.name}-{folder.name}"
        there = {(entry.role, entry.sha256) for entry in manifest.read(goal)}
        new = [entry for entry in manifest.read(folder) if (entry.role, entry.sha256) not in there]
        for entry in new:
            atomic.write(goal / entry.file, (folder / entry.file).read_bytes())
        if new:
            manifest.add(goal, new)
    if (run / "log.jsonl").exists():
        shutil.copyfile(run / "log.jsonl", out / f"{run.name}.jsonl")


def read_plan(path: Path) -> list[Stage]:
    """Return the stages of a plan, each of which can be trained as far as that can be known before.

    Raises:
        UsageError: no plan, or words, roles or settings that are not known.
        InputError: photographs or a feature network's file that are not there.
        WeightsError: a folder of weights is damaged.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("stage", [])
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no plan ({error}); write one as this script's first lines show.") from error
    if not isinstance(tables, list) or not tables:
        raise UsageError(f"{path} has no stages; write [[stage]] before each.")
    stages = [_stage(table, f"stage {number} of {path}") for number, table in enumerate(tables, 1)]
    sets = {stored.entry.set for stored in finding.describe()} | {finding.DEFAULT, jobs.FRESH}
    for stage in stages:
        jobs.check(stage.role, stage.settings)
        if not listing(stage.photos):
            raise InputError(f"{stage.photos[0]} holds no photographs; name folders or packs that are there.")
        if stage.backbone and not stage.backbone.is_file():
            raise InputError(f"{stage.backbone} does not exist; name the feature network's file as backbone.")
        if stage.start and stage.start not in sets and not manifest.read(Path(stage.start)):
            raise UsageError(f"There are no weights {stage.start!r} to start from; name a set or a folder of weights.")
    return stages


def _stage(table: Mapping[str, Any], words: str) -> Stage:
    """Return a stage as its table says.

    Raises:
        UsageError: a word that is not known, missing, or of the wrong kind.
    """
    known = Stage.__dataclass_fields__
    strange = [name for name in table if name not in known]
    if strange:
        raise UsageError(f"{words} says {strange[0]!r}, which is not known; it may say {', '.join(known)}.")
    try:
        listed = table["photos"]
        photos = tuple(Path(name) for name in ([listed] if isinstance(listed, str) else listed))
        settings = {name.replace("-", "_"): _text(value) for name, value in table.get("settings", {}).items()}
        share = float(table.get("share", 1))
        backbone = Path(table["backbone"]) if "backbone" in table else None
        role, start, seed = str(table["role"]), table.get("start"), int(table.get("seed", 0))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{words} lacks or misspells something ({error}); it needs role and photos.") from error
    if not (photos and share > 0):
        raise UsageError(f"{words} needs photographs and a share above 0.")
    return Stage(role, photos, share, settings, start, backbone, seed)


def _text(value: Any) -> str:
    """Return a setting's value as one writes it on the command line."""
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)


def elapsed() -> float:
    """Return the seconds since the program began."""
    return time.monotonic() - BEGAN


def say(line: str) -> None:
    """Print a line after the seconds that have passed."""
    print(f"{elapsed():7.1f} s  {line}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("plan", type=Path, metavar="PLAN.toml")
    parser.add_argument("--minutes", type=float, required=True, metavar="N", help="all the time there is")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the weights and logs")
    parser.add_argument("--work", type=Path, metavar="DIR", help="of states and pixels; runs/within-... by default")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda|mps")
    return parser


if __name__ == "__main__":
    sys.exit(main())
