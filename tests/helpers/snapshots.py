"""Report folders written by hand, whole ones and broken ones."""

import csv
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from papertally.report.schema import FINDINGS, LEDGER
from papertally.report.snapshot import Snapshot
from papertally.store.ledger import LedgerRow

BUNDLED = "iclr-2018-2019"


Ledgers = Mapping[int, Mapping[str, int]]


def make_snapshot(
    folder: Path,
    years: Ledgers,
    found: Mapping[str, Mapping[int, int]],
    *,
    names_: Mapping[str, str] | None = None,
    origins: Mapping[str, str] | None = None,
    ambiguous: tuple[str, ...] = (),
    statuses: Callable[[int, int], str] = lambda _year, _number: "unknown",
) -> Path:
    """Write a report folder of an invented venue `toy` by hand and return it.

    `years` holds the papers by year and outcome, `found` by framework and year. A framework is
    found in the first readable papers of a year, by the lexicon and as a substring.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ledger, papers = [list(LEDGER)], [list(FINDINGS)]
    for year, outcomes in years.items():
        words = [word for word, count in outcomes.items() for _ in range(count)]
        readable = 0
        for number, word in enumerate(words):
            paper = f"p{number:05d}"
            status = statuses(year, number)
            row = [
                "toy",
                year,
                paper,
                number,
                "",
                status,
                "",
                "",
                f"{year}-01-01",
                "unknown",
                "",
                "",
                "",
                "",
                word,
                *[""] * (len(LEDGER) - 15),
            ]
            ledger.append([str(cell) for cell in row])
            if word == "ok":
                hits = [
                    name for name, per_year in found.items() if readable < per_year.get(year, 0)
                ]
                papers += [
                    ["toy", str(year), paper, name, "2", "3", *[""] * 6] for name in sorted(hits)
                ]
                readable += 1
    for name, rows in (("ledger.csv", ledger), ("findings.csv", papers)):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)
    frameworks = [
        {
            "id": name,
            "name": (names_ or {}).get(name, name),
            "homepage": "",
            "substring": name,
            "ambiguous": name in ambiguous,
            "origin": (origins or {}).get(name, "bundled"),
        }
        for name in found
    ]
    package = {"papertally": {"lexicon": {"version": "abc", "frameworks": frameworks}}}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


def make_venues(
    folder: Path,
    years: Mapping[str, Ledgers],
    found: Mapping[str, Mapping[str, Mapping[int, int]]],
    **more: Any,
) -> Path:
    """Write a report folder of several venues by hand; `years` and `found` are by venue.

    All venues must have the same frameworks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[str]] = {"ledger.csv": [], "findings.csv": []}
    for venue in sorted(years):
        part = make_snapshot(folder / venue, years[venue], found[venue], **more)
        for name, lines in tables.items():
            header, *rows = (part / name).read_text("utf-8").splitlines()
            lines += [*([] if lines else [header]), *(re.sub("^toy", venue, row) for row in rows)]
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "datapackage.json").write_bytes((part / "datapackage.json").read_bytes())
    return folder


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return write


