"""The command `search`: papers that contain something, and the sentences that do."""

import json
from typing import TYPE_CHECKING, Any

import click

from papertally import pipeline, snapshot_loader
from papertally.cli import search_output
from papertally.cli.context import (
    Console,
    make_console,
    make_scope,
    make_settings,
    parse_population,
    read_date,
    split_names,
)
from papertally.cli.options import (
    as_of_option,
    lexicon_option,
    population_option,
    shared_options,
    zone_option,
)
from papertally.cli.report import require_frameworks, terminal_width, warn_of_lexicon
from papertally.errors import UsageError
from papertally.models import Scope, Status
from papertally.settings import Settings, parse_venue, parse_years

if TYPE_CHECKING:
    from papertally.match.queries import HitFinder, SearchQuery
    from papertally.search import SearchResult

_DASH = "; a QUERY that begins with - stands after all options and --, as in `papertally search -- -x iclr 2018`"


class _Command(click.Command):
    """A command that knows why a QUERY may have been taken for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(f"{error.format_message().rstrip('.')}{_DASH}", ctx) from None


@click.command(
    cls=_Command,
    epilog="\b\nExample: papertally search tensorflow iclr 2018 2019 --mentions --limit 10",
)
@click.argument("words", nargs=-1, metavar="[QUERY] [VENUE [YEARS]...]")
@click.option("--word", is_flag=True, help="Find QUERY as a whole word, not within longer ones.")
@click.option(
    "--regex",
    is_flag=True,
    help="Take QUERY as a regular expression (RE2); (?i) at its start: any case.",
)
@click.option(
    "-f", "--framework", multiple=True, metavar="X,Y",
    help="Find these frameworks, any of them, by the lexicon; there is no QUERY then.",
)  # fmt: skip
@click.option(
    "--left-out", is_flag=True,
    help="With -f: find the papers whose text holds the name, but no mention by the rules, and say why.",
)  # fmt: skip
@click.option("--mentions", is_flag=True, help="Show each sentence, with its page and zone.")
@click.option("--paper", default="", metavar="ID", help="Search this paper alone.")
@click.option(
    "--limit", type=click.IntRange(min=0), metavar="N", help="List N papers; all are counted."
)
@zone_option
@population_option
@as_of_option
@click.option(
    "--format", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
@lexicon_option
@shared_options
@click.pass_context
def search(context: click.Context, /, words: tuple[str, ...], **options: Any) -> None:
    """Find the papers whose text contains QUERY: how many, and which.

    QUERY is found in any case and within longer words, as by `report --rule substring`. Of a year's papers those
    with most hits come first. What is stored is searched; nothing is fetched or extracted for it. Why a count is 42 and
    not 43: -f shows what counts, -f with --left-out what holds the name but does not count.
    """
    from papertally.search import run_search

    settings, console = make_settings(context, options), make_console(context, options)
    text, scope = _split(words, options)
    query, finder = _make_query(text, options, settings, console)
    snapshot_loader.require_workspace(settings, scope)
    result = run_search(
        settings,
        scope,
        query,
        finder,
        options["limit"],
        console.progress(),
        mentions=options["mentions"],
    )
    for line in result.waiting():
        console.warn(line)
    if options["format"] == "table":
        click.echo(search_output.as_table(result, terminal_width()), nl=False)
    elif options["format"] == "csv":
        _tell(result, console)
        click.echo(search_output.as_csv(result, mentions=options["mentions"]), nl=False)
    else:
        click.echo(
            json.dumps(
                search_output.as_json(result, mentions=options["mentions"]),
                indent=1,
                ensure_ascii=False,
            )
        )


def _split(words: tuple[str, ...], options: dict[str, Any]) -> tuple[str, Scope]:
    """Tell QUERY from VENUE and YEARS; with frameworks there is no QUERY."""
    if sum([options["word"], options["regex"], bool(options["framework"])]) > 1:
        raise UsageError("--word, --regex and -f are three ways to search: use one of them")
    if options["left_out"] and not options["framework"]:
        raise UsageError("--left-out is for frameworks: name some with -f")
    if options["left_out"] and options["zone"] != "any":
        raise UsageError(
            "--left-out searches whole texts, as a mention anywhere makes a paper count: leave out --zone"
        )
    text, rest = ("", words) if options["framework"] else ("".join(words[:1]), words[1:])
    if not words and not options["framework"]:
        raise UsageError(
            "say what to look for, such as `papertally search tensorflow iclr 2018`, or -f FRAMEWORK"
        )
    try:
        venue = parse_venue(rest[0]) if rest else None
        if venue and venue.isdigit() and not options["framework"]:
            raise UsageError(
                f"{venue} is no venue: write QUERY VENUE YEARS, as in `papertally search keras iclr 2018`"
            )
        return text, make_scope(venue, (parse_years(rest[1:]),) if rest[1:] else ())
    except UsageError as error:
        hint = " (with -f there is no QUERY, only VENUE and YEARS)" if options["framework"] else ""
        hint = hint or " (a QUERY of several words stands in quotes)" * (len(words) > 1)
        raise UsageError(f"{error}{hint}") from None


def _make_query(
    text: str, options: dict[str, Any], settings: Settings, console: Console
) -> tuple["SearchQuery", "HitFinder"]:
    """Read what is looked for, and make its finder, before any text is opened."""
    from papertally.match.queries import SearchMode, SearchQuery, clean_query, make_finder

    place = (
        options["zone"],
        parse_population(options["population"]),
        options["paper"],
        read_date(options["as_of"]),
    )
    if options["lexicon"] and not options["framework"]:
        raise UsageError("--lexicon has rules of frameworks: name some with -f")
    if not options["framework"]:
        how = (
            SearchMode.WORD
            if options["word"]
            else SearchMode.REGEX
            if options["regex"]
            else SearchMode.SUBSTRING
        )
        cleaned = clean_query(text, how)
        return SearchQuery(cleaned, how, (), *place), make_finder(cleaned, how)
    return _of_frameworks(place, options, settings, console)


def _of_frameworks(
    place: tuple[str, tuple[Status, ...], str, str],
    options: dict[str, Any],
    settings: Settings,
    console: Console,
) -> tuple["SearchQuery", "HitFinder"]:
    """Make the query and the finder of frameworks, or of what their rules leave out."""
    from papertally.match.queries import (
        LeftOutFinder,
        RuleFinder,
        SearchMode,
        SearchQuery,
        rule_reasons,
    )

    lexicon, asked = pipeline.read_lexicon(settings), split_names(options["framework"])
    if not asked:
        raise UsageError("-f needs a framework, such as -f pytorch")
    try:
        require_frameworks(asked, lexicon)
    except UsageError as error:
        raise UsageError(f"{error}{_DASH}") from None
    warn_of_lexicon(lexicon, console)
    frameworks = [one for one in lexicon.frameworks if one.id in asked]
    names, ids = " or ".join(one.name for one in frameworks), tuple(one.id for one in frameworks)
    if options["left_out"]:
        return SearchQuery(
            names, SearchMode.LEFT_OUT, ids, *place, rule_reasons(frameworks)
        ), LeftOutFinder(frameworks)
    return SearchQuery(names, SearchMode.LEXICON, ids, *place), RuleFinder(frameworks)


def _tell(result: "SearchResult", console: Console) -> None:
    """Say on stderr what CSV has no place for."""
    for line in (*result.counts(), *map(str, result.query.reasons)):
        console.say(line)
    for line in result.notes:
        console.warn(line)
    if result.left_out:
        console.say(search_output.left_out(result))


COMMANDS = (search,)
