"""The page of one paper: what is known of it, and what it mentions."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from flask import render_template

from papertally.match.queries import make_finder
from papertally.match.sentences import sentence
from papertally.match.stored_texts import unpack
from papertally.models import Note, ZoneFilter
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from papertally.web.hits import TextSearch
from papertally.web.library import Library
from papertally.web.pages.shared import choices, opened
from papertally.web.requests import SearchRequest
from papertally.web.results import FoundPaper, Quote, make_quotes, pdf_address, web_address

_MAX_MENTIONS = 300
"""Sentences on a paper's page."""


def page(library: Library, row: LedgerRow, asked: SearchRequest, *, full_text: bool) -> str:
    """Return the page, with the sentences of what was searched for, if anything was."""
    year = library.year(row.venue, row.year)
    note, text, frameworks, versions = Note(row.paper), "", [], []
    is_matched = False
    with opened(library) as workspace:
        if workspace:
            note = library.notes(workspace, year).get(row.paper, note)
            versions = [file for file in workspace.files.of(year.key) if file.paper == row.paper]
            key = year.files.get(row.paper)
            if key is not None:
                ((_, body),) = workspace.texts.bodies([key])
                text = unpack(body).decode()
                frameworks = list(_frameworks(library, workspace, key, text))
                is_matched = workspace.mentions.is_matched(key)
        quotes = _quotes(library, workspace, row, asked) if asked.text else []
    return render_template(
        "paper.html",
        q=asked.text,
        paper=FoundPaper(row, year.label, 0, note),
        keywords=[word for word in row.keywords.split("; ") if word],
        frameworks=frameworks,
        is_matched=is_matched,
        quotes=quotes,
        versions=[(file.file, web_address(file.file.version_key)) for file in versions],
        pdf=pdf_address(row, note),
        text=text.split("\f") if full_text else [],
        asked=asked,
        **choices(library),
    )


def _quotes(
    library: Library, workspace: Workspace | None, row: LedgerRow, asked: SearchRequest
) -> list[Quote]:
    """Return the sentences of what is searched for; none if the paper cannot be searched."""
    finder = make_finder(asked.text, asked.filters.match)
    text_search = TextSearch(library, workspace, (), asked.zone)
    year = library.year(row.venue, row.year)
    found = text_search.find(year, [row.paper], finder, _MAX_MENTIONS)
    of_listing = text_search.zone == ZoneFilter.LISTING
    return make_quotes(found.get(row.paper, ()), of_listing=of_listing)


def _frameworks(
    library: Library, workspace: Workspace, key: int, text: str
) -> Iterator[tuple[str, int, Counter[str], list[Quote]]]:
    """Yield each framework with its mentions, their parts of the paper and their sentences."""
    names = {framework.id: framework.name for framework in library.lexicon.frameworks}
    by_framework: dict[str, list[Any]] = {}
    for mention in workspace.mentions.of_file(key)[: 10 * _MAX_MENTIONS]:
        by_framework.setdefault(mention.framework, []).append(mention)
    left = _MAX_MENTIONS
    for framework, mentions in sorted(by_framework.items(), key=lambda item: -len(item[1])):
        shown = mentions[:left]
        left -= len(shown)
        found = [(hit, sentence(text, hit.start, hit.end)) for hit in shown]
        zones = Counter(str(mention.zone) for mention in mentions)
        quotes = make_quotes(found, of_listing=False)
        yield names.get(framework, framework), len(mentions), zones, quotes
