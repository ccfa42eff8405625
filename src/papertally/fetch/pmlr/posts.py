"""Posts of a volume's repository: files whose front matter in YAML describes one paper each.

The site is made of them by Jekyll, whose rules for names and front matter are followed here. YAML
is read by PyYAML's parser of libyaml, whose time grows linearly and which limits nesting. All
values stay texts, so that a title such as `2001` or `No` is one, and tags mean nothing. Aliases
are refused: a short post could stand for gigabytes of text by them, and no post needs one.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from papertally.fetch.names import clean_name
from papertally.fetch.notes import forum_id, read_text
from papertally.fetch.pmlr.entries import is_preface, page_address, pdf_address
from papertally.models import Note, Status

POSTS = "_posts"
"""The folder of the posts in a repository."""
MAX_POST_BYTES = 1 << 16
"""Larger posts are not read; real ones have up to 6 kB."""

_DAY = len("2016-06-11")
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-(.+)\.(?:md|markdown)", re.ASCII | re.DOTALL)
# The characters that Jekyll replaces by a hyphen in a page's address
_NOT_IN_ADDRESS = re.compile(r"[^\w.~!$&'()+,;=@]+")
# Control characters and odd line ends, which are not allowed in YAML or end a line there
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_MAX_PROBLEM = 100  # characters; a message may quote the post
_VOLUME = re.compile(r"[1-9]\d{0,4}", re.ASCII)
# Without libyaml PyYAML has only its own parser, which is slower.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Post:
    """One entry of a volume, as its post describes it."""

    key: str
    """The last part of its page's address, without the ending."""
    date: str
    """ISO date of the post."""
    stems: frozenset[str] = frozenset()
    """The names that its PDF may have, without the ending."""
    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    volume: int = 0
    """The number of the volume; 0 if the post names none."""
    pdf: str = ""
    """The canonical address of its PDF; empty if it names none at PMLR."""
    forum: str = ""
    """The id of its forum on OpenReview; empty if there is none."""
    fault: str = ""
    """Why its front matter cannot be read; empty if it can."""

    @property
    def is_preface(self) -> bool:
        """Return whether it is no paper."""
        return is_preface(self.title, self.section)

    def to_note(self, volume: int) -> Note:
        """Make the note of a paper of a volume; all that are published were accepted."""
        return Note(
            id=self.key,
            title=self.title,
            status=Status.ACCEPTED,
            status_raw=self.section,
            abstract=self.abstract,
            authors=self.authors,
            pdf=self.pdf,
            raw=json.dumps({"forum": self.forum} if self.forum else {}),
            page=page_address(volume, self.key),
        )


def is_post_name(name: str) -> bool:
    """Return whether a file's name is that of a post: its date and the paper's key."""
    match = _NAME.fullmatch(name)
    try:
        return bool(match and date.fromisoformat(match[1]))
    except ValueError:
        return False


def parse_post(name: str, data: bytes) -> Post:
    """Parse a post by the name and content of its file.

    The paper's key comes from the file's name, as its page's address does; another `id` inside
    only is a further name of its PDF. So an unreadable post is still a paper, but without a title.
    """
    day, stem = name[:_DAY], clean_name(PurePath(name[_DAY + 1 :]).stem)
    key = _NOT_IN_ADDRESS.sub("-", stem).strip("-") or stem
    stems = {stem, key}
    try:
        fields = _read_front_matter(data)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Post(key, day, frozenset(stems), fault=_first_line(error))
    number = _VOLUME.fullmatch(_text(fields.get("volume")))
    volume = int(number[0]) if number else 0
    address = pdf_address(_text(fields.get("pdf")), volume)
    for other in (_text(fields.get("id")), PurePath(unquote(urlsplit(address).path)).stem):
        stems.add(clean_name(other) if other else key)
    title = _text(fields.get("title"))
    return Post(
        key=key,
        date=day,
        stems=frozenset(stems),
        title=title,
        abstract=_text(fields.get("abstract")),
        authors=tuple(_authors(fields.get("author"))),
        section=_text(fields.get("section")),
        volume=volume,
        pdf=address,
        forum=forum_id(f"https://openreview.net/forum?id={_text(fields.get('openreview'))}"),
        # posts of a blog may have none
        fault="" if title or not volume else "it has no title",
    )


def newest_posts(posts: Iterable[Post]) -> list[Post]:
    """Return the newest post of each key, by key: a paper that was posted again is one page."""
    newest: dict[str, Post] = {}
    for post in posts:
        known = newest.get(post.key)
        # one that cannot be read takes no other's place
        if not known or (not post.fault, post.date) > (not known.fault, known.date):
            newest[post.key] = post
    return [newest[key] for key in sorted(newest)]


def _read_front_matter(data: bytes) -> dict[object, object]:
    """Return the fields between the lines `---` at a post's head.

    Raises `ValueError` or an error of PyYAML.
    """
    if len(data) > MAX_POST_BYTES:
        raise ValueError(f"it is larger than {MAX_POST_BYTES >> 10} KiB")
    lines = _CONTROL.sub(" ", data.decode("utf-8-sig", "replace")).splitlines()
    ends = [number for number, line in enumerate(lines) if line.rstrip() in ("---", "...")]
    if len(ends) < 2 or ends[0] or lines[0].rstrip() != "---":
        raise ValueError("it has no front matter between two lines ---")
    text = "\n".join(lines[1 : ends[1]])
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _Loader)):
        raise ValueError("its front matter has an alias")
    fields = _Loader(text).get_single_data()
    if not isinstance(fields, dict):
        raise ValueError("its front matter has no fields")
    return fields


def _first_line(error: Exception) -> str:
    """Return what is wrong with a post in one line."""
    if isinstance(error, RecursionError):
        return "its front matter is nested too deeply"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        # the line counts from 0, and begins below the first ---
        problem = clean_name(error.problem or error.context or "it is not YAML")
        return f"line {error.problem_mark.line + 2}: {problem[:_MAX_PROBLEM]}"
    return clean_name(str(error))[:_MAX_PROBLEM]


def _authors(value: object) -> Iterable[str]:
    for author in value if isinstance(value, list) else ():
        if isinstance(author, dict):
            parts = (_text(author.get(part)) for part in ("given", "prefix", "family", "suffix"))
            if name := " ".join(filter(None, parts)):
                yield name


def _text(value: object) -> str:
    """Return a text on one line without control characters, which YAML can escape."""
    return " ".join(read_text(value).split())
