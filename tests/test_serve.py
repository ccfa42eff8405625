"""The pages of `papertally serve` as a program asks for them: counts, filters, refusals."""

import csv
import io
import re
import shutil
import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from papertally.models import Scope, Status, VenueYear
from papertally.settings import Settings
from tests.helpers.command import Run, Start, is_error_line
from tests.helpers.pdfs import FILLER
from tests.helpers.stored_years import PROCEEDINGS, PaperStored, invent, store_year
from tests.helpers.web import HOSTILE, Pages, serving

pytest.importorskip("flask", reason="the extra papertally[web] is not installed")


def csv_rows(pages: Pages, path: str, **pairs: object) -> list[dict[str, str]]:
    answered = pages.ask(path, pairs)
    assert answered.code == 200, answered
    return list(csv.DictReader(io.StringIO(answered.text)))


def test_page_json_and_csv_count_as_the_command_line(
    pages: Pages, served: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(served))
    cases = [
        ("transformer", "word"),
        ("transformer", "anywhere"),
        ("PyTorch", "exact"),
        ("x", "word"),
    ]
    for text, match in cases:
        words = [] if match == "word" else ["--case" if match == "exact" else "--anywhere"]
        result = run("search", text, "iclr", "2018", "2019", "--format", "csv", *words)
        asked = {"q": text, "match": match, "venue": "iclr"}
        found = pages.json(**asked)
        count = result.out.count("\n") - 1
        assert (found["total"], found["readable"]) == (count, 240), asked
        assert len(csv_rows(pages, "/search.csv", **asked)) == count
        page = pages.ask("/search", asked).text
        for year in found["years"]:
            words = f"<strong>{year['papers']}</strong> of 120 papers of ICLR {year['year']}"
            assert words in page, (asked, year)
    trends = csv_rows(pages, "/trends.csv", q="transformer, Gumbel-Softmax", venue="iclr")
    terms = ["--term", "transformer", "--term", "Gumbel-Softmax"]
    report = run("report", "iclr", "2018", "2019", *terms, "--format", "csv")
    assert trends == list(csv.DictReader(io.StringIO(report.out)))


def test_filters_pages_and_parts(pages: Pages) -> None:
    found = pages.json(q="transformer", year="2018-2019", status="accepted")
    assert found["total"] == 90
    assert [len(pages.json(q="transformer", page=page)["papers"]) for page in (1, 3, 4)] == [
        50,
        20,
        0,
    ]
    assert pages.json(q="transformer", venue="neurips")["total"] == 40
    appendix = {"q": "gumbel-softmax", "zone": "appendix", "year": 2019, "venue": "iclr"}
    papers = pages.json(**appendix)["papers"]
    assert len(papers) == 12
    assert {sentence["zone"] for paper in papers for sentence in paper["sentences"]} == {"appendix"}
    assert pages.json(**{**appendix, "zone": "body"})["total"] == 3
    # three have it in the body, too
    only = {**appendix, "zone": "appendix-only"}
    found = pages.json(**only)
    assert (found["total"], found["zone"]) == (9, "appendix-only")
    page = pages.ask("/search", only).text
    assert '<option value="appendix-only" selected>appendix only</option>' in page
    assert "in the appendix alone, and perhaps in the references; a mention is not a use" in page
    assert pages.json(q="sparrows", zone="listing", venue="iclr")["total"] == 120
    # without words all papers are listed, those too that could not be read
    assert pages.json(venue="neurips")["total"] == 121
    page = pages.ask("/search", {"q": "transformer", "year": 2019, "page": 2}).text
    assert 'aria-current="page">2<' in page
    assert "<mark>transformer</mark>" in page
    assert "It is about sparrows." in page


