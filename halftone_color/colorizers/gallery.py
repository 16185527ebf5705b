"""Gallery: the picture of a folder that is most similar in content becomes the reference (Zheng 2023, 1.2.1, 4.4.3).

    S = argmin over X in the gallery of d_c(T, X)

T is the print. The distance d_c is measured on features of the colorization network that are robust to lighting,
mirroring and cropping. Another method then colors the print by S.
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
"""Role of the network whose features are compared."""


@dataclass(frozen=True)
class GalleryColorizer(Colorizer):
    """Coloring by another method, with the most similar pictures of the gallery as references."""

    then: str = "network"
    """Method that colors by the chosen pictures: any that takes references, with its default options."""
    count: int = 1
    """How many of the most similar pictures are used as references; three are safer and duller than one."""
    keep_luminance: bool = True
    """Keep the luma of the print; no lets the other method change it, if it can."""

    cues = ("gallery",)

    def __post_init__(self) -> None:
        then = registry.find("colorizers", self.then).name
        if not _takes_references(then):
            able = [name for name in registry.entries("colorizers") if _takes_references(name)]
            raise UsageError(f"The method {then} cannot use references; set then to one of {', '.join(able)}.")
        if self.count < 1:
            raise UsageError("count must be positive; 1 uses only the most similar picture.")
        if not self.keep_luminance and not _may_change_luminance(then):
            raise UsageError(f"The method {then} always keeps the luminance; leave out --no-keep-luminance.")

    @property
    def following(self) -> Colorizer:
        """The method that colors, with its options."""
        options = {"keep_luminance": self.keep_luminance} if _may_change_luminance(self.then) else {}
        built: Colorizer = registry.build("colorizers", Choice.of(self.then, options))
        return built

    @property
    def networks(self) -> tuple[str, ...]:
        """The network whose features are compared, and those of the method that colors."""
        return tuple(dict.fromkeys((NETWORK, *self.following.networks)))

    @property
    def draws(self) -> bool:
        """Whether the method that colors draws."""
        return self.following.draws

    def __call__(self, task: Task, run: Run) -> Picture:
        """Color by the most similar pictures of the cue's gallery: (1, H, W) -> (3, H, W).

        Their names and similarities are added to the notes.

        Raises:
            InputError: the gallery holds no color picture.
        """
        gallery = task.cue.gallery
        assert gallery is not None
        part = run.parts({"choose": 1.0, "color": 1.0})
        found, pictures = find_nearest(task.picture, gallery, part("choose"), self.count)
        for name, near in found:
            run.note(
                f"Reference: {name}, with similarity {near:.2f} (1 means the same picture), "
                f"chosen from {pictures} pictures."
            )
        chosen = replace(task.cue, references=tuple(gallery.picture(name) for name, _ in found), gallery=None)
        return self.following(replace(task, cue=chosen, mask=None), part("color"))


def find_nearest(gray: Picture, gallery: Gallery, run: Run, count: int = 1) -> tuple[list[tuple[str, float]], int]:
    """Return names and similarities in [-1, 1] of the gallery's most similar pictures, and the size of the gallery.

    Args:
        gray: the print (1, H, W).
        gallery: color pictures.
        run: provides the colorization network.
        count: number of pictures to return, most similar first.
    """
    names, descriptors = gallery.descriptors(
        _content.descriptor_key(run.network(NETWORK)), lambda luma: _content.describe(luma, run), run.progress
    )
    near = _content.similarity(gray, descriptors, run)
    best = np.argsort(-near, kind="stable")[:count]
    return [(names[place], float(near[place])) for place in best], len(names)


def _takes_references(name: str) -> bool:
    """Tell whether a colorizer with its default options takes references."""
    return "references" in registry.build("colorizers", Choice(name)).cues


def _may_change_luminance(name: str) -> bool:
    """Tell whether a colorizer has the option keep_luminance."""
    return any(option.name == "keep_luminance" for option in registry.find("colorizers", name).options)
