"""The steps of each job in order: the page to read first.

    scan -> screen -> contone -> color                      (path ihn-first, the paper's IHN -> C)
    scan -> screen -> colored halftone -> contone channels  (path color-first, the paper's C -> IHN)
    both -> fusion                                           (path fused)

Yen, Cheng, Chiu 2021, figure 1. Each job takes a path or an array and returns a Result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.images.scribbles import Point
from halftone_color.registry import Method
from halftone_color.screen.detect import detect
from halftone_color.screen.page import picture_mask, uncolored, upsample_mask
from halftone_color.steps import sources
from halftone_color.steps.sources import Coloring, Given, Source, Swatch, cues_of, gray_scan_of, notes_on, print_of
from halftone_color.system.progress import Steps
from halftone_color.types import AUTHORS, MAX_PIXELS, Cue, Gallery, Picture, Progress, Result, Screen

if TYPE_CHECKING:
    from torch import nn


Networks = Mapping[str, "nn.Module"]
Options = Mapping[str, Any]
PATHS = ("fused", "ihn-first", "color-first")
SCREENS = ("auto", "yes", "no")
"""Is there a screen to remove: let hcolor look, or say so."""
UNSCREENED = {"auto": "No halftone screen was found", "no": "The picture is said to have no screen"}
"""Why a picture is not descreened, by what SCREENS was asked for."""
KEPT = "A print in several inks: its dots were removed and its colors kept."
OWN = "No halftone screen was found, and the picture has colors of its own: it is returned as it is."
RECOLOR = "Give it references, or --recolor, for new colors."


def restore(
    source: Source,
    *,
    references: Sequence[Source] = (),
    samples: int = 0,
    seed: int = 0,
    hints: Sequence[Point] = (),
    scribbles: Source | None = None,
    mask: Source | None = None,
    gallery: str | Path | Gallery | None = None,
    palette: Sequence[Swatch] = (),
    method: str = "network",
    keep_luminance: bool = True,
    refine: str | None = None,
    path: str | None = None,
    recolor: bool = False,
    tone: str = "auto",
    keep_paper: bool = False,
    screened: str = "auto",
    weights: str = "default",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Turn a scan of a halftone print into continuous-tone color.

    Args:
        source: the scan.
        references: color pictures whose colors to take; all of them together give one result.
        samples: number of random colorings; with neither references nor samples the result is automatic.
        seed: sample k (from 0) is drawn from seed + k.
        hints: colors at single points: (x, y, color), px from the top left corner; a name, #rrggbb or (r, g, b).
        scribbles: colors drawn on a transparent layer, or on a copy of the scan.
        mask: white where the colors of `scribbles`, or of the scan itself, are to be kept.
        gallery: folder of color pictures, of which the method gallery takes the nearest as its reference.
        palette: colors without places: names, #rrggbb, (r, g, b), or pictures, which stand for their main colors.
        method: a name from registry.methods("colorizers"); others than the network color the descreened picture.
        keep_luminance: keep the descreened luma; False gives what the method makes of it.
        refine: "levin" cleans colors along the edges of the luma, starting from the hints where there are any; "gram"
            brings them nearer to the style of the references.
        path: fused (the default of the network), ihn-first or color-first.
        recolor: give a print in several inks new colors; by default, without references, it keeps its own.
        tone: digital (the mean of the halftone is its tone), print (read between ink and paper) or auto.
        keep_paper: leave the tint of a print's ink and paper.
        screened: auto, yes (descreen in any case, for faint screens) or no.
        weights: set of trained weights; "authors-2021" runs the published networks at 256 x 256.
        max_pixels: larger pictures are refused.
        progress: called with the share done.
        **options: of the method, such as the network's saturation.

    Raises:
        InputError: the scan cannot be read, or hints do not fit it.
        UsageError: an unknown method, path or option, or colors that do not come as the method takes them.
        WeightsError: the trained weights are missing or damaged.
    """
    given = Given(references, samples, seed, hints, scribbles, mask, gallery, palette)
    coloring = Coloring(method, given, keep_luminance, refine, options)
    path = check_request(coloring, path, screened)
    chosen: list[str] = []
    cues = cues_of(source, given, max_pixels, chosen.append)
    if weights == AUTHORS:
        beside = {"screened": screened, "tone": tone, "keep_paper": keep_paper or "auto", "recolor": recolor or "auto"}
        from halftone_color.steps.color_2021 import as_published, asked

        return as_published(path, *gray_scan_of(source, max_pixels), cues, asked(coloring.asked(), **beside))
    networks = _color_networks(weights, coloring, ("inverse-halftone", *(("fusion",) * (path == "fused"))))

    scan, screen, reading = print_of(source, max_pixels, partial(_screen, screened=screened), tone)
    if reading.colors is not None and not (given.kinds or recolor):
        cleaned, notes = reading.colors, (*scan.notes, KEPT if screen.present else OWN, RECOLOR)
        if screen.present:
            cleaned = _run_channels(cleaned, screen, registry.find("descreeners", "network"), networks, progress, {})
            cleaned = reading.whitened(cleaned)
        return Result((reading.on_paper(cleaned) if keep_paper else cleaned,), screen, notes, scan.dpi)
    path = path if screen.present else "ihn-first"
    shares = {
        "ihn": 1.0 * screen.present,
        "color": 0.3 * len(cues) * (path != "color-first"),
        "both": 3.2 * len(cues) * (path != "ihn-first"),
        "refine": 1.0 * len(cues) * bool(refine),
    }
    steps = Steps(progress, shares)
    gray, contone, notes = reading.gray, reading.gray, (*scan.notes, *notes_on(cues))
    if screen.present:
        contone = reading.toned(_run_ihn(gray, screen, networks, steps("ihn")))
    else:
        notes = (*notes, f"{UNSCREENED[screened]}: descreening was skipped.")
    photograph = upsample_mask(picture_mask(contone, gray, screen), *gray.shape[1:])
    if photograph.min() < 0.5:
        notes = (*notes, "Text and blank paper of the page were left uncolored.")

    results = []
    for cue in cues:
        if path != "color-first":
            step = steps("color", 1 / len(cues))
            ihn_first = picture = _run_colorizer(contone, cue, coloring, networks, step, photograph)
        if path != "ihn-first":
            step = steps("both", 1 / len(cues))
            picture = _run_color_first(gray, screen, cue, networks, photograph, step, options)
            color_first = picture = reading.toned(picture)
        if path == "fused":
            picture = _run_fusion(ihn_first, color_first, networks)
        if refine:
            picture = _run_refinement(picture, cue, refine, networks, steps("refine", 1 / len(cues)))
        untouched = path == "ihn-first" and "chroma_mask" in coloring.chosen.option_names and not refine
        wanted = photograph if cue.hints is None else np.maximum(photograph, cue.hints.given)
        picture = picture if untouched else uncolored(picture, wanted)
        results.append(reading.on_paper(picture) if keep_paper else picture)
    return Result(tuple(results), screen, (*notes, *chosen), scan.dpi)


