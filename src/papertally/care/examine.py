"""Look at a workspace and the machine it is on, from the folder to the cage of the reader."""

from collections.abc import Callable, Iterator
from functools import partial

from papertally.care import machine_checks, workspace_checks
from papertally.care.checks import Check, Finding, Health, run_check
from papertally.errors import WorkspaceError
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.store.connection import DATABASE, DamagedDatabaseError, damaged_database
from papertally.store.workspace import Workspace

_EMPTY = (
    f"{DATABASE} is empty: the next run fills it; if papers were stored here, put a copy "
    "back or run what stored them again"
)
_Look = Callable[[Workspace], Iterator[Finding]]


def examine(settings: Settings, progress: Progress = SILENT) -> Iterator[Check]:
    """Yield what each check finds. Nothing is changed, and no site is asked."""
    yield from run_check("folder", partial(machine_checks.check_folder, settings))
    yield from run_check("disk", partial(machine_checks.check_disk, settings))
    if (settings.workspace / DATABASE).is_file():
        yield from _examine_workspace(settings, progress)
    yield from run_check("login", partial(machine_checks.check_login, settings))
    yield from run_check("fonts", machine_checks.check_fonts)
    yield from run_check("engines", machine_checks.check_engines)
    yield from run_check("cage", machine_checks.check_cage)


def _examine_workspace(settings: Settings, progress: Progress) -> Iterator[Check]:
    folder = settings.workspace
    if not (folder / DATABASE).stat().st_size:
        yield Check("database", Health.NOTE, _EMPTY)
        return
    try:
        with Workspace(folder) as workspace:
            if fault := workspace.upkeep.fault():
                raise damaged_database(folder, fault)
            looks: dict[str, _Look] = {
                "runs": workspace_checks.check_run,
                "database": workspace_checks.check_database,
                "ledger": workspace_checks.check_ledger,
                "texts": partial(workspace_checks.check_texts, progress=progress),
                "files": workspace_checks.check_files,
                "index": workspace_checks.check_index,
            }
            for name, look in looks.items():
                yield from run_check(name, partial(look, workspace))
    except DamagedDatabaseError as error:
        damage = partial(workspace_checks.describe_damage, folder, error.fault)
        yield from run_check("database", damage)
    except WorkspaceError as error:
        yield Check("database", Health.WRONG, str(error))
