"""Pages, programmes, posts and texts, made by chance, with what their parsers have to find."""

import hashlib
import json
import os
import random
import zlib
from collections.abc import Callable, Iterable

from helpers.inputs import mutate_document, sound_items
from helpers.mutators import mutate_bytes
from helpers.place import Place
from papertally.extract.outcome import read_document
from papertally.fetch.pmlr.posts import parse_post
from papertally.fetch.pmlr.volume import parse_volume
from papertally.fetch.proceedings.page import parse_proceedings_page
from papertally.fetch.response import UnexpectedPageError
from papertally.fetch.robots import parse_robots
from papertally.fetch.virtual import parse_programme
from papertally.match.line_breaks import find_breaks
from papertally.match.matcher import Matcher
from papertally.match.sentences import sentence
from papertally.match.zones import with_zones
from papertally.models import Note, Outcome, Zone
from tests.helpers.source_pages import (
    event,
    invent_papers,
    older_page,
    proceedings_page,
    programme,
    volume_page,
)

PAPERS = invent_papers(8)
VOLUME = 202
TAGS = b"""<ul class="paper-list"> </ul> <li> </li> <div class="paper"> </div> <p class="title">
</p> <a title="paper title" href="> </a> <span class="authors"> </span> <!-- -->
<script> </script> <style> </style> <textarea> </textarea> <title> </title> <svg> <![CDATA[ ]]>
<? ?> <br> <plaintext> <table> <tr> <select> <option> <iframe> <noscript> </html> <html> </body>
<template> <base href="x"> &amp; &#0; &#xD800; &nbsp; class= href= data-track="x" 8 papers https://proceedings.mlr.press/v202/
""".split()


def mutate_pages(chance: random.Random, _place: Place) -> str:
    """Parse a page of the proceedings, of PMLR or of a programme, a post or a robots.txt."""
    return chance.choice(_PAGES)(chance)


def _proceedings(chance: random.Random) -> str:
    is_old = chance.random() < 0.5
    whole = (older_page if is_old else proceedings_page)(PAPERS, 2024)
    data = mutate_bytes(chance, whole, TAGS)
    address = "https://proceedings.iclr.cc/paper_files/paper/2024"
    try:
        page = parse_proceedings_page(data, address)
    except UnexpectedPageError as error:
        return _told(error)
    sound = [paper for paper in PAPERS if _is_sound(whole, data, paper.hash, b"<li", b"</li>")]
    if is_old:  # its papers are of rounds, which are tracks of their own
        listed = " ".join(address for address, _ in page.others)
        missing = [paper.hash for paper in sound if paper.hash not in listed]
        return f"lost: {missing}" if missing else ""
    return _lost(((paper.hash, paper.title) for paper in sound), page.notes)


def _volume(chance: random.Random) -> str:
    whole = volume_page(PAPERS, VOLUME, preface=chance.random() < 0.5, cycles=chance.random() < 0.5)
    data = mutate_bytes(chance, whole, TAGS)
    try:
        notes = parse_volume(data, VOLUME).notes
    except UnexpectedPageError as error:
        return _told(error)
    start, end = b'<div class="paper">', b"</div>"
    sound = [paper for paper in PAPERS if _is_sound(whole, data, f"/{paper.key}.html", start, end)]
    return _lost(((paper.key, paper.title) for paper in sound), notes)


def _is_sound(whole: bytes, data: bytes, key: str, start: bytes, end: bytes) -> bool:
    """Return whether the entry of a paper stands on a mutated page, once, as it was."""
    at = whole.index(key.encode())
    entry = whole[whole.rindex(start, 0, at) : whole.index(end, at) + len(end)]
    return data.count(entry) == 1


def _told(error: UnexpectedPageError) -> str:
    """Return what is wrong with the words of an error."""
    text = str(error)
    return "" if text.isprintable() and len(text) < 1000 else f"it tells {text[:300]!r}"


def _lost(expected: Iterable[tuple[str, str]], notes: Iterable[Note]) -> str:
    titles = {note.id: note.title for note in notes}
    missing = [key for key, title in expected if titles.get(key) != title]
    return f"lost: {missing}" if missing else ""


def _programme(chance: random.Random) -> str:
    events = [event(paper, 2024) for paper in PAPERS]
    document = json.loads(programme(events))
    data = mutate_document(chance, document)
    try:
        found = parse_programme(data, "https://iclr.cc/x.json", 2024)
    except UnexpectedPageError as error:
        return _told(error)
    sound = sound_items(data, "results", document).keys()
    expected = [paper for paper in PAPERS if str(100_000 + paper.number) in sound]
    return _lost(((paper.forum, paper.title) for paper in expected), found.notes)


