#!/usr/bin/env python3
"""Print precision and recall of report folders against data/labels/pmlr-2016-2025.tsv.

usage: score_labels.py FOLDER ...

The folders come from `papertally report VOLUME YEAR --lexicon libraries --out FOLDER` for PMLR
volumes whose PDFs were added as venues named like the labels (v180) under their own file names.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

LABELS = Path(__file__).parents[1] / "data" / "labels" / "pmlr-2016-2025.tsv"


class Pair(NamedTuple):
    """A framework and a paper of a volume."""

    framework: str
    volume: str
    paper: str


def read_labels() -> dict[Pair, str]:
    """Return the label of each pair: Y, N or ?."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {Pair(*list(row.values())[:3]): row["software"] for row in rows}


def read_found(folders: list[Path]) -> tuple[set[Pair], set[str]]:
    """Return the pairs in which the rules find a mention, and the volumes that were searched."""
    found, volumes = set(), set()
    for folder in folders:
        with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                volumes.add(row["venue"])
                if int(row["mentions"] or 0):
                    found.add(Pair(row["framework"], row["venue"], row["paper"]))
    return found, volumes


def main() -> None:
    """Print a row for each framework that is mentioned, the pairs that went wrong, and the sum."""
    labels = read_labels()
    found, volumes = read_found([Path(name) for name in sys.argv[1:]])
    labels = {pair: label for pair, label in labels.items() if pair.volume in volumes}
    right, wrong, missed = defaultdict(int), defaultdict(int), defaultdict(int)
    for pair in sorted(found | labels.keys()):
        label = labels.get(pair, "N")
        if label == "Y" and pair in found:
            right[pair.framework] += 1
        elif label == "Y":
            missed[pair.framework] += 1
            print("missed", *pair)
        elif label == "N" and pair in found:
            wrong[pair.framework] += 1
            print("wrong ", *pair)
    print(f"{'':18} labelled  found  wrong")
    names = sorted({*right, *wrong, *missed}, key=lambda name: (-right[name], name))
    for name in names:
        print(f"{name:18} {right[name] + missed[name]:8} {right[name]:6} {wrong[name]:6}")
    hits, all_found = sum(right.values()), sum(right.values()) + sum(wrong.values())
    labelled = hits + sum(missed.values())
    print(f"{'all':18} {labelled:8} {hits:6} {all_found - hits:6}")
    if hits:
        print(f"precision {hits / all_found:.3f}, recall {hits / labelled:.3f}")


if __name__ == "__main__":
    main()
