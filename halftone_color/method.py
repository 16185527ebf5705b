"""Base classes of methods: frozen dataclasses of options that turn a Task, under a Run, into a picture.

A method is one file in its room, and its class is derived from the room's base class. Its fields are its options: bool,
int, float, str, tuples of float or str, or None, each with a sentence below it. A method reads the task, its fields and
the run; it modifies none of them, opens no files and has no global side effects.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from halftone_color.cue import NONE

if TYPE_CHECKING:
    from halftone_color.run import Run
    from halftone_color.types import Picture, Task


class Method(ABC):
    """Base of all methods; their needs are checked against request and scan before anything is loaded."""

    @property
    def networks(self) -> tuple[str, ...]:
        """Roles of the networks that the method uses; "vgg19=FILE" means a file that the user supplies."""
        return ()

    @property
    def cues(self) -> tuple[str, ...]:
        """Kinds of cue that the method can use (see cue.KINDS), and "none" if it works without a cue."""
        return (NONE,)

    @property
    def requires(self) -> tuple[str, ...]:
        """Features of the scan's screen that the method needs: "period"."""
        return ()

    @property
    def draws(self) -> bool:
        """Whether the result depends on the cue's seed."""
        return False

    @property
    def uses_mask(self) -> bool:
        """Whether the method itself leaves the area outside the task's mask gray."""
        return False

    @abstractmethod
    def __call__(self, task: Task, run: Run) -> Picture:
        """Process the task's picture; the room's base class gives the shapes."""


class Halftoner(Method):
    """Contone to halftone: (1, H, W) -> (1, H, W)."""


class Descreener(Method):
    """Halftone to contone: (1, H, W) -> (1, H, W)."""


class Colorizer(Method):
    """Gray to color: (1, H, W) -> (3, H, W) sRGB."""


class Fuser(Method):
    """Fuses the results of both cascade orders, `picture` and `other`: twice (3, H, W) -> (3, H, W)."""


class ScreensInks(ABC):
    """Ability of a halftoner to screen overlapping inks; other halftoners screen each channel in the same way."""

    @property
    @abstractmethod
    def linear(self) -> bool:
        """Whether the mean of linear light is kept, so that inks must be separated in linear light."""

    @abstractmethod
    def ink_screen(self, turn_deg: float) -> Halftoner:
        """Return the halftoner of one ink: its axis rotated from +x towards +y, without conversion to linear light."""


class HasResolution(ABC):
    """Ability of a halftoner to space its dots in inches; other halftoners know pixels only."""

    @property
    @abstractmethod
    def dpi(self) -> float | None:
        """Pixels per inch of the result, if the user gives them."""

    @abstractmethod
    def at_resolution(self, dpi: tuple[float, float]) -> Halftoner:
        """Return the halftoner for pictures of a resolution (x, y), unless the user gives another."""


class ColorsHalftones(ABC):
    """Ability of a colorizer to color halftones; with other colorizers the cascade is descreening, then color."""

    @abstractmethod
    def color_halftone(self, task: Task, run: Run) -> Picture:
        """Color the halftone itself, including its dots: (1, H, W) -> (3, H, W)."""


class Refines(ABC):
    """Ability of a colorizer to improve the result of another (`--refine NAME`)."""

    @property
    def refiner_networks(self) -> tuple[str, ...]:
        """Roles of the networks that refining needs."""
        return ()

    @property
    def refiner_cues(self) -> tuple[str, ...]:
        """Kinds of cue that refining can use in addition to the colorizer's, and "none" if it works without."""
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
"""The rooms of methods and their abstract base classes."""
