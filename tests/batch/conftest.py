"""A small archive, and batches on it with a job that needs no networks."""

from __future__ import annotations

import pytest
from batch_stub import picture, stub

from halftone_color.batch import running
from halftone_color.batch.running import Settings
from halftone_color.batch.worklist import Wanted, make_worklist
from halftone_color.request import Request
from halftone_color.run import Conditions


@pytest.fixture
def scans(tmp_path):
    """Three pictures, one of them in a subfolder."""
    folder = tmp_path / "archive"
    for seed, name in enumerate(("a.png", "b.png", "sub/c.png")):
        picture(folder / name, seed)
    return folder


@pytest.fixture
def work(scans):
    """Run a batch on the archive; return the outcomes by the names of the pictures."""

    def done(request=None, conditions=None, archive=scans, wanted=None, **settings):
        worklist = make_worklist(archive, wanted=wanted or Wanted())
        conditions = conditions or Conditions("cpu", "float32")
        settings = Settings(**{"job": stub, **settings})
        outcomes = running.run(worklist, request or Request("restore"), conditions, settings)
        return {outcome.source.name: outcome for outcome in outcomes}

    return done


@pytest.fixture
def states(work):
    """Run a batch; return the states by the names of the pictures."""
    return lambda *words, **more: {name: outcome.state for name, outcome in work(*words, **more).items()}
