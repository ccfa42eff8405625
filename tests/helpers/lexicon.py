"""The bundled lexicons, the labelled snippets and the texts of real years."""

import csv
import re
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from papertally.extract.clean import clean
from papertally.match.lexicon_file import load_lexicon
from papertally.match.matcher import Matcher
from papertally.resources import DATA_FOLDER, LIBRARIES_FILE
from tests.helpers.paths import ROOT, SHARED

LABELS = ROOT / "data" / "labels"


@dataclass(frozen=True)
class Snippet:
    framework: str
    text: str
    software: bool


def unescape(text: str) -> str:
    r"""Undo the escapes of snippets.tsv: \n, \f and \u with four hexadecimal digits."""
    plain = {"n": "\n", "f": "\f"}
    return re.sub(
        r"\\(n|f|u[0-9a-f]{4})", lambda one: plain.get(one[1]) or chr(int(one[1][1:], 16)), text
    )


def read_labels(name: str) -> list[dict[str, str]]:
    with (LABELS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


SNIPPETS = [
    Snippet(row["framework"], unescape(row["snippet"]), row["software"] == "Y")
    for row in read_labels("snippets.tsv")
]


FRAMEWORKS = load_lexicon(DATA_FOLDER / "frameworks.toml")
"""What is counted by default."""
LEXICON = load_lexicon(DATA_FOLDER / "frameworks.toml", [LIBRARIES_FILE])
"""All bundled rules."""


BY_ID = {framework.id: framework for framework in LEXICON.frameworks}


MATCHER = Matcher(LEXICON.frameworks)


def frameworks_in(text: str) -> set[str]:
    return {mention.framework for mention in MATCHER.find(text)}


@cache
def texts_of_year(year: int) -> dict[str, str]:
    """Read the texts of a year, cleaned as extraction does it."""
    with tarfile.open(SHARED / "iclr" / f"iclr-{year}-texts.tar.xz") as archive:
        members = {
            Path(member.name).stem: archive.extractfile(member)
            for member in archive
            if member.isfile()
        }
        return {
            paper: clean(decode(file.read()).split("\f")) for paper, file in members.items() if file
        }


def decode(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.replace(b"\xad", b"-").decode("cp1252", "replace")
