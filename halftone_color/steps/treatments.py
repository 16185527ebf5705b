"""Forms of screens on which the network alone is worse than a Gaussian blur, and what is done to them instead.

Measured with the weights of 0.6 against the best of Gaussians for each picture; with weights that were trained on a
form, its line goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from halftone_color import registry
from halftone_color.request import Choice, Value
from halftone_color.types import Screen

DEFAULT = "network"
"""The only method that another takes the place of, and only where the request does not say how it shall work."""


@dataclass(frozen=True)
class Treatment:
    """What is done to a form of screen, and why."""

    method: str
    options: tuple[tuple[str, Value], ...]
    reason: str
    """Sentence for the user."""


TREATMENTS = {
    "soft": Treatment(
        "network",
        (("blur_px", 0.8),),
        "The dots are those of a dither that was reduced or blurred, so the picture was smoothed before the network "
        "saw it; --set blur_px=0 leaves that out.",
    ),
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
"""By form, one of types.FORMS. On Floyd-Steinberg and blue noise reduced to .6 and .7 the network alone is up to 6 dB
below the best Gaussian; behind a blur of 0.8 px it is within 0.3 dB of it, mostly above."""


def choose_method(asked: Choice, screen: Screen) -> tuple[Choice, tuple[str, ...]]:
    """Return the descreener for a screen, where the request leaves it open, and a note if it is not the one asked.

    What is done for the method network is done for others with the same options as well.
    """
    treatment = TREATMENTS.get(screen.form or "")
    if treatment is None:
        return asked, ()
    given, wanted = dict(asked.options), {name for name, _ in treatment.options}
    if treatment.method != DEFAULT:
        if given or asked.name != DEFAULT:
            return asked, ()
        return Choice(treatment.method, treatment.options), (treatment.reason,)
    known = {option.name for option in registry.find("descreeners", asked.name).options}
    if wanted & given.keys() or not wanted <= known:
        return asked, ()
    return Choice.of(asked.name, {**given, **dict(treatment.options)}), (treatment.reason,)
