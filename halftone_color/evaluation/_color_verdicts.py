"""What is asked of colors, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence

from halftone_color.evaluation import _color_faces, _color_skin
from halftone_color.evaluation._color_cases import AUTOMATIC
from halftone_color.evaluation._color_programs import Program
from halftone_color.evaluation._color_rows import LIKE_ROW, SAMPLES_ROW, UNRELATED_ROW, Rows
from halftone_color.evaluation._report import verdict

FORMER = {AUTOMATIC: 34.4, SAMPLES_ROW: 28.1}
"""KID x 1000 of version 0.5.0 by `bench random`, 100 photographs against 300."""
FORMER_LIKE_DB = 33.95
"""Chroma PSNR of version 0.5.0 with the true picture mirrored as its reference, all 400 photographs of the pack."""
ASKED_KID = {AUTOMATIC: 0.35, SAMPLES_ROW: 0.45}
"""Most KID over that of 0.5.0."""
ASKED_COLOR = {AUTOMATIC: (0.75, 1.05), SAMPLES_ROW: (0.75, 1.1)}
"""Colorfulness over the truth's, from and to."""
ASKED_PATCHES = (0.7, 1.05)
"""Patchiness over the truth's, from and to."""
ASKED_RECOGNIZED, ASKED_RECOGNIZED_UNRELATED = 0.17, 0.10
"""Least share of the gap that is closed: automatically, and with an unrelated reference."""
ASKED_APART = 0.8
"""Least feature distance of samples over that of two tints."""
ASKED_NEAR = 0.45
"""Most distance of mean ab to an unrelated reference's over the automatic result's."""
ASKED_KID_UNRELATED = 3.0
"""Most KID x 1000 with an unrelated reference above the automatic result's."""
ASKED_LIKE_DB = 1.5
"""Least gain in chroma PSNR over 0.5.0 with the true picture mirrored."""
ASKED_PAIRS = 0.45
"""Most L1 of ab histograms of exemplar pairs to the reference."""


def told(
    programs: Sequence[Program],
    rows: Rows,
    skin: _color_skin.SkinOutcome | None,
    faces: _color_faces.FaceOutcome | None,
    pairs: dict[str, float],
) -> str:
    """Return what is asked of our own rows; 0.5.0 is the first program beside, else its figures on record.

    Args:
        programs: ours first.
        rows: figures of squares.
        skin: of whole photographs; None where they were not measured.
        faces: of old photographs; None where they were not measured.
        pairs: L1 of each row of the exemplar pairs; empty where they were not measured.
    """
    before = next((program.title for program in programs if program.title), None)
    parts = [*_automatic(rows, before), *_samples(rows, before), *_unrelated(rows), *_like(rows, before)]
    parts += skin.verdicts() if skin else []
    if skin and (shares := skin.rows[UNRELATED_ROW].all.shares()):
        held, least = shares[0], _color_skin.ASKED_HELD
        parts.append(f"skin with an unrelated reference >= {least:.0%}: {verdict(f'{held:.1%}', held >= least)}")
    parts += faces.verdicts() if faces else []
    if REFERENCED in pairs:
        distance = pairs[REFERENCED]
        parts.append(f"L1 of exemplar pairs <= {ASKED_PAIRS}: {verdict(f'{distance:.3f}', distance <= ASKED_PAIRS)}")
    return f"Asked: {'; '.join(parts)}."


REFERENCED = "network"
"""Our row of the exemplar pairs."""


def _automatic(rows: Rows, before: str | None) -> list[str]:
    parts = _against_former(rows, AUTOMATIC, before)
    recognized = rows.recognized(AUTOMATIC)
    parts.append(_within("its patchiness", rows.patchiness(AUTOMATIC), *ASKED_PATCHES))
    if recognized is not None:
        least = ASKED_RECOGNIZED
        parts.append(f"recognized >= {least:.0%}: {verdict(f'{recognized:.0%}', recognized >= least)}")
    return parts


def _samples(rows: Rows, before: str | None) -> list[str]:
    parts = _against_former(rows, SAMPLES_ROW, before)
    apart = rows.apart(SAMPLES_ROW)
    if apart is not None:
        asked = verdict(f"{apart:.2f}", apart >= ASKED_APART)
        parts.append(f"feature distance of samples over tints' >= {ASKED_APART}: {asked}")
    return parts


def _against_former(rows: Rows, name: str, before: str | None) -> list[str]:
    """Return the verdicts on KID over that of 0.5.0 and on colorfulness."""
    parts = []
    kid = rows.kid(name)
    beside = f"{before}{name}"
    former = rows.kid(beside) if before and beside in rows.tallies else FORMER[name]
    if not before and rows.former:
        kid = rows.kid(name, former=True)  # as what is on record was measured
    if kid is not None and former is not None and former > 0:
        share, most = kid / former, ASKED_KID[name]
        parts.append(f"KID of {name} over {_before(before)}'s <= {most}: {verdict(f'{share:.2f}', share <= most)}")
    return [*parts, _within("its colorfulness", rows.colorfulness(name), *ASKED_COLOR[name])]


def _unrelated(rows: Rows) -> list[str]:
    near, recognized = rows.to_reference(UNRELATED_ROW), rows.recognized(UNRELATED_ROW)
    words = "distance to an unrelated reference over automatic's"
    parts = [f"{words} <= {ASKED_NEAR}: {verdict(f'{near:.2f}', near <= ASKED_NEAR)}"]
    kid, automatic = rows.kid(UNRELATED_ROW), rows.kid(AUTOMATIC)
    if kid is not None and automatic is not None:
        above = kid - automatic
        told = verdict(f"{above:+.1f}", above <= ASKED_KID_UNRELATED)
        parts.append(f"its KID above automatic's <= {ASKED_KID_UNRELATED:g}: {told}")
    if recognized is not None:
        least = ASKED_RECOGNIZED_UNRELATED
        parts.append(f"recognized >= {least:.0%}: {verdict(f'{recognized:.0%}', recognized >= least)}")
    return parts


def _like(rows: Rows, before: str | None) -> list[str]:
    beside = f"{before}{LIKE_ROW}"
    former = rows.chroma_db(beside) if before and beside in rows.tallies else FORMER_LIKE_DB
    gain = rows.chroma_db(LIKE_ROW) - former
    told = verdict(f"{gain:+.2f}", gain >= ASKED_LIKE_DB)
    return [f"chroma PSNR with a like reference over {_before(before)}'s >= {ASKED_LIKE_DB:+g} dB: {told}"]


def _within(words: str, figure: float, low: float, high: float) -> str:
    return f"{words} in {low:g} to {high:g}: {verdict(f'{figure:.2f}', low <= figure <= high)}"


def _before(before: str | None) -> str:
    """Return what the figures are compared with, in words."""
    return before.removesuffix(": ") if before else "0.5.0"
