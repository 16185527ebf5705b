"""Finding weights: the folders that are searched, the file for a role, and whether each file is intact."""

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
"""Environment variable that names a further folder of weights, searched first."""
EXPERIMENTS = ("flow", "denoiser", "halftone-denoiser")
"""Roles of networks that a release may do without."""
DEFAULT = "default"
"""Set name that stands for the entries marked as default."""


@dataclass(frozen=True)
class Stored:
    """A manifest's entry and the folder it is in."""

    entry: manifest.Entry
    folder: Path

    @property
    def path(self) -> Path:
        """The weights file."""
        return self.folder / self.entry.file

    def damage(self) -> str | None:
        """Return what is wrong with the file, or None if its sha256 is that of the manifest."""
        try:
            found = self.path.stat()
            if _sha256(self.path, found.st_size, found.st_mtime_ns) == self.entry.sha256:
                return None
        except FileNotFoundError:
            return "is missing"
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return "is damaged: its sha256 differs from the manifest's"


@lru_cache(maxsize=64)
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    """Return the sha256 of a file; it is computed again if size or modification time has changed."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class Verdict:
    """Result of verifying one file."""

    stored: Stored
    damage: str | None
    """What is wrong with the file; None if it is intact."""
    mismatched: tuple[str, ...] = ()
    """Roles whose file in the same set is not the one that this file was trained with."""


def user_folder() -> Path:
    """Return the folder in which imported weights are stored."""
    import platformdirs

    return Path(platformdirs.user_data_dir("hcolor", appauthor=False)) / "weights"


def folders() -> list[Path]:
    """Return the existing folders of weights, in the order in which they are searched.

    These are the folder that HCOLOR_WEIGHTS names, the installed package's (or the checkout's), and the user's.

    Raises:
        WeightsError: HCOLOR_WEIGHTS is set to something that is not a folder.
    """
    named = os.environ.get(VARIABLE)
    if named and not Path(named).is_dir():
        raise WeightsError(f"{VARIABLE} is {named!r}, which is not a folder; correct it or unset it.")
    package = Path(halftone_color.__file__).parent
    own = package / "weights" if (package / "weights").is_dir() else package.parent / "weights"
    wanted = [Path(named)] if named else []
    try:
        users = [user_folder()]
    except ModuleNotFoundError:  # platformdirs may be missing on training machines, where no weights are imported
        users = []
    return [folder for folder in dict.fromkeys([*wanted, own, *users]) if folder.is_dir()]


def describe() -> list[Stored]:
    """Return every entry of every folder, in search order.

    Raises:
        WeightsError: as in `folders`, or a manifest is unreadable.
    """
    return [Stored(entry, folder) for folder in folders() for entry in manifest.read(folder)]


def locate(role: str, set_name: str = DEFAULT) -> Stored:
    """Return the first entry for a role in a set; the set "default" means all entries marked as default.

    Within a set, entries marked as default come first. Instead of a set, a folder of weights with a manifest can be
    named.

    Raises:
        WeightsError: there is no such entry, or no such set.
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
            f"There is no set of weights {set_name!r} and no folder of that name with a {manifest.NAME}; "
            f"sets: {', '.join(sets) or 'none'}."
        )
    if role in EXPERIMENTS:
        raise WeightsError(
            f"There are no {set_name} weights for {role}, which does not ship; train it by `hcolor train {role} "
            f"--photos FOLDER --publish WEIGHTS` and let {VARIABLE} name the folder WEIGHTS."
        )
    raise WeightsError(f"There are no {set_name} weights for {role}; {_next_step(set_name)}.")


def locate_together(roles: Iterable[str], set_name: str) -> dict[str, Stored]:
    """Return the entries of several roles, with verified files; a warning is logged about mismatched partners.

    "vgg19=FILE" names a file that the user supplies; it has no entry but must exist.

    Raises:
        WeightsError: one is missing or damaged.
    """
    found: dict[str, Stored] = {}
    for role in dict.fromkeys(roles):
        kind, _, file = role.partition("=")
        if not file:
            found[role] = verify_file(locate(role, set_name))
        elif not Path(file).is_file():
            raise WeightsError(f"{file} does not exist; give the file of the {kind} network.")
    for stored in found.values():
        for partner in mismatched_partners(stored, found.values()):
            log.warning("%s was not trained with the %s network that is in use.", stored.path.name, partner)
    return found


def fingerprint(set_name: str = DEFAULT) -> str:
    """Return a sha256 of the networks of a set, by the manifests; without any it is that of nothing.

    Raises:
        WeightsError: as in `folders`, or a manifest is unreadable.
    """
    everything = describe()
    if set_name == DEFAULT:
        chosen = [stored.entry for stored in everything if stored.entry.default]
    else:
        chosen = [stored.entry for stored in everything if stored.entry.set == set_name]
        chosen = chosen or [stored.entry for stored in _in_folder(set_name)]
    first: dict[str, str] = {}
    for entry in chosen:
        first.setdefault(entry.role, entry.sha256)
    words = "\n".join(f"{role} {sha256}" for role, sha256 in sorted(first.items()))
    return hashlib.sha256(words.encode()).hexdigest()


def _in_folder(name: str) -> list[Stored]:
    """Return the entries of the folder of that name, for example the output folder of a training run."""
    folder = Path(name)
    return [Stored(entry, folder) for entry in manifest.read(folder)]


def find(role: str, set_name: str = DEFAULT) -> Path:
    """Return the weights file for a role, its sha256 verified.

    Raises:
        WeightsError: it is missing or damaged.
    """
    return verify_file(locate(role, set_name)).path


def verify_file(stored: Stored) -> Stored:
    """Return `stored` once its file is verified.

    Raises:
        WeightsError: it is missing or damaged.
    """
    if damage := stored.damage():
        raise WeightsError(f"The weights file {stored.path} {damage}; {_next_step(stored.entry.set)}.")
    return stored


def verify_all() -> list[Verdict]:
    """Verify the sha256 of every file of every manifest, and find mismatched partners.

    Raises:
        WeightsError: a manifest is unreadable.
    """
    verdicts = []
    everything = describe()
    for stored in everything:
        partners = [other for other in everything if other.entry.set == stored.entry.set]
        verdicts.append(Verdict(stored, stored.damage(), mismatched_partners(stored, partners)))
    return verdicts


def mismatched_partners(stored: Stored, partners: Iterable[Stored]) -> tuple[str, ...]:
    """Return the roles for which `partners` has networks, but not the one that `stored` was trained with."""
    found: dict[str, set[str]] = {}
    for partner in partners:
        found.setdefault(partner.entry.role, set()).add(partner.entry.sha256)
    trained_with = stored.entry.trained_with.items()
    return tuple(role for role, sha256 in trained_with if role in found and sha256 not in found[role])


def _next_step(set_name: str) -> str:
    """Return what the user should do when a file of a set is missing or damaged."""
    if set_name == AUTHORS:
        return "get the authors' files and run `hcolor weights import IHN.pth E.pth G.pth F.pth`"
    return f"install hcolor again, or set {VARIABLE} to a folder that contains them"
