"""Keywords become a request; what needs no scan is refused, before a picture is read or torch is loaded."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from halftone_color import registry
from halftone_color.errors import InputError, UsageError
from halftone_color.request import Choice, Request
from halftone_color.steps.assignments import format_value, parse_assignments, split_assignments
from halftone_color.steps.parsing import make_request


@pytest.fixture
def beach(tmp_path):
    Image.new("RGB", (4, 4), "teal").save(tmp_path / "beach.png")
    return tmp_path / "beach.png"


def test_the_least_words_are_the_defaults():
    for job in ("halftone", "descreen", "colorize", "restore"):
        assert make_request(job) == Request(job)


def test_options_that_are_so_by_default_are_left_out():
    request = make_request("restore", options={"saturation": 1.0, "side": 384}, descreener_options={"fast": False})
    assert request.colorizer == Choice.of("network", {"side": 384})
    assert request.descreener == Choice("network")
    assert request == make_request("restore", options={"side": 384})


def test_only_what_draws_has_samples():
    drawn = make_request("descreen", method="diffusion", seed=4).cues
    assert (drawn.samples, drawn.seed) == (1, 4)
    assert make_request("descreen", method="diffusion", samples=3).cues.samples == 3
    assert make_request("descreen", seed=4) == Request("descreen")
    with pytest.raises(UsageError, match="one answer only; leave out --samples, or use --method diffusion"):
        make_request("descreen", samples=3)


def test_methods_have_their_own_names():
    assert make_request("halftone", method="FS").halftoner == Choice("floyd-steinberg")
    assert make_request("descreen", method=" Gaussian ").descreener == Choice("gaussian")


def test_hints_as_text_and_as_numbers():
    one, other = (
        make_request("colorize", method="levin", hints=[hint]) for hint in ("3,4.5,#ff0000", (3, 4.5, (1, 0, 0)))
    )
    assert one == other
    assert one.cues.hints == ((3.0, 4.5, (1.0, 0.0, 0.0)),)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"references": "a.png"}, "must be lists"),
        ({"palette": "red"}, "must be lists"),
        ({"palette": [(1, 2, 3)]}, "is not a color"),
        ({"palette": ["nowhere.png"]}, "neither a color nor a picture; write a name"),
        ({"palette": ["tael"]}, "neither a color nor a picture; write a name"),
        ({"palette": ["red"], "references": ["a.png"]}, r"or colors of a palette \(--palette\), not both"),
        ({"palette": ["red"], "samples": 2}, r"or colors of a palette \(--palette\), not both"),
        ({"samples": -1}, "must not be negative"),
        ({"method": "levin", "hints": ["3,3"]}, "is not a hint"),
        ({"method": "levin", "hints": [(3, 3)]}, "is not a hint"),
        ({"method": "levin", "hints": [("left", 3, "red")]}, "is not a hint"),
        ({"method": "levin", "hints": [(3, 3, "tael")]}, "is not a color"),
        ({"method": "lut"}, "give it references"),
        ({"refine": "gram"}, "gram needs references"),
        ({"palette": ["red"], "refine": "gram"}, "gram needs references"),
        ({"samples": 2, "refine": "gram"}, "gram needs references"),
        ({"method": "lut", "references": ["BEACH"], "hints": [(3, 3, "red")], "refine": "gram"}, "color hints"),
        ({"method": "levin", "hints": [(3, 3, "red")], "keep_luminance": False}, "no option 'keep_luminance'"),
        ({"flavor": 1}, "no keyword 'flavor'; keywords: method, options"),
    ],
    ids=str,
)
def test_wrong_requests_are_refused_before_a_picture_is_read(words, said, beach):
    words = {name: [beach] if value == ["BEACH"] else value for name, value in words.items()}
    with pytest.raises(UsageError, match=said):
        make_request("restore", **words)


def test_a_missing_reference_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.jpg does not exist"):
        make_request("colorize", references=[tmp_path / "none.jpg"])


def test_refusals_come_before_torch_is_loaded():
    refused = {
        "UsageError": [
            {"options": {"sauration": 2.0}},
            {"method": "netwrok"},
            {"descreener_options": {"fats": True}},
            {"samples": -1},
        ],
        "InputError": [{"references": ["none.jpg"]}],
    }
    program = f"""
import sys
from halftone_color.steps.parsing import make_request
for kind, several in {refused!r}.items():
    for words in several:
        try:
            make_request("restore", **words)
        except Exception as error:
            assert type(error).__name__ == kind, words
        else:
            raise AssertionError(words)
print(*({{"torch", "numba"}} & set(sys.modules)))
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []


def test_assignments_are_of_their_options_types():
    words = ["saturation=0.5", "side = 384", "mirror=yes", "correspondence=Off"]
    assert parse_assignments("colorizers", "network", words) == {
        "saturation": 0.5,
        "side": 384,
        "mirror": True,
        "correspondence": False,
    }
    assert parse_assignments("colorizers", "wavelet", ["shares=0,0.5,1", "keep-luminance=no"]) == {
        "shares": (0.0, 0.5, 1.0),
        "keep_luminance": False,
    }
    assert parse_assignments("descreeners", "gaussian", ["sigma_px=2"]) == {"sigma_px": 2.0}
    assert parse_assignments("descreeners", "gaussian", ["flavor=2"]) == {"flavor": "2"}, "the registry refuses it"
    with pytest.raises(UsageError, match=r"write for example shares=0,0\.5,1"):
        parse_assignments("colorizers", "wavelet", ["shares=a,b"])


def test_assignments_are_split_between_two_methods():
    assert split_assignments(["side=384", "descreener.fast=yes"]) == (["side=384"], ["fast=yes"])


@pytest.mark.parametrize("room", ["halftoners", "descreeners", "colorizers", "fusers"])
def test_every_default_can_be_said_in_words(room):
    for name, entry in registry.entries(room).items():
        method = registry.build(room, Choice(name))
        for option in entry.options:
            value = getattr(method, option.name)
            if value not in (None, (), ""):
                (said,) = parse_assignments(room, name, [f"{option.name}={format_value(value)}"]).values()
                assert np.all(said == value), (name, option.name)
                assert type(said) is type(value)
