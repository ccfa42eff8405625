"""The command `audit`: people judge a sample of what was found."""

import getpass
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from papertally import pipeline, snapshot_loader
from papertally.cli import audit_prompt
from papertally.cli.context import (
    Console,
    check_stored,
    make_console,
    make_scope,
    make_settings,
    parse_population,
    read_date,
    split_names,
)
from papertally.cli.options import (
    VenueType,
    YearsType,
    as_of_option,
    lexicon_option,
    population_option,
    shared_options,
)
from papertally.cli.report import require_frameworks
from papertally.errors import UsageError
from papertally.models import Scope, Status, Verdict
from papertally.store.workspace import Workspace

if TYPE_CHECKING:
    from papertally.audit.sampling import AnnotationTask
    from papertally.audit.sheet import SheetVerdict
    from papertally.match.lexicon import Lexicon

_MAX_NAME = 100
_MOST = 10_000


@click.command(
    epilog="\b\nExample: papertally audit iclr 2018 2019 -f keras,pytorch --mentions 100 --annotator anna"
)
@click.argument("venue", type=VenueType())
@click.argument("years", type=YearsType(), nargs=-1, required=True)
@click.option(
    "-f", "--framework", multiple=True, metavar="X,Y", help="Judge these frameworks only."
)
@click.option(
    "--mentions", type=click.IntRange(0, _MOST), default=300, show_default=True, metavar="N",
    help="Mentions in the sample.",
)  # fmt: skip
@click.option(
    "--near-misses", type=click.IntRange(0, _MOST), metavar="N",
    help="Near misses in the sample. Default: a fifth of --mentions.",
)  # fmt: skip
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="N",
    help="Another seed draws another sample.",
)
@click.option(
    "--annotator", metavar="NAME", help="Who judges. Default: your user name on this machine."
)
@population_option
@as_of_option
@click.option(
    "--sheet-out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the sample as a CSV sheet; ask nothing.",
)
@click.option(
    "--sheet-in",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the verdicts of a sheet; ask nothing.",
)
@lexicon_option
@shared_options
@click.pass_context
def audit(
    context: click.Context,
    /,
    venue: str,
    years: tuple[tuple[int, ...], ...],
    sheet_out: Path | None,
    sheet_in: Path | None,
    **options: Any,
) -> None:
    """Judge a random sample of mentions by hand, and get an error rate.

    Each mention is shown in its sentence, and you answer: u(se), m(ention), o(ther: not the software), ?(unsure),
    b(ack), q(uit). Then come near misses (split names, typing slips, code) in papers without a mention. Answers are
    stored at once; the same command goes on where you stopped. At the end the figures are printed; with no input
    (</dev/null) they are printed at once. Answers are also taken from a pipe, one in a line.
    """
    from papertally.audit.sheet import read_sheet

    if sheet_in and sheet_out:
        raise UsageError("--sheet-out and --sheet-in are two steps: name one of them")
    settings, console, scope = (
        make_settings(context, options),
        make_console(context, options),
        make_scope(venue, years),
    )
    question = _question(options)
    lexicon = pipeline.read_lexicon(settings)
    require_frameworks(question.frameworks, lexicon)
    lines = read_sheet(sheet_in) if sheet_in else []
    snapshot_loader.require_workspace(settings, scope)
    with pipeline.writing(settings, f"audit {scope}") as workspace:
        check_stored(workspace, scope)
        snapshot_loader.check_as_of(workspace, scope, question.as_of)
        snapshot_loader.check_population(workspace, scope, question.statuses)
        pipeline.run_extract(workspace, settings, scope, progress=console.progress())
        pipeline.run_match(workspace, lexicon, scope, console.progress())
        run = _Audit(workspace, _held(workspace, scope, console), lexicon, question, console)
        if sheet_out:
            run.write(sheet_out, settings.hosts.site)
            return
        if sheet_in:
            run.read(sheet_in, lines)
        else:
            run.ask(settings.hosts.site)
        run.show()


@dataclass(frozen=True, slots=True)
class _Question:
    """What is to be judged, and by whom."""

    frameworks: tuple[str, ...]
    statuses: tuple[Status, ...]
    as_of: str
    mentions: int
    near: int
    seed: int
    annotator: str


def _question(options: dict[str, Any]) -> _Question:
    mentions, near = options["mentions"], options["near_misses"]
    return _Question(
        split_names(options["framework"]),
        parse_population(options["population"]),
        read_date(options["as_of"]),
        mentions,
        mentions // 5 if near is None else near,
        options["seed"],
        _annotator(options["annotator"]),
    )


