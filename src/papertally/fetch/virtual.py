"""The virtual conference as a source that only lists: iclr.cc, neurips.cc and icml.cc.

Its programme lists events: each paper has a poster, and some have a talk besides. The papers are
those of the main conference; events of other tracks and talks about listed papers are counted and
left out.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from papertally.fetch.context import Run
from papertally.fetch.decisions import status_of
from papertally.fetch.notes import forum_id, parse_notes, read_text, read_texts
from papertally.fetch.offers import VIRTUAL
from papertally.fetch.open_site import JSON, Kind, OpenSite, Parsed, open_run
from papertally.fetch.response import UnexpectedPageError
from papertally.fetch.titles import normalized_title
from papertally.fetch.venues import YearConfig
from papertally.fetch.web_page import fold, resolve_entities
from papertally.models import OPENREVIEW, Note, Status, paper_url

_MAX_COUNT = 10**9  # larger numbers are none that a message should repeat
# A year of 6,000 papers has some 100,000 objects and lists; each takes up to 2 kB of memory
_MAX_PARTS = 500_000
_POSTER = "poster"
_TALKS = ("oral", "spotlight")
# Words of events of other tracks than the main conference's
_OTHER_TRACK = re.compile(r"blog|journal|tmlr|jmlr|workshop|position|datasets|tiny", re.IGNORECASE)

# What a programme lists beside its papers: one of it in words for people, and several
OTHER_TRACKS = ("event of another track", "events of other tracks")
OTHER_EVENTS = ("event that is no poster or talk", "events that are no posters or talks")
REPEATED = ("event of a paper listed already", "events of papers listed already")
NOT_ACCEPTED = ("paper that was not accepted", "papers that were not accepted")
WITHOUT_FORUM = ("paper without a forum id", "papers without a forum id")


@dataclass(frozen=True, slots=True)
class Programme:
    """What the programme of a virtual conference lists."""

    notes: tuple[Note, ...] = field(repr=False)
    """The papers of the main conference; their ids are forum ids."""
    without_forum: tuple[Note, ...] = field(repr=False)
    """Papers of the main conference without a forum id; their ids are those of the events."""
    left_out: dict[Kind, int]
    """How many events were left out, by what they are: one of them in words, and several."""


def virtual_site(run: Run, year: YearConfig) -> OpenSite:
    """Return the virtual conference of a year, whose listing names no PDFs."""
    site = VIRTUAL[year.virtual]
    folder = f"{site}/static/virtual/data/{year.virtual}-{year.key.year}"
    address, place = f"{folder}-orals-posters.json", f"{folder}-abstracts.json"

    def parse(get: Callable[[str], bytes]) -> Parsed:
        data = get(address)
        found = parse_programme(data, address, year.key.year)
        if not any(note.abstract for note in found.notes):
            abstracts = parse_abstracts(get(place), place)  # a document of their own since 2026
            found = parse_programme(data, address, year.key.year, abstracts)
        return Parsed(found.notes, {**found.left_out, WITHOUT_FORUM: len(found.without_forum)})

    return OpenSite(open_run(run, site), year, address, parse, JSON)


def parse_programme(
    data: bytes, address: str, year: int, abstracts: Mapping[str, str] | None = None
) -> Programme:
    """Parse the programme of a year; `abstracts` are those of `parse_abstracts`.

    The form of ICLR 2020's first programme, notes by their ids, is read as well. Raises
    `UnexpectedPageError`, which names what is missing, if the document is not as expected.
    """
    document = _read_json(data, address)
    if "results" not in document and _are_notes(document):
        return _parse_notes_by_id(document, address)
    results = document.get("results")
    if not isinstance(results, list) or not results:
        raise UnexpectedPageError(address, "it has no list of events (results)")
    count = document.get("count")
    if document.get("next") or (count is not None and count != len(results)):
        raise UnexpectedPageError(address, _incomplete(len(results), count))
    events = [
        _Event.read(item, number, address, abstracts or {})
        for number, item in enumerate(results, 1)
    ]
    return _sort_events(events, address, year)


def _incomplete(listed: int, count: object) -> str:
    problem = f"it lists {listed:,} events, and there are more"
    if isinstance(count, int) and listed != count and abs(count) < _MAX_COUNT:
        problem = f"it lists {listed:,} events of the {count:,} that it counts itself"
    return problem


def parse_abstracts(data: bytes, address: str) -> dict[str, str]:
    """Parse the document that has the abstracts of a programme by the ids of its events.

    Raises `UnexpectedPageError` if it has none.
    """
    texts = {event: read_text(text) for event, text in _read_json(data, address).items()}
    if not any(texts.values()):
        raise UnexpectedPageError(address, "it has no abstracts")
    return texts


def _read_json(data: bytes, address: str) -> dict[str, Any]:
    if data.count(b"{") + data.count(b"[") > _MAX_PARTS:
        raise UnexpectedPageError(address, f"it has more than {_MAX_PARTS:,} parts")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise UnexpectedPageError(address, "it is not JSON, or cut off") from None
    if not isinstance(document, dict):
        raise UnexpectedPageError(address, "it is JSON, but no object")
    return document


@dataclass(frozen=True, slots=True)
class _Event:
    """One event of a programme."""

    number: int
    """Its place in the programme, from 1."""
    note: Note
    """Its paper; the id is empty if it is not known."""
    event: str
    """Its own id."""
    kind: str
    """Such as `poster`, in lower case."""
    group: str
    """The group of OpenReview it is from; empty if it is from elsewhere or not known."""
    track: str
    """What the kind of event says of its track."""
    words: str
    """What its source and its session say of its track."""
    marks: frozenset[str]
    """By which other events of the same paper refer to it."""
    refers: frozenset[str]
    """By which it refers to other events of the same paper."""

    @classmethod
    def read(
        cls, item: object, number: int, address: str, abstracts: Mapping[str, str]
    ) -> "_Event":
        """Read the event with this number in the programme."""
        if not isinstance(item, dict):
            raise UnexpectedPageError(address, f"event {number:,} is not an object")
        title = fold(read_text(item.get("name")))
        event = fold(str(item["id"])) if isinstance(item.get("id"), int | str) else ""
        forum = next(filter(None, map(forum_id, _addresses(item))), "")
        words = read_text(item.get("decision"))
        status = status_of(words)
        note = Note(
            id=forum,
            title=title,
            # a paper of the programme is accepted, also if it is in words that are not known
            status=Status.ACCEPTED if status == Status.UNKNOWN else status,
            status_raw=words,
            keywords=tuple(map(fold, read_texts(item.get("keywords")))),
            abstract=resolve_entities(read_text(item.get("abstract")) or abstracts.get(event, "")),
            authors=tuple(map(fold, read_texts(item.get("authors") or []))),
            page=paper_url("", forum, OPENREVIEW) if forum else "",
        )
        source = read_text(item.get("sourceurl"))
        marks, refers = _references(item, event, title)
        return cls(
            number=number,
            note=note,
            event=event,
            kind=_kind(item),
            group=_group(source),
            track=read_text(item.get("event_type")),
            words=f"{source} {read_text(item.get('session'))}",
            marks=marks,
            refers=refers,
        )


def _kind(item: dict[str, Any]) -> str:
    """Return the kind of an event, such as `poster`; `{location} Poster` names it with a field."""
    words = read_text(item.get("eventtype") or item.get("event_type")).lower().split()
    return words[-1] if words else ""


def _addresses(item: dict[str, Any]) -> Iterable[str]:
    """Yield the addresses that may be those of an event's paper, the best first."""
    yield read_text(item.get("paper_url"))
    yield read_text(item.get("url"))
    media = item.get("eventmedia")
    for medium in media if isinstance(media, list) else ():
        if isinstance(medium, dict):
            yield read_text(medium.get("uri"))


