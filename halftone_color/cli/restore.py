"""hcolor restore: the whole job, from the scan of a halftone print to a colour photograph."""

from __future__ import annotations

from halftone_color.cli import _options as shared
from halftone_color.cli._running import deliver, planned, progress

EXAMPLES = """Examples:

hcolor restore scan.png

hcolor restore scan.png --ref beach.jpg

hcolor restore scan.png --samples 4 --seed 7 -o colourings/

hcolor restore scan.tif --path ihn-first --saturation 0.8 --format tiff
"""


def command(
    scan: shared.Scan,
    ref: shared.References = None,
    samples: shared.Samples = 0,
    seed: shared.Seed = 0,
    path: shared.CascadePath = "fused",
    screened: shared.Screened = "auto",
    saturation: shared.Saturation = None,
    variety: shared.Variety = None,
    weights: shared.Weights = "default",
    output: shared.Output = None,
    format: shared.Format = "png",
    overwrite: shared.Overwrite = False,
    max_pixels: shared.MaxPixels = shared.MAX_PIXELS,
) -> None:
    """Turn a scan of a halftone print into a colour photograph.

    Colours come from references, are drawn at random or, with neither, are the likeliest ones.
    """
    references = ref or []
    names = planned(scan, "restored", output, format=format, overwrite=overwrite, references=references, count=samples)
    with progress(f"Restoring {scan.name}") as notify:
        from halftone_color import pipeline

        result = pipeline.restore(
            scan,
            references=references,
            samples=samples,
            seed=seed,
            path=path,
            screened=screened,
            weights=weights,
            max_pixels=max_pixels,
            progress=notify,
            **shared.given(saturation=saturation, variety=variety),
        )
    deliver(result, names, overwrite)
