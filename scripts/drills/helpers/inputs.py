"""Inputs of the commands, made by chance, with what has to come of them.

Each function takes the chance of its case and the place where it works, and returns what is wrong;
nothing is if that is empty. What starts with `lost` is about papers or counts.
"""

import csv
import io
import json
import random
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from helpers.mutators import TEXTS, mutate_bytes, mutate_json
from helpers.place import ESCAPED, Place
from papertally.models import Outcome, Status

PAPERS = [f"paper{number}" for number in range(8)]
TEXT = "We use Keras. " + "Plain words of a paper follow. " * 20
ADD = ("add", "toy", 2018)


def note_v1(paper: str) -> dict[str, Any]:
    """Return a note as the older API of OpenReview writes it."""
    return {
        "id": paper,
        "number": PAPERS.index(paper),
        "invitation": "toy/2018/-/Blind_Submission",
        "readers": ["everyone"],
        "cdate": 1509000000000,
        "tmdate": 1520000000000,
        "content": {
            "title": f"On {paper}",
            "abstract": "We invent a method.",
            "TL;DR": "A method.",
            "keywords": ["deep learning", "methods"],
            "authors": ["Ann Example", "Bo Example"],
            "pdf": f"/pdf/{paper}.pdf",
        },
        "details": {
            "directReplies": [
                {
                    "invitation": "toy/2018/-/Acceptance_Decision",
                    "readers": ["everyone"],
                    "content": {"decision": "Accept (Poster)"},
                }
            ]
        },
    }


def note_v2(paper: str) -> dict[str, Any]:
    """Return a note as the newer API of OpenReview writes it."""
    content = {key: {"value": value} for key, value in note_v1(paper)["content"].items()}
    return {
        "id": paper,
        "number": PAPERS.index(paper),
        "domain": "toy/2018",
        "invitations": ["toy/2018/-/Submission", "toy/2018/-/Edit"],
        "readers": ["everyone"],
        "tmdate": 1520000000000,
        "content": content | {"venue": {"value": "Toy poster"}, "venueid": {"value": "toy/2018"}},
    }


def list_entry(paper: str) -> dict[str, Any]:
    """Return an entry of a flat list as others publish it."""
    fields = ("title", f"On {paper}"), ("status", "Poster"), ("keywords", "a;b"), ("author", "A;B")
    return {"id": paper, **dict(fields)}


NOTE_FILES: tuple[Any, ...] = (
    [note_v1(paper) for paper in PAPERS],
    {"notes": [note_v2(paper) for paper in PAPERS], "count": len(PAPERS)},
    [list_entry(paper) for paper in PAPERS],
)


def dump(document: Any) -> bytes:
    """Return a document as JSON, in ASCII, as lone surrogates have no other form."""
    return json.dumps(document).encode()


def mutate_document(chance: random.Random, document: Any) -> bytes:
    """Return JSON with other values, other bytes or both."""
    data = dump(mutate_json(chance, document) if chance.random() < 0.7 else document)
    return data if chance.random() < 0.6 else mutate_bytes(chance, data, JSON_WORDS)


JSON_WORDS = [b'"', b"{", b"}", b"[", b"]", b":", b",", b"null", b'"id"', b'"notes"', b"\\ud800"]


def mutate_notes(chance: random.Random, place: Place) -> str:
    """Add a list of notes."""
    document = chance.choice(NOTE_FILES)
    data = mutate_document(chance, document)
    place.begin()
    path = place.write("notes.json", data)
    code, fault = place.run(*ADD, "--notes", path)
    sound = sound_items(data, "notes", document)
    if not fault and code and sound:
        fault = f"lost: a list with sound notes is refused: {place.err}"
    if not fault and not code:
        rows = place.rows()
        for paper, note in sound.items():
            title = note.get("title") or note["content"]["title"]
            shown = title if isinstance(title, str) else title["value"]
            if paper not in rows or rows[paper].title != shown:
                fault = f"lost: {paper} is {rows.get(paper)}"
        if not all(row.ledger in Outcome and row.status in Status for row in rows.values()):
            fault = "lost: a paper has no status"
    return fault or place.strays("notes.json")


def sound_items(data: bytes, key: str, document: Any, name: str = "id") -> dict[str, Any]:
    """Return the items of a mutated list that are as they were, by their ids.

    Those of which another one with the same id stands before are left out.
    """
    before = document[key] if isinstance(document, dict) else document
    with suppress(ValueError, RecursionError):
        found = json.loads(data)
        items = found.get(key) if isinstance(found, dict) else found
        sound: dict[str, Any] = {}
        seen = set()
        for item in items if isinstance(items, list) else ():
            paper = item.get(name) if isinstance(item, dict) else None
            if not isinstance(paper, str | int) or str(paper).strip() in seen:
                continue
            seen.add(str(paper).strip())
            if item in before:
                sound[str(paper)] = item
        return sound
    return {}


WORDS_OF_STATUSES = {
    "Accept (Poster)": Status.ACCEPTED,
    "Reject": Status.REJECTED,
    "Withdrawn": Status.WITHDRAWN,
}