def _group(source: str) -> str:
    """Return the id of the group of OpenReview in an address; empty if there is none."""
    try:
        parts = urlsplit(source)
        group = parse_qs(parts.query).get("id", [""])[0]
    except ValueError:
        return ""
    return group if parts.path in ("/group", "/venue") else ""


def _references(item: dict[str, Any], event: str, title: str) -> tuple[frozenset[str], ...]:
    """Return by what other events refer to an event, and by what it refers to them.

    Posters and talks of a paper name each other, have one key, or have one title.
    """
    related = item.get("related_events_ids")
    related = related if isinstance(related, list) else []
    others = [other for other in related if isinstance(other, int | str)]
    shared = {f"key {read_text(item.get('uid')) or event}"}
    if letters := normalized_title(title):
        shared.add(f"title {letters}")
    marks = {f"event {event}", *(f"named {other}" for other in others)}
    refers = {f"named {event}", *(f"event {other}" for other in others)}
    return frozenset(shared | marks), frozenset(shared | refers)


def _sort_events(events: list[_Event], address: str, year: int) -> Programme:
    """Return the papers of the main conference, each once."""
    papers, left_out = _main_events(events, address, year)
    # posters before talks about them, and papers with a forum id before their doubles without
    papers.sort(key=lambda event: (event.kind != _POSTER, not event.note.id))
    notes: dict[str, Note] = {}
    aside: list[Note] = []
    known: set[str] = set()
    for event in papers:
        is_known = not known.isdisjoint(event.refers)
        may_repeat = event.kind != _POSTER or not event.note.id
        if event.note.id in notes or (is_known and may_repeat):
            left_out[REPEATED] += 1
            continue
        known |= event.marks
        if event.note.status != Status.ACCEPTED:
            left_out[NOT_ACCEPTED] += 1
        elif event.note.id:
            notes[event.note.id] = event.note
        else:
            aside.append(event.note._replace(id=event.event))
    if not notes:
        raise UnexpectedPageError(
            address, f"it has no paper of the main conference of {year} with a forum id"
        )
    return Programme(tuple(notes.values()), tuple(aside), dict(left_out))


