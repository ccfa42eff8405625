"""From a venue's words about a submission to its status."""

import re

from papertally.models import Status

_OPEN = frozenset(
    {"", "_", "-", "unknown", "active", "submitted", "under review", "pending", "n/a", "na", "none", "null"}
)
"""Words about papers that are not decided."""
_RULES = (
    # the order matters: "Submitted to", "Desk Reject" and "Poster Workshop" hold words of later lines
    (re.compile(r"desk.?reject"), Status.DESK_REJECTED),
    (re.compile(r"withdraw"), Status.WITHDRAWN),
    (re.compile(r"reject|submitted to"), Status.REJECTED),
    # invited to the workshop track instead of the conference; a venue that is a workshop says it elsewhere
    (re.compile(r"^workshop|invite.*workshop|^(?:poster|oral) workshop$|-workshop$"), Status.REJECTED),
    (
        re.compile(r"\b(?:conditional|conference)?\s?(?:oral|poster|spotlight|talk)\b|\btop-?\d+%|\bnotable\b|^accept"),
        Status.ACCEPTED,
    ),
)
"""Marks in lower-case words, and what they mean."""


def status_of(words: str) -> Status:
    """Read a status from a decision, venue text or list entry; what is not named is unknown.

    >>> status_of("Accept (Poster)"), status_of("ICLR 2024 Conference Withdrawn Submission"), status_of("Active")
    (<Status.ACCEPTED: 'accepted'>, <Status.WITHDRAWN: 'withdrawn'>, <Status.UNKNOWN: 'unknown'>)
    """
    lower = words.strip().lower()
    if lower in {str(status) for status in Status}:
        return Status(lower)
    return next((status for mark, status in _RULES if mark.search(lower)), Status.UNKNOWN)


def names_none(words: str) -> bool:
    """Say whether words about a paper are none of a decision, nor of one that is open."""
    return status_of(words) == Status.UNKNOWN and words.strip().lower() not in _OPEN
