"""Forms of screens on which the network alone is worse than a Gaussian blur, and what is done to them instead.

Measured with the weights of 0.10 against the best of Gaussians for each picture; with weights that were trained on a
form, its line goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from halftone_color.request import Choice, Value
from halftone_color.types import Screen

DEFAULT = "network"
"""The only method that another takes the place of, and only where the request does not say how it shall work."""
BLURRING = (DEFAULT, "diffusion")
"""Methods whose networks see the picture behind a blur, an option of the same name."""


@dataclass(frozen=True)
class Treatment:
    """What is done to a form of screen, and why."""

    method: str
    options: tuple[tuple[str, Value], ...]
    reason: str
    """Sentence for the user."""


TREATMENTS = {
    "moire": Treatment(
        "network",
        (("blur_px", 0.5),),
        "The print's screen is finer than the scan shows, so the picture was smoothed before the network saw it; scan "
        "at twice the resolution if you can, or use --set blur_px=0.",
    ),
    "palette": Treatment(
        "gaussian",
        (("sigma_px", 0.7),),
        "The picture was dithered to few colors, which a Gaussian blur removes better than the network does; "
        "--set residue=false takes the network.",
    ),
}
"""By form, one of types.FORMS. Prints whose dots a scan does not resolve: 31.9 dB without and 32.9 dB behind the blur,
like the best Gaussian; dithers to 32 colors: 31.4 dB, the Gaussian 32.2 dB."""


def choose_method(asked: Choice, screen: Screen) -> tuple[Choice, tuple[str, ...]]:
    """Return the descreener for a screen, where the request leaves it open, and a note if it is not the one asked.

    What the method network sees behind a blur, the others of BLURRING see so as well.
    """
    treatment = TREATMENTS.get(screen.form or "")
    if treatment is None:
        return asked, ()
    given = dict(asked.options)
    if treatment.method != DEFAULT:
        if given or asked.name != DEFAULT:
            return asked, ()
        return Choice(treatment.method, treatment.options), (treatment.reason,)
    if asked.name not in BLURRING or any(name in given for name, _ in treatment.options):
        return asked, ()
    return Choice.of(asked.name, {**given, **dict(treatment.options)}), (treatment.reason,)
