"""Base of recipes: networks, batches and losses. A file of training/recipes: file name = name of what it trains.

A recipe's file has one class derived from Recipe; only the chosen file is imported.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor, nn

from halftone_color.errors import UsageError
from halftone_color.run import Run
from halftone_color.training import recipes
from halftone_color.training.photographs import Photographs


@dataclass(frozen=True)
class Material:
    """Material from which a recipe is made."""

    train: Photographs
    """Training photographs."""
    val: Photographs
    """Validation photographs."""
    backbone: Path | None
    """File of the feature network, if there is one."""
    run: Run
    """The run, with device and trained networks."""
    pairs: Path | None = None
    """Folder of pairs, for recipes that learn from them."""

    @property
    def device(self) -> str:
        """Torch's name of the device."""
        return self.run.conditions.device


class Recipe(ABC):
    """What networks are trained on and for; made with its options and Material."""

    options_type: ClassVar[type]
    """Dataclass of its options."""
    rate: ClassVar[float]
    """Peak learning rate."""
    partners: ClassVar[tuple[str, ...]] = ()
    """Roles of trained networks of the default set that take part."""
    goes_on: ClassVar[bool] = False
    """Whether training starts from the default set by default; other recipes start with fresh weights."""
    from_backbone: ClassVar[tuple[str, ...]] = ()
    """Roles of networks that begin with the backbone's weights where they are fresh."""
    through_backbone: ClassVar[frozenset[str]] = frozenset()
    """Losses on the features of the backbone."""
    momentum: ClassVar[float] = 0.9
    """AdamW's first beta; at 0 it is RMSProp."""
    needs_photographs: ClassVar[bool] = True
    """Whether there is no training without photographs."""

    networks: Mapping[str, nn.Module]
    """Trained networks by role; their weights are averaged and saved."""
    opponents: Mapping[str, nn.Module] = {}
    """Networks that learn against them (a discriminator)."""
    rates: Mapping[str, float] = {}
    """Factors on the learning rate of weights, by prefix of their names (the role comes first)."""

    @abstractmethod
    def __init__(self, options: Any, material: Material) -> None:
        """Create networks with fresh weights."""

    @property
    @abstractmethod
    def weights(self) -> Mapping[str, float]:
        """The weight of each loss that is asked for, by its name; weights files keep them."""

    @abstractmethod
    def batches(self, seed: int) -> Iterator[Any]:
        """Yield batches without end."""

    @abstractmethod
    def losses(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """Return named, weighted losses, whose sum is minimized; `progress` in [0, 1]."""

    def opponent_losses(self) -> dict[str, Tensor]:
        """Return the opponents' losses on what `losses` last made; with none they do not learn in this step."""
        return {}

    @abstractmethod
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return figures on validation data."""

    def finish(self, networks: Mapping[str, nn.Module]) -> None:  # noqa: B027 (most change nothing)
        """Change what has to be changed of averaged networks before they are stored."""


def names() -> list[str]:
    """Return the names of all recipes."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(recipes.__path__))


def find(name: str) -> type[Recipe]:
    """Return a recipe by its name.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise UsageError(f"There is no recipe for {name!r}; hcolor trains {', '.join(names())}.")
    module = importlib.import_module(f"{recipes.__name__}.{name.replace('-', '_')}")
    classes = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    (found,) = [kind for kind in classes if issubclass(kind, Recipe)]
    return found
