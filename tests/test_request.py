"""A request is plain: it pickles, compares, has one digest everywhere, and says what differs from the defaults."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from halftone_color import request as module
from halftone_color.cue import CueRequest, InputPicture
from halftone_color.images.sources import input_picture
from halftone_color.images.writing import write
from halftone_color.request import Choice, Output, Reading, Request
from halftone_color.steps.parsing import make_request
from halftone_color.types import MAX_PIXELS

ROOT = Path(__file__).parents[1]
DIGEST = "0e8a7c9c004bfbd1ecd71f69ca01d54f757674e5d666c35e48b4fc4e69111c81"
"""Of a restoration as it is by default: a finished archive must not look undone."""
PICTURE = InputPicture("ab" * 32, "beach.jpg")
MANY = {
    "halftoner": Request("halftone", halftoner=Choice.of("bayer", {"size": 4})),
    "descreener": Request("restore", descreener=Choice("gaussian")),
    "an option": Request("restore", descreener=Choice.of("gaussian", {"sigma_px": 1.5})),
    "a tuple": Request("restore", colorizer=Choice.of("gram", {"layers": ("a", "b")})),
    "colorizer": Request("restore", colorizer=Choice("lut")),
    "fuser": Request("restore", fuser=Choice("mean")),
    "refiner": Request("restore", refiner=Choice("levin")),
    "references": Request("restore", cues=CueRequest(references=(PICTURE,))),
    "samples": Request("restore", cues=CueRequest(samples=3, seed=1)),
    "hints": Request("restore", cues=CueRequest(hints=((3.0, 4.5, (1.0, 0.0, 0.5)),))),
    "scribbles": Request("restore", cues=CueRequest(scribbles=PICTURE)),
    "mask": Request("restore", cues=CueRequest(mask=PICTURE)),
    "gallery": Request("restore", cues=CueRequest(gallery="beaches")),
    "palette": Request("restore", cues=CueRequest(palette=((0.0, 0.5, 1.0), PICTURE))),
    "view": Request("restore", cues=CueRequest(view=PICTURE)),
    "screen": Request("restore", screen="yes"),
    "tone": Request("restore", tone="print"),
    "cascade": Request("restore", cascade="ihn-first"),
    "recolor": Request("restore", recolor=True),
    "keep_paper": Request("restore", keep_paper=True),
    "cmyk": Request("halftone", cmyk=True),
    "reading": Request("restore", reading=Reading(99)),
    "a negative": Request("restore", reading=Reading(invert=True)),
    "output": Request("restore", output=Output("tiff")),
    "bits": Request("restore", output=Output(bits=16)),
    "nothing": Request("restore"),
    "another job": Request("colorize"),
}


@pytest.mark.parametrize("asked", MANY.values(), ids=list(MANY))
def test_it_travels(asked):
    again = pickle.loads(pickle.dumps(asked))
    assert again == asked
    assert hash(again) == hash(asked)
    assert again.digest() == asked.digest()


def test_every_field_counts():
    assert {field.name for field in fields(Request)} - {"job", "cues"} <= set(MANY)
    assert {field.name for field in fields(CueRequest)} - {"seed"} <= set(MANY)
    assert len({asked.digest() for asked in MANY.values()}) == len(MANY)
    assert len(set(MANY.values())) == len(MANY)


@pytest.mark.parametrize(("name", "asked"), MANY.items(), ids=list(MANY))
def test_what_differs_from_the_defaults_is_described_in_plain_words(name, asked):
    said = asked.describe()
    assert json.loads(json.dumps(said)) == said
    known = {field.name for field in fields(Request)} & {name}
    if known:
        assert set(said) == {"job", name}


def test_descriptions_read_well():
    asked = replace(
        MANY["hints"],
        descreener=Choice.of("gaussian", {"sigma_px": 1.5}),
        reading=Reading(99),
        cues=CueRequest(references=(PICTURE,), samples=0, hints=((3.0, 4.5, (1.0, 0.0, 0.5)),)),
    )
    assert asked.describe() == {
        "job": "restore",
        "descreener": {"name": "gaussian", "sigma_px": 1.5},
        "reading": {"max_pixels": 99},
        "cues": {"references": [{"sha256": "ab" * 32}], "hints": [[3, 4.5, [1, 0, 0.5]]]},
    }


def test_defaults_said_aloud_change_nothing():
    plain = make_request("restore")
    assert plain == Request("restore")
    assert plain.describe() == {"job": "restore"}
    aloud = make_request("restore", method="network", options={"saturation": 1.0}, tone="auto", screened="auto", seed=0)
    assert aloud == plain
    assert aloud.digest() == plain.digest()
    said = make_request("restore", invert=False, max_pixels=MAX_PIXELS, format="png", bits=8)
    assert said.digest() == plain.digest() == DIGEST
    named = make_request("halftone", method="Floyd_Steinberg")
    assert named.digest() == make_request("halftone").digest(), "synonyms are the same method"
    assert make_request("restore", options={"saturation": 0.5}) != plain


def test_a_negative_is_described():
    assert make_request("restore", invert=True).describe() == {"job": "restore", "reading": {"invert": True}}


def test_options_have_no_order():
    one = make_request("restore", options={"saturation": 0.5, "variety": 2.0})
    other = make_request("restore", options={"variety": 2.0, "saturation": 0.5})
    assert one == other
    assert one.digest() == other.digest()


def test_equal_numbers_are_equal_requests():
    whole, decimal = (Request("restore", descreener=Choice.of("gaussian", {"sigma_px": value})) for value in (2, 2.0))
    assert whole == decimal
    assert hash(whole) == hash(decimal)
    assert whole.digest() == decimal.digest()


def test_who_changes_what_a_default_means_changes_every_digest(monkeypatch):
    before = Request("restore").digest()
    monkeypatch.setattr(module, "REVISION", module.REVISION + 1)
    assert Request("restore").digest() != before


def test_processes_agree(tmp_path):
    """Python salts the hash of text in each process; that of a request is the same in all."""
    stored = tmp_path / "requests.pickle"
    stored.write_bytes(pickle.dumps(list(MANY.values())))
    program = "import pickle, sys; print([hash(r) for r in pickle.load(open(sys.argv[1], 'rb'))], hash('text'))"
    said = []
    for salt in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        words = [sys.executable, "-c", program, str(stored)]
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
        said.append(done.stdout.strip().rpartition(" "))
    assert said[0][0] == said[1][0] == str([hash(asked) for asked in MANY.values()])
    assert said[0][2] != said[1][2], "the salts differ"


# ---- pictures ----------------------------------------------------------------------------------------------------


def test_pictures_compare_by_content(tmp_path, scene):
    here = write(tmp_path / "here.png", scene(9, 7))
    there = write(tmp_path / "elsewhere" / "there.png", scene(9, 7))
    other = write(tmp_path / "other.png", scene(9, 7, 1))
    asked = [make_request("restore", references=[path]) for path in (here, there, other)]
    assert asked[0] == asked[1]
    assert asked[0].digest() == asked[1].digest()
    assert asked[0] != asked[2]
    assert asked[0].digest() != asked[2].digest()
    assert [one.cues.references[0].path for one in asked] == [str(here), str(there), str(other)]


def test_arrays_compare_by_shape_and_values(scene):
    rgb = scene(9, 7)
    named = input_picture(rgb)
    assert input_picture(rgb.copy()) == named
    assert input_picture(np.asfortranarray(rgb)) == named, "how it lies in memory does not matter"
    assert named.pixels is not None
    other = rgb.copy()
    other[1, 2, 3] = 1 - other[1, 2, 3]
    assert input_picture(other) != named
    assert input_picture(rgb.reshape(3, 7, 9)) != named
    assert named.path is None
