"""Statuses from listings and from files of decisions, and populations of a report."""

import csv
import json
import lzma
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import Run
from tests.helpers.listing import Toy, check_refused, note_v1, note_v2, read_ledger
from tests.helpers.paths import SHARED, needs_shared
from tests.helpers.pdfs import FILLER


def reply(invitation: str, **content: str) -> dict[str, Any]:
    return {
        "details": {
            "directReplies": [
                {"invitation": "toy/2018/-/Paper1/Public_Comment"},
                decision(invitation, **content),
            ]
        }
    }


def decision(invitation: str, **content: str) -> dict[str, Any]:
    return {"id": "d", "invitation": invitation, "content": content}


def also(note: dict[str, Any], *names: str) -> dict[str, Any]:
    """Add invitations to a note of the new API."""
    return note | {"invitations": [*note["invitations"], *(f"toy/2024/-/{name}" for name in names)]}


V1_NOTES = [
    (
        "withdrawn",
        note_v1("w", "toy/2018/-/Withdrawn_Submission", content={"venue": "ICLR 2021 Poster"}),
    ),
    (
        "accepted",
        note_v1("a1", content={"venue": "ICLR 2021 Poster", "venueid": "ICLR.cc/2021/Conference"}),
    ),
    (
        "rejected",
        note_v1(
            "r1", content={"venue": "Submitted to ICLR 2022", "venueid": "ICLR.cc/2022/Conference"}
        ),
    ),
    ("unknown", note_v1("u1", content={"venue": "", "venueid": "ICLR.cc/2022/Conference"})),
    ("accepted", note_v1("a2", content={"decision": "conferenceOral-iclr2013-conference"})),
    ("rejected", note_v1("r2", content={"decision": "conferencePoster-iclr2013-workshop"})),
    ("rejected", note_v1("r3", content={"decision": "reject"})),
    (
        "accepted",
        note_v1(
            "a3", **reply("ICLR.cc/2018/Conference/-/Acceptance_Decision", decision="Accept (Oral)")
        ),
    ),
    (
        "rejected",
        note_v1(
            "r4",
            **reply(
                "ICLR.cc/2018/Conference/-/Acceptance_Decision", decision="Invite to Workshop Track"
            ),
        ),
    ),
    (
        "accepted",
        note_v1(
            "a4",
            **reply(
                "ICLR.cc/2019/Conference/-/Paper12/Meta_Review", recommendation="Accept (Poster)"
            ),
        ),
    ),
    (
        "rejected",
        note_v1(
            "r5", **reply("ICLR.cc/2019/Conference/Paper12/-/Meta_Review", recommendation="Reject")
        ),
    ),
    (
        "accepted",
        note_v1(
            "a5", **reply("ICLR.cc/2020/Conference/Paper9/-/Decision", decision="Accept (Talk)")
        ),
    ),
    (
        "unknown",
        note_v1(
            "u2", **reply("ICLR.cc/2020/Conference/Paper9/-/Official_Comment", decision="Accept")
        ),
    ),
]
V2_NOTES = [
    ("accepted", note_v2("a1", venue="ICLR 2024 poster", venueid="toy/2024")),
    ("accepted", note_v2("a2", venue="ICLR 2026 ConditionalOral", venueid="toy/2024")),
    ("accepted", note_v2("a3", venue="ICLR 2031 Fireside", venueid="toy/2024")),
    (
        "rejected",
        note_v2("r1", venue="Submitted to ICLR 2024", venueid="toy/2024/Rejected_Submission"),
    ),
    ("rejected", note_v2("r2", venueid="toy/2024/Rejected_Submission")),
    (
        "withdrawn",
        note_v2(
            "w1",
            venue="ICLR 2024 Conference Withdrawn Submission",
            venueid="toy/2024/Withdrawn_Submission",
        ),
    ),
    ("desk-rejected", note_v2("d1", venueid="toy/2024/Desk_Rejected_Submission")),
    (
        "unknown",
        note_v2("u1", venue="ICLR 2024 Conference Submission", venueid="toy/2024/Submission"),
    ),
    ("unknown", note_v2("u2")),
    ("withdrawn", also(note_v2("w2", venueid="toy/2024/Submission"), "Withdrawn_Submission")),
    ("withdrawn", also(note_v2("w3", venue="ICLR 2024 Conference Submission"), "Withdrawn_Paper")),
    (
        "desk-rejected",
        also(
            note_v2("d2", venueid="toy/2024/Submission"), "Edit", "Desk_Rejected_Submission", "Edit"
        ),
    ),
    ("rejected", also(note_v2("r3", venueid="toy/2024/Submission"), "Rejected_Submission")),
    ("accepted", also(note_v2("a4", venueid="toy/2024"), "Withdrawn_Submission")),
    (
        "rejected",
        also(note_v2("r4", venueid="toy/2024/Rejected_Submission"), "Withdrawn_Submission"),
    ),
    (
        "unknown",
        also(
            note_v2("u3", venueid="toy/2024/Submission"),
            "Withdrawal_Reversion",
            "Submission1/-/Withdrawal",
        ),
    ),
]


