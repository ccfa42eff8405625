"""Pages and documents as the open sources serve them: their markup, with invented papers."""

import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

TRACKS = {
    "conference": ("Conference", "Main Conference Track"),
    "datasets_and_benchmarks_track": (
        "Datasets_and_Benchmarks_Track",
        "Datasets and Benchmarks Track",
    ),
    "position_paper_track": ("Position_Paper_Track", "Position Paper Track"),
    "creative_ai_track": ("Creative_AI_Track", "Creative AI"),
}
"""For each track of the proceedings the name in its addresses, and the one on its badge."""


TITLES = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40).filter(str.strip)
"""Any text that can be a title."""


@dataclass(frozen=True)
class Paper:
    """An invented paper as the sources list it."""

    number: int
    title: str
    authors: tuple[str, ...] = ("Ann Example", "Bo Example")
    track: str = "conference"
    abstract: str = "We invent a method and say nothing of any software."
    decision: str = "Accept (Poster)"
    keywords: tuple[str, ...] = ()
    has_forum: bool = True

    @property
    def hash(self) -> str:
        """Return its key in the proceedings."""
        return hashlib.md5(str(self.number).encode(), usedforsecurity=False).hexdigest()

    @property
    def forum(self) -> str:
        """Return its id on OpenReview; empty if nobody knows it."""
        return f"Fo{self.hash[:8]}" if self.has_forum else ""

    @property
    def key(self) -> str:
        """Return its key in PMLR."""
        return f"example{self.number}a"


def invent_papers(count: int, **fields: Any) -> list[Paper]:
    """Invent papers with titles of their own, numbered from 1."""
    paper = Paper(0, "")
    return [
        replace(paper, number=number, title=f"Invented Method {number}: a Study", **fields)
        for number in range(1, count + 1)
    ]


def proceedings_page(
    papers: Sequence[Paper],
    year: int,
    *,
    name: str = "ICLR",
    see_also: str = "",
    count: int | None = None,
    named_tracks: bool = True,
) -> bytes:
    """Return a year's page of the proceedings; `count` replaces the number that it states.

    `named_tracks` is how the pages of 2022 and later name the tracks in addresses.
    """
    also = f'<p class="book-see-also">See also: <a href="{see_also}">Another volume </a></p>'
    entries = "\n".join(_proceedings_entry(paper, year, named_tracks) for paper in papers)
    return f"""



<!doctype html>
<html lang="en">
<head>

    <!-- Required meta tags -->
    <meta charset="utf-8">
    <title>Book</title>
    <link rel="stylesheet" href="/static/papers/css/modern-theme.css?v=12">
    <style>
        .btn-spacer {{
            margin: 2px;
        }}
    </style>
</head>


<body class="modern-theme">


<nav class="navbar navbar-expand-md bg-body-tertiary">
    <div class="container-fluid">
        <a class="navbar-brand" href="/">{name} Proceedings</a>
            <ul class="navbar-nav me-auto mb-2 mb-lg-0">
                            <li class="nav-item">
                <a class="nav-link" href="/admin/login/?next=/admin/"><i title="Login"></i></a>
            </li>

            </ul>
    </div>
</nav>

    <div class="container-fluid">
        <div class="col book-page">
            <header class="book-header">
                <h1 class="book-title">Invented Proceedings {year} </h1>
                <p class="book-meta">{name} {year}</p>
                {also if see_also else ""}
            </header>

            <div class="paper-list-header">
                <span class="paper-count">{len(papers) if count is None else count} papers</span>

            </div>

            <ul class="paper-list">
{entries}
            </ul>
        </div>
    </div>

<script>
    const papers = document.querySelectorAll('.paper-list li');
    papers.forEach(paper => {{ if (paper.size < 1) {{ paper.innerHTML = '<li></li>'; }} }});
</script>

<footer class="footer">
    <div class="btn-spacer">
        <a href="https://iclr.cc/Help/Contact?select=Conference">Report</a> &nbsp;|
    </div>

</footer>
<div class='hidden'>Do not remove: This comment is monitored</div>
<!-- Do not remove: This comment is monitored -->

</body>
</html>""".encode()


