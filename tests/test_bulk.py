"""PDFs by the zip: members matched to papers, hostile and damaged zips, refused bulk downloads."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, on_files, pdf_contents, serve_bulk
from tests.helpers.openreview import (
    Clock,
    Fault,
    Serve,
    Server,
    invent_year,
    make_zip,
    only_once,
)


@pytest.mark.parametrize(
    "name",
    ["{id}", "{number}_Invented_paper_{number}", "{number:05d}_Invented_paper",
     "{number}-Invented paper {number}"],
)  # fmt: skip
def test_members_of_a_zip_are_told_by_their_names_never_by_order(
    serve: Serve, run: Run, year: Path, workspace: Path, name: str
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(
        server,
        lambda ids: make_zip(
            {f"x/{name.format(id=i, number=int(i[8:]))}.pdf": files[i] for i in ids[::-1]}
        ),
    )
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert (len(server.bulks()), server.downloads()) == (1, [])
    stored = {path.name[2:14]: path.read_bytes() for path in workspace.rglob("*.pdf")}
    assert stored == files


def test_a_year_of_more_papers_than_a_zip_may_have_comes_in_several(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 60, pdfs=60))
    files = listed_pdfs(tmp_path / "served")
    serve_bulk(server, lambda ids: make_zip({f"{i}.pdf": files[i] for i in ids[::-1]}))
    assert "60 PDFs fetched" in run("fetch", "sample", "2102").err
    assert (len(server.bulks()), server.downloads()) == (2, [])
    assert {path.name[2:14]: path.read_bytes() for path in workspace.rglob("*.pdf")} == files


def test_what_a_zip_lacks_or_tells_unclearly_is_fetched_singly(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server, files = serve(year), listed_pdfs(year)

    def pack(ids: list[str]) -> bytes:
        members = {f"{i}.pdf": files[i] for i in ids[1:4]} | {f"{ids[1]}.pdf": b"<html>no PDF"}
        doubled = {
            f"{int(ids[4][8:])}_Invented_paper.pdf": b"%PDF-1.4 a %%EOF",
            f"{int(ids[4][8:])}_Invented_pape.pdf": b"%PDF-1.4 b %%EOF",
        }
        return make_zip(
            members
            | doubled
            | {"unknown.pdf": b"%PDF-1.4", "../../out.txt": b""}
            | {"readme": b"x"}
        )

    serve_bulk(server, lambda ids: pack(ids).replace(b"../../out.txt", b"aa/bb/out.txt"))
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert len(server.downloads()) == 4


def test_a_member_of_a_zip_without_its_end_is_fetched_singly(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server, files = serve(year), listed_pdfs(year)
    cut = next(iter(files))
    serve_bulk(
        server,
        lambda ids: make_zip({f"{i}.pdf": files[i][: 500 if i == cut else None] for i in ids}),
    )
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert server.downloads() == [cut]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("lacks", [0, 2])
@pytest.mark.parametrize("name", ["{}.pdf", "{:03d}.pdf"])
def test_numbers_that_may_be_places_in_the_zip_are_no_notes_numbers(
    serve: Serve, run: Run, year: Path, workspace: Path, first: int, lacks: int, name: str
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(
        server,
        lambda ids: make_zip({name.format(k): files[i] for k, i in enumerate(ids[lacks:], first)}),
    )
    result = run("fetch", "sample", "2102")
    assert "downloading one by one" in result.err
    stored = {path.name[2:14]: path.read_bytes() for path in workspace.rglob("*.pdf")}
    assert stored == files


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    "name", ["{}_attachment", "{:02d}-pdf", "{} (pdf)", "{}_paper", "{}. invented", "file{}"]
)
def test_a_place_with_a_generic_word_is_no_notes_number(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path, first: int, name: str
) -> None:
    server = serve(invent_year(tmp_path / "served", 12, pdfs=12))
    files = listed_pdfs(tmp_path / "served")
    serve_bulk(
        server,
        lambda ids: make_zip({f"{name.format(k)}.pdf": files[i] for k, i in enumerate(ids, first)}),
    )
    assert "12 PDFs fetched" in run("fetch", "sample", "2102").err
    assert {path.name[2:14]: path.read_bytes() for path in workspace.rglob("*.pdf")} == files
    assert (len(server.bulks()), len(server.downloads())) == (1, 12)


def test_a_few_bare_numbers_beside_other_names_may_be_places_too(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server, files = serve(year), listed_pdfs(year)
    names = ["1", "2", "9" * 5000]
    serve_bulk(
        server,
        lambda ids: make_zip({f"{(names + ids[3:])[k]}.pdf": files[i] for k, i in enumerate(ids)}),
    )
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert {path.name[2:14]: path.read_bytes() for path in workspace.rglob("*.pdf")} == files
    assert len(server.downloads()) == 3


def _break_sum(packed: bytes) -> bytes:
    place = packed.index(b"PK\x01\x02") + 16  # the sum of the first member
    return (
        packed[:place] + bytes(byte ^ 1 for byte in packed[place : place + 4]) + packed[place + 4 :]
    )


def _call_encrypted(packed: bytes) -> bytes:
    place = packed.index(b"PK\x01\x02") + 8  # the flags of the first member
    return packed[:place] + b"\x01" + packed[place + 1 :]


@pytest.mark.parametrize("spoil", [_break_sum, _call_encrypted])
def test_a_damaged_member_of_a_zip_costs_no_other_paper_its_place_in_it(
    serve: Serve, run: Run, year: Path, workspace: Path, spoil: Callable[[bytes], bytes]
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(server, lambda ids: spoil(make_zip({f"{paper}.pdf": files[paper] for paper in ids})))
    result = run("fetch", "sample", "2102")
    assert "6 PDFs fetched" in result.err
    assert "downloading one by one" not in result.err
    assert server.downloads() == server.bulks()[0][:1]
    assert pdf_contents(workspace) == sorted(files.values())


@pytest.mark.parametrize(
    "pack",
    [
        lambda files: b"no zip",
        lambda files: make_zip({"../../../evil.pdf": b"%PDF-1.4"}),
        lambda files: make_zip(
            {f"{paper}.pdf": b"%PDF-" + bytes(70 << 20) for paper in list(files)[:1]}
        ),
        lambda files: make_zip({}),
    ],
    ids=["no zip", "leads out", "bomb", "empty"],
)
def test_a_zip_that_is_none_or_hostile_is_left_and_not_asked_for_again(
    serve: Serve,
    run: Run,
    year: Path,
    workspace: Path,
    tmp_path: Path,
    pack: Callable[[dict[str, bytes]], bytes],
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(server, lambda _: pack(files))
    result = run("fetch", "sample", "2102", "--sample", "4")
    assert result.code == 0
    assert "downloading one by one" in result.err
    assert "6 submissions listed, 2 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert len(server.bulks()) == 1
    assert not list(tmp_path.rglob("evil.pdf"))
    assert not [
        path for path in workspace.rglob(".*") if path.is_file() and "lock" not in path.name
    ]


@pytest.mark.parametrize(("cut", "bulks", "singly"), [(1, 2, 0), (9, 3, 6)])
def test_a_zip_without_its_end_is_asked_for_again(
    serve: Serve, run: Run, year: Path, workspace: Path, cut: int, bulks: int, singly: int
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(
        server,
        lambda ids: make_zip({i: files[i] for i in ids})[
            : -40 if len(server.bulks()) <= cut else None
        ],
    )
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert (len(server.bulks()), len(server.downloads())) == (bulks, singly)


def test_a_bulk_download_whose_quota_counts_files_is_given_up_and_singles_go_on(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server = serve(year)

    def meter(handler: Handler, _path: str, query: Query) -> bool:
        if "ids" in query:
            handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3600"})
        return "ids" in query

    server.faults.append(meter)
    result = run("fetch", "sample", "2102")
    assert result.code == 0
    assert "its quota counts each file" in result.err
    assert pdf_contents(workspace) == sorted(listed_pdfs(year).values())
    assert len(server.bulks()) == 1


@pytest.mark.parametrize("busy", [0, 1])
def test_a_bulk_download_refused_for_long_ends_no_run_while_single_files_come(
    serve: Serve, run: Run, year: Path, workspace: Path, busy: int
) -> None:
    server = serve(year)
    short = [
        only_once(on_files(lambda handler: handler.send_json(429, {}, {"Retry-After": "0"})))
        for _ in range(busy)
    ]

    def refuse(handler: Handler, path: str, query: Query) -> bool:
        if "ids" in query:
            handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3000"})
        return "ids" in query or any(fault(handler, path, query) for fault in short)

    server.faults.append(refuse)
    assert run("fetch", "sample", "2102", "--max-requests", "2").code == 6
    assert run("fetch", "sample", "2102").code == 0
    assert pdf_contents(workspace) == sorted(listed_pdfs(year).values())
    assert len(server.bulks()) == 1


def test_a_bulk_download_is_asked_for_again_when_the_quota_is_back(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server, files = serve(year), listed_pdfs(year)
    quota = on_files(lambda handler: handler.send_json(429, {}, {"Retry-After": "3600"}))
    server.faults.append(quota)
    assert run("fetch", "sample", "2102").code == 6
    server.faults.clear()
    clock.sleep(3700)
    serve_bulk(server, lambda ids: make_zip({f"{paper}.pdf": files[paper] for paper in ids}))
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert len(server.downloads()) == 1


@pytest.fixture
def hundred(serve: Serve, tmp_path: Path) -> Server:
    """Serve 100 papers."""
    return serve(invent_year(tmp_path / "served", 100, pdfs=100))


def serve_zips(server: Server, tmp_path: Path, fault: Fault) -> None:
    """Answer bulk downloads with the papers that were asked for, unless a fault does."""
    files = listed_pdfs(tmp_path / "served")
    server.faults.append(lambda *asked: "ids" in asked[2] and fault(*asked))
    serve_bulk(server, lambda ids: make_zip({f"{paper}.pdf": files[paper] for paper in ids}))


FETCH = ("fetch", "sample", "2102")


@pytest.mark.parametrize(
    ("status", "headers", "first", "later"), [(500, {}, 6, 1), (503, {"Retry-After": "16"}, 2, 2)]
)
def test_after_a_fault_that_may_pass_the_next_run_asks_for_zips_again(
    hundred: Server,
    run: Run,
    tmp_path: Path,
    clock: Clock,
    status: int,
    headers: dict[str, str],
    first: int,
    later: int,
) -> None:
    in_trouble = [True]

    def fault(handler: Handler, _path: str, _query: Query) -> bool:
        if in_trouble[0]:
            handler.send_json(status, {}, headers)
        return in_trouble[0]

    serve_zips(hundred, tmp_path, fault)
    told = run(*FETCH, "--max-requests", first + 11).err
    assert "downloading one by one in this run: the bulk download failed" in told
    assert (len(hundred.bulks()), len(hundred.downloads())) == (first, 10)
    # one try if the last zip failed
    hundred.asked.clear()
    assert run(*FETCH, "--max-requests", later + 10).code == 6
    assert (len(hundred.bulks()), len(hundred.downloads())) == (later, 10)
    in_trouble[0] = False
    hundred.asked.clear()
    assert "80 PDFs fetched" in run(*FETCH).err
    assert [len(ids) for ids in hundred.bulks()] == [50, 30]
    assert hundred.downloads() == []


def test_a_run_too_short_for_the_tries_of_a_zip_goes_on_with_single_files(
    hundred: Server, run: Run, tmp_path: Path, clock: Clock
) -> None:
    serve_zips(hundred, tmp_path, lambda handler, *_: handler.send_json(503, {}) is None)
    assert run(*FETCH, "--max-requests", "5").code == 6
    assert run(*FETCH, "--max-requests", "5").code == 6
    assert (len(hundred.bulks()), len(hundred.downloads())) == (4 + 1, 4)


@pytest.mark.parametrize(("answer", "most"), [("nothing", 25), ("half", 10), ("504", 1)])
def test_zips_that_a_server_is_too_slow_for_are_asked_for_with_fewer_papers(
    hundred: Server,
    run: Run,
    tmp_path: Path,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    answer: str,
    most: int,
) -> None:
    ended = Event()
    if answer != "504":
        monkeypatch.setattr("papertally.fetch.session.READ_TIMEOUT", 0.1)
        monkeypatch.setattr("papertally.fetch.response.READ_TIMEOUT", 0.1)

    def fault(handler: Handler, _path: str, query: Query) -> bool:
        if len(query["ids"].split(",")) <= most:
            return False
        if answer == "504":
            handler.send(504, "text/html", b"<html>Gateway Time-out")
            return True
        if answer == "half":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\n\r\nPK\3\4")
            handler.wfile.flush()
        ended.wait(10)
        return True

    serve_zips(hundred, tmp_path, fault)
    assert "60 PDFs fetched" in run(*FETCH, "--sample", "60").err
    assert "40 PDFs fetched" in run(*FETCH).err
    ended.set()
    # the second run begins with what the first one ended with
    first = {25: [50, 25, 25, 10], 10: [50, 25] + [10] * 6, 1: [50, 25, 10]}[most]
    second = {25: [25, 15], 10: [10] * 4, 1: [10]}[most]
    assert [len(ids) for ids in hundred.bulks()] == first + second
    assert len(hundred.downloads()) == (100 if most == 1 else 0)
    assert len(list(workspace.rglob("*.pdf"))) == 100


@pytest.mark.usefixtures("clock")
def test_papers_that_a_good_zip_lacks_say_nothing_about_the_service(
    hundred: Server, run: Run, tmp_path: Path
) -> None:
    files = listed_pdfs(tmp_path / "served")
    empty = sorted(files)[:8]
    hundred.faults.append(
        lambda handler, _path, query: (
            query.get("id") in empty and handler.send(200, "application/pdf", b"") is None
        )
    )
    serve_bulk(hundred, lambda ids: make_zip({f"{i}.pdf": files[i] for i in {*ids} - {*empty}}))
    result = run(*FETCH)
    assert (result.code, "92 PDFs fetched, 8 could not" in result.err) == (0, True)


@pytest.mark.usefixtures("clock")
def test_estimates_know_of_zips_that_worked(hundred: Server, run: Run, tmp_path: Path) -> None:
    serve_zips(hundred, tmp_path, lambda *_: False)
    assert "3 hours at OpenReview's usual quota of 36 files" in run(*FETCH, "--dry-run").out
    hundred.asked.clear()
    assert run(*FETCH, "--max-requests", "1").code == 6
    assert [len(ids) for ids in hundred.bulks()] == [50]
    planned = run(*FETCH, "--dry-run").out
    assert "4 minutes at OpenReview's usual quota of 36 zips of 50 files an hour" in planned
    shown = run("status", "sample", 2102).out
    assert "50 to fetch: complete in about 2 minutes at OpenReview's usual quota, 1,800" in shown
    removed = run("remove", "sample", 2102).err
    assert "takes about 2 minutes (36 zips of 50 files an hour)" in removed


@pytest.mark.parametrize(("each", "limit"), [(False, 1), (True, 50)])
@pytest.mark.usefixtures("clock")
def test_a_quota_tells_when_the_rest_comes_as_it_counts_zips_or_their_files(
    hundred: Server, run: Run, tmp_path: Path, each: bool, limit: int
) -> None:
    used = [0]

    def meter(handler: Handler, path: str, query: Query) -> bool:
        if not path.endswith("/attachment"):
            return False
        cost = len(query["ids"].split(",")) if each and "ids" in query else 1
        if used[0] + cost > limit:
            document = {"name": "RateLimitError", "details": {"limit": limit}}
            handler.send_json(429, document, {"Retry-After": "3000"})
            return True
        used[0] += cost
        return False

    hundred.faults.append(meter)
    serve_zips(hundred, tmp_path, lambda *_: False)
    assert "last of 50 missing PDFs of sample 2102 comes in about 1 hour" in run(*FETCH).err
    assert "complete in about 1 hour at th" in run("status").out
