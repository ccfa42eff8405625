"""A virtual conference's programme, from its JSON to the papers."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.fetch.response import UnexpectedPageError
from papertally.fetch.virtual import (
    NOT_ACCEPTED,
    OTHER_EVENTS,
    OTHER_TRACKS,
    REPEATED,
    Programme,
    parse_abstracts,
    parse_programme,
)
from papertally.models import Status
from tests.helpers.paths import SHARED, needs_shared
from tests.helpers.source_pages import Paper, event, invent_papers, programme

ADDRESS = "https://iclr.cc/static/virtual/data/iclr-2026-orals-posters.json"
SAMPLES = SHARED / "sources" / "virtual"


def parse(*events: object, **fields: Any) -> Programme:
    return parse_programme(programme(events, **fields), ADDRESS, 2026)


@needs_shared
def test_saved_programmes_are_parsed() -> None:
    data = (SAMPLES / "neurips-2025-orals-posters-cut.json").read_bytes()
    found = parse_programme(data, ADDRESS, 2025)
    assert (len(found.notes), found.without_forum, found.left_out) == (7, (), {})
    assert {note.status for note in found.notes} == {Status.ACCEPTED}
    assert {note.status_raw for note in found.notes} == {
        "Accept (poster)",
        "Accept (oral)",
        "Accept (spotlight)",
    }
    assert all(note.abstract and note.authors for note in found.notes)
    data = (SAMPLES / "iclr-2020-miniconf-papers-cut.json").read_bytes()
    found = parse_programme(data, ADDRESS, 2020)
    assert len(found.notes) == 10
    for note in found.notes:
        assert (note.status, note.pdf) == (Status.ACCEPTED, "")
        assert note.page == f"https://openreview.net/forum?id={note.id}"
        assert note.title == " ".join(note.title.split())


def test_a_paper_comes_with_all_that_the_programme_says() -> None:
    paper = Paper(1, "Cats &amp; Dogs  again", keywords=("cats",), decision="notable-top-5%")
    (note,) = parse(event(paper, 2026)).notes
    assert (note.id, note.title) == (paper.forum, "Cats & Dogs again")
    assert (note.status, note.status_raw) == (Status.ACCEPTED, "notable-top-5%")
    assert (note.authors, note.keywords) == (paper.authors, paper.keywords)
    assert (note.abstract, note.pdf) == (paper.abstract, "")
    assert note.page == f"https://openreview.net/forum?id={paper.forum}"


def test_only_papers_of_the_main_conference_are_listed_once_each() -> None:
    papers = [event(paper, 2026) for paper in invent_papers(3)]
    first = papers[0]
    blog = "https://openreview.net/group?id=ICLR.cc/2026/BlogPosts"
    oral = {"eventtype": "Oral", "event_type": "Oral", "decision": "Accept (Oral)"}
    placeholder = "https://openreview.net/forum?id=2026-Oral--7"
    own = Paper(8, "A Talk Without a Poster")
    for fields, reason in (
        ({"id": 1, "sourceurl": blog}, OTHER_TRACKS),
        ({"id": 2, "sourceurl": "TMLR-2026"}, OTHER_TRACKS),
        ({"id": 3, "sourceurl": None}, OTHER_TRACKS),
        ({"id": 4, "event_type": "Journal Track Poster"}, OTHER_TRACKS),
        ({"id": 5, "eventtype": "Workshop"}, OTHER_EVENTS),
        ({"id": None, "name": None, "eventtype": None, "event_type": None}, OTHER_EVENTS),
        ({"id": 5, "name": None, "sourceurl": blog}, OTHER_TRACKS),
        ({**oral, "id": 6}, REPEATED),
        ({**oral, "id": 7, "paper_url": placeholder, "related_events_ids": [first["id"]]},
         REPEATED),
        ({**oral, "id": 8, "paper_url": placeholder, "name": "Other Words"}, REPEATED),
        ({**oral, "id": 9, "paper_url": None, "uid": "x", "related_events_ids": None}, REPEATED),
        # the same poster at a second place
        ({"id": 10, "event_type": "{location} Poster"}, REPEATED),
    ):  # fmt: skip
        found = parse(*papers, {**first, **fields})
        assert len(found.notes) == 3, fields
        assert (found.without_forum, found.left_out) == ((), {reason: 1}), fields
    withdrawn = event(replace(own, decision="Withdrawn"), 2026)
    found = parse(*papers, event(own, 2026) | oral)
    assert [note.id for note in found.notes][3:] == [own.forum]
    found = parse(*papers, withdrawn)
    assert (len(found.notes), found.left_out) == (3, {NOT_ACCEPTED: 1})
    # words of a decision that are not known are those of an accepted paper: it is presented
    found = parse(event(replace(own, decision="Long Presentation"), 2026))
    assert found.notes[0].status == Status.ACCEPTED
    # a programme whose events do not name the group
    found = parse(*({**item, "sourceurl": None} for item in papers), {**first, "sourceurl": blog})
    assert (len(found.notes), found.left_out) == (3, {OTHER_TRACKS: 1})


def test_papers_without_a_forum_id_are_kept_aside() -> None:
    known = event(Paper(1, "Known"), 2026)
    for at, address in enumerate(
        (
            None,
            "",
            7,
            "https://openreview.net/forum?id=false",
            "https://openreview.net/forum?id=2026-Oral--3",
            "https://a.example/forum?id=abcdefgh",
            "https://openreview.net/forum?id=a/../b",
            "https://openreview.net/forum?id=abcdefgh&id=other123",
            "https://[::1/forum?id=abcdefgh",
            "javascript:alert(1)",
        )
    ):
        unknown = event(Paper(2, "Not known"), 2026) | {"paper_url": address, "id": at}
        found = parse(known, unknown)
        assert [note.title for note in found.notes] == ["Known"], address
        assert [(note.id, note.title) for note in found.without_forum] == [(str(at), "Not known")]
        elsewhere = unknown | {"eventmedia": [{"uri": "https://openreview.net/forum?id=abcdefgh"}]}
        assert [note.id for note in parse(known, elsewhere).notes][1:] == ["abcdefgh"], address


def test_a_double_without_a_forum_id_is_no_second_paper() -> None:
    paper = event(Paper(1, "Known"), 2026)
    double = paper | {"id": 5, "paper_url": None, "event_type": "{location} Poster"}
    for events in ((paper, double), (double, paper)):
        found = parse(*events)
        assert (len(found.notes), found.without_forum) == (1, ())
        assert found.left_out == {REPEATED: 1}
    # titles without letters are not the same title
    signs = [event(Paper(at, "?!", has_forum=at == 1), 2026) for at in (1, 2, 3)]
    assert len(parse(*signs).without_forum) == 2


def test_abstracts_may_stand_in_a_document_of_their_own() -> None:
    papers = invent_papers(2, abstract="")
    texts = {str(100_001): "We use Keras.", "7": "Another", "8": None}
    abstracts = parse_abstracts(json.dumps(texts).encode(), ADDRESS)
    data = programme([event(paper, 2026) for paper in papers])
    found = parse_programme(data, ADDRESS, 2026, abstracts)
    assert [note.abstract for note in found.notes] == ["We use Keras.", ""]
    for odd in (b"", b"[]", b"{}", b'{"1": 2}', b"<html>"):
        with pytest.raises(UnexpectedPageError):
            parse_abstracts(odd, ADDRESS)


def test_documents_that_are_not_as_expected_are_refused_by_name() -> None:
    good = event(Paper(1, "Known"), 2026)
    deep = b'{"results":' + b"[" * 200_000
    for data, reason in (
        (b"", "it is not JSON, or cut off"),
        (b"<html></html>", "it is not JSON, or cut off"),
        (programme([good])[:-3], "it is not JSON, or cut off"),
        (deep, "it is not JSON, or cut off"),
        (b'{"count": ' + b"9" * 10_000 + b"}", "it is not JSON, or cut off"),
        (b"[]", "it is JSON, but no object"),
        (b"{}", "no list of events"),
        (b'{"results": {}}', "no list of events"),
        (programme([]), "no list of events"),
        (programme([good], count=5), "it lists 1 events of the 5"),
        (programme([good], count=[[1]]), "it lists 1 events, and there are more"),
        (programme([good], next="https://iclr.cc/?page=2"), "it lists 1 events, and"),
        (programme([good, 7]), "event 2 is not an object"),
        (programme([good, good | {"name": ""}]), "event 2 has no name"),
        (programme([good, good | {"name": ["x"]}]), "event 2 has no name"),
        (programme([good, good | {"id": None}]), "event 2 has no id"),
        (programme([good | {"eventtype": None, "event_type": {}}]), "no paper of the main"),
        (programme([good | {"paper_url": None}]), "no paper of the main conference of 2026"),
        (programme([event(Paper(1, "Known"), 2025)]), "no paper of the main conference of 2026"),
        (b'{"x": {"content": {}, "id": "x"}}', "note 1 has no title"),
        (b'{"x": {"content": {"title": "A"}, "id": "x"}, "y": 3}', "1 of its notes have no id"),
    ):
        with pytest.raises(UnexpectedPageError) as refused:
            parse_programme(data, ADDRESS, 2026)
        assert reason in str(refused.value), (data[:99], str(refused.value))
        assert str(refused.value).isprintable()


def test_a_field_of_any_depth_is_no_bug() -> None:
    good = event(Paper(1, "Known"), 2026)
    for field in (*good, "count", "next"):
        for depth in (100, 940, 970, 1440, 9900):
            value = "[" * depth + "]" * depth
            data = programme([{**good, field: "x"}], **{field: "x"})
            data = data.replace(f'"{field}": "x"'.encode(), f'"{field}": {value}'.encode())
            with suppress(UnexpectedPageError):
                parse_programme(data, ADDRESS, 2026)


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@given(st.sampled_from(sorted(event(Paper(1, "x"), 2026))), JUNK)
def test_an_odd_field_never_loses_another_paper(field: str, value: Any) -> None:
    papers = [event(paper, 2026) for paper in invent_papers(3)]
    papers[1] |= {field: value}
    try:
        found = parse(*papers)
    except UnexpectedPageError:
        assert field in ("id", "name")
        return
    forums = [paper.forum for paper in invent_papers(3)]
    assert {forums[0], forums[2]} <= {note.id for note in found.notes}
    total = len(found.notes) + len(found.without_forum) + sum(found.left_out.values())
    assert total == 3
