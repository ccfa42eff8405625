"""What all steps of a fetching run share."""

from dataclasses import dataclass

from papertally.fetch.budget import Budget
from papertally.fetch.http import Client
from papertally.fetch.manners import Manners
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Run:
    """One fetching run, made once by the pipeline and passed down."""

    workspace: Workspace
    settings: Settings
    client: Client
    """Of the source that is at work."""
    budget: Budget
    """Of all sources together."""
    manners: Manners
    """Of the clients without a login together."""
    hosts: frozenset[str]
    """Those of which a source of the year has PDFs; see `SourceFacts.hosts`."""
    progress: Progress = SILENT
