"""What every section of the bench is given, and how its figures become Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from halftone_color.run import Conditions

Notify = Callable[[float, str | None], None]
"""Called with the share done in [0, 1] and a line that says what is being worked on."""

NO_PHOTOGRAPHS = "not measured: give the folder of photographs"
NO_SCANS = "not measured: --scans"
NO_BACKBONE = "not measured: --backbone"
DEFAULT = Conditions()
"""What suits the machine, and the default weights."""


def unheard(share: float, line: str | None) -> None:
    """Notify nobody."""


@dataclass(frozen=True)
class Materials:
    """What to measure, and with what."""

    photos: Path | None = None
    """Folder of photographs (index.csv with file and split, as for training). Without it the tables that are made of
    photographs say "not measured". For the sections scans and inspect alone it may be a folder of scans."""
    backbone: Path | None = None
    """MobileNetV2 safetensors file; rows that need it say "not measured" without."""
    conditions: Conditions = DEFAULT
    """Under which our networks run: weights, device, numbers, threads."""
    notify: Notify = unheard
    pairs: Path | None = None
    """For the sections methods and color: folder of prints with references, NAME_target.* and NAME_ref.*."""
    sheet: Path | None = None
    """For the section methods: file that a page of pictures is drawn to."""
    scans: tuple[Path, ...] = ()
    """Folders of scans and pages, for scans and inspect (with INDEX.csv) and text, and of old photographs with
    faces.csv, for color; "not measured" without."""
    plot: Path | None = None
    """For the section sweep: file that a chart is drawn to, SVG."""
    count: int | None = None
    """For color, diffusion and the ablation: how many photographs, evenly spaced; None takes their default."""
    beside: tuple[Path, ...] = ()
    """For the section color: folders of pictures that other programs colored: NAME-automatic.png and so on."""

    @property
    def weights(self) -> str:
        """Set of trained weights."""
        return self.conditions.weights


def section(title: str, *parts: str) -> str:
    """Return a section of Markdown: a heading, then paragraphs and tables."""
    return "\n\n".join((f"## {title}", *parts))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def marks(decibels: float, likeness: float) -> str:
    """Return a PSNR in dB and an SSIM as one cell."""
    return f"{decibels:.2f} / {likeness:.3f}"


def reached(measured: tuple[float, float], least: tuple[float, float]) -> str:
    """Return PSNR and SSIM as one cell, with the word that says whether both are at least as asked."""
    return verdict(marks(*measured), measured[0] >= least[0] and measured[1] >= least[1])


def part(notify: Notify, start: float, end: float) -> Notify:
    """Return what hears of a part of the work, whose share goes from start to end of the whole."""
    return lambda share, line: notify(start + share * (end - start), line)


def mean(values: Iterable[float]) -> float:
    """Return the arithmetic mean of at least one value."""
    listed = list(values)
    return sum(listed) / len(listed)


def verdict(figure: str, holds: bool) -> str:
    """Return a figure with the word that says whether what was asked for holds."""
    return f"{figure} ({'holds' if holds else 'FAILS'})"
