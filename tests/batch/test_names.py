"""Names of results: from the picture's name alone, never too long, apart where the file system would join them."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from batch_stub import picture

from halftone_color.batch import names, worklist
from halftone_color.batch.names import folded, folds_names, keeps_names_apart, result_names
from halftone_color.batch.worklist import Wanted, make_worklist

OUT = Path("out")


def first(relative, **words):
    return result_names(relative, OUT, **words).pictures[0].name


def test_a_name_keeps_its_suffix():
    assert first("sub/x.tif") == "x.tif-restored.png"
    assert first("x.png", format="tiff") == "x.png-restored.tiff"


@pytest.mark.parametrize("count", [1, 3, 1000])
@pytest.mark.parametrize("length", [228, 246, 250, 251, 255])
def test_long_names_are_shortened_alike_on_every_run(count, length):
    one, other = (f"{'x' * (length - 5)}{end}.png" for end in "ab")
    made = result_names(one, OUT, count=count)
    assert made == result_names(one, OUT, count=count)
    every = [*made.pictures, *result_names(other, OUT, count=count).pictures, *([made.sheet] if made.sheet else [])]
    assert len({path.name for path in every}) == len(every)
    assert max(len(os.fsencode(path.name)) for path in every) <= 255


def test_a_long_name_of_letters_of_several_bytes():
    assert len(os.fsencode(first("\u20ac" * 84))) <= 255


def test_results_with_long_names_are_found_again(states, scans):
    long = f"{'y' * 246}.png"
    picture(scans / long, 5)
    assert states()[long] == "done"
    assert states()[long] == "existing"


COMPOSED = unicodedata.normalize("NFC", "Mu\u0308nchen.png")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


def test_names_alike_but_for_case_or_accents_are_told_apart_where_asked():
    alike = ["x.png", "X.png", "x.PNG", COMPOSED, DECOMPOSED, "sub/x.png", "Sub/x.png"]
    made = [folded(f"{Path(name).parent}/{first(name, marked=True)}") for name in alike]
    assert len(set(made)) == len(alike)
    assert first("x.png", marked=True) == "x.png-restored.png"
    assert first("X.png") == "X.png-restored.png", "nothing is added where it is not needed"


def test_file_systems_are_tried_out(tmp_path, monkeypatch):
    assert not folds_names(tmp_path)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(names.Path, "exists", lambda path: True)
    assert folds_names(tmp_path)


def test_an_archive_is_only_looked_at(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.touch()
    assert keeps_names_apart(path)
    (tmp_path / "A.PNG").hardlink_to(path)  # as a file system that joins both would answer
    assert not keeps_names_apart(path)


def test_where_the_output_joins_what_the_archive_keeps_apart(tmp_path):
    for seed, name in enumerate(("x.png", "X.png")):
        picture(tmp_path / "archive" / name, seed)
    made = [
        item.names.pictures[0].name for item in make_worklist(tmp_path / "archive", wanted=Wanted(folds=True)).items
    ]
    assert len({folded(name) for name in made}) == 2
    alone = tmp_path / "alone"
    picture(alone / "X.png", 1)
    (item,) = make_worklist(alone, wanted=Wanted(folds=True)).items
    assert item.names.pictures[0].name == made[0], "whatever lies beside it"
    assert worklist.keeps_names_apart is keeps_names_apart
