#!/usr/bin/env python3
"""Put the tool's own output into the README: the table and the chart of the bundled snapshot."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TABLE = re.compile(r"(<!-- table: papertally (?P<command>.*?) -->\n```\n)(.*?)(```\n)", re.DOTALL)


def run(command: str) -> str:
    """Run a papertally command and return what it prints."""
    words = [sys.executable, "-m", "papertally", *command.split()]
    return subprocess.run(
        words, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout


def updated(readme: str) -> str:
    """Return the README with new tables."""
    return _TABLE.sub(lambda found: found[1] + run(found["command"]) + found[4], readme)


def main() -> None:
    """Rewrite README.md and the chart it shows."""
    path = ROOT / "README.md"
    path.write_text(updated(path.read_text(encoding="utf-8")), encoding="utf-8")
    with tempfile.TemporaryDirectory() as out:
        run(f"report iclr 2018 2019 --from iclr-2018-2019 --out {out}")
        (ROOT / "docs" / "iclr-2018-2019.png").write_bytes(Path(out, "chart.png").read_bytes())


if __name__ == "__main__":
    main()
