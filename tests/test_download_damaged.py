"""Truncated PDFs: they are fetched again, and none is taken for a whole paper."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from papertally.fetch.transfer import PDF, has_end
from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, pdf_contents
from tests.helpers.openreview import Clock, Serve
from tests.helpers.paths import ROOT, SHARED, needs_shared

DAY = 86_500


def sends(
    paper: str, body: Callable[[int], bytes], *length: str
) -> Callable[[Handler, str, Query], bool]:
    """Send a body that may differ each time, then close; by default without a length."""
    times = [0]

    def fault(handler: Handler, _path: str, query: Query) -> bool:
        if query.get("id") != paper:
            return False
        times[0] += 1
        head = [
            "HTTP/1.1 200 OK",
            "Content-Type: application/pdf",
            "Connection: close",
            *length,
            "",
            "",
        ]
        handler.close_connection = True
        handler.wfile.write("\r\n".join(head).encode() + body(times[0]))
        handler.wfile.flush()
        return True

    return fault


@pytest.mark.parametrize("share", [0.5, 0.99])
@pytest.mark.parametrize("states_length", [False, True])
@pytest.mark.usefixtures("clock")
def test_a_pdf_without_its_end_is_fetched_again(
    serve: Serve, run: Run, year: Path, workspace: Path, share: float, states_length: bool
) -> None:
    server, files = serve(year), listed_pdfs(year)
    paper, whole = next(iter(files.items()))
    short = int(len(whole) * share)
    length = [f"Content-Length: {short}"] if states_length else []
    fault = sends(paper, lambda _: whole if states_length else whole[:short], *length)
    server.faults.append(lambda *asked: server.downloads().count(paper) <= 1 and fault(*asked))
    assert "6 PDFs fetched\n" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert server.downloads().count(paper) == 2


@pytest.mark.parametrize("mends", [True, False])
def test_one_that_stays_damaged_is_kept_and_asked_for_once_more_on_a_later_day(
    serve: Serve, run: Run, year: Path, workspace: Path, clock: Clock, mends: bool
) -> None:
    server, files = serve(year), listed_pdfs(year)
    paper, whole = next(iter(files.items()))
    server.faults.append(sends(paper, lambda _: whole[:500]))

    def asked() -> int:
        server.asked.clear()
        assert run("survey", "sample", "2102", "--max-failures", "100%").code == 0
        return server.downloads().count(paper)

    first, again = asked(), asked()
    assert (1 < first <= 3, again) == (True, 0)
    assert whole[:500] in pdf_contents(workspace)
    clock.sleep(DAY)
    if mends:
        server.faults.clear()
    assert asked() == (1 if mends else first)
    assert (whole in pdf_contents(workspace)) == mends
    assert len(pdf_contents(workspace)) == 6
    clock.sleep(DAY)
    assert asked() == 0
    assert f"{6 if mends else 5:>2}" in run("status", "sample", 2102).out


def test_one_that_cannot_be_read_is_asked_for_once_more_on_a_later_day(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server, files = serve(year), listed_pdfs(year)
    paper = next(iter(files))
    server.faults.append(sends(paper, lambda _: b"%PDF-1.4\nnothing in it\n%%EOF\n"))
    asked = []
    for _ in range(5):
        server.asked.clear()
        run("survey", "sample", "2102", "--max-failures", "100%")
        asked.append(server.downloads().count(paper))
        clock.sleep(DAY)
    assert Counter(asked) == {1: 2, 0: 3}


@needs_shared
def test_no_real_pdf_lacks_its_end() -> None:
    papers = [*(SHARED / "pdfs").rglob("*.pdf"), *(ROOT / "data" / "sample").rglob("*.pdf")]
    assert len(papers) > 100
    assert [path for path in papers if not has_end(path, PDF)] == []
