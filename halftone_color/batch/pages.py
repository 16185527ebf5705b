"""Pages in a batch: each page that is asked for is an item of its own, and those left out are counted."""

from __future__ import annotations

from pathlib import Path

from halftone_color.batch.report import Outcome
from halftone_color.errors import InputError
from halftone_color.images.page_numbers import ChosenPages, choose_pages, why_none


def pages_of(source: Path, asked: str | None) -> tuple[ChosenPages, Outcome | None]:
    """Return the pages of a file that are asked for, and the outcome of the file where there are none.

    Args:
        source: the file.
        asked: such as 1-3,10-end or all; None reads one page.

    Raises:
        UsageError: what is asked cannot be understood.
    """
    try:
        chosen = choose_pages(source, asked)
    except InputError as error:
        if asked is None:  # why it cannot be read is found again, and told, when it is restored
            return ChosenPages((None,), 1), None
        return ChosenPages((), 0), Outcome(source, "failed", str(error))
    if not chosen.numbers:
        return chosen, Outcome(source, "skipped", f"{source} {why_none(chosen, asked)}")
    return chosen, None


def left_out_in_words(count: int) -> str:
    """Return what the summary says of so many pages that were left out; nothing if there are none."""
    if not count:
        return ""
    pages = "1 page was" if count == 1 else f"{count} pages were"
    return f" {pages} left out; --pages all takes all."
