"""A folder of methods is a registry: file name = method name, first docstring line = help.

A method file holds a frozen dataclass `Options` and a function named after its room (`halftone`, `descreen`,
`colorize`, `fuse`). It may hold `VARIANTS`, a table from variant name to the option values that make it; then the
variants are methods and the file itself is not. `ALIASES` maps synonyms to names. `NEEDS` names the roles of the
networks it is given, or a function `needs(options)` returns them; `CUES` says where a colorize method may take its
colours from (see `Method.cues`). Files whose name starts with an underscore are no methods.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from halftone_color.errors import UsageError

FUNCTIONS = {"halftoners": "halftone", "descreeners": "descreen", "colorizers": "colorize", "fusers": "fuse"}


@dataclass(frozen=True)
class Method:
    """One method of a room: its name, its module and the option values that its variant fixes."""

    name: str
    module: ModuleType
    preset: dict[str, Any]

    @property
    def summary(self) -> str:
        """First line of the method file's docstring."""
        return (self.module.__doc__ or "").strip().splitlines()[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """Roles of the networks that the method has to be given, with the options that it has by default."""
        return self.needs_with(self.options())

    def needs_with(self, options: Any) -> tuple[str, ...]:
        """Return the roles of the networks that the method has to be given with these options of its own."""
        asked: Callable[[Any], tuple[str, ...]] | None = getattr(self.module, "needs", None)
        return asked(options) if asked else getattr(self.module, "NEEDS", ())

    @property
    def cues(self) -> tuple[str, ...]:
        """What may say the colors: references, samples, palette, hints or, where none of them has to, automatic."""
        return getattr(self.module, "CUES", ("automatic", "references", "samples"))

    @property
    def function(self) -> Callable[..., Any]:
        """The method itself, the function named after its room."""
        function: Callable[..., Any] = getattr(self.module, FUNCTIONS[self.module.__name__.rsplit(".", 2)[1]])
        return function

    @property
    def option_names(self) -> set[str]:
        """Options that the user may set: the method's, less those that the variant fixes."""
        return {field.name for field in dataclasses.fields(self.module.Options)} - set(self.preset)

    def options(self, **values: Any) -> Any:
        """Build the method's options from the variant's preset and `values`.

        Raises:
            UsageError: an option that the method does not have.
        """
        for name in values:
            if name not in self.option_names:
                has = ", ".join(sorted(self.option_names)) or "none"
                raise UsageError(f"The method {self.name} has no option {name!r}; its options: {has}.")
        return self.module.Options(**self.preset, **values)


def methods(room: str) -> dict[str, Method]:
    """Return every method of a room (a package's name under halftone_color) by its name, sorted."""
    package = importlib.import_module(f"halftone_color.{room}")
    found: dict[str, Method] = {}
    for entry in pkgutil.iter_modules(package.__path__):
        if entry.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{entry.name}")
        variants = getattr(module, "VARIANTS", None) or {entry.name.replace("_", "-"): {}}
        for name, preset in variants.items():
            found[name] = Method(name, module, dict(preset))
    return dict(sorted(found.items()))


def find(room: str, name: str) -> Method:
    """Return the method `name` (or a synonym of it) of a room.

    Raises:
        UsageError: there is no such method; the message names the closest ones.
    """
    available = methods(room)
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    for method in available.values():
        wanted = getattr(method.module, "ALIASES", {}).get(wanted, wanted)
    if wanted in available:
        return available[wanted]
    close = get_close_matches(wanted, available, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    raise UsageError(f"There is no {room[:-1]} {name!r}. {guess}Methods: {', '.join(available)}.")
