"""Mend what can be mended without losing anything that cannot be had again.

Each step leaves the workspace whole, so that a repair can be killed at any moment and run again.
"""

import errno
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from papertally import pipeline
from papertally.care.leftovers import ORPHANS, Leftovers, find_leftovers, hash_of, is_shared
from papertally.care.workspace_checks import find_damaged_texts
from papertally.errors import WorkspaceError
from papertally.fetch.names import format_count
from papertally.fetch.openreview.tokens import token_path
from papertally.match.run import match_pending
from papertally.match.text_index import update_index
from papertally.models import Outcome, Scope
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
    folder = settings.workspace
    if folder.is_dir() and not is_shared(folder):
        _narrow(folder, say)
    _narrow(token_path(), say)
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
        _set_aside(path, orphans / path.relative_to(workspace.folder), orphans)
    if left.strays:
        say(f"{format_count(len(left.strays), 'document')} that no paper has moved to {orphans}")


def _set_aside(path: Path, target: Path, orphans: Path) -> None:
    """Move a document, also to another disk; nothing else that was set aside is replaced.

    Raises `WorkspaceError` if the folder for it leads out of the workspace.
    """
    place = orphans.parent.resolve() / ORPHANS
    if not target.parent.resolve().is_relative_to(place) or (
        os.path.lexists(orphans) and not orphans.is_dir()
    ):
        raise WorkspaceError(f"{orphans} is not a folder of the workspace: move it away")
    target.parent.mkdir(parents=True, exist_ok=True)
    number, first = 1, target
    while os.path.lexists(target) and hash_of(target) != hash_of(path):
        number += 1
        target = first.with_name(f"{first.stem}-{number}{first.suffix}")
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(path, part)
        part.replace(target)
        path.unlink()


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
    outcomes = match_pending(workspace, Scope(), pipeline.read_lexicon(settings), progress)
    say(f"{format_count(outcomes[Outcome.OK], 'text')} matched again")


def _make_index_again(workspace: Workspace, say: Callable[[str], None], progress: Progress) -> None:
    delete_index(workspace.folder)
    try:
        update_index(workspace, workspace.texts.stamps(), progress)
    except IndexFileError as error:
        raise WorkspaceError(f"the search index cannot be made ({error})") from None
    say("the search index is made again")
