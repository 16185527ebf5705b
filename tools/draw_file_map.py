"""Write docs/file-map.md: every file of the project and the first sentence that it says about itself.

    python tools/draw_file_map.py            # writes docs/file-map.md
    python tools/draw_file_map.py --check    # exit code 1 where that file is not what would be written

Nothing is imported: the sentences are read from the docstrings. Floors come from tests/test_architecture.py, so that
the map names them as they are held.
"""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "halftone_color"
FILE = Path("docs") / "file-map.md"
OPENING = """# File map

Every file of the package and of `tools/`, by the floors of [the house](architecture.md), the lowest first; `tests/`
mirrors the package. `python tools/draw_file_map.py` writes it from the first sentence of each file; a test compares.
"""


def file_map(root: Path) -> str:
    """Return the map of the project in a folder, as Markdown."""
    floors = floors_of(root)
    rooms = {room_of(path) for path in files_of(root, PACKAGE)}
    blocks = [OPENING]
    for floor in sorted({floors[room] for room in rooms if room in floors}):
        here = {room for room in rooms if floors.get(room) == floor}
        blocks += [f"## Floor {floor}\n", *of_rooms(root, here)]
    blocks += ["## The front\n", *of_rooms(root, rooms - set(floors))]
    blocks += ["## tools/: scripts that do not ship\n", entries(root, files_of(root, "tools"), "tools")]
    return "\n".join(blocks)


def floors_of(root: Path) -> dict[str, int]:
    """Return the floor of each room, as the tests of the architecture hold it."""
    tree = ast.parse((root / "tests" / "test_architecture.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS":
            floors: dict[str, int] = ast.literal_eval(node.value)
            return floors
    raise SystemExit("tests/test_architecture.py has no table FLOORS.")


def files_of(root: Path, folder: str) -> list[Path]:
    """Return the Python files below a folder, sorted; of a package's own file only the front's is one."""
    found = sorted(path.relative_to(root) for path in (root / folder).rglob("*.py"))
    return [path for path in found if path.name != "__init__.py" or path.parent == Path(PACKAGE)]


def room_of(path: Path) -> str:
    """Return the room of a file of the package."""
    return path.parts[1].removesuffix(".py")


def of_rooms(root: Path, rooms: set[str]) -> list[str]:
    """Return the rooms that are a single file as one list, then each of the others under a heading."""
    single = {room for room in rooms if not (root / PACKAGE / room).is_dir()}
    paths = {room: [path for path in files_of(root, PACKAGE) if room_of(path) == room] for room in sorted(rooms)}
    files = [path for room in paths if room in single for path in paths[room]]
    blocks = [entries(root, files, PACKAGE)] if files else []
    for room in sorted(rooms - single):
        heading = f"### {room}/: {sentence(root / PACKAGE / room / '__init__.py')}\n"
        blocks += [heading, entries(root, paths[room], f"{PACKAGE}/{room}")]
    return blocks


def entries(root: Path, paths: list[Path], folder: str) -> str:
    """Return a line for each file, named from its folder on."""
    names = [path.relative_to(folder).as_posix() for path in paths]
    lines = (
        f"- [`{name}`](../{path.as_posix()}): {sentence(root / path)}" for name, path in zip(names, paths, strict=True)
    )
    return "\n".join(lines) + "\n"


def sentence(path: Path) -> str:
    """Return the first paragraph of a file's docstring, on one line and without a colon or period at its end."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split()).rstrip(":.")


def main() -> None:
    """Write the map, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where the file is another")
    wanted = file_map(ROOT)
    if not parser.parse_args().check:
        (ROOT / FILE).write_text(wanted, encoding="utf-8")
    elif not (ROOT / FILE).is_file() or (ROOT / FILE).read_text(encoding="utf-8") != wanted:
        sys.exit(f"{FILE} is not what the files say; run: python tools/draw_file_map.py")


if __name__ == "__main__":
    main()
