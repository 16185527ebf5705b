"""The Python API takes the words of a request and of its conditions, all of them, with the same defaults."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from halftone_color import api
from halftone_color.run import Conditions
from halftone_color.steps.parsing import Keywords

CALL = {"source", "progress", "options"}
"""Keywords of the call itself; the options of the method come by their own names."""
ELSEWHERE = {"options", "format", "bits", "companions"}
"""Keywords for whoever writes files, or has many of them."""
READ = {"max_pixels", "invert", "strict", "page", "region", "crop"}
PRINT = {"method", "tone", "keep_paper", "screened", *READ}
COLORS = {
    *("references", "samples", "seed", "hints", "scribbles", "mask", "gallery", "palette"),
    *("method", "keep_luminance", "refine", *READ),
}
WORDS = {each.name: each.default for each in fields(Keywords)}
CONDITIONS = {each.name: each.default for each in fields(Conditions)}


def keywords(function):
    return {name: each.default for name, each in inspect.signature(function).parameters.items() if name not in CALL}


def test_restore_takes_every_word():
    assert set(keywords(api.restore)) == set(WORDS) - ELSEWHERE - {"cmyk"} | set(CONDITIONS)


def test_the_other_jobs_take_theirs():
    assert set(keywords(api.descreen)) == PRINT | {"samples", "seed"} | set(CONDITIONS)
    assert set(keywords(api.colorize)) == COLORS | set(CONDITIONS)
    assert set(keywords(api.halftone)) == {"method", "cmyk", "max_pixels", "strict"} | set(CONDITIONS)
    assert set(api.CONDITIONS) == set(CONDITIONS)


@pytest.mark.parametrize("job", ["restore", "descreen", "colorize", "halftone"])
def test_defaults_are_the_same(job):
    for name, default in keywords(getattr(api, job)).items():
        usual = (WORDS | CONDITIONS)[name]
        own = default if name != "method" or default != "floyd-steinberg" else "network"
        assert own == usual or (name, own) in {("method", "network"), ("descreener_options", None)}, name
