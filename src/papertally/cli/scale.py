"""The commands for surveys past one machine: `scale run` and `scale collect`."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli import option_groups, options
from papertally.cli.context import (
    Console,
    SharedOptions,
    as_option,
    as_record,
    option,
    shared_options,
    writing,
)
from papertally.cli.stages import AGAIN, parse_again
from papertally.errors import TemporaryError, UsageError
from papertally.models import FIRST_YEAR, LAST_YEAR, Outcome, VenueYear
from papertally.settings import parse_venue

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.scale.documents import GivenYear
    from papertally.scale.engine import Share
    from papertally.scale.manifest import ShardManifest
    from papertally.scale.storage import Store
    from papertally.settings import Settings

_SHARE = re.compile(r"(0|[1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
_AGAIN = (*AGAIN, Outcome.NOT_FETCHED)
"""The outcomes after which a document may be read again."""


@click.group(
    short_help="Survey more than one machine can: run and collect.",
    epilog="\b\nExample: papertally scale run --input s3://papers/iclr --out s3://counts/first",
)
@click.pass_context
def scale(context: click.Context) -> None:
    """Survey more than one machine can: run and collect.

    Documents are read in shards, which any machine may do. They lie at file://, s3://, gs:// or
    https://, or a path. Needs papertally[cluster].
    """
    # what stands before `scale` holds for its commands
    context.default_map = {str(context.invoked_subcommand): context.default_map}
    for module in ("distributed", "fsspec", "pyarrow"):
        if not find_spec(module):
            raise UsageError("scale needs more: run `pip install 'papertally[cluster]'`")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What is surveyed, and where."""

    input_: tuple[str, ...] = option(
        "Documents: a folder, tar, zip or PDF, or a CSV or Parquet list with url, venue and year. "
        "Repeatable.",
        multiple=True,
        metavar="URL",
    )
    out: str = option(
        "Folder or bucket of the manifest and the parts.", required=True, metavar="URL"
    )
    venue: str = option("Venue of all documents. Default: their path VENUE/YEAR.", default="")
    year: int | None = option(
        "Year of all documents.", type=click.IntRange(FIRST_YEAR, LAST_YEAR), metavar="N"
    )
    shard: str = option(
        "Do one of N equal shares; share 1 also makes the manifest, and 0/N makes it only.",
        default="1/1",
        metavar="K/N",
    )
    dask: str = option("Do them on this Dask cluster.", default="", metavar="ADDRESS")
    again: str = option(
        f"Also read these again: all, or one or more of {', '.join(_AGAIN)}.",
        default="",
        metavar="OUTCOMES",
    )
    keep_texts: bool = option("Write the texts, too.", is_flag=True)
    shard_size: int = option(
        "Documents of a new shard.", type=click.IntRange(1, 10_000), default=250, metavar="N"
    )
    dry_run: bool = option("Only show what is there and what is missing.", is_flag=True)

    def given_year(self) -> "GivenYear":
        """Return the venue and year of all documents. Raises `UsageError`."""
        from papertally.scale.documents import GivenYear

        return GivenYear(parse_venue(self.venue) if self.venue else "", self.year or 0)

    def share(self) -> "Share":
        """Return which shards are to be done. Raises `UsageError`."""
        from papertally.scale.engine import Share

        match = _SHARE.fullmatch(self.shard)
        if not match or int(match[1]) > int(match[2]):
            raise UsageError(f"--shard takes a share such as 3/16, not {self.shard!r}")
        return Share(int(match[1]), int(match[2]))


