"""Mend what can be mended without losing anything that cannot be had again.

Each step leaves the workspace whole, so that a repair can be killed at any moment and run again.
"""

import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from papertally import pipeline
from papertally.care.leftovers import ORPHANS, Leftovers, find_leftovers
from papertally.care.workspace_checks import find_damaged_texts
from papertally.errors import WorkspaceError
from papertally.fetch.names import format_count
from papertally.fetch.openreview.tokens import token_path
from papertally.match.run import match_pending
from papertally.match.text_index import update_index
from papertally.models import Scope
from papertally.progress import Progress
from papertally.settings import Settings
from papertally.store.connection import DATABASE, DamagedDatabaseError
from papertally.store.search_index import IndexFileError, delete_index
from papertally.store.workspace import Workspace

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def repair(settings: Settings, say: Callable[[str], None], progress: Progress) -> None:
    """Mend a workspace and tell each change in a line; a damaged database is left as it is.

    Raises `LockedError` if a run is at work, and `WorkspaceError`.
    """
    for path in (settings.workspace, token_path()):
        _narrow(path, say)
    if not (settings.workspace / DATABASE).is_file():
        return
    with (
        suppress(DamagedDatabaseError),  # the checks tell what can be had again
        pipeline.writing(settings, "doctor --repair") as workspace,
    ):
        if workspace.upkeep.fault():
            return
        _tidy(workspace, find_leftovers(workspace), say)
        _make_findings_again(workspace, settings, say, progress)
        _make_index_again(workspace, say, progress)


def _narrow(path: Path, say: Callable[[str], None]) -> None:
    """Take from others what only the user is to see."""
    if not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & _OTHERS:
        return
    try:
        path.chmod(mode & ~_OTHERS)
    except OSError as error:
        raise WorkspaceError(
            f"the permissions of {path} cannot be changed ({error.strerror}): ask its owner"
        ) from None
    say(f"{path} is its owner's alone now")


def _tidy(workspace: Workspace, left: Leftovers, say: Callable[[str], None]) -> None:
    for path in left.removable:
        path.unlink(missing_ok=True)
    if left.removable:
        say(f"{format_count(len(left.removable), 'file')} of killed runs or stored twice deleted")
    orphans = workspace.folder / ORPHANS
    for path in left.strays:
        target = orphans / path.relative_to(workspace.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    if left.strays:
        say(f"{format_count(len(left.strays), 'document')} that no paper has moved to {orphans}")


def _make_findings_again(
    workspace: Workspace, settings: Settings, say: Callable[[str], None], progress: Progress
) -> None:
    damaged = find_damaged_texts(workspace, progress)
    with workspace.transaction():
        workspace.upkeep.set_damaged(damaged)
        workspace.upkeep.forget_findings()
    if damaged:
        say(
            f"{format_count(len(damaged), 'text')} that cannot be read marked: `papertally survey` "
            "or `papertally extract` reads the files again"
        )
    texts = match_pending(workspace, Scope(), pipeline.read_lexicon(settings), progress)
    say(f"{format_count(texts, 'text')} matched again")


def _make_index_again(workspace: Workspace, say: Callable[[str], None], progress: Progress) -> None:
    delete_index(workspace.folder)
    try:
        update_index(workspace, workspace.texts.stamps(), progress)
    except IndexFileError as error:
        raise WorkspaceError(f"the search index cannot be made ({error})") from None
    say("the search index is made again")
