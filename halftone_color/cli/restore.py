"""hcolor restore: the whole job, from the scan of a halftone print to a color photograph."""

from __future__ import annotations

from halftone_color.cli import _options as shared
from halftone_color.cli._methods import assigned
from halftone_color.cli._running import deliver, planned, progress
from halftone_color.system import precision as numbers

EXAMPLES = """Examples:

hcolor restore scan.png

hcolor restore scan.png --ref beach.jpg

hcolor restore scan.png --palette teal,sandybrown --ref-strength 0.7

hcolor restore scan.png --hint 120,80,teal

hcolor restore scan.png --samples 4 --seed 7 -o colorings/

hcolor restore scan.png --method levin --scribbles strokes.png

hcolor restore scan.tif --path ihn-first --saturation 0.8 --format tiff
"""


def command(
    scan: shared.Scan,
    ref: shared.References = None,
    ref_strength: shared.RefStrength = None,
    palette: shared.Palette = None,
    ref_dir: shared.RefDir = None,
    samples: shared.Samples = 0,
    seed: shared.Seed = 0,
    scribbles: shared.Scribbles = None,
    mask: shared.Mask = None,
    hint: shared.HintWords = None,
    method: shared.ColorMethod = "network",
    set_: shared.Assignments = None,
    keep_luminance: shared.KeepLuminance = True,
    refine: shared.Refine = None,
    path: shared.CascadePath = None,
    recolor: shared.Recolor = False,
    tone: shared.Tone = "auto",
    keep_paper: shared.KeepPaper = False,
    screened: shared.Screened = "auto",
    saturation: shared.Saturation = None,
    variety: shared.Variety = None,
    precision: shared.Precision = "auto",
    weights: shared.Weights = "default",
    output: shared.Output = None,
    format: shared.Format = "png",
    overwrite: shared.Overwrite = False,
    max_pixels: shared.MaxPixels = shared.MAX_PIXELS,
) -> None:
    """Turn a scan of a halftone print into a color photograph.

    Colors come from references, a palette or hints, are drawn at random or, with none of them, are the likeliest ones.
    """
    references = ref or []
    kept = [*references, *shared.files(palette), *(path_ for path_ in (scribbles, mask) if path_)]
    names = planned(scan, "restored", output, format=format, overwrite=overwrite, references=kept, count=samples)
    hints = shared.hints(hint)
    with progress(f"Restoring {scan.name}") as notify, numbers.using(precision):
        from halftone_color import pipeline, registry

        options = assigned(registry.find("colorizers", method), set_)
        options |= shared.given(saturation=saturation, variety=variety, ref_strength=ref_strength)
        result = pipeline.restore(
            scan,
            references=references,
            samples=samples,
            seed=seed,
            hints=hints,
            scribbles=scribbles,
            mask=mask,
            gallery=ref_dir,
            palette=palette or [],
            method=method,
            keep_luminance=keep_luminance,
            refine=refine,
            path=path,
            recolor=recolor,
            tone=tone,
            keep_paper=keep_paper,
            screened=screened,
            weights=weights,
            max_pixels=max_pixels,
            progress=notify,
            **options,
        )
    deliver(result, names, overwrite)
