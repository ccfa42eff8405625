"""The plan of the source tree: imports run downwards only, and each library has its folder."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

SOURCE = ROOT / "src" / "papertally"
MODULES = sorted(SOURCE.rglob("*.py"))
STAGES = ("fetch", "extract", "match", "report")
LAYERS = (
    ("errors",),
    (
        "models",
        "progress",
        "resources",
        "csv_escape",
        "statistics",
        "late_regex",
        "normal_form",
        "toml_file",
    ),
    ("settings",),
    ("store",),
    STAGES,
    ("absent_papers", "audit", "evidence", "pipeline"),
    ("notifications", "snapshot_loader"),
    ("scale", "search", "status", "venue_sources", "demo", "interface"),
    ("web", "care"),
    ("cli",),
    ("__main__",),
)
"""The top folders and modules of the package, lowest first; each imports from lower layers only."""
LEVELS = {part: level for level, parts in enumerate(LAYERS) for part in parts}
INTERFACE = "__init__"
"""The package: everybody may import its version, and it imports the rest only when called, which
makes no circle."""

STARTS_FAST = {"cli", "pipeline", "absent_papers", INTERFACE}
"""The parts in which first-party imports may stand inside functions, for a quick start."""

VERBS = ("give", "say", "tell", "name")
"""Verbs that a docstring does not begin with, in no form: they hide what is returned or done."""


@dataclass(frozen=True)
class Import:
    """One imported name, by which module, and where the statement stands."""

    module: Path
    name: str
    for_types: bool
    in_function: bool

    def __str__(self) -> str:
        return f"{self.module.relative_to(SOURCE)} imports {self.name}"


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def part_of(path: Path) -> str:
    """Return the part of the plan that a file belongs to: its top folder or its own name."""
    inside = path.relative_to(SOURCE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def module_name(path: Path) -> str:
    parts = ["papertally", *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(part for part in parts if part != "__init__")


def imports_of(path: Path) -> Iterator[Import]:
    """Yield the imports of a file, wherever they stand in it."""

    def visit(node: ast.AST, for_types: bool, in_function: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, alias.name, for_types, in_function)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                yield Import(path, f"{node.module}.{alias.name}", for_types, in_function)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for_types = True
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            in_function = True
        for child in ast.iter_child_nodes(node):
            yield from visit(child, for_types, in_function)

    yield from visit(tree_of(path), for_types=False, in_function=False)


@cache
def all_imports() -> list[Import]:
    # computed in a test, as every process of a parallel run imports this file
    return [found for path in MODULES for found in imports_of(path)]


def first_party() -> list[Import]:
    return [found for found in all_imports() if found.name.split(".")[0] == "papertally"]


def target_of(found: Import) -> str:
    """Return the part of the plan that a first-party import leads to."""
    part = found.name.split(".")[1]
    return part if part in LEVELS else INTERFACE


def runs_downwards(found: Import) -> bool:
    own, target = part_of(found.module), target_of(found)
    if own == INTERFACE:
        return found.in_function or found.for_types
    return target in (own, INTERFACE) or LEVELS[target] < LEVELS[own]


def test_every_module_at_the_top_has_its_layer() -> None:
    assert {part_of(path) for path in MODULES} - {INTERFACE} == LEVELS.keys()


def test_imports_run_downwards() -> None:
    assert [str(found) for found in first_party() if not runs_downwards(found)] == []


def test_no_circle_of_imports() -> None:
    """Imports for types only count too: such a circle means that a record is in the wrong place."""
    names = {module_name(path) for path in MODULES}
    graph: dict[str, set[str]] = {name: set() for name in names}
    for found in first_party():
        if part_of(found.module) == INTERFACE:  # it imports when called
            continue
        target = found.name if found.name in names else found.name.rpartition(".")[0]
        graph[module_name(found.module)].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_first_party_imports_stand_inside_functions_for_a_fast_start_only() -> None:
    wrong = [
        str(found)
        for found in first_party()
        if found.in_function and part_of(found.module) not in STARTS_FAST
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("library", "folders"),
    [
        ("requests", {"fetch"}),
        ("sqlite3", {"store"}),
        ("filelock", {"store"}),
        ("pandas", {"interface"}),
        ("matplotlib", {"report"}),
        ("pypdfium2", {"extract"}),
        ("pdfminer", {"extract"}),
        ("re2", {"match"}),
        ("click", {"cli"}),
        ("jinja2", {"report"}),
        ("flask", {"web"}),
        ("werkzeug", {"web"}),
        ("waitress", {"web"}),
        ("fsspec", {"scale"}),
        ("pyarrow", {"scale"}),
        ("distributed", {"scale"}),
    ],
)
def test_a_library_is_used_in_its_folder_only(library: str, folders: set[str]) -> None:
    users = {
        part_of(found.module) for found in all_imports() if found.name.split(".")[0] == library
    }
    assert users <= folders


@pytest.mark.parametrize("library", ["pandas", "matplotlib", "numpy", "rich", "jinja2"])
def test_what_is_slow_to_import_is_imported_inside_functions(library: str) -> None:
    wrong = [
        str(found)
        for found in all_imports()
        if found.name.split(".")[0] == library and not found.for_types and not found.in_function
    ]
    assert wrong == []


def test_the_library_prints_only_to_a_stream_it_was_given() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in MODULES
        if part_of(path) != "cli"
        for node in ast.walk(tree_of(path))
        if prints(node) or (part_of(path) not in ("extract", "demo") and names_a_stream(node))
    ]
    assert wrong == []


def prints(node: ast.AST) -> bool:
    is_print = isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "pprint")
    return is_print and not any(keyword.arg == "file" for keyword in node.keywords)


def names_a_stream(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr")


def test_every_class_name_has_one_meaning() -> None:
    """A private class counts like a public one: `_Line` beside `Line` would mislead as well."""
    modules = defaultdict(list)
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                modules[node.name.lstrip("_")].append(module_name(path))
    assert {name: found for name, found in modules.items() if len(found) > 1} == {}


def test_docstrings_begin_with_what_is_returned_or_done() -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    wrong = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            text = ast.get_docstring(node) if isinstance(node, documented) else None
            if text and begins_with_a_verb_to_avoid(text):
                wrong.append(f"{path.relative_to(SOURCE)}: {text.splitlines()[0]}")
    assert wrong == []


def begins_with_a_verb_to_avoid(text: str) -> bool:
    word = text.split(maxsplit=1)[0].strip(".,:;").lower()
    forms = {form for verb in VERBS for form in (verb, f"{verb}s", f"{verb.removesuffix('e')}ing")}
    return word in forms


def test_only_its_own_folder_and_the_run_know_openreview() -> None:
    # notes and venues read the files that people have of OpenReview, so they name it too; the
    # programmes of virtual conferences refer to its forums
    allowed = {"__init__.py", "run.py", "notes.py", "venues.py", "virtual.py"}
    allowed |= {"offers.py", "year_sources.py"}
    for path in (SOURCE / "fetch").glob("*.py"):
        if path.name not in allowed:
            assert "openreview" not in path.read_text("utf-8").lower(), path
