"""Methods are found by name, synonym and variant, read from their sources, and refuse what they do not have."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from halftone_color import errors, registry
from halftone_color.descreeners.gaussian import GaussianDescreener
from halftone_color.errors import HcolorError, UsageError
from halftone_color.method import BASES, Descreener
from halftone_color.request import Choice
from halftone_color.types import Screen

ROOT = Path(__file__).parents[1]
SOURCE = '''"""A method for tests.

More about it.
"""

from dataclasses import dataclass
from typing import ClassVar

from halftone_color.method import Descreener, Refines

VARIANTS = {"soft": {"kernel": "a", "size": 3}, "hard": {"kernel": "b"}}
ALIASES = {"gentle": "soft", "smooth": "soft"}


@dataclass(frozen=True)
class _Inner:
    value: int = 1


@dataclass(frozen=True)
class ExampleDescreener(Descreener, Refines):
    """What it does."""

    kernel: str
    """One of a and b."""
    size: int = 2 + 3
    """In px,

    in any direction."""
    tones: tuple[float, ...] | None = None
    SIDE: ClassVar[int] = 8

    def __call__(self, task, run):
        return task.picture

    def refine(self, task, run):
        return task.picture
'''


@pytest.fixture
def room(monkeypatch, tmp_path):
    """Return a function that makes the room of descreeners one file of this source."""

    def made(source, name="example"):
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.setattr(sys.modules["halftone_color.descreeners"], "__path__", [str(tmp_path)])
        registry._source.cache_clear()
        return registry.entries("descreeners")

    yield made
    registry._source.cache_clear()
    sys.modules.pop("halftone_color.descreeners.example", None)


# ---- what sources say --------------------------------------------------------------------------------------------


def test_file_names_are_method_names():
    assert list(registry.entries("descreeners")) == ["diffusion", "gaussian", "network"]
    assert list(registry.entries("fusers")) == ["mean", "network"]
    for name in BASES:
        methods = list(registry.entries(name))
        assert methods == sorted(methods)
        assert not [method for method in methods if "_" in method]
    assert registry.find("fusers", "mean").summary.startswith("Mean of the results of the two cascade orders")


def test_nothing_heavy_is_loaded_to_know_every_method():
    program = """
import sys
from halftone_color import registry
from halftone_color.method import BASES
from halftone_color.request import Choice
names = [name for room in BASES for name in registry.entries(room)]
registry.check("colorizers", Choice.of("network", {"saturation": 0.5}))
rooms = [name for name in sys.modules if name.startswith("halftone_color.") and name.split(".")[1] in BASES]
print(len(names), sorted(name for name in rooms if name.count(".") > 1),
      sorted({"torch", "numba", "scipy", "skimage", "PIL"} & set(sys.modules)))
registry.build("descreeners", Choice("gaussian"))
print(*(name for name in sys.modules if name.startswith("halftone_color.") and name.split(".")[1] in BASES
        and name.count(".") > 1))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    many = sum(len(registry.entries(name)) for name in BASES)
    assert done.stdout.splitlines() == [f"{many} [] []", "halftone_color.descreeners.gaussian"]


def test_an_entry_is_what_the_source_says(room):
    entries = room(SOURCE)
    assert list(entries) == ["hard", "soft"], "the file itself is not a method"
    soft, hard = entries["soft"], entries["hard"]
    assert soft.summary == "A method for tests."
    assert soft.module == "halftone_color.descreeners.example"
    assert (soft.preset, hard.preset) == ({"kernel": "a", "size": 3}, {"kernel": "b"})
    assert (soft.aliases, hard.aliases) == (("gentle", "smooth"), ())
    assert soft.abilities == ("Refines",)
    assert [option.name for option in soft.options] == ["tones"]
    size, tones = hard.options
    assert (size.name, size.type, size.default) == ("size", "int", "2 + 3")
    assert size.sentence == "In px,\n\n    in any direction."
    assert (tones.type, tones.default, tones.sentence) == ("tuple[float, ...] | None", "None", "")


