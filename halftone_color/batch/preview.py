"""A preview of a batch: a few pictures spread over the archive, and a page that shows them before and after."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from halftone_color.batch import journal
from halftone_color.batch.journal import key_of
from halftone_color.batch.worklist import Item, Worklist
from halftone_color.errors import InputError
from halftone_color.images.reading import read
from halftone_color.images.writing import encode, to_pillow
from halftone_color.system import atomic

REPORT = "preview.html"
"""Name of the page, in the preview's folder."""
SIDE_PX = 480
"""Longest side of the pictures on the page."""


def spread(items: Sequence[Item], count: int) -> tuple[Item, ...]:
    """Return so many items, evenly spread over all."""
    if count >= len(items):
        return tuple(items)
    return tuple(items[(2 * place + 1) * len(items) // (2 * count)] for place in range(count))


def write_report(worklist: Worklist) -> Path:
    """Write the page of a preview that was run, and return its path.

    Raises:
        OutputError: it cannot be written.
    """
    records = journal.read(worklist.output).records
    rows = []
    for item in worklist.items:
        record = records.get(key_of(item.relative, item.page))
        if record is None:
            continue
        results = [worklist.output / stored.path for stored in record.results if not stored.path.endswith("-sheet.jpg")]
        pictures = "".join(_figure(path) for path in [item.source, *results])
        words = [record.outcome, f"{record.seconds:.1f} s", f"{record.pixels / 1e6:.1f} MP", record.reason]
        notes = "".join(f"<li>{_escaped(note)}</li>" for note in record.notes)
        label = item.relative if item.page is None else f"{item.relative}, page {item.page}"
        name, state = _escaped(label), _escaped(", ".join(word for word in words if word))
        rows.append(f"<h2>{name}</h2>\n<p>{state}</p>\n<ul>{notes}</ul>\n<div>{pictures}</div>\n")
    title = f"Preview of {_escaped(str(worklist.archive))}: {len(rows)} pictures"
    style = "body{font-family:sans-serif;margin:2em}img{max-width:480px;margin:4px;vertical-align:top}"
    page = (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>{title}</title>\n<style>{style}</style>\n<h1>{title}</h1>\n'
    )
    path = worklist.output / REPORT
    atomic.write(path, (page + "".join(rows)).encode(errors="backslashreplace"))
    return path


def _figure(path: Path) -> str:
    """Return a picture as a small JPEG within the page, or nothing if it cannot be read."""
    try:
        pixels = read(path).pixels
    except InputError:
        return ""
    small = to_pillow(pixels).convert("RGB")
    small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    planes = np.moveaxis(np.asarray(small, np.float32) / np.float32(255), 2, 0)
    coded = base64.b64encode(encode(Path("small.jpg"), planes)).decode()
    return f'<img src="data:image/jpeg;base64,{coded}" alt="{_escaped(path.name)}" title="{_escaped(path.name)}">'


def _escaped(text: str) -> str:
    return html.escape(text.encode(errors="backslashreplace").decode())
