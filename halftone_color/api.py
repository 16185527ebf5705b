"""The Python API: turns keywords into a Request and a Run, and calls the pipeline.

`halftone`, `descreen`, `colorize` and `restore` take a path or an array and return a Result, whose pictures are float32
arrays (C, H, W) in [0, 1].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from halftone_color import pipeline
from halftone_color.images.page_numbers import require_pages
from halftone_color.images.scribbles import Point
from halftone_color.images.sources import FilePath, Source, require_picture
from halftone_color.run import Conditions, Run
from halftone_color.steps.halftone import needed_conditions
from halftone_color.steps.parsing import Swatch, make_request
from halftone_color.types import MAX_PIXELS, Progress, Result

CONDITIONS = ("weights", "device", "precision", "threads")
"""Keywords for the conditions under which a job runs."""


def restore(
    source: Source,
    *,
    references: Sequence[Source] = (),
    samples: int = 0,
    seed: int = 0,
    hints: Sequence[Point | str] = (),
    scribbles: Source | None = None,
    mask: Source | None = None,
    gallery: FilePath | None = None,
    palette: Sequence[Swatch] = (),
    method: str = "network",
    keep_luminance: bool = True,
    refine: str | None = None,
    descreener: str = "network",
    descreener_options: Mapping[str, Any] | None = None,
    fuser: str = "network",
    path: str | None = None,
    recolor: bool = False,
    tone: str = "auto",
    keep_paper: bool = False,
    screened: str = "auto",
    max_pixels: int = MAX_PIXELS,
    invert: bool = False,
    strict: bool = False,
    page: int | None = None,
    region: str | Sequence[int] | None = None,
    crop: bool = False,
    weights: str = "default",
    device: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Turn a scan of a halftone print into continuous-tone color.

    Args:
        source: the scan.
        references: color pictures whose colors to take; all of them together give one result.
        samples: number of random colorings; with neither references nor samples the result is automatic.
        seed: sample k (from 0) is drawn from seed + k.
        hints: colors at single points: (x, y, color) with x and y in px from the top left corner, and the color a
            name, #rrggbb or (r, g, b); or a text such as "120,80,teal".
        scribbles: colors drawn on a transparent layer, or on a copy of the scan.
        mask: white where the colors of `scribbles`, or of the scan itself, are to be kept.
        gallery: folder of color pictures; the method "gallery" uses the most similar one as its reference.
        palette: colors without positions: names, #rrggbb, (r, g, b), or pictures, which stand for their main colors.
        method: a colorizer (`hcolor colorize --list-methods`).
        keep_luminance: keep the descreened luma; False lets the method change it, if it can.
        refine: "levin" smooths colors along the edges of the luma, guided by hints if there are any; "gram" changes
            them towards the style of the references.
        descreener: a descreening method (`hcolor descreen --list-methods`).
        descreener_options: options of the descreener by name.
        fuser: how the results of both orders are combined: network or mean.
        path: fused (the default if the colorizer can color halftones), ihn-first or color-first.
        recolor: give new colors to a print in several inks; by default, without references, it keeps its own.
        tone: digital (the mean of the halftone is its tone), print (between ink and paper) or auto.
        keep_paper: keep the tint of a print's ink and paper.
        screened: auto, yes (always descreen, for faint screens) or no.
        max_pixels: larger pictures are refused.
        invert: the scan is a negative; hints, scribbles and masks belong to the positive.
        strict: refuse a damaged file; else Result.damage says what is wrong with it.
        page: page of a TIFF, from 1 (see `pages`); by default the first that is a picture in full size.
        region: part of the picture that is read and restored, (x, y, width, height) in px; hints, scribbles and masks
            belong to the whole picture.
        crop: return each photograph of a page as a picture of its own, see Result.photographs.
        weights: set of trained weights; "authors-2021" runs the published networks at 256 x 256.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: number format of the networks: auto, float32 or bfloat16.
        threads: number of threads; None uses those of the machine.
        progress: called with the share done.
        **options: options of the colorizer, such as the network's saturation.

    Raises:
        InputError: the scan cannot be read, has no such page or region, or hints do not fit it.
        NothingToDoError: with `crop`, a page without a photograph.
        UsageError: an unknown method, path or option, or a cue that the method cannot use.
        WeightsError: the trained weights are missing or damaged.
        DeviceError: the requested device is not available.
    """
    return _run_job("restore", locals())