def check_request(coloring: Coloring, path: str | None, screened: str) -> str:
    """Refuse what restore would refuse of its arguments, before any work; return the path to take.

    Raises:
        UsageError: an unknown path or one that is not the method's, an unknown word about the screen, or whatever
            `Coloring.check` refuses.
    """
    if path not in (None, *PATHS):
        raise UsageError(f"There is no path {path!r}; choose one of {', '.join(PATHS)}.")
    _check_screened(screened)
    coloring.check()
    if coloring.chosen.name == "network":
        return path or "fused"
    if path not in (None, "ihn-first"):
        name = coloring.chosen.name
        raise UsageError(f"The method {name} colors the descreened picture; leave out --path {path}, or the method.")
    return "ihn-first"


def descreen(
    source: Source,
    *,
    method: str = "network",
    tone: str = "auto",
    keep_paper: bool = False,
    screened: str = "auto",
    weights: str = "default",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Turn a halftone into continuous tone; a picture without a screen comes back as it is.

    A print in several inks keeps its colors, (3, H, W); any other comes out gray, (1, H, W).

    Args:
        source: the scan.
        method: network or gaussian.
        tone: digital (the mean of the halftone is its tone), print (read between ink and paper) or auto.
        keep_paper: leave the tint of a print's ink and paper.
        screened: auto, yes (descreen in any case, for faint screens) or no.
        weights: set of trained weights.
        max_pixels: larger pictures are refused.
        progress: called with the share done.
        **options: of the method.
    """
    chosen = registry.find("descreeners", method)
    if weights == AUTHORS:
        beside = {"screened": screened, "method": method, "tone": tone, "keep_paper": keep_paper or "auto"}
        from halftone_color.steps.color_2021 import as_published, asked

        return as_published("descreen", *gray_scan_of(source, max_pixels), [Cue()], asked(options, **beside))
    scan, screen, reading = print_of(source, max_pixels, partial(_screen, screened=screened), tone, untouched=True)
    if not screen.present:
        note = f"{UNSCREENED[screened]}: the picture is returned as it is."
        return Result((reading.shown,), screen, (*scan.notes, note), scan.dpi)
    networks, steps = _networks(weights, chosen.needs), Steps(progress, {"descreen": 1.0})
    if reading.colors is not None:
        contone = reading.whitened(_run_channels(reading.colors, screen, chosen, networks, steps("descreen"), options))
        scan = replace(scan, notes=(*scan.notes, KEPT))
    else:
        contone = _run_descreener(reading.gray, screen, chosen, networks, steps("descreen"), options)
        contone = reading.toned(contone, out=contone)
    return Result((reading.on_paper(contone) if keep_paper else contone,), screen, scan.notes, scan.dpi)


def colorize(
    source: Source,
    *,
    references: Sequence[Source] = (),
    samples: int = 0,
    seed: int = 0,
    hints: Sequence[Point] = (),
    scribbles: Source | None = None,
    mask: Source | None = None,
    gallery: str | Path | Gallery | None = None,
    palette: Sequence[Swatch] = (),
    method: str = "network",
    keep_luminance: bool = True,
    refine: str | None = None,
    weights: str = "default",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Color a gray photograph; arguments as of restore.

    Raises:
        InputError: the picture cannot be read, or hints do not fit it.
        UsageError: an unknown method or option, or colors that do not come as the method takes them.
    """
    given = Given(references, samples, seed, hints, scribbles, mask, gallery, palette)
    coloring = Coloring(method, given, keep_luminance, refine, options)
    coloring.check()
    gray, scan = gray_scan_of(source, max_pixels)
    chosen: list[str] = []
    cues = cues_of(source, given, max_pixels, chosen.append)
    if weights == AUTHORS:
        from halftone_color.steps.color_2021 import as_published

        return as_published("colorize", gray, scan, cues, coloring.asked())
    networks = _color_networks(weights, coloring)
    steps = Steps(progress, {"color": float(len(cues)), "refine": 1.0 * len(cues) * bool(refine)})
    pictures = []
    for cue in cues:
        picture = _run_colorizer(gray, cue, coloring, networks, steps("color", 1 / len(cues)))
        if refine:
            picture = _run_refinement(picture, cue, refine, networks, steps("refine", 1 / len(cues)))
        pictures.append(picture)
    return Result(tuple(pictures), None, (*scan.notes, *notes_on(cues), *chosen), scan.dpi)


def halftone(
    source: Source,
    *,
    method: str = "floyd-steinberg",
    cmyk: bool = False,
    max_pixels: int = MAX_PIXELS,
    **options: Any,
) -> Result:
    """Screen a photograph: (1, H, W) of 0 and 1 (or gray, antialiased), or (3, H, W) as a CMYK print.

    Args:
        source: the photograph.
        method: a name from registry.methods("halftoners").
        cmyk: screen cyan, magenta, yellow and black, each at its angle, and print them over each other.
        max_pixels: larger pictures are refused.
        **options: of the method.
    """
    chosen = registry.find("halftoners", method)
    if cmyk:
        from halftone_color.halftoners._cmyk import halftone_cmyk

        scan = sources.scan_of(source, max_pixels)
        return Result((halftone_cmyk(sources.rgb_of(scan.pixels), chosen, options),), None, scan.notes, scan.dpi)
    gray, scan = gray_scan_of(source, max_pixels)
    notes = tuple(note for note in scan.notes if "discarded" not in note)  # a halftone is expected to be gray
    return Result((chosen.function(gray, chosen.options(**options)),), None, notes, scan.dpi)


# ---- the steps of restore --------------------------------------------------------------------------------------


def _run_ihn(gray: Picture, screen: Screen, networks: Networks, progress: Progress | None) -> Picture:
    return _run_descreener(gray, screen, registry.find("descreeners", "network"), networks, progress, {})


def _run_descreener(
    gray: Picture, screen: Screen, method: Method, networks: Networks, progress: Progress | None, options: Options
) -> Picture:
    known = {n: getattr(screen, n) for n in ("kind", "period_px", "angle_deg") if n in method.option_names}
    settled = method.options(**(known | dict(options)))
    return method.function(gray, settled, networks, progress)  # type: ignore[no-any-return]


def _run_channels(
    rgb: Picture, screen: Screen, method: Method, networks: Networks, progress: Progress | None, options: Options
) -> Picture:
    """Descreen the channels of a color print one by one, for each ink has its screen; then bring them together."""
    from halftone_color.descreeners._together import together

    steps, channels = Steps(progress, {"channel": 1.0}), []
    options = {"known": False, **options} if screen.period_px and "known" in method.option_names else options
    for channel in rgb[:, None]:
        own, step = detect(channel), steps("channel", 1 / 3)
        channels.append(_run_descreener(channel, own if own.present else screen, method, networks, step, options))
    return together(np.concatenate(channels), screen.period_px)


def _run_colorizer(
    gray: Picture,
    cue: Cue,
    coloring: Coloring,
    networks: Networks,
    progress: Progress | None,
    mask: Picture | None = None,
) -> Picture:
    method, options = coloring.chosen, coloring.method_options()
    if mask is not None and "chroma_mask" in method.option_names:
        options = replace(options, chroma_mask=mask)
    return method.function(gray, cue, options, networks, progress)  # type: ignore[no-any-return]


def _run_refinement(rgb: Picture, cue: Cue, refine: str, networks: Networks, progress: Progress | None) -> Picture:
    from halftone_color.colorizers import _refine, gram

    if refine == "gram":
        return gram.refine(rgb, cue, networks, progress)
    return _refine.refine(rgb, cue.hints, progress)


def _run_color_first(
    gray: Picture,
    screen: Screen,
    cue: Cue,
    networks: Networks,
    mask: Picture,
    progress: Progress | None,
    options: Options,
) -> Picture:
    """C -> IHN: color the halftone itself, then descreen each of its channels with the same noise."""
    from halftone_color.colorizers._halftone import color_halftone

    method = registry.find("colorizers", "network").options(chroma_mask=mask, **options)
    colored = color_halftone(gray, screen.period_px, cue, method, networks)
    steps = Steps(progress, {"channel": 1.0})
    return np.concatenate([_run_ihn(channel[None], screen, networks, steps("channel", 1 / 3)) for channel in colored])


def _run_fusion(ihn_first: Picture, color_first: Picture, networks: Networks) -> Picture:
    method = registry.find("fusers", "network")
    return method.function(ihn_first, color_first, method.options(), networks)  # type: ignore[no-any-return]


def _screen(gray: Picture, screened: str) -> Screen:
    """Return the screen of a picture, or the one that the user says there is."""
    _check_screened(screened)
    found = detect(gray) if screened != "no" else Screen("none")
    return Screen("stochastic") if screened == "yes" and not found.present else found


def _check_screened(screened: str) -> None:
    if screened not in SCREENS:
        raise UsageError(f"Is there a screen: {screened!r} is no answer; choose one of {', '.join(SCREENS)}.")


def _networks(weights: str, roles: Sequence[str]) -> Networks:
    from halftone_color.checkpoints.loading import networks_for

    return networks_for(weights, roles) if roles else {}


def _color_networks(weights: str, coloring: Coloring, further: Sequence[str] = ()) -> Networks:
    """Return the networks of a job that colors, with the features that the user brings."""
    networks = _networks(weights, (*further, *coloring.needs))
    if coloring.feature_file is None:
        return networks
    from halftone_color.checkpoints.vgg19 import load_vgg19

    return {**networks, "features": load_vgg19(Path(coloring.feature_file))}
