"""PDFs by the zip: members matched to papers, hostile and damaged zips, refused bulk downloads."""

from collections.abc import Callable
from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, on_files, pdf_contents, serve_bulk
from tests.helpers.openreview import Clock, Serve, invent_year, make_zip, only_once


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
