"""The examples in docstrings and in the docs of the Python interface run as they stand."""

import doctest
from importlib import import_module

from tests.helpers.paths import ROOT

SOURCE = ROOT / "src"
FLAGS = doctest.NORMALIZE_WHITESPACE


def test_the_examples_of_docstrings_run() -> None:
    examples = 0
    for path in sorted(SOURCE.rglob("*.py")):
        if ">>>" not in path.read_text("utf-8"):
            continue
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        done = doctest.testmod(import_module(name), optionflags=FLAGS)
        assert done.failed == 0, name
        examples += done.attempted
    assert examples > 20


def test_the_examples_of_the_python_interface_run() -> None:
    path = ROOT / "docs" / "python.md"
    done = doctest.testfile(str(path), module_relative=False, optionflags=FLAGS)
    assert (done.failed, done.attempted) == (0, 8)