POST = b"""---
title: "A study: of methods"
abstract: We study.
layout: inproceedings
id: made16
author:
- given: Ada
  family: Made
- given: Bo
  family: Up
  prefix: van
date: 2016-06-11
volume: '48'
pdf: http://proceedings.mlr.press/v48/made16.pdf
openreview: abcdefgh
extras: []
# Format based on citeproc
---
"""
YAML = [
    b"---\n",
    b"&a ",
    b"*a",
    b"!!python/object:os.system ",
    b"- " * 500,
    b"[" * 2000,
    b"? ",
    b"|\n",
]


def _post(chance: random.Random) -> str:
    post = parse_post("2016-06-11-made16.md", mutate_bytes(chance, POST, YAML))
    return "" if post.key == "made16" else f"lost: its key is {post.key!r}"


def _robots(chance: random.Random) -> str:
    words = [b"User-agent: *\n", b"Disallow: /", b"Crawl-delay: ", b"Allow: ", b"*" * 50, b"$"]
    data = mutate_bytes(chance, b"".join(words[:2]) + b"x\n", words)
    robots = parse_robots(data.decode(errors="replace"), "papertally")
    robots.allows("https://example.org/" + "a" * 300)
    return ""


_PAGES: tuple[Callable[[random.Random], str], ...] = (
    _proceedings,
    _proceedings,
    _volume,
    _volume,
    _programme,
    _programme,
    _post,
    _robots,
)

SECTIONS = """A Title of a Paper
Abstract
We train a network in Keras and Tensor-
Flow, and compare it with PyTorch (Paszke
et al., 2017).\f1 INTRODUCTION
Our code is at https://github.com/pytorch/examples, in TENSOR FLOW or T ENSOR F LOW.
{filler}
ACKNOWLEDGMENTS
We thank the Theano developers.
REFERENCES
Ann Author and Bob Writer. Caffe: A paper. In NeurIPS, pp. 1-9, 2015.
Cy Other. The MXNet manual. arXiv preprint arXiv:1511.00001, 2015.
[3] Di Fourth. Yet another one. In ICML, 2014.\fA APPENDIX
All of it is in Chainer. {filler}
"""
PAPER = SECTIONS.format(filler="Plain words of a paper follow, line by line.\n" * 6).encode()
TEXT_WORDS = [
    *(b"REFERENCES\n", b"\f", b"-\n", b"\xc2\xad\n", b"\xef\xbf\xbe", b"\xcc\x81", b"et al.", b"["),
    *(
        b"Keras",
        b"A APPENDIX\n",
        b"https://",
        b"(cid:12)",
        b"<latexit",
        b"T ENSOR",
        b"\xef\xac\x83",
    ),
    *(b"2016.\n", b". . . . 7\n", b"\r", b"\t", b"\xe2\x80\xa8", b"\xff\xfe", b"Tensor\n12\nFlow"),
]


class Texts:
    """Reads, cleans, matches and divides texts as the stages do."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def __call__(self, chance: random.Random, place: Place) -> str:
        """Read a text and look for the frameworks in it."""
        place.begin()
        data = mutate_bytes(chance, PAPER, TEXT_WORDS, 12)
        path = place.write("text.txt", data)
        file = os.open(path, os.O_RDONLY)
        results = list(read_document(file, "text", "", hashlib.sha256(data).hexdigest()))
        if len(results) != 1 or results[0].ledger == Outcome.CRASHED:
            return f"it ends as {results}"
        (result,) = results
        return self._match(zlib.decompress(result.text).decode()) if result.text else ""

    def _match(self, text: str) -> str:
        mentions = with_zones(self._matcher.find(text), text)
        find_breaks(text.encode())
        places = [(mention.start, mention.end) for mention in mentions]
        if places != sorted(places) or not all(0 <= a < b <= len(text) for a, b in places):
            return f"its mentions are at {places}"
        for mention in mentions:
            found = sentence(text, mention.start, mention.end)
            is_in_text = text.count("\f", 0, mention.start) + 1 == mention.page
            if (
                not is_in_text
                or mention.zone not in Zone
                or not found.text[found.start : found.end]
            ):
                return f"the mention at {mention.start} is on page {mention.page}: {found}"
        return ""