def follow_points(pages: Pages, page: str) -> int:
    """Check that each point of a page's charts leads to as many papers as it tells."""
    links = re.findall(r'<a href="(/search\?[^"]+)" aria-label="([^"]+)"', page)
    for link, label in links:
        counted = re.search(r": (?:≥ )?(\d+) of \d+ papers, .*95 % interval", label)
        assert counted, label
        found = pages.ask(link.replace("&amp;", "&").replace("/search", "/search.csv", 1)).text
        assert found.count("\n") - 1 == int(counted[1]), label
    return len(links)


def test_a_point_of_a_chart_leads_to_its_papers(pages: Pages) -> None:
    page = pages.ask("/trends", {"q": "transformer, Gumbel-Softmax"}).text
    assert follow_points(pages, page) == 6
    assert page.count('class="legend"') == page.count("/trends.png?") == 1
    assert "Each venue stands for itself" in page
    # the line leads over all years, whichever the list is of
    asked = {"q": "transformer", "year": 2019, "venue": "iclr", "status": "accepted"}
    page = pages.ask("/search", asked).text
    assert follow_points(pages, page) == 2
    assert "<strong>30</strong> of 90 accepted papers of ICLR 2019" in page
    assert "incomplete: 1 of 91 papers" in page
    assert "papers of ICLR 2018</li>" not in page
    # the picture of all venues has a plot for each
    for own, count in (({"venue": "iclr"}, 1), ({}, 2)):
        asked = {"q": "transformer, Gumbel-Softmax", **own}
        drawn = pages.ask("/trends.svg", asked).text
        assert drawn.startswith("<?xml")
        assert len(re.findall('id="axes_', drawn)) == count
        assert ("NeurIPS" in drawn) == (count == 2)
        assert pages.ask("/trends.png", asked).headers["Content-Type"] == "image/png"


def test_numbers_say_which_papers_they_are_of(workspace: Path, run: Run) -> None:
    first = [*invent(40, "a tensor network"), *invent(40, "keras", Status.REJECTED, "other")]
    # as whole words also where a line ends without a hyphen, but not so inside longer words
    last = [*invent(60, "tensor\nnetwork"), PaperStored("more", "We like mytensor networking.")]
    store_year(workspace, VenueYear("iclr", 2024), first)
    store_year(workspace, VenueYear("iclr", 2025), last, PROCEEDINGS)
    assert run("extract", "-q").code == 0
    with serving(workspace) as pages:
        page = pages.ask("/search", {"q": "tensor network"}).text
        assert "<strong>30</strong> of 61 accepted papers of ICLR 2025 (<a" in page
        assert "<strong>20</strong> of 80 papers of ICLR 2024" in page
        assert "The chart is of accepted papers" in page
        link, anywhere = re.findall(r'<a href="([^"]+)">(\d+) anywhere</a>', page)[0]
        page = pages.ask(link.replace("&amp;", "&")).text
        assert f"<strong>{anywhere}</strong> of 61 accepted papers of ICLR 2025" in page
        # accepted papers alone are compared, as one of the years has no others
        page = pages.ask("/trends", {"q": "tensor network"}).text
        assert follow_points(pages, page) == 2
        assert "20 of 40 papers" in page
        assert "accepted" in page.partition("<figure")[2]
        # what was not counted yet is not none
        page = pages.ask("/paper/iclr/2024/forum00001").text
        assert "They are not counted yet: <code>papertally match iclr 2024</code>" in page


