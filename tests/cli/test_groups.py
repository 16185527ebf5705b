"""A flag is written once: the fields of a group are options of every command that takes the group."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from halftone_color.cli import _options
from halftone_color.cli._groups import with_options
from halftone_color.cli._options import under
from halftone_color.errors import UsageError
from halftone_color.run import Conditions
from halftone_color.steps.parsing import Keywords

heard = []
WORDS = {each.name for each in fields(Keywords)}


@dataclass(frozen=True)
class Size:
    """A group."""

    width: Annotated[int, under("Size")("--width -w", "PX", "In px.")] = 3
    names: Annotated[list[str], under("Size")("--name", "NAME", "Repeatable.")] = field(default_factory=list)


@with_options
def command(place: Annotated[str, typer.Argument()], size: Size, wide: Annotated[bool, typer.Option("--wide")] = False):
    """Keep what it was called with."""
    heard.append((place, size, wide))


@pytest.fixture
def called():
    app = typer.Typer()
    app.command()(command)

    def run(*words):
        heard.clear()
        done = CliRunner().invoke(app, list(words))
        return heard[0] if heard else done.exit_code

    return run


def test_fields_become_options_and_come_filled(called):
    assert called("here") == ("here", Size(3, []), False)
    assert called("here", "-w", "5", "--name", "a", "--name", "b", "--wide") == ("here", Size(5, ["a", "b"]), True)
    assert called("here", "--width", "wide") == 2
    assert called("--width", "5") == 2, "the argument is missing"


def test_the_list_of_one_call_is_not_that_of_the_next(called):
    assert called("here", "--name", "a")[1].names == ["a"]
    assert called("here")[1].names == []


def test_groups_have_the_words_of_the_request_and_of_the_conditions():
    groups = (_options.Colors, _options.RestoredColoring, _options.RestoredDots)
    names = {each.name for group in groups for each in fields(group)} - {"assignments", *_options.Coloring.flags}
    assert names == WORDS - {
        "options",
        "descreener_options",
        "cmyk",
        "companions",
        "max_pixels",
        "format",
        "invert",
        "strict",
        "bits",
        "page",
        "region",
        "crop",
    }
    assert _options.Machine().conditions() == Conditions()


def test_flags_of_a_method_are_its_options_when_they_are_given():
    plain = _options.Coloring()
    assert plain.words() == {"method": "network", "refine": None, "keep_luminance": True, "options": {}}
    given = _options.Coloring(saturation=0.0, assignments=["side=384"])
    assert given.words()["options"] == {"saturation": 0.0, "side": 384}, "nothing is something"
    with pytest.raises(UsageError, match="saturation is set twice"):
        _options.Coloring(saturation=1.0, assignments=["saturation=2"]).words()


def test_assignments_of_a_restoration_go_to_both_methods():
    coloring = _options.RestoredColoring(assignments=["descreener.fast=yes", "side=384"])
    words = _options.restore_words(_options.Colors(), coloring, _options.RestoredDots())
    assert words["options"] == {"side": 384}
    assert words["descreener_options"] == {"fast": True}
    assert words.keys() <= WORDS
