"""Forms of screens on which the network alone is worse than a Gaussian blur, and what is done to them instead.

Measured with the weights of 0.9 against the best of Gaussians for each picture; with weights that are better on a form,
its line goes. Reduced dithers ("soft") have had theirs: the network alone is 1.5 to 2 dB above the Gaussian on them.
"""

from __future__ import annotations

from dataclasses import dataclass

from halftone_color.request import Choice, Value
from halftone_color.types import Screen

DEFAULT = "network"
"""The only method whose work is changed, and only as far as the request does not say how it shall work."""


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
"""By form, one of types.FORMS. s-moire-200dpi of the public reports: 33.2 dB behind a blur of 0.5 px, 32.0 without, the
best Gaussian 32.9; s-palette-32: 32.2 dB with the Gaussian, 31.6 with the network."""


def choose_method(asked: Choice, screen: Screen) -> tuple[Choice, tuple[str, ...]]:
    """Return the descreener for a screen, where the request leaves it open, and a note if it is not the one asked."""
    treatment = TREATMENTS.get(screen.form or "")
    if treatment is None or asked.name != DEFAULT:
        return asked, ()
    given = dict(asked.options)
    if treatment.method != asked.name:
        return (asked, ()) if given else (Choice(treatment.method, treatment.options), (treatment.reason,))
    if any(name in given for name, _ in treatment.options):
        return asked, ()
    return Choice.of(asked.name, {**given, **dict(treatment.options)}), (treatment.reason,)
