#!/usr/bin/env python3
"""Measure the source tree: sizes, docstring verbs, density, duplicate names, import circles.

Usage: python scripts/measure_source.py [FOLDER]     (default: src/papertally)
"""

import ast
import io
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
MAX_COLUMNS = 100
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_VERBS_TO_AVOID = ("Give", "Say", "Tell", "Name")


class Source:
    """The parsed modules of one package."""

    def __init__(self, folder: Path) -> None:
        """Read all modules below `folder`, the package's own folder."""
        self.folder = folder
        self.texts = {path: path.read_text("utf-8") for path in sorted(folder.rglob("*.py"))}
        self.trees = {path: ast.parse(text) for path, text in self.texts.items()}

    def module(self, path: Path) -> str:
        """Return a module's dotted name."""
        parts = [self.folder.name, *path.relative_to(self.folder).with_suffix("").parts]
        return ".".join(part for part in parts if part != "__init__")

    def nodes(self) -> Iterator[tuple[Path, ast.AST]]:
        """Yield every syntax node with its file."""
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                yield path, node


def lines_of(node: ast.AST) -> int:
    """Return the number of lines of a function, without its decorators."""
    return node.end_lineno - node.lineno + 1  # type: ignore[attr-defined,no-any-return] # a function


def first_words(source: Source) -> Counter[str]:
    """Count the first words of all docstrings of functions."""
    words: Counter[str] = Counter()
    for _, node in source.nodes():
        if isinstance(node, _FUNCTIONS) and (text := ast.get_docstring(node)):
            words[text.split(maxsplit=1)[0].strip(".,:;")] += 1
    return words


def documentation_lines(source: Source) -> tuple[int, int]:
    """Count the lines that belong to docstrings, and those that hold a comment."""
    strings = comments = 0
    for path, text in source.texts.items():
        for node in ast.walk(source.trees[path]):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                strings += isinstance(node.value.value, str) and lines_of(node)
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments += len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})
    return strings, comments


def duplicate_classes(source: Source) -> dict[str, list[str]]:
    """Map class names with more than one definition to their modules; `_Name` equals `Name`."""
    places: dict[str, list[str]] = defaultdict(list)
    for path, node in source.nodes():
        if isinstance(node, ast.ClassDef):
            places[node.name.lstrip("_")].append(source.module(path))
    return {name: modules for name, modules in sorted(places.items()) if len(modules) > 1}


def imports(source: Source) -> dict[str, set[str]]:
    """Map each module to the first-party modules it imports, type imports included."""
    modules = {source.module(path) for path in source.trees}
    graph: dict[str, set[str]] = {module: set() for module in modules}
    for path, node in source.nodes():
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if source.module(path) == "papertally":  # it imports when called, which makes no circle
            continue
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            target = full if full in modules else node.module
            if target in modules:
                graph[source.module(path)].add(target)
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other, directly or not (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return found


def spread(values: Sequence[int]) -> str:
    """Format the median, the ninth decile and the maximum of some sizes."""
    ordered = sorted(values)
    return f"median {median(ordered):g}, p90 {ordered[len(ordered) * 9 // 10]}, max {ordered[-1]}"


def report(folder: Path) -> Iterator[str]:
    """Yield the lines of the report."""
    source = Source(folder)
    sizes = [len(text.splitlines()) for text in source.texts.values()]
    lines = sum(sizes)
    functions = [lines_of(node) for _, node in source.nodes() if isinstance(node, _FUNCTIONS)]
    kinds = Counter(type(node) for _, node in source.nodes())
    strings, comments = documentation_lines(source)
    long = sum(
        len(line) > MAX_COLUMNS for text in source.texts.values() for line in text.splitlines()
    )
    verbs = first_words(source)
    yield f"modules: {len(sizes)}; lines: {lines:,}"
    yield f"lines of a module: {spread(sizes)}"
    yield f"lines of a function: {spread(functions)} ({len(functions):,} functions)"
    yield f"docstring lines: {100 * strings / lines:.1f} %"
    yield f"comment lines: {100 * comments / lines:.1f} %"
    common = [f"{word} {count}" for word, count in verbs.most_common(12)]
    yield f"docstrings begin: {', '.join(common)}"
    avoided = {word: count for word, count in verbs.items() if word in _VERBS_TO_AVOID}
    yield f"docstrings that begin {'/'.join(_VERBS_TO_AVOID)}: {sum(avoided.values())}"
    many = sum(kinds[kind] for kind in _COMPREHENSIONS)
    yield f"comprehensions per 1,000 lines: {1000 * many / lines:.1f}"
    yield f"conditional expressions per 1,000 lines: {1000 * kinds[ast.IfExp] / lines:.1f}"
    yield f"lines over {MAX_COLUMNS} columns: {long} ({100 * long / lines:.1f} %)"
    for name, modules in duplicate_classes(source).items():
        yield f"class name with several meanings: {name} in {', '.join(modules)}"
    for group in circles(imports(source)):
        yield f"circle: {', '.join(group)}"


if __name__ == "__main__":
    for line in report(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "src" / "papertally"):
        print(line)
