"""The first submitted PDF of a paper, by either API."""

import json
from pathlib import Path

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.downloads import pdf_contents
from tests.helpers.openreview import Serve, invent_year


def test_the_first_submitted_pdf_is_that_of_the_earliest_edit_with_one(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    pdf = {"note": {"content": {"pdf": {"value": "/pdf/a.pdf"}}}}
    edits = [
        {"id": "late", "tcdate": 10**400, **pdf},
        {"id": "bare", "tcdate": 1},
        {"id": "first", "tcdate": 2, **pdf},
    ]
    edits += [{"id": "odd", "tcdate": "x", **pdf}, "odd", {"id": 5, **pdf}]  # type: ignore[list-item]

    def edited(handler: Handler, path: str, query: Query) -> bool:
        if path.endswith("/notes/edits"):
            handler.send_json(200, {"edits": edits})
        elif path.endswith("/notes/edits/attachment"):
            handler.send(200, "application/pdf", b"%PDF-1.4 " + query["id"].encode() + b" %%EOF")
        return "/edits" in path

    server.faults.append(edited)
    assert "1 PDF fetched" in run("fetch", "sample", "2102", "--revision", "original").err
    assert pdf_contents(workspace) == [b"%PDF-1.4 first %%EOF"]
    assert "0 PDFs fetched" in run("fetch", "sample", "2102", "--revision", "original").err
    assert "1 PDF fetched" in run("fetch", "sample", "2102").err


def test_the_old_api_gives_the_first_submitted_pdf_by_its_field_or_by_references(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    year = tmp_path / "served" / "2101"
    year.mkdir(parents=True)
    common = {"invitation": "sample/2101/Conference/-/Blind_Submission", "readers": ["everyone"]}
    notes = [
        {
            "id": "withfield",
            "number": 1,
            "content": {"title": "A", "pdf": "/pdf/a.pdf", "original_pdf": "/b"},
        },
        {
            "id": "blindcopy",
            "number": 2,
            "original": "realnote",
            "content": {"title": "B", "pdf": "/pdf/b.pdf"},
        },
    ]
    (year / "notes.json").write_text(
        json.dumps({"notes": [common | note for note in notes]}), encoding="utf-8"
    )
    server = serve(tmp_path / "served")

    def old(handler: Handler, path: str, query: Query) -> bool:
        if path.endswith("/references"):
            pdf = {"content": {"pdf": "/pdf/x.pdf"}}
            found = [{"id": "second", "tcdate": 8, **pdf}, {"id": "first", "tcdate": 3, **pdf}]
            handler.send_json(200, {"references": found if query["referent"] == "realnote" else []})
        elif path.endswith("/attachment"):
            handler.send(
                200, "application/pdf", f"%PDF-1.4 {query['id']} {query['name']} %%EOF".encode()
            )
        return path.endswith(("/references", "/attachment"))

    server.faults.append(old)
    assert "2 PDFs fetched" in run("fetch", "sample", "2101", "--revision", "original").err
    assert pdf_contents(workspace) == [
        b"%PDF-1.4 first pdf %%EOF",
        b"%PDF-1.4 withfield original_pdf %%EOF",
    ]


def test_a_first_submitted_pdf_is_asked_for_by_the_other_route_where_one_is_not_there(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    for year, kind in (("2101", "invitation"), ("2102", "invitations")):
        (tmp_path / "served" / year).mkdir(parents=True)
        place = f"sample/{year}/Conference/-/{'Blind_' if year == '2101' else ''}Submission"
        content = {"title": "A", "pdf": "/pdf/a.pdf", "original_pdf": "/attachment/b.pdf"}
        note = {
            "id": f"paper{year}",
            "number": 1,
            "readers": ["everyone"],
            kind: place if year == "2101" else [place],
        }
        listing = {"notes": [note | {"content": content}]}
        (tmp_path / "served" / year / "notes.json").write_text(
            json.dumps(listing), encoding="utf-8"
        )
    server = serve(tmp_path / "served")

    def short_of_routes(handler: Handler, path: str, query: Query) -> bool:
        first = {
            "id": "first",
            "tcdate": 1,
            "content": {"pdf": "/a"},
            "note": {"content": {"pdf": {"value": "/a"}}},
        }
        if path.endswith(("/references", "/notes/edits")):
            handler.send_json(200, {"references": [first], "edits": [first]})
        elif path.endswith(("/references/pdf", "/notes/edits/pdf")):
            handler.send(
                200, "application/pdf", f"%PDF-1.4 {query['id']} {path[-14:]} %%EOF".encode()
            )
        elif path.endswith("/attachment"):
            handler.send_json(404, {"name": "NotFoundError", "message": "no such attachment"})
        return not path.endswith("/notes")

    server.faults.append(short_of_routes)
    assert (
        run("fetch", "sample", "2101,2102", "--revision", "original").err.count("1 PDF fetched")
        == 2
    )
    assert len(pdf_contents(workspace)) == 2
