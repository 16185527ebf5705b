"""What CI installs is named: a version for every dependency, within what pyproject.toml allows, of any build."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ".ci/constraints.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]


def pinned():
    lines = (ROOT / CONSTRAINTS).read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


@pytest.mark.parametrize("text", [text for group in EXTRAS for text in group])
def test_every_dependency_has_a_version_that_is_allowed(text):
    requirement = Requirement(text)
    version = pinned()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version)


def test_names_are_canonical_and_no_build_is_named():
    for name, version in pinned().items():
        assert name == canonicalize_name(name)
        assert Version(version).local is None, f"{name}: pip takes the build that its index has"


def test_ci_installs_these():
    assert re.search(
        rf"^python -m pip install .*--constraint {CONSTRAINTS}", (ROOT / ".ci/run").read_text(), flags=re.M
    )
