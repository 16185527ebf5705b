"""Where weights are: the folders searched, the file for a role, and whether each is whole."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import halftone_color
from halftone_color.checkpoints import manifest
from halftone_color.errors import WeightsError
from halftone_color.types import AUTHORS as AUTHORS

log = logging.getLogger(__name__)

VARIABLE = "HCOLOR_WEIGHTS"
DEFAULT = "default"


@dataclass(frozen=True)
class Stored:
    """A manifest's entry and the folder it is in."""

    entry: manifest.Entry
    folder: Path

    @property
    def path(self) -> Path:
        """The weights file."""
        return self.folder / self.entry.file

    def fault(self) -> str | None:
        """Return what is wrong with the file (its sha256 is computed), None when it is whole."""
        try:
            found = self.path.stat()
            if _sha256(self.path, found.st_size, found.st_mtime_ns) == self.entry.sha256:
                return None
        except FileNotFoundError:
            return "is missing"
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return "is damaged: its sha256 is not the manifest's"


@lru_cache(maxsize=64)
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    """Return the sha256 of a file, computed again when its size or its time has changed."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What verifying one file found."""

    stored: Stored
    fault: str | None
    """None when the file is whole."""
    strangers: tuple[str, ...] = ()
    """Roles whose file in the same set is not the one it was trained with."""


def user_folder() -> Path:
    """Return the folder that imported weights are stored in."""
    import platformdirs

    return Path(platformdirs.user_data_dir("hcolor", appauthor=False)) / "weights"


def folders() -> list[Path]:
    """Return the weight folders there are, first searched first.

    They are the one that HCOLOR_WEIGHTS names, the installed package's (or the checkout's) and the user's.

    Raises:
        WeightsError: HCOLOR_WEIGHTS names no folder.
    """
    named = os.environ.get(VARIABLE)
    if named and not Path(named).is_dir():
        raise WeightsError(f"{VARIABLE} is {named!r}, which is no folder; correct it or unset it.")
    package = Path(halftone_color.__file__).parent
    own = package / "weights" if (package / "weights").is_dir() else package.parent / "weights"
    wanted = [Path(named)] if named else []
    try:
        users = [user_folder()]
    except ModuleNotFoundError:  # a machine that only trains need not have platformdirs, and nothing is imported there
        users = []
    return [folder for folder in dict.fromkeys([*wanted, own, *users]) if folder.is_dir()]


def describe() -> list[Stored]:
    """Return every entry of every folder, in the order they are searched. Raises WeightsError as `folders` does."""
    return [Stored(entry, folder) for folder in folders() for entry in manifest.read(folder)]


def locate(role: str, set_name: str = DEFAULT) -> Stored:
    """Return the first entry for a role, of the set asked for or, by default, among the entries marked so.

    Within a set, entries marked default come first. In place of a set, a folder of weights with its manifest will do.

    Raises:
        WeightsError: there is none.
    """
    everything = describe()
    if set_name == DEFAULT:
        fitting = [stored for stored in everything if stored.entry.default]
    else:
        fitting = [stored for stored in everything if stored.entry.set == set_name] or _in_folder(set_name)
        fitting.sort(key=lambda stored: not stored.entry.default)
    for stored in fitting:
        if stored.entry.role == role:
            return stored
    if not fitting and set_name not in (DEFAULT, AUTHORS):
        sets = sorted({stored.entry.set for stored in everything})
        raise WeightsError(
            f"There is no set of weights {set_name!r}, nor a folder of that name with a {manifest.NAME}; "
            f"sets: {', '.join(sets) or 'none'}."
        )
    raise WeightsError(f"There are no {set_name} weights for {role}; {_next_step(set_name)}.")


def locate_together(roles: Iterable[str], set_name: str) -> dict[str, Stored]:
    """Return the entries of several roles, whose files are whole; partners that do not fit are logged as a warning.

    "vgg19=FILE" names a file of the user's own, which has no entry but must be there.

    Raises:
        WeightsError: one is missing or damaged.
    """
    found: dict[str, Stored] = {}
    for role in dict.fromkeys(roles):
        kind, _, file = role.partition("=")
        if not file:
            found[role] = whole(locate(role, set_name))
        elif not Path(file).is_file():
            raise WeightsError(f"{file} does not exist; name the file of the {kind} network.")
    for stored in found.values():
        for stranger in strangers(stored, found.values()):
            log.warning("%s was trained with another %s network than the one in use.", stored.path.name, stranger)
    return found


def _in_folder(name: str) -> list[Stored]:
    """Return the entries of the folder of that name, such as a training has stored its networks in."""
    folder = Path(name)
    return [Stored(entry, folder) for entry in manifest.read(folder)]


def find(role: str, set_name: str = DEFAULT) -> Path:
    """Return the weights file for a role, its sha256 verified.

    Raises:
        WeightsError: it is missing or damaged.
    """
    return whole(locate(role, set_name)).path


def whole(stored: Stored) -> Stored:
    """Return `stored` when its file is whole.

    Raises:
        WeightsError: it is missing or damaged.
    """
    if fault := stored.fault():
        raise WeightsError(f"The weights file {stored.path} {fault}; {_next_step(stored.entry.set)}.")
    return stored


def verify() -> list[Verdict]:
    """Compute the sha256 of every file of every manifest, and look for partners that do not fit.

    Raises:
        WeightsError: a manifest is unreadable.
    """
    verdicts = []
    everything = describe()
    for stored in everything:
        partners = [other for other in everything if other.entry.set == stored.entry.set]
        verdicts.append(Verdict(stored, stored.fault(), strangers(stored, partners)))
    return verdicts


def strangers(stored: Stored, partners: Iterable[Stored]) -> tuple[str, ...]:
    """Return the roles among `partners` for which none is the network that `stored` was trained with."""
    found: dict[str, set[str]] = {}
    for partner in partners:
        found.setdefault(partner.entry.role, set()).add(partner.entry.sha256)
    trained_with = stored.entry.trained_with.items()
    return tuple(role for role, sha256 in trained_with if role in found and sha256 not in found[role])


def _next_step(set_name: str) -> str:
    """Return what to do when a file of a set is missing or damaged."""
    if set_name == AUTHORS:
        return "get the authors' files and run `hcolor weights import IHN.pth E.pth G.pth F.pth`"
    return f"install hcolor again, or let {VARIABLE} name a folder that has them"