def _annotator(name: str | None) -> str:
    """Check an annotator's name, or take the user's."""
    if name is None:
        try:
            name = getpass.getuser()
        except (OSError, KeyError):  # a user without a name, as in some containers
            raise UsageError(
                "your user name is not known: say who judges with --annotator NAME"
            ) from None
    name = " ".join(name.split())
    if not name or not name.isprintable() or len(name) > _MAX_NAME:
        raise UsageError(f"--annotator takes a name of 1 to {_MAX_NAME} characters")
    return name


def _held(workspace: Workspace, scope: Scope, console: Console) -> Scope:
    """Give the years of a scope that are stored; the others are told of."""
    held = Scope(scope.venue, tuple(year.year for year in workspace.ledger.years(scope)))
    if absent := sorted(set(scope.years) - set(held.years)):
        console.warn(str(snapshot_loader.nothing_stored(Scope(scope.venue, tuple(absent)))))
    return held


class _Audit:
    """One audit of a venue's years, in a workspace that is open for writing."""

    def __init__(
        self,
        workspace: Workspace,
        scope: Scope,
        lexicon: "Lexicon",
        question: _Question,
        console: Console,
    ) -> None:
        from papertally.audit.near_misses import scan_texts
        from papertally.audit.sampling import AuditPool

        self._workspace, self._scope, self._console, self._question = (
            workspace,
            scope,
            console,
            question,
        )
        self._lexicon = lexicon
        self._names = {one.id: one.name for one in lexicon.frameworks}
        scan_texts(workspace, scope, lexicon.frameworks, console.progress())
        self._pool: AuditPool = AuditPool(
            workspace, scope, lexicon, question.frameworks, question.statuses, question.as_of
        )

    def _sample(self) -> list["AnnotationTask"]:
        from papertally.audit.sampling import draw_sample

        asked = self._question
        return self._pool.tasks(draw_sample(self._pool, asked.mentions, asked.near, asked.seed))

    def _given(self) -> dict[str, Verdict]:
        from papertally.audit.session import verdicts_of

        return verdicts_of(self._workspace.verdicts.of(self._scope), self._question.annotator)

    def write(self, path: Path, site: str) -> None:
        """Write the sample as a sheet, with the verdicts that the annotator has given."""
        from papertally.audit.sheet import write_sheet

        rows = write_sheet(
            path,
            self._sample(),
            lambda item: audit_prompt.link(item, site),
            self._names,
            self._given(),
        )
        self._console.say(
            f"wrote {rows:,} rows to {path}; fill in the column verdict, then read it with --sheet-in"
        )

    def read(self, path: Path, lines: list["SheetVerdict"]) -> None:
        """Store the verdicts of a sheet: all, or none where one of them is on nothing that is stored."""
        from papertally.audit.sampling import AuditPool
        from papertally.audit.session import verdict_record
        from papertally.audit.sheet import check_keys

        every = AuditPool(
            self._workspace, self._scope, self._lexicon
        )  # the sheet may be of more than is asked for now
        items = {task.key: task for task in every.tasks([*every.mentions, *every.near_misses])}
        check_keys(path, lines, items)
        given = self._given()
        new = [line for line in lines if given.get(line.key) != line.verdict]
        with self._workspace.transaction():
            self._workspace.verdicts.save(
                verdict_record(items[line.key], self._question.annotator, line.verdict)
                for line in new
            )
        self._console.say(
            f"{path}: {len(lines):,} verdicts by {self._question.annotator}, {len(new):,} of them new or changed"
        )

    def ask(self, site: str) -> None:
        """Ask for the sample's items without a verdict; the workspace's lock is let go meanwhile."""
        from papertally.audit.session import annotate, verdict_record

        items, given, name = self._sample(), self._given(), self._question.annotator
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        done = annotate(
            items,
            given,
            lambda item, at, old: audit_prompt.answer(
                self._workspace,
                lambda: audit_prompt.show(
                    item, self._names, site, f"{at + 1:,} of {len(items):,}", old
                ),
            ),
            lambda item, verdict: self._workspace.verdicts.save(
                [verdict_record(item, name, verdict)]
            ),
            lambda words: click.echo(words, err=True),
        )
        judged = sum(item.key in given for item in items)
        rest = "" if done else "; the same command goes on"
        self._console.say(
            f"{judged:,} of the sample's {len(items):,} are judged by {name}{rest}"
            if items
            else "there is nothing to judge: no mention is stored"
        )

    def show(self) -> None:
        """Print the figures."""
        from papertally.audit.metrics import compute_audit
        from papertally.audit.table import audit_table

        figures = compute_audit(self._pool, self._workspace.verdicts.of(self._scope))
        if figures.frameworks:
            click.echo(audit_table(figures, self._names), nl=False)
        else:
            self._console.say("nothing is judged yet, so there are no figures")


COMMANDS = (audit,)
