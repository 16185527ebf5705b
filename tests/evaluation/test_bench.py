import pytest

from halftone_color.errors import UsageError
from halftone_color.evaluation import SECTIONS, bench
from halftone_color.evaluation._report import table


def test_an_unknown_section_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="recovery") as refusal:
        bench("everything")
    assert all(section in str(refusal.value) for section in SECTIONS)


def test_the_published_networks_are_refused():
    with pytest.raises(UsageError, match="hcolor bench speed"):
        bench("recovery", weights="authors-2021")


@pytest.mark.parametrize("section", ["recovery", "random", "methods", "scans"])
def test_without_photographs_a_section_says_so(section):
    report = bench(section)
    assert report.startswith("## ")
    assert "not measured: give the folder of " in report


def test_a_table_is_markdown():
    assert table(["", "dB"], [["gray", "1.5"]]) == "|  | dB |\n| --- | ---: |\n| gray | 1.5 |"