def mutate_lists(chance: random.Random, place: Place) -> str:
    """Add a list of decisions to papers that are stored, as CSV or JSON."""
    words = {paper: chance.choice(list(WORDS_OF_STATUSES)) for paper in PAPERS}
    if chance.random() < 0.3:
        name, document = "list.json", [{"id": key, "status": word} for key, word in words.items()]
        data = mutate_document(chance, document)
        sound = {key: item["status"] for key, item in sound_items(data, "", document).items()}
    else:
        name, mark = "list.csv", chance.choice(",;\t")
        lines = [mark.join(cells) for cells in (("id", "status"), *words.items())]
        data = mutate_bytes(chance, "\n".join(lines).encode(), CSV_WORDS)
        sound = _sound_lines(data, lines, mark)
    place.begin(from_seed=True)
    path = place.write(name, data)
    code, fault = place.run(*ADD, "--statuses", path)
    rows = place.rows()
    if len(rows) != len(PAPERS):
        fault = fault or f"lost: {len(rows)} papers are left"
    for paper, word in sound.items():
        if not code and not fault and rows[paper].status != WORDS_OF_STATUSES[word]:
            fault = f"lost: {paper} is {rows[paper].status}, not {word}"
    return fault or place.strays(name)


CSV_WORDS = [
    b",",
    b";",
    b"\t",
    b'"',
    b"\n",
    b"\r",
    b"id",
    b"paper",
    b"status",
    b"Accept",
    b"paper1",
]


def _sound_lines(data: bytes, lines: list[str], mark: str) -> dict[str, str]:
    """Return what the lines say that are as they were, if they still are rows of the table."""
    found = data.decode(errors="replace").split("\n")
    if b'"' in data or found[:1] != lines[:1]:
        return {}
    return dict(line.split(mark) for line in lines[1:] if line in found)


