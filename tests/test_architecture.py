"""The floors of the house, read from the imports: a room imports lower floors only, and few rooms open files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "halftone_color"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
FLOORS = {
    "types": 0,
    "cue": 0,
    "request": 0,
    "errors": 0,
    "networks": 1,
    "arrays": 1,
    "diffusion": 1,
    "system": 1,
    "images": 2,
    "checkpoints": 2,
    "screen": 2,
    "metrics": 2,
    "run": 3,
    "plan": 3,
    "method": 3,
    "registry": 3,
    "halftoners": 4,
    "descreeners": 5,
    "colorizers": 5,
    "fusers": 5,
    "steps": 6,
    "pipeline": 7,
    "training": 7,
    "api": 8,
    "batch": 9,
    "evaluation": 9,
    "cli": 10,
    "__main__": 11,
}
"""As in docs/architecture.md; files of floors 0 and 3 may import each other."""
OPENS_FILES = {"system", "images", "checkpoints", "training", "evaluation", "batch", "cli", "__main__"}
FILE_MODULES = {"os", "io", "pathlib", "shutil", "tempfile", "PIL", "safetensors"}
VAGUE = {"util", "utils", "helper", "helpers", "misc", "manager", "common"}
MAP_HEADING = "## Where things are"


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def text_of(path: Path) -> str:
    return path.read_text()


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Return all nodes of a file's syntax tree, the module first."""
    return list(ast.walk(ast.parse(text_of(path))))


@cache
def imports(path: Path) -> list[str]:
    """Return the dotted names that a file imports, wherever in the file."""
    found = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def hold(rule: Callable[[Path], None], paths: Iterable[Path]) -> None:
    """Fail with all that a rule has against any of the files, each below its name."""
    against = []
    for path in paths:
        try:
            rule(path)
        except AssertionError as error:
            against.append(f"{short(path)}: {error}")
    assert not against, "\n".join(against)


INSIDE = [path for path in MODULES if path != PACKAGE / "__init__.py"]


def test_every_room_has_a_floor():
    assert {room_of(path) for path in INSIDE} <= set(FLOORS)


def imports_lower_floors_only(path):
    room = room_of(path)
    wrong = []
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "halftone_color" or len(parts) == 1 or parts[1] == room:
            continue
        if parts[1] not in FLOORS:
            assert parts[1] in ("__version__", "__file__"), f"{short(path)} imports {name} from the front"
        elif FLOORS[parts[1]] > FLOORS[room] or (FLOORS[parts[1]] == FLOORS[room] and FLOORS[room] not in (0, 3)):
            wrong.append(name)
    assert not wrong, f"{short(path)} (floor {FLOORS[room]}) imports {wrong}"


def test_a_room_imports_lower_floors_only():
    hold(imports_lower_floors_only, INSIDE)


def knows_no_files(path):
    if room_of(path) != "registry":
        assert not {name.split(".")[0] for name in imports(path)} & FILE_MODULES
    calls = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
    opened = {call.id for call in calls if isinstance(call, ast.Name)} & {"open"}
    loaded = {
        f"{call.value.id}.{call.attr}"
        for call in calls
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name)
    } & {"np.load", "np.save", "np.fromfile", "np.memmap", "torch.load", "torch.save"}
    assert not opened | loaded


def test_rooms_of_arrays_know_no_files():
    hold(knows_no_files, [path for path in INSIDE if room_of(path) not in OPENS_FILES])


def prints_nothing(path):
    calls = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
    assert "print" not in {call.id for call in calls if isinstance(call, ast.Name)}


def test_only_the_command_line_prints():
    hold(prints_nothing, [path for path in MODULES if room_of(path) != "cli"])


def has_one_idea_and_says_it(path):
    text = text_of(path)
    opening = ast.get_docstring(nodes(path)[0])
    assert opening, "no docstring"
    assert opening.split("\n\n")[0].rstrip()[-1] in ".:", "the opening is no sentence"
    assert len(text.splitlines()) < 400
    assert path.stem.strip("_") not in VAGUE


def test_a_file_has_one_idea_and_says_it():
    hold(has_one_idea_and_says_it, MODULES)


@pytest.mark.parametrize("module", ["halftone_color", "halftone_color.cli"])
def test_importing_the_front_loads_nothing_heavy(module):
    program = (
        f"import sys, {module}; print(*sorted({{'torch', 'numba', 'scipy', 'skimage', 'PIL'}} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == ""


def test_what_is_imported_is_a_dependency():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    distributions = {re.match(r"[\w-]+", text)[0] for text in declared}
    known_as = {"PIL": "pillow", "skimage": "scikit-image", "pywt": "PyWavelets"}
    imported = {name.split(".")[0] for path in MODULES for name in imports(path)}
    foreign = imported - set(sys.stdlib_module_names) - {"halftone_color"}
    assert {known_as.get(name, name) for name in foreign} == distributions


LONGEST_FUNCTION, MOST_PARAMETERS = 50, 7
LONGEST_FILES = {"pipeline.py": 200}
"""Lines at most of files that are to be read first; 400 of all others."""
EXCUSED: dict[str, str] = {
    "api.py": "the public functions: their keywords are the user's words",
}
"""Files whose functions may be longer and take more, and why."""


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in nodes(path) if isinstance(node, ast.FunctionDef)]


def is_command(path: Path, function: ast.FunctionDef) -> bool:
    return room_of(path) == "cli" and function.name == "command"


def functions_are_short_and_take_few_things(path):
    large = []
    for function in functions(path):
        lines = function.end_lineno - function.lineno + 1
        given = function.args
        names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs) if a.arg not in ("self", "cls")]
        if lines > LONGEST_FUNCTION or len(names) > MOST_PARAMETERS:
            large.append(f"{function.name}: {lines} lines, {len(names)} parameters")
        if is_command(path, function) or path.name in EXCUSED:
            large = []
    assert not large
    assert len(text_of(path).splitlines()) <= LONGEST_FILES.get(path.name, 400)


def test_functions_are_short_and_take_few_things():
    hold(functions_are_short_and_take_few_things, MODULES)


def private_names_stay_in_their_room(path):
    borrowed = []
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "halftone_color" and len(parts) > 2 and parts[1] != room_of(path):
            borrowed += [name] * any(part.startswith("_") and not part.startswith("__") for part in parts[1:])
    assert not borrowed


def test_private_names_stay_in_their_room():
    hold(private_names_stay_in_their_room, INSIDE)


def names_are_words(path):
    words = set()
    for node in nodes(path):
        if isinstance(node, ast.Name | ast.FunctionDef | ast.ClassDef | ast.arg):
            name = getattr(node, "id", None) or getattr(node, "name", None) or getattr(node, "arg", None)
            words |= set(re.split(r"_|(?<=[a-z])(?=[A-Z])", name.strip("_")))
    assert not {word.lower() for word in words} & {"img", "imgs", "tmp", "util", "utils", "helper", "helpers"}


def test_names_are_words():
    hold(names_are_words, MODULES)
