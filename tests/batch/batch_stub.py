"""A job without networks, which travels to workers: quick, and as bad as the name of a picture says."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from halftone_color.errors import InputError
from halftone_color.types import Result

SLOW_S = 60.0
"""Time that a slow picture takes, in seconds."""


def picture(path, seed=0, side=8):
    """Write a small random gray PNG; it is done so that no two pictures are alike."""
    from halftone_color.images.writing import write

    return write(path, np.random.default_rng(seed).random((1, side, side), np.float32))


def stub(source, request, run):
    """Return three channels that depend on the file's bytes and the request alone."""
    name = source.name
    if "slow" in name:
        time.sleep(SLOW_S)
    if "killed" in name:
        with source.with_suffix(".begun").open("a") as counted:
            counted.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    if "greedy" in name:
        np.ones(3_000_000_000, np.uint8)
    if "bad" in name:
        raise InputError(f"{source} is damaged.")
    if "fault" in name:
        raise ZeroDivisionError("nothing to divide by")
    if "printing" in name:
        print("from a library")
        os.write(1, b"from C\n")
    run.report(0.5)
    seed = int.from_bytes(source.read_bytes()[-32:], "big") + int(request.digest()[:8], 16)
    draw = np.random.default_rng(seed)
    pictures = tuple(draw.random((3, 8, 8), np.float32) for _ in range(max(1, request.cues.samples)))
    return Result(pictures, notes=("A note.",))


def main(archive, output, *words):
    """Run a batch with the stub in this process; the words may be a shard I/N."""
    from halftone_color.batch import running
    from halftone_color.batch.shards import Shard
    from halftone_color.batch.worklist import Wanted, make_worklist
    from halftone_color.errors import HcolorError
    from halftone_color.request import Request

    try:
        wanted = Wanted(shard=Shard.parse(words[0]) if words else Shard())
        worklist = make_worklist(Path(archive), f"{output}/", wanted)
        print("planned", flush=True)
        for outcome in running.run(worklist, Request("restore"), None, running.Settings(job=stub)):
            print(outcome.source, outcome.state, flush=True)
    except HcolorError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def command():
    """Be the hcolor command with the stub instead of the pipeline, and without torch, which takes seconds to load."""
    import halftone_color
    from halftone_color import cli
    from halftone_color.steps import parsing

    parsing.check_coloring = lambda *words: None
    sys.modules["halftone_color.pipeline"] = halftone_color.pipeline = sys.modules[__name__]
    cli.main()


restore = stub
"""As in halftone_color.pipeline."""

if __name__ == "__main__":
    command()
