#!/usr/bin/env python3
"""Put the program's own output, help and columns into README and docs, and draw their chart."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from papertally.report.folder import COLUMNS

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")]
CHART = ROOT / "docs" / "iclr-2018-2019.png"
WIDTH = "80"
"""Columns of the terminal that the output is made for."""
_OUTPUT = re.compile(r"(<!-- output: papertally (.*?) -->\n```\n)(.*?)(```\n)", re.DOTALL)
_COLUMNS = re.compile(r"(<!-- columns: (\S+) -->\n)((?:\|.*\n)*)")


def updated(page: str, run: Callable[[str], str]) -> str:
    """Return a page with new output; `run` returns what papertally prints for its arguments."""
    page = _OUTPUT.sub(lambda found: found[1] + run(found[2]).strip("\n") + "\n" + found[4], page)
    return _COLUMNS.sub(lambda found: found[1] + _table_of_columns(found[2]), page)


def _table_of_columns(name: str) -> str:
    lines = ["| column | type | meaning |", "|---|---|---|"]
    for column, described in COLUMNS[name].items():
        lines.append(f"| `{column}` | {described.type} | {described.meaning} |")
    return "\n".join(lines) + "\n"


def _run(arguments: str) -> str:
    """Run papertally as somebody who has just installed it."""
    with tempfile.TemporaryDirectory() as workspace:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PAPERTALLY_", "OPENREVIEW_"))
        }
        program = Path(sys.executable).with_name("papertally")
        done = subprocess.run(
            [program, *arguments.split()],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=kept | {"PAPERTALLY_WORKSPACE": workspace, "COLUMNS": WIDTH},
        )
    return done.stdout


def main() -> None:
    """Rewrite the pages and the chart."""
    for path in PAGES:
        path.write_text(updated(path.read_text(encoding="utf-8"), _run), encoding="utf-8")
    with tempfile.TemporaryDirectory() as out:
        _run(f"report iclr 2018 2019 --from iclr-2018-2019 --out {out}")
        CHART.write_bytes(Path(out, "chart.png").read_bytes())


if __name__ == "__main__":
    main()
