"""Real papers: counts agree with those of other tools."""

import csv
import json
import shutil
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.paths import SHARED, needs_shared


def ledger(folder: Path) -> list[dict[str, str]]:
    with (folder / "ledger.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@needs_shared
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_substring_counts_of_real_pdfs_agree_with_pdftotext_and_grep(
    run: Run, tmp_path: Path
) -> None:
    pdfs = sorted((SHARED / "pdfs").rglob("*.pdf"))
    assert run("add", "real", "2020", SHARED / "pdfs").code == 0
    assert run("report", "real", "2020", "--out", tmp_path).code == 0
    assert Counter(row["ledger"] for row in ledger(tmp_path)) == {"ok": len(pdfs)}
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
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
    with (tmp_path / "findings.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if int(row["substring"]):
                ours[row["framework"]].add(row["paper"])
    assert ours == theirs
    assert len(ours["tensorflow"]) == 13