def _proceedings_entry(paper: Paper, year: int, named_tracks: bool) -> str:
    suffix, badge = TRACKS[paper.track]
    name = f"{paper.hash}-Abstract{f'-{suffix}' if named_tracks else ''}.html"
    page = f"/paper_files/paper/{year}/hash/{name}"
    authors = html.escape(", ".join(paper.authors))
    track = f' class="{paper.track}" data-track="{paper.track}"' if named_tracks else ""
    shown = f'<span class="paper-track-badge">{badge}</span>' if named_tracks else ""
    return f"""
                    <li{track}>
                        <div class="paper-content">
                            <a title="paper title" href="{page}">{html.escape(paper.title)}</a>
                            <span class="paper-authors">{authors}</span>
                        </div>

                        {shown}

                    </li>
"""


def older_page(papers: Sequence[Paper], year: int) -> bytes:
    """Return a page in the theme without a count, as that of the first Datasets and Benchmarks."""
    entries = "\n".join(
        f'<li class="round{paper.number % 2 + 1}">\n'
        f'                        <a title="paper title" href="/paper_files/paper/{year}/hash/'
        f'{paper.hash}-Abstract-round{paper.number % 2 + 1}.html">{html.escape(paper.title)}</a> '
        f"<i>{html.escape(', '.join(paper.authors))}</i></li>"
        for paper in papers
    )
    return f"""

<!doctype html>
<html lang="en">
<head>
    <title>Book</title>
</head>
<body>
    <div class="container-fluid">
        <div class="col p-5">
            <h4>Invented Proceedings  ({year})</h4>
            <hr style="background-color:gray;">
            <span class="suffix_legend" style="color: "><i></i></span> round1&nbsp;&nbsp;
            <ul class=" paper-list">

                    {entries}

            </ul>
        </div>
    </div>
</body>
</html>""".encode()


def volume_page(
    papers: Sequence[Paper],
    volume: int,
    *,
    preface: bool = False,
    cycles: bool = False,
    name: str = "Invented Conference",
) -> bytes:
    """Return the page of a PMLR volume, whose PDFs stand where its number says."""
    entries = [_volume_entry(paper, volume) for paper in papers]
    if preface:
        first = Paper(0, f"{name}: Preface", track="conference", has_forum=False)
        entries.insert(0, _volume_entry(first, volume))
    if cycles:
        middle = len(entries) // 2
        entries.insert(middle, '<h3 id="cycle-2">Cycle 2 Papers</h3>')
        entries.insert(0, '<h3 id="cycle-1">Cycle 1 Papers</h3>')
    contents = '<ul>\n    <li><a href="#cycle-1">Cycle 1 Papers</a></li>\n  </ul>' if cycles else ""
    listed = "\n".join(entries)
    return f"""<!DOCTYPE html>
<html lang="en">


<head>
  <meta charset="utf-8">
  <title>Proceedings of Machine Learning Research | {name}</title>
  <link rel="canonical" href="https://proceedings.mlr.press/v{volume}/" />
<script>
  (function(i,s,o,g,r,a,m){{i['GoogleAnalyticsObject']=r;i[r]=i[r]||function(){{
  (i[r].q=i[r].q||[]).push(arguments)}},i[r].l=1*new Date();a=s.createElement(o)
  }})(window,document,'script','//www.google-analytics.com/analytics.js','ga');
</script>
</head>
<body>
<main class="page-content" aria-label="Content"><div class="wrapper">

<p style="text-align:right">[<a href="https://github.com/mlresearch/v{volume}/edit/gh-pages/index.html"
target="_blank" onclick="ga('send', 'event', 'Edit Page', 'Edit', 'index.html', 13);">edit</a>]</p>
<h2>Volume {volume}: {name}</h2>
<div id="sectionnav">
  {contents}
  <p>
  <label for="search-authors">Filter Authors:</label>
  <input type="search" name="filter-authors" id="search-authors" value />
  </p>
</div>

{listed}

<p class="rss-subscribe">subscribe <a href="/v{volume}/assets/rss/feed.xml">via RSS</a></p>
      </div>
    </main>
<footer class="site-footer">
  <div class="wrapper">
    <p>This site last compiled Mon, 13 Jul 2026 17:55:28 +0000</p>
  </div>
</footer>
</body>

</html>
""".encode()