def test_a_file_without_variants_is_one_method(room):
    plain = SOURCE.replace("VARIANTS", "TABLE").replace("ALIASES", "OTHERS")
    assert list(room(plain, "of_two_words")) == ["of-two-words"]
    (entry,) = registry.entries("descreeners").values()
    assert [option.name for option in entry.options] == ["kernel", "size", "tones"]
    assert (entry.preset, entry.aliases) == ({}, ())


# ---- finding -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [" Gaussian ", "GAUSSIAN", "gaussian"])
def test_spelling_does_not_matter(name):
    assert registry.find("descreeners", name).name == "gaussian"


def test_synonyms_and_variants():
    halftoners = registry.entries("halftoners")
    assert len([entry for entry in halftoners.values() if entry.preset]) == 9
    for room_ in BASES:
        for entry in registry.entries(room_).values():
            for alias in entry.aliases:
                assert registry.find(room_, alias) == entry
    for name in ("Floyd_Steinberg", "floyd steinberg"):
        assert registry.find("halftoners", name).name == "floyd-steinberg"
    assert any(entry.aliases for entry in halftoners.values())


def test_an_unknown_method_names_the_nearest():
    with pytest.raises(
        UsageError, match=r"no descreener 'gausian'\. Did you mean gaussian\? Methods: diffusion, gaussian, network\."
    ):
        registry.find("descreeners", "gausian")
    with pytest.raises(UsageError) as caught:
        registry.find("descreeners", "xyz")
    assert "Did you mean" not in str(caught.value)


# ---- building ----------------------------------------------------------------------------------------------------


def test_building_gives_the_method_with_its_options():
    method = registry.build("descreeners", Choice.of("gaussian", {"sigma_px": 2.0}))
    assert method == GaussianDescreener(2.0)
    assert isinstance(method, Descreener)
    assert registry.build("descreeners", Choice("gaussian")) == GaussianDescreener()


@pytest.mark.parametrize("ask", [registry.build, registry.check])
def test_unknown_options_are_refused(ask):
    with pytest.raises(UsageError, match=r"The method gaussian has no option 'sigma'; its options: sigma_px\."):
        ask("descreeners", Choice.of("gaussian", {"sigma": 2.0}))
    with pytest.raises(UsageError, match="no descreener 'magic'"):
        ask("descreeners", Choice("magic"))


def test_checking_imports_nothing(room):
    room(SOURCE + "\n1 / 0\n")
    assert registry.check("descreeners", Choice.of("gentle", {"tones": (0.5,)})).name == "soft"
    with pytest.raises(ZeroDivisionError):
        registry.build("descreeners", Choice("soft"))


def test_variants_fix_options(room):
    room(SOURCE)
    soft, hard = (registry.build("descreeners", Choice.of(name, {"tones": (0.5,)})) for name in ("gentle", "hard"))
    assert (soft.kernel, soft.size, soft.tones) == ("a", 3, (0.5,))
    assert (hard.kernel, hard.size) == ("b", 5)
    with pytest.raises(UsageError, match="The method hard has no option 'kernel'; its options: size, tones"):
        registry.build("descreeners", Choice.of("hard", {"kernel": "a"}))
    with pytest.raises(UsageError, match="The method soft has no option 'size'; its options: tones"):
        registry.build("descreeners", Choice.of("soft", {"size": 4}))


def test_impossible_values_are_refused():
    with pytest.raises(UsageError):
        registry.build("descreeners", Choice.of("gaussian", {"sigma_px": -1.0}))


@pytest.mark.parametrize("name", BASES)
def test_every_method_can_be_built(name):
    for entry in registry.entries(name).values():
        method = registry.build(name, Choice(entry.name))
        assert isinstance(method, BASES[name])
        settable = {field.name for field in dataclasses.fields(method)} - set(entry.preset)
        assert settable == {option.name for option in entry.options}


# ---- errors and screens ------------------------------------------------------------------------------------------


def test_each_error_has_an_exit_code_of_its_own():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HcolorError)]
    codes = {kind.exit_code for kind in kinds}
    assert len(codes) == len(kinds)
    assert codes == set(range(1, 10))


def test_a_screen_is_present_unless_there_is_none():
    assert Screen("clustered-dot", 4.0, 45.0).present
    assert Screen("stochastic").present
    assert not Screen("none").present
