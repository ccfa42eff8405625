"""What a check finds, and how checks are run so that one that fails hides no other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from papertally.errors import PapertallyError
from papertally.store.workspace import DatabaseError


class Health(StrEnum):
    """How what was looked at is."""

    WELL = "ok"
    NOTE = "note"
    """It works; there is something to know or to do."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one thing; the fields are the keys of `--format json`."""

    name: str
    health: Health
    text: str
    """What is well, or what is wrong and what to do next: one line."""


Finding = tuple[Health, str]
"""How a thing is, and the line about it."""


def well(text: str) -> Finding:
    """Return a line about what is well."""
    return Health.WELL, text


def note(text: str) -> Finding:
    """Return a line about what works and is not as it could be."""
    return Health.NOTE, text


def wrong(text: str) -> Finding:
    """Return a line about what is wrong."""
    return Health.WRONG, text


def run_check(name: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Check]:
    """Yield what a function finds; its own failure is what it found."""
    try:
        for health, text in look():
            yield Check(name, health, " ".join(text.split()))
    except (PapertallyError, OSError, DatabaseError) as error:
        yield Check(name, Health.WRONG, " ".join(str(error).split()))
    except Exception as error:  # a doctor has to work where nothing else does
        text = f"cannot be checked ({type(error).__name__}: {error}): please report it"
        yield Check(name, Health.WRONG, " ".join(text.split()))
