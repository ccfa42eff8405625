"""What all steps of a fetching run share."""

from dataclasses import dataclass

from papertally.fetch.http import Client
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Run:
    """One fetching run, made once by the pipeline and passed down."""

    workspace: Workspace
    settings: Settings
    client: Client
    progress: Progress = SILENT