@scale.command(
    short_help="Read and match documents in shards.",
    epilog="\b\nExample: papertally scale run --input s3://papers/iclr --out s3://counts/first",
)
@as_record("running", RunOptions, "Survey")
@option_groups.extract_options
@as_option("--lexicon", options.LEXICON)
@shared_options
def run(
    running: RunOptions, extraction: option_groups.ExtractOptions, lexicon: tuple[Path, ...],
    shared: SharedOptions,
) -> None:  # fmt: skip
    """Read and match documents in shards; what is done already is not done again.

    The first run makes a list of the documents and their shards, the manifest.
    """
    from papertally import pipeline
    from papertally.scale import engine
    from papertally.scale.listing import refuse_strangers
    from papertally.scale.manifest import LEDGER, TEXTS, without_part
    from papertally.scale.shard import ShardOptions
    from papertally.scale.storage import Store

    settings, console = extraction.apply(shared.settings(lexicon)), shared.console()
    again, share = parse_again(running.again, _AGAIN), running.share()
    if running.dask:
        engine.check_address(running.dask)
    rules, store = pipeline.read_lexicon(settings), Store(running.out)
    known = _read_manifest(store, rules)
    manifest = _extended(known, running, share, console)
    own = share.shards(manifest.shards)
    missing = without_part(store, LEDGER, own)
    done = sorted(set(own) - set(missing))
    if running.keep_texts and Outcome.OK not in again:
        _warn_of_texts(without_part(store, TEXTS, done), console)
    ended = engine.outcomes_by_shard(store, manifest, done) if again or running.dry_run else {}
    repeated = [shard for shard, counts in ended.items() if not counts.keys().isdisjoint(again)]
    if running.dry_run:
        click.echo(f"{_size_of(manifest)}, {len(manifest.table) - len(known.table):,} new")
        _print_plan(manifest, missing, ended, again)
        return
    refuse_strangers(known, store, running.input_)
    if manifest is not known:
        manifest.write(store)
    todo = sorted([*missing, *repeated])
    console.info(f"{_size_of(manifest)}; {len(todo):,} to do")
    work = ShardOptions(settings.extraction, rules, running.keep_texts, again)
    on_dask = partial(engine.run_on_dask, running.dask)
    do = on_dask if running.dask and todo else engine.run_here
    counts = do(store, manifest, todo, work, console.progress())
    _report(counts, len(todo), console)
    pipeline.check_outcomes(counts, settings.max_failures)


def _read_manifest(store: "Store", rules: "Lexicon") -> "ShardManifest":
    """Return the manifest of a store, or an empty one; raises `UsageError` for other rules."""
    from papertally import snapshot_loader
    from papertally.report.folder import describe_lexicon
    from papertally.scale.manifest import ShardManifest
    from papertally.scale.storage import printable_url

    manifest = ShardManifest.read(store)
    if manifest is None:
        described = describe_lexicon(snapshot_loader.describe(rules))
        return ShardManifest.empty(rules.fingerprint, described)
    if manifest.fingerprint != rules.fingerprint:
        raise UsageError(
            f"{printable_url(store.url)} was begun with other rules: use the --lexicon and the "
            "version of papertally of its first run, or name another --out"
        )
    return manifest


def _extended(
    known: "ShardManifest", running: RunOptions, share: "Share", console: Console
) -> "ShardManifest":
    """Return the manifest with new documents; only share 1, or none, may look for them.

    Raises `UsageError` if there are none, and `TemporaryError` if share 1 has to run before.
    """
    manifest = known
    if running.input_ and share.number <= 1:
        longer = _with_listed(known, running, console)
        if len(longer.table) > len(known.table):
            manifest = longer
    if manifest.shards:
        return manifest
    if share.number > 1:
        raise TemporaryError("there is no manifest yet, which share 1 makes: run again after it")
    raise UsageError("there are no documents: name some with --input, or folders that have some")


def _with_listed(known: "ShardManifest", running: RunOptions, console: Console) -> "ShardManifest":
    """Return the manifest with what the input lists, and print what of that it does not take."""
    from papertally.fetch.names import format_count
    from papertally.scale.listing import DocumentLister
    from papertally.scale.storage import printable_url

    listing = DocumentLister(running.input_, running.given_year())
    found = console.progress().track(listing, "list")
    longer = known.extended(found, running.shard_size)
    if others := sorted(listing.others):
        left_out, first = format_count(len(others), "file"), printable_url(others[0])
        more = ", ..." if len(others) > 1 else ""
        console.info(f"{left_out} left out, no PDF, text, tar or zip: {first}{more}")
    if longer.elsewhere:
        known_ones = format_count(longer.elsewhere, "document")
        console.warn(
            f"{known_ones} listed in another venue or year than before, which the manifest "
            "keeps: name another --out to change it"
        )
    return longer


def _size_of(manifest: "ShardManifest") -> str:
    from papertally.fetch.names import format_count

    documents = format_count(len(manifest.table), "document")
    return f"{documents} in {format_count(manifest.shards, 'shard')}"


def _warn_of_texts(shards: list[int], console: Console) -> None:
    from papertally.fetch.names import format_count

    if shards:
        done = format_count(len(shards), "shard")
        console.warn(f"{done} done before without texts: --again ok reads and keeps them")


def _print_plan(
    manifest: "ShardManifest", missing: list[int], ended: dict[int, Counter[str]],
    again: tuple[Outcome, ...],
) -> None:  # fmt: skip
    """Print which shards are done, how the documents of each `ended`, and which are missing."""
    total, shards = Counter[str](), defaultdict[str, list[int]](list)
    for shard, counts in ended.items():
        total += counts
        for outcome in counts:
            shards[outcome].append(shard)
    documents = sum(len(manifest.of_shard(shard)) for shard in missing)
    click.echo(f"done: {_in_shards(total.total(), ended)}")
    click.echo(f"missing: {_in_shards(documents, missing)}")
    if again:
        chosen = {shard for outcome in again for shard in shards[outcome]}
        click.echo(f"to read again: {_in_shards(sum(total[each] for each in again), chosen)}")
    for outcome, count in total.most_common():
        click.echo(f"{outcome}: {_in_shards(count, shards[outcome])}")