def test_own_files_are_never_shown_as_a_whole_year(
    workspace: Path, run: Run, tmp_path: Path
) -> None:
    for number in range(40):
        words = "a sparrow and a finch" if number % 2 else "a finch"
        (tmp_path / "own").mkdir(exist_ok=True)
        text = f"In {number} we saw {words}. {FILLER}"
        (tmp_path / "own" / f"own{number}.txt").write_text(text)
    store_year(workspace, VenueYear("iclr", 2024), invent(40, "sparrow"))
    assert run("add", "neurips", 2024, tmp_path / "own").code == 0
    with serving(workspace) as pages:
        # what only waits to be read is called so, with the command that reads it
        home = pages.ask("/").text
        assert '<th scope="col" class="number">to read</th>' in home
        assert "not-fetched" not in home
        page = pages.ask("/search", {"q": "sparrow"}).text
        assert "<code>papertally extract neurips 2024</code> reads 40" in page
    assert run("extract", "-q").code == 0
    with serving(workspace) as pages:
        home = pages.ask("/").text
        assert "40 papers wait to be counted: <code>papertally report neurips</code>" in home
        assert "none of 40 papers is readable" not in home
        page = pages.ask("/search", {"q": "sparrow"}).text
        own = re.findall("<li><strong>20</strong>.*?</li>", page)
        assert ["your own files, perhaps not all" in item for item in own] == [False, True]
        page = pages.ask("/trends", {"q": "sparrow"}).text
        _, iclr, neurips = page.split("<figure")
        assert 'class="mark open"' not in iclr
        assert 'class="mark open"' in neurips
        assert "of your own files and perhaps not all of them" in page
        assert re.search(r"<td class=\"number\"><a [^>]+>50.0 %</a>\*</td>", page)
        # what is not here, or not as one phrase, leads to what is
        for place in ("/search", "/trends"):
            page = pages.ask(place, {"q": "sparrow", "venue": "nerips"}).text
            assert "othing is stored of what is asked for: ICLR (2024), NeurIPS (2024)" in page
            assert "No paper that" not in page
        page = pages.ask("/search", {"q": "sparrow finch"}).text
        assert "q=sparrow+AND+finch" in page
        page = pages.ask("/search", {"q": "sparrow and a finch"}).text
        assert "one by one" not in page
        assert "as one phrase of whole words" in page
        page = pages.ask("/search", {"q": "sparrow", "status": "accepted", "venue": "neurips"}).text
        assert "no paper here is as asked for" in page
        # own files have no entry in a listing that could be searched
        link = pages.json(q="finch", venue="neurips")["papers"][0]["page"]
        answered = pages.ask(link, {"q": "finch", "zone": "listing"})
        assert (answered.code, answered.text.count("<mark>")) == (200, 0)


def test_what_is_hostile_is_shown_as_text_or_refused_in_a_line(pages: Pages) -> None:
    papers = ["/paper/iclr/2019/p2019-000", "/paper/ICLR/2019/p2019-001?q=transformer"]
    for path in ["/", "/search?year=2019", "/trends?q=%3Cscript%3E", *papers]:
        answered = pages.ask(path)
        assert answered.code == 200, path
        assert "<script>alert" not in answered.text, path
        assert "onerror=alert(1)>" not in answered.text, path
        assert "unsafe" not in answered.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answered.headers
    assert "<summary>PyTorch <span>(1: body 1)" in pages.ask("/paper/iclr/2019/p2019-003").text
    formulas = csv_rows(pages, "/search.csv", year=2019)
    assert not any(row["title"].startswith("=") for row in formulas)
    queries = ['"', "*", "%", "' OR 1=1 --", "a" * 10_000, "\0", "(?i)(a+)+b", "/x=/", b"\xff",
               "NEAR(a b)", "trans AND (", "\u202e", "\u017fK"]  # fmt: skip
    for query in queries:
        for path in ("/search", "/search.json", "/search.csv", "/trends", "/trends.csv"):
            for match in ("word", "anywhere", "exact"):
                answered = pages.ask(path, {"q": query, "match": match})
                assert answered.code in (200, 400), (path, query, answered)
                assert "Traceback" not in answered.text
    wrong = ["match=regex", "zone=x", "page=0", "page=" + "9" * 30, "year=20", "status=x",
             "venue=../x", "match=word&match=exact", "q=a,b,c,d,e,f,g,h,i&trends"]  # fmt: skip
    for pairs in wrong:
        path = "/trends" if pairs.endswith("trends") else "/search"
        assert pages.ask(f"{path}?{pairs}").code == 400, pairs


