from pathlib import Path
from types import SimpleNamespace

import pytest

from halftone_color import evaluation
from halftone_color.errors import InputError, UsageError
from halftone_color.evaluation import SECTIONS, bench
from halftone_color.evaluation._report import table


def test_an_unknown_section_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="recovery") as refusal:
        bench("everything")
    assert all(section in str(refusal.value) for section in SECTIONS)


def test_a_chart_that_is_no_svg_is_refused_before_the_work():
    with pytest.raises(UsageError, match=r"chart\.png end in \.svg"):
        bench("sweep", plot=Path("folder/chart.png"))


def test_a_folder_of_scans_that_is_none_is_refused_before_the_work(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        bench("text", scans=[tmp_path, tmp_path / "nowhere"])


def test_the_published_networks_are_refused():
    with pytest.raises(UsageError, match="hcolor bench speed"):
        bench("recovery", weights="authors-2021")


@pytest.mark.parametrize("section", ["kernels", "unseen", "recovery", "random", "methods", "scans"])
def test_without_photographs_a_section_says_so(section):
    report = bench(section)
    assert report.startswith("## ")
    assert "not measured: give the folder of " in report


@pytest.fixture
def asked(monkeypatch):
    """Sections do not measure but note what they are asked."""
    heard = []

    def stand_in(path):
        name = path.rpartition(".")[2]
        return SimpleNamespace(measure=lambda request: heard.append((name, request)) or f"## {name}")

    monkeypatch.setattr(evaluation.importlib, "import_module", stand_in)
    return heard


def test_descreening_stands_for_all_about_dots(asked, tmp_path):
    photos, first, second = Path("photos"), tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    shares = []
    report = bench("descreen", photos, notify=lambda share, _: shares.append(share), scans=[first, second])
    names = [name for name, _ in asked]
    assert list(dict.fromkeys(names)) == list(evaluation.DESCREEN)
    assert report.count("## ") == len(names) == len(evaluation.DESCREEN) + 3
    folders = {name: [request.photos for n, request in asked if n == name] for name in names}
    assert folders["scans"] == [first, second]
    assert folders["inspect"] == [photos, first, second]
    assert folders["kernels"] == [photos]
    assert all(request.scans == (first, second) for _, request in asked)


def test_scans_alone_may_stand_in_place_of_photographs(asked, tmp_path):
    folder = tmp_path
    bench("scans", folder)
    bench("scans", scans=[folder])
    bench("inspect", scans=[folder])
    bench("descreen", folder)
    folders = [(name, request.photos) for name, request in asked if name in evaluation.OF_SCANS]
    assert folders == [*[("scans", folder)] * 2, ("inspect", folder), ("scans", None), ("inspect", folder)]


def test_a_table_is_markdown():
    assert table(["", "dB"], [["gray", "1.5"]]) == "|  | dB |\n| --- | ---: |\n| gray | 1.5 |"
