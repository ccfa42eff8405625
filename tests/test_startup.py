"""The start of the command line: what it imports."""

import subprocess
import sys
from pathlib import Path

from tests.helpers.command import EACH_COMMAND, IN_LIST

HEAVY = {
    "pandas", "numpy", "matplotlib", "pypdfium2", "pdfminer", "requests", "rich", "re2", "jinja2",
    "reportlab", "sqlite3", "pyarrow", "fsspec", "distributed", "logging.handlers",
    "papertally.pipeline", "papertally.store.workspace",
}  # fmt: skip


def imported_by(*commands: list[str]) -> set[str]:
    """Run commands in a new process and return the modules that it has imported then."""
    code = (
        "import sys\nfrom papertally.cli.main import group\n"
        f"for words in {list(commands)}: group.main(words, standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("papertally") >= len(commands)
    return set(done.stderr.split())


def test_help_and_version_import_neither_a_command_nor_what_is_slow() -> None:
    imported = imported_by(["--help"], ["--version"])
    assert not imported & (HEAVY | {"papertally.settings", "papertally.models"})
    commands = {f"papertally.cli.{name}" for name in IN_LIST} | {"papertally.cli.stages"}
    assert not imported & commands


def test_the_help_of_a_command_imports_nothing_slow() -> None:
    imported = imported_by(*([*name.split(), "--help"] for name in EACH_COMMAND))
    assert not imported & HEAVY


def test_the_first_screen_of_a_folder_imports_neither_charts_nor_the_workspace(
    tmp_path: Path,
) -> None:
    imported = imported_by(
        ["report", "--from", "iclr-2018-2019", "--format", "table"],
        ["--workspace", str(tmp_path), "report", "iclr", "2018"],
    )
    needless = {"rich.console", "filelock", "psutil", "papertally.report.chart", "papertally.match"}
    assert not imported & (HEAVY - {"rich", "sqlite3"} | needless)
