import importlib
from pathlib import Path

import pytest

from halftone_color import evaluation
from halftone_color.errors import InputError, UsageError
from halftone_color.evaluation import Materials, bench
from halftone_color.evaluation._report import table
from halftone_color.run import Conditions


def test_an_unknown_section_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="recovery") as refusal:
        bench("everything", Materials())
    assert all(section in str(refusal.value) for section in evaluation.names())


def test_sections_are_the_files_of_their_folder():
    folder = Path(evaluation.sections.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    assert set(evaluation.names()) == {*files, *evaluation.GROUPS}
    assert all(set(group) <= files for group in evaluation.GROUPS.values())


def test_a_chart_that_is_no_svg_is_refused_before_the_work():
    with pytest.raises(UsageError, match=r"chart\.png end in \.svg"):
        bench("sweep", Materials(plot=Path("folder/chart.png")))


def test_a_folder_of_scans_that_is_none_is_refused_before_the_work(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        bench("text", Materials(scans=(tmp_path, tmp_path / "nowhere")))


def test_the_published_networks_are_refused():
    with pytest.raises(UsageError, match="hcolor bench speed"):
        bench("recovery", Materials(conditions=Conditions(weights="authors-2021")))


@pytest.mark.parametrize("section", ["kernels", "unseen", "recovery", "random", "methods", "scans"])
def test_without_photographs_a_section_says_so(section):
    report = bench(section, Materials())
    assert report.startswith("## ")
    assert "not measured: give the folder of " in report


@pytest.fixture
def asked(monkeypatch):
    """Sections do not measure but note what they are asked."""
    heard = []

    for name in (*evaluation.GROUPS["all"], "methods"):
        module = importlib.import_module(f"halftone_color.evaluation.sections.{name}")
        monkeypatch.setattr(
            module, "measure", lambda materials, name=name: heard.append((name, materials)) or f"## {name}"
        )
    return heard


def test_descreening_stands_for_all_about_dots(asked, tmp_path):
    photos, first, second = Path("photos"), tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    shares = []
    report = bench("descreen", Materials(photos, notify=lambda share, _: shares.append(share), scans=(first, second)))
    names = [name for name, _ in asked]
    assert list(dict.fromkeys(names)) == list(evaluation.DESCREEN)
    assert report.count("## ") == len(names) == len(evaluation.DESCREEN) + 3
    folders = {name: [materials.photos for n, materials in asked if n == name] for name in names}
    assert folders["scans"] == [first, second]
    assert folders["inspect"] == [photos, first, second]
    assert folders["kernels"] == [photos]
    assert all(materials.scans == (first, second) for _, materials in asked)


def test_scans_alone_may_stand_in_place_of_photographs(asked, tmp_path):
    folder = tmp_path
    bench("scans", Materials(folder))
    bench("scans", Materials(scans=(folder,)))
    bench("inspect", Materials(scans=(folder,)))
    bench("descreen", Materials(folder))
    folders = [(name, materials.photos) for name, materials in asked if name in ("scans", "inspect")]
    assert folders == [*[("scans", folder)] * 2, ("inspect", folder), ("scans", None), ("inspect", folder)]


def test_a_table_is_markdown():
    assert table(["", "dB"], [["gray", "1.5"]]) == "|  | dB |\n| --- | ---: |\n| gray | 1.5 |"