def make_zip(chance: random.Random, members: dict[str, bytes]) -> bytes:
    """Return a zip, whose members may be links, encrypted or of another method."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", chance.choice((0, 8))) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980 + chance.randrange(100), 1, 1, 0, 0, 0))
            if chance.random() < 0.1:
                info.external_attr = chance.choice((0o120777, 0o010644, 0o020644, 0o040755)) << 16
            archive.writestr(info, data, chance.choice((0, 8, 8, 8, 12, 14)))
    return packed.getvalue()


def make_tar(chance: random.Random, members: dict[str, bytes]) -> bytes:
    """Return a tar, perhaps packed, whose members may be links or devices."""
    packed = io.BytesIO()
    with tarfile.open(
        fileobj=packed, mode="w", format=chance.choice((0, 1, 2)), errors="surrogateescape"
    ) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if chance.random() < 0.1:
                info.type = chance.choice((b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"S", b"x"))
                info.linkname = chance.choice(("/etc/passwd", "paper0.txt", "../x"))
            with suppress(ValueError, UnicodeError, OverflowError):
                archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def mutate_zips(chance: random.Random, place: Place) -> str:
    """Add an archive."""
    members = {f"in/{paper}.txt": f"{paper}. {TEXT}".encode() for paper in PAPERS}
    for _ in range(chance.choice((0, 0, 1, 3))):
        name = chance.choice(TEXTS).encode(errors="replace").decode()[:60_000]
        members[f"{name}{ESCAPED}.txt"] = b"text"
    is_zip = chance.random() < 0.6
    data = (make_zip if is_zip else make_tar)(chance, members)
    if chance.random() < 0.7:
        data = mutate_bytes(chance, data, ARCHIVE_WORDS)
    name = "in.zip" if is_zip else "in.tar"
    place.begin()
    path = place.write(name, data)
    code, fault = place.run(*ADD, path)
    if not fault and not code:
        rows, missing = place.rows(), []
        for paper in _sound_members(path, members):
            if paper not in rows:
                missing.append(paper)
        bad = [] if fault else place.bad_files()
        if missing or bad:
            fault = f"lost: {missing}, and other files: {bad}; {place.err}"
    return fault or place.strays(name)


ARCHIVE_WORDS = [b"PK\1\2", b"PK\3\4", b"PK\5\6", b"ustar\0", b"\xff\xff\xff\xff", bytes(512)]


def _sound_members(path: Path, members: dict[str, bytes]) -> list[str]:
    """Return the papers that Python reads in an archive as they were put there."""
    found = []
    with suppress(Exception):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    with suppress(Exception):
                        if archive.read(name) == members.get(name):
                            found.append(name)
        else:
            with tarfile.open(path) as unpacked:
                for info in unpacked:
                    file = unpacked.extractfile(info) if info.isreg() else None
                    if file and file.read() == members.get(info.name):
                        found.append(info.name)
    return [Path(name).stem for name in found if ESCAPED not in name]


LEXICON = """\
[mylib]
name = "MyLib"
homepage = "https://mylib.example"
released = 2015-11-09
released_source = "https://mylib.example"
wikidata = "Q12345"
wikidata_source = "https://mylib.example"
[[mylib.aliases]]
text = "MyLib"
rule = "inside"
case = true
near = ["network", "train*"]
not_near = ["library"]
not_with = ["notmylib"]
window = 100
not_before = "[0-9]"
not_after = "x"
why = "It is ours."
match = ["We train a network in MyLib."]
no_match = ["the library MyLib"]
[[mylib.aliases]]
regex = "(?i)my-?lib[0-9]{0,3}"
kind = "url"
match = ["mylib2"]
[other]
aliases = ["Other Lib", { text = "OL", case = true, rule = "glued" }]
includes = ["mylib"]
[groups.only]
mine = ["mylib", "other"]
"""
LEXICON_WORDS = [word.encode() for word in set(LEXICON.split())] + [
    b"(.{0,1000}){1000}",
    b"(a*)*b",
    b"((((((((((x{9}){9}){9}){9}){9}){9}",
    b"\\p{Greek}",
    b"[[:alpha:]]+",
    b"''' \"\"\"",
]


def mutate_lexicons(chance: random.Random, place: Place) -> str:
    """Check a lexicon, and count by it if it is in order."""
    data = mutate_bytes(chance, LEXICON.encode(), LEXICON_WORDS, 3)
    place.begin(from_seed=True)
    path = place.write("lexicon.toml", data)
    _, fault = place.run("frameworks", path)
    if fault:
        return fault
    code, fault = place.run("report", "toy", 2018, "--lexicon", path, "--format", "csv")
    if not fault and not code:
        fault = _wrong_counts(place.out)
    return fault or place.strays("lexicon.toml")


def _wrong_counts(table: str) -> str:
    """Return what is wrong with a report on the seed, of which each second paper names Keras."""
    for row in csv.DictReader(io.StringIO(table)):
        found = row["framework"], row["papers"], row["readable"], row["listed"]
        if found[0] == "keras":
            same = found[1:] == (str(len(PAPERS) // 2), str(len(PAPERS)), str(len(PAPERS)))
            return "" if same else f"lost: {found}"
    return "lost: no row of Keras"


VENUES = """\
[colm]
name = "COLM"
group = "colmweb.org/COLM/{year}/Conference"
finished = "12-20"
2024 = { api = "v2", invitations = ["colmweb.org/COLM/2024/Conference/-/Submission"] }
2025 = { pmlr = 248, papers = 120, note = "only some", finished = "2025-12-20" }
[chil]
2023 = { proceedings = "https://papers.example/2023", virtual = "iclr" }
2022 = { unavailable = "it was not held" }
[chil.2021]
api = "v1"
group = "chil/2021"
decisions = "replies"
submissions = 10
"""
VENUE_WORDS = [word.encode() for word in set(VENUES.split())] + [b"[iclr]", b"{year}" * 9]


def mutate_venues(chance: random.Random, place: Place) -> str:
    """Show the venues of a file beside the bundled ones."""
    place.begin()
    path = place.write("venues.toml", mutate_bytes(chance, VENUES.encode(), VENUE_WORDS, 3))
    code, fault = place.run("venues", "--venues", path)
    if not fault and not code and "neurips" not in place.out.lower():
        fault = "lost: the bundled venues"
    return fault or place.strays("venues.toml")


def mutate_snapshots(chance: random.Random, place: Place) -> str:
    """Report from a folder of which a file was changed."""
    place.begin()
    folder = place.folder / "in"
    shutil.copytree(place.folder.parent / "report", folder)
    name = chance.choice(("ledger.csv", "findings.csv", "datapackage.json"))
    path = folder / name
    if name.endswith(".json"):
        path.write_bytes(mutate_document(chance, json.loads(path.read_bytes())))
    elif chance.random() < 0.95:
        path.write_bytes(mutate_bytes(chance, path.read_bytes(), CSV_WORDS))
    else:
        path.unlink()
        path.symlink_to(chance.choice(("/dev/zero", "/etc/passwd", "ledger.csv", "..", path)))
    whole = place.folder.parent / "report"
    ways = (
        ("report", "--from", folder, "--format", "csv"),
        ("report", "--from", folder, "--format", "json"),
        ("search", "keras", "--from", folder, "--format", "csv"),
        ("diff", whole, folder),
    )
    words = chance.choice(ways)
    code, fault = place.run(*words)
    told = place.err
    if not fault and not code and words == ways[0] and not told and name.endswith(".csv"):
        fault = _other_counts(place)
    return fault or place.strays("in")


def _other_counts(place: Place) -> str:
    """Return what is wrong if a report differs from that of the folder before its damage."""
    found = place.out
    place.run("report", "--from", place.folder.parent / "report", "--format", "csv")
    return "" if found == place.out else "lost: other counts, and nothing is told"


INPUTS: tuple[Callable[[random.Random, Place], str], ...] = (
    mutate_notes,
    mutate_lists,
    mutate_zips,
    mutate_lexicons,
    mutate_venues,
    mutate_snapshots,
)