def test_hostile_papers_are_shown_as_text_on_every_page(workspace: Path, run: Run) -> None:
    hostile = [HOSTILE, "=1+1", "\t=1", "\u202eevil", "\ufeff\u200b", "{{7*7}}",
               "</title><script>alert(1)</script>", "x" * 90_000, "e" + "\u0301" * 5000, "", " ",
               "javascript:alert(1)", "\u2028", "%0d%0aX: y"]  # fmt: skip
    papers = [
        PaperStored(f"p{at}", f"A network {text[:100]}.", title=text, abstract=f"{text} end")
        for at, text in enumerate(hostile)
    ]
    # equal letters, and equal sentences, without an end
    papers += [PaperStored("run", "x" * 150_000), PaperStored("same", "A network.\n" * 20_000)]
    store_year(workspace, VenueYear("toy", 2020), papers, PROCEEDINGS)
    assert run("extract", "-q").code == 0
    assert run("match", "-q").code == 0
    places = ["/", "/search", "/search?q=network", "/search?q=alert&match=anywhere&zone=listing",
              "/search?q=xxxx&match=anywhere", "/search?q=xxxx&match=anywhere&zone=body",
              "/search?tag=%3Cscript%3Ealert(1)%3C/script%3E",
              "/trends?q=network,%3Cscript%3E"]  # fmt: skip
    scripts = re.compile(r"<script(?! src=.?/)|<img|=.?javascript:|[\0-\x08\x0e-\x1f]|>49")
    with serving(workspace, "--full-text") as pages:
        for path in [*places, *(f"/paper/toy/2020/{paper.id}?q=network" for paper in papers)]:
            answered = pages.ask(path)
            assert (answered.code, len(answered.text) < 10**6) == (200, True), path
            found = scripts.search(answered.text)
            assert not found, (path, found)
            links = re.findall(r'href="([^/"#][^"]*)"', answered.text)
            assert all(link.startswith(("https://", "data:,")) for link in links), (path, links)
        rows = csv_rows(pages, "/search.csv")
        assert len(rows) == len(papers)
        assert not any(row["title"].startswith(("=", "\t", "+", "@")) for row in rows)
        assert len(pages.json(q="network")["papers"]) == len(papers) - 1


