"""Gallery: the picture of a folder that is nearest in content becomes the reference (Zheng 2023, 1.2.1, 4.4.3).

    S = argmin over X in the gallery of d_c(T, X)

T is the print. Nearness d_c is measured on features of the colorization network that survive another light, a mirror
and a crop. Another method then colors by S.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halftone_color import registry
from halftone_color.colorizers import _content
from halftone_color.cue import Gallery
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer
from halftone_color.request import Choice
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

NETWORK = "colorizer"
"""Role of the network whose features tell nearness."""


@dataclass(frozen=True)
class GalleryColorizer(Colorizer):
    """The result of another colorizer, whose references are the pictures of the gallery that are nearest."""

    then: str = "network"
    """Method that colors by the nearest picture, any that takes references, with its own defaults."""
    count: int = 1
    """How many of the nearest pictures are references, all together; 3 are safer and duller than one."""
    keep_luminance: bool = True
    """Keep the luma of the print; no gives what the other method makes of it, where that can."""

    cues = ("gallery",)

    def __post_init__(self) -> None:
        then = registry.find("colorizers", self.then).name
        if not _takes_references(then):
            able = [name for name in registry.entries("colorizers") if _takes_references(name)]
            raise UsageError(f"The method {then} takes no references; set then to one of {', '.join(able)}.")
        if self.count < 1:
            raise UsageError("count must be positive; 1 takes the nearest picture alone.")
        if not self.keep_luminance and not _may_change_luminance(then):
            raise UsageError(f"The method {then} always keeps the luminance; leave out --no-keep-luminance.")

    @property
    def following(self) -> Colorizer:
        """The method that colors, with its options."""
        own = {"keep_luminance": self.keep_luminance} if _may_change_luminance(self.then) else {}
        built: Colorizer = registry.build("colorizers", Choice.of(self.then, own))
        return built

    @property
    def networks(self) -> tuple[str, ...]:
        """The network that tells nearness, and those of the method that colors."""
        return tuple(dict.fromkeys((NETWORK, *self.following.networks)))

    @property
    def draws(self) -> bool:
        """As the method that colors."""
        return self.following.draws

    def __call__(self, task: Task, run: Run) -> Picture:
        """(1, H, W) -> (3, H, W), colored by the nearest picture of the cue's gallery.

        Notes which one it is, and how near.

        Raises:
            InputError: the gallery holds no color picture.
        """
        gallery = task.cue.gallery
        assert gallery is not None
        part = run.parts({"choose": 1.0, "color": 1.0})
        found, pictures = nearest(task.picture, gallery, part("choose"), self.count)
        for name, near in found:
            run.note(
                f"Reference: {name}, likeness {near:.2f} where 1 is the same picture; nearest of {pictures} pictures."
            )
        chosen = replace(task.cue, references=tuple(gallery.picture(name) for name, _ in found), gallery=None)
        return self.following(replace(task, cue=chosen, mask=None), part("color"))


def nearest(gray: Picture, gallery: Gallery, run: Run, count: int = 1) -> tuple[list[tuple[str, float]], int]:
    """Return names and likeness, in [-1, 1], of the gallery's nearest pictures, and how many there were to choose.

    Args:
        gray: (1, H, W), the print.
        gallery: of color pictures.
        run: has the colorization network.
        count: of pictures to return, the nearest first.
    """
    names, descriptors = gallery.described(
        _content.key_of(run.network(NETWORK)), lambda luma: _content.describe(luma, run), run.progress
    )
    near = _content.likeness(gray, descriptors, run)
    best = np.argsort(-near, kind="stable")[:count]
    return [(names[place], float(near[place])) for place in best], len(names)


def _takes_references(name: str) -> bool:
    """Tell whether a colorizer, with its own defaults, takes references."""
    return "references" in registry.build("colorizers", Choice(name)).cues


def _may_change_luminance(name: str) -> bool:
    """Tell whether a colorizer has the option keep_luminance."""
    return any(option.name == "keep_luminance" for option in registry.find("colorizers", name).options)
