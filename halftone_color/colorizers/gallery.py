"""Gallery: the picture of a folder that is nearest in content becomes the reference (Zheng 2023, 1.2.1, 4.4.3).

    S = argmin over X in the gallery of d_c(T, X)

T is the print. Nearness d_c is measured on features of the colorization network that survive another light, a mirror
and a crop. Another method then colours by S.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import nn

from halftone_color import registry
from halftone_color.colorizers import _content
from halftone_color.errors import UsageError
from halftone_color.system.progress import Steps
from halftone_color.types import Cue, Picture, Progress

CUES = ("gallery",)
NETWORK = "colorizer"


@dataclass(frozen=True)
class Options:
    """Options of choosing from a gallery."""

    then: str = "network"
    """Method that colours by the nearest picture, any that takes references, with its own defaults."""
    count: int = 1
    """How many of the nearest pictures are references, all together; 3 are safer and duller than one."""
    keep_luminance: bool = True
    """Keep the luma of the print; no gives what the other method makes of it, where that can."""

    def __post_init__(self) -> None:
        then = registry.find("colorizers", self.then)
        if "references" not in then.cues:
            able = [name for name, method in registry.methods("colorizers").items() if "references" in method.cues]
            raise UsageError(f"The method {then.name} takes no references; set then to one of {', '.join(able)}.")
        if self.count < 1:
            raise UsageError("count must be positive; 1 takes the nearest picture alone.")
        if not self.keep_luminance and "keep_luminance" not in then.option_names:
            raise UsageError(f"The method {then.name} always keeps the luminance; leave out --no-keep-luminance.")

    def following(self) -> tuple[registry.Method, Any]:
        """Return the method that colours, and its options."""
        then = registry.find("colorizers", self.then)
        own = {"keep_luminance": self.keep_luminance} if "keep_luminance" in then.option_names else {}
        return then, then.options(**own)


def needs(options: Options) -> tuple[str, ...]:
    """Return the roles of the networks that are needed: to choose, and by the method that colours."""
    then, own = options.following()
    return tuple(dict.fromkeys((NETWORK, *then.needs_with(own))))


def colorize(
    gray: Picture,
    cue: Cue,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return (3, H, W) sRGB: gray (1, H, W) coloured by the nearest picture of the cue's gallery.

    Says through the cue which one it is, and how near.

    Raises:
        InputError: the gallery holds no colour picture.
    """
    assert cue.gallery is not None
    steps = Steps(progress, {"choose": 1.0, "color": 1.0})
    found, pictures = nearest(gray, cue, networks[NETWORK], options.count, steps("choose"))
    for name, near in found:
        cue.tell(f"Reference: {name}, likeness {near:.2f} where 1 is the same picture; nearest of {pictures} pictures.")
    then, own = options.following()
    chosen = replace(cue, references=tuple(cue.gallery.picture(name) for name, _ in found), gallery=None)
    return then.function(gray, chosen, own, networks, steps("color"))  # type: ignore[no-any-return]


def nearest(
    gray: Picture, cue: Cue, network: nn.Module, count: int = 1, progress: Progress | None = None
) -> tuple[list[tuple[str, float]], int]:
    """Return names and likeness, in [-1, 1], of the gallery's nearest pictures, and how many there were to choose."""
    assert cue.gallery is not None
    names, descriptors = cue.gallery.described(
        _content.key_of(network), lambda luma: _content.describe(luma, network), progress
    )
    near = _content.likeness(gray, descriptors, network)
    best = np.argsort(-near, kind="stable")[:count]
    return [(names[place], float(near[place])) for place in best], len(names)
