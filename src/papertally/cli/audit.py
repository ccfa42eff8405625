"""The command `audit`: people judge a sample of what was found."""

import getpass
import io
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli import audit_prompt
from papertally.cli.arguments import scope_arguments
from papertally.cli.context import Console, SharedOptions, as_record, option, shared_options
from papertally.cli.lexicon import require_frameworks
from papertally.cli.options import AS_OF, FILE, LEXICON, POPULATION, split_names
from papertally.cli.terminal import print_text
from papertally.errors import UsageError
from papertally.models import Scope, Status, Verdict

if TYPE_CHECKING:
    from papertally.audit.sampling import AnnotationTask
    from papertally.audit.sheet import SheetVerdict
    from papertally.match.lexicon import Lexicon
    from papertally.store.workspace import Workspace

_MAX_NAME = 100
"""Letters of an annotator's name."""
_MAX_ITEMS = 10_000
"""Mentions, and near misses, of a sample."""
_NEEDING = "an audit"
"""What needs texts, in the error that there are none."""


def _check_annotator(name: str | None) -> str:
    """Check an annotator's name, by default the user's. Raises `UsageError`."""
    if name is None:
        try:
            name = getpass.getuser()
        except (OSError, KeyError):  # a user without a name, as in some containers
            raise UsageError(
                "your user name is unknown: give a name with --annotator NAME"
            ) from None
    name = " ".join(name.split())
    if not name or not name.isprintable() or len(name) > _MAX_NAME:
        raise UsageError(f"--annotator must be a name of 1 to {_MAX_NAME} characters")
    return name


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What is to be judged, and by whom."""

    framework: tuple[str, ...] = option(
        "Judge only these frameworks.", "-f", multiple=True, metavar="X,Y", parse=split_names
    )
    mentions: int = option(
        "Number of mentions to judge.", default=300, metavar="N", type=click.IntRange(0, _MAX_ITEMS)
    )
    near_misses: int | None = option(
        "Number of near misses to judge. Default: a fifth of --mentions.",
        type=click.IntRange(0, _MAX_ITEMS),
        metavar="N",
    )
    seed: int = option("Seed of the random sample.", default=0, metavar="N", type=int)
    annotator: str = option(
        "Name of the person who judges. Default: your user name on this machine.",
        metavar="NAME",
        parse=_check_annotator,
    )
    population: tuple[Status, ...] | None = POPULATION
    as_of: str = AS_OF
    sheet_out: Path | None = option("Write the sample to a CSV sheet instead of asking.", **FILE)
    sheet_in: Path | None = option("Read the verdicts from a sheet instead of asking.", **FILE)
    lexicon: tuple[Path, ...] = LEXICON


@click.command(
    epilog="\b\nExample: papertally audit iclr 2018 2019 -f keras,pytorch --mentions 100"
)
@scope_arguments(required=True)
@as_record("options", AuditOptions)
@shared_options
def audit(scope: Scope, options: AuditOptions, shared: SharedOptions) -> None:
    """Judge a random sample of mentions by hand and get error rates.

    Each mention is shown in its sentence. You answer u(se), m(ention), o(ther: not the software),
    ?(unsure), b(ack) or q(uit). Then come near misses: split names, typing errors and code, in
    papers without a mention. Each answer is stored immediately; the same command continues where
    you stopped. At the end the figures are printed. With no input (</dev/null) they are printed
    immediately. Answers can also come from a pipe, one per line.
    """
    from papertally import absent_papers, pipeline
    from papertally.audit.sheet import read_sheet
    from papertally.extract.run import extract_pending
    from papertally.match.run import match_pending

    if options.sheet_in and options.sheet_out:
        raise UsageError("--sheet-out and --sheet-in are two steps: use only one")
    settings, console = shared.settings(options.lexicon), shared.console()
    rules = pipeline.read_lexicon(settings)
    require_frameworks(options.framework, rules)
    lines = read_sheet(options.sheet_in) if options.sheet_in else []
    absent_papers.require_papers(settings, scope, _NEEDING)
    with pipeline.writing(settings, f"audit {scope}") as workspace:
        years, statuses = workspace.ledger.years(scope), options.population
        if not years:
            raise absent_papers.nothing_stored(scope, workspace.folder, _NEEDING)
        workspace.listings.check_as_of(years, options.as_of)
        if statuses is not None:
            ledgers = workspace.ledger.read_all(scope, as_of=options.as_of)
            listings = [ledger.describe_listing(year) for year, ledger in ledgers.items()]
            absent_papers.require_population(listings, statuses)
            rows = [row for ledger in ledgers.values() for row in ledger.rows]
            if statuses and not any(row.status in statuses for row in rows):
                raise absent_papers.nobody_known(scope, statuses)
        extract_pending(workspace, scope, settings.extraction, progress=console.progress())
        match_pending(workspace, scope, rules, console.progress())
        run = _AuditRun(
            workspace, _stored_years(workspace, scope, console), rules, options, console
        )
        if options.sheet_out:
            run.write(options.sheet_out, settings.hosts.site)
            return
        if options.sheet_in:
            run.read(options.sheet_in, lines)
        else:
            run.ask(settings.hosts.site)
        run.show()


def _stored_years(workspace: "Workspace", scope: Scope, console: Console) -> Scope:
    """Return the years of a scope that are stored, after a warning about the others."""
    from papertally import absent_papers

    stored = replace(scope, years=tuple(year.year for year in workspace.ledger.years(scope)))
    if absent := sorted(set(scope.years) - set(stored.years)):
        absent_years = replace(scope, years=tuple(absent))
        error = absent_papers.nothing_stored(absent_years, workspace.folder, _NEEDING)
        console.warn(str(error))
    return stored


class _AuditRun:
    """One audit of a venue's years, in a workspace that is open for writing."""

    def __init__(
        self,
        workspace: "Workspace",
        scope: Scope,
        lexicon: "Lexicon",
        options: AuditOptions,
        console: Console,
    ) -> None:
        from papertally.audit.near_misses import scan_texts
        from papertally.audit.sampling import AuditPool

        self._workspace, self._scope, self._lexicon = workspace, scope, lexicon
        self._options, self._console = options, console
        self._names = {framework.id: framework.name for framework in lexicon.frameworks}
        scan_texts(workspace, scope, lexicon.frameworks, console.progress())
        self._rulesets = workspace.mentions.current_rulesets(lexicon.fingerprints)
        ledgers = workspace.ledger.read_all(scope, self._rulesets, options.as_of)
        statuses = options.population or ()
        self._pool = AuditPool(workspace, lexicon, ledgers, options.framework, statuses)

    def _sample(self) -> list["AnnotationTask"]:
        from papertally.audit.sampling import draw_sample

        options = self._options
        near_misses = options.near_misses
        if near_misses is None:
            near_misses = options.mentions // 5
        return self._pool.tasks(
            draw_sample(self._pool, options.mentions, near_misses, options.seed)
        )

    def _verdicts(self) -> dict[str, Verdict]:
        """Return the annotator's verdicts by the keys of their tasks."""
        records = self._workspace.verdicts.of(self._scope)
        name = self._options.annotator
        return {record.item: record.verdict for record in records if record.annotator == name}

    def write(self, path: Path, site: str) -> None:
        """Write the sample as a sheet, with the verdicts that the annotator has given."""
        from papertally.audit.sheet import write_sheet

        rows = write_sheet(
            path,
            self._sample(),
            lambda task: audit_prompt.forum_url(task, site),
            self._names,
            self._verdicts(),
        )
        self._console.info(
            f"wrote {rows:,} rows to {path}; fill in the column verdict, then read it with "
            "--sheet-in"
        )

    def read(self, path: Path, lines: list["SheetVerdict"]) -> None:
        """Store the verdicts of a sheet: all of them, or none if one has no task in the store."""
        from papertally.audit.sampling import AuditPool
        from papertally.audit.session import verdict_record
        from papertally.audit.sheet import check_keys

        # The sheet may be of more than the frameworks and the population asked for now.
        ledgers = self._workspace.ledger.read_all(self._scope, self._rulesets)
        pool = AuditPool(self._workspace, self._lexicon, ledgers)
        tasks: dict[str, AnnotationTask] = {}
        for task in pool.tasks([*pool.mentions, *pool.near_misses]):
            tasks |= dict.fromkeys(task.keys, task)
        check_keys(path, lines, tasks)
        annotator, verdicts = self._options.annotator, self._verdicts()
        changed = [line for line in lines if verdicts.get(tasks[line.key].key) != line.verdict]
        with self._workspace.transaction():
            self._workspace.verdicts.save(
                verdict_record(tasks[line.key], annotator, line.verdict) for line in changed
            )
        self._console.info(
            f"{path}: {len(lines):,} verdicts by {annotator}, {len(changed):,} of them new or "
            "changed"
        )

    def ask(self, site: str) -> None:
        """Ask for verdicts on the sample's tasks that have none, and store each at once."""
        from papertally.audit.session import annotate, verdict_record

        tasks, verdicts, annotator = self._sample(), self._verdicts(), self._options.annotator
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # a typing error in bytes is a wrong answer

        def ask_one(task: "AnnotationTask", number: int, old: Verdict | None) -> str:
            where = f"{number + 1:,} of {len(tasks):,}"
            return audit_prompt.answer(
                self._workspace, lambda: audit_prompt.ask(task, self._names, site, where, old)
            )

        def save(task: "AnnotationTask", verdict: Verdict) -> None:
            self._workspace.verdicts.save([verdict_record(task, annotator, verdict)])

        done = annotate(tasks, verdicts, ask_one, save, lambda text: click.echo(text, err=True))
        if not tasks:
            self._console.info("there is nothing to judge: no mention is stored")
            return
        judged = sum(task.key in verdicts for task in tasks)
        rest = "" if done else "; run the same command again to continue"
        self._console.info(
            f"{judged:,} of the sample's {len(tasks):,} are judged by {annotator}{rest}"
        )

    def show(self) -> None:
        """Print the figures."""
        from papertally.audit.metrics import compute_audit
        from papertally.audit.table import audit_table

        figures = compute_audit(self._pool, self._workspace.verdicts.of(self._scope))
        if figures.frameworks:
            print_text(audit_table(figures, self._names))
        else:
            self._console.info("nothing is judged yet, so there are no figures")