@pytest.mark.parametrize(("year", "notes"), [(2018, V1_NOTES), (2024, V2_NOTES)], ids=["v1", "v2"])
def test_statuses_are_read_from_what_the_notes_offer(
    toy: Toy, run: Run, tmp_path: Path, year: int, notes: list[tuple[str, dict[str, Any]]]
) -> None:
    server, catalogue = toy
    catalogue.notes = [note for _, note in notes]
    assert run("fetch", "toy", year).code == 0
    rows = read_ledger("toy", year)
    assert {paper: row["status"] for paper, row in rows.items()} == {
        note["id"]: status for status, note in notes
    }
    asked = {query.get("details") for path, query in server.asked if path.endswith("/notes")}
    assert asked == ({"directReplies"} if year == 2018 else {None})


def known(run: Run, tmp_path: Path) -> None:
    """Store papers of a year by three files: one readable text each."""
    for name in ("one", "two", "-3"):
        (tmp_path / "texts").mkdir(exist_ok=True)
        (tmp_path / "texts" / f"{name}.txt").write_text(f"We use Keras. {FILLER}")
    assert run("add", "own", 2020, tmp_path / "texts").code == 0


def statuses(run: Run, tmp_path: Path) -> dict[str, str]:
    return {paper: row["status"] for paper, row in read_ledger("own", 2020).items()}


LIST = [
    {"id": "one", "status": "Poster"},
    {"id": "-3", "status": "Withdraw"},
    {"id": "x", "status": "Oral"},
]
CSV = "id,status\none,Poster\n-3,Withdraw\nx,Oral\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("s.csv", CSV.encode()),
        ("s.csv", CSV.replace("\n", "\r\n").encode("utf-8-sig")),
        ("s.csv", b'Title, ID, Status\n"a\nb",one,Poster\n\x0b,-3, Withdraw\nc,x,Oral\n\n'),
        ("s.csv", b"paper,status\none,Poster\n-3,Withdraw\nx,Oral\n"),
        ("s.csv", CSV.replace(",", ";").encode("utf-8-sig")),
        (
            "s.csv",
            b'"Id"\t"Title"\t"Status"\r\none\t"a, b; c"\tPoster\r\n-3\t\tWithdraw\r\nx\t\tOral\r\n',
        ),
        ("s.csv.xz", lzma.compress(CSV.encode())),
        ("s.json", json.dumps(LIST).encode()),
        ("s.json.xz", lzma.compress(json.dumps(LIST).encode())),
        ("S.JSON.XZ", lzma.compress(json.dumps(LIST).encode())),
    ],
)
def test_statuses_from_a_file_hold_for_known_papers_only_and_twice_changes_nothing(
    run: Run, tmp_path: Path, name: str, data: bytes
) -> None:
    known(run, tmp_path)
    (tmp_path / name).write_bytes(data)
    first = run("add", "own", 2020, "--statuses", tmp_path / name)
    assert (first.code, first.err) == (
        0,
        "own 2020: 2 of 3 statuses are of known papers, 2 are new\n",
    )
    assert (
        "2 of 3 statuses are of known papers, 0 are new"
        in run("add", "own", 2020, "--statuses", tmp_path / name).err
    )
    assert statuses(run, tmp_path) == {"one": "accepted", "-3": "withdrawn", "two": "unknown"}


WORDS = {
    "accepted": ("Poster", "Oral", "Spotlight", "Talk", "Top-5%", "Top-25%", "accepted"),
    "rejected": ("Reject", "Workshop", "Poster Workshop", "Oral Workshop", "rejected"),
    "desk-rejected": ("Desk Reject", "desk-rejected"),
    "withdrawn": ("Withdraw",),
    "unknown": ("Active", "", "Not accepted", "Postered", "🎉"),
}


