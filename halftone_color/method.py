"""What a method is: a frozen dataclass of its options that turns a Task, under a Run, into a picture.

A method is one file in its room, and its class is derived from the room's base class. Its fields are its options: bool,
int, float, str, tuples of float or str, or None, with a sentence below each. A method reads the task, its fields and
the run; it changes none of them, opens no file and sets nothing global.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from halftone_color.cue import NONE

if TYPE_CHECKING:
    from halftone_color.run import Run
    from halftone_color.types import Picture, Task


class Method(ABC):
    """What all methods have; what they need is held against request and scan before anything is loaded."""

    @property
    def networks(self) -> tuple[str, ...]:
        """Roles of the networks that it asks the run for; "vgg19=FILE" is a file of the user's own."""
        return ()

    @property
    def cues(self) -> tuple[str, ...]:
        """Kinds of cue that it takes (see cue.KINDS), and "none" if it can do without."""
        return (NONE,)

    @property
    def requires(self) -> tuple[str, ...]:
        """Features of the scan's screen that it cannot do without: "period"."""
        return ()

    @property
    def draws(self) -> bool:
        """Does its result differ by the cue's seed?"""
        return False

    @property
    def uses_mask(self) -> bool:
        """Does it leave gray what the task's mask leaves out?"""
        return False

    @abstractmethod
    def __call__(self, task: Task, run: Run) -> Picture:
        """Do the job of its room."""


class Halftoner(Method):
    """Contone to halftone: (1, H, W) -> (1, H, W)."""


class Descreener(Method):
    """Halftone to contone: (1, H, W) -> (1, H, W)."""


class Colorizer(Method):
    """Gray to color: (1, H, W) -> (3, H, W) sRGB."""


class Fuser(Method):
    """The results of both cascade orders, `picture` and `other`, to one: (3, H, W) -> (3, H, W)."""


class ScreensInks(ABC):
    """Ability of a halftoner to screen inks that lie over each other; without one each channel is screened alike."""

    @property
    @abstractmethod
    def linear(self) -> bool:
        """Is the mean that of linear light, so that inks are to be separated in it?"""

    @abstractmethod
    def ink_screen(self, turn_deg: float) -> Halftoner:
        """Return the halftoner of one ink: its axis turned, from +x towards +y, and of tones as they are."""


class ColorsHalftones(ABC):
    """Ability of a colorizer to go first; without one the cascade is descreening, then color."""

    @abstractmethod
    def color_halftone(self, task: Task, run: Run) -> Picture:
        """Color the halftone itself, dots and all: (1, H, W) -> (3, H, W)."""


class Refines(ABC):
    """Ability of a colorizer to improve the result of another (`--refine NAME`)."""

    @property
    def refiner_networks(self) -> tuple[str, ...]:
        """Roles of the networks that refining needs."""
        return ()

    @property
    def refiner_cues(self) -> tuple[str, ...]:
        """Kinds of cue that refining takes beside those of the colorizer, and "none" if it can do without."""
        return (NONE,)

    @abstractmethod
    def refine(self, task: Task, run: Run) -> Picture:
        """Improve a colored picture: (3, H, W) -> (3, H, W)."""


BASES: dict[str, Any] = {
    "halftoners": Halftoner,
    "descreeners": Descreener,
    "colorizers": Colorizer,
    "fusers": Fuser,
}
"""The rooms of methods and their base classes, which are abstract."""
