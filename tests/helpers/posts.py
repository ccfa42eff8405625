"""Posts of a volume of PMLR, with invented papers."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

PMLR = "http://proceedings.mlr.press/v48/"


def write_post(clone: Path, key: str, address: str = "", **fields: Any) -> Path:
    """Write a post as PMLR's tools do; `address` is that of the PDF."""
    document = {
        "title": f"A study: of {key}",
        "abstract": "We study.",
        "layout": "inproceedings",
        "id": key,
        "firstpage": 7,
        "cycles": False,
        "author": [
            {"given": "Ada", "family": "Made"},
            {"given": "Bo", "family": "Up", "prefix": "van"},
        ],
        "date": date(2016, 6, 11),
        "address": None,
        "volume": "48",
        "pdf": address or f"{PMLR}{key}/{key}.pdf",
        "extras": [],
        **fields,
    }
    path = clone / "_posts" / f"2016-06-11-{key}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    path.write_text(f"---\n{head}# Format based on citeproc\n---\n", "utf-8")
    return path
