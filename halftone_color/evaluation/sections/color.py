"""Colors measured on validation photographs, their people, old photographs' faces and exemplar pairs, beside baselines.

Sizes, data and protocol stand in the text of each table; figures of merit in metrics/.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from halftone_color.evaluation import _color_faces, _color_rows, _color_skin, _color_speed, _color_verdicts
from halftone_color.evaluation._color_baselines import MATCHED, histogram_matched, tint
from halftone_color.evaluation._color_cases import FACES, REFERENCE, cases, old_photographs
from halftone_color.evaluation._color_programs import Beside, Ours, Program
from halftone_color.evaluation._report import NO_PHOTOGRAPHS, NO_SCANS, Materials, Notify, mean, part, section, table
from halftone_color.evaluation.sections.methods import cases_of_pairs
from halftone_color.metrics.color import reference_distance
from halftone_color.training.backbone import load_backbone

TITLE = "Color"
NO_PAIRS = "Exemplar pairs: not measured: --pairs."


def measure(materials: Materials) -> str:
    """Return the section: a table of photographs, of skin, of faces, of exemplar pairs, of speed, and what was asked.

    Raises:
        InputError: there are too few photographs, a folder of another program's pictures lacks some, or faces.csv is
            not as it should be.
    """
    if materials.photos is None:
        return section(TITLE, NO_PHOTOGRAPHS)
    programs: list[Program] = [Ours(materials.conditions, bool(materials.beside)), *map(Beside, materials.beside)]
    chosen, old = cases(materials.photos, materials.count), old_photographs(materials.scans)
    judge = load_backbone(materials.backbone) if materials.backbone else None
    rows = _color_rows.measure(materials.photos, chosen, programs, judge, part(materials.notify, 0.0, 0.65))
    skin = _color_skin.measure(materials.photos, chosen, programs, part(materials.notify, 0.65, 0.88))
    faces = _color_faces.measure(old, programs, part(materials.notify, 0.88, 0.94)) if old else None
    pairs = distances(materials.pairs, programs, part(materials.notify, 0.94, 0.96)) if materials.pairs else {}
    return section(
        TITLE,
        *rows.told(),
        *(skin.told() if skin else [f"Skin: {_color_skin.NO_SKIN}."]),
        *(faces.told() if faces else [f"Faces: {NO_SCANS} FOLDER that holds {FACES}."]),
        *(_pairs_told(pairs) if pairs else [NO_PAIRS]),
        *_color_speed.told(materials.conditions, part(materials.notify, 0.96, 1.0)),
        _color_verdicts.told(programs, rows, skin, faces, pairs),
    )


def distances(folder: Path, programs: Sequence[Program], notify: Notify) -> dict[str, float]:
    """Return each row's mean L1 of ab histograms to the reference over the exemplar pairs of a folder."""
    rows: dict[str, list[float]] = {}
    pairs = cases_of_pairs(folder)
    for done, pair in enumerate(pairs):
        notify(done / len(pairs), f"coloring {pair.name}")
        pictures = {
            "tint of the reference": tint(pair.gray, pair.reference),
            MATCHED: histogram_matched(pair.gray, pair.reference),
        }
        for program in programs:
            if program.offers(REFERENCE):
                name = f"{program.title}{_color_verdicts.REFERENCED}"
                pictures[name] = program.colored(pair.name, REFERENCE, pair.gray, pair.reference)
        for name, rgb in pictures.items():
            rows.setdefault(name, []).append(reference_distance(rgb, pair.reference))
    return {name: mean(values) for name, values in rows.items()}


def _pairs_told(pairs: dict[str, float]) -> list[str]:
    return [
        "Exemplar pairs, as other papers use them: L1 of smoothed 32 x 32 ab histograms, result against reference, "
        "0 to 2.",
        table(["", "L1 to the reference"], [[name, f"{figure:.3f}"] for name, figure in pairs.items()]),
    ]