def descreen(
    source: Source,
    *,
    method: str = "network",
    samples: int = 0,
    seed: int = 0,
    tone: str = "auto",
    keep_paper: bool = False,
    screened: str = "auto",
    max_pixels: int = MAX_PIXELS,
    invert: bool = False,
    strict: bool = False,
    page: int | None = None,
    region: str | Sequence[int] | None = None,
    crop: bool = False,
    weights: str = "default",
    device: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Turn a halftone into continuous tone; a picture without a screen is returned unchanged.

    A print in several inks keeps its colors, (3, H, W); any other becomes gray, (1, H, W).

    Args:
        source: the scan.
        method: network, gaussian or diffusion (`hcolor descreen --list-methods`).
        samples: number of answers of a method that draws: diffusion; Result.uncertainty says where they differ.
        seed: sample k (from 0) is drawn from seed + k.
        tone: digital (the mean of the halftone is its tone), print (between ink and paper) or auto.
        keep_paper: keep the tint of a print's ink and paper.
        screened: auto, yes (always descreen, for faint screens) or no.
        max_pixels: larger pictures are refused.
        invert: the scan is a negative.
        strict: refuse a damaged file; else Result.damage says what is wrong with it.
        page: page of a TIFF, from 1 (see `pages`); by default the first that is a picture in full size.
        region: part of the picture that is read and descreened, (x, y, width, height) in px.
        crop: return each photograph of a page as a picture of its own, see Result.photographs.
        weights: set of trained weights.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: number format of the networks: auto, float32 or bfloat16.
        threads: number of threads; None uses those of the machine.
        progress: called with the share done.
        **options: options of the method.

    Raises:
        InputError: the scan cannot be read.
        UsageError: an unknown method or option.
        WeightsError: the trained weights are missing or damaged.
        DeviceError: the requested device is not available.
    """
    return _run_job("descreen", locals())


def colorize(
    source: Source,
    *,
    references: Sequence[Source] = (),
    samples: int = 0,
    seed: int = 0,
    hints: Sequence[Point | str] = (),
    scribbles: Source | None = None,
    mask: Source | None = None,
    gallery: FilePath | None = None,
    palette: Sequence[Swatch] = (),
    method: str = "network",
    keep_luminance: bool = True,
    refine: str | None = None,
    max_pixels: int = MAX_PIXELS,
    invert: bool = False,
    strict: bool = False,
    page: int | None = None,
    region: str | Sequence[int] | None = None,
    crop: bool = False,
    weights: str = "default",
    device: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Color a gray photograph; the arguments are those of restore.

    Raises:
        InputError: the picture cannot be read, has no such page or region, or hints do not fit it.
        UsageError: an unknown method or option, or a cue that the method cannot use.
        WeightsError: the trained weights are missing or damaged.
        DeviceError: the requested device is not available.
    """
    return _run_job("colorize", locals())


def halftone(
    source: Source,
    *,
    method: str = "floyd-steinberg",
    cmyk: bool = False,
    max_pixels: int = MAX_PIXELS,
    strict: bool = False,
    weights: str = "default",
    device: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Screen a photograph: (1, H, W) of 0 and 1 (or gray, antialiased), or (3, H, W) as a CMYK print.

    Args:
        source: the photograph.
        method: a halftoner (`hcolor halftone --list-methods`).
        cmyk: screen cyan, magenta, yellow and black separately, each at its own angle, and overprint them.
        max_pixels: larger pictures are refused.
        strict: refuse a damaged file; else Result.damage says what is wrong with it.
        weights: set of trained weights, for methods that draw by a network.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: number format of the networks: auto, float32 or bfloat16.
        threads: number of threads; None uses those of the machine.
        progress: called with the share done.
        **options: options of the method.

    Raises:
        InputError: the photograph cannot be read.
        UsageError: an unknown method or option, or lpi without a known resolution.
        WeightsError: the trained weights are missing or damaged.
        DeviceError: the requested device is not available.
    """
    return _run_job("halftone", locals())


def pages(path: FilePath, asked: str = "all") -> tuple[int, ...]:
    """Return the pages of a TIFF that are pictures in full size, from 1; any other file has page 1 alone.

    Each is restored by itself, so that a long file needs no more memory than its largest page:
    `for page in pages("scan.tif"): restore("scan.tif", page=page)`.

    Args:
        path: the file.
        asked: numbers and ranges such as "1-3,10-end", or "all".

    Raises:
        UsageError: `asked` cannot be understood.
        InputError: the file cannot be read, or has none of these pages.
    """
    return tuple(page for page in require_pages(path, asked).numbers if page is not None)


def _run_job(job: str, words: dict[str, Any]) -> Result:
    """Run a job with the keywords of its function."""
    source, progress = words.pop("source"), words.pop("progress")
    asked = {name: words.pop(name) for name in CONDITIONS if name in words}
    require_picture(source)  # before torch is loaded
    given = {name: value for name, value in words.items() if value is not None}
    request = make_request(job, **given)
    run = Run.open(needed_conditions(request, Conditions(**asked)), progress)
    result = (pipeline.halftone if job == "halftone" else pipeline.restore)(source, request, run)
    return replace(result, pictures=tuple(map(np.asarray, result.pictures)))  # large ones are made when they are read
