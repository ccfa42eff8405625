"""A server of pages in a process of its own, over invented papers, and what it answers."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from papertally.models import Status, VenueYear
from tests.helpers.stored_years import PaperStored, store_year

HOSTILE = "<script>alert(1)</script> \"'&<img src=x onerror=alert(1)>=1+1"
BODY = "We train a transformer with Py-\nTorch and care."
APPENDIX = "Nothing is said here.\nREFERENCES\nA. Nobody. Nothing. In NIPS, 2016.\nAPPENDIX A\n"


def invent_texts(year: int) -> list[PaperStored]:
    """Return 120 papers: some with a word in the body, in the appendix only, or inside others."""
    papers = []
    for number in range(120):
        text = f"Sentence {number}.\n"
        if number % 3 == year % 3:
            text += f"{BODY}\n"
        if number % 40 == 0:
            text += "We know of Gumbel-Softmax.\n"
        if number % 10 == 0:
            text += f"{APPENDIX}A Gumbel-Softmax helps with {number}.\n"
        if number % 40 == 1:
            text += "Our pretransformers are others.\n"
        status = Status.ACCEPTED if number % 4 else Status.REJECTED
        title = f"{HOSTILE} {number}" if number < 3 else f"Invented {year} {number}"
        abstract = "It is about sparrows." if number % 2 else ""
        papers.append(PaperStored(f"p{year}-{number:03d}", text, status, title, abstract=abstract))
    # one that could not be fetched
    papers.append(PaperStored(f"p{year}-none", title="Not here"))
    return papers


def store_papers(workspace: Path) -> None:
    """Store two years of a venue and one of another."""
    for venue, year in (("iclr", 2018), ("iclr", 2019), ("neurips", 2019)):
        store_year(workspace, VenueYear(venue, year), invent_texts(year))


@dataclass(frozen=True)
class Answered:
    """What the server answered."""

    code: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Pages:
    """A server that runs."""

    address: str

    def ask(self, path: str, pairs: Any = (), method: str = "GET", headers: Any = None) -> Answered:
        """Ask for an address as it is; redirects are not followed."""
        target = f"{path}?{urlencode(pairs)}" if pairs else path
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        try:
            connection.request(method, target, headers=headers or {})
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
            return Answered(response.status, dict(response.getheaders()), text)
        finally:
            connection.close()

    def json(self, **pairs: Any) -> Any:
        """Return the JSON of a search."""
        answered = self.ask("/search.json", pairs)
        assert answered.code == 200, answered
        return json.loads(answered.text)


@contextmanager
def serving(workspace: Path, *words: str) -> Iterator[Pages]:
    """Serve a workspace at a free port as long as the context lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "papertally", "serve", *words, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PAPERTALLY_WORKSPACE": str(workspace)},
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, (line, process.communicate())
        yield Pages(found[0])
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
