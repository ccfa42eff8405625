"""Real papers: counts agree with those of other tools."""

import csv
import json
import shutil
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.helpers.paths import SHARED, needs_shared


def ledger(folder: Path) -> list[dict[str, str]]:
    with (folder / "ledger.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@needs_shared
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_substring_counts_of_real_pdfs_agree_with_pdftotext_and_grep(
    real_report: Path,
) -> None:
    pdfs = sorted((SHARED / "pdfs").rglob("*.pdf"))
    assert Counter(row["ledger"] for row in ledger(real_report)) == {"ok": len(pdfs)}
    package = json.loads((real_report / "datapackage.json").read_text(encoding="utf-8"))
    names = {
        item["id"]: item["substring"].lower()
        for item in package["papertally"]["lexicon"]["frameworks"]
    }
    theirs = defaultdict(set)
    for pdf in pdfs:
        text = subprocess.run(
            ["pdftotext", pdf, "-"], capture_output=True, check=False
        ).stdout.decode(errors="replace")
        for framework, name in names.items():
            if name in text.lower():
                theirs[framework].add(pdf.stem)
    ours = defaultdict(set)
    with (real_report / "findings.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if int(row["substring"]):
                ours[row["framework"]].add(row["paper"])
    assert ours == theirs
    assert len(ours["tensorflow"]) == 13
