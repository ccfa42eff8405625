"""Look for known vulnerabilities in the packages of requirements-dev.txt, with pip-audit.

It ends with 1 if it finds some. Where PyPI's advisories cannot be reached it says so, and ends
with 0. One package is asked for first: each of the hundred others would wait in vain as well.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements-dev.txt"
WORDS = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json")


def main() -> int:
    """Print what was found, and return the exit code."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(first_package(LOCK.read_text("utf-8")))
        file.flush()
        probe, reason = audit(Path(file.name))
    if not probe or "skip_reason" in probe[0]:
        reason = reason or probe[0]["skip_reason"]
        print(f"packages were not audited: the advisories cannot be reached ({reason})")
        return 0
    packages, reason = audit(LOCK)
    if not packages:
        print(f"packages were not audited: {reason}")
        return 1
    found = 0
    for package in packages:
        name = f"{package['name']} {package.get('version', '')}".strip()
        if "skip_reason" in package:
            print(f"{name} was not audited: {package['skip_reason']}")
        for flaw in package.get("vulns", ()):
            found += 1
            fixed = ", ".join(flaw["fix_versions"]) or "no version yet"
            print(f"{name} has a known vulnerability: {flaw['id']}, fixed in {fixed}")
    print(f"{len(packages)} packages audited: {found} known vulnerabilities")
    return 1 if found else 0


def first_package(lock: str) -> str:
    """Return the lines of the first package, with its hashes."""
    lines = [line for line in lock.splitlines(keepends=True) if not line.lstrip().startswith("#")]
    ends = next(number for number, line in enumerate(lines) if not line.rstrip().endswith("\\"))
    return "".join(lines[: ends + 1])


def audit(requirements: Path) -> tuple[list[dict[str, Any]], str]:
    """Return the packages as pip-audit describes them, or none and the last line of its error."""
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", *WORDS, "--requirement", requirements],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return [], (done.stderr.strip().splitlines() or ["no reason given"])[-1][:200]
    return packages, ""


if __name__ == "__main__":
    sys.exit(main())
