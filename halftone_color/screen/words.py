"""Screens in words for the user: one that was removed, and one that is in doubt."""

from __future__ import annotations

from halftone_color.types import Screen

NAMES = {
    "error-diffusion": "an error-diffusion",
    "ordered": "an ordered-dither",
    "clustered-dot": "a clustered-dot",
    "line": "a line",
    "stochastic": "a stochastic",
}


def in_words(screen: Screen) -> str:
    """Return what a screen that is present is: its kind and, if it has them, its period and angle."""
    words = f"{NAMES[screen.kind]} screen"
    if screen.period_px is not None:
        words += f" of {screen.period_px:.1f} px"
    return words if screen.angle_deg is None else f"{words} at {screen.angle_deg:.0f} degrees"


def doubt_in_words(screen: Screen) -> str | None:
    """Return the sentence about a pattern that was left in the picture, or None if nothing is in doubt."""
    if screen.doubt is None:
        return None
    return (
        f"There is a regular pattern, perhaps {in_words(screen.doubt)}, perhaps a texture of the picture itself; "
        "--screen yes removes it."
    )