def test_only_reading_at_this_machines_own_names_is_answered(pages: Pages) -> None:
    for path in ("/nothing", "/paper/iclr/2019/unknown", "/paper/iclr/x/y", "/static/../app.py",
                 "/paper/iclr/2019/../../../etc/passwd"):  # fmt: skip
        answered = pages.ask(path)
        assert answered.code == 404, path
        assert "Back to the start" in answered.text
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        for path in ("/search?q=x", "/static/pages.js", "/style.css"):
            answered = pages.ask(path, (), method)
            assert (answered.code, answered.headers["Allow"]) == (405, "GET, HEAD"), (method, path)
    head = pages.ask("/search", {"q": "transformer"}, "HEAD")
    assert (head.code, head.text) == (200, "")
    elsewhere = pages.ask("/search.json", headers={"Origin": "https://evil.example"}).headers
    assert elsewhere["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in elsewhere
    for host, code in (("evil.example", 421), ("127.0.0.1.evil.example", 421), ("[", 421),
                       ("", 421), ("a" * 300, 421), ("user@127.0.0.1", 421), ("127.0.0.1/x", 421),
                       ("127.0.0.1?", 421), ("127.0.0.1, evil.example", 421), ("1", 421),
                       ("localhost:1", 200), ("LocalHost.", 200), ("10.0.0.9:80", 200),
                       ("[::1]:8000", 200)):  # fmt: skip
        assert pages.ask("/style.css", headers={"Host": host}).code == code, host


def test_hundreds_of_slow_connections_hold_no_page_up(pages: Pages) -> None:
    place = urlsplit(pages.address)
    with ExitStack() as stack:
        for _ in range(300):
            slow = socket.create_connection((place.hostname, place.port), timeout=10)
            stack.enter_context(slow).sendall(b"GET /search?q=x HTTP/1.1\r\nX-Name: ")
        assert pages.json(q="transformer")["total"] == 120


def test_a_search_that_takes_too_long_ends_with_a_page(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from papertally.web.app import make_app

    monkeypatch.setattr("papertally.web.hits.MAX_SECONDS", 0)
    client = make_app(Settings(served), Scope(), "127.0.0.1").test_client()
    for path in (
        "/search?q=x",
        "/search?q=transformer&zone=body",
        "/trends?q=x",
        "/search.csv?q=x",
    ):
        answered = client.get(path)
        assert answered.status_code == 503, path
        assert "ask for fewer years, or use the command line" in answered.text, path
    assert client.get("/search").status_code == 200


def test_a_workspace_that_goes_away_and_comes_back(served: Path, tmp_path: Path) -> None:
    workspace, away = tmp_path / "here", tmp_path / "away"
    shutil.copytree(served, workspace)
    with serving(workspace, "iclr", "2019") as pages:
        assert pages.json(q="transformer")["total"] == 40
        workspace.rename(away)
        for path in ("/", "/search?q=transformer", "/trends?q=transformer", "/search.json?q=x"):
            answered = pages.ask(path)
            assert (answered.code, "is not there any more" in answered.text) == (503, True), path
        away.rename(workspace)
        assert pages.json(q="transformer")["total"] == 40


def test_an_empty_workspace_shows_the_bundled_counts(workspace: Path, run: Run) -> None:
    with serving(workspace) as pages:
        page = pages.ask("/").text
        assert "papertally survey" in page
        assert "22.8 %" in page
        found = pages.ask("/search", {"q": "adversarial", "year": 2018}).text
        assert "Only titles are searched" in found
        assert "also the plural, in the titles; a mention is not a use" in found
        trends = pages.ask("/trends", {"q": "adversarial"}).text
        assert (
            "as whole words in any case, in lower case also the plural, in the titles alone."
            in trends
        )
        assert re.search(r"<strong>\d\d</strong> of 1,00\d papers of ICLR 2018", found)
    assert not workspace.exists()
    with serving(workspace, "neurips", "2031") as pages:
        assert "papertally add neurips 2031" in pages.ask("/").text


def test_each_wrong_start_is_one_line_and_each_end_is_clean(
    start: Start, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words, said in (
            (["--port", port], "is in use: choose another one"),
            (["--host", "no.such.host.invalid"], "is no address of this machine"),
            (["--host", "192.0.2.1"], "leave it out"),
            (["--host", "0.0.0.0", "--full-text"], "--full-text is for this machine"),  # noqa: S104
        ):
            result = run("serve", *words)
            assert (result.code, is_error_line(result.err)) == (2, True), result
            assert said in result.err
    (tmp_path / "flask.py").write_text('raise ModuleNotFoundError("no", name="flask")', "utf-8")
    with monkeypatch.context() as lacking:
        lacking.setenv("PYTHONPATH", str(tmp_path))
        process = start("serve", "--port", 0)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, is_error_line(errors)) == (2, True), errors
    assert 'pip install "papertally[web]"' in errors
    monkeypatch.setenv("BROWSER", "/no/browser")
    monkeypatch.delenv("DISPLAY", raising=False)
    everywhere = ("serve", "--port", 0, "--host", "0.0.0.0", "--open")  # noqa: S104
    for number in (signal.SIGINT, signal.SIGTERM):
        process = start(*everywhere)
        assert process.stdout
        assert process.stdout.readline().startswith("papertally is at http://0.0.0.0:")
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        assert errors.startswith("warning: everybody who reaches 0.0.0.0 can read these pages")
        assert "Traceback" not in errors
