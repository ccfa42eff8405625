"""The extract stage: every file that waits becomes a text with an outcome."""

from collections import Counter
from collections.abc import Iterable

from papertally.extract.pool import Job, WorkerPool
from papertally.models import Outcome, Scope
from papertally.progress import SILENT, Progress
from papertally.settings import Extraction
from papertally.store.begun import Begun
from papertally.store.workspace import Workspace


def extract_pending(
    workspace: Workspace,
    scope: Scope,
    settings: Extraction,
    retry: Iterable[Outcome] = (),
    progress: Progress = SILENT,
    pool: WorkerPool | None = None,
) -> tuple[Counter[Outcome], list[str]]:
    """Extract what is pending, and again the texts whose outcome is in `retry`.

    A `pool` that has started already may be passed; it is closed at the end. Returns how many files
    ended how, and notes for people. Each text is saved as it comes: a killed run loses at most the
    last second's work and the next one continues, with what the killed one was reading last.
    """
    retry = list(retry)
    if retry:
        workspace.texts.ask_again(scope, retry)
    begun = Begun(workspace.facts, "extract")
    pending = workspace.texts.pending(scope)
    # large ones first, so that no process is left with one at the end while the others wait
    pending.sort(key=lambda stored: (begun.times(stored.key), -stored.file.bytes))
    waiting = {stored.key: Job(stored.key, stored.file) for stored in pending}
    outcomes: Counter[Outcome] = Counter()
    notes: list[str] = []
    if not waiting:
        return outcomes, notes
    pool = pool or WorkerPool(settings)
    with pool, workspace.batches(begun.store) as saved:
        results = pool.read(map(waiting.__getitem__, begun.begin_each(waiting)), saved)
        for job, result in progress.track(results, "extract", len(waiting)):
            if not workspace.texts.save(job.key, result):
                kept = "the text read from it earlier stays"
                notes.append(f"{job.file.path}: {result.reason}; {kept}")
            outcomes[result.ledger] += 1
            begun.end(job.key)
            saved()
    return outcomes, notes
