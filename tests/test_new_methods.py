"""A method is one file: put into its room, it is listed, runs in every job and refuses what it does not have.

The package is copied, two methods are written into the copy, and one process runs the commands on it.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from halftone_color import pipeline, registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.method import BASES
from halftone_color.request import Choice, Request
from halftone_color.run import Conditions, Run
from halftone_color.screen.tone import read_tones

PACKAGE = Path(__file__).parents[1] / "halftone_color"
ROUNDING = 1.5 / 255
DESCREENER = '''"""Mean over a box, for a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.ndimage import uniform_filter

from halftone_color.errors import UsageError
from halftone_color.method import Descreener

if TYPE_CHECKING:
    from halftone_color.run import Run
    from halftone_color.types import Picture, Task


@dataclass(frozen=True)
class BoxMeanDescreener(Descreener):
    """The mean over a box."""

    width_px: int = 5
    """Width of the box in px."""

    def __post_init__(self) -> None:
        if self.width_px < 1:
            raise UsageError(f"A box of {self.width_px} px holds nothing; give it a width_px of 1 or more.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """(1, H, W) -> (1, H, W)."""
        run.note(f"The box is {self.width_px} px wide.")
        run.report(1.0)
        return uniform_filter(task.picture, (1, self.width_px, self.width_px))
'''
COLORIZER = '''"""One tint for everything, for a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halftone_color.method import Colorizer

if TYPE_CHECKING:
    from halftone_color.run import Run
    from halftone_color.types import Picture, Task

ALIASES = {"toned": "tinted"}


@dataclass(frozen=True)
class TintedColorizer(Colorizer):
    """Gray times a color."""

    tint: tuple[float, ...] = (1.0, 0.8, 0.6)
    """The color of white."""
    inverted: bool = False
    """Exchange red and blue."""

    def __call__(self, task: Task, run: Run) -> Picture:
        """(1, H, W) -> (3, H, W)."""
        run.report(1.0)
        tint = self.tint[::-1] if self.inverted else self.tint
        return task.picture * np.array(tint, np.float32)[:, None, None]
'''
DRIVER = """
import contextlib, io, json, sys
import halftone_color
from halftone_color import cli

done = {"package": halftone_color.__file__}
for name, words in json.load(sys.stdin).items():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(words)
    done[name] = {"code": code, "out": out.getvalue(), "err": err.getvalue()}
options = {"descreener": "box-mean", "descreener_options": {"width_px": 9}, "method": "tinted", "inverted": True}
result = halftone_color.restore("scan.png", **options)
done["api"] = {"mean": result.picture.mean((1, 2)).tolist(), "notes": result.notes}
print(json.dumps(done))
"""
BOTH = ["--descreener", "box-mean", "--method", "tinted"]
COMMANDS = {
    "list descreeners": ["descreen", "--list-methods"],
    "list colorizers": ["colorize", "--list-methods"],
    "descreen": ["descreen", "scan.png", "-o", "descreened.png", "--method", "box-mean"],
    "descreen wide": ["descreen", "scan.png", "-o", "wide.png", "--method", "Box_Mean", "--set", "width_px=9"],
    "colorize": ["colorize", "photo.png", "-o", "colorized.png", "--method", "tinted"],
    "colorize red": ["colorize", "photo.png", "-o", "red.png", "--method", "toned", "--set", "tint=1,0.5,0.5"],
    "restore": ["restore", "scan.png", "-o", "restored.png", *BOTH],
    "restore set": [
        *["restore", "scan.png", "-o", "set.png", *BOTH, "--set", "descreener.width_px=9", "--set", "inverted=yes"]
    ],
    "batch": [
        *["batch", "archive", "-j", "0", "-o", "results/", *BOTH],
        *["--set", "descreener.width_px=9", "--set", "inverted=yes"],
    ],
}
REFUSED = {
    "descreen": (["descreen", "scan.png", "--method", "box-mean", "--set", "flavor=1"], "no option 'flavor'"),
    "colorize": (["colorize", "photo.png", "--method", "tinted", "--set", "flavor=1"], "no option 'flavor'"),
    "restore": (["restore", "scan.png", *BOTH, "--set", "flavor=1"], "tinted has no option 'flavor'"),
    "restore, descreener": (
        ["restore", "scan.png", *BOTH, "--set", "descreener.flavor=1"],
        "box-mean has no option 'flavor'",
    ),
    "batch": (["batch", "archive", *BOTH, "--set", "descreener.flavor=1"], "box-mean has no option 'flavor'"),
    "batch, colorizer": (["batch", "archive", *BOTH, "--set", "flavor=1"], "tinted has no option 'flavor'"),
    "a flag": (["colorize", "photo.png", "--method", "tinted", "--saturation", "0.5"], "no option 'saturation'"),
    "type": (["descreen", "scan.png", "--method", "box-mean", "--set", "width_px=wide"], "wrong type"),
    "value": (["descreen", "scan.png", "--method", "box-mean", "--set", "width_px=0"], "holds nothing"),
    "references": (["colorize", "photo.png", "--method", "tinted", "--ref", "photo.png"], "cannot use references"),
}


@pytest.fixture(scope="module")
def folder(scene, tmp_path_factory):
    """Return a folder with a print, a gray photograph and an archive of prints."""
    folder = tmp_path_factory.mktemp("pictures")
    run = Run.open(Conditions(device="cpu", precision="float32"))
    gray = (0.1 + 0.8 * rgb_to_luma(scene(64, 72, 1))).astype(np.float32)
    dots = Choice.of("clustered-dot", {"period_px": 4.0, "angle_deg": 45.0})
    write(folder / "scan.png", pipeline.halftone(gray, Request("halftone", halftoner=dots), run).picture)
    write(folder / "photo.png", gray)
    for name in ("a.png", "sub/b.png"):
        (folder / "archive" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "scan.png", folder / "archive" / name)
    return folder


@pytest.fixture(scope="module")
def done(folder, tiny_weights_folder, tmp_path_factory):
    """Return what became of every command, run by a copy of the package with two methods more."""
    place = tmp_path_factory.mktemp("elsewhere")
    copy = shutil.copytree(PACKAGE, place / "halftone_color")  # with what is compiled, which saves seconds
    (copy / "descreeners" / "box_mean.py").write_text(DESCREENER)
    (copy / "colorizers" / "tinted.py").write_text(COLORIZER)
    settings = {"PYTHONPATH": str(place), "HCOLOR_WEIGHTS": str(tiny_weights_folder), "COLUMNS": "100"}
    words = COMMANDS | {f"refuse {name}": words for name, (words, _) in REFUSED.items()}
    ran = subprocess.run(
        [sys.executable, "-c", DRIVER],
        input=json.dumps(words),
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **settings},
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert Path(found.pop("package")).parent == copy
    return found


def box_mean(path, width_px):
    """Return what descreening a print makes of it."""
    reading = read_tones(read(path).pixels)
    return reading.correct_tones(uniform_filter(reading.gray, (1, width_px, width_px)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_does_its_job(name, done):
    assert done[name]["code"] == 0, done[name]["err"]


def test_both_are_listed_with_their_options(done):
    listed = done["list descreeners"]["out"]
    assert "box-mean: Mean over a box, for a test." in listed
    assert "--set width_px=5" in listed
    assert "Width of the box in px." in listed
    listed = done["list colorizers"]["out"]
    assert "tinted: One tint for everything, for a test." in listed
    assert "--set tint=1,0.8,0.6" in listed
    assert "--set inverted=no" in listed


def test_descreening(done, folder):
    for name, width_px in (("descreened.png", 5), ("wide.png", 9)):
        expected = box_mean(folder / "scan.png", width_px)
        np.testing.assert_allclose(read(folder / name).pixels, expected, atol=ROUNDING)
    assert "The box is 5 px wide." in done["descreen"]["err"]
    assert "The box is 9 px wide." in done["descreen wide"]["err"]


def test_coloring(done, folder):
    gray = read(folder / "photo.png").pixels
    for name, tint in (("colorized.png", (1, 0.8, 0.6)), ("red.png", (1, 0.5, 0.5))):
        expected = gray * np.float32(tint)[:, None, None]
        np.testing.assert_allclose(read(folder / name).pixels, expected, atol=ROUNDING)


def test_both_together(done, folder):
    narrow, wide = (box_mean(folder / "scan.png", width_px) for width_px in (5, 9))
    first, second = (read(folder / name).pixels for name in ("restored.png", "set.png"))
    np.testing.assert_allclose(first, narrow * np.float32((1, 0.8, 0.6))[:, None, None], atol=ROUNDING)
    np.testing.assert_allclose(second, wide * np.float32((0.6, 0.8, 1))[:, None, None], atol=ROUNDING)
    assert done["api"]["mean"] == pytest.approx(second.mean((1, 2)), abs=ROUNDING)
    assert "The box is 9 px wide." in done["api"]["notes"]


def test_a_batch(done, folder):
    paths = [folder / "results" / name for name in ("a.png-restored.png", "sub/b.png-restored.png")]
    assert {folder / line for line in done["batch"]["out"].splitlines()} == set(paths)  # whichever ends first
    for path in paths:
        np.testing.assert_array_equal(read(path).pixels, read(folder / "set.png").pixels)


@pytest.mark.parametrize("name", REFUSED)
def test_what_they_do_not_have_is_refused(name, done):
    refused = done[f"refuse {name}"]
    assert refused["code"] == 2
    assert REFUSED[name][1] in refused["err"]
    assert refused["out"] == ""


# ---- nobody asks which method it is ------------------------------------------------------------------------------


def questions(tree, options):
    """Yield the places of a source that ask whether something has an option of some name."""
    for node in ast.walk(tree):
        named = []
        if isinstance(node, ast.Compare) and any(isinstance(sign, ast.In | ast.NotIn) for sign in node.ops):
            named = [node.left]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("hasattr", "getattr"):
            named = node.args[1:2]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
            named = node.args[:1] if "options" in ast.unparse(node.func.value) else []
        if any(isinstance(name, ast.Constant) and name.value in options for name in named):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def test_no_caller_asks_for_an_option_by_its_name():
    """Options belong to their methods: whoever stands between command and method hands them on."""
    options = {
        name
        for room in BASES
        for entry in registry.entries(room).values()
        for name in (*(option.name for option in entry.options), *entry.preset)
    }
    assert {"saturation", "sigma_px", "keep_luminance"} < options
    asked = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] not in BASES and place.name != "registry.py":
            asked[str(place)] = list(questions(ast.parse(path.read_text()), options))
    assert len(asked) > 100
    assert not {place: found for place, found in asked.items() if found}


@pytest.mark.parametrize(
    "source",
    [
        "if 'known' in entry.options: pass",
        "x = {'a': 1} if 'known' not in {field.name for field in fields(method)} else {}",
        "hasattr(method, 'known')",
        "getattr(method, 'known', None)",
        "dict(choice.options).get('known')",
    ],
)
def test_such_a_question_is_found(source):
    assert len(list(questions(ast.parse(source), {"known"}))) == 1
    assert not list(questions(ast.parse(source), {"unknown"}))