def _in_shards(documents: int, shards: Collection[int]) -> str:
    from papertally.fetch.names import format_count, format_ranges

    if not shards:
        return "none"
    noun = "shard" if len(shards) == 1 else "shards"
    return f"{format_count(documents, 'document')} in {noun} {format_ranges(sorted(shards))}"


def _report(counts: Counter[str], shards: int, console: Console) -> None:
    from papertally.fetch.names import format_count

    if not shards:
        console.info("nothing to do")
        return
    ends = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.most_common())
    console.info(f"did {format_count(shards, 'shard')}: {ends}")
    if lost := counts[Outcome.NOT_FETCHED]:
        absent = format_count(lost, "document")
        console.warn(f"{absent} not fetched: try again with --again not-fetched")


@scale.command(
    short_help="Make a snapshot folder, or a workspace, of the parts.",
    epilog="\b\nExample: papertally scale collect --out s3://counts/first --into counts",
)
@click.option("--out", required=True, metavar="URL", help="Where `scale run` has written.")
@click.option("--into", type=click.Path(path_type=Path), required=True, metavar="FOLDER",
              help="Folder for the snapshot, or a workspace.")  # fmt: skip
@click.option("--complete", is_flag=True,
              help="Declare that the documents are all of their years, so that years can be "
              "compared.")  # fmt: skip
@shared_options
def collect(out: str, into: Path, complete: bool, shared: SharedOptions) -> None:
    """Make a snapshot folder of the parts, for `papertally report --from FOLDER`.

    If FOLDER is a workspace, or becomes one as that of --workspace, the documents are added to it
    with the texts of --keep-texts, as `papertally add` adds files: for search, serve and report.
    """
    from papertally import snapshot_loader
    from papertally.fetch.names import format_count
    from papertally.scale.collect import collect as collect_parts
    from papertally.scale.manifest import ShardManifest
    from papertally.scale.storage import Store, printable_url
    from papertally.store.connection import DATABASE

    console, store = shared.console(), Store(out)
    manifest = ShardManifest.read(store)
    if manifest is None:
        raise UsageError(f"{printable_url(out)} has no manifest: `papertally scale run` makes it")
    settings = shared.settings()
    if into.absolute() == settings.workspace or (into / DATABASE).exists():
        settings = replace(settings, workspace=into.absolute())
        missing = _add_parts(store, manifest, settings, console, complete=complete)
    else:
        declared_on = date.today().isoformat() if complete else ""
        years = (VenueYear(venue, year, venue) for venue, year, _ in manifest.years())
        names = {year.venue: snapshot_loader.shown_venue(year) for year in years}
        found = collect_parts(store, manifest, into, names, declared_on, console.progress())
        missing = found.missing
        documents = format_count(len(manifest.table), "document")
        console.info(f"{documents} in {into}: see `papertally report --from {into}`")
        if found.copies:
            copies = format_count(found.copies, "document")
            console.warn(
                f"{copies} with the same content as another one of the year: each counts as a paper"
            )
    if missing:
        console.warn(
            f"{missing:,} of them have not been read yet: run `papertally scale run` again"
        )


def _add_parts(
    store: "Store", manifest: "ShardManifest", settings: "Settings", console: Console, *,
    complete: bool,
) -> int:  # fmt: skip
    """Add the documents to a workspace; return how many of them have not been read."""
    from papertally.fetch.names import format_count
    from papertally.scale.into_workspace import add_parts, require_texts

    require_texts(store, manifest)
    new = changed = missing = 0
    with writing(settings, console, "scale collect") as workspace:
        added = add_parts(
            store, manifest, workspace, whole_year=complete, progress=console.progress()
        )
        for result, of_year in added:
            console.print_all(result.notes, lambda note: console.info(f"note: {note}"))
            console.print_all(result.warnings, console.warn)
            new, changed = new + result.new, changed + result.changed
            missing += of_year
    documents = format_count(len(manifest.table), "document")
    venue = min((venue for venue, _, _ in manifest.years()), default="")
    console.info(
        f"{documents}, {new:,} new and {changed:,} changed: see `papertally report {venue} "
        f"--workspace {settings.workspace}`"
    )
    return missing