def _main_events(
    events: list[_Event], address: str, year: int
) -> tuple[list[_Event], Counter[Kind]]:
    """Return the posters and talks of the main conference, and how many others there are."""
    group = re.compile(rf"\w+\.cc/{year}/conference(?:/-/\w+)?", re.IGNORECASE)
    has_groups = any(group.fullmatch(event.group) for event in events)
    left_out, papers = Counter[Kind](), []
    for event in events:
        if event.kind != _POSTER and event.kind not in _TALKS:
            left_out[OTHER_EVENTS] += 1
        elif not _is_main(event, group if has_groups else None):
            left_out[OTHER_TRACKS] += 1
        elif not event.note.title or not event.event:
            missing = "id" if event.note.title else "name"
            raise UnexpectedPageError(address, f"event {event.number:,} has no {missing}")
        else:
            papers.append(event)
    return papers, left_out


def _is_main(event: _Event, group: re.Pattern[str] | None) -> bool:
    """Return whether an event is of the main conference.

    A programme that names the main conference's group on OpenReview names it for all its papers; in
    others only words tell the other tracks.
    """
    if _OTHER_TRACK.search(event.track):
        return False
    if group or event.group:
        return bool(group and group.fullmatch(event.group))
    return not _OTHER_TRACK.search(event.words)


def _are_notes(document: dict[str, Any]) -> bool:
    return any(isinstance(item, dict) and "content" in item for item in document.values())


def _parse_notes_by_id(document: dict[str, Any], address: str) -> Programme:
    """Parse notes by their ids; a programme lists accepted papers only."""
    notes = [
        note._replace(
            title=fold(note.title),
            status=Status.ACCEPTED,
            pdf="",
            page=paper_url("", note.id, OPENREVIEW),
        )
        for note in parse_notes(document.values())
    ]
    for number, note in enumerate(notes, 1):
        if not note.title:
            raise UnexpectedPageError(address, f"note {number:,} has no title")
    if len(notes) != len(document):
        raise UnexpectedPageError(
            address, f"{len(document) - len(notes):,} of its notes have no id of their own"
        )
    return Programme(tuple(notes), (), {})
