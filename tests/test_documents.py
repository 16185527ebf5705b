"""What is written about the project: short where it is read first, with links that lead somewhere, in one spelling."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest

from halftone_color import descreeners, registry
from halftone_color.request import Choice

ROOT = Path(__file__).parents[1]
README_BYTES = 9_000
PICTURES_BYTES = 1_500_000
PICTURES = {".png", ".jpg", ".svg"}
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "weights/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
OTHER_SPELLING = (
    r"colour|grey|\bcentre|neighbour|behaviour|favour|licence|[a-z]{3}(?:gn|im|al|ag|an)is(?:e|ed|es|ing|ation)\b"
)
"""Parts of words that American English spells another way."""
SAME_IN_BOTH = {"raise", "otherwise", "surprise", "surprised", "promise", "promised"}
FORMER = "## [0.6.0]"
"""What the changelog says of versions before 0.7.0 stays as it was."""


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_blocks(path: Path) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)


def anchors(path: Path) -> set[str]:
    """Return what a document's headings are called in addresses, as GitHub names them."""
    headings = re.findall(r"^#+ +(.+)$", without_blocks(path), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> list[str]:
    """Return the relative addresses in a document: of links and pictures, in Markdown and in HTML."""
    text = without_blocks(path)
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    return [address for address in found if not re.match(r"[a-z]+:", address)]


def otherwise_spelled(text: str) -> set[str]:
    words = {word.lower() for word in re.findall(rf"\w*(?:{OTHER_SPELLING})\w*", text, flags=re.I)}
    return words - SAME_IN_BOTH


def test_links_and_spellings_are_found(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(
        '# One: *two*\n[a](b.md#c) ![d](e.png)\n<img src="f.jpg">\n[g](https://h.i)\n```\n[j](k)\n# L\n```\n'
    )
    assert links(path) == ["b.md#c", "e.png", "f.jpg"]
    assert anchors(path) == {"one-two"}
    assert otherwise_spelled("Colours recognised near the centre; otherwise this is exercise.") == {
        "colours",
        "recognised",
        "centre",
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_links_lead_somewhere(path):
    dead = []
    for address in links(path):
        name, _, anchor = address.partition("#")
        target = (path.parent / name).resolve() if name else path
        dead += [address] * (not target.exists() or (anchor != "" and anchor not in anchors(target)))
    assert not dead


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_documents_are_in_american_spelling(path):
    text = re.sub(r"`[^`\n]*`|[\w-]+/[\w.-]+\.\w+", "", without_blocks(path))  # without code and names of files
    assert not otherwise_spelled(text.partition(FORMER)[0])


def test_the_drawing_of_the_floors_is_as_they_are_held():
    source = (ROOT / "tests" / "test_architecture.py").read_text()
    (held,) = [ast.literal_eval(table) for table in re.findall(r"^FLOORS = (\{.*?^\})", source, flags=re.S | re.M)]
    drawing = (ROOT / "docs" / "architecture.md").read_text().partition("## Floors")[2].split("```")[1]
    drawn = {int(floor): set(words.split()) for floor, words in re.findall(r"^ ?(\d+) +(.*)$", drawing, flags=re.M)}
    assert set(drawn) == set(held.values())
    assert not [room for room, floor in held.items() if room not in drawn[floor]]


def test_the_readme_is_short():
    assert (ROOT / "README.md").stat().st_size <= README_BYTES


def test_the_readme_has_the_commands_that_ci_runs():
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text().splitlines()
    assert "\npython -m pip install . && hcolor demo\n" in readme
    assert "\npython -m pip install '.[test]' && python -m pytest\n" in readme
    assert ci[-1] == "python -m pytest"


def test_hooks_run_the_very_commands_of_ci():
    hooks = re.findall(r"^ +entry: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text(), flags=re.M)
    assert hooks == re.findall(r"^python -m (?!pip ).+$", (ROOT / ".ci" / "run").read_text(), flags=re.M)
    assert [hook.split()[2] for hook in hooks] == ["ruff", "ruff", "mypy", "pytest"]


def test_pictures_are_small_and_shown():
    pictures = {path for path in (ROOT / "docs").rglob("*") if path.suffix in PICTURES}
    assert pictures
    assert sum(path.stat().st_size for path in pictures) <= PICTURES_BYTES
    assert pictures <= {(path.parent / address).resolve() for path in DOCUMENTS for address in links(path)}


def test_the_worked_example_works(tmp_path, monkeypatch):
    method, test = re.findall(r"^```python\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.S | re.M)
    (tmp_path / "box.py").write_text(method)
    monkeypatch.setattr(descreeners, "__path__", [*descreeners.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    try:
        example: dict[str, object] = {}
        exec(compile(test, "test_box.py", "exec"), example)
        tests = [name for name in example if name.startswith("test_")]
        assert len(tests) == 2
        for name in tests:
            example[name]()
        (option,) = registry.entries("descreeners")["box"].options
        assert (option.name, option.default) == ("periods", "1.0")
        assert registry.build("descreeners", Choice.of("box", {"periods": 2.0})).periods == 2
    finally:
        sys.modules.pop("halftone_color.descreeners.box", None)


def test_tests_that_public_reports_name_exist():
    text = (ROOT / "docs" / "public-reports.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[a-z]+/test_[a-z_0-9]+", text))
    assert len(named) > 10
    assert not [name for name in sorted(named) if not (ROOT / "tests" / f"{name}.py").is_file()]
