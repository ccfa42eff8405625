"""The error family: every error carries its exit code and says the cure in one line."""

from typing import ClassVar

INTERRUPTED = 130
"""The exit code of a run that Ctrl-C or SIGTERM stopped; `KeyboardInterrupt` is its exception. Progress is kept."""


class PapertallyError(Exception):
    """A failure that the user can understand and act on; its text is one line."""

    exit_code: ClassVar[int] = 1


class UsageError(PapertallyError):
    """Wrong arguments, files or settings; nothing was changed."""

    exit_code = 2


class LexiconError(UsageError):
    """A lexicon file that cannot be used; the text names file, line and fault."""


class WorkspaceError(UsageError):
    """A workspace that cannot be opened, or does not hold what was asked for."""


class FailureShareError(PapertallyError):
    """The run finished, but more papers failed than the user allows."""

    exit_code = 3


class ServiceError(PapertallyError):
    """OpenReview cannot be reached, or wants a login."""

    exit_code = 4


class LockedError(PapertallyError):
    """Another run holds the workspace."""

    exit_code = 5


class WorkspaceTakenError(LockedError):
    """Another run took the workspace during a wait and kept it; what was fetched before is kept."""

    exit_code = 6


class QuotaError(PapertallyError):
    """Stopped by a quota or a budget; progress is kept."""

    exit_code = 6


class DiskFullError(QuotaError):
    """The workspace's disk has no room for more; what was fetched is kept."""
