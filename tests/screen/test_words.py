"""What is said of screens that were removed and of patterns in doubt."""

from halftone_color.screen.words import doubt_in_words, in_words
from halftone_color.types import Screen


def test_a_screen_is_named_with_its_period_and_angle():
    assert in_words(Screen("clustered-dot", 7.84, 45.2)) == "a clustered-dot screen of 7.8 px at 45 degrees"
    assert in_words(Screen("error-diffusion")) == "an error-diffusion screen"


def test_a_doubt_names_the_pattern_and_how_it_is_removed():
    assert doubt_in_words(Screen("none")) is None
    said = doubt_in_words(Screen("none", doubt=Screen("line", 6.0, 90.0)))
    assert "a line screen of 6.0 px at 90 degrees" in said
    assert "--screen yes" in said