def pmlr_pdf(key: str, volume: int) -> str:
    """Return the address of a PDF as the volumes have it through the years."""
    if volume >= 235:
        return f"https://raw.githubusercontent.com/mlresearch/v{volume}/main/assets/{key}/{key}.pdf"
    folder = f"{key}/" if volume >= 70 else ""
    return f"http://proceedings.mlr.press/v{volume}/{folder}{key}.pdf"


def _volume_entry(paper: Paper, volume: int) -> str:
    page = f"https://proceedings.mlr.press/v{volume}/{paper.key}.html"
    pdf = pmlr_pdf(paper.key, volume)
    links = (
        f'[<a href="{page}">abs</a>][<a href="{pdf}" target="_blank" onclick="ga(\'send\', '
        f"'event', 'PDF Downloads', 'Download', '{pdf}', 10);\">Download PDF</a>]"
    )
    if volume < 70:
        extra = pdf.replace(".pdf", "-supp.pdf")
        links += (
            f'[<a href="{extra}" target="_blank" onclick="ga(\'send\', \'event\', '
            f"'PDF Downloads', 'Download', {extra}, 11);\">Supplementary Material</a>]"
        )
    elif volume >= 202 and paper.has_forum:
        links += (
            f'[<a href="https://openreview.net/forum?id={paper.forum}" target="_blank" '
            "onclick=\"ga('send', 'event', 'OpenReview site', 'Openreview', "
            "'https://openreview.net/forum?id=false', 0);\">OpenReview</a>]"
            '[<a href="https://github.com/example/code" target="_blank">Software</a>]'
        )
    authors = ",&nbsp;".join(map(html.escape, paper.authors))
    return f"""<div class="paper">
  <p class="title">{html.escape(paper.title)}</p>
  <p class="details">
    <span class="authors">{authors}</span>;
    <span class="info"><i>Proceedings of {volume} Conferences</i>, PMLR {volume}:1-26</span>
  </p>
  <p class="links">
    {links}</p>
</div>"""


def event(paper: Paper, year: int, *, venue: str = "ICLR", **fields: Any) -> dict[str, Any]:
    """Return the event of a paper in a virtual conference's programme; `fields` replace its own."""
    site = venue.lower()
    return {
        "id": 100_000 + paper.number,
        "uid": paper.hash,
        "name": paper.title,
        "authors": [
            {
                "id": 7_000 + at,
                "fullname": name,
                "url": f"http://{site}.cc/api/miniconf/users/{7_000 + at}?format=json",
                "institution": None,
            }
            for at, name in enumerate(paper.authors)
        ],
        "abstract": paper.abstract,
        "topic": None,
        "keywords": list(paper.keywords),
        "decision": paper.decision,
        "session": "Poster Session 1",
        "eventtype": "Poster",
        "event_type": "Poster",
        "room_name": "Hall 1",
        "virtualsite_url": f"/virtual/{year}/poster/{100_000 + paper.number}",
        "url": None,
        "sourceid": paper.number,
        "sourceurl": f"https://openreview.net/group?id={venue}.cc/{year}/Conference",
        "starttime": f"{year}-04-24T16:30:00-08:00",
        "paper_url": f"https://openreview.net/forum?id={paper.forum}" if paper.has_forum else None,
        "paper_pdf_url": None,
        "eventmedia": [],
        "related_events_ids": [],
        **fields,
    }


def programme(events: Sequence[object], **fields: Any) -> bytes:
    """Return a virtual conference's programme of events."""
    document = {"count": len(events), "next": None, "previous": None, "results": list(events)}
    return json.dumps({**document, **fields}, ensure_ascii=False).encode()