def _delete(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _replace_by_folder(name: str) -> Callable[[Path], None]:
    def replace(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return replace


def _lengthen(name: str) -> Callable[[Path], None]:
    """Return a change that makes a file longer than any table, which takes no room on the disk."""
    return lambda folder: os.truncate(folder / name, 1 << 30)


def _replace_by_device(name: str) -> Callable[[Path], None]:
    def replace(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to("/dev/null")

    return replace


def _replace_by_pipe(name: str) -> Callable[[Path], None]:
    def replace(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return replace


def _repeat_last_row(name: str) -> Callable[[Path], None]:
    def repeat(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        (folder / name).write_text(text + text.splitlines()[-1] + "\n", encoding="utf-8")

    return repeat


def _package(document: object) -> Callable[[Path], None]:
    return _write("datapackage.json", json.dumps(document).encode())


def _listing(count: str) -> Callable[[Path], None]:
    listings = f'{{"listings": [{{"year": 2018, "without_abstract": {count}}}], "lexicon"'
    return _edit("datapackage.json", '{"lexicon"', listings)


def _lexicon(*frameworks: object) -> Callable[[Path], None]:
    return _package({"papertally": {"lexicon": {"version": "1", "frameworks": list(frameworks)}}})


def _fill(folder: Path) -> None:
    """Write a ledger of ten million empty cells."""
    header = [*LEDGER, *map(str, range(5_000))]
    row = "," * (len(header) - 1) + "\n"
    (folder / "ledger.csv").write_text(",".join(header) + "\n" + row * 2_000)


HOSTILE = {
    "no ledger": _delete("ledger.csv"),
    "no papers": _delete("findings.csv"),
    "no datapackage": _delete("datapackage.json"),
    "ledger is a folder": _replace_by_folder("ledger.csv"),
    "datapackage is a folder": _replace_by_folder("datapackage.json"),
    "ledger is a pipe": _replace_by_pipe("ledger.csv"),
    "papers are a pipe": _replace_by_pipe("findings.csv"),
    "datapackage is a pipe": _replace_by_pipe("datapackage.json"),
    "ledger is a device": _replace_by_device("ledger.csv"),
    "ledger is long": _lengthen("ledger.csv"),
    "papers are long": _lengthen("findings.csv"),
    "datapackage is long": _lengthen("datapackage.json"),
    "ledger is wide": _write("ledger.csv", ",".join(map(str, range(20_000))).encode()),
    "ledger has many cells": _fill,
    "empty ledger": _write("ledger.csv", b""),
    "header only": _write("ledger.csv", (",".join(LEDGER) + "\n").encode()),
    "empty papers": _write("findings.csv", b""),
    "other columns": _write("findings.csv", b"a,b\n1,2\n"),
    "missing column": _edit("ledger.csv", "listing_date", "listed"),
    "no UTF-8": _write("ledger.csv", b"\xff\xfe\x00venue"),
    "NUL bytes": _write("ledger.csv", b"\x00" * 5000),
    "ragged": _edit("ledger.csv", "p00001,", "p00001,,,,,,,,,,,,,,,,,,,,,,,,"),
    "open quote": _edit("ledger.csv", "p00001", '"p00001'),
    "year is a word": _edit("ledger.csv", "toy,2018", "toy,soon"),
    "year is a fraction": _edit("ledger.csv", "toy,2018", "toy,2018.5"),
    "year is huge": _edit("ledger.csv", "toy,2018", "toy,99999999999999999999999"),
    "year is infinite": _edit("ledger.csv", "toy,2018", "toy,1e999"),
    "year out of range": _edit("ledger.csv", "toy,2018", "toy,-2018"),
    "no year": _edit("ledger.csv", "toy,2018", "toy,"),
    "no paper": _edit("ledger.csv", "p00001", ""),
    "strange venue": _edit("ledger.csv", "toy,", "../toy,"),
    "strange outcome": _edit("ledger.csv", ",empty,", ",fine,"),
    "strange status": _edit("ledger.csv", ",unknown,", ",perhaps,"),
    "strange version": _edit("ledger.csv", ",unknown,,,,,ok", ",Original,,,,,ok"),
    "pages are negative": _edit("ledger.csv", ",unknown,,,,,ok", ",unknown,,,-7,,ok"),
    "no date": _edit("ledger.csv", "2018-01-01", "=cmd()"),
    "mentions are words": _edit("findings.csv", ",2,3,", ",two,3,"),
    "mentions are huge": _edit("findings.csv", ",2,3,", ",1e400,3,"),
    "mentions are beyond any integer": _edit("findings.csv", ",2,3,", ",1e30,3,"),
    "mentions are negative": _edit("findings.csv", ",2,3,", ",-2,3,"),
    "the listing's mentions are negative": _edit("findings.csv", ",2,3,,", ",2,3,-1,"),
    "mentions in a zone are negative": _edit("findings.csv", ",2,3,,,,,", ",2,3,,3,-1,0,0"),
    "no mentions": _edit("findings.csv", ",2,3,", ",,3,"),
    "flag is a word": _edit("findings.csv", ",2,3,,,,,,", ",2,3,,,,,,maybe"),
    "paper twice": _repeat_last_row("ledger.csv"),
    "finding twice": _repeat_last_row("findings.csv"),
    "finding of no paper": _edit("findings.csv", "p00001", "p00009"),
    "finding in an unreadable paper": _edit("findings.csv", "p00001", "p00003"),
    "unknown framework": _edit("findings.csv", "keras", "nokeras"),
    "broken JSON": _write("datapackage.json", b"{"),
    "JSON no UTF-8": _write("datapackage.json", b"\xff\xfe\xff"),
    "deep JSON": _write("datapackage.json", b"[" * 100_000),
    "huge number": _write("datapackage.json", b"9" * 10_000),
    "package is a list": _package([]),
    "package is a word": _package("x"),
    "package is null": _package(None),
    "no lexicon": _package({"papertally": {}}),
    "lexicon is a word": _package({"papertally": {"lexicon": "x"}}),
    "frameworks are a word": _package(
        {"papertally": {"lexicon": {"version": "1", "frameworks": "keras"}}}
    ),
    "frameworks are a number": _package(
        {"papertally": {"lexicon": {"version": "1", "frameworks": 5}}}
    ),
    "framework without name": _lexicon({"id": "keras"}),
    "framework's id is a number": _lexicon({"id": 5, "name": "Keras"}),
    "framework's name is a list": _lexicon({"id": "keras", "name": ["Keras"]}),
    "framework's mark is a word": _lexicon({"id": "keras", "name": "Keras", "ambiguous": "no"}),
    "files are a number": _edit(
        "datapackage.json", '{"papertally"', '{"resources": 5, "papertally"'
    ),
    "files have no names": _edit(
        "datapackage.json", '{"papertally"', '{"resources": [{"path": []}], "papertally"'
    ),
    "listings are a number": _edit("datapackage.json", '{"lexicon"', '{"listings": 5, "lexicon"'),
    "endless listing": _listing("1e999"),
    "listing that is no number": _listing("NaN"),
    "listing in parts": _listing("2.5"),
    "listing below zero": _listing("-1"),
    "listing beyond any integer": _listing("9" * 400),
    "deep listing": _listing("[" * 5000 + "]" * 5000),
    "venues are a number": _edit("datapackage.json", '{"lexicon"', '{"venues": 5, "lexicon"'),
    "venue's name is a path": _edit(
        "datapackage.json",
        '{"lexicon"',
        '{"venues": [{"venue": "toy", "venue_name": "../toy"}], "lexicon"',
    ),
    "venue's audit is a word": _edit(
        "datapackage.json", '{"lexicon"', '{"venues": [{"venue": "toy", "audit": "x"}], "lexicon"'
    ),
    "lone surrogate": _edit("datapackage.json", '"abc"', r'"\ud800"'),
    "framework twice": _lexicon({"id": "keras", "name": "Keras"}, {"id": "keras", "name": "Other"}),
}


def with_papers(snapshot: Snapshot, change: Callable[[int, LedgerRow], dict[str, Any]]) -> Snapshot:
    """Return a snapshot with fields of its papers changed, by their place and themselves."""
    rows = [row._replace(**change(at, row)) for at, row in enumerate(snapshot.ledger)]
    return replace(snapshot, ledger=tuple(rows))