def test_the_words_of_lists_have_their_meaning_and_are_kept(run: Run, tmp_path: Path) -> None:
    words = {
        f"p{status}{n}": (status, word)
        for status, found in WORDS.items()
        for n, word in enumerate(found)
    }
    (tmp_path / "n.json").write_text(json.dumps([{"id": paper, "content": {}} for paper in words]))
    run("add", "own", 2020, "--notes", tmp_path / "n.json")
    (tmp_path / "s.json").write_text(
        json.dumps([{"id": paper, "status": word} for paper, (_, word) in words.items()])
    )
    assert run("add", "own", 2020, "--statuses", tmp_path / "s.json").code == 0
    rows = read_ledger("own", 2020)
    assert {paper: row["status"] for paper, row in rows.items()} == {
        paper: status for paper, (status, _) in words.items()
    }
    assert all(rows[paper]["status_raw"] in (word, "_") for paper, (_, word) in words.items())


def test_a_file_without_statuses_is_refused_in_a_line(run: Run, tmp_path: Path) -> None:
    for name, data in [
        ("absent.csv", None),
        ("s.csv", b""),
        ("s.csv", b"\xff\xfe\x00"),
        ("s.csv", b"\n\n"),
        ("s.csv", CSV.encode("utf-16")),
        ("s.csv", b"id,status\none,Post\xe9r\n"),
        ("s.csv", b"id,status\n"),
        ("s.csv", b'id,status\n"' + b"x" * 200_000),
        ("s.json", b"{}"),
        ("s.json", b"[" * 100_000),
        ("s.json", b"[1, null, [], {}]"),
        ("s.json", b'[{"id": 7, "status": "Poster"}]'),
        ("s.json", b'[{"id": "one", "status": 1e999}]'),
        ("s.json", b"[" + b"9" * 5000 + b"]"),
        ("s.json", b'[{"id": "one", "status": NaN}]'),
        ("s.json", b'[{"id": "one", "status": "Oral", "\\ud800": 1, "paper": []}]'),
        ("s.json.xz", b"no xz"),
        ("s.json.xz", lzma.compress(b"[]")[:-8]),
        ("s.csv.xz", lzma.compress(b"\n" * (300 << 20), preset=0)),
    ]:
        if data is not None:
            (tmp_path / name).write_bytes(data)
        assert name in check_refused(run("add", "own", 2020, "--statuses", tmp_path / name)), name


def test_lists_that_fill_the_memory_from_a_few_kilobytes_are_refused(
    run: Run, tmp_path: Path
) -> None:
    rows, parts = tmp_path / "rows.csv.xz", tmp_path / "parts.json.xz"
    rows.write_bytes(lzma.compress(b"id,status\n" + b"a,b\n" * 1_000_000, preset=0))
    parts.write_bytes(lzma.compress(b"[" + b"{}," * 5_000_000 + b"{}]", preset=0))
    for option, path, told in (
        ("--statuses", rows, "more than 1,000,000 lines"),
        ("--statuses", parts, "more than 5,000,000 parts"),
        ("--notes", parts, "more than 5,000,000 parts"),
    ):
        assert told in check_refused(run("add", "own", 2020, option, path)), option


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (CSV.encode("utf-16"), "save it as CSV UTF-8"),
        (b"id,status\none,Post\xe9r\n", "save it as CSV UTF-8"),
        (
            b"id,status\none,Poster\ntwo,Oral\none,Reject\n",
            "one is 'Poster' in line 2 and 'Reject' in line 4",
        ),
    ],
)
def test_a_fault_of_a_list_of_statuses_is_told_with_the_cure(
    run: Run, tmp_path: Path, data: bytes, told: str
) -> None:
    (tmp_path / "s.csv").write_bytes(data)
    assert told in check_refused(run("add", "own", 2020, "--statuses", tmp_path / "s.csv"))


