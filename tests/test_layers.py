"""The plan of the house: imports run downwards only, and each library is used in its own room."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

SOURCE = ROOT / "src" / "papertally"
MODULES = sorted(SOURCE.rglob("*.py"))
STAGES = ("fetch", "extract", "match", "report")
LAYERS = {
    "__main__": 7,
    "cli": 6,
    "demo": 5,
    "search": 5,
    "status": 5,
    "snapshot_loader": 4,
    "notifications": 4,
    "pipeline": 3,
    "audit": 3,
    "evidence": 3,
    **dict.fromkeys(STAGES, 2),
    "store": 1,
    "settings": 1,
    "resources": 0,
    "models": 0,
    "progress": 0,
    "csv_escape": 0,
    "statistics": 0,
    "errors": 0,
    "": 0,
}
"""A module imports from its own part and from lower layers; `errors` stands below all."""


def part_of(path: Path) -> str:
    """Name the part of the house a file belongs to: its folder, or its own name at the top."""
    inside = path.relative_to(SOURCE)
    first = inside.parts[0] if len(inside.parts) > 1 else inside.stem
    return "" if first == "__init__" else first


def for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


@cache
def imports(path: Path) -> tuple[tuple[str, bool, bool], ...]:
    """Give each imported name, whether it is for types only, and whether it stands in a function."""

    def visit(node: ast.AST, types: bool, inside: bool) -> Iterator[tuple[str, bool, bool]]:
        if isinstance(node, ast.Import):
            yield from ((alias.name, types, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", types, inside
        for child in ast.iter_child_nodes(node):
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from visit(child, types or for_types_only(node), inside or function)

    return tuple(visit(tree_of(path), False, False))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def relative(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def test_every_part_has_its_layer() -> None:
    assert {part_of(path) for path in MODULES} <= LAYERS.keys()


def runs_downwards(path: Path, name: str, *, for_types: bool) -> bool:
    """Tell whether a module may import a name."""
    own = part_of(path)
    other = name.split(".")[1] if name.split(".")[1] in LAYERS else ""
    lower = LAYERS[other] < LAYERS[own] or (LAYERS[other] == LAYERS[own] == 0)
    return other == own or lower or (for_types and own == "pipeline")


def test_imports_run_downwards() -> None:
    wrong = [
        f"{relative(path)} imports {name}"
        for path in MODULES
        for name, for_types, _ in imports(path)
        if name.split(".")[0] == "papertally"
        and not runs_downwards(path, name, for_types=for_types)
    ]
    assert wrong == []


def test_stages_never_import_each_other() -> None:
    wrong = [
        f"{relative(path)} imports {name}"
        for path in MODULES
        for name, _, _ in imports(path)
        if part_of(path) in STAGES
        and any(
            f"{name}.".startswith(f"papertally.{stage}.")
            for stage in STAGES
            if stage != part_of(path)
        )
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("library", "room"),
    [
        ("requests", "fetch"),
        ("sqlite3", "store"),
        ("filelock", "store"),
        ("pandas", "report"),
        ("matplotlib", "report"),
        ("pypdfium2", "extract"),
        ("pdfminer", "extract"),
        ("re2", "match"),
        ("click", "cli"),
        ("jinja2", "report"),
    ],
)
def test_a_library_is_used_in_one_room(library: str, room: str) -> None:
    users = {
        part_of(path)
        for path in MODULES
        for name, _, _ in imports(path)
        if name.split(".")[0] == library
    }
    assert users <= {room}


@pytest.mark.parametrize("library", ["pandas", "matplotlib", "numpy", "rich", "jinja2"])
def test_what_is_slow_to_import_is_imported_inside_functions(library: str) -> None:
    eager = [
        relative(path)
        for path in MODULES
        for name, types, inside in imports(path)
        if name.split(".")[0] == library and not types and not inside
    ]
    assert eager == []


def test_the_library_prints_only_to_a_stream_it_was_given() -> None:
    wrong = [
        f"{relative(path)}:{node.lineno}"
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
