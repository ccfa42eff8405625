"""The exceptions, each with its exit code; their text is one line that includes the remedy."""

from typing import ClassVar

INTERRUPTED = 130
"""The exit code after Ctrl-C or SIGTERM, which raise `KeyboardInterrupt`; progress is kept."""


class PapertallyError(Exception):
    """A failure that the user can act on; its text is one line."""

    exit_code: ClassVar[int] = 1


class UsageError(PapertallyError):
    """Wrong arguments, files or settings; nothing was changed."""

    exit_code = 2


class LexiconError(UsageError):
    """A lexicon file that cannot be used; the text names the file, the entry and what is wrong."""


class WorkspaceError(UsageError):
    """A workspace that cannot be opened or used."""


class FailureShareError(PapertallyError):
    """The run finished, but more papers failed than the user allows."""

    exit_code = 3


class ServiceError(PapertallyError):
    """A source refuses what was asked; the user has to act, such as by logging in."""

    exit_code = 4


class TemporaryError(ServiceError):
    """A source cannot be reached, or has a fault that should pass; progress is kept."""

    exit_code = 7
    source = ""
    """The name of the source; empty if it is that of most runs, OpenReview."""


class LockedError(PapertallyError):
    """Another run holds the workspace."""

    exit_code = 5


class WorkspaceTakenError(LockedError):
    """Another run took the workspace during a wait; what was fetched before is kept."""

    exit_code = 6


class QuotaError(PapertallyError):
    """A quota or a budget stopped the run; progress is kept."""

    exit_code = 6


class DiskFullError(QuotaError):
    """The workspace's disk has no room for more; what was fetched is kept."""