def test_an_entry_of_another_type_is_named_instead_of_skipped(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('[{"id": "a", "status": "Oral"}, {"id": "b", "status": 7}]')
    assert "`$[1].status`" in check_refused(
        run("add", "own", 2020, "--statuses", tmp_path / "s.json")
    )


def test_words_that_name_no_status_and_ids_of_no_paper_are_warned_of(
    run: Run, tmp_path: Path
) -> None:
    known(run, tmp_path)
    (tmp_path / "s.csv").write_text(
        "id,status\none,Acept\ntwo,banana\n-3,Active\nx,Acept\ny,\none,Acept\n"
    )
    told = run("add", "own", 2020, "--statuses", tmp_path / "s.csv", "-q").err
    assert told == (
        "warning: s.csv: 3 entries name no status that is known and count as unknown ('Acept': 2, "
        "'banana': 1)\n"
    )
    (tmp_path / "t.csv").write_text("id,status\nx,Poster\n")
    told = run("add", "own", 2020, "--statuses", tmp_path / "t.csv").err
    assert "warning: t.csv contains no paper of own 2020" in told


def test_hostile_words_stay_on_their_line_and_out_of_formulas(run: Run, tmp_path: Path) -> None:
    known(run, tmp_path)
    words = '=HYPERLINK("x")\n\x1b[31m\ud800 Poster'
    (tmp_path / "s.json").write_text(
        json.dumps([{"id": "one", "status": words}, {"id": "../two", "status": "Oral"}])
    )
    assert run("add", "own", 2020, "--statuses", tmp_path / "s.json").code == 0
    row = read_ledger("own", 2020)["one"]
    assert row["status_raw"].startswith("'=")
    assert row["status_raw"].isprintable()
    assert row["status"] == "accepted"


@pytest.mark.parametrize(
    ("population", "papers"),
    [
        ("all", 3),
        ("accepted", 1),
        ("accepted,withdrawn", 2),
        ("withdrawn, ACCEPTED,accepted", 2),
        ("unknown", 1),
    ],
)
def test_a_population_is_one_status_or_some_with_commas(
    run: Run, tmp_path: Path, population: str, papers: int
) -> None:
    known(run, tmp_path)
    (tmp_path / "s.csv").write_text(CSV)
    run("add", "own", 2020, "--statuses", tmp_path / "s.csv")
    counts = list(
        csv.DictReader(
            run(
                "report", "own", 2020, "--population", population, "--format", "csv"
            ).out.splitlines()
        )
    )
    assert {row["listed"] for row in counts} == {str(papers)}
    assert [row["papers"] for row in counts if row["framework"] == "keras"] == [str(papers)]


@pytest.mark.parametrize("population", ["nice", "", ",", "all,accepted", "accepted;rejected"])
def test_what_is_no_population_is_refused(run: Run, tmp_path: Path, population: str) -> None:
    known(run, tmp_path)
    check_refused(run("report", "own", 2020, "--population", population))
    check_refused(run("fetch", "sample", 2102, "--population", population))


def test_a_population_of_which_no_paper_is_known_is_refused_with_the_reason(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v1("one", content={"pdf": "/pdf/a.pdf"})]
    assert "no paper" in check_refused(run("fetch", "toy", 2018, "--population", "accepted"))
    told = check_refused(run("report", "toy", 2018, "--population", "accepted"))
    assert "accepted" in told
    assert "papertally add toy 2018 --statuses FILE" in told
    assert server.downloads() == []
    (tmp_path / "s.csv").write_text("id,status\none,Poster\n")
    assert run("add", "toy", 2018, "--statuses", tmp_path / "s.csv").code == 0
    assert run("fetch", "toy", 2018, "--population", "accepted").code == 0
    assert server.downloads() == ["one"]


@needs_shared
@pytest.mark.parametrize("year", [2013, 2014, 2017, 2018, 2020, 2023])
def test_the_lists_of_papercopilot_are_listings(run: Run, tmp_path: Path, year: int) -> None:
    path = SHARED / "lists" / f"iclr-{year}.json.xz"
    entries = json.loads(lzma.decompress(path.read_bytes()))
    assert run("add", "iclr", year, "--notes", path, "--listed-on", "2024-01-01").code == 0
    rows = read_ledger("iclr", year)
    assert rows.keys() == {entry["id"] for entry in entries}
    words = Counter(entry["status"] for entry in entries)
    accepted = sum(
        words[word] for word in ("Poster", "Oral", "Spotlight", "Talk", "Top-5%", "Top-25%")
    )
    found = Counter(row["status"] for row in rows.values())
    assert (found["accepted"], found["withdrawn"], found["desk-rejected"]) == (
        accepted,
        words["Withdraw"],
        words["Desk Reject"],
    )
    assert found["unknown"] == words["Active"]


@needs_shared
def test_the_lists_set_statuses_of_the_bundled_years_and_add_no_paper(
    run: Run, tmp_path: Path
) -> None:
    for year in (2018, 2019):
        run("add", "iclr", year, "--notes", SHARED / "iclr" / f"iclr-{year}-notes.json.xz")
        assert (
            run("add", "iclr", year, "--statuses", SHARED / "lists" / f"iclr-{year}.json.xz").code
            == 0
        )
    before = {
        year: Counter(row["status"] for row in read_ledger("iclr", year).values())
        for year in (2018, 2019)
    }
    assert [before[year]["accepted"] for year in (2018, 2019)] == [337, 502]
    assert [before[year].total() for year in (2018, 2019)] == [
        len(
            json.loads(
                lzma.decompress((SHARED / "iclr" / f"iclr-{year}-notes.json.xz").read_bytes())
            )["notes"]
        )
        for year in (2018, 2019)
    ]
